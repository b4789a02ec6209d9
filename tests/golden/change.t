#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The change ticket: ServiceNow's names, the same words in every form, dates of the next window that no
# freeze takes away, a CSV that other readers take and no spreadsheet executes.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
at='--at 2027-03-01T12:00'

# shellcheck disable=SC2086
"$RENEW" change plans/overlap.renew --as csv $at >"$TMP/c.csv" && "$RENEW" change plans/overlap.renew --as json $at >"$TMP/c.json"
ok $? "both forms"
cat >"$TMP/read.py" <<'PYTHON'
import csv, json, sys
raw = open(sys.argv[1], newline="").read()
rows = list(csv.reader(open(sys.argv[1], newline=""), strict=True))
ticket = json.load(open(sys.argv[2]))
assert ticket.pop("schema") == "renew.change/1"
assert len(rows) == 2 and len(rows[0]) == len(rows[1]), rows
cells = {name: cell.replace("\r\n", "\n") for name, cell in zip(*rows)}
assert cells == ticket, (cells, ticket)
assert raw.count("\n") == raw.count("\r\n"), "a line end that is no CRLF"
known = """number short_description description type priority risk impact category assignment_group assigned_to requested_by
start_date end_date cmdb_ci justification implementation_plan backout_plan test_plan close_code close_notes cab_required""".split()
assert not set(ticket) - set(known), set(ticket) - set(known)
assert all(ticket.values()), "an empty field would overwrite the ticket's"
print(ticket["number"], ticket["start_date"], ticket["end_date"], ticket["implementation_plan"].count("\n") + 1)
PYTHON
run python3 "$TMP/read.py" "$TMP/c.csv" "$TMP/c.json"
is "$out" "CHG0031337 2027-03-06 21:00:00 2027-03-07 01:00:00 20" "another reader of CSV finds what the JSON says${err:+: $err}"

mkdir "$TMP/repo" && cp -R plans/. "$TMP/repo" && cd "$TMP/repo" || exit 1
sed -i 's/^plan renew-client-overlap "[^"]*"/plan renew-client-overlap "=cmd|1"/; s/CHG0031337/@SUM(1)/; s/"Tenant administrator"/"+1 of us"/; s/CN=acme-prod,O/CN=a\\"b,O/' overlap.renew
# shellcheck disable=SC2086
run "$RENEW" change overlap.renew --as csv $at
exits 0 "an author who writes formulas"
like "$out" "\"'@SUM\(1\)\",\"'=cmd\|1\"" "they are text in the CSV"
like "$out" "\"'\+1 of us\"" "every one of them"
cell=$(python3 -c 'import csv,sys; r=list(csv.reader(open(sys.argv[1], newline=""), strict=True)); print([c for c in r[1] if c[:1] in "=+-@\t\r"])' "$TMP/.out")
is "$cell" "[]" "no cell begins like a formula"
# shellcheck disable=SC2086
run "$RENEW" change overlap.renew $at
like "$out" '^# =cmd\\\|1' "in Markdown they stay words"

cp "$ROOT/plans/overlap.renew" . && cat >>overlap.renew <<'PLAN'

freeze quarter-end {
  zone "Europe/Berlin"
  from 2027-03-05 until 2027-03-07
}
PLAN
# shellcheck disable=SC2086
run "$RENEW" change overlap.renew --as json $at
like "$out" '"start_date": "2027-03-13 21:00:00"' "a frozen opening is passed over"
# shellcheck disable=SC2086
run "$RENEW" change downtime.renew --as json $at
exits 0 "a plan whose parameters have no value"
unlike "$out" 'start_date|"number"|\$\{' "has no dates and no number"
like "$err" '--set NAME=VALUE' "and says how to get them"
run "$RENEW" change overlap.renew --as word
exits 2 "an unknown form: exit 2"
run "$RENEW" change nothing.renew
exits 3 "no such file: exit 3"
cd "$TMP" || exit 1
done_testing
