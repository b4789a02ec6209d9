#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a run has to do by when: whoever is asked reads the date, the engine warns within the last day and
# behind it, writes it down once, and `status` shows each obligation with its state.
# redproof: W1132
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" || exit 1
plan() { # DEADLINE: a plan that only people do
  cp "$ROOT/tests/reject/people-base.renew" base.renew
  cat >plan.renew <<PLAN
renew 1

import "base.renew"

plan renew-client "Renewal" {
  renews client
  policy overlap
  deadline $1

  create: sender creates client.new
  sign: sender gets client.new signed by corporate
  hand-over: sender gives client.new to receiver
  accept-both: receiver accepts client.old, client.new on server
  report-accepted: receiver tells sender "Both are accepted."
  exchange: sender replaces client.old with client.new in store keeping alias
  ask-restart: sender tells developer "Please restart the flow."
  for each node in orders.nodes {
    restart: developer restarts orders on node within 30m {
      check call of orders on node
    }
  }
}
PLAN
}
run_id() { "$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1; }

plan "$(date -u -d '+12 hours' +%Y-%m-%dT%H:%MZ)"
run "$RENEW" run plan.renew
exits 5 "the run waits for a person"
like "$out$err" 'to begin by 20' "who is asked reads the date"
like "$err" 'W1132.*`create` has to begin by .* in 11h' "within the last day the engine warns"
id=$(run_id)
run "$RENEW" status "$id"
exits 0 "status"
like "$out" 'it has to begin by 20.* in 11h' "status says by when"
like "$out" 'obligation \(due within a day\): restart' "and shows the obligation, and that it is due"
run "$RENEW" resume "$id"
like "$err" 'W1132' "the next process warns again"
is "$("$RENEW" journal "$id" --json | grep -c '"due-soon"')" 1 "but it is written down once"
run "$RENEW" status "$id" --json
like "$out" '"begin-by": *"20' "JSON: the instant"
like "$out" '"obligations": *\[' "JSON: the obligations"
run "$RENEW" cancel "$id" --because "the test is over"

plan "$(date -u -d '-2 hours' +%Y-%m-%dT%H:%MZ)"
run "$RENEW" run plan.renew
like "$err" 'W1132.*`create` had to begin by .* ago' "behind the date it is said, too"

plan "$(date -u -d '+40 days' +%Y-%m-%d)"
id=$(run_id)
run "$RENEW" cancel "$id" --because "the test is over"
run "$RENEW" run plan.renew
unlike "$err" 'W1132' "a date that is far away is nobody's worry"
done_testing
