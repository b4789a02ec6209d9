#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a tenant refuses for a while, and what it refuses for good: a keystore that somebody edits, sizes.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
effects() { ask_twin state '[.effects[][0]] | map(select(. != "called" and . != "entered")) | join(" ")'; }
twin_start --build-s 0.05
tenant_land overlap
cp overlap.renew first.renew
begin() { # PLAN-STEPS behind `accept-both`: a run from its beginning
  python3 - "$1" <<'PY'
import sys
text = open("first.renew").read().replace("nodes worker-1, worker-2, worker-3", "nodes worker-1")
open("overlap.renew", "w").write(text[:text.index("plan renew-client-overlap")] + '''plan acts {
  renews client
  policy overlap
  create: tenant-admin creates client.new
  sign: tenant-admin gets client.new signed by corporate
  hand-over: tenant-admin gives client.new to receiver-admin
  when client.new.root != client.old.root {
    give-root: tenant-admin gives client.new.root to receiver-admin
    import-root: receiver-admin imports client.new.root into erp-backend
  }
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin "accepted"
''' + sys.argv[1] + '''
  ask: tenant-admin tells integration-dev "restart"
  restart: integration-dev restarts orders-outbound within 20s
  done: integration-dev tells receiver-admin "restarted"
  remove: receiver-admin removes client.old from erp-backend
  removed: receiver-admin tells tenant-admin "removed"
  clean: tenant-admin removes client.old.root from tenant-keystore
}
''')
PY
  rm -rf "$XDG_STATE_HOME"
  tell_twin clear '{"backup":true}'
  tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  run "$RENEW" run overlap.renew
  id=$(run_id)
}
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
exchange='  exchange: tenant-admin replaces client.old with client.new in tenant-keystore keeping alias'

# ---- somebody edits the keystore: 503 "locked" [INF], 423, 429 are waited for
for lock in 503 423 429; do
  begin "$exchange {
    retry 5 times every 1s
  }"
  if [[ $lock == 503 ]]; then tell_twin set '{"locked":2}'; else tell_twin fault "{\"match\":\"POST.*Resources\",\"mode\":\"$lock\",\"times\":2}"; fi
  drive "$id"
  exits 0 "a locked keystore ($lock) is waited for"
  is "$(effects)" "backup put deploy delete" "and each effect is there once ($lock)"
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
done

# ---- too large: theirs, and ours before it
begin "$exchange"
tell_twin fault '{"match":"KeyPairResources","mode":"413","times":-1}'
drive "$id"
exits 4 "413: the step fails"
like "$err" 'answers 413.*takes 30720 bytes' "and says what the tenant takes"
names=$(for i in $(seq 500); do printf '"host-%04d.a-name-that-is-as-long-as-such-names-are.example", ' "$i"; done)
sed -i "s/^  alias \"acme_erp_client\"/&\n  names ${names%, }/" first.renew
begin "$exchange"
drive "$id"
exits 4 "a pair of more than 30720 bytes"
like "$err" 'the pair with its chain has [0-9]+ bytes; a tenant takes 30720' "is not sent"
is "$(ask_twin log '[.[] | select(.path | test("KeyPairResources"))] | length')" 0 "by no request"
twin_stop
done_testing
