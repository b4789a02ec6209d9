#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The twin of a SAP tenant, checked by a client that knows nothing of renew: curl, jq and xmllint. SAP's own
# npm libraries do not fit: their OData client is generated from a service's metadata, which is not public for
# these resources, and would install some hundred packages to send what curl sends.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
cd "$TMP" || exit 1
twin_start --page 3 --build-s 0.2
ec() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
fetch() { curl -sS --noproxy '*' --cacert "$twin/server-root.pem" "$@"; }
status() { fetch -o .body -D .head -w '%{http_code}' "$@"; }
json=(-H 'Accept: application/json')
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }

# log-on
is "$(status "$base/KeystoreEntries")" 401 "nobody without a log-on"
is "$(status -u client:wrong -X POST "https://localhost:$port/oauth/token?grant_type=client_credentials")" 401 "a wrong secret gets no token"
token=$(fetch -u client:secret -X POST "https://localhost:$port/oauth/token?grant_type=client_credentials" | jq -r .access_token)
bearer=(-H "Authorization: Bearer $token")
is "$(status "${bearer[@]}" "$base/")" 200 "a token opens the service"
is "$(status -X POST -u user:password -d '{"Name":"backup_admin_system"}' "$base/KeystoreResources")" 403 "with Basic a write needs the anti-forgery token"
like "$(tr A-Z a-z <.head)" 'x-csrf-token: required' "and the answer says so"
csrf=$(fetch -u user:password -c jar -D - -o /dev/null -H 'X-CSRF-Token: Fetch' "$base/" | tr -d '\r' | sed -n 's/^X-CSRF-Token: //p')
is "$(status -X POST -u user:password -H "X-CSRF-Token: $csrf" -d '{"Name":"backup_admin_system"}' "$base/KeystoreResources")" 403 "the token without its cookie is nothing"
is "$(status -X POST -u user:password -b jar -H "X-CSRF-Token: $csrf" -d '{"Name":"backup_admin_system"}' "$base/KeystoreResources")" 201 "token and cookie let the write through"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=caller -keyout caller.key -out caller.csr 2>/dev/null
openssl x509 -req -in caller.csr -CA "$twin/client-ca.pem" -CAkey "$twin/client-ca.key" -days 5 -out caller.pem 2>/dev/null
is "$(status --cert caller.pem --key caller.key "$base/")" 200 "a client certificate opens it too"

# keystore
ec first && ec second
cat first.key first.pem >first.pair
tell_twin entry "$(pem_json "acme client" first.pair)"
for n in 1 2 3 4 5 6; do tell_twin entry "$(pem_json "root $n" second.pem)"; done
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/KeystoreEntries" | jq '.d.results | length')" 3 "pages"
next=$(fetch "${bearer[@]}" "${json[@]}" "$base/KeystoreEntries" | jq -r .d.__next)
like "$next" "^https://localhost:$port/api/v1/KeystoreEntries\\?" "the next link is absolute"
like "$(fetch "${bearer[@]}" "${json[@]}" "$next" | jq -r .d.__next)" 'skiptoken=6' "and leads on"
fetch "${bearer[@]}" "$base/KeystoreEntries" >list.xml
xmllint --noout list.xml
ok $? "Atom is well-formed"
is "$(xmllint --xpath 'count(//*[local-name()="properties"])' list.xml)" 3 "and holds the same entries"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/KeystoreEntries('$(hex "acme client")')" | jq -r .d.FingerprintSha256)" "$(print_of first.pem)" "an entry by its hex alias"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/KeystoreEntries('$(hex "acme client")')" | jq -r .d.Hexalias)" "$(hex "acme client" | tr a-f A-F)" "answers are in upper case"
is "$(status "${bearer[@]}" "$base/KeystoreEntries('6e6f6e65')")" 404 "and 404 without one"
is "$(fetch "${bearer[@]}" "$base/KeystoreEntries('$(hex "acme client")')/Certificate/\$value" | openssl x509 -noout -subject)" "subject=CN = first" "its certificate is PEM"
is "$(fetch "${bearer[@]}" "$base/KeystoreEntries('$(hex "acme client")')/ChainResource/\$value" | openssl pkcs7 -print_certs -noout | grep -c subject)" 1 "its chain is PKCS#7"
pair() { # ALIAS NAME
  openssl pkcs12 -export -inkey "$2.key" -in "$2.pem" -passout pass:x -out "$2.p12"
  jq -n --arg a "$1" --arg p "$(base64 -w0 "$2.p12")" '{Hexalias:"00",Alias:$a,Password:"x",Resource:$p}'
}
post() { status "${bearer[@]}" "${json[@]}" -X POST -d "$2" "$base/$1"; }
is "$(post 'KeyPairResources?update=true' "$(pair 'acme client' second)")" 409 "a self-signed pair needs fingerprintVerified"
is "$(jq -r '.d.results[0].Status' .body)" notImported "and is not imported"
is "$(post 'KeyPairResources?fingerprintVerified=true' "$(pair 'acme client' second)")" 400 "an alias that is there needs update"
is "$(post 'KeyPairResources?fingerprintVerified=true&update=true' "$(pair 'acme client' second)")" 201 "then it is exchanged"
is "$(ask_twin state '.stores.system["acme client"][0]')" "$(print_of second.pem)" "the alias holds the other pair"
is "$(post 'KeyPairResources?fingerprintVerified=true&update=true' "$(pair sap_x second)")" 403 "SAP's aliases are refused"
is "$(post KeyPairGenerationRequests '{"Hexalias":"00","Alias":"made","CommonName":"made","Country":"DE","KeyType":"EC"}')" 201 "the tenant makes a pair"
fetch "${bearer[@]}" "$base/KeystoreEntries('$(hex made)')/SigningRequest/\$value" >made.csr
openssl req -in made.csr -noout -verify 2>/dev/null
ok $? "and a request for it"
openssl x509 -req -in made.csr -CA "$twin/client-ca.pem" -CAkey "$twin/client-ca.key" -days 5 -out made.pem 2>/dev/null
put() { status "${bearer[@]}" "${json[@]}" -X PUT --data-binary "$2" "$base/$1"; }
is "$(put "CertificateChainResources('$(hex made)')/\$value?fingerprintVerified=true" @first.pem)" 400 "an answer for another key is refused"
is "$(put "CertificateChainResources('$(hex made)')/\$value?fingerprintVerified=true" @made.pem)" 204 "the right one is taken in"
is "$(put "KeystoreEntries('$(hex made)')?renameAlias=made%202" '{}')" 400 "a rename wants a property with null"
is "$(put "KeystoreEntries('$(hex made)')?renameAlias=made%202" '{"Status":null}')" 200 "and renames with it"
is "$(put "KeystoreResources('system')?deleteEntries=true" '{"Aliases":"root 5;root 6"}')" 200 "mass deletion"
is "$(ask_twin state '.stores.system | length')" 6 "took two away"
is "$(post KeystoreResources '{"Name":"backup_admin_system"}')" 201 "a backup"
is "$(put "KeystoreResources('system')?deleteEntries=true" '{"Aliases":"root 4"}')" 200 "something changes"
is "$(put "KeystoreResources('system')?retrieveBackup=backup_admin_system&importOption=replace" '{}')" 200 "and the backup"
is "$(ask_twin state '.stores.system | length')" 6 "brings it back"
tell_twin entry "$(pem_json sap_key first.pair '"owner":"SAP"')"
cat second.key second.pem >second.pair
tell_twin entry "$(pem_json sap_key second.pair '"owner":"SAP","store":"KeyRenewal"')"
is "$(status "${bearer[@]}" -X DELETE "$base/KeystoreEntries('$(hex sap_key)')?keystoreName=KeyRenewal&activate=true")" 200 "a pending key is activated by a DELETE"
is "$(ask_twin state '[.stores.system.sap_key[0], .stores.KeyHistory.sap_key[0], (.stores.KeyRenewal|length)] | join(" ")')" "$(print_of second.pem) $(print_of first.pem) 0" "old to history, new in place, none pending"

