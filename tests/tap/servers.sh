# SPDX-License-Identifier: Apache-2.0
# servers.sh: real servers for tests: a CA, pairs, nginx and openssl s_server on ports that the kernel
# chose, stopped by pid when the test ends. Source it behind lib.sh.
nginx_program=$(command -v nginx || echo /usr/sbin/nginx)
server_pids=()
on_exit() {
  local pid
  for pid in "${server_pids[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${server_pids[@]}"; do wait "$pid" 2>/dev/null; done
}
make_ca() { # NAME [CN]: NAME.pem, NAME.key
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 300 -subj "/CN=${2:-$1}" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$1.key" -out "$1.pem" 2>/dev/null
  chmod 600 "$1.key"
}
make_pair() { # CA NAME [DAYS]: NAME.pem holds key, leaf; the subject is CN=NAME; good for localhost
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$2.key" -out "$2.csr" 2>/dev/null
  openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" -days "${3:-30}" -out "$2.crt" \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") 2>/dev/null
  cat "$2.key" "$2.crt" >"$2.pem"
  chmod 600 "$2.key" "$2.pem"
  rm "$2.csr"
}
serial_of() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//'; }
free_port() { # a port that the kernel chose a moment ago
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_port() { # PORT
  local i
  for i in $(seq 200); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.02
  done
  return 1
}
start_nginx() { # NAME SERVER-BLOCK-LINES: sets $port; prefix is $TMP/NAME, pid file $TMP/NAME/nginx.pid
  local try
  mkdir -p "$TMP/$1"
  for try in 1 2 3; do
    port=$(free_port)
    cat >"$TMP/$1/nginx.conf" <<CONF
pid $TMP/$1/nginx.pid;
error_log $TMP/$1/error.log;
worker_processes 1;
worker_shutdown_timeout 5s;
$([[ $(id -u) == 0 ]] && echo "user root;")
events { worker_connections 256; }
http {
  log_format tests '\$ssl_protocol \$status \$ssl_client_serial';
  access_log $TMP/$1/access.log tests;
  client_body_temp_path $TMP/$1/body; proxy_temp_path $TMP/$1/proxy; fastcgi_temp_path $TMP/$1/fastcgi;
  uwsgi_temp_path $TMP/$1/uwsgi; scgi_temp_path $TMP/$1/scgi;
  map_hash_bucket_size 8192; map_hash_max_size 16384;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $TMP/server.pem; ssl_certificate_key $TMP/server.pem;
    $2
  }
}
CONF
    "$nginx_program" -p "$TMP/$1" -c "$TMP/$1/nginx.conf" -g "daemon off;" 2>"$TMP/$1/stderr" &
    server_pids+=($!)
    wait_port "$port" && return 0
  done
  echo "Bail out! nginx did not start: $(cat "$TMP/$1/stderr")"
  exit 1
}
start_s_server() { # ARGUMENTS...: sets $port
  port=$(free_port)
  openssl s_server -accept "127.0.0.1:$port" -cert "$TMP/server.pem" -key "$TMP/server.pem" -www -quiet "$@" \
    >"$TMP/s_server-$port.log" 2>&1 </dev/null &
  server_pids+=($!)
  wait_port "$port" || { echo "Bail out! openssl s_server did not start: $(cat "$TMP/s_server-$port.log")"; exit 1; }
}
start_listener() { # smtp|hook|proxy FOLDER: sets $port; see tests/tools/listeners.py
  local i
  rm -f "$2/port"
  python3 -W ignore "$ROOT/tests/tools/listeners.py" "$1" "$2" 2>"$TMP/listener.log" &
  server_pids+=($!)
  for i in $(seq 250); do
    [[ -f $2/port ]] && { port=$(<"$2/port"); return 0; }
    sleep 0.02
  done
  echo "Bail out! the $1 server did not start: $(cat "$TMP/listener.log")"
  exit 1
}
