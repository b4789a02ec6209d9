#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line itself: verbs, flags, where the root is, what goes where, exit codes.
# redproof: E0313
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo/plans" && cp -R "$ROOT/plans/." "$TMP/repo/plans/" && cd "$TMP/repo" || exit 1
touch renew.conf

run "$RENEW"
exits 0 "renew alone"
[[ $(wc -l <<<"$out") -le 12 ]]
ok $? "says what it is in about ten lines"
run "$RENEW" --help
exits 0 "renew --help"
for verb in $(sed -n 's/^COMMAND("\([a-z]*\)".*/\1/p' "$ROOT/runtime/cli/commands.def"); do
  like "$out" "  $verb " "help lists $verb"
  run "$RENEW" help "$verb"
  like "$out" "renew $verb" "help $verb"
  run "$RENEW" --help
done
like "$out" "EXIT STATUS" "help lists the exit codes"
run "$RENEW" show --help
like "$out" "renew show PLAN" "VERB --help is help VERB"
run "$RENEW" chekc
exits 2 "an unknown verb: exit 2"
like "$err" 'did you mean `check`' "and the nearest one"
run "$RENEW" check --frobnicate
exits 2 "an unknown option: exit 2"
like "$err" 'no option `--frobnicate`' "named"
run "$RENEW" --frobnicate
exits 2 "an unknown option without a verb: exit 2"
run "$RENEW" show
exits 2 "a missing argument: exit 2"
run "$RENEW" show a b
exits 2 "an argument too many: exit 2"
run "$RENEW" show plans/overlap.renew --role
exits 2 "an option without its value: exit 2"
run "$RENEW" --set nothing check plans/overlap.renew
exits 2 "--set without =: exit 2"
run "$RENEW" --format xml check
exits 2 "an unknown format: exit 2"
run "$RENEW" --at tomorrow check
exits 2 "a time that is none: exit 2"
run "$RENEW" --error-limit -3 check
exits 2 "a limit that is none: exit 2"
run "$RENEW" show plans/overlap.renew --as poem
exits 2 "an unknown form: exit 2"
run "$RENEW" show plans/overlap.renew --role tenant-admn
exits 2 "an unknown role: exit 2"
like "$err" 'did you mean `tenant-admin`' "and the nearest one"
run "$RENEW" -C nowhere check
exits 3 "-C to nowhere: exit 3"
run "$RENEW" version
like "$out" '^renew [0-9]+\.[0-9]+' "the version"
run "$RENEW" version --json
like "$out" '"edition":1' "and as JSON"

run "$RENEW" check plans/overlap.renew
exits 0 "a good plan"
is "$out" "1 plan, 20 steps, 3 roles: ok" "its summary on stdout"
is "$err" "" "nothing on stderr"
run "$RENEW" check plans/org/roles.renew
is "$out" "no plan: ok" "a library alone"
run "$RENEW" -q check plans/overlap.renew
is "$out" "" "--quiet"
run "$RENEW" check
exits 0 "without files: all below the root"
like "$out" '^[0-9]+ files, [0-9]+ plans, ' "$out"
mkdir -p plans/other && touch plans/other/renew.conf && echo nonsense >plans/other/bad.renew
echo nonsense >plans/scenario.test.renew
mkdir -p .hidden && echo nonsense >.hidden/bad.renew
run "$RENEW" check
exits 0 "no *.test.renew, no hidden folder, no other repository"
echo nonsense >plans/bad.renew
run "$RENEW" check
exits 1 "a bad one among them: exit 1"
is "$out" "" "no summary then"
like "$err" 'plans/bad.renew:1:1' "but where it is"
rm plans/bad.renew
(cd plans/org && "$RENEW" check ../overlap.renew) >"$TMP/sub" 2>&1
is "$(cat "$TMP/sub")" "1 plan, 20 steps, 3 roles: ok" "from a folder below the root"
run "$RENEW" -C plans check overlap.renew
exits 0 "-C"
(cd / && "$RENEW" check "$TMP/repo/plans/overlap.renew") >"$TMP/out" 2>&1
is "$(cat "$TMP/out")" "1 plan, 20 steps, 3 roles: ok" "a file elsewhere brings its own root"
printf 'renew 1\nimport "../../plans/org/roles.renew"\n' >plans/org/up.renew
run "$RENEW" check plans/org/up.renew
exits 0 "an import upwards inside the repository"
mkdir "$TMP/bare" && cp plans/overlap.renew "$TMP/bare/" && cd "$TMP/bare" || exit 1
run "$RENEW" check
exits 0 "without a repository: the current folder"
like "$err" "checking $TMP/bare" "which is printed"
cd "$TMP/repo" || exit 1

