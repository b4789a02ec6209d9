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
  printf 'renew 1\n' >"$land.conf/renew.conf"
  export RENEW_CONFIG=$land.conf/renew.conf XDG_STATE_HOME=$land.conf/state
  cd "$land" || exit 1
}
run_id() { "$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1; }
# The plan's days, so that it may begin today, and SAP rotates in a month.
abap_days() {
  sed -i "s/issue on .*/issue on $(date -u -d '-1 day' '+%B %-d')/; s/rotate on .*/rotate on $(date -u -d '+29 days' '+%B %-d')/" plan.renew
}
abap_now() { sed -i '/^  wait-rotation:/d' plan.renew; } # the day of the rotation is the test's
renew_plan() { # [OPTIONS]: begins the plan with the systems that use the old one
  run "$RENEW" run plan.renew --no-input --set abap-prod.communication-systems="${SYSTEMS:-CRM,SHOP}" "$@"
  id=$(run_id)
}
resume() { run "$RENEW" resume "$id" --no-input; }
sign() { run "$RENEW" sign "$id" "$@"; }
signs() { for step in "$@"; do sign "$step"; resume; done; } # confirmed one after the other
export_file() { sign export --evidence "$1"; resume; }
