# SPDX-License-Identifier: Apache-2.0
# cloud.sh: starts the twin of Cloud Foundry for a test in bash, asks it, and writes the plans for it.
# Source it behind tap/lib.sh and tap/servers.sh.
start_twin() { # KIND FOLDER [PEM]: sets $port, $twin_pid
  local i
  mkdir -p "$TMP/$2"
  rm -f "$TMP/$2/port"
  python3 -B "$ROOT/tests/twins/$1.py" "$TMP/$2" ${3:+"$3"} 2>"$TMP/$2/stderr" &
  twin_pid=$!
  server_pids+=("$twin_pid")
  for i in $(seq 500); do [[ -s $TMP/$2/port ]] && break; sleep 0.02; done
  [[ -s $TMP/$2/port ]] || { echo "Bail out! the twin did not start: $(cat "$TMP/$2/stderr")"; exit 1; }
  port=$(<"$TMP/$2/port")
  twin_base=http${3:+s}://127.0.0.1:$port
}
stop_twin() {
  kill "$twin_pid" 2>/dev/null
  wait "$twin_pid" 2>/dev/null
}
twin_curl() { curl -sk --noproxy '*' "$@"; }
twin_log() { twin_curl "$twin_base/twin/log" | jq -r '.[]' | tr '\n' ' '; }
twin_set() { twin_curl "$twin_base/twin/set" -d "$1" >/dev/null; }
twin_state() { # PYTHON EXPRESSION over s
  twin_curl "$twin_base/twin/state" | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"
}
twin_fault() { # MODE AT [sticky]
  twin_curl "$twin_base/twin/fault" -d "{\"mode\":\"$1\",\"at\":$2,\"sticky\":$([[ ${3:-} == sticky ]] && echo true || echo false)}" >/dev/null
}
# The third document's plan for one key of each kind, against a twin on that port.
write_cloud_plan() { # PORT [SCHEME]
  cat <<PLAN
renew 1

role tenant-admin {
  reach by file "outbox/tenant-admin"
}

role sender-admin {
  reach by file "outbox/sender-admin"
  seal-to file "seal.crt"
}

secret cf-user from file "cf-user"

space acme-runtime {
  organization "acme"
  name "prod"
  api "${2:-http}://127.0.0.1:$1"
  login oauth with cf-user
}

flow orders-inbound {
  endpoint "/http/orders"
  authorize user-role "ESBMessaging.send"
}

service-instance inbound-orders {
  in acme-runtime
  plan integration-flow
  roles "ESBMessaging.send", "Orders.Submit"
}

service-key shop-generated {
  of inbound-orders
  key-type certificate
  valid for 180d
  key-size 3072
}

service-key shop-external {
  of inbound-orders
  key-type external-certificate
  certificate from file "shop-client.crt"
  trusted by file "ca.pem"
}

service-key shop-secret {
  of inbound-orders
  key-type client-secret
}

system shop {
  owner sender-admin
  calls orders-inbound with shop-generated
}

system erp {
  owner sender-admin
  calls orders-inbound with shop-external
}

system portal {
  owner sender-admin
  calls orders-inbound with shop-secret
}

plan generated {
  renews shop-generated
  policy overlap

  create: tenant-admin creates shop-generated.new in inbound-orders {
    retry 1 times every 1s
  }
  hand-over: tenant-admin gives sealed shop-generated.new.bundle to sender-admin
  switch: sender-admin switches shop to shop-generated.new {
    check call of orders-inbound with shop-generated.new
  }
  report: sender-admin tells tenant-admin "The shop sends with the new key."
  delete-old: tenant-admin deletes shop-generated.old from inbound-orders {
    needs sign-off
    retry 1 times every 1s
  }
}

plan external {
  renews shop-external
  policy overlap

  create: tenant-admin creates shop-external.new in inbound-orders
  report-created: tenant-admin tells sender-admin "The new certificate is known."
  switch: sender-admin switches erp to shop-external.new {
    check call of orders-inbound with shop-external.new
  }
  report: sender-admin tells tenant-admin "The ERP sends with its new certificate."
  delete-old: tenant-admin deletes shop-external.old from inbound-orders {
    needs sign-off
  }
}

plan secret {
  renews shop-secret
  policy overlap

  create: tenant-admin creates shop-secret.new in inbound-orders
  hand-over: tenant-admin gives sealed shop-secret.new to sender-admin
  switch: sender-admin switches portal to shop-secret.new {
    check call of orders-inbound with shop-secret.new
  }
  report: sender-admin tells tenant-admin "The portal sends with its new secret."
  delete-old: tenant-admin deletes shop-secret.old from inbound-orders {
    needs sign-off
  }
}
PLAN
}
# The same for a sender that calls for the first time: its instance is not there yet.
write_first_plan() { # PORT [ON FAILURE]
  write_cloud_plan "$1" | sed '/^plan generated/,$d'
  cat <<PLAN
service-instance crm-orders {
  in acme-runtime
  plan integration-flow
  roles "ESBMessaging.send", "Orders.Submit"
}

service-key crm-key {
  of crm-orders
  key-type client-secret
}

system crm {
  owner sender-admin
  calls orders-inbound with crm-key
}

plan first {
  renews crm-key
  policy overlap

  instance: tenant-admin creates crm-orders in acme-runtime {
    on failure ${2:-stop}
    retry 1 times every 1s
  }
  create: tenant-admin creates crm-key.new in crm-orders {
    retry 1 times every 1s
  }
  hand-over: tenant-admin gives sealed crm-key.new to sender-admin
  switch: sender-admin switches crm to crm-key.new {
    check call of orders-inbound with crm-key.new
  }
  report: sender-admin tells tenant-admin "The CRM sends with its key."
}
PLAN
}
# The twin, an authority with the pairs of the sender, plan.renew and its log-on, in the current folder.
cloud_land() {
  start_twin cloud_foundry cf
  make_ca ca
  make_pair ca seal
  make_pair ca shop-client
  write_cloud_plan "$port" >plan.renew
  printf 'tenant-ops:correct horse' >cf-user
  chmod 600 cf-user
}
# A whole renewal after another, each in a state folder and with a twin of its own.
keys() { twin_state 'sorted(k["name"][:11] for k in s["keys"])'; }
effects() { twin_state '" ".join(e.split("-")[0] for e in s["effects"])'; }
n=0
fresh() { # [SETTINGS]: the twin as in the beginning, with a state folder of its own
  twin_curl "$twin_base/twin/reset" -d '{}' >/dev/null
  twin_set "${1:-{\}}"
  rm -rf outbox
  export XDG_STATE_HOME=$TMP/state$((n++))
}
renewed() { # WHAT [PLAN]: the plan to its end; one key made, one deleted
  local plan=${2:-secret}
  run "$RENEW" run "$plan" --no-input
  id=$(sed -n "s/^$plan  run \([^ ]*\).*/\1/p" <<<"$out")
  for _ in 1 2 3 4; do
    [[ $status == 8 ]] && run "$RENEW" resume "$id" --no-input # a target that was away
  done
  for step in switch switch.check delete-old; do
    run "$RENEW" sign "$id" $step --because seen
    run "$RENEW" resume "$id" --no-input
  done
  is "$status $(effects)" "0 create shop delete shop" "$1"
  is "$(keys)" "['shop-extern', 'shop-genera', 'shop-secret']" "$1: the old one is gone, the new one there"
  [[ $status == 0 ]] || sed 's/^/# /' <<<"$err$out"
}

# cloud_campaign WORD...: campaign.py plays its faults at the plan in ./plan.renew; the words are its own
cloud_campaign() {
  mkdir conf plans
  printf "renew 1\nanswers within 1s\n" >conf/renew.conf
  mv plan.renew cf-user seal.crt shop-client.crt ca.pem plans/
  mv cf plans/cf
  python3 -B "$ROOT/tests/twins/campaign.py" "$RENEW" "$TMP/plans" "$([[ -n ${ALL:-} || ${FAULTS:-} == all ]] && echo all || echo few)" "$@"
}
