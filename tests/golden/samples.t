#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The sample plans are the language: each of them is checked without an error and without a warning.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

for plan in plans/*.renew plans/org/*.renew; do
  run "$RENEW" check "$plan"
  exits 0 "$plan: exit 0"
  is "$err" "" "$plan: no finding"
  like "$out" ': ok$' "$plan: the summary says so"
  is "$(printf '%s' "$out" | wc -l)" 0 "$plan: one line"
done

run "$RENEW" check plans/lib-overlap.renew
like "$out" '^no plan' "a file of procedures and declarations has no plan, and that is well"
run "$RENEW" check plans/*.renew plans/org/*.renew
exits 0 "all of them at once"
done_testing
