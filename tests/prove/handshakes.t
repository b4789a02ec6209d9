#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The proof against real handshakes: handshakes.py.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
explore=$(dirname "$RENEW")/tests/explore
[[ -x $explore ]] || skip_all "tests/explore is not built: make unit"
exec python3 -B tests/prove/handshakes.py "$RENEW" "$explore" plans
