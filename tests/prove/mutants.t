#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The seeds' plans with one mistake each: what the checker says is what mutants.expect holds (UPDATE=1
# writes it), and who survives has a reason in survivors.txt, and nobody else has one.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
python3 -B tests/prove/mutants.py "$RENEW" plans >"$TMP/got"
ok $? "the mutants are made"
[[ -n ${UPDATE:-} ]] && cp "$TMP/got" tests/prove/mutants.expect
is "$(cat "$TMP/got")" "$(cat tests/prove/mutants.expect)" "each mutant is told what it was told"
is "$(sed -n 's/: survives$//p' "$TMP/got" | sort)" \
  "$(sed -n 's/^\([a-z].*\) | .*/\1/p' tests/prove/survivors.txt | sort)" "who survives has a reason"
killed=$(grep -vc ': survives$' "$TMP/got")
ok "$([[ $killed -ge 70 ]]; echo $?)" "$killed of $(wc -l <"$TMP/got") are refused or warned of"
for message in report-accepted ask-restart report-restarted report-switched; do
  like "$(grep "^overlap without $message:" "$TMP/got")" 'E060[12]' "overlap without $message is refused"
done
done_testing
