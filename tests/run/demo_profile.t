#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --profile demo: a first run without any system: it waits for people, dies, goes on, and can be
# taken for a real run nowhere.
. "$(dirname "$0")/../tap/lib.sh"
mkdir "$TMP/first" && cd "$TMP/first" && touch renew.conf || exit 1
"$RENEW" new --no-input -q || exit 1
says='SIMULATED \(profile demo\)'

run "$RENEW" plan renew-client-overlap --at 2027-03-06T22:05 --profile demo
exits 0 "plan"
like "$out" "^$says" "says first that it is simulated"
like "$out" 'accept-both .*SIMULATED: would ask a person' "what would be asked of whom"
like "$out" 'do +exchange .*SIMULATED: would do' "what would be done"
is "$(grep -cE '^ *[0-9]+/15 ' <<<"$out")" "$(grep -cE '^ *[0-9]+/15 .*SIMULATED' <<<"$out")" "in each line"
[[ ! -e $XDG_STATE_HOME ]]
ok $? "and keeps nothing"
run "$RENEW" plan renew-client-overlap --profile demo --live
exits 2 "--live has nothing to look at"
run "$RENEW" plan renew-client-overlap --profile deno
exits 2 "another profile"
like "$err" 'only `demo`' "is not known"

run "$RENEW" run renew-client-overlap --at 2027-03-06T20:00
exits 2 "a real run acts now"
run "$RENEW" run renew-client-overlap --at 2027-03-06T20:00 --profile demo
exits 5 "a simulated one begins when it is told, and waits for a person"
name=demo-2027-03-06-a
like "$out" "^$says" "the first line says so"
like "$out" "run $name " "its name says so"
like "$out" 'SIMULATED +\(exit 5\)$' "the last line says so"
like "$out" "renew sign $name sign" "and what to type"
[[ ! -e $XDG_STATE_HOME/renew/store.db ]]
ok $? "the store of the real runs is not touched"
run "$RENEW" status
like "$out" 'no run yet' "status knows of no real run"
like "$err" 'renew status --profile demo' "and says where the simulated ones are"
run "$RENEW" tasks
is "$out" "nobody has anything to do" "nor has anybody a real task"
like "$err" 'renew tasks --profile demo' "and so do the tasks"
run "$RENEW" journal "$name" --json
is "$(head -1 <<<"$out" | jq -r .body.kind)" "start" "journal --json holds the records"
is "$out" "$("$RENEW" journal "$name" --export -)" "as the export does"
run "$RENEW" tasks --profile demo
like "$out" "renew sign $name sign" "the demo has a task"
run "$RENEW" sign "$name" sign
exits 0 "its name is enough for sign"
run "$RENEW" resume "$name"
exits 5 "and for resume"
like "$out" 'opens 2027-03-06 22:00 CET' "it waits for the window"
like "$out" "accept-both .*renew sign $name accept-both" "jumps there, and asks the next person"
run "$RENEW" sign "$name" accept-both
exits 0 "who signs"

# Ctrl-C while the steps behind it are under way
"$RENEW" resume "$name" >"$TMP/half" 2>&1 &
pid=$!
for ((i = 0; i < 200; i++)); do grep -q 'ok .*exchange ' "$TMP/half" && break || sleep 0.02; done
kill -INT $pid
wait $pid
is $? 130 "Ctrl-C: 130"
like "$(tail -1 "$TMP/half")" "paused at a safe point.*renew resume $name" "at a safe point"
unlike "$(cat "$TMP/half")" 'report-switched' "before the end"
"$RENEW" resume "$name" >"$TMP/killed" 2>&1 &
pid=$!
for ((i = 0; i < 200; i++)); do grep -q ' ok ' "$TMP/killed" && break || sleep 0.02; done
kill -9 $pid
wait $pid 2>/dev/null
run "$RENEW" resume "$name"
exits 5 "after Ctrl-C and a kill it goes on where it was"
unlike "$out" 'ok +exchange ' "what is done is not done again"
run "$RENEW" sign "$name" remove-old
run "$RENEW" resume "$name"
exits 0 "to its end"
run "$RENEW" journal "$name" --verify
exits 0 "the journal is whole"
run "$RENEW" journal "$name" --export "$TMP/journal"
like "$(head -1 "$TMP/journal")" '"simulated":"yes' "and its first record says that it is no real run"
is "$(grep -c '"kind":"done"' "$TMP/journal")" "$(grep '"kind":"done"' "$TMP/journal" | grep -c SIMULATED)" \
  "as does every step"
facts=$XDG_STATE_HOME/renew/demo/landscapes/$name.json
like "$(cat "$facts")" '"alias tenant-keystore/client": "new"' "the landscape has changed"
like "$(cat "$facts")" '"outages": \[\]' "and was never out of order"

# Nobody reads its lines any more: as with Ctrl-C, not as a kill in the middle of a step.
XDG_STATE_HOME=$TMP/unread "$RENEW" run renew-client-overlap --at 2027-03-06T20:00 --profile demo 2>/dev/null | head -1 >"$TMP/one"
is "${PIPESTATUS[0]}" 130 "a pipe that is closed early: 130"
unlike "$(XDG_STATE_HOME=$TMP/unread "$RENEW" status demo-2027-03-06-a)" ' (intent|acted) ' "no step is left half done"
run env XDG_STATE_HOME="$TMP/unread" "$RENEW" resume demo-2027-03-06-a
exits 5 "and it goes on"

run "$RENEW" run renew-client-overlap --at 2027-03-06T20:00 --profile demo --json
exits 5 "a second run has a landscape of its own"
like "$(sed -n 2p <<<"$out")" '"simulated": ?true' "events as JSON say so too"
name=demo-2027-03-06-b
echo '{"half' >"$XDG_STATE_HOME/renew/demo/landscapes/$name.json"
run "$RENEW" resume "$name"
exits 3 "a damaged landscape: exit 3"
like "$err" 'it is damaged' "and said"
run "$RENEW" resume demo-2027-03-06-zz
exits 3 "an unknown run"
for template in downtime abap-default service-key first-service-key; do
  "$RENEW" new $template -q --no-input -o "$template/plan.renew"
  plan=$(sed -n 's/^plan \([a-z-]*\).*/\1/p' "$template/plan.renew")
  run "$RENEW" plan "$plan" --at 2027-02-01T12:00 --profile demo
  exits 0 "$template: plan"
done
run "$RENEW" run renew-client-downtime --at 2027-03-06T20:00 --profile demo
exits 6 "the alias is reserved, as in a real run"
like "$err" "renew cancel $name" "and by whom"
rm "$XDG_STATE_HOME/renew/demo/landscapes/$name.json"
run "$RENEW" cancel "$name" --because "tried enough"
run "$RENEW" run renew-client-downtime --at 2027-03-06T20:00 --profile demo
exits 5 "downtime: begins"
done_testing
