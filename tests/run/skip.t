#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1124
# Leaving a step out takes its effect away from all that comes behind it: the guard is asked before, and
# refuses with the way to what would break; what is harmless goes.
. "$(dirname "$0")/../tap/lib.sh"
begin() { # NAME PLAN [WORDS OTHERS]: a run that waits for its first approval
  land=$TMP/$1 XDG_STATE_HOME=$TMP/$1.state
  export XDG_STATE_HOME
  python3 "$ROOT/tests/crash/landscape.py" "$land" "$2" >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
  sed -i "${3:-}" "$2"
  "$RENEW" run "$2" "${@:4}" >/dev/null
  id=$("$RENEW" status | head -1 | cut -d' ' -f1)
}

begin overlap reference.renew
run "$RENEW" skip "$id" exchange --because "no time"
exits 7 "the exchange is not left out: the old one would be removed while it is in use"
like "$err" 'error\[E1124\]: `exchange` is not left out: without it, when `remove-old` is done, `orders` on node-[ab] may show `client.old` while `receiver` does not accept it' "step, caller, certificate and receiver are named"
like "$err" 'note: the way there: `restart\[node-a\]`, `restart\[node-b\]`, `remove-old`' "and the way there"
like "$err" "help: .*renew retry $id exchange.*renew cancel $id" "and what to do instead"
run "$RENEW" status "$id"
like "$out" 'waiting: approval +exchange' "nothing was recorded"
run "$RENEW" skip "$id" 'restart[node-a]' --because "no time"
exits 7 "nor is one node's restart"
like "$err" 'E1124.*`orders` on node-a may show `client.old`' "the node is named"
run "$RENEW" skip "$id" report-switched --because "told by phone"
exits 0 "a message takes another way"
run "$RENEW" skip "$id" remove-old --because "next week"
exits 0 "the removal is left out: the old one stays accepted, nobody is refused"
run "$RENEW" skip "$id" 'restart[node-a]' --because "no time"
like "$err" 'E1124.*when `remove-old-root` is done, `orders` on node-a may show `client.old` while `receiver` does not trust its root' "roots count as well"
"$RENEW" skip "$id" remove-old-root --because "next week" >/dev/null
run "$RENEW" skip "$id" 'restart[node-a]' --because "no time"
exits 7 "even so the restart is not"
like "$err" 'E1124.*`orders` on node-a may go on showing `client.old`, which nobody accepts once it has expired' "because of the day on which the old one expires"
"$RENEW" sign "$id" exchange >/dev/null
run "$RENEW" resume "$id"
exits 0 "the rest is done"
run "$RENEW" journal "$id" --verify
exits 0 "the journal holds"
cd "$TMP" || exit 1

start=$(date -u -d '-5 minutes' +%Y-%m-%dT%H:%M)
begin downtime reference-downtime.renew 's/^    start: .*/& {\n      needs sign-off\n    }/' --set start="$start"
for role in tenant-admin receiver-admin; do "$RENEW" sign "$id" agree --as-role $role >/dev/null; done
"$RENEW" resume "$id" >/dev/null
run "$RENEW" skip "$id" 'start[node-b]' --because "late"
exits 7 "what is stopped is started again"
like "$err" 'E1124.*`start\[node-b\]` is not left out: without it `orders` on node-b stays stopped' "E1124 says what stays stopped"
cd "$TMP" || exit 1
done_testing
