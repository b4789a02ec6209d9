#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a tenant's side may answer instead of what was asked for: nothing is done, nothing is sent elsewhere, and
# the reason is said in one line. And: no body with a key or a password is left anywhere.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
twin_start --build-s 0.05
tenant_land overlap
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
hex=$(printf acme_erp_client | od -An -tx1 | tr -d ' \n')
# Another origin, which counts who comes.
python3 -c '
import socket, sys
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(8)
open(sys.argv[1] + ".new", "w").write(str(listener.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    conn, _ = listener.accept()
    open(sys.argv[2], "a").write("came\n")
    conn.close()
' "$TMP/elsewhere" "$TMP/came" &
for _ in $(seq 100); do [[ -s $TMP/elsewhere ]] && break; sleep 0.05; done
elsewhere=https://localhost:$(<"$TMP/elsewhere")
live() { run timeout 60 "$RENEW" plan overlap.renew --live --trust-plan; }

entry="KeystoreEntries..$hex.*keystoreName=system"
while IFS='|' read -r mode words times; do # times: as often as one reading tries; else for ever
  tell_twin clear
  tell_twin fault "{\"match\":\"$entry\",\"mode\":\"$mode\",\"times\":${times:--1},\"elsewhere\":\"$elsewhere\"}"
  live
  row=$(grep 'tenant-keystore holds client' <<<"$out")
  like "$row" "^ +not seen .*$words" "$mode: not seen, and why"
  [[ ${#row} -lt 900 ]]
  ok $? "$mode: in one line (${#row})"
done <<'ROWS'
doctype|has a DOCTYPE, which no OData answer has
attributes|one of its elements has too many attributes
deep-xml|its elements are nested too deeply
deep-json|JSON of more than 64 levels
not-json|is no JSON
wrong-type|neither JSON nor XML
binary|neither JSON nor XML
html|a web page, 502 Bad Gateway, of a gateway rather than of the service
empty|the answer is empty
huge|body unpacks to more than is taken
truncated|answer is no JSON
truncated-gzip|ends early|4
reset|Connection reset by peer|4
lost|Connection reset by peer|8
redirect-loop|redirected more than 5 times
redirect-elsewhere|redirected to another server, which is not followed: https://localhost
401|the server refused the log-on
403|answers 403: twin says 403
409|answers 409: twin says 409
413|answers 413
423|answers 423: twin says 423
429|answers 429: twin says 429|6
500|answers 500: twin says 500
503|answers 503: twin says 503|6
no-route|answers 404, and not in the words of its service
ROWS
tell_twin clear
tell_twin fault "{\"match\":\"$entry\",\"mode\":\"slow\",\"times\":4,\"s\":5}"
echo "answers within 1s" >>"$land.conf/renew.conf"
live
sed -i '/answers within/d' "$land.conf/renew.conf"
like "$(grep 'tenant-keystore holds client' <<<"$out")" 'not seen .*timed out after 1[0-9]{3} milli' "an answer is waited for as long as renew.conf says"
tell_twin clear
tell_twin fault "{\"match\":\"KeystoreEntries.keystoreName=system&\",\"mode\":\"other-next\",\"times\":-1,\"elsewhere\":\"$elsewhere\"}"
live
like "$out" 'acme-prod takes our log-on .*an address of another server is not called: https://localhost' "a next page at another origin is not fetched"
is "$(cat "$TMP/came" 2>/dev/null)" "" "nobody came to the other origin, by redirect or next link"

# ---- lists without an end, headers without measure, a document that is asked for once
while IFS='|' read -r mode words most; do
  tell_twin clear
  tell_twin fault "{\"match\":\"KeystoreEntries.keystoreName=system\",\"mode\":\"$mode\",\"times\":-1}"
  run timeout 60 "$RENEW" inspect tenant-keystore --of overlap.renew
  exits 8 "a list that is $mode"
  like "$err" "$words" "$mode: said"
  asked=$(ask_twin log '[.[] | select(.path | contains("KeystoreEntries"))] | length')
  [[ $asked -le $most ]]
  ok $? "$mode: asked $asked times, at most $most"
done <<'ROWS'
circle-next|lead round in circles|16
endless-next|or have no end|16
headers|the answer's header is larger than is taken|1
ROWS
for mode in doctype html 503; do
  tell_twin clear
  tell_twin fault "{\"match\":\"metadata\",\"mode\":\"$mode\",\"times\":-1}"
  run timeout 60 "$RENEW" inspect tenant-keystore --of overlap.renew
  exits 0 "\$metadata that is $mode: the list is read all the same"
  asked=$(ask_twin log '[.[] | select(.path | contains("metadata"))] | length')
  [[ $asked -le 8 ]]
  ok $? "$mode: \$metadata is asked for $asked times, not once a property"
done
tell_twin clear
tell_twin fault "{\"match\":\"oauth/token\",\"mode\":\"huge\",\"times\":-1}"
run timeout 60 "$RENEW" inspect tenant-keystore --of overlap.renew
exits 8 "a token without measure"
like "$err" "the token server: the answer is larger than 1048576 bytes" "says the measure that counts"

tell_twin clear
tell_twin fault "{\"match\":\"$entry\",\"mode\":\"403\",\"times\":-1}"
sed -i 's/nodes worker-1, worker-2, worker-3/nodes worker-1/' overlap.renew
run "$RENEW" run overlap.renew
like "$out$err" 'the service key needs the role MonitoringDataRead' "403 names the role that is missing"
tell_twin clear
rm -rf "$XDG_STATE_HOME"
is "$(ask_twin state '.effects | length')" 0 "and nothing was changed"

# ---- no body with a key or a password is left: state, letters, what was printed
tell_twin fault '{"match":"KeyPairResources","mode":"500","times":1}'
run "$RENEW" run overlap.renew
printed=$out$err
id=$(run_id)
for _ in 1 2 3; do
  drive "$id"
  printed+=$out$err
  [[ $status == 0 ]] && break
  "$RENEW" retry "$id" exchange >/dev/null 2>&1
  run "$RENEW" resume "$id"
  printed+=$out$err
done
exits 0 "a run with an exchange that failed first"
mapfile -t secret < <(curl -sS --noproxy '*' "http://127.0.0.1:$control/secrets" | jq -r '.[]')
ok $(( ${#secret[@]} >= 2 ? 0 : 1 )) "the tenant has seen ${#secret[@]} secrets"
for word in "${secret[@]}" clientsecret 'PRIVATE KEY'; do
  found=$(grep -rlaF -- "$word" "$XDG_STATE_HOME" "$land/mail" 2>/dev/null | head -2)
  is "$found" "" "a secret is in no file of the run"
  [[ $printed != *"$word"* ]]
  ok $? "and was not printed"
done
twin_stop
done_testing
