#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew inspect KEYSTORE --of PLAN for a keystore of a tenant: every entry, through its pages, as the tenant
# tells it; what it cannot read is told; nothing is changed and no certificate is fetched.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
COUNT=2345
twin_start
tenant_land overlap
tell_twin entry "$(pem_json copy "$land.conf/pair" "\"copies\":$COUNT")"
tell_twin entry "$(pem_json "root of partner" "$twin/client-ca.pem" '"owner":"SAP"')"
tell_twin clear
run "$RENEW" inspect tenant-keystore --of overlap.renew
exits 0 "a keystore of a tenant"
like "$out" "tenant-keystore: keystore of tenant acme-prod, $((COUNT + 2)) entries" "it is named, and counted"
is "$(grep -c '^copy-[0-9]*: pair$' <<<"$out")" "$COUNT" "every page is read"
like "$out" "root of partner: certificate
  subject  CN=Twin Client CA
  issuer   CN=Twin Client CA .itself.
  serial   [0-9a-f]+
  valid    .* to .* \([0-9]+ days left\)
  SHA-256  $(print_of "$twin/client-ca.pem")
  key      ec 256, its public half only
  owner    SAP, changed " "a certificate, with the print that openssl has"
is "$(ask_twin state '.effects | length')" 0 "nothing was changed"
is "$(ask_twin log '[.[] | select(.path | contains("oauth") | not) | .method + " " + (.path | sub("^/api/v1/"; "") | sub("[?].*"; ""))] | join(" ")')" \
  "GET \$metadata GET KeystoreEntries GET KeystoreEntries GET KeystoreEntries" "one request a page, and nothing else"
is "$(ask_twin log '[.[] | .connection] | unique | length')" 2 "one connection for them, one for the log-on"
run "$RENEW" inspect tenant-keystore --of overlap.renew --json
is "$(jq -r '.schema, .format, .keystore, .tenant, (.entries | length), (.entries | map(.alias) | unique | length)' <<<"$out" | tr '\n' ' ')" \
  "renew.inspect/1 SAP tenant tenant-keystore acme-prod $((COUNT + 2)) $((COUNT + 2)) " "the same as JSON"
is "$(jq -r '.entries[] | select(.alias == "acme_erp_client") | .kind, .chain[0].sha256, .chain[0].key' <<<"$out" | tr '\n' ' ')" \
  "pair $(print_of "$land.conf/pair.pem") ec 256 " "a pair"
unlike "$out$err" "PRIVATE|secret" "no key and no secret leaves it"
for mode in 403 401 html deep-json not-json other-next; do
  tell_twin clear
  tell_twin fault "{\"match\":\"skiptoken=2000\",\"mode\":\"$mode\",\"times\":-1}"
  run timeout 60 "$RENEW" inspect tenant-keystore --of overlap.renew
  exits 8 "the third page answers with $mode"
  like "$err" "renew: " "it is told"
  is "$out" "" "and nothing is listed that is not whole"
done
tell_twin clear
run "$RENEW" inspect elsewhere --of overlap.renew
exits 2 "a keystore that the plan does not have"
sed -i 's/^trust/turst/' "$RENEW_CONFIG"
run "$RENEW" inspect tenant-keystore --of overlap.renew
exits 1 "a configuration that is not read"
like "$err" "turst" "says where"
twin_stop
done_testing
