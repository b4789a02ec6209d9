#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plans of kinds that the samples do not have, each right and then wrong in one subtle way: check refuses
# the wrong ones, and no other, on the right line; the explicit search agrees (adversary.py).
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
explore=$(dirname "$RENEW")/tests/explore
[[ -x $explore ]] || skip_all "tests/explore is not built: make unit"
exec python3 -B tests/prove/adversary.py "$RENEW" "$explore"
