#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each request of the tenant's providers under each network fault: once; lasting at this request; and lasting at
# all of them. A run that was stopped is resumed; in the end there is exactly one exchange and one deployment, or
# nothing was changed and the run says so. FAULTS=all takes every request; otherwise the writes and one read of
# each kind. MODES="...", KINDS="once lasting whole", ONLY_REQUEST=regex narrow it.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
. "$ROOT/tests/twins/faults.sh"
bounded
twin_start --build-s 0.05
tenant_land overlap
# What is about the tenant alone: no receiver, no mail, one node, no person, so that nothing else waits.
python3 - "$land/overlap.renew" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
text = text.replace("nodes worker-1, worker-2, worker-3", "nodes worker-1")
plan = text.index("plan renew-client-overlap")
text = text[:plan] + '''plan faults {
  renews client
  policy overlap
  create: tenant-admin creates client.new
  sign: tenant-admin gets client.new signed by corporate
  hand-over: tenant-admin gives client.new to receiver-admin
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin "accepted"
  exchange: tenant-admin replaces client.old with client.new in tenant-keystore keeping alias {
    on failure stop
    needs sign-off
    retry 2 times every 1s
  }
  ask: tenant-admin tells integration-dev "restart"
  restart: integration-dev restarts orders-outbound {
    retry 2 times every 1s
  }
  done: integration-dev tells receiver-admin "restarted"
  remove: receiver-admin removes client.old from erp-backend {
    needs sign-off
  }
}
'''
open(sys.argv[1], "w").write(text)
PY
run "$RENEW" check overlap.renew
exits 0 "the plan of the campaign is sound"
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
old=$(print_of "$land.conf/old.pem")

ends=0 fails_at=
begin() { # a run as far as the exchange, whose state is kept: the steps before it ask nothing of the tenant
  tell_twin clear '{"backup":true}'
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  tell_twin entry "$(pem_json acme_erp_client "$land.conf/first")"
  rm -rf "$XDG_STATE_HOME"
  if [[ -d $land.conf/at-exchange ]]; then
    cp -a "$land.conf/at-exchange" "$XDG_STATE_HOME"
    return
  fi
  run "$RENEW" run overlap.renew
  id=$(run_id)
  for _ in $(seq 20); do
    [[ $status == 5 ]] || break
    step=$("$RENEW" tasks --json | jq -r '.tasks[0].step')
    [[ $step == exchange ]] && break
    "$RENEW" sign "$id" "$step" >/dev/null 2>&1
    run "$RENEW" resume "$id"
  done
  [[ $step == exchange ]] || { printf '%s\n' "exit $status" "$out" "$err" | sed 's/^/# /'; echo "Bail out! the run does not come to the exchange"; exit 1; }
  tell_twin clear
  "$RENEW" sign "$id" exchange >/dev/null 2>&1
  cp -a "$XDG_STATE_HOME" "$land.conf/at-exchange"
}
go() { run "$RENEW" resume "$id"; }
cp "$land.conf/pair" "$land.conf/first"
begin
go
complete
exits 0 "without a fault the run is done"
wanted=$(effects)
requests_of_run
ok $(( ${#requests[@]} >= 8 ? 0 : 1 )) "the run makes ${#requests[@]} different requests of the tenant"

puts() { ask_twin state '[.effects[] | select(.[0] == "put") | .[2]] | unique | length'; }
deploys() { ask_twin state '[.effects[] | select(.[0] == "deploy")] | length'; }
judge() { # NAME MODE
  local good=0 held most=1
  held=$(ask_twin state '.stores.system.acme_erp_client[0]')
  [[ $2 == duplicate ]] && most=2 # the network's doing: the same request twice
  [[ $held != "$old" && $(puts) == 1 && $(deploys) -ge 1 && $(deploys) -le $most ]] || good=1
  [[ $(ask_twin state '.flows["orders-outbound"] | .loaded.acme_erp_client') == "$held" ]] || good=1
  ok $good "$1"
  [[ $good == 0 ]] || { ask_twin state '.effects | tostring'; ask_twin log '.[] | "\(.method) \(.path) \(.fault)"'; printf '%s\n' "$status" "$out" "$err"; } | sed 's/^/#   /'
}
modes="$network html doctype attributes deep-json wrong-type empty 423 500 other-next redirect-elsewhere"
lasting=$network
[[ ${FAULTS-} == all ]] || modes="executed-lost executed-5xx lost truncated-gzip"
modes=${MODES:-$modes} lasting=${MODES:-$lasting}
kinds=" ${KINDS:-once lasting whole} "
pick=${ONLY_REQUEST:-.}
number=0
for request in "${requests[@]}"; do
  [[ $kinds == *" once "* && $request =~ $pick ]] || continue
  is_write=$([[ $request == GET* || $request == *oauth* ]] && echo no || echo yes)
  for mode in $modes; do
    number=$((number + 1))
    # Reads under a sample of the modes: each read meets each mode in the long campaign.
    [[ ${FAULTS-} == all || $is_write == yes || $((number % 5)) == 0 ]] || continue
    begin
    fault_at "$request" "$mode"
    go
    hits=$(hits)
    complete
    lift_faults
    [[ $status == 0 && $hits -ge 1 ]]
    ok $? "${mode} at ${request:0:70}: met, and the run is done"
    [[ $status == 0 && $hits -ge 1 ]] || show "hits $hits"
    judge "one effect" "$mode"
  done
done

# ---- lasting at one request, while the others are answered
for request in "${requests[@]}"; do
  [[ $kinds == *" lasting "* && $request =~ $pick ]] || continue
  case ${FAULTS-}$request in
    all*) here=$lasting ;;
    POST*KeyPairResources*) here="executed-lost lost" ;;
    GET*"KeystoreEntries('"*backup_admin*) here=redirect-loop ;; # not seen is not "not there"
    *) here= ;;
  esac
  for mode in $here; do
    lasting_at lasting "$request" "$mode"
  done
