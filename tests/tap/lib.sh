# SPDX-License-Identifier: Apache-2.0
# lib.sh: the words of a TAP test in bash. A test begins with
#     . "$(dirname "$0")/../tap/lib.sh"
# and ends with `done_testing`. $RENEW is the program under test, $TMP a folder that goes at the end,
# $ROOT the project. A test that leaves early (a command failed under set -e) fails: the plan line is
# printed last.
set -uo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RENEW=${RENEW:-$ROOT/build/renew}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/renew-test.XXXXXX")
export XDG_STATE_HOME=$TMP/state LC_ALL=C.UTF-8 NO_COLOR=1
unset RENEW_CONFIG
tests_run=0
tests_failed=0
tap_cleanup() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null; done
  if declare -F on_exit >/dev/null; then on_exit; fi
  rm -rf "$TMP"
}
trap tap_cleanup EXIT

ok() { # STATUS NAME: STATUS 0 is ok
  tests_run=$((tests_run + 1))
  if [[ $1 == 0 ]]; then
    echo "ok $tests_run - $2"
  else
    echo "not ok $tests_run - $2"
    tests_failed=$((tests_failed + 1))
  fi
}
is() { # GOT EXPECTED NAME
  if [[ $1 == "$2" ]]; then
    ok 0 "$3"
  else
    ok 1 "$3"
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$1") | sed 's/^/#   /'
  fi
}
like() { # GOT REGEX NAME
  if [[ $1 =~ $2 ]]; then
    ok 0 "$3"
  else
    ok 1 "$3"
    printf '%s\n' "got:" "$1" "expected to match: $2" | sed 's/^/#   /'
  fi
}
unlike() { # GOT REGEX NAME
  if [[ $1 =~ $2 ]]; then
    ok 1 "$3"
    printf '%s\n' "got:" "$1" "expected not to match: $2" | sed 's/^/#   /'
  else
    ok 0 "$3"
  fi
}
# noise BYTES: random bytes, the same in each run: what fails once in 300 runs is no test
noise() {
  head -c "$1" /dev/zero | openssl enc -aes-128-ctr -K "$(printf '%032d' 7)" -iv "$(printf '%032d' 0)"
}
# runs COMMAND..., keeps $out, $err, $status
run() {
  "$@" >"$TMP/.out" 2>"$TMP/.err" </dev/null
  status=$?
  out=$(tr -d '\0' <"$TMP/.out")
  err=$(tr -d '\0' <"$TMP/.err")
}
exits() { # EXPECTED NAME: the exit code of the last `run`
  if [[ $status == "$1" ]]; then
    ok 0 "$2"
  else
    ok 1 "$2"
    printf 'exit %s, expected %s\nstdout: %s\nstderr: %s\n' "$status" "$1" "$out" "$err" | sed 's/^/#   /'
  fi
}
skip_all() { # REASON
  echo "1..0 # SKIP $1"
  exit 0
}
done_testing() {
  echo "1..$tests_run"
  [[ $tests_failed == 0 ]]
  exit
}
