#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The seeds' plans with one mistake each (mutants.py): what the checker says is what mutants.expect holds
# (UPDATE=1 writes it). Who survives is equivalent: the explicit search finds the same states and the same
# end, or states that differ only in what a receiver would say to somebody who does not call. And no
# mutant from which the search reaches a bad state passes.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
explore=$(dirname "$RENEW")/tests/explore
[[ -x $explore ]] || skip_all "tests/explore is not built: make unit"
python3 -B tests/prove/mutants.py "$RENEW" "$explore" plans >"$TMP/got"
ok $? "the mutants are made"
[[ -n ${UPDATE:-} ]] && cp "$TMP/got" tests/prove/mutants.expect
is "$(cat "$TMP/got")" "$(cat tests/prove/mutants.expect)" "each mutant is told what it was told"
is "$(grep -E 'missed|undecided' "$TMP/got")" "" "no bad state that the search reaches is missed"
is "$(grep 'differs' "$TMP/got")" "" "who survives is equivalent by the search"
total=$(wc -l <"$TMP/got")
alike=$(grep -c ': same-' "$TMP/got")
ok "$([[ $total -ge 350 && $alike -le 60 ]]; echo $?)" "$((total - alike)) of $total are told, $alike are equivalent"
sed -n 's/\(.*\): \(same-.*\)/# equivalent (\2): \1/p' "$TMP/got"
for message in report-accepted ask-restart report-restarted report-switched; do
  like "$(grep "^overlap without $message:" "$TMP/got")" 'E060[12]' "overlap without $message is refused"
done
done_testing
