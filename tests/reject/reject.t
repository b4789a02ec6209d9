#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every rejected plan: exactly the findings that its .expect file holds, as `renew check --format
# plain` prints them at one fixed instant. CODE[-words].renew is compared with CODE[-words].expect, CODE[-words]/main.renew
# with CODE[-words]/expect. And every code has a case here, or a test that names it in a line
# `# redproof: CODE` (codes that appear only while something runs).
# `UPDATE=1 tests/reject/reject.t` writes the .expect files; the diff is part of the change.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT/tests/reject" || exit 1

expect_of() { # CASE
  if [[ $1 == */main.renew ]]; then echo "${1%/main.renew}/expect"; else echo "${1%.renew}.expect"; fi
}
for case in [EWS][0-9]*.renew [EWS][0-9]*/main.renew; do
  [[ -f $case ]] || continue
  expect=$(expect_of "$case")
  got=$("$RENEW" check --at 2027-01-15T12:00Z --format plain "$case" 2>&1 </dev/null)
  status=$?
  [[ -n ${UPDATE:-} ]] && printf '%s\n' "$got" >"$expect"
  is "$got" "$(cat "$expect")" "$case"
  code=${case:0:5}
  like "$got" "\[$code\]" "$case is about $code"
  wanted=0
  grep -q 'error\[' "$expect" && wanted=1
  is "$status" "$wanted" "$case: exit $wanted"
done

for code in $(sed -n 's/^DIAG(\([A-Z][0-9]*\),.*/\1/p' "$ROOT/compiler/base/diag_codes.def"); do
  compgen -G "$code*.expect" >/dev/null || compgen -G "$code*/expect" >/dev/null ||
    grep -qE "^# redproof:.*\b$code\b" "$ROOT"/tests/*/*.t
  ok $? "$code has a test"
done
done_testing
