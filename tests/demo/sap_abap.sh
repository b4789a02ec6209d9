#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The second seed document's plan, as it stands in plans/, against the twin of an ABAP environment: begun on the day
# after the issue, killed with -9 while the certificate of an outbound user is on its way, resumed, and ended on
# the day of the rotation. What the calendar needs is a clock that is set: libfaketime, for renew alone.
. "$(dirname "$0")/sap_lib.sh"
. "$ROOT/tests/tap/servers.sh"
. "$ROOT/tests/twins/cloud.sh"
. "$ROOT/tests/twins/abap.sh"
clock=$(compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' | head -1)
[[ -n $clock ]] || { echo "the package faketime is missing"; exit 1; }
program=$RENEW
cat >"$TMP/renew" <<'WRAP'
#!/bin/bash
exec env LD_PRELOAD="$CLOCK" FAKETIME="@$(cat "$TODAY")" FAKETIME_DONT_FAKE_MONOTONIC=1 "$PROGRAM" "$@"
WRAP
chmod +x "$TMP/renew"
export CLOCK=$clock PROGRAM=$program TODAY=$TMP/today TZ=UTC
RENEW=$TMP/renew
# The next issue, and its rotation: February 1 and March 1, or August 1 and September 1.
year=$(date +%Y)
for days in "$year-02-02 $year-03-02" "$year-08-02 $year-09-02" "$((year + 1))-02-02 $((year + 1))-03-02"; do
  read -r issued rotated <<<"$days"
  [[ $issued > $(date +%F) ]] && break
done
it_is() { echo "$1" >"$TODAY"; printf '\n  --- it is %s\n' "$1"; }
person() { echo "  person: renew $*"; run "$RENEW" "$@"; printf '%s\n' "$out" "$err" | sed -n 's/^/    /; /confirmed\|refused/p'; }
go_on() { run "$RENEW" resume "$id" --no-input; printf '%s\n' "$out" | grep -E '^ +[0-9]+/' | cut -c1-150; }

start_twin abap abap
abap_land api
headline "3. The default client certificate of an ABAP environment, killed and resumed"
it_is "$issued 09:00:00"
run "$RENEW" run plan.renew --no-input --set abap-prod.communication-systems=CRM,SHOP
id=$(run_id)
printf '%s\n' "$out" | grep -E '^ +[0-9]+/' | cut -c1-150
echo "  person: exports the wrong one of the two"
person sign "$id" export --evidence "$TMP/abap/old.pem"
go_on
person sign "$id" export --evidence "$TMP/abap/new.pem"
go_on
person sign "$id" upload
twin_set '{"late_patches":1,"patience_s":20}'
"$RENEW" resume "$id" --no-input >/dev/null 2>&1 &
resumed=$!
for _ in $(seq 300); do [[ $(twin_log) == *"fault late at PATCH"* ]] && break; sleep 0.05; done
{ kill -9 "$resumed"; wait "$resumed"; } 2>/dev/null
echo "  kill -9 while an outbound user's certificate was on its way: nobody knows whether it arrived"
go_on
for system in CRM SHOP; do person sign "$id" "switch.check[\"$system\"]" --note "200"; done
go_on
it_is "$rotated 12:30:00"
echo "  SAP takes the old certificate away"
twin_set '{"phase":"rotated"}'
go_on
person sign "$id" remove-old
go_on
headline "The run, step by step"
"$RENEW" status "$id"
headline "What the ABAP environment saw"
twin_curl "$twin_base/twin/log" | jq -r '.[] | select(startswith("GET") | not) | "  " + .'
headline "Was each effect there exactly once?"
run "$RENEW" resume "$id" --no-input
expect "$("$RENEW" status "$id" --json | jq -r '.. | .state? // empty' | head -1)" done "the run is done"
expect "$(twin_state '", ".join(sorted(s["effects"]))')" "crm-batch -> new, crm-out -> new, shop-out -> new" "each outbound user was switched once, by the run and not by SAP"
expect "$(twin_state 's["failed"]')" 0 "nobody logged on in vain"
expect "$(grep -c BEGIN mail/edge/*hand-over*.pem)" 1 "the partner has the certificate"
expect_journal "$id"
finish_part
