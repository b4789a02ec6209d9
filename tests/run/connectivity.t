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
python3 - "$TMP" <<'PY' & # what is no TLS: a web server, a login, and one that says nothing
import os, selectors, socket, sys
words = {"plain": b"HTTP/1.1 400 Bad Request\r\n\r\n", "ssh": b"SSH-2.0-server\r\n", "silent": b""}
wait = selectors.DefaultSelector(); kept = []
for name, says in words.items():
    held = socket.socket(); held.bind(("127.0.0.1", 0)); held.listen(8); wait.register(held, selectors.EVENT_READ, says)
    with open(sys.argv[1] + "/ports.new", "a") as ports: print("%s=%d" % (name, held.getsockname()[1]), file=ports)
os.rename(sys.argv[1] + "/ports.new", sys.argv[1] + "/ports")
while True:
    for key, _ in wait.select():
        peer, _ = key.fileobj.accept()
        if key.data: peer.sendall(key.data); peer.recv(1000); peer.close()
        else: kept.append(peer)
PY
server_pids+=($!)
for _ in $(seq 200); do [[ -s ports ]] && break; sleep 0.05; done
. ./ports
# shellcheck disable=SC2154 # set by ports
{ here "localhost:$silent" >silence 2>&1; echo "exit $?" >>silence; } & # its time is over at the end of this test
silence=$!
# One that answers no HEAD, and takes ours by TLS 1.2: what it says is known when its ten seconds are over.
start_s_server -tls1_2 -Verify 3 -verify_return_error -CAfile good.pem
{ here "localhost:$port" --roots good.pem --cert ours.crt --key ours.key >slow 2>&1; echo "exit $?" >>slow
  here "https://localhost:$port/x" --roots good.pem --cert ours.crt --key ours.key >path 2>&1; echo "exit $?" >>path; } &
slow=$!

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
# A list as a note or a web page has it: fingerprints between words.
cat ours.crt good.pem >ours-whole.pem
for digest in sha256 sha1; do
  for form in 's/.*=//' 's/.*=//;s/://g' 's/.*=//;s/:/ /g;y/ABCDEF/abcdef/'; do
    { echo "Another CA  de:ad:be:ef"; echo "Good CA, fade $(openssl x509 -in good.pem -noout -fingerprint -$digest | sed "$form") valid"; } >list.txt
    run here localhost:1 --cert ours-whole.pem --supported list.txt
    like "$out" "leads to a supported root: CN=Good CA" "$digest in a list: $(tail -1 list.txt | cut -c1-30)"
  done
done
run here localhost:1 --cert whole.pem --supported list.txt
like "$err" "E0911.*CN=Foreign CA" "a root that is not listed"
run here localhost:1 --cert ours.crt --supported list.txt
like "$err" "E0711" "a chain without its root cannot be looked up"
like "$err" "a list of fingerprints speaks of roots only" "and what to do"
head -c 30 list.txt >short.txt
run here localhost:1 --cert ours-whole.pem --supported short.txt
like "$err" "E0911" "a list that is cut"
run here localhost:1 --cert ours.crt --supported nowhere.txt
exits 3 "no list"
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
run here "localhost:$plain"
exits 8 "a server that speaks no TLS"
like "$out" "no chain: it answers in plain HTTP, not in TLS" "plain HTTP, by its name"
run here "localhost:$ssh"
like "$out" "no chain: it speaks no TLS: its answer begins with .SSH-2" "another protocol"

start_nginx required "ssl_client_certificate $TMP/good.pem; ssl_verify_client on; return 204;"
run here "localhost:$port" --roots good.pem --cert stranger.crt --key stranger.key
like "$out" "without a certificate: refused by HTTP status 400 \(.400 No required SSL certificate was sent" "nginx's reason"
like "$out" "a certificate is required, and none was sent" "and what it means"
like "$out" "stranger.crt: refused by HTTP status 400 \(.400 The SSL certificate error" "its other reason"
like "$out" "its authority is none of those that it trusts" "and what that means"
"$RENEW" connectivity "localhost:$port" --roots good.pem --json >json
is "$(jq -r '.addresses[0].without | [.status, .title] | join(" ")' json)" "400 400 No required SSL certificate was sent" \
  "the reason as JSON"
start_nginx caller "ssl_verify_client off; return 401;"
run here "localhost:$port" --roots good.pem
like "$out" "refused by HTTP status 401" "401"
like "$out" "knows no caller" "and what it means"
run here "localhost:$port" --roots good.pem --at 2040-01-01T00:00Z
exits 8 "a server's certificate that is over"
like "$out" "does NOT verify: certificate has expired" "says so"
sed 's/DNS:localhost,IP:127.0.0.1/DNS:other.example/' <<<"$(declare -f make_pair)" >pair.sh
. ./pair.sh
make_pair good wrong
start_s_server -cert "$TMP/wrong.pem" -key "$TMP/wrong.pem"
run here "localhost:$port" --roots good.pem --cert ours.crt --key ours.key
exits 8 "a server of another name"
like "$out" "it is for DNS:other.example, and not for localhost" "for whom it is"
like "$out" "ours.crt: not shown to a server that does not verify" "and our certificate stays here"
start_nginx names "ssl_reject_handshake on;"
run here "localhost:$port" --roots good.pem
like "$out" "alert 112" "a server that knows no such name"
like "$out" "it knows no host of this name" "and what it means"
start_s_server -tls1_1 -cipher ALL:@SECLEVEL=0
run here "localhost:$port" --roots good.pem
like "$out" "it speaks neither TLS 1.2 nor 1.3" "an old server"

wait "$silence"
like "$(<silence)" "no chain: no answer in time" "a server that says nothing"
like "$(<silence)" "exit 8" "and the code"
wait "$slow"
like "$(<slow)" "ours.crt: accepted .status 200.*exit 0" "a server that knows GET alone"
like "$(<slow)" "the name localhost .TLSv1.2." "the version, though the look itself was refused"
like "$(<path)" "ours.crt: the handshake ended well, and no HTTP answer came in time" "where a path was given, no GET is sent"
like "$(<path)" "no alert came either.*exit 8" "and neither yes nor no is said"
done_testing
