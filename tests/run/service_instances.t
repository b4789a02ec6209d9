#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_instances.t: `creates INSTANCE in SPACE` against a twin of Cloud Foundry: SAP-7f84-10, SAP-7f84-11; there
# already, there otherwise, refused, killed and resumed, put back.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
write_first_plan "$port" >plan.renew
run "$RENEW" check plan.renew
exits 0 "the plan is good"

crm() { twin_state "[$1 for i in s['instances'] if i['name'] == 'crm-orders']"; }
made() { twin_state "' '.join(e for e in s['effects'] if 'instance' in e)"; }
person() { twin_curl "$twin_base/twin/instance" -d "$1" >/dev/null; }
gone='{"name":"crm-orders","gone":true}'
begin() { # [SETTINGS]: a run on a twin as in the beginning; sets $id
  fresh "${1:-}"
  [[ -z ${2:-} ]] || person "$2"
  run "$RENEW" run first --no-input
  id=$(sed -n 's/^first  run \([^ ]*\).*/\1/p' <<<"$out")
}

# What it would do, and what is there now.
fresh
run "$RENEW" plan first --live --trust-plan
like "$out" 'would create the service instance `crm-orders` \(it-rt, plan integration-flow\) in space `prod` of `acme`, where it is not there yet, with \{"grant-types":\["client_credentials"\],"roles":\["ESBMessaging.send","Orders.Submit"\]\}; now: the service instance is not there yet' "a dry run says what it would ask for"
like "$out" "2/6 do.*now: the key is not there yet" "and of its key, that it is not there either"
is "$(made)" "" "and asks for nothing"

# From the beginning to the end.
begin
exits 5 "the run waits for the sender's administrator"
is "$(crm "i['parameters']")" "[{'grant-types': ['client_credentials'], 'roles': ['ESBMessaging.send', 'Orders.Submit']}]" \
  "SAP-7f84-11: grant types and roles of the plan"
is "$(crm "(i['labels']['renew-instance'], i['labels']['renew-run'].startswith('$id-'), i['annotations'])")" \
  "[('crm-orders', True, {'renew-plan': 'first'})]" "and labels that say whose it is"
like "$(twin_log)" 'names=crm-orders&space_guids=[^ ]* -> 200.*GET /v3/service_plans.names=integration-flow&service_offering_names=it-rt -> 200.*POST /v3/service_instances -> 202.*POST /v3/service_credential_bindings -> 202' \
  "SAP-7f84-10: it was looked, the plan found, the instance created, then its key"
for step in switch switch.check; do
  run "$RENEW" sign "$id" $step --because "orders arrive"
  run "$RENEW" resume "$id" --no-input
done
exits 0 "the run ends"
is "$(twin_state "[e.split('-2')[0] for e in s['effects']]")" "['create instance crm-orders', 'create crm-key']" "one instance, one key"
run "$RENEW" journal "$id" --format json
like "$out" '"instance":"crm-orders"' "the journal knows the instance"

# The next run finds it.
run "$RENEW" run first --no-input
like "$out" 'the service instance `crm-orders` was there before, and is as the plan says' "a second run creates none"
is "$(made)" "create instance crm-orders" "the platform was asked once"

# A name of its own, another grant type, addresses, and what the author knows.
sed -e '/^service-instance crm-orders/,/^}/s/^  plan .*/&\n  name "CRM Orders"\n  grant-types authorization-code, client-credentials, jwt-bearer\n  redirect-uris "https:\/\/crm.example\/back"\n  parameter "token-validity" 43200/' plan.renew >plan.new
mv plan.renew plan.kept
mv plan.new plan.renew
begin
is "$(twin_state "[i['parameters'] for i in s['instances'] if i['name'] == 'CRM Orders']")" \
  "[{'grant-types': ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'], 'redirect-uris': ['https://crm.example/back'], 'roles': ['ESBMessaging.send', 'Orders.Submit'], 'token-validity': 43200}]" \
  "every line of the instance is asked for"
mv plan.kept plan.renew

