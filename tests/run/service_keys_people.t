#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_keys_people.t: log-ons of each kind and in long runs, instances that are not what the plan says, a
# certificate that is still the old one, looks at keys, parameters of the plan's author.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
# ---- a look before the run
run "$RENEW" plan secret --live
is "$(twin_curl "$twin_base/twin/log" | jq length)" 0 "a plan that nobody vouches for logs on nowhere"
like "$out" "nobody is logged on for a plan that nobody vouches for" "and it is said"
run "$RENEW" plan secret --live --trust-plan
like "$out" "create .*now: the key is not there yet .probed." "plan --live sees that the new key is not there"
like "$out" 'delete-old .*now: the key `shop-secret` is there' "and which key would be the old one"

# ---- log-ons
for logon in '{"username":"tenant-ops","password":"correct horse","origin":"sap.ids"}' \
  '{"clientid":"ops-client","clientsecret":"client secret"}' '{"assertion":"signed.by.idp"}'; do
  printf '%s' "$logon" >cf-user
  fresh '{"token_uses":5}'
  renewed "tokens that end after five requests, by $(jq -r 'keys[0]' cf-user)"
done
like "$(twin_state 's["logons"]')" "jwt-bearer'(, 'refresh_token')+" "the assertion once a process, then the refresh token"
printf '{"assertion":"forged"}' >cf-user
fresh
run "$RENEW" run secret --no-input
like "$err" "refused the log-on" "an assertion that nobody signed"
unlike "$err$out" forged "without a word of it"
printf 'tenant-ops:correct horse' >cf-user

# ---- the instance
fresh '{"roles":["ESBMessaging.send"]}'
run "$RENEW" run secret --no-input
like "$err" 'does not grant the role `Orders.Submit` .it grants: ESBMessaging.send.' "SAP-7f84-3 SAP-7f84-7: a role that the platform's instance lacks"
like "$err" "cf update-service NAME -c '.*\"roles\":\\[\"ESBMessaging.send\",\"Orders.Submit\"\\]" "and how it is given"
fresh '{"offering":"xsuaa"}'
run "$RENEW" run secret --no-input
like "$err" 'has the offering `xsuaa`, not `it-rt`' "SAP-7f84-11: another offering"
sed -i 's/in acme-runtime/in acme-runtime\n  name "Inbound Orders"/' plan.renew
fresh
run "$RENEW" run secret --no-input
like "$err" "no service instance .Inbound Orders." "an instance that is not there"
like "$err" "cf create-service it-rt integration-flow 'Inbound Orders' -c '\\{\"grant-types\":\\[\"client_credentials\"\\],\"roles\":\\[\"ESBMessaging.send\",\"Orders.Submit\"\\]\\}'" "SAP-7f84-10: the way out, to be copied"
sed -i '/name "Inbound Orders"/d' plan.renew

# ---- the file still holds the old certificate
fresh
renewed "a key with the sender's certificate" external
run "$RENEW" run external --no-input
like "$err" 'shop-client.crt still holds the certificate of shop-external.old .SHA-256' "SAP-7f84-12: the same certificate again is refused before a step"
is "$(effects)" "create shop delete shop" "and nothing was asked for"

# ---- a look
fresh
cat >look.renew <<'PLAN'
renew 1

import "plan.renew"

plan look "Looks at a key" {
  renews shop-secret
  policy overlap

  see: tenant-admin checks shop-secret.old present in inbound-orders
  create: tenant-admin creates shop-secret.new in inbound-orders {
    check shop-secret.new present in inbound-orders
  }
  hand-over: tenant-admin gives sealed shop-secret.new to sender-admin
  switch: sender-admin switches portal to shop-secret.new {
    check call of orders-inbound with shop-secret.new
  }
  report: sender-admin tells tenant-admin "The portal sends with its new secret."
  delete-old: tenant-admin deletes shop-secret.old from inbound-orders {
    needs sign-off
  }
  gone: tenant-admin checks shop-secret.old absent from inbound-orders
}
PLAN
run "$RENEW" run look.renew --no-input
id=$(sed -n 's/^look  run \([^ ]*\).*/\1/p' <<<"$out")
like "$out" "see .*shop-secret.old is there" "checks KEY present in INSTANCE: renew looks by itself"
for step in switch switch.check delete-old; do
  run "$RENEW" sign "$id" $step --because seen
  run "$RENEW" resume "$id" --no-input
done
exits 0 "checks KEY present in INSTANCE: nobody is asked"
like "$out" "shop-secret.old is not there" "and at the end that it is gone"

# ---- what has no line of its own
fresh
sed -i 's/  key-type client-secret/  key-type client-secret\n  parameter "pin-certificate" no\n  parameter "days" 30\n  parameter "x509" "{\\"certificate-pinning\\":false}"/' plan.renew
run "$RENEW" run secret --no-input
is "$(twin_state '[k["parameters"] for k in s["keys"] if k["name"].startswith("shop-secret-")]')" \
  "[{'pin-certificate': False, 'days': 30, 'x509': {'certificate-pinning': False}}]" "parameters are sent as they stand in the plan"
done_testing
