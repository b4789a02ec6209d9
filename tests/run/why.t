#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a run knows: `status` says of each node certain-old, maybe or certain-new, and evidence alone makes
# certain; `why` says what a step waits for, on what it rests, and who saw that done.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf
"$RENEW" run reference.renew >/dev/null
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
fits() { # SCHEMA WORDS...: the document is what docs/ says
  "$RENEW" "${@:2}" --json >"$TMP/document"
  is "$(SCHEMA=$ROOT/docs/$1.schema.json python3 "$ROOT/tests/golden/validate.py" "$TMP/document")" None "$1.schema.json: ${*:2}"
}
all_fit() { # the list, the run, and why of each of its steps
  fits status status
  fits status status "$id"
  while read -r step; do fits why why "$id" "$step"; done < <("$RENEW" status "$id" --json | python3 -c '
import json, sys
print("\n".join(step["step"] for step in json.load(sys.stdin)["steps"]))')
}
all_fit
for edit in 'document["more"] = 1' 'del document["world"]' 'document["steps"][0]["status"] = "fine"'; do
  "$RENEW" status "$id" --json >"$TMP/document"
  unlike "$(SCHEMA=$ROOT/docs/status.schema.json python3 "$ROOT/tests/golden/validate.py" "$TMP/document" "$edit")" '^None$' "not so with $edit"
done
run "$RENEW" status "$id"
like "$out" 'certain-old +orders on node-a presents client to receiver' "before the exchange every node is certainly old"
like "$out" 'certain-yes +receiver accepts client.new' "and the receiver was seen to accept the new one"
run "$RENEW" why "$id" exchange
exits 0 "why"
like "$out" 'why: it waits \(approval\): needs the approval of `tenant-admin`' "it waits for its approval"
like "$out" "asked: .tenant-admin. has to approve: renew sign $id exchange" "who is asked, and what to type"
like "$out" 'done accept-both  reference.renew:[0-9]+:[0-9]+' "on what it rests, with its place"
like "$out" 'receiver-admin accepts client.old, client.new on receiver' "in the plan's words"
like "$out" 'evidence: observed' "and who saw it"
like "$out" 'without it `orders` on node-[ab] may show `client.new` while `receiver` does not accept it' "and for what"
like "$out" '`tenant-admin` learns of it by report-accepted' "and by which message"
run "$RENEW" why "$id" remove-old
like "$out" 'why: it waits for `report-switched`, which is pending' "a step that is far off names what is before it"
like "$out" 'evidence: missing, it is not done' "and the evidence that is missing"

# the restarts of one node fail: what it has loaded is not known. The nodes are restarted side by side, and a
# failure lets nothing new begin: this one comes when the other node has loaded.
sed -i "2i until [ \"\$1\" = node-a ] || ! cmp -s '$land/nodes/node-a' '$land/nodes/node-b'; do sleep 0.05; done" commands/restart
sed -i '3i [ "$1" = node-b ] \&\& exit 3' commands/restart
"$RENEW" sign "$id" exchange >/dev/null
"$RENEW" resume "$id" >/dev/null 2>&1
run "$RENEW" status "$id"
like "$out" 'certain-new +orders on node-a presents' "the node that was seen to have loaded the new pair is certainly new"
like "$out" 'maybe +orders on node-b presents' "the other one may show either: it reads when it likes"
all_fit
run "$RENEW" status "$id" --format json
python3 - "$TMP/.out" <<'PYTHON'
import json, sys
world = json.load(open(sys.argv[1]))["world"]
states = {p["node"]: p["state"] for p in world["presents"]}
assert states == {"node-a": "certain-new", "node-b": "maybe"}, states
accepts = {a["version"]: a["state"] for a in world["accepts"]}
assert accepts == {"old": "certain-yes", "new": "certain-yes"}, accepts
PYTHON
ok $? "the same as JSON"
run "$RENEW" why "$id" 'restart[node-b]'
like "$out" 'why: it is failed' "a step that failed says so"
sed -i 2,3d commands/restart
"$RENEW" retry "$id" 'restart[node-b]' >/dev/null
"$RENEW" resume "$id" >/dev/null 2>&1
run "$RENEW" status "$id"
like "$out" 'certain-new +orders on node-b presents' "seen, it is certain"
run "$RENEW" why "$id" exchange --format json
python3 - "$TMP/.out" <<'PYTHON'
import json, sys
why = json.load(open(sys.argv[1]))
assert why["schema"] == "renew.why/1" and why["status"] == "done" and "let through" in why["why"], why
assert [r["step"] for r in why["rests-on"]][-1] == "accept-both", why
assert why["approval"].startswith("given by"), why
PYTHON
ok $? "why it was let through, as JSON"
run "$RENEW" why "$id" nothing
exits 3 "no such step: exit 3"
like "$err" 'E1118' "and its code"
run "$RENEW" why "$id"
exits 2 "without a step: how it is called"
cd "$TMP" || exit 1
done_testing
