#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The certificate of a plan file: every order left out, every number changed, every edge of the graph cut,
# every two effects swapped, each with a right last line. What is accepted must still be a proof: the
# compiler's own test (tests/prove/certificate_test.c) asks the proof; here the seed's plans are counted.
# redproof: E1123
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
run "$RENEW" plan -q plans/overlap.renew -o "$TMP/overlap.rplan"
exits 0 "a plan file"
run "$RENEW" plan -q plans/downtime.renew --set start=2027-03-06T22:00 --set change-number=CHG0031338 -o "$TMP/downtime.rplan"
exits 0 "and one of a downtime"
cat >"$TMP/change.py" <<'PYTHON'
import copy, hashlib, json, subprocess, sys
program, path, folder = sys.argv[1:]
whole = open(path, encoding="utf-8").read()
plan = json.loads(whole.splitlines()[0])
def write(document):
    text = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    line = text.encode().replace(b"\\n", b"\\u000a") + b"\n"
    data = line + b"sha256 " + hashlib.sha256(line).hexdigest().encode() + b"\n"
    open(folder + "/changed.rplan", "wb").write(data)
    return data
assert write(plan) == open(path, "rb").read(), "the file is canonical"
tally = {}
def refused(kind, document):
    write(document)
    done = subprocess.run([program, "show", "-q", folder + "/changed.rplan"], capture_output=True, timeout=60)
    tried, kept = tally.setdefault(kind, [0, 0])
    if done.returncode == 0:
        tally[kind] = [tried + 1, kept + 1]
        return False
    assert done.returncode == 7 and done.stdout == b"", (kind, done)
    assert b"E1123" in done.stderr or b"E1102" in done.stderr, (kind, done.stderr)
    tally[kind] = [tried + 1, kept]
    return True
for i in range(len(plan["certificate"])):
    other = copy.deepcopy(plan)
    del other["certificate"][i]
    refused("orders left out", other)
    for k in range(len(plan["certificate"][i])):
        for by in (-1, 1):
            other = copy.deepcopy(plan)
            other["certificate"][i][k] += by
            if other["certificate"][i][k] >= 0:
                refused("numbers changed", other)
other = copy.deepcopy(plan)
other["certificate"].append([0, len(plan["steps"]) - 1])
refused("orders added", other)
other = copy.deepcopy(plan)
other["certificate"] = []
refused("certificates emptied", other)
for i, step in enumerate(plan["steps"]):
    for k in range(len(step.get("waits-for", []))):
        other = copy.deepcopy(plan)
        del other["steps"][i]["waits-for"][k]
        if not other["steps"][i]["waits-for"]:
            del other["steps"][i]["waits-for"]
        refused("edges cut", other)
acting = [i for i, s in enumerate(plan["steps"]) if s.get("effect") in
          ("set-alias", "set-slot", "add-accepted", "drop-accepted", "add-root", "restart", "stop", "start")]
for i in acting:
    for j in acting:
        a, b = plan["steps"][i], plan["steps"][j]
        if j <= i or a["effect"] == b["effect"] and a["arguments"] == b["arguments"]:
            continue
        other = copy.deepcopy(plan)
        for key in ("verb", "effect", "arguments", "argv"):
            for here, there in ((i, b), (j, a)):
                other["steps"][here].pop(key, None)
                if key in there:
                    other["steps"][here][key] = there[key]
        refused("effects swapped", other)
for kind, (tried, kept) in tally.items():
    print(f"{kind}: {tried} tried, {kept} of them a proof as well")
PYTHON
for plan in overlap downtime; do
  run python3 "$TMP/change.py" "$RENEW" "$TMP/$plan.rplan" "$TMP"
  exits 0 "$plan: what is refused is refused with exit 7 and its code"
  printf '%s\n' "$out" | sed 's/^/# /'
  like "$out" "orders left out: [0-9]+ tried, 0 of them" "$plan: no order can be left out"
  like "$out" "certificates emptied: 1 tried, 0 of them" "$plan: nor all of them"
  like "$out" "orders added: 1 tried, 0 of them" "$plan: none that nothing needs"
done
done_testing
