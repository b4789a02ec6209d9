#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1101 E1104 E1107 E1110 E1118 E1119 E1120
# What may go wrong in the middle of a run: each with its exit code, its code, a way out that works.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
begin() { # PLAN [--set ...]: begins a run; $id
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf" "$TMP/state"
  python3 "$ROOT/tests/crash/landscape.py" "$land" "$1" >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
  "${prepare:-true}"
  run "$RENEW" run "$@"
  id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
}
pair() { openssl x509 -in keystore/client.pem -noout -fingerprint; }

# people: what does not count
begin reference.renew
exits 5 "the reference run waits"
run "$RENEW" sign "$id" exchange --as-role receiver-admin
exits 7 "another role's sign-off is refused"
like "$err" 'error\[E1110\]' "E1110"
run "$RENEW" sign "$id" remove-old
exits 7 "a step that does not wait yet is not signed"
like "$err" 'error\[E1119\]' "E1119"
run "$RENEW" skip "$id" 'restart[node-a]' --because "no time"
exits 7 "a step on which a later one relies is not left out"
like "$err" 'error\[E1124\].*remove-old' "E1124 names the step that would break the connection"
like "$err" "renew retry $id 'restart\[node-a\]'" "its brackets are quoted for the shell"
run "$RENEW" sign "$id" exhcange
exits 3 "a step that does not exist"
like "$err" 'E1118.*did you mean `exchange`' "E1118 with the nearest one"
run "$RENEW" resume 2001-01-01-a
exits 3 "a run that does not exist"
like "$err" 'error\[E1118\]' "E1118"

# drift: the keystore was changed by somebody else
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger -keyout keystore/new -out keystore/crt 2>/dev/null
cat keystore/crt >>keystore/new && mv keystore/new keystore/client.pem
drift=$(pair)
run "$RENEW" sign "$id" exchange
exits 0 "the exchange is approved"
run "$RENEW" resume "$id"
exits 9 "a pair that is neither old nor new is a person's decision"
like "$err" 'error\[E1101\]' "E1101"
like "$err" "renew decide $id exchange redo --because" "the command is one that can be typed"
is "$(pair)" "$drift" "and it was left alone"

# an ended run asks nobody
begin reference.renew
run "$RENEW" cancel "$id" --because "another night"
run "$RENEW" status "$id"
like "$out" 'cancelled' "the run was ended while it waited"
unlike "$out" 'renew sign' "its status asks nobody to sign"

# a rejected step fails, and is tried again when asked
begin reference.renew
run "$RENEW" sign "$id" exchange --reject --note "not tonight"
exits 0 "the exchange is rejected"
run "$RENEW" resume "$id"
exits 4 "a rejected step has failed"
like "$err" 'error\[E1107\]' "E1107"
run "$RENEW" retry "$id" exchange
exits 0 "it is tried again"
run "$RENEW" resume "$id"
exits 5 "and waits for its approval again"

# a command that fails, then works
broken() { printf '#!/bin/sh\nexit 3\n' >commands/restart; }
prepare=broken begin reference.renew
cp commands/stop "$TMP/keep"
"$RENEW" sign "$id" exchange >/dev/null
run "$RENEW" resume "$id"
exits 4 "a restart that fails ends the run with 4"
like "$err" 'error\[E1107\].*restart' "E1107 names the step"
like "$err" 'renew retry' "and says how to go on"
python3 - "$ROOT" "$land" <<'PY'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1] + "/tests/crash")
import landscape
land = landscape.Landscape.__new__(landscape.Landscape)
land.folder = sys.argv[2]
land.command("restart", "loads the pair", 'fingerprint | tr A-F a-f >"WORK/nodes/$1.next" && mv "WORK/nodes/$1.next" "WORK/nodes/$1"')
PY
for node in node-a node-b; do "$RENEW" retry "$id" "restart[$node]" >/dev/null 2>&1; done
run "$RENEW" resume "$id"
exits 5 "after the cause is gone it goes on to the last approval"

# a compiled plan that nobody approved; a wrong digest
begin reference.renew
"$RENEW" plan reference.renew -o reference.rplan >"$TMP/plan.txt"
rm -rf "$TMP/state"
run "$RENEW" run reference.rplan
exits 7 "a plan file without a digest is not executed"
like "$err" 'error\[E1120\]' "E1120"
run "$RENEW" run reference.rplan --digest 0000000000000000000000000000000000000000000000000000000000000000
exits 7 "nor with another digest"
digest=$(tail -1 reference.rplan | sed 's/sha256 //')
grep -q "$digest" "$TMP/plan.txt"
ok $? "plan -o prints the digest"
run "$RENEW" run reference.rplan --digest "$digest"
exits 5 "with its digest it runs"

# windows: over; and closed while the run is half way: what heals is not held back
begin reference-downtime.renew --set start=2020-01-01T00:00
for role in tenant-admin receiver-admin; do "$RENEW" sign "$id" agree --as-role $role >/dev/null; done
run "$RENEW" resume "$id"
exits 6 "a window that is over and does not open again"
like "$err" 'error\[E1104\]' "E1104"
is "$(cat log/effects 2>/dev/null)" "" "nothing was stopped"
cd "$TMP" || exit 1
done_testing
