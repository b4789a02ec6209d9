#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pictures at 3 to 60 steps, with texts as long and as hostile as the language allows: nothing overlaps,
# no text leaves its box, everything is read by an independent reader, nothing is an author's markup.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo" && cd "$TMP/repo" || exit 1
touch renew.conf
cp -R "$ROOT/plans" plans
cp "$ROOT/tests/golden/hostile.renew.txt" plans/hostile.renew
{ # a plan of 60 steps with a wide block
  cat plans/hostile.renew | sed '/^plan /,$d'
  echo 'plan wide "Wide" {'
  echo '  renews client'
  echo '  policy overlap'
  echo '  together {'
  for i in $(seq 29); do
    echo "    ask-$i: a-role-with-a-very-long-name-that-goes-on-and-on-until-the-end tells b \"Number $i: please do something that takes a line or two to say.\""
  done
  echo '  }'
  for i in $(seq 30); do echo "  then-$i: b tells a-role-with-a-very-long-name-that-goes-on-and-on-until-the-end \"Done $i.\""; done
  echo '  exchange: a-role-with-a-very-long-name-that-goes-on-and-on-until-the-end replaces client.old with client.new in a-keystore-with-a-very-long-name-that-goes-on-and-on-until keeping alias'
  echo '}'
} >plans/wide.renew
sed 's/worker-1, worker-2, worker-3/worker-1, worker-2, worker-3, worker-4, worker-5, worker-6, worker-7, worker-8, worker-9, worker-10, worker-11, worker-12/' \
  plans/overlap.renew >plans/twelve.renew
for plan in overlap downtime fleet default-client lib-overlap hostile wide twelve; do
  for calls in "" --calls --safety; do
    name="$plan${calls:+ $calls}"
    run "$RENEW" graph "plans/$plan.renew" $calls --as svg -o "$TMP/p.svg"
    [[ $plan == lib-overlap && $status == 2 ]] && continue 2
    exits 0 "$name as svg"
    xmllint --noout "$TMP/p.svg"
    ok $? "$name is well-formed"
    python3 -B "$ROOT/tests/golden/pictures.py" svg "$TMP/p.svg"
    ok $? "$name: boxes apart, texts inside, both themes"
    [[ $calls == --safety ]] && continue
    "$RENEW" graph "plans/$plan.renew" $calls --as mermaid >"$TMP/p.mmd"
    python3 -B "$ROOT/tests/golden/pictures.py" mermaid "$TMP/p.mmd"
    ok $? "$name as Mermaid: only lines of its grammar, no character with a meaning inside a text"
    if command -v dot >/dev/null; then
      "$RENEW" graph "plans/$plan.renew" $calls --as dot | dot -Tsvg >/dev/null 2>"$TMP/err"
      is "$? $(cat "$TMP/err")" "0 " "$name: Graphviz reads it"
    fi
  done
done
# Plans that are refused have a picture of where: a stone without ground.
sed '/report-restarted:/d' plans/overlap.renew >plans/untold.renew
cp "$ROOT"/tests/prove/incidents/*.renew plans/
for plan in untold R07.bad R23.bad R33.bad; do
  run "$RENEW" graph "plans/$plan.renew" --safety -o "$TMP/p.svg"
  exits 1 "$plan: refused, and drawn"
  xmllint --noout "$TMP/p.svg"
  ok $? "$plan is well-formed"
  python3 -B "$ROOT/tests/golden/pictures.py" svg "$TMP/p.svg"
  ok $? "$plan: boxes apart, texts inside, both themes"
  like "$(grep -c '>REFUSED<' "$TMP/p.svg")" '^[23]$' "$plan: the refusal beside the legend's"
done
for plan in overlap downtime twelve; do
  "$RENEW" graph "plans/$plan.renew" --safety >"$TMP/p.svg"
  is "$(grep -c '>REFUSED<' "$TMP/p.svg")" 1 "$plan: no refusal but the legend's"
done
like "$(grep -o 'worker-7, worker-8 and 4 more' "$TMP/p.svg" | head -1)" 'more' "of twelve nodes the first ones, and how many more"
# A node that goes another way than the others has a panel of its own.
sed 's/^  for each node in acme-prod.nodes {/  together {/
  s/^    restart: \(.*\) on node \(.*\)/    restart-1: \1 on worker-1 within 15m\n    restart-2: \1 on worker-2 \2/
  s/of orders-outbound on node/of orders-outbound on worker-2/' plans/overlap.renew >plans/forgot.renew
run "$RENEW" graph plans/forgot.renew --safety -o "$TMP/p.svg"
exits 1 "one node is forgotten"
like "$(grep -o 'orders-outbound on .* calls' "$TMP/p.svg" | tr '\n' ' ')" \
  'on worker-1, worker-2 calls orders-outbound on worker-3 calls' "it stands apart from the two that are restarted"
like "$(grep -c 'likewise on each node' "$TMP/p.svg")" 1 "whose steps have names of their own"
# a roll-back that breaks the connection is a panel of its own
cp "$ROOT"/grammar/examples/{landscape,E0630.wrong}.renew plans/
run "$RENEW" graph plans/E0630.wrong.renew --safety -o "$TMP/p.svg"
python3 -B "$ROOT/tests/golden/pictures.py" svg "$TMP/p.svg"
ok $? "a roll-back: boxes apart, texts inside"
grep -q 'when remove-old is rolled back: orders on worker-1, worker-2 calls erp with client' "$TMP/p.svg" && grep -q 'undo of remove-' "$TMP/p.svg" && grep -q REFUSED "$TMP/p.svg"
ok $? "it says of which step, shows the undo, and what is refused behind it"
run "$RENEW" graph plans/overlap.renew --safety --as mermaid
exits 2 "the phases are no Mermaid"
run "$RENEW" graph plans/overlap.renew --safety --calls
exits 2 "nor who calls whom"
run "$RENEW" graph plans/overlap.renew -o "$TMP/x.mmd"
like "$(head -1 "$TMP/x.mmd")" '^flowchart TD' "the file's name says the form"
run "$RENEW" graph plans/overlap.renew --as poem
exits 2 "no such form"
done_testing
