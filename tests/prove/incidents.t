#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rotations that went wrong in the world, by their row in the list of incidents: the order that did it is
# refused by the code in the file's head, at the place and by the way that its .expect tells (UPDATE=1
# writes it); its smallest mend is accepted without a word. The controls are accepted. What no plan's text
# can do is refused elsewhere (elsewhere.txt). No row of the list is left out.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT/tests/prove/incidents" || exit 1
pairs=0
covered=
for bad in R*.bad.renew; do
  good=${bad/.bad./.good.}
  expect=${bad%.renew}.expect
  code=$(sed -n 's/^# refused: //p' "$bad")
  run "$RENEW" check --deny warnings "$bad"
  exits 1 "$bad is refused"
  like "$err" "(error|warning)\[$code\]" "$bad: $code"
  [[ -n ${UPDATE:-} ]] && printf '%s\n' "$err" >"$expect"
  is "$err" "$(cat "$expect")" "$bad: where, and how it comes to that"
  # The way to the bad state is told wherever there is one: not where nothing ends the use at all (E0603:
  # the goal), nor where the declarations alone are wrong.
  case $code in
  E0603 | E0604 | E0312 | E0720 | W0707 | W0710) ;;
  *) like "$err" "it can happen so: after [0-9]+ of [0-9]+ steps" "$bad: the shortest way is told" ;;
  esac
  run "$RENEW" check --deny warnings "$good"
  exits 0 "$good is accepted"
  is "$err" "" "$good: no finding"
  pairs=$((pairs + 1))
  covered+=" ${bad%%.*}"
done
for control in control-*.good.renew; do
  run "$RENEW" check --deny warnings "$control"
  exits 0 "$control is accepted"
  is "$err" "" "$control: no finding"
done
while IFS='|' read -r id what file words; do
  [[ $id == \#* ]] && continue
  file=${file// /}
  words=${words# }
  ok "$(grep -qF -- "$words" "$ROOT/$file"; echo $?)" "${id}is refused in $file: $what"
  covered+=" $id"
done <elsewhere.txt
is "$(grep -rlE 'dry_?run' "$ROOT/runtime/engine")" "" "no dry run in the engine: what a preview does is a provider's"
for id in R01 R03 R05 R07 R09 R11 R13 R15 R17 R19 R21 R23 R25 R27 R29 R31 R33 R35 R37 R39 R41 R43; do
  ok "$([[ " $covered " == *" $id "* ]]; echo $?)" "incident $id is covered"
done
ok "$([[ $pairs -eq 19 ]]; echo $?)" "$pairs pairs"
is "$(printf '%s\n' control-*.good.renew | wc -l)" 7 "seven controls"
done_testing
