#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `plan --as markdown`: what a merge request is told: never longer than GitLab and GitHub take, never cut
# without a word, and nothing of an author's words is markup.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo" && cd "$TMP/repo" || exit 1
touch renew.conf
cp -R "$ROOT/plans" plans
cp "$ROOT/tests/golden/hostile.renew.txt" hostile.renew
{
  sed '/^plan /,$d' hostile.renew
  echo 'plan wide "Wide" {'
  echo '  renews client'
  echo '  policy overlap'
  for i in $(seq 1999); do echo "  then-$i: b tells a-role-with-a-very-long-name-that-goes-on-and-on-until-the-end \"Done $i.\""; done
  echo '  exchange: a-role-with-a-very-long-name-that-goes-on-and-on-until-the-end replaces client.old with client.new in a-keystore-with-a-very-long-name-that-goes-on-and-on-until keeping alias'
  echo '}'
} >wide.renew
for plan in plans/overlap.renew plans/fleet.renew plans/default-client.renew hostile.renew wide.renew; do
  run "$RENEW" plan $plan --as markdown
  exits 0 "$plan"
  [[ $(wc -c <"$TMP/.out") -le 65000 ]]
  ok $? "at most 65,000 bytes"
  for part in Obligations Assumptions "Open sets" Touches Steps; do
    grep -q "^### $part$" <<<"$out"
    ok $? "$plan says: $part"
  done
  like "$out" 'Verdict: ' "and a verdict"
  shown=$(sed '1,/^### Steps/d' <<<"$out" | grep -c '^| [0-9]')
  left=$(sed -n 's/^\*\*\([0-9]*\) more steps.*/\1/p' <<<"$out")
  total=$("$RENEW" show $plan --as json | jq '.steps | length')
  is "$((shown + ${left:-0}))" "$total" "$plan: $shown steps, ${left:-0} left out and counted"
done
like "$out" 'more steps are not shown here:\*\* `renew show wide.renew --as md`' "where the rest is to be read"
run "$RENEW" plan hostile.renew --as markdown
unlike "$out" '<script|<b>' "no tag of an author"
run "$RENEW" plan hostile.renew --as markdown -o "$TMP/x.rplan"
unlike "$out" 'written to' "only the document, also with -o"
[[ -s $TMP/x.rplan ]]
ok $? "which writes the plan"
run "$RENEW" plan hostile.renew --as markdown --live
exits 2 "no dry run at the same time"
run "$RENEW" plan hostile.renew --as poem
exits 2 "no such form"
done_testing
