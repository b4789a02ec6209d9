#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What else a plan does in a tenant's keystore: keys made there and swapped by two renames, killed between
# them; SAP's own keys; roots; the one backup; reserved aliases; log-on by Basic and by certificate.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
holds() { ask_twin state ".stores.system[\"$1\"][0] // \"none\""; }
effects() { ask_twin state "[.effects[] | select(.[0] != \"called\") | .[0]] | join(\" \")"; }
twin_start --build-s 0.1 --page 2
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
steps() { # PLAN-TEXT: overlap.renew with that plan instead of its own
  python3 - "$land/overlap.renew" "$1" <<'PY'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(text[:text.index("plan renew-client-overlap")] + sys.argv[2])
PY
}

# ---- key-made in-tenant: the flow stands still, two renames
tenant_land downtime
tell_twin set '{"trust_any":true}'
sed -i 's/^  of acme-prod/&\n  key-made in-tenant/' org/acme-prod.renew
sed -i 's/ at agreed.start//; /check tls to erp-backend/d' downtime.renew
arguments=(--set change-number=CHG1 --set "start=$(TZ=Europe/Berlin date +%Y-%m-%dT%H:%M)")
old=$(print_of "$land.conf/old.pem")
run "$RENEW" run downtime.renew "${arguments[@]}"
id=$(run_id)
drive "$id"
exits 0 "a key that the tenant made takes the place by two renames"
is "$(effects)" "put undeploy put rename rename deploy" "made, stopped, signed, renamed twice, started"
is "$(holds acme_erp_client.old)" "$old" "the old pair stays under .old"
[[ $(holds acme_erp_client) != "$old" && $(holds acme_erp_client.new) == none ]]
ok $? "the new one stands under the alias"
run bash -c "cd '$XDG_STATE_HOME' && find . -name '*.key'"
is "$out" "" "no private key of it was ever here"

rm -rf "$XDG_STATE_HOME"
tell_twin clear
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
curl -sS --noproxy '*' "http://127.0.0.1:$control/drop" -d '{"alias":"acme_erp_client.old"}' >/dev/null
tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
"$RENEW" run downtime.renew "${arguments[@]}" >.first 2>&1
id=$(run_id)
# Cut off between the two renames: each look or call that fails there says in which state the swap stays, and claims
# of no step that it changed nothing.
for row in 'renameAlias=acme_erp_client&:8:the swap is half done: .acme_erp_client. is missing, the old pair is .acme_erp_client.old., the new one .acme_erp_client.new.' \
  "KeystoreEntries[(]'$(printf %s acme_erp_client.old | od -An -tx1 | tr -d ' \n')':8:.acme_erp_client. is missing, and whether a swap was cut off cannot be seen"; do
  tell_twin fault "$(jq -n --arg match "${row%%:*}" '{match: $match, mode: "423", times: -1}')"
  for _ in $(seq 20); do
    command=$("$RENEW" tasks --json 2>/dev/null | jq -r '.tasks[0].command // empty')
    [[ -z $command ]] || eval "${command/#renew/$RENEW}" >/dev/null 2>&1
    run "$RENEW" resume "$id"
    [[ $status == 5 ]] || break
  done
  exits 8 "fails behind the first rename"
  like "$err" "E1108.*${row#*:8:}" "the state is told"
  unlike "$err" "nothing was changed by this step" "and no more than is true"
  like "$err" "renew resume $id looks at the target first" "with the way on"
  tell_twin clear-faults
done
# Killed there: the second is lost with the process.
tell_twin fault '{"match":"renameAlias=acme_erp_client&","mode":"slow","s":30,"times":1}'
calls() { ask_twin log '[.[] | select(.path | test("renameAlias=acme_erp_client&"))] | length'; }
asked=$(calls)
second() { echo $(($(calls) - asked)); }
for _ in $(seq 20); do
  command=$("$RENEW" tasks --json 2>/dev/null | jq -r '.tasks[0].command // empty')
  [[ -z $command ]] || eval "${command/#renew/$RENEW}" >/dev/null 2>&1
  "$RENEW" resume "$id" >/dev/null 2>&1 &
  resumed=$!
  while kill -0 "$resumed" 2>/dev/null && [[ $(second) == 0 ]]; do sleep 0.1; done
  [[ $(second) == 0 ]] || break
  wait "$resumed"