run "$RENEW" show renew-client-overlap
exits 0 "a plan by its name"
(cd plans/org && "$RENEW" show renew-client-overlap) >"$TMP/sub" 2>&1
is "$(cat "$TMP/sub")" "$out" "from a folder below the root too"
run "$RENEW" show default-client
like "$out" '^rotate-default-client:' "a file by its stem, where no plan is called so"
run "$RENEW" show rotate-external-key
like "$out" '^rotate-external-key:' "one of two plans in a file"
run "$RENEW" check rotate-external-key
exits 0 "check takes names as well"
run "$RENEW" show overlap
exits 2 "a name of two files: exit 2"
like "$err" 'plans/demo/overlap.renew.*plans/overlap.renew' "both are named"
run "$RENEW" show renew-client-overlp
exits 2 "a name of nothing: exit 2"
like "$err" 'did you mean `renew-client-overlap`' "and the nearest one"
run "$RENEW" show elephant
like "$err" 'the plans below .*rotate-default-client' "or the plans that are there"
cp plans/overlap.renew plans/twin.renew
run "$RENEW" plan renew-client-overlap
exits 2 "a plan's name in two files: exit 2"
like "$err" 'plans/overlap.renew.*plans/twin.renew' "both are named"
rm plans/twin.renew
mkdir "$TMP/empty"
run "$RENEW" -C "$TMP/empty" show nothing
exits 2 "a folder without a plan: exit 2"
like "$err" 'begin with: renew new' "and how to get one"

run "$RENEW" show plans/service-key.renew
exits 2 "a file with two plans: exit 2"
like "$err" 'rotate-generated-key, rotate-external-key' "both are named"
run "$RENEW" show plans/service-key.renew --plan rotate-external-key
exits 0 "--plan names one"
run "$RENEW" show plans/org/roles.renew
exits 2 "a file without a plan: exit 2"
run "$RENEW" plan plans/downtime.renew -o "$TMP/d.rplan"
exits 1 "a plan file without a value: exit 1"
like "$err" 'E0313' "E0313"
[[ ! -e $TMP/d.rplan ]]
ok $? "and no file"
run "$RENEW" plan plans/downtime.renew -o "$TMP/d.rplan" --set=start=2027-03-06T22:00 --set change-number=1
exits 0 "with values, in both spellings"
run "$RENEW" plan plans/overlap.renew -o "$TMP/none/d.rplan"
exits 3 "a plan file into no folder: exit 3"
run "$RENEW" graph plans/overlap.renew -o "$TMP/p.svg"
exits 0 "a picture into a file"
like "$(head -1 "$TMP/p.svg")" '^<svg' "by its name"
is "$(ls "$TMP" | grep -c XXXX)" 0 "nothing half-written stays"
if [[ -w /dev/full ]]; then
  "$RENEW" show plans/overlap.renew >/dev/full 2>"$TMP/err"
  is $? 3 "a full disk under stdout: exit 3"
fi

for code in E0304 W0315 E1102; do
  run "$RENEW" explain $code
  exits 0 "explain $code"
  like "$out" "^$code" "its text"
done
for word in "verb replaces" "kind keystore" "key file" replaces swaps checks; do
  # shellcheck disable=SC2086
  run "$RENEW" explain $word
  exits 0 "explain $word"
done
run "$RENEW" explain replces
exits 2 "an unknown word: exit 2"
like "$err" 'did you mean `replaces`' "and the nearest one"
# A wait is told once in a dry run: its moment, not that the moment has come.
sed 's/^  remove-old: /  rest: receiver-admin waits for 7d\n&/' "$ROOT/plans/overlap.renew" >rest.renew
mkdir -p org && cp "$ROOT"/plans/org/*.renew org/ 2>/dev/null
run "$RENEW" plan --at 2027-03-06T21:30 rest.renew
like "$out" ' wait  rest +receiver-admin +until 2027-03-' "the dry run says until when a step waits"
is "$(grep -c ' rest  ' <<<"$out")" 1 "and says it once"
run "$RENEW" plan --at 2027-03-06T21:30 --json rest.renew
is "$(jq -r 'select(.step == "rest") | .does' <<<"$out")" wait "json, too"
done_testing
