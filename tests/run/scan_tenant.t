#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew scan --flows TENANT --of PLAN: the flows of a tenant, against its twin: the same answer as for the
# files, what cannot be read is told, and nothing is changed.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
python3 -B "$ROOT/tests/golden/make_flows.py" "$TMP/f"
twin_start
tenant_land overlap
put() { # PACKAGE ID FILE
  tell_twin bundle "$(jq -cn --arg p "$1" --arg i "$2" --arg z "$(base64 -w0 "$3")" '{package: $p, id: $i, zip: $z}')"
}
put Orders com.example.shop "$TMP/f/made/bundle.zip"
put "Other.Package" second "$TMP/f/made/bundle.zip"
uses() { jq -c '[.flows[0].uses[] | del(.line)] | sort'; }
run "$RENEW" scan --flows acme-prod --of overlap.renew --json
exits 0 "a tenant of a plan"
is "$(jq -r '[.flows[].path] | join(" ")' <<<"$out")" \
  "acme-prod:Orders/com.example.shop!src/main/resources/scenarioflows/integrationflow/Shop flow.iflw acme-prod:Other.Package/second!src/main/resources/scenarioflows/integrationflow/Shop flow.iflw" \
  "each flow by its package"
is "$(uses <<<"$out")" "$("$RENEW" scan --flows "$TMP/f/made/bundle.zip" --json 2>/dev/null | uses)" \
  "the same uses as in the exported bundle"
is "$(ask_twin state '.effects | length')" 0 "nothing was changed"
run "$RENEW" scan --flows acme-prod --of overlap.renew --alias shop-prod
like "$out" "2 of 2 flows may use the key pair .shop-prod." "what to restart"
put Broken broken "$TMP/f/hostile/broken.zip"
run "$RENEW" scan --flows acme-prod --of overlap.renew --json
exits 3 "one bundle is damaged"
like "$err" "E0933.*acme-prod:Broken/broken is no zip archive" "it is told"
is "$(jq '.flows | length' <<<"$out")" 2 "the others are read"
for mode in 403 401 html doctype deep-json; do
  tell_twin clear
  tell_twin fault "{\"match\":\"IntegrationPackages\",\"mode\":\"$mode\",\"times\":-1}"
  run timeout 60 "$RENEW" scan --flows acme-prod --of overlap.renew
  exits 8 "the tenant answers with $mode"
  like "$err" "renew: " "and it is told"
done
like "$("$RENEW" scan --flows elsewhere --of overlap.renew 2>&1)" "has no tenant .elsewhere." "no such tenant"
twin_stop
done_testing
