#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/FIRST-TEN-MINUTES.md is true: its commands are typed, its answers come. On a machine without
# python3 it cannot be typed here.
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo "1..0 # SKIP no python3 to type with"; exit 0; }
exec python3 -B "$ROOT/tests/run/first_ten_minutes.py" "$ROOT/docs/FIRST-TEN-MINUTES.md" "${RENEW:-$ROOT/build/renew}"
