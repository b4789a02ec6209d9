#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Style hints: counted by check, shown by --style, errors by --deny, allowed by a comment. What each is
# about stands in grammar/examples/S*.renew.
# redproof: S1201 S1202 S1203 S1204 S1205 S1206 S1207 S1208 S1209
. "$(dirname "$0")/../tap/lib.sh"
cp -R "$ROOT/grammar/examples" "$TMP/repo" && cd "$TMP/repo" && touch renew.conf || exit 1
now=(--at 2027-01-15T12:00Z)

for code in S1201 S1202 S1203 S1204 S1205 S1206 S1207 S1208 S1209; do
  run "$RENEW" check "${now[@]}" --style --format plain "$code.wrong.renew"
  like "$status $err" "^0 .*style\[$code\]" "$code is shown by --style, exit 0"
  run "$RENEW" check "${now[@]}" --format plain "$code.wrong.renew"
  unlike "$err" "\[$code\]" "$code is not shown without it"
  run "$RENEW" check "${now[@]}" "$code.wrong.renew"
  like "$out" '1 style hint \(renew check --style\)$' "but counted"
  run "$RENEW" check "${now[@]}" --deny "$code" --format plain "$code.wrong.renew"
  like "$status $err" "^1 .*error\[$code\]" "$code is an error where it is denied"
  run "$RENEW" check "${now[@]}" --style --allow "$code" --format plain "$code.wrong.renew"
  unlike "$err" 'style' "$code is allowed by --allow"
done
run "$RENEW" check --deny style --format plain S1201.wrong.renew
exits 1 "--deny style denies all of them"
run "$RENEW" show --deny style "${now[@]}" S1206.wrong.renew --plan renew-in-spring
unlike "$err" 'S1206' "they are check's alone"
sed 's/^procedure/# renew: allow S1204 "an example"\n&/' S1204.wrong.renew >allowed.renew
run "$RENEW" check --style --format plain allowed.renew
is "$err" "" "a comment allows one"
sed 's/^procedure/# renew: allow S1204 "an example"\n&/' S1204.right.renew >unused.renew
run "$RENEW" check --format plain unused.renew
like "$err" 'warning\[W0006\]' "a comment that allows no hint is found"
sed 's/TODO/todo list of the TODOs/' S1209.wrong.renew >todo.renew
run "$RENEW" check --at 2027-03-01T12:00Z --style todo.renew
unlike "$err" 'S1209' "a date that is past is not due"

cd "$ROOT" || exit 1
shown=
for plan in plans/*.renew plans/*/*.renew; do
  shown+=$("$RENEW" check "${now[@]}" --style --format plain --set folder=/tmp --set commands=/tmp "$plan" 2>&1 | grep 'style\[')
done
is "$shown" "" "the plans have none"
done_testing
