#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a tenant refuses for a while, and what it refuses for good: a keystore that somebody edits, sizes.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
effects() { ask_twin state '[.effects[][0]] | map(select(. != "called" and . != "entered")) | join(" ")'; }
twin_start --build-s 0.05
acts_land
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"

# ---- somebody edits the keystore: 503 "locked" [INF], 423, 429 are waited for
for lock in 503 423 429; do
  begin_acts "$exchange {
    retry 5 times every 1s
  }"
  if [[ $lock == 503 ]]; then tell_twin set '{"locked":2}'; else tell_twin fault "{\"match\":\"POST.*Resources\",\"mode\":\"$lock\",\"times\":2}"; fi
  drive "$id"
  exits 0 "a locked keystore ($lock) is waited for"
  is "$(effects)" "backup put deploy delete" "and each effect is there once ($lock)"
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
done

# ---- too large: theirs, and ours before it
begin_acts "$exchange"
tell_twin fault '{"match":"KeyPairResources","mode":"413","times":-1}'
drive "$id"
exits 4 "413: the step fails"
like "$err" 'answers 413.*takes 30720 bytes' "and says what the tenant takes"
names=$(for i in $(seq 500); do printf '"host-%04d.a-name-that-is-as-long-as-such-names-are.example", ' "$i"; done)
sed -i "s/^  alias \"acme_erp_client\"/&\n  names ${names%, }/" first.renew
begin_acts "$exchange"
drive "$id"
exits 4 "a pair of more than 30720 bytes"
like "$err" 'the pair with its chain has [0-9]+ bytes; a tenant takes 30720' "is not sent"
is "$(ask_twin log '[.[] | select(.path | test("KeyPairResources"))] | length')" 0 "by no request"
twin_stop
done_testing
