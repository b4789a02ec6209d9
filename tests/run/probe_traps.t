#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The five traps in which a probe of a client certificate reports success for a refusal. In each, the
# naive probe is shown to be fooled by a real server, and ours is not.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
cd "$TMP" || exit 1
probe=$(dirname "$RENEW")/tests/probe
naive_curl=$(dirname "$RENEW")/tests/naive_curl
[[ -x $probe && -x $naive_curl ]] || { echo "Bail out! make unit builds $probe"; exit 1; }
make_ca good "Good CA"
make_ca foreign "Foreign CA"
make_pair good server
make_pair good ours
make_pair foreign stranger
ours() { "$probe" "$@"; }
handshake() { # PORT PAIR [VERSION]: the naive probe: 0 when the handshake returns without an error
  python3 - "$@" 2>/dev/null <<'PY'
import socket, ssl, sys
context = ssl.create_default_context(cafile="good.pem")
context.load_cert_chain(sys.argv[2])
if len(sys.argv) > 3:
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, "TLSv1_" + sys.argv[3][-1])
context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="localhost")
PY
}

# (a) TLS 1.3: the refusal comes after the client's handshake is over
start_s_server -Verify 3 -verify_return_error -CAfile good.pem
handshake "$port" stranger.pem 1.3
is $? 0 "(a) naive: the handshake returns without an error for a certificate that the server refuses (TLS 1.3)"
like "$(ours "$port" stranger.pem good.pem 1.3)" '^refused by alert\|.*TLSv1.3' "(a) ours: refused by alert (TLS 1.3)"
handshake "$port" stranger.pem 1.2
is $? 1 "(a) in TLS 1.2 even the naive one sees it"
like "$(ours "$port" stranger.pem good.pem 1.2)" '^refused by alert\|0\|48\|' "(a) ours: refused by alert (TLS 1.2)"
like "$(ours "$port" ours.pem good.pem 1.3)" '^accepted\|200\|' "(a) ours: the right pair is accepted (TLS 1.3)"
like "$(ours "$port" ours.pem good.pem 1.2)" '^accepted\|200\|' "(a) ours: the right pair is accepted (TLS 1.2)"

# (b) s_server without -verify_return_error lets everybody in: a test against it cannot fail
start_s_server -Verify 3 -CAfile good.pem
like "$(ours "$port" stranger.pem good.pem 1.3)" '^(accepted|server does not name our CA)\|200\|' "(b) without -verify_return_error a foreign certificate is let in"
start_s_server -Verify 3 -verify_return_error -CAfile good.pem
like "$(ours "$port" stranger.pem good.pem 1.3)" '^refused by alert\|' "(b) with it the same certificate is refused"

# (c) libcurl, same handle, same file name, file replaced: the session cache presents the old pair
start_nginx echo "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on; ssl_client_certificate $TMP/good.pem;
    location / { return 200 \"\$ssl_client_serial\\n\"; }"
make_pair good first
make_pair good second
cp first.pem current.pem
cp second.pem next.pem
old=$(serial_of first.crt) new=$(serial_of second.crt)
is "$("$naive_curl" "https://localhost:$port/" current.pem good.pem next.pem | tr '\n' ' ')" "$old $old " \
  "(c) naive: libcurl presents the old certificate after its file was replaced"
: >echo/access.log
cp first.pem current.pem
ours "$port" current.pem good.pem >/dev/null
cp second.pem current.pem
ours "$port" current.pem good.pem >/dev/null
# nginx writes the line behind the answer
for _ in $(seq 100); do [[ $(wc -l <echo/access.log) -ge 2 ]] && break; sleep 0.05; done
is "$(awk '{print $3}' echo/access.log | tr '\n' ' ')" "$old $new " "(c) ours: the new one, at once"

# (d) nginx answers 400 after a handshake that succeeded
for version in 1.2 1.3; do
  handshake "$port" stranger.pem $version
  is $? 0 "(d) naive: the handshake with a foreign certificate succeeds (TLS $version)"
  like "$(ours "$port" stranger.pem good.pem $version)" '^refused by HTTP status\|400\|' "(d) ours: refused by HTTP 400 (TLS $version)"
done
like "$(ours "$port" - good.pem)" '^refused by HTTP status\|400\|' "(d) ours: no certificate at all is refused by HTTP 400"

# (e) nginx 1.22 without ssl_protocols speaks no TLS 1.3: a green test never met (a)
start_nginx old-default "ssl_protocols TLSv1.2; ssl_verify_client on; ssl_client_certificate $TMP/good.pem;
    location / { return 200 \"yes\\n\"; }"
handshake "$port" ours.pem
is $? 0 "(e) naive: a handshake in whatever version succeeds"
unlike "$(ours "$port" ours.pem good.pem 1.3)" '^accepted' "(e) ours: nothing was accepted in TLS 1.3"
like "$(ours "$port" ours.pem good.pem any)" '^accepted\|200\|.*TLSv1\.2' "(e) ours: what was accepted names its version"

# neither yes nor no
start_nginx open "ssl_protocols TLSv1.2 TLSv1.3; location / { return 200 \"yes\\n\"; }"
like "$(ours "$port" ours.pem good.pem)" '^server asked for no certificate\|' "a server that asks for no certificate proves nothing"
like "$(ours "$port" ours.pem foreign.pem)" '^peer chain not expected\|' "a server of another authority is presented nothing"
start_nginx unnamed "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on; ssl_client_certificate $TMP/foreign.pem;
    ssl_trusted_certificate $TMP/good.pem; location / { return 200 \"yes\\n\"; }"
like "$(ours "$port" ours.pem good.pem)" '^server does not name our CA\|' "a server that trusts our CA but does not name it"
done_testing
