#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program itself breaks: exit 3, the words say whose mistake it is, a report lies where they say,
# and the command stands there as a shell takes it back.
# redproof: E0001
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" && touch renew.conf || exit 1
mkfifo input
export TMPDIR=$TMP
"$RENEW" fmt - --log 'a b.log' <input 2>said >/dev/null &
pid=$!
exec 9>input # the program now reads, and nothing comes
for ((i = 0; i < 2000; i++)); do # until it watches for SIGABRT (bit 6)
  caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
  [[ -n $caught ]] && ((16#$caught & 0x20)) && break
  sleep 0.01
done
kill -ABRT "$pid"
wait "$pid" 2>/dev/null
is "$?" 3 "exit 3"
exec 9>&-
like "$(cat said)" 'error\[E0001\]: internal error' "E0001 is said"
like "$(cat said)" 'mistake in renew, not in your plan' "and whose mistake it is"
like "$(cat said)" "see it again: renew fmt - --log 'a b.log'" "the command is there, quoted"
report=$(sed -n 's/.*send the report \([^,]*\),.*/\1/p' said)
[[ -n $report && -s $report ]]
ok $? "the report lies where the message says"
like "$(head -2 "$report")" 'renew fmt -' "and names the command"
is "$(stat -c %a "$report")" 600 "for nobody else to read"
done_testing
