#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is seen of a tenant before and behind the steps: doctor, plan --live, its $metadata, Atom where JSON is
# refused, the addresses that it names, and what its answers may not do.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
twin_start --build-s 0.05 --page 2
tenant_land overlap
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
sed -i 's/nodes worker-1, worker-2, worker-3/nodes worker-1/; s/check call of orders-outbound on node/check call of orders-outbound returns 401/' overlap.renew
old=$(print_of "$land.conf/old.pem")
live() { run "$RENEW" plan overlap.renew --live --trust-plan; }
asked() { ask_twin log "[.[] | select(.path | test(\"$1\"))] | length"; }

# ---- doctor
run "$RENEW" doctor overlap.renew
like "$out" 'ok +tenant +acme-prod: logs on by oauth with ci-oauth \(--live tries it\)' "doctor: the log-on is named"
is "$(ask_twin log length)" 0 "and not tried without --live"
run "$RENEW" doctor overlap.renew --live
like "$out" 'ok +live +acme-prod takes our log-on at https://localhost:[0-9]+: it answers; 2 entries in its keystore' "--live: logged on"
like "$out" 'ok +live +tenant-keystore holds client for CN=acme-prod,O=Acme,C=DE: ' "the pair is there"
is "$(asked oauth)" 1 "one log-on"
printf '{"oauth":{"url":"https://localhost:%s","tokenurl":"https://localhost:%s/oauth/token","clientid":"client","clientsecret":"wrong"}}' \
  "$port" "$port" >"$land.conf/wrong.json"
chmod 600 "$land.conf/wrong.json"
tell_twin clear
sed "s|$land.conf/key.json|$land.conf/wrong.json|" overlap.renew >wrong.renew
run "$RENEW" doctor wrong.renew --live
exits 3 "a log-on that is refused: exit 3"
like "$out" 'fail +live +acme-prod takes our log-on .*\n.*fix: ' "with what to do"
is "$(asked oauth)" 1 "tried once"
unlike "$out$err" 'wrong"|"secret"' "no secret is shown"
rm wrong.renew

# ---- plan --live
live
exits 0 "plan --live: as assumed"
like "$out" 'ok +acme-prod takes our log-on' "the tenant"
like "$out" 'ok +orders-outbound is .orders-outbound. of the tenant: STARTED, version 1.0.2' "the flow"
run "$RENEW" plan overlap.renew --live
like "$out" 'not seen +tenant-keystore holds client .*nobody is logged on for a plan that nobody vouches for' "of a plan that nobody vouches for nothing is seen"
tell_twin flow '{"id":"orders-outbound","version":"1.0.3","runtime":"1.0.2"}'
live
like "$out" 'ok +orders-outbound .*version 1.0.2; a restart asks first, for it would deploy 1.0.3' "another version in the design time is told"
tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":null}'
live
exits 9 "a flow that does not run: exit 9"
like "$out" 'DIFFERS +orders-outbound .*does not run there' "by name"
tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=somebody-else"
live
exits 9 "another certificate under the alias: exit 9"
like "$out" 'DIFFERS +tenant-keystore holds client for CN=acme-prod.*CN=somebody-else' "it differs"
tell_twin drop '{"alias":"acme_erp_client"}'
live
exits 9 "no entry under the alias: exit 9"
like "$out" 'DIFFERS +tenant-keystore holds client .*has no entry .acme_erp_client.' "it differs"
tell_twin fault '{"match":"KeystoreEntries","mode":"500","times":-1}'
live
like "$out" 'not seen +tenant-keystore holds client' "where the tenant does not answer, it is not seen"
tell_twin clear
run "$RENEW" run overlap.renew
exits 3 "and a run does not begin without it"
like "$err" 'E0725.*no entry .acme_erp_client' "E0725"
tell_twin entry "$(pem_json acme_erp_client "$land.conf/pair")"
cp "$land.conf/old.pem" "$land.conf/pair.pem"
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"

# ---- 404 of the router is no "not there"
tell_twin fault '{"match":"/api/v1","mode":"no-route","times":-1}'
live
exits 9 "the router before the service says 404: exit 9"
like "$out" 'not seen +tenant-keystore .*answers 404, and not in the words of its service' "of the entry nothing is known"
tell_twin clear
tell_twin set '{"hidden":["KeystoreEntries"]}'
live
like "$out" 'the interface of tenant .acme-prod. has no KeystoreEntries|no FingerprintSha256' "an address of another service is told"
tell_twin set '{"hidden":[]}'

# ---- what its $metadata does not declare is not asked for
tell_twin clear
tell_twin set '{"hidden":["KeystoreEntries.Owner","KeystoreEntries.LastModifiedTime"]}'
live
exits 0 "an older interface without Owner"
is "$(asked 'select=Hexalias,Alias,FingerprintSha256') $(asked 'Owner|LastModifiedTime')" "1 0" "is not asked for it"
is "$(asked '\\$metadata')" 1 "its metadata is read once"
tell_twin set '{"hidden":[]}'

# ---- Atom only: JSON is refused with 406, or ignored; a whole run
finish() { # NAME: from the beginning to the end
  rm -rf "$XDG_STATE_HOME"
  tell_twin clear '{"backup":true}'
  tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  run "$RENEW" run overlap.renew
  id=$(run_id)
  drive "$id"
  exits 0 "$1: the run is done"
  is "$(ask_twin state '[.effects[][0]] | map(select(. != "called" and . != "entered")) | join(" ")')" "backup put deploy" "$1: each effect once"
}
for way in ignore 406; do
  tell_twin set "{\"only_atom\":\"$way\"}"
  finish "Atom only ($way)"
done
is "$(ask_twin log '[.[] | select(.accept == "application/atom+xml, application/xml")] | length > 0')" true "after 406 Atom is asked for"
tell_twin set '{"only_atom":""}'

# ---- the tenant names the address of a call
is "$(ask_twin state '[.effects[] | select(.[0] == "entered")] | length > 0')" true "the flow was called at the address that the tenant names"
is "$(ask_twin state '[.effects[] | select(.[0] == "entered") | .[1]] | unique | join("")')" "" "and no log-on was sent there"
like "$("$RENEW" status "$id")" 'https://localhost:[0-9]*/http/orders-outbound: answers as expected' "the status names it"
sed -i 's/within 15m/within 2s/' overlap.renew
tell_twin set '{"entry_url":"http://localhost:1/x"}'
rm -rf "$XDG_STATE_HOME"
tell_twin clear '{"backup":true}'
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
run "$RENEW" run overlap.renew
id=$(run_id)
drive "$id"
exits 4 "an address without TLS: the check is refused"
like "$out$err" 'names http://localhost:1/x, which is no https address' "and says why"
tell_twin set '{"entry_url":""}'
tell_twin set '{"hidden":["ServiceEndpoints"]}'
rm -rf "$XDG_STATE_HOME"
tell_twin clear '{"backup":true}'
run "$RENEW" run overlap.renew
id=$(run_id)
drive "$id"
exits 4 "a tenant without that list: refused"
like "$out$err" 'has no ServiceEndpoints' "a tenant without that list says so"
twin_stop
done_testing