done

# ---- at every request: the run gives up, nothing was changed, and it says so
everywhere="lost html"
[[ ${FAULTS-} == all ]] && everywhere="lost 503 html expired"
[[ $kinds == *" whole "* ]] || everywhere=
for mode in $everywhere; do
  begin
  tell_twin fault "{\"match\":\".\",\"mode\":\"$mode\",\"times\":-1,\"connections\":1000000}"
  run "$RENEW" resume "$id"
  exits 8 "$mode for ever: exit 8"
  is "$(puts)" 0 "nothing was changed"
  tell_twin clear
  run "$RENEW" resume "$id"
  drive "$id"
  exits 0 "and when that is over the run is finished"
  judge "with one effect" "$mode"
done
# no such host
begin
sed -i 's/localhost/no-such-host.invalid/g' "$land.conf/key.json"
run "$RENEW" resume "$id"
exits 8 "a token server whose name does not resolve: exit 8"
sed -i 's/no-such-host.invalid/localhost/g' "$land.conf/key.json"
is "$(puts)" 0 "nothing was changed"
# a log-on that is refused is not tried again
begin
tell_twin fault '{"match":"oauth","mode":"401","times":-1}'
run "$RENEW" resume "$id"
ok $(( status == 8 || status == 4 ? 0 : 1 )) "a refused log-on ends the run ($status)"
like "$err" 'log-on' "and says so"
is "$(ask_twin log '[.[] | select(.path | startswith("/oauth"))] | length')" 1 "it was tried once"
# somebody else was there
begin
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
run "$RENEW" resume "$id"
exits 9 "another pair under the alias: a person decides"
like "$err" 'neither the old nor the new pair' "and learns why"
is "$(puts)" 0 "nothing was written over it"
twin_stop
done_testing