done
kill -9 "$resumed"
wait "$resumed" 2>/dev/null
ok $(($(second) >= 1 ? 0 : 1)) "killed at the second rename"
tell_twin clear
run "$RENEW" resume "$id"
drive "$id"
exits 0 "resumed to its end"
like "$(holds acme_erp_client) $(holds acme_erp_client.new)" '^[0-9a-f]{64} none$' "the alias holds a pair again"
like "$(ask_twin state '.flows["orders-outbound"].status')" STARTED "and the flow runs"
twin_stop

# ---- SAP's own key
twin_start --build-s 0.1
tenant_land overlap
tenant_pair sap_cloudintegrationcertificate "/C=DE/O=SAP/CN=old"
sap_old=$(print_of "$land.conf/pair.pem")
tell_twin entry "$(pem_json sap_cloudintegrationcertificate "$land.conf/pair" '"owner":"SAP"')"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 400 -subj /CN=pending -keyout "$land.conf/p.key" -out "$land.conf/p.pem" 2>/dev/null
cat "$land.conf/p.key" "$land.conf/p.pem" >"$land.conf/p"
tell_twin entry "$(pem_json sap_cloudintegrationcertificate "$land.conf/p" '"owner":"SAP","store":"KeyRenewal"')"
sed -i 's/alias "acme_erp_client"/alias "sap_cloudintegrationcertificate"/; s/  signed by corporate//; s/  key ec p-256//; s/  valid for 90d//' overlap.renew
steps 'plan sap-key {
  renews client
  policy overlap
  fetch: tenant-admin exports client.new from tenant-keystore
  hand-over: tenant-admin gives client.new to receiver-admin
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin "accepted"
  activate: tenant-admin activates client.new in tenant-keystore {
    needs sign-off
  }
  ask: tenant-admin tells integration-dev "restart"
  restart: integration-dev restarts orders-outbound
  switched: integration-dev tells receiver-admin "the new one is used"
  remove: receiver-admin removes client.old from erp-backend {
    needs sign-off
  }
}
'
run "$RENEW" check overlap.renew
status_of_check=$status
run "$RENEW" run overlap.renew
id=$(run_id)
drive "$id"
exits 0 "SAP's pending key is activated"
is "$(holds sap_cloudintegrationcertificate)" "$(print_of "$land.conf/p.pem")" "it is in place"
is "$(ask_twin state '.stores.KeyHistory.sap_cloudintegrationcertificate[0]')" "$sap_old" "the old one is in the history"
like "$("$RENEW" status "$id")" 'is active with the new key; the old one is in the key history as .sap_cloudintegrationcertificate.' "and is named"
is "$(ask_twin state '[.effects[][0]] | index("delete-pending")')" null "the call that would destroy it was not made"
grep -rqi "$(print_of "$land.conf/p.pem")" mail
ok $? "the receiver got the pending certificate beforehand"
twin_stop
echo "# check: $status_of_check"

# ---- one backup, roots
twin_start --build-s 0.1
tenant_land overlap
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
tenant_pair precious "/CN=precious"
tell_twin backup
curl -sS --noproxy '*' "http://127.0.0.1:$control/drop" -d '{"alias":"precious"}' >/dev/null
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
run "$RENEW" run overlap.renew
id=$(run_id)
"$RENEW" sign "$id" accept-both >/dev/null 2>&1
run "$RENEW" resume "$id"
exits 5 "the exchange asks before it takes the one backup"
like "$out" 'would be lost .*precious' "and names what only the backup still has"
is "$(ask_twin state '.backup | has("precious")')" true "it is still there"
run "$RENEW" sign "$id" exchange
run "$RENEW" resume "$id"
is "$(ask_twin state '.backup | has("precious")')" false "with a person's word it goes"
drive "$id"
exits 0 "and the run is done"

