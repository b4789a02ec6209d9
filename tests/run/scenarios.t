#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew test: the scenarios of all samples hold, and do not hold where the plan or the line is wrong.
# redproof: E1210
# redproof: E1211
# redproof: W1212
. "$(dirname "$0")/../tap/lib.sh"
played() { compgen -G "/dev/shm/renew-play.*"; compgen -G "${TMPDIR:-/tmp}/renew-play.*"; }
before=$(played) # of a renew that was killed some day, perhaps
mkdir "$TMP/repo" && cp -R "$ROOT/plans" "$TMP/repo/" && cd "$TMP/repo" && touch renew.conf || exit 1

for plan in plans/*.renew plans/demo/*.renew; do
  [[ $plan == *.test.renew || $plan == */landscape.renew || $plan == */lib-* ]] && continue
  scenario=${plan%.renew}.test.renew
  [[ -f $scenario ]]
  ok $? "$plan has a scenario"
  run "$RENEW" check "$scenario"
  is "$status $err" "0 " "$scenario: no finding"
  run "$RENEW" fmt --check "$scenario"
  exits 0 "$scenario: is formatted"
  run "$RENEW" test "$scenario"
  exits 0 "$scenario: holds"
  is "$(grep -c '^ok' <<<"$out") $(grep -c '^not ok' <<<"$out")" "$(grep -c '^scenario ' "$scenario") 0" \
    "$scenario: each of its scenarios is a test point"
  for words in 'expect done' 'answer|kill' 'fail|reject'; do
    grep -qE "^  ($words)" "$scenario"
    ok $? "$scenario: has a scenario with $words"
  done
done
run "$RENEW" test
exits 0 "without files: all below the root"
like "$out" '^TAP version 14' "as TAP 14"
is "$(grep -c '^ok' <<<"$out")" "$(cat plans/*.test.renew plans/*/*.test.renew | grep -c '^scenario ')" "each of them"
first=$out
run "$RENEW" test
is "$out" "$first" "twice the same"
# What is there now is ours, left behind, or another test's, which goes with that test.
left=$(comm -13 <(sort <<<"$before") <(played | sort))
for _ in $(seq 600); do
  left=$(for folder in $left; do [[ -e $folder ]] && echo "$folder"; done)
  [[ -z $left ]] && break
  sleep 0.2
done
is "$left" "" "nothing is left behind"
[[ ! -e $XDG_STATE_HOME ]]
ok $? "the state folder is not touched"

# A scenario sees what is wrong with a plan. swap: two lines of steps change places.
swap() { # FILE LABEL LABEL
  perl -0pi -e "s/(\n  $2:.*?\n(?:  \}\n)?)(.*?)(\n  $3:[^\n]*(?: \{\n.*?\n  \})?)/\n\$3\$2\$1/s" "$1"
}
cp plans/overlap.renew good.renew
swap plans/overlap.renew accept-both exchange
run "$RENEW" check plans/overlap.renew
run "$RENEW" test plans/overlap.test.renew
exits 1 "exchange before accept-both: exit 1"
like "$out" 'E0601: a running node may present a certificate that the receiver does not accept' \
  "it is not played: the proof says what is wrong"
cp good.renew plans/overlap.renew
sed -i '/^    restart: /,/^    }/d; s/^  for each node in acme-prod.nodes {$/  together {\n    note: tenant-admin tells integration-dev "Nothing."/' plans/overlap.renew
run "$RENEW" test plans/overlap.test.renew
exits 1 "without the restart: exit 1"
like "$out" 'E0603: the flow `orders-outbound` is not restarted on every node' "and said"
cp good.renew plans/overlap.renew

