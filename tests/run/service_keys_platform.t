#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_keys_platform.t: how the answers of real platforms differ: addresses of links, jobs, pages,
# gateways, operations under way, rate limits, names; each with a whole renewal.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
# ---- forms
for shape in relative alias forgets at-once silent polling sparse one-a-page "alias one-a-page sparse polling"; do
  fresh "{\"shape\":\"$shape\"}"
  renewed "answers that are $shape"
done
fresh '{"gateway":3}'
renewed "a gateway that has lost the way three times"

# ---- a gateway's 404 is not the key's
fresh
run "$RENEW" run secret --no-input
id=$(sed -n 's/^secret  run \([^ ]*\).*/\1/p' <<<"$out")
for step in switch switch.check; do
  run "$RENEW" sign "$id" $step --because seen
  run "$RENEW" resume "$id" --no-input
done
twin_set '{"gateway":1000}'
run "$RENEW" sign "$id" delete-old --because seen
run timeout 60 "$RENEW" resume "$id" --no-input
is "$([[ $status == 0 ]] && echo done)" "" "a gateway that answers 404 for good does not end the deletion"
is "$(effects)" "create shop" "and the key is not said to be gone: nothing was deleted"
twin_set '{"gateway":0}'
for again in 1 2 3; do
  [[ $(effects) == *delete* ]] && break
  retry=$(sed -n 's/.*\(renew retry [^ ]* [^ ]*\).*/\1/p' <<<"$err$out" | head -1)
  [[ -z $retry ]] || run "$RENEW" ${retry#renew }
  run "$RENEW" sign "$id" delete-old --because seen
  run "$RENEW" resume "$id" --no-input
done
is "$status $(effects)" "0 create shop delete shop" "once the way is found the key is deleted, once"

# ---- under way
fresh '{"at_work":1}'
run "$RENEW" run secret --no-input
id=$(sed -n 's/^secret  run \([^ ]*\).*/\1/p' <<<"$out")
like "$out$err" "operation in progress" "another operation on the instance: it is said"
is "$(effects)" "create shop" "and waited for; then the key is made, once"
unlike "$out$err" "renew (retry|decide)" "nobody has to decide"
fresh '{"instance_state":"in progress"}'
run "$RENEW" run secret --no-input
like "$out$err" 'at work on the instance `inbound-orders`' "an instance that is not ready"
fresh

# ---- lists that are none: nothing is known, and no second key is made
list="GET /v3/service_credential_bindings.type=key"
while IFS='|' read -r what words body; do
  fresh
  twin_curl "$twin_base/twin/fault" -d "$(jq -n --arg match "$list" --arg body "$body" \
    '{mode: "instead", at: 1, sticky: true, match: $match, body: $body}')" >/dev/null
  run timeout 60 "$RENEW" run secret --no-input
  like "$out$err" "$words" "$what: it is said"
  is "$(effects)" "" "$what: no key is made"
done <<'ROWS'
an object|answered something that is no list|{}
no resources|answered something that is no list|{"pagination":{"total_results":0},"resources":null}
keys without a guid|answered something that is no list|{"pagination":{"total_results":1,"next":null},"resources":[{"guid":1,"name":"x"}]}
pages in a circle|lead round in circles|{"pagination":{"total_results":9,"next":{"href":"/v3/service_credential_bindings?type=key&page=2"}},"resources":[]}
ROWS
# what is no error of version 3 is shown, and not taken for "there is no such thing"
while IFS='|' read -r status_code words body; do
  fresh
  twin_curl "$twin_base/twin/fault" -d "$(jq -n --arg match "$list" --arg body "$body" --argjson status "$status_code" \
    '{mode: "instead", at: 1, sticky: true, match: $match, body: $body, status: $status}')" >/dev/null
  run timeout 60 "$RENEW" run secret --no-input
  like "$out$err" "answered $status_code: $words" "$status_code in other words"
  is "$(effects)" "" "$status_code in other words: no key is made"
done <<'ROWS'
404|CF-NotFound: Unknown request|{"code":10000,"error_code":"CF-NotFound","description":"Unknown request"}
400|invalid_scope: not for you|{"error":"invalid_scope","error_description":"not for you"}
403|CF-NotAuthorized|{"code":10003,"error_code":"CF-NotAuthorized"}
ROWS
twin_curl "$twin_base/twin/fault" -d '{"mode":"none","at":1000000,"sticky":false}' >/dev/null

# ---- limits
for by in Retry-After instant reset; do
  fresh "{\"rate_limit\":8,\"limit_by\":\"$by\"}"
  renewed "429, and when to come again by $by"
done

# ---- names: a filter is split at commas and unescaped once more
fresh
cp plan.renew plan.kept
sed -i 's/organization "acme"/organization "Acme, Inc. 100%+"/' plan.renew
renewed "an organization with a comma, a percent sign and a plus"
sed -i 's/organization "Acme, Inc. 100%+"/organization "ACME"/' plan.renew
fresh
run "$RENEW" run secret --no-input
like "$err" 'sees no organization `ACME`' "SAP-7f84-9: upper and lower case count"
mv plan.kept plan.renew
done_testing
