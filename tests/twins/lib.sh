# SPDX-License-Identifier: Apache-2.0
# lib.sh: starts the twin of a SAP tenant for a test in bash; after tests/tap/lib.sh.
# $twin is its folder, $port and $control its two ports; it ends with the test.
# /usr/bin/python3: Debian's, which has python3-cryptography.
twin_start() { # [options of sap_tenant.py]
  twin=$(mktemp -d "$TMP/twin.XXXXXX")
  /usr/bin/python3 -B "$ROOT/tests/twins/sap_tenant.py" "$twin" "$@" >"$twin/log" 2>&1 &
  twin_pid=$!
  for _ in $(seq 300); do
    [[ -f $twin/ready ]] && break
    kill -0 "$twin_pid" 2>/dev/null || break
    sleep 0.1
  done
  [[ -f $twin/ready ]] || { sed 's/^/# /' "$twin/log"; echo "Bail out! the twin does not start"; exit 1; }
  read -r port control <"$twin/ready"
  base=https://localhost:$port/api/v1
}
twin_stop() { kill "$twin_pid" 2>/dev/null; wait "$twin_pid" 2>/dev/null; }
tell_twin() { curl -sS --max-time 60 --noproxy '*' "http://127.0.0.1:$control/$1" -d "${2-{\}}" >/dev/null; } # PATH [JSON]
ask_twin() { curl -sS --max-time 60 --noproxy '*' "http://127.0.0.1:$control/$1" | jq -r "$2"; }             # PATH FILTER
pem_json() { jq -n --arg alias "$1" --rawfile pem "$2" "{alias:\$alias,pem:\$pem${3:+,}${3-}}"; } # ALIAS FILE [MORE]