play() { # LINES...: of a scenario of the overlap plan
  {
    printf 'renew 1\n\nimport "plans/overlap.renew"\n\nscenario s {\n  plan renew-client-overlap\n  begins at 2027-03-06T20:00Z\n'
    printf '  %s\n' "$@"
    echo '}'
  } >s.test.renew
  run "$RENEW" test --format plain s.test.renew
}
refutes() { # LINE WORDS
  play "expect done" "$1"
  exits 1 "$1: does not hold"
  like "$err" "s.test.renew:9:3: error\[E1210\]: .*$2" "  $2"
}
refutes 'expect order exchange before accept-both' 'was done before `exchange`'
refutes 'expect skipped create' '`create` was not left out'
refutes 'expect signed exchange' '`exchange` was not signed by anybody'
refutes 'expect message to receiver-admin "downtime"' 'got no such message'
refutes 'expect accepted client.old on erp-backend' 'client.old is not accepted by erp-backend'
refutes 'expect dropped client.new on erp-backend' 'client.new is accepted by erp-backend'
refutes 'expect present client.old in tenant-keystore' 'does not hold client.old'
refutes 'expect begun exchange before 2027-03-06T20:30Z' '`exchange` acted at 2027-03-06T21:00'
refutes 'expect begun create after 2027-03-06T20:30Z' '`create` acted at 2027-03-06T20:00'
refutes 'expect outage remove-old' 'there was no such outage'
play 'expect failed'
like "$err" 'the run is done' "another end"
play 'answer accept-both never' 'expect done'
like "$err" 'the run is waiting at `accept-both` \(waiting: person\)' "an end that does not come"
play 'fail exchange in-doubt' 'expect done'
exits 0 "a lost answer is looked for, and the step is done once more"
play 'fail exchange refused' 'retry exchange' 'expect done'
exits 0 "retry"
play 'fail ask-restart refused' 'skip ask-restart' 'expect done' 'expect skipped ask-restart'
exits 0 "skip"
play 'new-root yes' 'expect waiting at remove-old-root' 'expect order import-root before accept-both'
exits 0 "a question that nobody answers is waited for"
play 'new-root yes' 'decide remove-old-root no' 'expect done' 'expect order remove-old before remove-old-root'
exits 0 "an answered one goes on"
play 'fail restart unreachable 100 times' 'expect unreachable'
exits 0 "a target that never answers"

# Bad scenario files.
play 'kill after exchagne' 'expect done'
exits 1 "a step that is none"
like "$err" 's.test.renew:8:14: error\[E1211\]: plan `renew-client-overlap` has no step `exchagne`: did you mean `exchange`' "is named"
run "$RENEW" check s.test.renew
exits 1 "check finds it too"
play 'answer create'
like "$err" 'warning\[W1212\]' "a scenario that expects nothing"
exits 0 "is a warning"
play 'set nothing "x"' 'expect done'
exits 1 "a param that is none"
like "$err" 'E0314' "is named"
printf 'renew 1\n\nscenario s {\n  plan nothing\n  begins at 2027-03-06T20:00Z\n}\n' >bad.test.renew
run "$RENEW" test bad.test.renew
exits 1 "a plan that is none"
like "$out" 'not ok 1 - bad.test.renew' "fails the file"
run "$RENEW" test --format plain plans/overlap.renew
exits 2 "a file without a scenario"
run "$RENEW" test nothing.test.renew
exits 3 "a file that is not there"
: >empty.test.renew
run "$RENEW" test empty.test.renew
exits 1 "an empty file"
noise 4096 >binary.test.renew
run "$RENEW" test binary.test.renew
exits 1 "a binary file"
run "$RENEW" test plans/demo
exits 0 "a folder stands for the scenarios below it"
is "$(grep -c '^ok' <<<"$out")" "$(cat plans/demo/*.test.renew | grep -c '^scenario ')" "each of them"
run env TMPDIR="$TMP/nowhere" "$RENEW" test plans/overlap.test.renew
exits 3 "no temporary folder"
like "$err" 'nowhere/renew-play' "is said"
run "$RENEW" test --format junit plans/overlap.test.renew
like "$out" '<testsuites' "JUnit"
done_testing
