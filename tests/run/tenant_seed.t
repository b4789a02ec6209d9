#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1013
# The plans of the first seed document, as they stand in plans/, executed against the twin of a SAP tenant.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
effects() { ask_twin state "[.effects[] | select(.[0] != \"called\") | .[0]] | join(\" \")"; }
holds() { ask_twin state ".stores.system[\"$1\"][0] // \"none\""; }
loaded() { ask_twin state '.flows["orders-outbound"].loaded.acme_erp_client // "none"'; }

# ---- overlap
twin_start --build-s 0.2
tenant_land overlap
old=$(print_of "$land.conf/old.pem")
run "$RENEW" run overlap.renew
exits 5 "the run waits for the receiver's administrator"
is "$(effects)" "" "SAP-6ec6-6: nothing on the tenant was changed by making and signing the new one"
id=$(run_id)
run "$RENEW" sign "$id" accept-both
run "$RENEW" resume "$id"
exits 5 "the tenant does not know the authority: a person compares the fingerprint"
new=$(print_of mail/erp-basis/*-hand-over.pem)
like "$out" "wants the fingerprint verified.*SHA-256 $new" "409: the SHA-256 is shown"
is "$(holds acme_erp_client)" "$old" "and nothing is imported before"
run "$RENEW" sign "$id" exchange
run "$RENEW" resume "$id"
is "$(holds acme_erp_client)" "$new" "SAP-6ec6-13 SAP-6ec6-14: the pair was exchanged by importing it, under its alias"
is "$(ask_twin state '.backup.acme_erp_client')" "$old" "the tenant's backup holds the old pair"
is "$(loaded)" "$new" "SAP-6ec6-16 SAP-6ec6-17: the flow was deployed behind it and has loaded the new pair"
drive "$id"
exits 0 "the run is done"
is "$waited" "restart.check[worker-1] restart.check[worker-2] restart.check[worker-3] remove-old " "what only people can say was asked"
is "$(effects)" "backup put deploy" "SAP-6ec6-18: one backup, one exchange, one deployment for all nodes"
is "$(ask_twin log '[.[] | select(.path | startswith("/oauth")) | .n] | length < 12')" true "one log-on a process"
run "$RENEW" journal "$id" --verify
exits 0 "the journal verifies"
run bash -c "cd '$XDG_STATE_HOME' && grep -ra 'clientsecret\|PRIVATE KEY' . | head -3"
is "$out" "" "no secret is left in the state folder"

# ---- what is no service key is said before anything is asked
tell_twin clear
for content in 'user:password' '{"oauth":{"clientid":"c","clientsecret":"s"}}' '{"tokenurl":"https://x","clientid":"c"}' '[]' ''; do
  printf '%s' "$content" >"$land.conf/key.json"
  run "$RENEW" run overlap.renew
  like "$err" 'error.E1013..*is no service key' "no service key: ${content:-nothing}"
  unlike "$err" 'user:password|"s"' "and its content is not shown"
done
is "$(ask_twin log length)" 0 "nothing was sent"
twin_stop

# ---- downtime
twin_start --build-s 0.2
tenant_land downtime
old=$(print_of "$land.conf/old.pem")
arguments=(--set change-number=CHG1 --set "start=$(TZ=Europe/Berlin date +%Y-%m-%dT%H:%M)")
sed -i 's/ at agreed.start//' downtime.renew
run "$RENEW" run downtime.renew "${arguments[@]}"
id=$(run_id)
drive "$id"
exits 0 "the downtime is done"
is "$(effects)" "undeploy backup put deploy" "SAP-6ec6-28: stopped once, exchanged, started once"
is "$(ask_twin state '.flows["orders-outbound"] | .status + " " + .runtime')" "STARTED 1.0.2" "it runs again, in the version that ran before"
is "$(loaded)" "$(holds acme_erp_client)" "SAP-6ec6-34: with the new pair"
[[ $(holds acme_erp_client) != "$old" ]]
ok $? "which is another one"
twin_stop
done_testing
