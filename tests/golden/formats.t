#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings as documents: each format read by an independent reader (jq, xmllint, python, prove), over all
# rejected plans and over files whose names and texts try to break out of the format.
. "$(dirname "$0")/../tap/lib.sh"
export SOURCE_DATE_EPOCH=1798761600
mkdir -p "$TMP/repo/sub" && cd "$TMP/repo" || exit 1
mkdir .git
cp -R "$ROOT/tests/reject" sub/reject
rm -f sub/reject/reject.t
touch sub/renew.conf

# Names and texts that are commands, markup or ends of strings somewhere.
hostile='sub/hostile ::error::x ,%0A<b>&"'\''|`$(x)#[a](b).renew'
printf 'renew 1\nrole a "]]> </failure> %%0A ::error::boo <script>&amp; | `x` # TODO" {\n  reach by console\n}\nplan p "x" {\n  renews nothing-%s\n}\n' \
  'at-all' >"$hostile"
printf 'renew 1\n\x01\x1b[31m ::set-env name=x::y "\xef\xbf\xbe\xe2\x80\xae" # \xef\xbf\xbf\n' >'sub/controls.renew'
printf '\xff\xfe' >sub/latin.renew
: >sub/empty.renew
newline=$'sub/two\n::error::lines.renew'
printf 'nonsense\n' >"$newline"
latin=$'sub/n\xe4me.renew'
printf 'nonsense\n' >"$latin"
formats="github sarif gitlab junit checkstyle rdjson tap json plain human"
reports=()
for format in $formats; do reports+=(--report "$format=$TMP/$format"); done
mapfile -t cases < <(cd sub && ls reject/[EWS][0-9]*.renew reject/[EWS][0-9]*/main.renew)
files=("${cases[@]}" "${hostile#sub/}" controls.renew latin.renew empty.renew "${newline#sub/}" "${latin#sub/}" gone.renew)
cd sub || exit 1
GITHUB_STEP_SUMMARY=$TMP/summary run "$RENEW" check --format plain --error-limit none "${reports[@]}" "${files[@]}"
exits 3 "check of ${#files[@]} files, one of which is not there"
cp "$TMP/.err" "$TMP/stderr"
for format in $formats; do
  [[ -s $TMP/$format ]]
  ok $? "--report $format wrote its file"
done
for format in sarif gitlab rdjson json; do
  jq -e . "$TMP/$format" >/dev/null 2>&1
  ok $? "jq reads $format"
done
for format in junit checkstyle; do
  xmllint --noout "$TMP/$format" 2>"$TMP/xmllint"
  ok $? "xmllint reads $format $(head -1 "$TMP/xmllint")"
done
python3 -B "$ROOT/tests/golden/formats.py" "$TMP" >"$TMP/python" 2>&1
ok $? "python agrees with what each format promises"
sed 's/^/# /' "$TMP/python"
# Perl's harness knows no version beyond 13 and stops at the number; all the rest it reads.
sed '1s/14/13/' "$TMP/tap" >"$TMP/tap13"
perl -MTAP::Parser -e '
  my $p = TAP::Parser->new({exec => ["cat", $ARGV[0]]}); my $n = 0;
  while (my $r = $p->next) { $n++ if $r->is_test }
  die join("\n", $p->parse_errors) if $p->parse_errors;
  die "no failure" unless $p->failed;
  print "$n points, ", scalar($p->failed), " failed\n"' "$TMP/tap13" >"$TMP/parsed" 2>&1
ok $? "TAP::Parser reads it without an error: $(tail -1 "$TMP/parsed")"

# The finding keeps its fingerprint when lines are added above it.
cp reject/E0304.renew moved.renew
prints() { jq -r '.runs[0].results[] | .partialFingerprints.primaryLocationLineHash' <("$RENEW" check --format sarif moved.renew); }
lines() { "$RENEW" check --format gitlab moved.renew | jq -r '.[] | "\(.fingerprint) \(.location.lines.begin)"'; }
before=$(prints) before_lines=$(lines)
sed -i '1a # a line more' moved.renew
is "$(prints)" "$before" "SARIF: the fingerprint does not move with the line"
is "$(lines | cut -d' ' -f1)" "$(cut -d' ' -f1 <<<"$before_lines")" "GitLab: nor there"
[[ $(lines | cut -d' ' -f2) != "$(cut -d' ' -f2 <<<"$before_lines")" ]]
ok $? "but its line does"

# GitHub shows ten of each; the rest is said.
{ echo "renew 1"; for i in $(seq 14); do echo "role r$i \"R\" {"; echo "  reach by console"; echo "  rech by x"; echo "}"; done; } >many.renew
run "$RENEW" check --format github many.renew
is "$(grep -c '^::error ' <<<"$out")" 10 "ten annotations of errors"
is "$(grep -c '^many.renew:.* error\[' <<<"$out")" 14 "every finding in the log"
like "$(tail -1 <<<"$out")" '14 errors.*and 4 more' "the last line says what is not annotated"
is "$err" "" "nothing twice on stderr"

# Nothing found is a document too; so is a wrong use.
cp "$ROOT/plans/org/roles.renew" clean.renew
for format in sarif gitlab rdjson; do
  run "$RENEW" check --format $format clean.renew
  exits 0 "$format of a clean file"
  jq -e 'if type == "array" then length == 0 else ((.runs[0].results // .diagnostics) | length == 0) end' \
    <<<"$out" >/dev/null
  ok $? "holds nothing, and is valid"
done
run "$RENEW" check --format junit clean.renew
is "$(xmllint --xpath 'string(/testsuites/@tests)' - <<<"$out")" 1 "junit of a clean file has its case"
is "$(xmllint --xpath 'string(/testsuites/@failures)' - <<<"$out")" 0 "which did not fail"
run "$RENEW" check --format tap clean.renew
is "$out" $'TAP version 14\n1..1\nok 1 - clean.renew' "tap"
run "$RENEW" check --format json --frobnicate
exits 2 "a wrong use, as JSON"
is "$(jq -r '"\(.schema) \(.code) \(.severity)"' <<<"$err")" "renew.diag/1 usage error" "is a line of JSON"
like "$(jq -r .message <<<"$err")" 'frobnicate' "that names it"
run "$RENEW" check --format sarif --frobnicate
is "$(jq -r '.runs[0].invocations[0] | "\(.executionSuccessful) \(.exitCode) \(.toolExecutionNotifications | length)"' <<<"$out")" \
  "false 2 1" "and a notification in SARIF"
run "$RENEW" check --report poem="$TMP/x" clean.renew
exits 2 "a format that there is not"
run "$RENEW" check --report sarif="$TMP/none/x" clean.renew
exits 3 "a report into no folder"
GITHUB_ACTIONS=true run "$RENEW" check --format auto many.renew
like "$out" '^::error ' "auto is github where GitHub says so"
run env -u GITHUB_ACTIONS "$RENEW" check --format auto many.renew
is "$out" "" "and for people elsewhere"

# The dry run: a test point a step, in TAP and in JUnit.
cp -R "$ROOT/plans" plans
run "$RENEW" plan plans/overlap.renew --format tap
exits 0 "the dry run as TAP"
is "$(sed -n 2p <<<"$out")" "1..20" "its plan"
is "$(grep -c '^ok ' <<<"$out")" 20 "its points"
like "$out" 'ok 4 - 4 [a-z-]* # SKIP ' "what a person does is skipped"
run "$RENEW" plan plans/overlap.renew --format junit
is "$(xmllint --xpath 'concat(/testsuites/@tests, " ", /testsuites/testsuite/@name, " ", count(//testcase))' - <<<"$out")" \
  "20 renew plan renew-client-overlap 20" "and as JUnit"

# The log: lines of JSON, added.
run "$RENEW" check --log "$TMP/log" many.renew
run "$RENEW" check --log "$TMP/log" many.renew
is "$(jq -s 'length' "$TMP/log")" 28 "--log adds each finding, each time"
is "$(stat -c %a "$TMP/log")" 600 "for its owner only"
cp -R "$ROOT/plans/overlap.renew" one.renew
XDG_STATE_HOME=$TMP/demo run "$RENEW" run one.renew --profile demo --log "$TMP/events"
jq -se 'length > 1 and all(.[]; .schema == "renew.event/1" and has("utc"))' "$TMP/events" >/dev/null
ok $? "and each event of a run"
run "$RENEW" check --log "$TMP" many.renew
exits 3 "a folder is no log"
done_testing
