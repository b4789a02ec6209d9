#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Twenty points of the kill campaign, the same in each run (`make crash` makes 200, others each time).
. "$(dirname "$0")/../tap/lib.sh"
run env CRASH_POINTS=20 CRASH_SEED="${CRASH_SEED:-1}" RENEW="$RENEW" "$ROOT/tests/crash/crash.sh"
sed 's/^/# /' <<<"$out"
exits 0 "20 kills, no violation"
like "$out" 'crash points=20 kills=20 .*violations=0 seed=' "all points were hit"
done_testing
