#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# session.t: the HTTP session (runtime/net/session.c, token.c) against a server that misbehaves.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
TRY=$(dirname "$RENEW")/tests/session
[[ -x $TRY ]] || skip_all "$TRY is not built (make unit)"
cd "$TMP" || exit 1

start_faulty() { # NAME [PEM]: sets $port and $log
  local i
  mkdir -p "$1"
  rm -f "$1/port"
  python3 -B "$ROOT/tests/twins/faulty.py" "$TMP/$1" ${2:+"$2"} 2>"$1/stderr" &
  server_pids+=($!)
  for i in $(seq 250); do [[ -s $1/port ]] && break; sleep 0.02; done
  port=$(<"$1/port")
  log=$TMP/$1/log
  : >"$log"
}
sent() { grep -c "^$1 " "$log"; } # "GET /ok": how often
try() { run "$TRY" "http://127.0.0.1:$port" "$@"; }
start_faulty plain

try GET /ok GET /ok
is "$(head -1 <<<"$out")" "answered 200 application/json 11 id=id-1 retry=0 " "a plain answer: status, type without parameters, length, the server's id"
like "$(tail -1 "$log")" 'cookie=seen=yes' "the second call brings the cookie of the first"
try threads=8 GET /ok GET /ok
is "$(grep -c '^answered 200' <<<"$out")" 16 "eight threads share a session"

# Time and size.
try timeout=2000 GET /hang
like "$out" '^lost 0' "a server that never answers: lost, after the time of an attempt"
is "$(sent 'GET /hang')" 1 "and a time-out is not repeated"
try timeout=1500 GET /drip
like "$out" '^lost 0' "a slow drip ends at the time of an attempt"
try limit=1000000 GET /huge
like "$out" '^lost 0.*larger than 1000000 bytes' "a huge body is cut off"
try GET /headers
like "$out" '^lost 0' "100 kB of headers are no answer"
try limit=1000000 GET /bomb
like "$out" '^lost 200.*unpacks to more than is taken' "a gzip bomb is not unpacked"

# Broken answers.
try GET /gzip
like "$out" '^answered 200 application/json 15 ' "gzip is unpacked"
try GET /gzip-cut
like "$out" '^lost 200.*ends early' "a gzip stream that ends early is no answer"
try GET /gzip-once
like "$out" '^answered 200 application/json 2 ' "a read is asked again after one"
try GET /brotli
like "$out" '^lost 200.*encoding that was not asked for' "an encoding nobody asked for"
try GET /short
like "$out" '^lost' "a body shorter than announced is no answer"
try GET /long
like "$out" '^answered 200 application/json 3 ' "what follows an announced length is not read"
try GET /garbage
like "$out" '^lost' "bytes that are no HTTP"
try GET /reset-middle
like "$out" '^lost' "a connection reset in the middle of a body"

# Once.
try GET /reset-once
like "$out" '^answered 200' "a read whose connection was reset is sent again"
try POST /reset-first
like "$out" '^lost 0' "a write whose answer is lost is lost"
is "$(sent 'POST /reset-first')" 1 "and was sent once"
try POST /ok POST /reset-kept
is "$(sent 'POST /reset-kept')" 1 "also on a kept connection, where libcurl would send it again"
like "$(tail -1 <<<"$out")" '^lost 0' "which is lost too"
try DELETE /ok DELETE /reset-kept
is "$(sent 'DELETE /reset-kept')" 1 "and a DELETE, which has no body to rewind"
try POST /unavailable-once
like "$out" '^answered 503 text/html' "503 to a write goes to the caller"
try GET /unavailable-once GET /unavailable-once
like "$out" '^answered 200' "503 to a read is waited out"

# Nobody there.
closed=$(free_port)
run "$TRY" "http://127.0.0.1:$closed" patience=300 POST /x
like "$out" '^not-sent 0' "no listener: nothing was sent"
run "$TRY" "http://nowhere.invalid" patience=300 GET /x
like "$out" '^not-sent 0' "a name that nobody knows: nothing was sent"
run "$TRY" "ftp://127.0.0.1" GET /x
like "$out" '^not-sent 0' "another protocol is not spoken"
run "$TRY" "" GET /x
like "$out" '^no session' "an empty base is no address"

# Other places.
try GET /hops
like "$out" '^answered 200 application/json 11 ' "a redirect to the same server is followed by a read"
try GET /loop
like "$out" '^astray.*more than 5 times' "not for ever"
is "$(sent 'GET /loop')" 6 "six requests in all"
try GET /away
like "$out" '^astray.*another server' "and not to another server"
try POST /away-write
like "$out" '^answered 307' "a write is never redirected"
try GET "http://127.0.0.1:1/x"
like "$out" '^astray.*another server' "an absolute address of another server is not called"
try GET "http://127.0.0.1:$port/ok"
like "$out" '^answered 200' "one of the same server is"
try GET "http://127.0.0.1:$port@evil.example/ok"
like "$out" '^astray' "a user name that looks like the server is no server"

# Busy.
try GET /busy
like "$out" '^answered 200' "429 with Retry-After: waited, then answered"
try POST /busy
like "$out" '^answered 200' "for a write too: 429 says that nothing was done"
try GET /busy-date
like "$out" '^answered 200' "Retry-After as a date"
try GET /busy-reset
like "$out" '^answered 200' "X-RateLimit-Reset where there is no Retry-After"
for odd in past words; do
  try GET "/busy-$odd"
  like "$out" '^answered 200' "429 with an instant that says nothing ($odd): a moment, then again"
done
try patience=1000 GET /busy-long
like "$out" '^answered 429 .*retry=3600' "a longer wait than patience goes to the caller"

