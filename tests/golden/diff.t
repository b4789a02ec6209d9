#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew diff`: meaning, not text. Against a revision (with its imports as they were there), a compiled
# plan, another file; 0 the same, 1 it differs, 2 and 3 as elsewhere.
. "$(dirname "$0")/../tap/lib.sh"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
mkdir -p "$TMP/repo" && cd "$TMP/repo" || exit 1
git init -q . && touch renew.conf && cp -R "$ROOT/plans" plans && git add -A && git commit -qm one && git tag first
plan=plans/overlap.renew
"$RENEW" plan $plan -o "$TMP/first.rplan" >/dev/null 2>&1

run "$RENEW" diff first $plan
exits 0 "nothing changed"
is "$out" "renew-client-overlap: the same" "and it says so"
sed -i '3i # a comment' $plan
sed -i 's/^  hand-over: /\n  hand-over:   /' $plan
run "$RENEW" diff first $plan
exits 0 "comments, blanks and lines are no difference"
run "$RENEW" diff "$TMP/first.rplan" $plan
exits 0 "nor against the compiled plan"
git checkout -q $plan

# a rename with `was`, one without; a step moved, added, removed, changed
python3 - <<'PY'
import re
text = open("plans/overlap.renew").read()
text = re.sub(r"  report-switched: (.*)\n", r'  say-switched: \1 {\n    was report-switched\n  }\n', text)
text = text.replace("  ask-restart:", "  please-restart:", 1)
lines = text.split("\n")
i = next(k for k, line in enumerate(lines) if line.strip().startswith("hand-over:"))
j = next(k for k, line in enumerate(lines) if line.strip().startswith("accept-both:"))
lines.insert(j - 1, lines.pop(i))
text = "\n".join(lines).replace("within 15m", "within 20m")
open("plans/overlap.renew", "w").write(text)
text = open("plans/org/roles.renew").read()
open("plans/org/roles.renew", "w").write(text.replace('"Receiver administrator"', '"Partner of ours"'))
PY
run "$RENEW" diff first $plan
[[ $status == 1 ]] || printf '%s\n' "$err" | sed 's/^/# /'
exits 1 "it differs"
like "$out" '= step say-switched renamed: report-switched -> say-switched' "a rename with \`was\` is a rename"
like "$out" '- step ask-restart removed' "one without is a step that went"
like "$out" '\+ step please-restart added' "and one that came"
like "$out" '~ step hand-over moved: after sign -> after import-root' "a step that moved, and only that one"
is "$(grep -c ' moved:' <<<"$out")" 1 "the others stayed"
like "$out" '\* step restart\[worker-1\] changed.*within 15m.*within 20m' "a step that changed, with both"
like "$out" 'What a running connection presents or accepts.*restart\[worker-1\].*Everything else.*please-restart' "what matters to the connection first"
run "$RENEW" diff first plans/fleet.renew
like "$out" '\* role receiver-admin changed.*- title Receiver administrator.*\+ title Partner of ours' "an import of that revision is read as it was there"
run "$RENEW" diff first $plan --as json
exits 1 "as JSON"
is "$(jq -r '[.changes[] | select(.change == "renamed")] | length' <<<"$out")" 1 "one rename"
jq -e '.changes | all(has("old") and has("new") and has("touches-connection"))' <<<"$out" >/dev/null
ok $? "every change complete"
run "$RENEW" diff first $plan --as md
like "$out" '^## Changes of ' "as Markdown"
run "$RENEW" diff "$TMP/first.rplan" $plan
exits 1 "against the compiled plan"
cp $plan plans/copy.renew
run "$RENEW" diff plans/copy.renew $plan
exits 0 "against another file"
rm plans/copy.renew
before=$(find . -path ./.git -prune -o -type f -print | sort | xargs sha256sum | sha256sum)
run "$RENEW" diff HEAD $plan
is "$(find . -path ./.git -prune -o -type f -print | sort | xargs sha256sum | sha256sum)" "$before" "nothing is checked out"
is "$(git status --porcelain | grep -c '^[AMD]')" 0 "and nothing staged"

run "$RENEW" diff no-such-revision $plan
exits 3 "no such revision: exit 3"
run "$RENEW" diff --output=x $plan
exits 2 "an option is no revision"
run "$RENEW" diff -- --output=x $plan
exits 3 "nor where it is forced"
[[ ! -e x ]]
ok $? "and git never saw it"
run "$RENEW" diff first
exits 2 "several plans: say which"
run "$RENEW" diff first plans/none.renew
exits 3 "no such plan"
cp $plan plans/new.renew
run "$RENEW" diff first plans/new.renew
exits 3 "a plan that was not there yet"
like "$err" 'plans/new.renew at first cannot be read' "is named with the revision"
echo nonsense >plans/new.renew
run "$RENEW" diff first plans/new.renew
exits 1 "a plan that is wrong"
# Each connection, before and after: whose steps change it, in their order.
cd "$TMP/repo" && git checkout -q . || exit 1
sed -i 's/^  remove-old: /  drop-old: /' plans/overlap.renew
run "$RENEW" diff first plans/overlap.renew
like "$out" $'orders-outbound calls erp-backend with client\n +- erp-backend: [^\n]*accept-both; orders-outbound: exchange, restart\\[worker-1\\][^\n]*; erp-backend: remove-old' "who changes what, as it was"
like "$out" $'\n +\\+ erp-backend: [^\n]*accept-both; orders-outbound: exchange, [^\n]*; erp-backend: drop-old' "and as it is"
run "$RENEW" diff first plans/overlap.renew --as md
like "$out" '\| orders-outbound calls erp-backend with client \| erp-backend: ' "as a row of a table"
run "$RENEW" diff first plans/overlap.renew --as json
is "$(jq -r '.connections[0] | .connection + "; " + (.old != .new | tostring)' <<<"$out")" "orders-outbound calls erp-backend with client; true" "and in JSON"
git checkout -q .

# Files that the check looks at are those of the revision, too.
mkdir "$TMP/files" && cd "$TMP/files" && git init -q . && touch renew.conf && cp "$ROOT"/plans/overlap.renew . || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/ca.key" -out ca.pem -days 30 -subj /CN=Authority 2>/dev/null
sed -i 's/^  accepts-many yes$/&\n  verified by file "ca.pem"/' overlap.renew
run "$RENEW" check overlap.renew
exits 0 "a plan that names a certificate of the repository"
git add -A && git commit -qm files && git tag files
sed -i '/verified by/d' overlap.renew
echo "this is no certificate" >ca.pem
run "$RENEW" diff files overlap.renew
exits 1 "today's file is broken, that of the revision is not"
like "$out" 'verified by file ca.pem|verified by ca.pem' "and the difference is told"
git checkout -q overlap.renew
run "$RENEW" diff files overlap.renew
exits 1 "the new side is judged by today's file"
like "$err" 'ca.pem' "and says so"
done_testing
