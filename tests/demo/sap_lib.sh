# SPDX-License-Identifier: Apache-2.0
# sap_lib.sh: what the parts of `make demo-sap` (sap_tenant.sh, sap_abap.sh, sap_keys.sh) share: headings, and
# "was it there exactly once". A part ends with `finish_part`: 0 only where everything that was expected is so.
. "$(dirname "${BASH_SOURCE[0]}")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
failed=0
headline() { printf '\n%s\n%s\n' "$1" "${1//?/=}"; }
expect() { # GOT WANTED WHAT
  if [[ $1 == "$2" ]]; then echo "  yes  $3"; else echo "  NO   $3: $1, not $2"; failed=1; fi
}
tell_of_run() { # ID: every step, and the writes that the twin saw, with the faults it played
  headline "The run, step by step"
  "$RENEW" status "$1"
  headline "What the other side saw"
  ask_twin log '.[] | select(.method != "GET" and .method != "HEAD") | "  \(.n)\t\(.method) \(.path)\(if .fault == "" then "" else "   <- \(.fault)" end)"'
}
expect_journal() { # ID
  run "$RENEW" journal "$1" --verify
  expect "$status" 0 "the journal verifies"
}
finish_part() { exit "$failed"; }
