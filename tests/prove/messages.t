#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every plan in plans/ is proven, and each of its messages is needed, or the explicit search says that
# nothing is other without it (messages.py; those stand in messages.expect, UPDATE=1 writes it). And the two refusals that a
# new user meets first: a message that is missing, and an exchange before the receiver is ready.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
explore=$(dirname "$RENEW")/tests/explore
[[ -x $explore ]] || skip_all "tests/explore is not built: make unit"
python3 -B tests/prove/messages.py "$RENEW" "$explore" plans >"$TMP/got"
ok $? "each message is dropped once"
grep equivalent "$TMP/got" >"$TMP/equivalent"
[[ -n ${UPDATE:-} ]] && cp "$TMP/equivalent" tests/prove/messages.expect
is "$(cat "$TMP/equivalent")" "$(cat tests/prove/messages.expect)" "the messages without which nothing is other"
is "$(grep -c ': proven$' "$TMP/got")" "$(find plans -name '*.renew' ! -name '*.test.renew' -exec grep -lE '^ *[a-z-]+: \S+ (tells|gives) ' {} + | wc -l)" \
  "every file with messages is proven, and the search finds it safe"
is "$(grep -vE ': (proven|refused [EW0-9 ]+|equivalent .*)$' "$TMP/got")" "" "no message is lost without a word"
ok "$([[ $(grep -c ': refused' "$TMP/got") -ge 40 ]]; echo $?)" "$(grep -c ': refused' "$TMP/got") plans without a message are refused"
sed 's/^/# /' "$TMP/equivalent"

# safety.md: `step 8, step 9` while a node may still present the old certificate.
cp -r plans/org "$TMP/" && touch "$TMP/renew.conf" && cd "$TMP" || exit 1
grep -v '^  report-restarted: ' "$ROOT/plans/overlap.renew" >silent.renew
run "$RENEW" check silent.renew
exits 1 "without the word of the integration developer the overlap is refused"
like "$err" 'error\[E0602\]' "as a removal that comes too early"
like "$err" '\(.*exchange, remove-old\) worker-1, worker-2, worker-3 may present client.old' \
  "told as the way there: nothing of a restart in it"
unlike "$err" '\(.*restart\[.*remove-old\)' "no node was restarted on that way"
like "$err" 'integration-dev tells (receiver|tenant)-admin' "with the message that is missing"

# E0601 names node and steps, with both places.
python3 - "$ROOT/plans/overlap.renew" >early.renew <<'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
block = re.search(r"^  exchange: .*?^  \}\n", text, re.M | re.S).group(0)
text = text.replace(block, "")
print(text.replace("  accept-both: ", block + "  accept-both: ", 1), end="")
PYTHON
run "$RENEW" check early.renew
exits 1 "an exchange before the receiver accepts is refused"
exchange=$(grep -n '^  exchange: ' early.renew | cut -d: -f1)
accept=$(grep -n '^  accept-both: ' early.renew | cut -d: -f1)
like "$err" 'error\[E0601\]' "as E0601"
like "$err" "(^|[^0-9])$exchange \|   exchange: " "the place of the exchange"
like "$err" "(^|[^0-9])$accept \|   accept-both: " "the place of the step that comes too late"
like "$err" 'worker-1, worker-2, worker-3' "the nodes"
run "$RENEW" fix early.renew
exits 0 "renew fix mends it"
run "$RENEW" check early.renew
exits 0 "the mended plan compiles"
is "$err" "" "without a word"
done_testing
