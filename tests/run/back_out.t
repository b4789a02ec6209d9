#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1133
# A downtime and the end of its window: what would leave no time for the way back is not begun by itself, a
# person is asked; a downtime that no longer fits does not begin; and where the window closed in the middle,
# what heals goes on, by the state of the world and not by its verb, and what does not is told as an error.
. "$(dirname "$0")/../tap/lib.sh"
begin() { # NAME AGO LENGTH [SED]: a run that has its agreement, in a window that began AGO seconds ago
  land=$TMP/$1 XDG_STATE_HOME=$TMP/$1.state
  export XDG_STATE_HOME
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference-downtime.renew >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
  now=$(date -u +%s)
  start=$((now - now % 60 - $2))
  sed -i "s/at start for 90m/at start for $((now - start + $3))s/; ${4:-}" reference-downtime.renew
  "$RENEW" run reference-downtime.renew --set start="$(date -u -d "@$start" +%Y-%m-%dT%H:%M)" >/dev/null 2>"$TMP/begin"
  id=$("$RENEW" status | head -1 | cut -d' ' -f1)
  for role in tenant-admin receiver-admin; do "$RENEW" sign "$id" agree --as-role $role >/dev/null; done
}
limits='s/stops orders on node/& within 1m/; s/keeping alias/& within 1m/; s/client.new on receiver/& within 4m/; s/starts orders on node/& within 1m/'
slot() { cat "$land/receiver/pins.sha256"; }

begin late 0 540 "$limits"
before=$(slot)
run "$RENEW" resume "$id"
exits 9 "the receiver's exchange is held back: with 9 minutes left, 4 and a way back of 6 do not fit"
like "$err" 'error\[E1133\]: `exchange-receiver` is held back: begun now, it may be too late to back out' "E1133 names the step"
like "$err" 'note: [78]m[0-9]+s left in the window; the step may take 4m, and the way back behind it 6m' "and the time"
like "$err" 'note: from here to the end of the last start it may take 5m' "and how long it takes to go on"
like "$err" "help: .*renew decide $id exchange-receiver yes --because" "how to go on"
like "$err" "help: to go back: put client.old back into tenant-keystore; start orders on node-a, node-b; then: renew cancel $id" "how to go back"
is "$(slot)" "$before" "nothing was exchanged"
run "$RENEW" status "$id"
like "$out" 'waiting: question +exchange-receiver' "status says that it is a question"
run "$RENEW" tasks
like "$out" 'question: begin `exchange-receiver`, although it may be too late to back out\?' "tasks asks it"
run "$RENEW" decide "$id" exchange-receiver no --because "not tonight"
exits 0 "a person says no"
run "$RENEW" resume "$id"
exits 9 "so it is not begun"
is "$(slot)" "$before" "and the receiver is as it was"
run "$RENEW" decide "$id" exchange-receiver yes --because "the vendor is on the phone"
run "$RENEW" resume "$id"
exits 0 "a yes goes on, and the rest is done"
unlike "$(slot)" "^$before\$" "the receiver has the new one"
run "$RENEW" journal "$id" --export "$TMP/journal"
grep -q 'vendor is on the phone' "$TMP/journal"
ok $? "the reason is in the journal"
cd "$TMP" || exit 1

begin short 300 240 "$limits"
run "$RENEW" resume "$id"
exits 6 "4 minutes are left and the downtime may take 7: it does not begin"
like "$err" 'error\[E1104\]: `stop\[node-[ab]\]` cannot begin' "E1104 names the stop"
like "$(cat nodes/node-a)" '^[0-9a-f]{64}$' "nothing was stopped"
cd "$TMP" || exit 1

open_s=20
begin closed 0 $open_s 's/^  exchange: .*/& {\n    needs sign-off\n  }/; s/^  exchange-receiver: .*/& {\n    needs sign-off\n  }/'
run "$RENEW" resume "$id"
exits 5 "the flow is stopped; the exchange waits for its approval"
begun=$id closed_land=$land closed_state=$XDG_STATE_HOME closed_now=$now
begin healing 0 $open_s 's/^  exchange-receiver: .*/& {\n    needs sign-off\n  }/'
run "$RENEW" resume "$id"
exits 5 "another one: the pair is exchanged, the receiver's exchange waits"
while (($(date -u +%s) <= now + open_s || $(date -u +%s) <= closed_now + open_s)); do sleep 0.2; done
"$RENEW" sign "$id" exchange-receiver >/dev/null
run "$RENEW" resume "$id"
exits 0 "the window is over: what lets the flow start again is not held back"
like "$err" 'warning\[W1113\]: `exchange-receiver` runs outside the window: it heals' "W1113 says so of the receiver's exchange"
like "$err" 'warning\[W1113\]: `start\[node-a\]`' "and of the start"

cd "$closed_land" || exit 1
export XDG_STATE_HOME=$closed_state RENEW_CONFIG=$closed_land.conf/renew.conf
"$RENEW" sign "$begun" exchange >/dev/null
pair=$(sha256sum <keystore/client.pem)
run "$RENEW" resume "$begun"
exits 9 "the window is over and nothing is exchanged yet: that breaks more than it heals"
like "$err" 'error\[E1133\]: the window closed in the middle of the downtime: `exchange` may not begin, and what was stopped stays so' "E1133 says that the flow is down"
like "$err" 'help: to go back: start orders on node-a, node-b; then: renew cancel' "and how to bring it up"
is "$(sha256sum <keystore/client.pem)" "$pair" "nothing was exchanged"
cd "$TMP" || exit 1
done_testing
