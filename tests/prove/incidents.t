#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rotations that went wrong in the world, by their row in the list of incidents: the order that did it is
# refused by the code in the file's head, its smallest mend is accepted without a word.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT/tests/prove/incidents" || exit 1
pairs=0
for bad in R*.bad.renew; do
  good=${bad/.bad./.good.}
  code=$(sed -n 's/^# refused: //p' "$bad")
  run "$RENEW" check --format plain "$bad"
  exits 1 "$bad is refused"
  like "$err" "error\[$code\]" "$bad: $code"
  run "$RENEW" check --format plain "$good"
  exits 0 "$good is accepted"
  is "$err" "" "$good: no finding"
  pairs=$((pairs + 1))
done
ok "$([[ $pairs -ge 10 ]]; echo $?)" "$pairs pairs"
done_testing
