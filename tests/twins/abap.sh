# SPDX-License-Identifier: Apache-2.0
# abap.sh: plans/default-client.renew with the twin of an ABAP environment (abap.py) as abap-prod: what it does
# stays its own; its log-on, address, letters and days are the test's. After tap/lib.sh, tap/servers.sh, cloud.sh.
#   abap_land [api|manual] [SCHEME]   $land/plan.renew, and the twin's folder $TMP/abap
abap_land() {
  local scheme=${2:-http}
  land=$TMP/land
  rm -rf "$land" "$land.conf"
  mkdir -p "$land/.git" "$land.conf"
  cp "$ROOT/plans/default-client.renew" "$land/plan.renew"
  printf 'COMM_USER:correct horse battery staple' >"$land.conf/user"
  chmod 600 "$land.conf/user"
  sed -i -E "
    s|from vault \"kv/sap/abap-prod#comm-user\"|from file \"$land.conf/user\"|
    s|login oauth with|login basic with|
    s|url \"https://1a2b3c[^\"]*\"|url \"$scheme://127.0.0.1:$port\"\n  mode ${1:-api}|
    s|reach by mail \"([^\"@]*)@[^\"]*\"|reach by file \"mail/\1\"|" "$land/plan.renew"
  printf 'renew 1\n\nanswers within 2s\n' >"$land.conf/renew.conf"
  export RENEW_CONFIG=$land.conf/renew.conf XDG_STATE_HOME=$land.conf/state
  cd "$land" || exit 1
}
run_id() { "$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1; }
