#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew graph --as promela`: SPIN takes the model, says what the proof says, and tells the way there in the
# plan's steps. More plans: make nightly ONLY=spin.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
incidents=tests/prove/incidents
run python3 -B tests/prove/spin.py "$RENEW" plans/downtime.renew plans/pkcs12.renew \
  $incidents/R{07,15,25}.{bad,good}.renew
exits 0 "SPIN agrees: $(sed -n 's/^# spin //p' <<<"$out")"
like "$out" 'compared=8 safe=5 unsafe=3 disagree=0' "on both verdicts"

# An exchange under a condition is the goal where it is done; `not (not ...)` is no operator of SPIN's.
PYTHONPATH=tests/prove python3 -B -c '
import adversary, sys
for name, text, _ in adversary.CASES:
    if name in ("restart-under-condition-c", "root-condition-2"):
        open(f"{sys.argv[1]}/{name}.renew", "w").write(text)' "$TMP"
run python3 -B tests/prove/spin.py "$RENEW" "$TMP"/r*-condition-*.renew
exits 0 "SPIN agrees on conditions: $(sed -n 's/^# spin //p' <<<"$out")"
like "$out" 'compared=2 safe=2 unsafe=0 disagree=0' "where they decide of the goal, and of a root"

# What does not happen tells nobody, and what may fail is tried both ways.
PYTHONPATH=tests/prove python3 -B -c '
import adversary, sys
wanted = ("message-under-condition", "message-under-condition-a", "told-in-branches", "told-in-branches-a",
          "two-that-may-fail", "two-that-may-fail-a", "signed-and-may-fail", "look-may-fail-a", "left-with-the-old-a")
for name, text, _ in adversary.CASES:
    if name in wanted:
        open(f"{sys.argv[1]}/turns-{name}.renew", "w").write(text)' "$TMP"
run python3 -B tests/prove/spin.py "$RENEW" "$TMP"/turns-*.renew
exits 0 "SPIN agrees on messages that are not sent, and on failures: $(sed -n 's/^# spin //p' <<<"$out")"
like "$out" 'compared=9 safe=4 unsafe=5 disagree=0' "on both verdicts"

pan() { # MODEL [-D...]: what the search finds, as errors: N
  local model=$1
  shift
  rm -rf "$TMP/pan" && mkdir "$TMP/pan" && cp "$model" "$TMP/pan/m.pml" && cd "$TMP/pan" || return 1
  spin "$@" -a m.pml && gcc -O1 -w -DSAFETY -DBFS -DVECTORSZ=16384 -o pan pan.c && ./pan | grep -o 'errors: [0-9]*'
  cd "$ROOT" || return 1
}
run "$RENEW" graph plans/pkcs12.renew --as promela -o "$TMP/p.pml"
exits 0 "a model"
is "$(pan "$TMP/p.pml" -DALL)" "errors: 0" "all callers at once: the same"
is "$(pan "$TMP/p.pml" -DNO_CRASH)" "errors: 0" "without crashes: the same"
# Whoever spoils the model sees it.
sed '/^inline s_accept/,/^}/s/_new = true/_new = false/' "$TMP/p.pml" >"$TMP/spoilt.pml"
ok "$(cmp -s "$TMP/p.pml" "$TMP/spoilt.pml"; [[ $? == 1 ]]; echo $?)" "a model whose receiver accepts nothing new"
is "$(pan "$TMP/spoilt.pml")" "errors: 1" "has an error"

run "$RENEW" graph $incidents/R07.bad.renew -o "$TMP/bad.pml"
exits 1 "a refused plan: exit 1, and a model all the same"
is "$(pan "$TMP/bad.pml")" "errors: 1" "with an error"
way=$(cd "$TMP/pan" && spin -t m.pml | sed -n 's/^ *\([0-9a-z].*: [a-z]*\|.*is refused.*\)$/\1/p')
like "$way" '3 exchange: begins' "the trail names the step by its number and label"
like "$way" 'is refused with 2' "and who is refused with what"

# Names as long and as hostile as the language allows are still a model.
cp -R plans "$TMP/plans" && cp tests/golden/hostile.renew.txt "$TMP/plans/hostile.renew"
touch "$TMP/renew.conf"
run "$RENEW" -C "$TMP" graph "$TMP/plans/hostile.renew" --as promela -o "$TMP/hostile.pml"
ok "$([[ -s $TMP/hostile.pml ]]; echo $?)" "hostile names: a model"
like "$(pan "$TMP/hostile.pml")" 'errors: [01]' "that SPIN takes"
{ # a plan that no model checker could walk through
  sed '/^plan /,$d' plans/pkcs12.renew
  echo 'plan long "Long" { '
  printf '  renews batch\n  policy overlap\n'
  for i in $(seq 1001); do echo "  s$i: batch-admin tells receiver-admin \"Number $i.\""; done
  echo '}'
} >"$TMP/plans/long.renew"
run "$RENEW" -C "$TMP" graph "$TMP/plans/long.renew" --as promela -o "$TMP/long.pml"
exits 3 "a plan of 1001 steps: no model"
like "$err" 'no model for SPIN: the plan has 1001 steps; a model takes 1000' "and why"
ok "$([[ ! -e $TMP/long.pml ]]; echo $?)" "nor half of one"
run "$RENEW" graph plans/pkcs12.renew --as promela --calls
exits 2 "--calls is a picture"
done_testing
