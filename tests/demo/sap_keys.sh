#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The third seed document's two plans, as they stand in plans/service-key.renew, against the twin of Cloud Foundry: the
# key that the platform generates, killed with -9 while the platform makes it; the key with the sender's own
# certificate, once with the old file and once with a network that loses the answer. Its addresses are led to
# the twin by a proxy, its mails to a mail server, its secret comes from a vault: renew.conf alone says so. Ends
# 0 only where each effect on the platform happened exactly once.
. "$(dirname "$0")/sap_lib.sh"
. "$ROOT/tests/tap/servers.sh"
. "$ROOT/tests/twins/cloud.sh"
host=api.cf.eu10.hana.ondemand.com
land=$TMP/land
conf=$TMP/conf
mkdir -p "$land/.git" "$land/certs" "$land/trust" "$conf"
grep -v 'renew: allow W0719' "$ROOT/plans/service-key.renew" >"$land/service-key.renew" # its file is here now
cd "$conf" || exit 1
make_ca ca
make_pair ca seal
make_pair ca shop-old
make_pair ca shop-new
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$host" -keyout api.key -out api.csr 2>/dev/null
openssl x509 -req -in api.csr -CA ca.pem -CAkey ca.key -days 30 -out api.crt -extfile <(echo "subjectAltName=DNS:$host") 2>/dev/null
cat api.key api.crt >api.pem
start_twin cloud_foundry cf "$conf/api.pem"
cloud_port=$port
start_listener proxy "$TMP/proxy"
proxy_port=$port
echo "$host $cloud_port" >"$TMP/proxy/routes"
start_listener smtp "$TMP/mails"
printf '#!/bin/sh\n[ "$1" = "kv/cf/acme#technical-user" ] && printf "tenant-ops:correct horse"\n' >vault
chmod 700 vault
cat >renew.conf <<CONF
renew 1

secret-command vault "$conf/vault"
proxy "http://127.0.0.1:$proxy_port" for "$host"
trust file "$conf/ca.pem" for "$host"
mail through "smtp://127.0.0.1:$port" from "renew@acme.example"
answers within 2s
CONF
chmod 600 renew.conf
cp ca.pem "$land/trust/load-balancer-roots.pem"
cp seal.crt "$land/certs/shop-ops.pem"
cp shop-old.crt "$land/certs/shop-client.pem"
export RENEW_CONFIG=$conf/renew.conf XDG_STATE_HOME=$conf/state
cd "$land" || exit 1
twin_set "{\"base\":\"https://$host\",\"patience_s\":3}"
effects() { twin_state '" ".join(e.split("-20")[0] for e in s["effects"])'; }
seen=0
begin() { seen=$(twin_curl "$twin_base/twin/log" | jq length); }
persons() { # confirms what the run waits for, until it is over
  local command
  for _ in $(seq 30); do
    [[ $status == 5 ]] || return
    command=$("$RENEW" tasks --json | jq -r '.tasks[0].command // empty')
    [[ -n $command ]] || return
    echo "  person: $command"
    eval "${command/#renew/$RENEW}" >/dev/null 2>&1
    run "$RENEW" resume "$id"
  done
}
told() { # what each side saw
  headline "The run, step by step"
  "$RENEW" status "$id"
  headline "What the platform saw"
  twin_curl "$twin_base/twin/log" | jq -r '.[]' | tail -n "+$((seen + 1))" | grep -nE '^(POST /v3|DELETE|fault)' | sed 's/ \[.*//; s/:/\t/; s/^/  /'
  headline "Was each effect there exactly once?"
}

headline "5. The key that the platform generates: killed and resumed"
twin_set '{"job_polls":40}'
"$RENEW" run rotate-generated-key >"$TMP/first" 2>&1 &
first=$!
for _ in $(seq 300); do [[ $(twin_log) == *"POST /v3/service_credential"* ]] && break; sleep 0.02; done
{ kill -9 "$first"; wait "$first"; } 2>/dev/null
sed 's/^/  /' "$TMP/first"
echo "  kill -9 while the platform makes the key: nobody here knows whether the request arrived"
twin_set '{"job_polls":1}'
id=$(run_id)
run "$RENEW" resume "$id"
persons
told
expect "$status" 0 "SAP-7f84-2: the run is done"
expect "$(effects)" "create shop-generated delete shop-generated" "effects on the platform: one key made, the old one deleted"
expect "$(twin_state 'sorted(k["name"].split("-20")[0] for k in s["keys"])')" "['shop-external', 'shop-generated', 'shop-secret']" "the new key is there"
mail_of() { grep -lE "Subject:.*$id\] $1:" "$TMP"/mails/*.eml | head -1; }
attached() { # MAIL: its attachment
  python3 -c 'import email, sys; m = email.message_from_file(open(sys.argv[1])); print([p for p in m.walk() if p.get_filename()][-1].get_payload(decode=True).decode())' "$1"
}
attached "$(mail_of hand-over)" >"$TMP/envelope.pem"
openssl cms -decrypt -inform PEM -in "$TMP/envelope.pem" -inkey "$conf/seal.key" -out "$TMP/opened" 2>/dev/null
expect "$(jq -r '.oauth.key' "$TMP/opened" | openssl pkey -noout 2>/dev/null && echo key)" key "SAP-7f84-20: the sender got certificate and private key, in an envelope for it alone"
expect "$(grep -rlF "$(jq -r .oauth.key "$TMP/opened" | sed -n 2p)" "$land" "$conf/state" "$TMP/mails")" "" "SAP-7f84-22: the private key lies nowhere else"
# SAP-7f84-8, SAP-7f84-13, SAP-7f84-16, SAP-7f84-19: what people do, they are asked for by mail.
for step in ask-deploy deploy trust switch; do expect "$([[ -n $(mail_of $step) ]] && echo mail)" mail "$(sed -n "s/^ *$step: //p" service-key.renew | sed 's/ {$//; q' | cut -c1-70)"; done
expect_journal "$id"

headline "6. The sender's own certificate: the file is still the old one"
sed -n 's/^  certificate from file "\(.*\)"/  file: \1/p' service-key.renew
twin_curl "$twin_base/twin/key" -d "$(jq -n --rawfile c "$conf/shop-old.crt" '{name: "shop-external", certificate: $c}')" >/dev/null
before=$(effects)
run "$RENEW" run rotate-external-key
sed 's/^/  /' <<<"$err" | grep -v '^ *$'
expect "$(effects)" "$before" "SAP-7f84-12: the same certificate again is refused before a step"
id=$(run_id)
"$RENEW" cancel "$id" --because "the file is the old one" >/dev/null

headline "7. The sender's own certificate: the network loses the answer"
cp "$conf/shop-new.crt" certs/shop-client.pem
begin
run "$RENEW" run rotate-external-key
id=$(run_id)
twin_curl "$twin_base/twin/fault" -d '{"mode":"unanswered","at":1,"sticky":false,"match":"POST /v3"}' >/dev/null
persons
told
expect "$status" 0 "the run is done"
expect "$(effects)" "$before create shop-external delete shop-external" "effects on the platform: one key made although its answer was lost, the old one deleted"
held=$(twin_state '[k for k in s["keys"] if k["name"].startswith("shop-external-")][0]["parameters"]["X.509"].replace("\n", "|")')
expect "$held" "$(openssl x509 -in certs/shop-client.pem | tr '\n' '|')" "SAP-7f84-12: it holds the sender's new certificate"
expect_journal "$id"
finish_part
