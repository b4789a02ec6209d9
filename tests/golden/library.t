#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plans/library: what library.py writes lies there, formatted; each plan is proven without a finding, each
# scenario is green, each has its picture, and no order of a plan is decoration: without one of its steps
# that somebody is told by, or that makes one acceptable, the plan is refused.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
library=plans/library
mkdir "$TMP/made"
python3 -B $library/library.py "$TMP/made"
is "$(diff -r "$TMP/made" $library | grep -vE '^Only in plans/library: (library\.py|landscape\.renew|pictures|__pycache__)$')" "" \
  "the folder holds what library.py writes (make library)"
mapfile -t plans < <(printf '%s\n' $library/u*.renew | grep -v '\.test\.renew$')
[[ ${#plans[@]} -ge 60 ]]
ok $? "${#plans[@]} plans, at least 60"
run "$RENEW" fmt --check $library/*.renew
exits 0 "all of them are formatted"
run "$RENEW" check --deny warnings --format plain $library/*.renew
exits 0 "each is proven, without a warning"
unlike "$err" "W[0-9]|E[0-9]" "and without a finding"
run "$RENEW" test $library/*.test.renew
exits 0 "each scenario is green"
is "$(grep -c '^ok' <<<"$out")" "$(cat $library/*.test.renew | grep -c '^scenario ')" "all scenarios were played"
bad=""
for plan in "${plans[@]}"; do
  "$RENEW" graph "$plan" --as svg -o "$TMP/picture.svg" &&
    cmp -s "$TMP/picture.svg" "$library/pictures/$(basename "$plan" .renew).svg" || bad+="$(basename "$plan") "
done
is "$bad" "" "each picture is what renew graph draws (make library)"
grep -L 'CC BY 4.0\|No page of SAP Help' "${plans[@]}" >"$TMP/unnamed"
is "$(cat "$TMP/unnamed")" "" "each says where its sequence is from"

# Without the step that makes the new one acceptable no plan may pass.
cp $library/landscape.renew "$TMP/"
passed=""
count=0
for plan in "${plans[@]}"; do
  for label in accept-both add accept-new import-root authorize decrypt-both; do
    grep -qE "^ *$label: " "$plan" || continue
    sed -E "/^ *$label: /d" "$plan" >"$TMP/mutant.renew"
    count=$((count + 1))
    "$RENEW" check "$TMP/mutant.renew" >/dev/null 2>&1 && passed+="$(basename "$plan"):$label "
  done
done
is "$passed" "" "$count plans without the step that makes the new one acceptable: each is refused"
done_testing
