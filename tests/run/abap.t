#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abap.t: the second document's plan (SAP-f7a5) against the twin of an ABAP environment with `mode api`: the
# exported file, the where-used list, the switch that is read back, the rotation; and what stands in the way.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
. "$(dirname "$0")/../twins/abap.sh"
cd "$TMP" || exit 1
start_twin abap abap
abap_land api
abap_days
abap_now
certs=$TMP/abap
new_print=$(openssl x509 -in "$certs/new.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
effects() { twin_state '" ".join(sorted(s["effects"]))'; }
fresh() { # [JSON]: another store, the twin as it was
  twin_curl "$twin_base/twin/reset" -d '{}' >/dev/null
  [[ -z ${1-} ]] || twin_set "$1"
  rm -rf "$XDG_STATE_HOME" "$land/mail"
}
to_switch() { # as far as the block of the switches
  renew_plan
  export_file "$certs/new.pem"
  signs upload
}

run "$RENEW" check plan.renew
exits 0 "the plan is proven with mode api"
run "$RENEW" plan plan.renew --live --trust-plan --set abap-prod.communication-systems=CRM,SHOP
like "$out" '2 outbound users of .CRM. have .Client Default Expiring.' "plan --live looks, and shows what is there (SAP-f7a5-12)"
is "$(effects)" "" "and changes nothing"
run "$RENEW" plan plan.renew --live --trust-plan
like "$out" 'used by CRM,SHOP: --set abap-prod.communication-systems=CRM,SHOP makes the plan for them' "and where nobody has named them, which they are"

# ---- the export (SAP-f7a5-7, SAP-f7a5-10) ----
renew_plan
exits 5 "the run waits for the exported file"
like "$out" "export .Client Default. in the app Maintain Client Certificates.*SHA-256 $new_print" "the app, the name and the fingerprint are said"
run "$RENEW" journal "$id" --format json
like "$out" "client-default.new.*$new_print" "old and new are bound by their fingerprints"
bring() { # FILE REGEX NAME
  sign export --evidence "$1"
  [[ $status == 0 ]] && resume
  like "$out$err" "$2" "$3"
  unlike "$out" "ok +export" "... and it is not believed"
}
bring "$certs/old.pem" "holds the old certificate, which is about to go" "the expiring one is recognised"
bring "$certs/ca.pem" "holds the certificate of an authority" "an authority's certificate"
bring "$certs/next.pem" "holds another certificate: .*wanted: $new_print" "another certificate"
bring "$certs/new.csr" "a certificate signing request, not a certificate" "a signing request"
: >empty
bring empty "an empty file" "an empty file"
echo '<html><title>Log On</title></html>' >page
bring page "a web page, not a certificate" "the page of a log-on"
head -c 300 "$certs/new.pem" >cut
bring cut "damaged" "a damaged one"
noise 5000 >noise
bring noise "no form of certificate that renew knows" "noise"
bring "$certs" "cannot be read" "a folder"
bring missing.pem "cannot be read" "no file at all"
cat "$certs/new.pem" "$certs/new.key" >both.pem
openssl pkcs12 -export -in "$certs/new.pem" -inkey "$certs/new.key" -passout pass:x -out new.p12
openssl pkcs8 -topk8 -in "$certs/new.key" -passout pass:x -outform DER -out sealed.key 2>/dev/null
for file in both.pem new.p12 sealed.key; do
  sign export --evidence "$file"
  exits 2 "$file is refused at once"
  like "$err" "nothing of it was kept" "for a private key lies in it"
done
is "$(grep -rlF -- "$(sed -n 2p "$certs/new.key")" "$XDG_STATE_HOME" | wc -l)" 0 "and nothing of it was kept"
openssl crl2pkcs7 -nocrl -certfile "$certs/new.pem" -certfile "$certs/ca.pem" -outform DER -out chain.p7b
export_file chain.p7b
exits 5 "a PKCS#7 with the chain is taken"
like "$out" "exported: SHA-256 $new_print" "for the right certificate is in it"
is "$(grep -c BEGIN "$XDG_STATE_HOME"/renew/outbox/"$id"/export.pem)" 1 "without the root in the outbox"
like "$(cat mail/edge/*hand-over*)" "$new_print" "the partner gets it with its fingerprint (SAP-f7a5-4)"
like "$out" "client-default.new is SHA-256 $new_print" "who uploads is told the fingerprint (SAP-f7a5-11)"
"$RENEW" cancel "$id" --because "enough" >/dev/null
fresh
renew_plan
openssl x509 -in "$certs/new.pem" -outform DER -out new.cer
export_file new.cer
like "$out" "exported: SHA-256 $new_print" "DER is taken"

# ---- the switch (SAP-f7a5-13) ----
signs upload
exits 5 "switched, the call is a person's"
like "$out" '2 outbound users of .CRM. have .Client Default.' "both users of a system"
is "$(effects)" "crm-batch -> new crm-out -> new shop-out -> new" "those with the old one, once each, and no others"
like "$out" '2xx.*401.*403' "what each status means is said (SAP-f7a5-19)"
like "$(twin_log)" 'PATCH [^ ]*OutboundUsers\([^ ]*\) -> 204 \[[^]]*\] GET [^ ]*OutboundUsers' "each write is read back"
signs 'switch.check["CRM"]'
sign 'switch.check["SHOP"]' --note "200"
resume
like "$out$err" 'client-default.old is there, as .Client Default Expiring.' "before the rotation the old one is there"
exits 4 "so the look refuses"
twin_set '{"phase":"rotated"}'
run "$RENEW" retry "$id" confirm-gone
resume
like "$out" 'client-default.old is not among the client certificates' "after it the old one is gone (SAP-f7a5-16)"
signs remove-old
exits 0 "and the run is done"
run "$RENEW" journal "$id" --verify
exits 0 "its journal verifies"

# ---- the set (SAP-f7a5-12) ----
fresh
SYSTEMS=CRM renew_plan
export_file "$certs/new.pem"
signs upload
exits 9 "another system uses it: exit 9"
like "$err" 'E1101.*more: SHOP' "named"
is "$(effects)" "" "and nothing of the block is done"
fresh '{"page":1}'
to_switch
is "$(effects)" "crm-batch -> new crm-out -> new shop-out -> new" "through pages, by relative links"

# ---- SAP was faster (SAP-f7a5-17) ----
fresh
renew_plan
export_file "$certs/new.pem"
twin_set '{"phase":"rotated"}'
signs upload
exits 5 "SAP has migrated the systems meanwhile: found done"
is "$(effects)" "migrated crm-batch migrated crm-out migrated shop-out" "nothing was written"

# ---- the write that does nothing, the write of somebody else ----
fresh '{"ignores_patch":true}'
to_switch
exits 4 "a write that is answered and does nothing fails"
like "$err" 'answered 204, and the user .(crm|shop)-out. still has the old certificate' "for it is read back"
fresh '{"foreign":"crm-out"}'
to_switch
is "$(effects)" "crm-batch -> new shop-out -> new" "a user whom somebody gave another certificate is left alone"
fresh '{"etags":false}'
to_switch
is "$(effects)" "crm-batch -> new crm-out -> new shop-out -> new" "a system without versions"
fresh '{"print":"sha1"}'
to_switch
exits 5 "a fingerprint by SHA-1 will do"
fresh '{"print":"md5"}'
renew_plan
like "$err" 'tells no fingerprint of .Client Default( Expiring)?. that could be compared' "one by MD5 will not"

# ---- a roll-back takes back what the step did ----
fresh
sed -i 's/^      check call of target.*/&\n      on failure roll-back/' plan.renew
to_switch
sign 'switch.check["CRM"]' --reject --note 403
resume
like "$(twin_state 's["effects"][3:]')" "crm-(out|batch) -> old.*crm-(out|batch) -> old" "the users of the step have the old certificate again"
sed -i '/on failure roll-back/d' plan.renew

# ---- a crash between the write and its answer ----
fresh
renew_plan
export_file "$certs/new.pem"
sign upload
"$RENEW" resume "$id" --no-input >killed 2>&1 &
pid=$!
for _ in $(seq 400); do [[ $(twin_log) == *"PATCH "* ]] && break; sleep 0.005; done
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
resume
exits 5 "killed behind the write, resumed"
is "$(effects)" "crm-batch -> new crm-out -> new shop-out -> new" "each user once"

# ---- log-on: once (SAP locks users) ----
fresh
printf 'COMM_USER:wrong' >"$land.conf/user"
renew_plan
unlike "$out$err" 'wrong' "a refused password is in no message"
like "$err" 'log-on was refused|refused the log-on' "a refused log-on is said"
like "$err" 'lock the communication user' "and why it is not tried again"
is "$(twin_state 's["failed"]')" 1 "it was tried once"
printf 'COMM_USER:correct horse battery staple' >"$land.conf/user"
fresh
renew_plan
export_file "$certs/new.pem"
sign upload
printf 'COMM_USER:changed meanwhile' >"$land.conf/user"
resume
is "$(twin_state 's["failed"]')" 1 "in the middle of a run too, with two systems to switch"
printf 'COMM_USER:correct horse battery staple' >"$land.conf/user"

# ---- what is not granted, not there, not yet ----
fresh '{"scenarios":["SAP_COM_0A13","SAP_COM_0A06"]}'
to_switch
like "$err" 'SAP_COM_0A48.*Communication Systems app' "without the right to write a person does it"
twin_set '{"phase":"rotated"}'
for step in 'switch["CRM"]' 'switch["SHOP"]'; do "$RENEW" retry "$id" "$step" >/dev/null 2>&1; done
resume
exits 5 "and what was done by hand is seen (SAP_COM_0A06)"
fresh '{"scenarios":["SAP_COM_0A48"]}'
renew_plan
like "$err" 'answers 403: No authorization.*SAP_COM_0A13' "the scenario that is missing is named"
fresh '{"edition":"private"}'
renew_plan
like "$err" 'answers 500.*mode manual' "a system without these services: mode manual is the way out"
fresh '{"phase":"before"}'
renew_plan
like "$err$out" 'SAP has not issued the new certificate' "before the issue there is nothing to export"
fresh
sed -i 's/label "Client Default"/label "Klient"/' plan.renew
renew_plan
like "$err" 'no client certificate is called .Klient.; there are: .Client Default., .Client Default Expiring.' "a wrong label, and the right ones"
done_testing
