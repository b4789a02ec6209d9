#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plans as people write them whose samples are not ours: two receivers of one certificate, thirty
# stores by table, steps that a row leaves out, keys of the provider, names in other languages. No
# finding is due for any of them: what one of them is told is a false alarm.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT/tests/golden/valid" || exit 1

for plan in *.renew org/*.renew; do
  run "$RENEW" check --at 2026-06-01T00:00Z "$plan"
  is "$status $err" "0 " "$plan: no finding"
  run "$RENEW" fmt --check "$plan"
  exits 0 "$plan: laid out as fmt does"
  [[ $plan == org/* ]] && continue
  like "$out$("$RENEW" check --at 2026-06-01T00:00Z "$plan")" 'steps, .* roles: ok' "$plan: holds a plan"
done
done_testing
