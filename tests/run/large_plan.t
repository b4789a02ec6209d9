#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plans as large as they get: 100,000 steps, 20,000 certificates, a `together` of 10,000 branches, in a
# bounded address space; an order that is wrong among 10,000, and a circle of 10,000, are told as well
# as in a small plan. The limits on memory are three times what is needed, the one on processor time a
# hundred times: what fails here does not grow with the plan, but with its square.
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" || exit 1
touch renew.conf
cp "$ROOT/tests/reject/people-base.renew" .
limits() { # KIB COMMAND ...
  local kib=$1
  shift
  (
    # the sanitizers reserve terabytes of addresses, so the limit is for the plain build only
    [[ $RENEW == *asan* ]] || ulimit -v "$kib"
    ulimit -t 60
    exec "$@"
  )
}
python3 -B - "$ROOT/tests/bench" <<'PYTHON' || exit 1
import sys
sys.path.insert(0, sys.argv[1])
import compile as shapes
shapes.write_plan("steps.renew", 100000)
shapes.write_fleet("fleet.renew", 100000)
WIDE = 10000
base = open("people-base.renew").read()
open("people-base.renew", "w").write(
    base.replace("nodes n-1, n-2", "nodes " + ", ".join(f"n-{i}" for i in range(WIDE))))
HEAD = """renew 1

import "people-base.renew"

plan renew-client "Renewal" {
  renews client
  policy overlap

  create: sender creates client.new
  sign: sender gets client.new signed by corporate
  hand-over: sender gives client.new to receiver
  accept-both: receiver accepts client.old, client.new on server
  report-accepted: receiver tells sender "Both are accepted."
  exchange: sender replaces client.old with client.new in store keeping alias
"""
ASK = '  ask-restart: sender tells developer "Please restart the flow."\n'
REMOVE = "  remove-old: receiver removes client.old from server\n"
TAIL = """  look: developer checks call of orders on n-0
  report-restarted: developer tells receiver "The new certificate is used."
"""


def together(after):
    lines = (f"    restart-{i}: developer restarts orders on n-{i}{after(i)}\n" for i in range(WIDE))
    return "  together {\n" + "".join(lines) + "  }\n"


def write(name, *parts):
    open(name, "w").write(HEAD + "".join(parts) + "}\n")


free = together(lambda i: "")
write("wide.renew", ASK, free, TAIL, REMOVE)
write("chain.renew", ASK, together(lambda i: f" after restart-{i + 1}" if i + 1 < WIDE else ""), TAIL, REMOVE)
write("early.renew", REMOVE, ASK, free, TAIL)
write("circle.renew", ASK, together(lambda i: f" after restart-{(i + 1) % WIDE}"), TAIL, REMOVE)
PYTHON

run limits 300000 "$RENEW" check steps.renew
exits 0 "100,000 steps are proven"
like "$out" "100000 steps" "all of them"
run limits 700000 "$RENEW" check fleet.renew
exits 0 "20,000 certificates are proven"
run limits 300000 "$RENEW" check wide.renew
exits 0 "a together of 10,000 is proven"
run limits 300000 "$RENEW" check chain.renew
exits 0 "10,000 branches, each after the next one"
run limits 300000 "$RENEW" check early.renew
exits 1 "one step too early among 10,000"
like "$err" "E0602" "the reason"
like "$err" "n-4 and 9995 more may still present it" "for all nodes"
run limits 300000 "$RENEW" check circle.renew
exits 1 "a circle of 10,000"
like "$err" "E0614" "has its code"
like "$err" "\`restart-1\` waits for \`restart-2\`" "and is shown"
done_testing
