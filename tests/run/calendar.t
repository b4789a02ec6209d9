#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew calendar`: what is next, local and UTC, and its iCalendar file, which another library reads to
# the same instants, ten times there and back again.
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" && touch renew.conf || exit 1
now=2027-01-15T12:00Z

plan() { # NAME WINDOW-KEYS [MORE]: a file with one plan and its window
  cat <<PLAN
renew 1

role admin "Administrator" {
  reach by console
}

keystore store {
  kind manual
  owner admin
}

ca corporate {
  protocol manual
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  signed by corporate
}

window night {
  $2
}

${3:-}
plan $1 "Renewal" {
  renews client
  policy overlap
  during night

  exchange: admin replaces client.old with client.new in store keeping alias
}
PLAN
}
plan a 'zone "Europe/Berlin"
  every saturday from 22:00 until 02:00' 'freeze february {
  zone "Europe/Berlin"
  from 2027-02-01 until 2027-02-28
}
' >a.renew
run "$RENEW" calendar --at $now a.renew
exits 0 "renew calendar"
like "$out" '2027-01-16 22:00 CET \(21:00 UTC\) +window +night +until 2027-01-17 02:00 CET \(01:00 UTC\)' \
  "the next opening, local and UTC"
like "$out" '2027-02-01 00:00 CET .* freeze +february +until 2027-03-01 00:00 CET' "the next freeze"
run "$RENEW" calendar --at $now --days 30 a.renew
like "$out" '2027-02-06 22:00 CET .* frozen by february' "an opening that a freeze takes is marked"
run "$RENEW" calendar --at $now --tz Asia/Kolkata a.renew
like "$out" '2027-01-17 02:30 IST' "--tz shows another zone"
run "$RENEW" calendar --tz Europe/Berlni a.renew
exits 2 "an unknown zone is a mistake of usage"
like "$err" 'did you mean .Europe/Berlin.' "and is guessed"
run "$RENEW" calendar --days 0 a.renew
exits 2 "no day is no number of days"
run "$RENEW" calendar --at $now --ics "$TMP/no/such/folder.ics" a.renew
exits 3 "a file that cannot be written"

"$RENEW" calendar --at $now --days 30 --ics a.ics a.renew >/dev/null
is "$(grep -vc $'\r$' a.ics)" 0 "every line ends with CR LF"
is "$(awk '{ sub(/\r$/, ""); if (length($0) > 75) n++ } END { print n + 0 }' a.ics)" 0 "no line is longer than 75 octets"
like "$(cat a.ics)" 'DTSTART:19700329T020000' "the observances of a zone begin in 1970"
unlike "$(cat a.ics)" 'RDATE' "and are rules"
cp a.ics before.ics
"$RENEW" calendar --at $now --days 30 --ics a.ics a.renew >/dev/null
is "$(cat a.ics)" "$(cat before.ics)" "the same again: the same file"
sed -i 's/until 02:00/until 03:00/' a.renew
"$RENEW" calendar --at $now --days 30 --ics a.ics a.renew >/dev/null
like "$(cat a.ics)" 'SEQUENCE:1' "what moved has a higher SEQUENCE"

if ! /usr/bin/python3 -c 'import icalendar' 2>/dev/null; then
  echo "# skipped: the round trips need python3-icalendar"
  done_testing
  exit
fi
openings() { # FILE: start and end of every opening in UTC, by renew
  "$RENEW" calendar --at $now --days 400 --json "$1" 2>/dev/null |
    jq -r '.items[] | select(.kind == "window") | .start + " " + .end'
}
round=0
while IFS='|' read -r keys; do
  round=$((round + 1))
  plan "r$round" "$(printf '%b' "$keys")" >"r$round.renew"
  openings "r$round.renew" >one
  "$RENEW" calendar --at $now --days 400 --ics "r$round.ics" "r$round.renew" >/dev/null
  /usr/bin/python3 - "r$round.ics" "again$round.ics" >two <<'PY'
import sys, datetime, icalendar
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
for event in calendar.walk('VEVENT'):
    ends = [event[key].dt.astimezone(datetime.timezone.utc) for key in ('DTSTART', 'DTEND')]
    print(*(end.strftime('%Y-%m-%dT%H:%M:%SZ') for end in ends))
open(sys.argv[2], 'wb').write(calendar.to_ical())
PY
  is "$(cat two)" "$(cat one)" "round $round: another library reads the same $(wc -l <one) openings"
  plan "again$round" "zone \"UTC\"
  file \"again$round.ics\"" >"again$round.renew"
  is "$(openings "again$round.renew")" "$(cat one)" "round $round: and renew what that library wrote"
done <<'ROUNDS'
zone "Europe/Berlin"\n  every saturday from 22:00 until 02:00
zone "America/New_York"\n  every sunday from 04:00 until 06:00
zone "Asia/Kolkata"\n  every monday from 00:30 until 02:00
zone "Australia/Lord_Howe"\n  every sunday from 05:00 until 07:00
zone "UTC"\n  every friday from 23:00 until 01:00
zone "Europe/Berlin"\n  at 2027-10-31T01:30 for 4h
zone "America/St_Johns"\n  rrule "FREQ=MONTHLY;BYDAY=2SA" from 22:00 until 02:00
zone "Pacific/Chatham"\n  rrule "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA" from 22:00 until 02:00 starting 2027-01-02
zone "Africa/Casablanca"\n  rrule "FREQ=MONTHLY;BYMONTHDAY=-1" from 20:00 until 23:00
zone "America/Santiago"\n  rrule "FREQ=YEARLY;BYMONTH=1,4,7,10;BYDAY=1SU" from 05:00 until 09:00
ROUNDS
# A file may hold several calendars, one behind the other (RFC 5545, 3.4).
for day in 0306 0406; do
  printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//x//y//EN BEGIN:VEVENT "UID:$day@x" DTSTAMP:20260101T000000Z \
    "DTSTART:2027${day}T210000Z" DURATION:PT4H SUMMARY:night END:VEVENT END:VCALENDAR
done >both.ics
plan both 'zone "Europe/Berlin"
  file "both.ics"' >both.renew
run "$RENEW" calendar --at $now --days 200 both.renew
is "$(grep -c ' window ' <<<"$out")" 2 "the events of both calendars of a file are windows"
like "$out" '2027-04-06 23:00 CEST' "the second one's, too"
done_testing
