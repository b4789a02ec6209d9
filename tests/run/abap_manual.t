#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abap_manual.t: the second document's plan (SAP-f7a5) with `mode manual`: export, upload and switch are guided by
# the names of the apps, the exported file has to have the fingerprint that the app shows; and an HTTPS call with
# a pair of ours tells 401 and 403 from 2xx (SAP-f7a5-19).
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
. "$(dirname "$0")/../twins/abap.sh"
cd "$TMP" || exit 1
start_twin abap abap
twin_port=$port
port=1 # nobody: nothing is asked of the system
abap_land manual
port=$twin_port
abap_days
abap_now
certs=$TMP/abap
print_of() { openssl x509 -in "$1" -noout -fingerprint "-$2" | sed 's/.*=//'; }
renew_plan
exits 5 "the run begins without a log-on"
like "$out" 'export .Client Default. in the app Maintain Client Certificates.*note the fingerprint that the app shows' "what to export, where, and what to note"
like "$out" 'renew sign [^ ]* export --evidence FILE --fingerprint HEX' "and how to answer"
sign export
resume
like "$out$err" 'the exported file is missing' "an answer without the file"
sign export --evidence "$certs/new.pem"
resume
exits 5 "a file without a fingerprint is not believed"
like "$out$err" "SHA-256 [0-9a-f]{64}, SHA-1 [0-9a-f]{40}; give the fingerprint that the app shows" "both of the file's are shown"
like "$out$err" 'that the app shows for .Client Default. with it .not this one' "to be compared with the app, not copied"
sign export --evidence "$certs/new.pem" --fingerprint 1234
exits 2 "half a fingerprint is none"
like "$err" '40 hex digits \(SHA-1\) or 64 \(SHA-256\)' "and what would be one"
sign export --evidence "$certs/old.pem" --fingerprint "$(print_of "$certs/new.pem" sha1)"
resume
like "$out$err" 'holds another certificate: ' "another certificate than the one that the app shows"
unlike "$out" 'ok +export' "is not taken"
openssl x509 -in "$certs/new.pem" -outform DER -out new.cer
sign export --evidence new.cer --fingerprint "$(print_of "$certs/new.pem" sha1)" --note "from the app"
resume
like "$out" "ok +export" "the right one, by SHA-1 with colons, in DER"
run "$RENEW" journal "$id" --format json
like "$out" 'fingerprint [0-9a-f]{40}; from the app' "the journal has what was compared, and the remark"
signs upload
like "$out" 'reads abap-prod.communication-systems using client-default.old' "the where-used list is its owner's"
like "$out" 'app Maintain Client Certificates.*Client Default Expiring' "in the app, under its name"
signs target.set
like "$out" 'in the app Communication Systems open .CRM., Users for Outbound Communication; for each user with .Client Default Expiring. change Client Certificate to .Client Default.' "the switch, in the words of the app (SAP-f7a5-13)"
signs 'switch["CRM"]' 'switch["SHOP"]'
like "$out" '2xx: the new certificate is accepted. 401: .*not uploaded.*403: .*the right is bound to the old' "what each status means"
sign 'switch.check["CRM"]' --reject --note "403"
resume
exits 4 "403: the step has failed"
like "$err" 'rejected by [^ ]*: 403' "with what was seen"
for step in 'switch["CRM"]' 'switch.check["CRM"]'; do "$RENEW" retry "$id" "$step" >/dev/null 2>&1; done
resume
signs 'switch["CRM"]' 'switch.check["CRM"]' 'switch.check["SHOP"]'
like "$out" 'in the app Maintain Client Certificates: .Client Default Expiring. \(client-default.old\) is not in the list' "the old one is gone: where to look (SAP-f7a5-16)"
signs confirm-gone remove-old
exits 0 "and the run is done"
is "$(twin_state 's["logons"]')" 0 "nobody logged on"

# ---- a pair of ours, uploaded by a person: renew makes the call ----
cd "$TMP" || exit 1
make_ca ca
make_pair ca server
make_pair ca client
start_nginx edge "ssl_client_certificate $TMP/ca.pem; ssl_verify_client optional;
  location /open { return 200 ok; } location /unknown { return 401; } location /closed { return 403; }
  location /lost { return 404; } location /down { return 503; }"
mkdir -p own/.git
cd own || exit 1
probe_plan() { # PATH
  cat >probe.renew <<PLAN
renew 1

role admin {
  reach by console
}

role partner {
  reach by console
}

keystore store {
  kind pem
  file "$TMP/client.pem"
  owner admin
}

ca authority {
  protocol local
  certificate file "$TMP/ca.pem"
  key file "$TMP/ca.key"
}

secret login from credential "nobody"

abap-system abap {
  owner admin
  url "https://abap.example"
  login basic with login
  calls edge with client
}

system edge {
  owner partner
  url "https://localhost:$port/$1"
  accepts-many yes
  verified by file "$TMP/ca.pem"
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  key ec p-256
  signed by authority
  valid for 20d
}

plan probe "An uploaded pair" {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by authority
  hand-over: admin gives client.new to partner
  accept: partner accepts client.old, client.new on edge
  report: partner tells admin "Both are accepted."
  for each target in abap.communication-systems using client.old {
    switch: admin switches target to client.new {
      check call of edge with client.new returns not 401, 403
    }
  }
}
PLAN
}
probe_at() { # PATH: as far as the call
  probe_plan "$1"
  rm -rf "$XDG_STATE_HOME"
  run "$RENEW" run probe.renew --no-input --set abap.communication-systems=CRM
  id=$(run_id)
  signs accept target.set 'switch["CRM"]'
}
printf 'renew 1\n' >"$RENEW_CONFIG"
probe_plan open
run "$RENEW" check probe.renew
exits 0 "a plan that calls with a pair of its own is good"
probe_at open
like "$out" 'ok +switch.check.*status 200: the certificate is accepted' "2xx: accepted"
probe_at unknown
exits 4 "401 refuses"
like "$err" 'status 401: the server knows nobody by this certificate: it is not uploaded there, or not in force' "and says what it means"
probe_at closed
like "$err" 'status 403: the server knows the certificate and does not let it in: a right is missing, or is bound' "403 is something else"
probe_at lost
like "$out" 'status 404: the address is not known there; of the certificate that says nothing' "404 says nothing of the certificate"
done_testing
