#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The first seed document's two procedures, as they stand in plans/, against the twin of a SAP tenant: the
# overlap killed with -9 while the new pair is on its way, and resumed; the downtime in its window. Ends 0
# only where each effect on the tenant happened exactly once.
. "$(dirname "$0")/sap_lib.sh"
effects() { ask_twin state '[.effects[] | select(.[0] != "called") | .[0]] | join(" ")'; }
finish() { # ID WANTED-EFFECTS
  tell_of_run "$1"
  headline "Was each effect there exactly once?"
  expect "$status" 0 "the run is done"
  expect "$(effects)" "$2" "effects on the tenant: $2"
  expect "$(ask_twin state '.flows["orders-outbound"].loaded.acme_erp_client')" "$(ask_twin state '.stores.system.acme_erp_client[0]')" "the flow has loaded what stands under the alias"
  expect "$(ask_twin state '.backup.acme_erp_client')" "$(print_of "$land.conf/old.pem")" "the tenant's backup holds the old pair"
  expect_journal "$1"
}

twin_start --build-s 0.5
tenant_land overlap
headline "1. The receiver accepts two certificates: overlap, killed and resumed"
run "$RENEW" run overlap.renew
id=$(run_id)
puts() { ask_twin log '[.[] | select(.path | test("KeyPairResources.*fingerprintVerified=true"))] | length'; }
tell_twin fault '{"match":"KeyPairResources.*fingerprintVerified=true","mode":"slow","s":20}'
for _ in $(seq 20); do
  command=$("$RENEW" tasks --json | jq -r '.tasks[0].command // empty')
  [[ -z $command ]] || { echo "  person: $command"; eval "${command/#renew/$RENEW}" >/dev/null 2>&1; }
  "$RENEW" resume "$id" >/dev/null 2>&1 &
  resumed=$!
  while kill -0 "$resumed" 2>/dev/null && [[ $(puts) == 0 ]]; do sleep 0.1; done
  [[ $(puts) == 0 ]] || break
  wait "$resumed"
done
{ kill -9 "$resumed"; wait "$resumed"; } 2>/dev/null
echo "  kill -9 while the new pair was on its way: nobody knows whether it arrived"
run "$RENEW" resume "$id"
drive "$id"
finish "$id" "backup put deploy"
twin_stop

twin_start --build-s 0.5
tenant_land downtime
headline "2. The receiver takes one certificate: downtime"
sed -i 's/ at agreed.start//' downtime.renew
run "$RENEW" run downtime.renew --set change-number=CHG0031338 --set "start=$(TZ=Europe/Berlin date +%Y-%m-%dT%H:%M)"
id=$(run_id)
drive "$id"
finish "$id" "undeploy backup put deploy"
twin_stop
finish_part