# ---- what is there already
begin '{}' '{"name":"crm-orders"}'
exits 5 "an instance that a person has created"
is "$(made)" "" "is taken as it is"
begin '{}' '{"name":"crm-orders","plan":"plan_api"}'
exits 4 "an instance of another plan"
like "$err" 'the instance `crm-orders` has the plan `api`, not `integration-flow`' "is refused, and it is said why"
begin '{}' '{"name":"crm-orders","parameters":{"grant-types":["client_credentials"],"roles":["ESBMessaging.send"]}}'
exits 4 "an instance that lacks a role"
like "$err" 'does not grant the role `Orders.Submit` \(it grants: ESBMessaging.send\)' "is refused, and the role named"
like "$err" "cf update-service" "with the way out"
is "$(made)" "" "nothing was asked of the platform"
person "$gone"
person '{"name":"crm-orders"}'
run "$RENEW" retry "$id" instance
run "$RENEW" resume "$id" --no-input
exits 5 "once it is mended the run goes on"

# ---- what the platform refuses
begin '{"quota":2}'
exits 4 "no room in the organization"
like "$err" "You have exceeded your organization's services limit" "the platform's words"
begin '{"may_create":false}'
exits 4 "a user who may not"
like "$err" 'the user needs the role Space Developer in organization `acme`, space `prod`' "is told which role it takes"
begin '{"brokers":0}'
exits 4 "a plan that nobody offers"
like "$err" 'space `acme-runtime` offers no plan `integration-flow` of `it-rt`' "is named"
begin '{"brokers":2}'
like "$err" '2 brokers offer the plan `integration-flow` of `it-rt`' "two brokers with one plan: a person chooses"
is "$(made)" "" "in no case an instance"
begin '{"rate_limit":8}'
is "$status $(made)" "5 create instance crm-orders" "429: waited for"
begin '{"fails":"service_instance.create"}'
exits 4 "the broker refuses"
like "$err" "CF-ServiceBrokerBadResponse: the broker is not well" "its words are shown"
is "$(crm "i['state']")" "['failed']" "what it leaves behind keeps the name"
twin_set '{"fails":""}'
run "$RENEW" retry "$id" instance
run "$RENEW" resume "$id" --no-input
exits 5 "tried again"
is "$(made)" "create instance crm-orders delete instance crm-orders create instance crm-orders" "the failed one is cleared away first"
begin '{"fails":"service_instance.create"}'
twin_curl "$twin_base/twin/reset" -d '{}' >/dev/null
person '{"name":"crm-orders"}'
run "$RENEW" retry "$id" instance
run "$RENEW" resume "$id" --no-input
is "$status $(made)" "5 " "but not one that others have put there meanwhile"

# ---- how answers differ
for shape in relative alias forgets at-once silent polling one-a-page; do
  begin "{\"shape\":\"$shape\"}"
  is "$status $(made)" "5 create instance crm-orders" "answers that are $shape"
done

# ---- killed between the request and its answer
fresh '{"job_polls":6}'
"$RENEW" run first --no-input >killed.out 2>&1 &
pid=$!
for i in $(seq 300); do
  [[ $(twin_log) == *"POST /v3/service_instances"* ]] && break
  sleep 0.01
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
id=$(sed -n 's/^first  run \([^ ]*\).*/\1/p' killed.out)
run "$RENEW" resume "${id:-$("$RENEW" status --json | jq -r '.. | .run? // empty' | head -1)}" --no-input
exits 5 "resumed after kill -9 behind the request"
is "$(made)" "create instance crm-orders" "one instance was created"

# ---- put back
sed '/^  instance:/,/^  }/s/on failure stop/on failure roll-back\n    check call of orders-inbound with crm-key.old/' plan.renew >plan.new
mv plan.new plan.renew
run "$RENEW" check plan.renew
begin
run "$RENEW" sign "$id" instance.check --reject --because "nobody may call"
run "$RENEW" resume "$id" --no-input
is "$(made)" "create instance crm-orders delete instance crm-orders" "on failure roll-back: it is deleted again"
begin
twin_curl "$twin_base/twin/key" -d '{"name":"by-hand","instance":"crm-orders"}' >/dev/null
run "$RENEW" sign "$id" instance.check --reject --because "nobody may call"
run "$RENEW" resume "$id" --no-input
is "$(made)" "create instance crm-orders" "not where somebody has made a key in it meanwhile"
like "$err" 'has keys or bindings by now \(1\), which would go with it' "and that is said"
begin '{}' '{"name":"crm-orders"}'
run "$RENEW" sign "$id" instance.check --reject --because "nobody may call"
run "$RENEW" resume "$id" --no-input
is "$(made) $(crm "i['name']")" " ['crm-orders']" "nor one that was there before"
done_testing
