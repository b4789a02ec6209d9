#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A reload that returned has not happened yet: `exchange; reload; remove-old`. A model in which a reload
# happens at once calls that order safe; ours refuses it, with the way there; and real nginx shows the
# request that is refused: a slow upload that an old worker still reads opens its connection with the old
# certificate, after that was removed.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
explore=$(dirname "$RENEW")/tests/explore
[[ -x $nginx_program ]] || skip_all "nginx is not here"
[[ -x $explore ]] || skip_all "tests/explore is not built: make unit"

cp "$ROOT/tests/reject/people-base.renew" "$TMP/" && touch "$TMP/renew.conf" && cd "$TMP" || exit 1
cp "$ROOT/tests/reject/E0631.renew" plan.renew
is "$("$explore" --reloads-at-once verdict plan.renew)" safe "a model whose reloads happen at once calls it safe"
is "$("$explore" verdict plan.renew)" unsafe "the search with begin and end of a reload does not"
run "$RENEW" check plan.renew
exits 1 "and renew refuses it"
like "$err" 'error\[E0631\]' "as a reload whose end nobody sees"
like "$err" 'after [0-9]+ of [0-9]+ steps \(accept-both, exchange, restart.*, remove-old\) n-1, n-2 may present stock-client.old' \
  "with the way there"
sed -i 's/^  restart with command .*/&\n  observed by command "commands\/gone ${node}"/' plan.renew
run "$RENEW" check plan.renew
exits 0 "where somebody sees the old processes go, the same order is safe"
is "$("$explore" verdict plan.renew)" safe "as the search finds"

# The same in the world: a node that is an nginx and calls a receiver that is one.
make_ca ca
for name in server old new; do make_pair ca "$name"; done
cp old.pem client.pem
accept() { # NAME...: what the receiver takes; sure when this returns
  local name
  {
    echo 'set $known 0;'
    for name in "$@"; do echo "if (\$ssl_client_serial = \"$(serial_of "$name.crt")\") { set \$known 1; }"; done
    echo 'if ($known = 0) { return 403; }'
  } >pins.conf
}
asked() { # NAME: the receiver's answer to that certificate, over a fresh connection
  curl -s -o /dev/null -w '%{http_code}' --cacert ca.pem --cert "$1.pem" "https://localhost:$receiver/"
}
reload() { # NAME
  "$nginx_program" -p "$TMP/$1" -c "$TMP/$1/nginx.conf" -s reload 2>/dev/null
}
# One answer is one worker's: the receiver's old one may take a connection for a moment longer.
refused_by_now() { # NAME
  local i
  for i in $(seq 500); do
    [[ $(pgrep -P "$(<"$TMP/receiver/nginx.pid")" | wc -l) == 1 && $(asked "$1") == 403 ]] && return 0
    sleep 0.02
  done
  return 1
}
accept old new
start_nginx receiver "ssl_verify_client on; ssl_client_certificate $TMP/ca.pem; keepalive_timeout 0;
    location / { include $TMP/pins.conf; return 200 taken; }"
receiver=$port
start_nginx node "client_max_body_size 1m; keepalive_timeout 0;
    location / {
      proxy_pass https://127.0.0.1:$receiver; proxy_ssl_session_reuse off;
      proxy_ssl_certificate $TMP/client.pem; proxy_ssl_certificate_key $TMP/client.pem;
    }"
node=$port
old_worker() { pgrep -P "$(<"$TMP/node/nginx.pid")"; }
one_worker() {
  local i
  for i in $(seq 1500); do [[ $(old_worker | wc -l) == 1 ]] && return 0; sleep 0.02; done
  return 1
}
# A worker that reads is left alone for longer than this test takes on a slow machine.
sed -i 's/^worker_shutdown_timeout .*/worker_shutdown_timeout 60s;/' "$TMP/node/nginx.conf"
before=$(old_worker)
reload node
for i in $(seq 300); do kill -0 "$before" 2>/dev/null || break; sleep 0.02; done
one_worker
ok $? "the node runs with one worker"
through() { curl -s -o /dev/null -w '%{http_code}' --cacert ca.pem "https://localhost:$node/"; }
is "$(through)" 200 "the node calls with the old pair"

cat >upload.py <<'PYTHON'
"""A slow upload: half of the body, then the other half when the file `go` is there; prints the status."""
import os, socket, ssl, sys, time
context = ssl.create_default_context(cafile="ca.pem")
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))),
                         server_hostname="localhost") as connection:
    connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nhalf")
    open("begun", "w").close()
    for _ in range(3000):
        if os.path.exists("go"):
            break
        time.sleep(0.01)
    connection.sendall(b"half")
    print(connection.recv(4096).split()[1].decode())
PYTHON
slow_upload() {
  rm -f begun go
  python3 upload.py "$node" >answer &
  uploader=$!
  local i
  for i in $(seq 200); do [[ -e begun ]] && break; sleep 0.02; done
  sleep 0.1 # the worker has the request's head
}

slow_upload
before=$(old_worker)
cp new.pem client.next && mv client.next client.pem # exchange
reload node
ok $? "the reload returns 0"
accept new && reload receiver && refused_by_now old # remove-old
ok $? "the old certificate is removed"
is "$(through)" 200 "whoever calls now is let in: every look says that all is well"
touch go
wait "$uploader"
is "$(<answer)" 403 "the upload that an old worker was reading is refused"

# With the wait that renew demands: nobody of the old generation is left before the removal.
cp old.pem client.next && mv client.next client.pem
accept old new && reload receiver && reload node
for i in $(seq 300); do [[ $(asked old) == 200 ]] && break; sleep 0.02; done
one_worker
is "$(through)" 200 "all is as it was before"
slow_upload
before=$(old_worker)
cp new.pem client.next && mv client.next client.pem
reload node
touch go # the world goes on while one waits
gone=1
for i in $(seq 1500); do kill -0 "$before" 2>/dev/null || { gone=0; break; }; sleep 0.02; done
ok $gone "the old worker ends when its last request does"
accept new && reload receiver && refused_by_now old
wait "$uploader"
is "$(<answer)" 200 "and nothing was refused on the way"
is "$(through)" 200 "the node calls with the new pair"
done_testing