# content
tell_twin flow '{"id":"orders","version":"1.0.3","runtime":"1.0.2"}'
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/IntegrationDesigntimeArtifacts(Id='orders',Version='active')" | jq -r .d.Version)" 1.0.3 "design time"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/IntegrationRuntimeArtifacts('orders')" | jq -r .d.Version)" 1.0.2 "may differ from what runs"
tell_twin set '{"build_s":3}' # long enough for a busy machine to see it happen
settles() { for _ in $(seq 150); do [[ $("$@") != "$before" ]] && return; sleep 0.1; done; }
task=$(fetch "${bearer[@]}" -X POST "$base/DeployIntegrationDesigntimeArtifact?Id='orders'&Version='active'")
like "$task" '^[0-9a-f-]{36}$' "deploy answers with the bare id of a task"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/BuildAndDeployStatus(TaskId='$task')" | jq -r .d.Status)" DEPLOYING "which takes time"
build() { fetch "${bearer[@]}" "${json[@]}" "$base/BuildAndDeployStatus(TaskId='$task')" | jq -r .d.Status; }
runs() { fetch "${bearer[@]}" "${json[@]}" "$base/IntegrationRuntimeArtifacts('orders')" | jq -r .d.Status; }
before=DEPLOYING settles build
before=STARTING settles runs
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/BuildAndDeployStatus(TaskId='$task')" | jq -r .d.Status)" SUCCESS "and ends"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/IntegrationRuntimeArtifacts('orders')" | jq -r '.d | .Version + " " + .Status')" "1.0.3 STARTED" "it runs"
is "$(status "${bearer[@]}" -X DELETE "$base/IntegrationRuntimeArtifacts('orders')")" 202 "undeploy is taken on"
is "$(fetch "${bearer[@]}" "${json[@]}" "$base/IntegrationRuntimeArtifacts('orders')" | jq -r .d.Status)" STOPPING "goes on for a while"
before=STOPPING settles runs
is "$(status "${bearer[@]}" "$base/IntegrationRuntimeArtifacts('orders')")" 404 "and ends with 404"
is "$(status "${bearer[@]}" "$base/KeystoreEntries%2f")" 400 "no encoded slash"
xmllint --noout <(fetch "${bearer[@]}" "$base/\$metadata")
ok $? "the metadata is well-formed"

# faults
for mode in lost executed-lost reset expired; do
  tell_twin fault "{\"match\":\"KeystoreEntries\",\"mode\":\"$mode\"}"
  [[ $(status "${bearer[@]}" "$base/KeystoreEntries" 2>/dev/null) =~ ^000$|^200$ ]]
  ok $? "fault $mode"
  curl_status=$(status "${bearer[@]}" "$base/" 2>/dev/null)
  if [[ $mode == expired ]]; then is "$curl_status" 000 "an expired server certificate once"; else is "$curl_status" 200 "only once"; fi
done
for row in executed-5xx:502 429:429 503:503 423:423 413:413 redirect-loop:302 html:200; do
  tell_twin fault "{\"match\":\"KeystoreEntries\",\"mode\":\"${row%:*}\"}"
  is "$(status "${bearer[@]}" "$base/KeystoreEntries")" "${row#*:}" "fault ${row%:*}"
done
twin_stop
done_testing
