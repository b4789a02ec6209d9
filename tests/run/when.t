#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: W0817 E1104
# Freezes, and windows by a rule and by a calendar file, at run time: outside of them the run waits (5)
# or is refused (6), inside it runs to its end. A plan file whose window has moved is told.
. "$(dirname "$0")/../tap/lib.sh"
today=$(date -u +%F)
tomorrow=$(date -u -d "$today + 1 day" +%F)
hour=$(date -u +%-H)

landscape() { # NAME DECLARATION KEY: a landscape whose plan has that declaration and key
  land=$TMP/$1
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf XDG_STATE_HOME=$land.state
  sed -i "/^ *needs sign-off/d; s/^  policy overlap/&\n  $3/" reference.renew
  printf '\n%s\n' "$2" >>reference.renew
}
at() { # HOURS from now, as HH:00
  printf '%02d:00' $(((hour + $1 + 24) % 24))
}

landscape frozen "freeze year-end {
  zone \"UTC\"
  from $today until $tomorrow
}" ""
run "$RENEW" run reference.renew
exits 6 "a freeze that holds refuses the run"
like "$err" 'error\[E1104\].*freeze `year-end` holds until' "it names the freeze and its end"
like "$err" 'it can begin [0-9-]+ 00:00' "and when the run can go on"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
run "$RENEW" plan reference.renew
exits 0 "the dry run goes on behind the freeze"
sed -i "s/from $today until $tomorrow/from 2020-01-01 until 2020-01-02/" reference.renew
run "$RENEW" resume "$id"
exits 6 "a run keeps the freeze that its plan file holds"

landscape later "window night {
  zone \"UTC\"
  rrule \"FREQ=DAILY\" from $(at 3) until $(at 5)
}" "during night"
run "$RENEW" run reference.renew
exits 5 "a window by a rule is waited for"
like "$out$err" "window .night. opens [0-9-]+ $(at 3)" "it says when it opens"

landscape open "window night {
  zone \"UTC\"
  rrule \"FREQ=DAILY\" from $(at -2) until $(at 5)
}" "during night"
run "$RENEW" run reference.renew
exits 0 "a window by a rule that is open now lets the run through"

# ---- starts on ----
landscape start "" "starts on $tomorrow"
run "$RENEW" run reference.renew
exits 5 "before the day that the plan starts on, a run waits"
like "$out$err" "the plan starts on $tomorrow 00:00" "it says until when"
unlike "$out" " ok " "and nothing is done before"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
is "$("$RENEW" status "$id" --json | jq -r '[.steps[] | select(.status == "waiting")["waits-for"]] | unique | join(" ")')" \
  "date" "status says for what"
landscape started "" "starts on $today"
run "$RENEW" run reference.renew
exits 0 "from that day on it runs"

event() { # START-OFFSET-HOURS
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:n@acme\r\nDTSTART:%sZ\r\nDURATION:PT4H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' \
    "$(date -u -d "$1 hours" +%Y%m%dT%H0000)"
}
landscape file "window night {
  zone \"UTC\"
  file \"nights.ics\"
}" "during night"
event "+5" >nights.ics
run "$RENEW" run reference.renew
exits 5 "a window of a calendar file is waited for"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
rm nights.ics
run "$RENEW" resume "$id"
exits 5 "the run does not need the file any more"
run "$RENEW" cancel "$id" --because "the other window"
event "-1" >nights.ics
run "$RENEW" run reference.renew
exits 0 "a window of a calendar file that is open now lets the run through"

landscape moved "window night {
  zone \"Europe/Berlin\"
  at $(TZ=Europe/Berlin date -d '-1 hour' +%Y-%m-%dT%H:00) for 9h
}" "during night"
"$RENEW" plan reference.renew -o plan.rplan >/dev/null
python3 - plan.rplan <<'PY'
import hashlib, re, sys
document = open(sys.argv[1], 'rb').read().split(b'\n')[0]
found = re.search(rb'"(\d{4}-\d\d-\d\d)T(\d\d):00Z"', document)
other = b'"%sT%02d:30Z"' % (found.group(1), int(found.group(2)))
document = document.replace(found.group(0), other) + b'\n'
open(sys.argv[1], 'wb').write(document + b'sha256 ' + hashlib.sha256(document).hexdigest().encode() + b'\n')
PY
digest=$(tail -n 1 plan.rplan | cut -d' ' -f2)
run "$RENEW" run plan.rplan --digest "$digest"
exits 0 "a window that begins at another instant than was planned does not stop the run"
like "$err" 'warning\[W0817\].*window `night` begins at another instant' "W0817 says so"
like "$err" 'compiled: .*:30 ' "with the instant of then"
cd "$TMP" || exit 1
done_testing
