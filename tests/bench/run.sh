#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every bench of this folder, one after the other: ratios against a peer in the same run. No test.
set -euo pipefail
cd "$(dirname "$0")/../.."
export RENEW=${RENEW:-build/renew}
for bench in tests/bench/*.py; do
  [[ $(basename "$bench") == peer.py ]] && continue # what they share
  echo "== $(basename "$bench" .py)"
  python3 "$bench"
done
for bench in "${BENCH:-build/bench}"/*; do
  [[ -f $bench && -x $bench ]] || continue
  echo "== $(basename "$bench")"
  "$bench" "$(dirname "$bench")"
done
