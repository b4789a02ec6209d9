#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the proof proposes is an edit that holds: `renew fix` moves the step that comes too early, or
# writes the message that is missing, and the plan is then proven.
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" && touch renew.conf || exit 1

fixed() { # NAME CODE
  run "$RENEW" check --format plain "$1.renew"
  exits 1 "$1: refused"
  like "$err" "error\[$2\]" "$1: $2"
  cp "$1.renew" before
  run "$RENEW" fix "$1.renew"
  exits 0 "$1: fixed"
  run "$RENEW" check --format plain "$1.renew"
  exits 0 "$1: proven"
  is "$err" "" "$1: and nothing else is found"
}
for message in report-accepted ask-restart report-restarted report-switched; do
  grep -v "^  $message: " "$ROOT/plans/overlap.renew" >"no-$message.renew"
  code=E0602
  [[ $message == report-accepted ]] && code=E0601
  fixed "no-$message" $code
  is "$(diff before "no-$message.renew" | grep -c '^> .* tells .* "Done: ')" 1 "no-$message: one message is written"
  is "$(diff before "no-$message.renew" | grep -c '^<')" 0 "no-$message: nothing is taken away"
done

python3 - "$ROOT/plans/overlap.renew" >too-early.renew <<'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
block = re.search(r"^  exchange: .*?^  \}\n", text, re.M | re.S).group(0)
text = text.replace(block, "")
print(text.replace("  accept-both: ", block + "  accept-both: ", 1), end="")
PYTHON
run "$RENEW" check too-early.renew
like "$err" 'accept-both: receiver-admin accepts' "the message shows the step that comes too late"
like "$err" 'exchange: tenant-admin replaces' "and the one that comes too early"
like "$err" 'worker-1, worker-2, worker-3 may then present client.new' "and who presents what"
like "$err" 'after 5 of 20 steps \(create, sign, hand-over, hand-over-root, exchange\)' "and the shortest way there"
fixed too-early E0601
diff "$ROOT/plans/overlap.renew" too-early.renew | grep -q .
is "$(grep -n '^  [a-z-]*:' too-early.renew | sed 's/^[0-9]*:  //; s/:.*//' | tr '\n' ' ')" \
  "$(grep -n '^  [a-z-]*:' "$ROOT/plans/overlap.renew" | sed 's/^[0-9]*:  //; s/:.*//' | tr '\n' ' ')" \
  "too-early: the steps stand in the order of the sample again"
done_testing
