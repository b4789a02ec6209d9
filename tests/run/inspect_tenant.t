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

# A tenant that leaves much out, in two pages with a link that is relative to the first; a plain server.
cat >sparse.py <<'PYTHON'
import http.server
import json
import os

FIRST = {"Hexalias": "616c706861", "Alias": "alpha", "Type": "Key Pair", "KeyType": "RSA", "KeySize": "2048", "SubjectDN": None,
         "ValidNotBefore": None, "ValidNotAfter": "/Date(1900000000000+0120)/", "LastModifiedTime": None}
SECOND = {"Hexalias": "62657461", "Alias": "beta", "Type": "Certificate", "KeyType": None}


class Tenant(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        page = {"results": [SECOND]} if "skiptoken" in self.path else {
            "__count": "2", "results": [FIRST], "__next": "KeystoreEntries?$skiptoken=1"}
        raw = json.dumps({"d": page}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tenant)
with open("sparse.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename("sparse.new", "sparse.port")
server.serve_forever()
PYTHON
python3 -B sparse.py &
sparse=$!
for _ in $(seq 500); do [[ -s sparse.port ]] && break; sleep 0.02; done
cat >sparse.renew <<PLAN
renew 1

role a "Administrator" {
  reach by console
}

secret login from file "sparse.login"

tenant t {
  service cloud-integration
  url "http://127.0.0.1:$(<sparse.port)"
  login basic with login
  nodes n
  owner a
}

keystore tenant-keystore {
  kind sap-tenant
  of t
}

ca c {
  protocol manual
}

system s {
  owner a
  accepts-many yes
}

certificate z {
  in tenant-keystore
  alias "alpha"
  subject "CN=z"
  signed by c
  valid for 90d
}

flow f {
  on t
  calls s with z
}

plan p {
  renews z
  policy overlap

  create: a creates z.new
  sign: a gets z.new signed by c
  accept: a accepts z.old, z.new on s
  ex: a replaces z.old with z.new in tenant-keystore keeping alias
  restart: a restarts f {
    check call of f
  }
  remove: a removes z.old from s
}
PLAN
printf 'user:word' >sparse.login
chmod 600 sparse.login
RENEW_CONFIG= run timeout 30 "$RENEW" inspect tenant-keystore --of sparse.renew
kill "$sparse"
wait "$sparse" 2>/dev/null
like "$out" "2 entries.*alpha: pair
  subject  not said
  issuer   not said
  serial   not said
  valid    not said to 2030-03-17 17:46 UTC .*
  SHA-256  not said
  key      rsa 2048, which stays there.*beta: certificate
.*  key      not said, its public half only" "what an entry does not say is told so, on every page"
done_testing
