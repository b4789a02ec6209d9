#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Commands of a plan: no shell, no inherited environment, output in files; and after kill -9 of the
# executor the command goes on, is seen by the next one as an orphan, and is not started a second time
# beside it. And what nobody could see to have happened is named before anything is touched.
# redproof: E0727
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || { echo "Bail out! no landscape"; exit 1; }
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf CANARY=sings
on_exit() { touch "$land/go"; }
waits_for() { # COMMAND...: until it succeeds, at most 10 s
  local i
  for i in $(seq 200); do
    "$@" && return 0
    sleep 0.05
  done
  return 1
}
cp commands/restart plain-restart
cat >commands/restart <<SH
#!/bin/sh
echo "\$# \$*" >>$land/log/arguments
env >$land/log/environment
echo "\$\$" >$land/log/pid
echo "what it says"
echo "what it complains about" >&2
while [ ! -e $land/go ]; do sleep 0.05; done
exec $land/plain-restart "\$@"
SH
sed -i 's|"commands/restart ${node}"|"commands/restart ${node} '"'"'two words; touch evil'"'"' $HOME"|' reference.renew
sed -i 's/in orders.nodes {/in orders.nodes, one at a time {/' reference.renew
run "$RENEW" run reference.renew
exits 5 "the run waits for the approval of the exchange"
id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
run "$RENEW" sign "$id" exchange
"$RENEW" resume "$id" >"$TMP/first" 2>&1 </dev/null &
executor=$!
waits_for test -s log/pid
ok $? "the command runs"
orphan=$(cat log/pid)
kill -9 $executor
wait $executor 2>/dev/null
kill -0 "$orphan" 2>/dev/null
ok $? "the command outlives kill -9 of its executor"
"$RENEW" resume "$id" >"$TMP/second" 2>&1 </dev/null &
second=$!
waits_for grep -q 'orphan pid' "$TMP/second"
ok $? "the next executor sees the orphan"
like "$(cat "$TMP/second")" "orphan pid $orphan" "and names its pid"
is "$(wc -l <log/arguments)" 1 "and starts no second one beside it"
touch go
wait $second
waits_for grep -q 'node-b' log/arguments
ok $? "when the orphan is through, the run goes on to the next node"
run "$RENEW" resume "$id"
run "$RENEW" sign "$id" remove-old
run "$RENEW" resume "$id"
exits 0 "the run ends well"
is "$(grep -c node-b log/arguments)" 1 "the second node was restarted once"
like "$(head -1 log/arguments)" '^3 node-a two words; touch evil \$HOME$' "words stay words: nothing is expanded, nothing is executed"
[[ ! -e evil ]]
ok $? "no shell saw the semicolon"
like "$(cat log/environment)" "RENEW_RUN=$id" "the command knows its run"
unlike "$(cat log/environment)" 'CANARY|HOME=' "and nothing of the executor's environment"
logs=$(find "$XDG_STATE_HOME" -path "*/logs/$id/restart*")
like "$(cat $(grep '\.out$' <<<"$logs"))" 'what it says' "standard output is in a file of the state folder"
like "$(cat $(grep '\.err$' <<<"$logs"))" 'what it complains about' "standard error too"

cp "$ROOT/tests/crash/reference.renew" unseen.renew
sed -i '/observed by command/d' unseen.renew
before=$(sha256sum receiver/* keystore/*)
run env XDG_STATE_HOME="$TMP/other" "$RENEW" run unseen.renew
exits 1 "a plan whose reloads nobody can see does not begin"
is "$(grep -c '^error\[E0727\]' <<<"$err")" 2 "E0727 for the reload and for the restarts"
like "$err" 'observed by nginx' "with the lines that would help"
is "$(sha256sum receiver/* keystore/*)" "$before" "and nothing was touched"
done_testing