# Log-on. Where the rules stand: [SAP] a write needs X-CSRF-Token, fetched by a GET; [CODE] with the cookies of
# that fetch, and none with a bearer token; [INF] one more attempt after a 403 that asks for it.
try basic=u:p GET /unauthorized GET /ok
is "$(cut -d' ' -f1 <<<"$out" | tr '\n' ' ')" "no-login no-login " "a password that was refused is not sent again"
is "$(sent 'GET /unauthorized')" 1 "not even to another address"
try basic=u:p csrf=/csrf POST /csrf POST /csrf GET /csrf-expire POST /csrf
is "$(cut -d' ' -f1,2 <<<"$out" | tr '\n' ' ')" "answered 201 answered 201 answered 200 answered 201 " "anti-forgery token with its cookie, fetched once, fetched again when it ended"
is "$(grep -c 'csrf=Fetch' "$log")" 2 "two fetches"
: >"$log"
T="token=http://127.0.0.1:$port/token client=id secret=word"
# shellcheck disable=SC2086
try $T csrf=/csrf POST /csrf
like "$out" '^answered 201' "with a bearer token the anti-forgery token is fetched after the 403"
like "$(head -1 "$log")" "^token client_credentials Basic $(printf id:word | base64) " "client credentials in the header"
: >"$log"
# shellcheck disable=SC2086
try token="http://127.0.0.1:$port/token2" client=id secret=word GET /ok GET /ok
is "$(grep -c '^token' "$log")" 1 "one token for two calls"
try token="http://127.0.0.1:$port/token" client=id secret=word threads=8 GET /ok
is "$(grep -c '^token' "$log")" 2 "and for eight threads"
like "$(tail -1 "$log")" 'auth=Bearer t' "it is sent as a bearer token"
try token="http://127.0.0.1:$port/token" client=id secret=word GET /unauthorized
like "$out" '^no-login 401' "401 to a fresh token, and to another one: a person"
is "$(sent 'GET /unauthorized')" 2 "two attempts"
: >"$log"
try token="http://127.0.0.1:$port/token" client=cf grant=password user=me password='p&w+d ' skew=1150 GET /ok GET /ok
like "$(head -1 "$log")" 'token password Basic Y2Y6 .*username=me&password=p%26w%2Bd%20$' "password grant: client cf with the empty secret, the password encoded"
is "$(sed -n 3p "$log" | cut -d' ' -f2)" "refresh_token" "before it expires it is refreshed"
: >"$log"
try token="http://127.0.0.1:$port/token-bad-refresh" client=cf grant=password user=me password=x skew=1150 GET /ok GET /ok
is "$(grep '^token' "$log" | cut -d' ' -f2 | tr '\n' ' ')" "password refresh_token password " "a refresh token that expired: the password, once more"
: >"$log"
try token="http://127.0.0.1:$port/token" client=cf grant=password user=me password=wrong GET /ok GET /ok
is "$(grep -c '^token' "$log")" 1 "a refused password is tried once"
like "$out" 'no-login 0.*refused the log-on \(unauthorized\)' "and said with the server's word"
unlike "$out" 'SECRETWORD' "its description is shown to nobody"
: >"$log"
try token="http://127.0.0.1:$port/token" client=cf grant=refresh refresh=r1 GET /ok
like "$(head -1 "$log")" 'grant_type=refresh_token&refresh_token=r1' "a refresh token alone"
try token="http://127.0.0.1:$port/token" client=cf grant=assertion assertion=j.w.t origin='my idp' GET /ok
like "$(cat "$log")" 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=j.w.t' "a JWT assertion"
: >"$log"
try token="http://127.0.0.1:$port/token" client=id secret=word query=1 GET /ok
like "$(head -1 "$log")" '^token client_credentials .*grant_type=client_credentials$' "the grant is in the query and in the body, where SAP wants it"
for life in text real huge; do
  : >"$log"
  try token="http://127.0.0.1:$port/token-life-$life" client=id secret=word skew=1000 GET /ok GET /ok
  is "$(grep -c '^token' "$log") $(grep -c '^answered 200' <<<"$out")" "1 2" "how long a token is good, written in another way ($life)"
done
for life in least no words object; do
  : >"$log"
  try token="http://127.0.0.1:$port/token-life-$life" client=id secret=word skew=1000 GET /ok GET /ok
  is "$(grep -c '^token' "$log") $(grep -c '^answered 200' <<<"$out")" "2 2" "where the word is of no use ($life) the token is not used for long"
done
try token="http://127.0.0.1:$port/token-html" client=id secret=word patience=100 POST /ok
like "$out" '^not-sent 0.*token server answered 502' "a gateway's page instead of a token"
start_faulty second
try token="http://127.0.0.1:$port/token-lost-once" client=id secret=word POST /ok
like "$out" '^answered 200' "a token whose answer was lost is asked for again"
try token="http://127.0.0.1:$closed/token" client=id secret=word patience=100 POST /ok
like "$out" '^not-sent 0.*token server' "no token server: the write was not sent"
is "$(sent 'POST /ok')" 1 "indeed"

# TLS.
make_ca ca
make_pair ca server
start_faulty tls "$TMP/server.pem"
run "$TRY" "https://localhost:$port" patience=300 POST /ok
like "$out" '^not-sent 0' "a server that the system's roots do not know gets nothing"
run "$TRY" "https://localhost:$port" roots="$TMP/ca.pem" POST /ok GET /gzip
is "$(cut -d' ' -f1,2 <<<"$out" | tr '\n' ' ')" "answered 200 answered 200 " "with its root it does"
make_pair ca client
run "$TRY" "https://localhost:$port" roots="$TMP/ca.pem" pair="$TMP/client.pem" GET /ok
like "$out" '^answered 200' "a client certificate and its key from memory"
done_testing
