#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every row of docs/REQUIREMENTS.md is cited (SAP-6ec6-13) by code and by a test; nobody cites a row
# that does not exist.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
rows=$(sed -n 's/^| \(SAP-[0-9a-f]*-[0-9]*\) |.*/\1/p' docs/REQUIREMENTS.md)
[[ -n $rows ]]
ok $? "docs/REQUIREMENTS.md has rows"
for row in $rows; do
  code=$(grep -rlwE "$row" grammar compiler runtime plans | head -1)
  test=$(grep -rlwE "$row" tests --include='*.t' --include='*.c' --include='*.sh' --include='*.py' --include='*.renew' | head -1)
  [[ -n $code && -n $test ]]
  ok $? "$row: ${code:-cited by no code}, ${test:-cited by no test}"
done
cited=$(grep -rhoE 'SAP-[0-9a-f]{4}-[0-9]+' grammar compiler runtime plans tests | sort -u)
is "$(comm -13 <(sort -u <<<"$rows") <(echo "$cited"))" "" "every citation names a row"
done_testing
