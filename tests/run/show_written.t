#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew show`: a `follow` as one line with its procedure as written, or expanded; documentation comments.
. "$(dirname "$0")/../tap/lib.sh"
cp -R "$ROOT/plans" "$TMP/plans" && cd "$TMP/plans" && : >renew.conf || exit 1

run "$RENEW" show fleet.renew
exits 0 "a plan that follows a procedure"
is "$(grep -c 'follow sap.overlap-renewal' <<<"$out")" 3 "each row of the table is one line"
like "$out" ' 1-16 +renew-one\[erp\] +follow sap.overlap-renewal with cert row.cert, outbound row.flow, receiver row.peer' "with its numbers, its key and its words"
is "$(grep -c 'imports cert.new.root into receiver' <<<"$out")" 1 "the procedure stands once, in its own words"
like "$out" '--expand shows each' "and how to see each step"
run "$RENEW" show fleet.renew --expand
is "$(grep -c 'root into .*-backend' <<<"$out")" 3 "expanded: every step"
unlike "$out" "as written" "and no procedure"
run "$RENEW" show fleet.renew --role receiver-admin
is "$(grep -c 'root into .*-backend' <<<"$out")" 3 "one role's list is always expanded"
run "$RENEW" show fleet.renew --as json
is "$(jq '.steps | length' <<<"$out")" 50 "so is JSON"
"$RENEW" plan fleet.renew -o fleet.rplan >/dev/null
run "$RENEW" show fleet.rplan
like "$out" 'renew-one\[dms\]/remove-old' "and a plan file, which holds no procedure"

sed -e 's/^plan /## Once a year,\n## by night.\nplan /' -e 's/^  exchange:/  ## The pair, | not the key.\n  exchange:/' overlap.renew >doc.renew
run "$RENEW" show doc.renew
like "$out" $'roles\nOnce a year, by night.\n' "what a plan is for stands below its name"
like "$out" $'keeping alias\n +The pair, \\| not the key.\n' "what a step is for, below it"
run "$RENEW" show doc.renew --as md
like "$out" 'keeping alias<br>The pair, \\\| not the key\. \|' "in Markdown, nothing of it is markup"
run "$RENEW" show doc.renew --as json
is "$(jq -r '.doc, (.steps[] | select(.id == "exchange").doc)' <<<"$out")" $'Once a year, by night.\nThe pair, | not the key.' "in JSON"
is "$(jq '[.steps[] | select(has("doc"))] | length' <<<"$out")" 1 "and nowhere else"

sed -e 's/^procedure /## The way of SAP.\nprocedure /' -e 's/^  exchange:/  ## The pair.\n  exchange:/' -i lib-overlap.renew
run "$RENEW" show fleet.renew
like "$out" $'as written\nThe way of SAP.\n' "what a procedure is for"
is "$(grep -c 'The pair\.' <<<"$out")" 1 "its steps say it once"
run "$RENEW" show fleet.renew --expand
is "$(grep -c 'The pair\.' <<<"$out")" 3 "expanded, each time"
done_testing
