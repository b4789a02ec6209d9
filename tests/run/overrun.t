#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: W1113
# The window ends between the exchange and the start: the flow is started without an override, with one
# warning; what enters something new is held back.
. "$(dirname "$0")/../tap/lib.sh"
open_s=20
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference-downtime.renew >/dev/null || exit 1
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf
# a window whose start is a whole minute and whose end is open_s from now; the start waits for a person
now=$(date -u +%s)
start=$((now - now % 60 - 60))
sed -i "s/at start for 90m/at start for $((now + open_s - start))s/; s/^    start: .*/& {\n      needs sign-off\n    }/" reference-downtime.renew
run "$RENEW" run reference-downtime.renew --set start="$(date -u -d "@$start" +%Y-%m-%dT%H:%M)"
exits 5 "the downtime run waits for the agreement"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
for role in tenant-admin receiver-admin; do "$RENEW" sign "$id" agree --as-role $role >/dev/null; done
run "$RENEW" resume "$id"
exits 5 "the flow is stopped, everything exchanged; the start waits for a person"
like "$out" 'wait +start' "for its approval"
while (($(date -u +%s) <= now + open_s)); do sleep 0.2; done
for node in node-a node-b; do "$RENEW" sign "$id" "start[$node]" >/dev/null; done
run "$RENEW" resume "$id"
exits 0 "the window is over, and the flow is started all the same"
like "$err" 'warning\[W1113\].*start' "W1113 says that the window was over"
like "$(cat nodes/node-a)" '^[0-9a-f]{64}$' "the node runs"
cd "$TMP" || exit 1
done_testing
