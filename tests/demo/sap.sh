#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The three seed documents' plans, as they stand in plans/, against the twins of the systems they are about: a
# file a document, each a process of its own. Writes build/demo-sap/report.txt. Ends 0 only where each of them
# does, that is, where each effect on a remote system happened exactly once.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
report=$root/build/demo-sap/report.txt
mkdir -p "$(dirname "$report")"
failed=()
for part in tenant abap keys; do
  [[ -x $here/sap_$part.sh ]] || continue
  "$here/sap_$part.sh" || failed+=("$part")
done > >(tee "$report")
wait $!
if [[ ${#failed[@]} == 0 ]]; then last="Each effect was there exactly once. Report: build/demo-sap/report.txt"
else last="NOT as expected: ${failed[*]}. Report: build/demo-sap/report.txt"; fi
printf '\n%s\n' "$last" | tee -a "$report"
[[ ${#failed[@]} == 0 ]]
