#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The plans as people see them, and as a plan file holds them: whole outputs, byte by byte.
# `make golden` rewrites tests/golden/expect.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
. tests/golden/views.sh

while IFS='|' read -r file arguments; do
  # shellcheck disable=SC2086
  run "$RENEW" $arguments
  exits "$([[ $file == *refused* ]]; echo $((1 - $?)))" "renew $arguments"
  is "$out" "$(cat "tests/golden/expect/$file")" "it gives $file"
done < <(golden_views)

for plan in overlap downtime; do
  # shellcheck disable=SC2046
  run "$RENEW" plan "plans/$plan.renew" $(golden_values $plan) -o "$TMP/$plan.rplan"
  exits 0 "renew plan $plan -o"
  cmp "$TMP/$plan.rplan" "tests/golden/expect/$plan.rplan" >&2
  ok $? "the plan file of $plan is the golden one"
  digest=$(tail -1 "$TMP/$plan.rplan" | cut -d' ' -f2)
  like "$out" "plan +$digest" "and its digest is printed"
  is "$(head -1 "$TMP/$plan.rplan" | sha256sum | cut -d' ' -f1)" "$digest" "which is the SHA-256 of its first line"
  for verb in "show" "show --as md" "graph --as svg"; do
    # shellcheck disable=SC2086
    run "$RENEW" $verb "$TMP/$plan.rplan"
    from_file=$out
    # shellcheck disable=SC2046,SC2086
    run "$RENEW" $verb "plans/$plan.renew" $(golden_values $plan)
    is "$from_file" "$out" "renew $verb says the same of the plan file as of the source"
  done
done

# SAP-6ec6-5: text order is the order of the sequence; SAP-6ec6-18: a restart for each node.
run "$RENEW" show plans/overlap.renew
steps=$(sed -n 's/^ *[0-9][0-9]*  \([^ ]*\) .*/\1/p' <<<"$out" | tr '\n' ' ')
like "$steps" "create sign hand-over .*accept-both .*report-accepted exchange ask-restart .*report-restarted report-switched remove-old" \
  "the sequence of the overlap"
for node in worker-1 worker-2 worker-3; do
  like "$steps" "restart\[$node\]" "a restart on $node"
done
if command -v xmllint >/dev/null; then
  xmllint --noout tests/golden/expect/overlap.svg
  ok $? "the picture is well-formed XML"
fi
done_testing
