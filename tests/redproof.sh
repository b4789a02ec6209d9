#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: for every code of diag_codes.def, the program without the emission of that code fails
# that code's test. Needs a build with -DREDPROOF (the variable RENEW_MUTE names the muted code).
# Compile-time codes have cases in tests/reject; codes that appear while something runs are named in a
# test by a line `# redproof: CODE`. Prints one line a code and `redproof codes=N proven=N`.
set -uo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
export RENEW=${RENEW:-$ROOT/build/redproof/renew}
cd "$ROOT" || exit 1
[[ -x $RENEW ]] || { echo "redproof: $RENEW is not there: make redproof builds it" >&2; exit 1; }
only=${ONLY:-}
codes=0 proven=0

case_output() { # CASE: what reject.t compares
  (cd tests/reject && "$RENEW" check --at 2027-01-15T12:00Z --format plain "$1" 2>&1 </dev/null | tr -d '\0')
}
reject_proves() { # CODE CASE: green with the emission, red without
  local expected=tests/reject/${2%.renew}.expect
  [[ $2 == */main.renew ]] && expected=tests/reject/${2%/main.renew}/expect
  [[ -f $expected ]] || return 1
  [[ $(case_output "$2") == "$(cat "$expected")" ]] || return 1
  [[ $(RENEW_MUTE=$1 case_output "$2") != "$(cat "$expected")" ]]
}
for code in $(sed -n 's/^DIAG(\([A-Z][0-9]*\),.*/\1/p' compiler/base/diag_codes.def); do
  [[ -z $only || $only == "$code" ]] || continue
  codes=$((codes + 1))
  how=""
  for file in tests/reject/"$code".renew tests/reject/"$code"-*.renew tests/reject/"$code"*/main.renew; do
    [[ -f $file ]] || continue
    case=${file#tests/reject/}
    reject_proves "$code" "$case" && how=$case && break
  done
  if [[ -z $how ]]; then
    for test in $(grep -lE "^# redproof:.*\b$code\b" tests/*/*.t 2>/dev/null); do
      if prove -Q "$test" >/dev/null 2>&1 && ! RENEW_MUTE=$code prove -Q "$test" >/dev/null 2>&1; then
        how=$test && break
      fi
    done
  fi
  if [[ -n $how ]]; then
    proven=$((proven + 1))
    echo "ok $code $how"
  else
    echo "not ok $code: no test fails without it"
  fi
done
echo "redproof codes=$codes proven=$proven"
[[ $codes == "$proven" ]]
