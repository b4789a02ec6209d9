#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The scenarios of the library can fail: each 12th of about 1,100 plans with one step left out or two swapped is
# refused by the check or turns a scenario red. MUTANTS=all: each of them (some minutes).
. "$(dirname "$0")/../tap/lib.sh"
python3 -B "$ROOT/tests/golden/library_mutants.py" "$RENEW" "$ROOT/plans/library" "$TMP/mutants" \
  "$([[ ${MUTANTS-} == all ]] && echo 1 || echo 12)"
