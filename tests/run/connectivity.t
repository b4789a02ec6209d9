#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew connectivity: a server's chain and root as files, and what nginx and s_server answer with and without
# a client certificate. openssl has the other opinion on the files.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
cd "$TMP" || exit 1
make_ca good "Good CA"
make_ca foreign "Foreign CA"
make_pair good server
make_pair good ours
make_pair foreign stranger
unset SSL_CERT_FILE SSL_CERT_DIR
here() { "$RENEW" connectivity "$@"; }

start_nginx optional "ssl_client_certificate $TMP/good.pem; ssl_verify_client optional;
  location / { if (\$ssl_client_verify != SUCCESS) { return 403; } return 204; }"
run here "localhost:$port" --roots good.pem --out files
exits 0 "a server that verifies"
like "$out" "server  CN=server" "its certificate"
like "$out" "root    CN=Good CA" "its root, which it does not send"
like "$out" "it verifies: chain, dates and the name localhost" "it verifies"
like "$out" "it asks for a client certificate of: CN=Good CA" "whom it asks for"
like "$out" "without a certificate: refused by HTTP status 403" "what it answers without one"
is "$(openssl x509 -in files/chain.pem -noout -fingerprint -sha256)" \
  "$(openssl x509 -in server.crt -noout -fingerprint -sha256)" "chain.pem begins with the server's own"
is "$(openssl x509 -in files/root.pem -noout -fingerprint -sha256)" \
  "$(openssl x509 -in good.pem -noout -fingerprint -sha256)" "root.pem is the root"
openssl verify -CAfile files/root.pem files/chain.pem >/dev/null 2>&1
ok $? "openssl verifies the one by the other"
run here "https://localhost:$port/x" --roots good.pem --cert ours.crt --key ours.key
exits 0 "with a certificate that is let in"
like "$out" "ours.crt: accepted .status 204" "accepted"
run here "localhost:$port" --roots good.pem --cert stranger.crt --key stranger.key
exits 8 "with one that is not"
like "$out" "stranger.crt: refused by HTTP status 400" "nginx's 400"
like "$out" "does not verify" "and what it commonly means"
"$RENEW" connectivity "localhost:$port" --roots good.pem --json >json
is "$(jq -r '[.schema, .addresses[0].verifies, .addresses[0].root.subject, .addresses[0].without.status] | join(" ")' json)" \
  "renew.connectivity/1 true CN=Good CA 403" "the same as JSON"

run here "localhost:$port" --cert ours.crt --key ours.key --out unverified
exits 8 "a server that no trusted root verifies"
like "$out" "does NOT verify: (unable to get local issuer certificate|self)" "and why"
like "$out" "not shown to a server that does not verify" "our certificate stays here"
unlike "$out" "ours.crt: accepted" "and is not judged"
[[ -s unverified/chain.pem && ! -e unverified/root.pem ]]
ok $? "its chain is written, a root is not there"
is "$(tail -1 "$TMP/optional/access.log" | awk '{print $3}')" "-" "the last request carried no certificate"
run here "127.0.0.2:$port" --roots good.pem
exits 8 "nobody listens there"
start_nginx other-name "ssl_verify_client off; return 200;"
run here "127.0.0.1:$port" --roots good.pem
exits 0 "an address as the name"
like "$out" "asks for no client certificate" "a server that asks for none"

for version in tls1_2 tls1_3; do
  start_s_server -Verify 3 -verify_return_error -CAfile good.pem -"$version"
  run here "localhost:$port" --roots good.pem --cert stranger.crt --key stranger.key
  exits 8 "$version: a certificate of an unknown authority"
  like "$out" "without a certificate: refused by alert (40|116)" "$version: none is refused by alert"
  like "$out" "stranger.crt: refused by alert 48" "$version: the alert by its number"
  like "$out" "does not know the authority" "$version: and its meaning"
  like "$out" "server  CN=server" "$version: the chain is shown although the handshake was refused"
done

run here localhost:1 --cert ours.crt --supported good.pem
like "$out" "leads to a supported root" "a chain that a load balancer passes on"
run here localhost:1 --cert stranger.crt --supported good.pem
like "$err" "E0711.*Foreign CA|E0711.*stranger" "its issuer is in neither file"
cat stranger.crt foreign.pem >whole.pem
run here localhost:1 --cert whole.pem --supported good.pem
like "$err" "E0911.*CN=Foreign CA" "a root that is not supported"
run here localhost:1 --cert ours.crt --key stranger.key
exits 3 "a key of another certificate"
like "$err" "does not belong to ours.crt" "and says so"
run here localhost:1 --cert nowhere.pem
exits 3 "no such file"
run here "localhost:$port" --roots server.key
exits 3 "roots that are none"
run here localhost:1
exits 8 "nothing listens"
like "$out" "no chain: nothing listens there" "and says so"
for word in "" "ftp://x" "a b" "localhost:0" "localhost:70000"; do
  run here "$word"
  exits 2 "no host: $word"
done
run here
exits 2 "no host at all"
run here localhost --key ours.key
exits 2 "a key without a certificate"
python3 - "$TMP" <<'PY' &
import socket, sys, time
held = socket.socket(); held.bind(("127.0.0.1", 0)); held.listen(8)
open(sys.argv[1] + "/plain.port", "w").write(str(held.getsockname()[1]))
while True:
    peer, _ = held.accept(); peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n"); peer.close()
PY
server_pids+=($!)
for _ in $(seq 100); do [[ -s plain.port ]] && break; sleep 0.05; done
run here "localhost:$(cat plain.port)"
exits 8 "a server that speaks no TLS"
like "$out" "no chain: " "and says so"
done_testing