# ---- messages after the deployment are the evidence
for row in COMPLETED:0 FAILED:4; do
  twin_stop
  twin_start --build-s 0.1
  tenant_land overlap
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
  tell_twin set "{\"auto_message\":\"${row%:*}\"}"
  run "$RENEW" run overlap.renew
  id=$(run_id)
  drive "$id"
  exits "${row#*:}" "a message that ${row%:*}: exit ${row#*:}"
  unlike "$waited" 'restart.check' "nobody is asked what the logs say"
  said=$("$RENEW" status "$id")
  case ${row%:*} in
    COMPLETED) like "$said" '1 message of .orders-outbound. completed since it was deployed, none failed' "the evidence stands in the run" ;;
    FAILED) like "$said" 'failed since it was deployed: certificate_unknown from the receiver' "the failure is told in the tenant's words" ;;
  esac
done

# ---- another version lies in the design time; a flow that does not start
twin_stop
twin_start --build-s 0.1
tenant_land overlap
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
tell_twin flow '{"id":"orders-outbound","version":"1.0.3","runtime":"1.0.2"}'
run "$RENEW" run overlap.renew
id=$(run_id)
for step in accept-both exchange; do
  "$RENEW" sign "$id" "$step" >/dev/null 2>&1
  run "$RENEW" resume "$id"
done
like "$out" 'a restart would deploy version 1.0.3 of .orders-outbound., and running is 1.0.2' "another version is not deployed unasked"
is "$(effects)" "backup put" "nothing was deployed"
drive "$id"
exits 0 "with a person's word it is"
is "$(ask_twin state '.flows["orders-outbound"].runtime')" 1.0.3 "and runs"
twin_stop
twin_start --build-s 0.1
tenant_land overlap
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
tell_twin flow '{"id":"orders-outbound","fails":"No key pair found for alias acme"}'
run "$RENEW" run overlap.renew
id=$(run_id)
drive "$id"
exits 4 "a flow that does not start fails its step"
like "$err" 'does not start: No key pair found for alias acme' "with the tenant's own reason"

# ---- log-on by Basic (anti-forgery token with cookie) and by certificate
for way in basic certificate; do
  twin_stop
  twin_start --build-s 0.1
  tenant_land overlap
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
  if [[ $way == basic ]]; then
    printf 'user:password\n' >"$land.conf/key.json"
    sed -i 's/login oauth with/login basic with/' overlap.renew
  else
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=caller -keyout "$land.conf/c.key" -out "$land.conf/c.csr" 2>/dev/null
    openssl x509 -req -in "$land.conf/c.csr" -CA "$twin/client-ca.pem" -CAkey "$twin/client-ca.key" -days 20 -out "$land.conf/c.pem" 2>/dev/null
    cat "$land.conf/c.key" "$land.conf/c.pem" >"$land.conf/c.pair"
    chmod 600 "$land.conf/c.pair"
    sed -i "s|login oauth with ci-oauth|login certificate with caller|; s|^secret ci-oauth.*|keystore callers {\n  kind pem\n  file \"$land.conf/c.pair\"\n  owner tenant-admin\n}\ncertificate caller {\n  in callers\n  alias \"caller\"\n  subject \"CN=caller\"\n}|" overlap.renew
  fi
  run "$RENEW" run overlap.renew
  id=$(run_id)
  drive "$id"
  exits 0 "log-on by $way"
  is "$(effects)" "backup put deploy" "log-on by $way: each write once"
  is "$(ask_twin log '[.[] | select(.path | startswith("/oauth"))] | length')" 0 "log-on by $way: no token"
  [[ $way != basic ]] || like "$(ask_twin log '[.[] | select(.method != "GET" and .method != "HEAD") | .csrf != null and .cookie] | unique | tostring')" '^\[true\]$' "every write carries token and cookie"
done
twin_stop
done_testing
