#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes tests/golden/expect anew (make golden). Look at the diff: it is part of the change.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 NO_COLOR=1
RENEW=${RENEW:-build/renew}
. tests/golden/views.sh
golden_views | while IFS='|' read -r file arguments; do
  # shellcheck disable=SC2086
  "$RENEW" $arguments >"tests/golden/expect/$file" || [[ $file == *refused* ]]
done
for plan in overlap downtime; do
  # shellcheck disable=SC2046
  "$RENEW" plan -q "plans/$plan.renew" $(golden_values $plan) -o "tests/golden/expect/$plan.rplan" >/dev/null
done
git --no-pager diff --stat -- tests/golden/expect 2>/dev/null || true
make library
