#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_keys.t: the third document's plan against a twin of Cloud Foundry: SAP-7f84-10, SAP-7f84-11,
# SAP-7f84-12, SAP-7f84-22; killed and resumed; what the platform refuses.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1

cloud_land
run "$RENEW" check plan.renew
exits 0 "the plan is good"

# From the beginning to the end.
run "$RENEW" run generated --no-input
exits 5 "the run waits for the sender's administrator"
id=$(sed -n 's/^generated  run \([^ ]*\).*/\1/p' <<<"$out")
like "$out" "made the key .shop-generated-$id-|the key .shop-generated-$id-" "the key is made, and named after the run"
is "$(twin_state 'len([k for k in s["keys"] if k["name"].startswith("shop-generated-")])')" 1 "once"
is "$(twin_state '[k["parameters"] for k in s["keys"] if k["name"].startswith("shop-generated-")][0]')" \
  "{'key-type': 'certificate', 'validity': 180, 'key-length': 3072}" "with the parameters of the document"
like "$(twin_state '[k["labels"] for k in s["keys"] if k["name"].startswith("shop-generated-")][0]')" \
  "'renew-key': 'shop-generated', 'renew-run': '$id-" "and labels that say whose it is"
like "$(twin_log)" 'type=key&names=shop-generated-[^ ]* -> 200.*POST /v3/service_credential_bindings -> 202' "it was looked before it was made"
openssl cms -decrypt -inform PEM -in outbox/sender-admin/"$id"-hand-over.pem -inkey seal.key -out opened.json
ok $? "the sender opens the envelope with its own key"
like "$(<opened.json)" 'BEGIN (EC )?PRIVATE KEY' "it holds the private key"
is "$(jq -r .oauth.certificate opened.json | openssl x509 -noout -subject)" "subject=CN = generated" "and the certificate, with line breaks once jq has written it"
cp opened.json OPENED
(grep '^    jq ' outbox/sender-admin/"$id"-hand-over.txt || echo false) | bash -e
is "$(openssl x509 -in client.pem -noout -pubkey)" "$(openssl pkey -in client.key -pubout)" \
  "SAP-7f84-23: the commands of the letter write certificate and key with line breaks"
openssl cms -decrypt -inform PEM -in outbox/sender-admin/"$id"-hand-over.pem -inkey shop-client.key -out nothing 2>/dev/null
is $? 4 "nobody else opens it"
key_line=$(jq -r .oauth.key opened.json | sed -n 2p)
run grep -rlF -- "$key_line" state outbox plan.renew
is "$out" "" "the private key lies nowhere else in the clear"
run "$RENEW" journal "$id" --format json
like "$out" '"fingerprint"' "the journal knows the fingerprint"
for step in switch switch.check delete-old; do
  run "$RENEW" sign "$id" $step --because "orders arrive"
  run "$RENEW" resume "$id" --no-input
done
exits 0 "the run ends"
is "$(twin_state 'sorted(k["name"][:15] for k in s["keys"])')" "['shop-external', 'shop-generated-', 'shop-secret']" "the old key is gone, the new one stays"
is "$(twin_state '[e for e in s["effects"] if e.startswith("delete")]')" "['delete shop-generated']" "one deletion, of the right one"

# The next renewal finds the key that renew made, by its label.
run "$RENEW" run generated --no-input
exits 5 "a second renewal"
next=$(sed -n 's/^generated  run \([^ ]*\).*/\1/p' <<<"$out")
run "$RENEW" journal "$next" --format json
like "$out" "shop-generated-$id-" "K.old is the key of the first run"
run "$RENEW" cancel "$next" --because "enough"

# The sender's own certificate; the first key was made by hand.
run "$RENEW" run external --no-input
exits 5 "a key with the sender's certificate"
like "$(twin_state '[k["parameters"] for k in s["keys"] if k["name"].startswith("shop-external-")][0]')" \
  "'key-type': 'certificate_external', 'X.509': '-----BEGIN CERTIFICATE-----" "PEM of the leaf, no validity, no size"
is "$(twin_state '[k["parameters"]["X.509"].count("BEGIN") for k in s["keys"] if k["name"].startswith("shop-external-")][0]')" 1 "the leaf alone"

# A client secret takes no parameters.
run "$RENEW" run secret --no-input
is "$(twin_state '[k["parameters"] for k in s["keys"] if k["name"].startswith("shop-secret-")][0]')" "{}" "a client secret has none"
like "$(cat outbox/sender-admin/*-hand-over.txt)" "as JSON .client, secret." "its letter speaks of a secret, not of a certificate"

# Killed between the request and its answer.
stop_twin
start_twin cloud_foundry cf2
write_cloud_plan "$port" >plan.renew
twin_set '{"job_polls":6}'
XDG_STATE_HOME=$TMP/killed "$RENEW" run generated --no-input >killed.out 2>&1 &
pid=$!
for i in $(seq 200); do
  [[ $(twin_log) == *"POST /v3/service_credential"* ]] && break
  sleep 0.01
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
export XDG_STATE_HOME=$TMP/killed
run "$RENEW" resume "$(sed -n 's/^generated  run \([^ ]*\).*/\1/p' killed.out)" --no-input
exits 5 "resumed after kill -9 behind the request"
is "$(twin_state '[e for e in s["effects"] if e.startswith("create")].__len__()')" 1 "one key was made"

# What stands in the way.
export XDG_STATE_HOME=$TMP/state3
printf 'tenant-ops:wrong' >cf-user
run "$RENEW" run generated --no-input
unlike "$err$out" "wrong" "a refused password is in no message"
like "$err" "refused the log-on" "it is said that the log-on was refused"
printf '{"clientid":"ops-client","clientsecret":"client secret"}' >cf-user
twin_set '{"grants":["client_credentials","client_x509"]}'
export XDG_STATE_HOME=$TMP/state4
run "$RENEW" run generated --no-input
like "$err" "client_x509: it is no longer supported" "an instance with client_x509"
is "$(twin_state '[e for e in s["effects"] if e.startswith("create")].__len__()')" 1 "nothing is asked of it"
twin_set '{"grants":["client_credentials"],"tells_parameters":false,"fails":"service_keys.create"}'
export XDG_STATE_HOME=$TMP/state5
run "$RENEW" run external --no-input
exits 4 "the broker refuses"
like "$err" "CF-ServiceBrokerBadResponse: the broker is not well" "its words are shown"
printf 'no log-on' >cf-user
export XDG_STATE_HOME=$TMP/state6
run "$RENEW" run generated --no-input
like "$err" "cannot be used: it is neither user:password nor a JSON object" "a secret of another form is said before the run begins"
unlike "$err" "no log-on" "without a word of it"
done_testing
