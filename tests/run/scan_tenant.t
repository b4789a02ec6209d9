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
tell_twin flow '{"id":"com.example.shop","version":"1.2.3","runtime":"1.2.3"}'
tell_twin flow '{"id":"second","version":"1.2.3","runtime":"1.2.2"}'
put Other.Package third "$TMP/f/made/bundle.zip"
run "$RENEW" scan --flows acme-prod --of overlap.renew
like "$out" "com.example.shop 1.2.3.*runs .STARTED." "what runs as it was designed"
like "$out" "second 1.2.3.*what runs is version 1.2.2 .STARTED., and may use other keys" "another version runs"
like "$out" "third 1.2.3.*does not run" "and what does not run"
is "$("$RENEW" scan --flows acme-prod --of overlap.renew --json 2>/dev/null | jq -r '[.flows[] | .id + " " + .runs] | join(", ")')" \
  "com.example.shop 1.2.3, second 1.2.2, third " "the same as JSON"
tell_twin fault '{"match":"IntegrationRuntimeArtifacts","mode":"403","times":-1}'
run "$RENEW" scan --flows acme-prod --of overlap.renew
exits 0 "who may not see what runs sees the rest"
like "$err" "which of them run is not known" "and is told"
unlike "$out" "does not run" "and nothing is claimed"
tell_twin clear
# A script collection is an artifact of its own.
python3 -B - "$TMP/f" "$ROOT/tests/golden" <<'PY'
import sys; sys.path.insert(0, sys.argv[2])
import make_flows as made
made.write(sys.argv[1] + "/scripts.zip", made.zipped({"META-INF/MANIFEST.MF": b"Bundle-SymbolicName: scripts\n",
                                                      "src/main/resources/script/s.groovy": made.SCRIPT}))
PY
tell_twin bundle "$(jq -cn --arg z "$(base64 -w0 "$TMP/f/scripts.zip")" \
  '{package: "Orders", id: "scripts", zip: $z, kind: "ScriptCollectionDesigntimeArtifact"}')"
run "$RENEW" scan --flows acme-prod --of overlap.renew --json
is "$(jq -r '[.flows[] | select(.id == "scripts") | .path] | join(" ")' <<<"$out")" "acme-prod:Orders/scripts!META-INF/MANIFEST.MF" \
  "a script collection is fetched"
is "$(jq '[.flows[] | select(.id == "second") | .uses[] | select((.script // "") | test("of the script collection scripts"))] | length > 0' <<<"$out")" \
  true "and counts for the flows that call it"
tell_twin set '{"hidden":["ScriptCollectionDesigntimeArtifacts"]}'
run "$RENEW" scan --flows acme-prod --of overlap.renew --json
exits 0 "a tenant that has no collections"
is "$(jq -r '[.flows[].id] | join(" ")' <<<"$out")" "com.example.shop second third" "is not asked for them"
tell_twin set '{"hidden":[]}'
put Broken broken "$TMP/f/hostile/broken.zip"
run "$RENEW" scan --flows acme-prod --of overlap.renew --json
exits 3 "one bundle is damaged"
like "$err" "E0933.*acme-prod:Broken/broken is no zip archive" "it is told"
is "$(jq '.flows | length' <<<"$out")" 4 "the others are read"
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
