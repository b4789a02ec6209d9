# SPDX-License-Identifier: Apache-2.0
# landscape.sh: plans/overlap.renew and plans/downtime.renew with the twin as tenant and receiver, a local
# authority, folders for messages and no window: what they do stays theirs. After lib.sh, twin_start.
#   tenant_land NAME      $land/NAME.renew, the first pair under its alias, the flow deployed
tenant_land() {
  land=$(mktemp -d "$TMP/land.XXXXXX")
  mkdir -p "$land/.git" "$land/mail" "$land.conf"
  cp -r "$ROOT/plans/$1.renew" "$ROOT/plans/org" "$land/"
  printf '{"oauth":{"url":"https://localhost:%s","tokenurl":"https://localhost:%s/oauth/token","clientid":"client","clientsecret":"secret"}}\n' \
    "$port" "$port" >"$land.conf/key.json"
  chmod 600 "$land.conf/key.json"
  cp "$twin/client-ca.pem" "$land/ca.pem"
  cp "$twin/client-ca.key" "$land.conf/ca.key"
  chmod 600 "$land.conf/ca.key"
  sed -i -E "
    s|from vault \"kv/sap/ci-prod#oauth-client\"|from file \"$land.conf/key.json\"|
    s|^secret corporate-cmp.*||; /sign-off by signature/d; /during /d; /renew 45d/d; /^window saturday-night/,/^}/d
    s|url \"https://acme-prod[^\"]*\"|url \"https://localhost:$port\"|
    s|url \"https://erp[^\"]*\"|url \"https://localhost:$port/receiver\"|
    s|reach by mail \"([^\"@]*)@[^\"]*\"|reach by file \"mail/\1\"|
    s|protocol cmp|protocol local|
    s|url \"https://pki[^\"]*\"|certificate file \"$land/ca.pem\"|
    s|account with corporate-cmp|key file \"$land.conf/ca.key\"|
    s|key rsa 3072|key ec p-256|; s|valid for 365d|valid for 90d|" "$land"/*.renew "$land"/org/*.renew
  printf 'renew 1\n\ntrust file "%s" for "localhost"\n' "$twin/server-root.pem" >"$land.conf/renew.conf"
  export RENEW_CONFIG=$land.conf/renew.conf XDG_STATE_HOME=$land.conf/state
  tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
  cp "$land.conf/pair.pem" "$land.conf/old.pem"
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  cd "$land" || exit 1
}
tenant_pair() { # ALIAS SUBJECT: a pair of the authority under an alias of the twin; $land.conf/pair.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$land.conf/pair.key" -out "$land.conf/pair.csr" 2>/dev/null
  openssl x509 -req -in "$land.conf/pair.csr" -CA "$twin/client-ca.pem" -CAkey "$twin/client-ca.key" -days 20 \
    -CAcreateserial -out "$land.conf/pair.pem" 2>/dev/null
  cat "$land.conf/pair.key" "$land.conf/pair.pem" "$twin/client-ca.pem" >"$land.conf/pair"
  tell_twin entry "$(pem_json "$1" "$land.conf/pair")"
}
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
run_id() { "$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1; }
# Confirms what the run waits for, again and again, until it is done; $waited has the steps in order. Other
# ends than 0 and 5 end it. AFTER_EACH, if set, is a command that runs behind every process of renew.
drive() { # ID
  local step command
  waited=
  for _ in $(seq 40); do
    [[ $status == 5 ]] || return
    IFS=$'\t' read -r step command < <("$RENEW" tasks --json 2>/dev/null | jq -r '.tasks[0] // empty | [.step, .command] | @tsv')
    [[ -n $step ]] || return
    [[ $waited == *"$step " ]] || waited+="$step "
    if [[ $command == *" decide "* ]]; then
      "$RENEW" decide "$1" "$step" no --because "nobody else uses it" >/dev/null 2>&1
    else
      eval "${command/#renew/$RENEW}" >/dev/null 2>&1
    fi
    run "$RENEW" resume "$1"
  done
}
# One act of the tenant's administrator after the other, on the land of the overlap: each run has its own plan.
acts_land() {
  tenant_land overlap
  cp overlap.renew first.renew
}
exchange='  exchange: tenant-admin replaces client.old with client.new in tenant-keystore keeping alias'
begin_acts() { # PLAN-STEPS behind `accept-both`: a run of them from its beginning, on the land of acts_land
  python3 - "$1" <<'PY'
import sys
text = open("first.renew").read().replace("nodes worker-1, worker-2, worker-3", "nodes worker-1")
open("overlap.renew", "w").write(text[:text.index("plan renew-client-overlap")] + '''plan acts {
  renews client
  policy overlap
  create: tenant-admin creates client.new
  sign: tenant-admin gets client.new signed by corporate
  hand-over: tenant-admin gives client.new to receiver-admin
  when client.new.root != client.old.root {
    give-root: tenant-admin gives client.new.root to receiver-admin
    import-root: receiver-admin imports client.new.root into erp-backend
  }
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin "accepted"
''' + sys.argv[1] + '''
  ask: tenant-admin tells integration-dev "restart"
  restart: integration-dev restarts orders-outbound within 20s
  done: integration-dev tells receiver-admin "restarted"
  remove: receiver-admin removes client.old from erp-backend
  removed: receiver-admin tells tenant-admin "removed"
  clean: tenant-admin removes client.old.root from tenant-keystore
}
''')
PY
  rm -rf "$XDG_STATE_HOME"
  tell_twin clear '{"backup":true}'
  tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  run "$RENEW" run overlap.renew
  id=$(run_id)
}
