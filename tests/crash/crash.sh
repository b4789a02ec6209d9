#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The kill campaign: CRASH_POINTS (200) kills, CRASH_SEED repeats one.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/crash/crash.py "${RENEW:-build/renew}" "${CRASH_POINTS:-200}" ${CRASH_SEED:+"$CRASH_SEED"}
