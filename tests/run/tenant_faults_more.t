#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# As tenant_faults.t, for what else is asked of a tenant: keys made there and swapped by renames, the flow
# undeployed and deployed, roots imported, the backup, entries removed, SAP's own keys. Each request meets each
# fault once, and lasting (FAULTS=all, hours; otherwise a few writes, executed and not answered); the run is resumed
# as its own words say, and in the end each effect of the undisturbed run is there once.
# SCENES="swap keep roots back own", MODES="...", KINDS="once lasting", ONLY_REQUEST=regex narrow it.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
. "$ROOT/tests/twins/faults.sh"
bounded
modes="$network html doctype attributes deep-json wrong-type empty 423 500 other-next redirect-elsewhere no-route"
lasting=$network
[[ ${FAULTS-} == all ]] || modes=executed-lost
modes=${MODES:-$modes} lasting=${MODES:-$lasting}
kinds=" ${KINDS:-once lasting} "

plan() { # TEXT: instead of the sample's own
  python3 - "$land/$sample.renew" "$1" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
head = text[:re.search(r"^plan ", text, re.M).start()].replace("nodes worker-1, worker-2, worker-3", "nodes worker-1")
open(sys.argv[1], "w").write(head + sys.argv[2])
PY
  sed -i 's/nodes worker-1, worker-2, worker-3/nodes worker-1/' "$land"/org/*.renew
}
hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
root_alias=$(hex 'corporate root') old_alias=$(hex acme_erp_client.old)
retry='{
    retry 2 times every 1s
  }'

scene_swap() {
  sample=downtime
  tenant_land downtime
  tell_twin set '{"trust_any":true,"auto_message":"COMPLETED"}'
  sed -i 's/^  of acme-prod/&\n  key-made in-tenant/; s/nodes worker-1, worker-2, worker-3/nodes worker-1/' org/acme-prod.renew
  sed -i 's/ at agreed.start//; /check tls to erp-backend/d; s/on failure roll-back/on failure stop/' downtime.renew
  arguments=(--set change-number=CHG1 --set "start=$(TZ=Europe/Berlin date +%Y-%m-%dT%H:%M)")
}
fresh_swap() {
  tell_twin drop '{"alias":"acme_erp_client.old"}'
  tell_twin drop '{"alias":"acme_erp_client.new"}'
}

scene_keep() {
  scene_swap
  sed -i 's/^  alias "acme_erp_client"/&\n  keep key yes/' org/acme-prod.renew
}
fresh_keep() { fresh_swap; }

scene_roots() {
  sample=overlap
  tenant_land overlap
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=other -keyout "$land.conf/o.key" -out "$land.conf/o.pem" 2>/dev/null
  plan "plan roots {
  renews client
  policy overlap
  create: tenant-admin creates client.new
  sign: tenant-admin gets client.new signed by corporate
  trust: tenant-admin imports client.new.root into tenant-keystore as alias \"corporate root\" $retry
  hand-over: tenant-admin gives client.new to receiver-admin
  when client.new.root != client.old.root {
    give-root: tenant-admin gives client.new.root to receiver-admin
    import-root: receiver-admin imports client.new.root into erp-backend
  }
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin \"accepted\"
  backup: tenant-admin backs-up tenant-keystore $retry
  exchange: tenant-admin replaces client.old with client.new in tenant-keystore keeping alias {
    on failure stop
    check call of orders-outbound returns 401
    retry 2 times every 1s
  }
  ask: tenant-admin tells integration-dev \"restart\"
  restart: integration-dev restarts orders-outbound $retry
  done: integration-dev tells receiver-admin \"restarted\"
  remove: receiver-admin removes client.old from erp-backend
  removed: receiver-admin tells tenant-admin \"removed\"
  clean: tenant-admin removes client.old.root from tenant-keystore $retry
}
"
}
fresh_roots() {
  tell_twin drop '{"alias":"corporate root"}'
  tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
}

# The exchange takes effect, its check fails, and the backup is restored.
scene_back() {
  ends=4
  scene_roots
  sed -i 's/    on failure stop/    undo: tenant-admin restores tenant-keystore\n    on failure roll-back/; s/returns 401/returns 200/' overlap.renew
}
fresh_back() { fresh_roots; }

scene_own() {
  sample=overlap
  tenant_land overlap
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 400 -subj /CN=pending -keyout "$land.conf/p.key" -out "$land.conf/p.pem" 2>/dev/null
  cat "$land.conf/p.key" "$land.conf/p.pem" >"$land.conf/p"
  sed -i 's/alias "acme_erp_client"/alias "sap_cloudintegrationcertificate"/; s/  signed by corporate//; s/  key ec p-256//; s/  valid for 90d//' overlap.renew
  plan "plan own {
  renews client
  policy overlap
  fetch: tenant-admin exports client.new from tenant-keystore $retry
  hand-over: tenant-admin gives client.new to receiver-admin
  accept-both: receiver-admin accepts client.old, client.new on erp-backend
  report: receiver-admin tells tenant-admin \"accepted\"
  activate: tenant-admin activates client.new in tenant-keystore $retry
  ask: tenant-admin tells integration-dev \"restart\"
  restart: integration-dev restarts orders-outbound $retry
  switched: integration-dev tells receiver-admin \"the new one is used\"
  remove: receiver-admin removes client.old from erp-backend
}
"
}
fresh_own() {
  tell_twin entry "$(pem_json sap_cloudintegrationcertificate "$land.conf/pair" '"owner":"SAP"')"
  tell_twin entry "$(pem_json sap_cloudintegrationcertificate "$land.conf/p" '"owner":"SAP","store":"KeyRenewal"')"
}

begin() {
  rm -rf "$XDG_STATE_HOME"
  tell_twin clear '{"backup":true}'
  tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
  tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
  "fresh_$scene"
  tell_twin clear '{"backup":true}'
}
go() {
  run "$RENEW" run "$sample.renew" "${arguments[@]}"
  id=$(run_id)
}
# Where the exchange failed before it took effect, nothing had to be put back.
as_wanted() { [[ $1 == "$wanted" || ($scene == back && $1 != *put:acme* && "$1 put:acme_erp_client restore:" == "$wanted") ]]; }

scenes="swap keep roots back own"
few='renameAlias|activate=true|deleteEntries|CertificateChain'
[[ ${FAULTS-} == all ]] && few=. || scenes="swap roots own"
for scene in ${SCENES:-$scenes}; do
  twin_start --build-s 0.05
  arguments=()
  ends=0 fails_at=
  "scene_$scene"
  begin
  go
  complete
  exits "$ends" "$scene: without a fault the run ends with $ends"
  wanted=$(effects) fails_at=$(failed_step)
  echo "# $scene: $wanted"
  requests_of_run '/receiver\| /http/'
  ok $(( ${#requests[@]} >= 8 ? 0 : 1 )) "$scene: the run makes ${#requests[@]} different requests of the tenant"
  for request in "${requests[@]}"; do
    [[ $kinds == *" once "* && $request =~ ${ONLY_REQUEST:-$few} ]] || continue
    [[ ${FAULTS-} == all || ! ($request == GET* || $request == *oauth*) ]] || continue
    for mode in $modes; do
      begin
      fault_at "$request" "$mode"
      go
      complete
      lift_faults
      got=$(once_each "$mode" "$(effects)")
      is_at_its_end && [[ $(hits) -ge 1 ]] && as_wanted "$got"
      good=$?
      ok "$good" "$scene: $mode at ${request:0:80}: each effect once"
      [[ $good == 0 ]] || show "hits $(hits); $got"
    done
  done
  for request in "${requests[@]}"; do
    [[ $kinds == *" lasting "* && $request =~ ${ONLY_REQUEST:-.} ]] || continue
    case ${FAULTS-}$request in
      all*) here=$lasting ;;
      *renameAlias* | *activate=true*) here=executed-5xx ;;
      # An entry that is not shown is no other one, and not known to be gone.
      GET*"$root_alias"* | GET*"$old_alias"*) here=redirect-loop ;;
      *) here= ;;
    esac
    for mode in $here; do
      lasting_at "$scene" "$request" "$mode"
    done
  done
  twin_stop
done
done_testing
