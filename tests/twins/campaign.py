# SPDX-License-Identifier: Apache-2.0
"""campaign: a plan of cloud.sh against the twin of Cloud Foundry, with each fault of twin.py at each request,
as TAP. `generated` renews a key: afterwards one was made and one deleted. `first` creates an instance and its
first key: afterwards there is one of each. The run is done, and nobody was asked to decide.

  campaign.py RENEW FOLDER [few|all [generated|first]]
                FOLDER holds plan.renew, cf-user, seal.crt; conf/renew.conf lies beside it; the port at which
                the twin is controlled stands in FOLDER/cf/control
few: the requests that write and the ones behind them, at every mode, and two modes that stay (of `first`: the
one that writes the instance, and one mode that stays); all: every request, once and lasting (half an hour to an hour); AT=FROM-TO, MODES="lost late": those alone.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request

RENEW, FOLDER, SIZE = sys.argv[1], sys.argv[2], (sys.argv[3:] or ["few"])[0]
PLAN = (sys.argv[4:] or ["generated"])[0]
AT = [int(number) for number in os.environ.get("AT", "1-1000000").split("-")]
WANTED = {
    "generated": {"signed": ("switch", "switch.check", "delete-old"), "letters": 3, "writes": ("POST /v3", "DELETE /v3"),
                  "keys": ["shop-external", "shop-generated-NEW", "shop-secret"], "instances": ["administration", "inbound-orders"],
                  "effects": ["create shop-generated-NEW", "delete shop-generated"], "behind": 1, "lasting": ("lost", "unanswered")},
    "first": {"signed": ("switch", "switch.check"), "letters": 3, "writes": ("POST /v3/service_instances",),
              "keys": ["crm-key-NEW", "shop-external", "shop-generated", "shop-secret"],
              "instances": ["administration", "crm-orders", "inbound-orders"],
              "effects": ["create instance crm-orders", "create crm-key-NEW"], "behind": 0, "lasting": ("unanswered",)},
}[PLAN]
MODES = tuple(os.environ.get("MODES", "").split()) or ("lost", "unanswered", "error", "twice", "late", "reset", "busy", "tls", "drip", "cut", "loop", "gone")
with open(os.path.join(FOLDER, "cf", "control")) as text:
    BASE = "http://127.0.0.1:" + text.read()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
cases, failures, last_test = 0, [], 0
ends = {}


def ask(path, body=None):
    return json.load(opener.open(BASE + "/twin/" + path, None if body is None else json.dumps(body).encode(), timeout=30))


def renew(state, *words):
    env = dict(os.environ, XDG_STATE_HOME=state, RENEW_CONFIG=os.path.join(FOLDER, "..", "conf", "renew.conf"))
    return subprocess.run([RENEW, *words], cwd=FOLDER, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=300)


def resume(state, run, wanted, out, rows):
    """Until the run waits for a person or is over: how it ended; None where it did not."""
    for _ in range(8):
        rows.append("exit %d: %s" % (out.returncode, (out.stdout + out.stderr)[-1500:]))
        if out.returncode in wanted:
            return out.returncode
        ask("fault", {"mode": "none", "at": 10**9, "sticky": False})
        if out.returncode == 4:  # a step that was refused: a person looks, and tries again
            retry = re.search(r"renew (retry \S+ \S+)", out.stderr + out.stdout)
            if retry is None and "no step was begun" not in out.stderr:
                return None
        if out.returncode == 4 and retry is not None:
            rows.append(renew(state, *retry.group(1).split()).stdout)
            renew(state, "resume", run, "--no-input")  # an approval counts for one attempt
            rows.append(renew(state, "sign", run, retry.group(1).split()[-1], "--because", "seen").stdout)
        out = renew(state, "resume", run, "--no-input")
    return None


def play(mode, at, sticky):
    """One run of the plan; the reasons why it is not as it should be."""
    state = os.path.join(FOLDER, "state")
    shutil.rmtree(state, ignore_errors=True)
    shutil.rmtree(os.path.join(FOLDER, "outbox"), ignore_errors=True)
    ask("reset", {})
    ask("set", {"patience_s": 2, "job_polls": 1})
    if at:
        ask("fault", {"mode": mode, "at": at, "sticky": bool(sticky), "lasts_s": 4 if sticky == "heals" else 10**9})
    rows = []
    out = renew(state, "run", PLAN, "--no-input")
    found = re.search(r"^%s  run (\S+)" % PLAN, out.stdout, re.M)
    if not found:
        return ["no run: " + out.stdout + out.stderr], rows, 0
    run = found.group(1)
    end = resume(state, run, (5,), out, rows)
    good = end is not None
    for step in WANTED["signed"]:
        out = renew(state, "sign", run, step, "--because", "seen")
        rows.append(out.stdout + out.stderr)
        out = renew(state, "resume", run, "--no-input")
        end = resume(state, run, (0, 5), out, rows)
        good = good and end is not None
    seen = ask("state")
    bad = []
    keys = sorted(re.sub(r"-\d{4}-.*", "-NEW", key["name"]) for key in seen["keys"])
    effects = [re.sub(r"-\d{4}-.*", "-NEW", effect) for effect in seen["effects"]]
    if not good or end != 0:
        bad.append("the run ended with %s" % end)
    instances = sorted(one["name"] for one in seen["instances"])
    for name, got in (("keys", keys), ("instances", instances), ("effects", effects)):
        if got != WANTED[name]:
            bad.append("%s: %s" % (name, got))
    letters = os.path.join(FOLDER, "outbox", "sender-admin")
    if not os.path.isdir(letters) or len(os.listdir(letters)) < WANTED["letters"]:
        bad.append("not handed over")
    return bad, rows, seen["seen"]


def main():
    global cases
    tests = 0
    bad, rows, _ = play("none", 0, False)
    total = len([row for row in ask("log")])
    log = ask("log")
    writes = [number for number, row in enumerate(log, 1) if row.startswith(WANTED["writes"])]
    print("# %d requests without a fault, %s of them write" % (total, len(writes)))
    print("%s 1 - the plan without a fault" % ("ok" if not bad else "not ok"))
    for line in bad + (rows if bad else []):
        print("#   " + line.replace("\n", "\n#   "))
    tests = 1
    near = sorted({at for write in writes for at in (write, write + WANTED["behind"])})
    for mode in MODES:
        wanted = [(at, False) for at in (near if SIZE == "few" else range(1, total + 1))]
        if SIZE == "few" and mode in ("late", "drip"):  # each takes seconds
            wanted = [(at, False) for at in writes]
        if SIZE != "few":  # with these a client is patient for a minute: they stay at the writes, and heal elsewhere
            wanted += [(at, "heals" if mode in ("busy", "error") and at not in near else True) for at in range(1, total + 1)]
        elif mode in WANTED["lasting"]:
            wanted += [(at, True) for at in writes]
        wanted = [(at, sticky) for at, sticky in wanted if AT[0] <= at <= AT[1]]
        failed = []
        for at, sticky in wanted:
            cases += 1
            bad, rows, _ = play(mode, at, sticky)
            if bad:
                failed.append((at, sticky, bad, rows))
        tests += 1
        print("%s %d - %s at %d requests" % ("not ok" if failed else "ok", tests, mode, len(wanted)), flush=True)
        for at, sticky, bad, rows in failed[:3]:
            print("#   at %d%s: %s" % (at, " sticky" if sticky else "", "; ".join(bad)))
            for row in rows + ask("log")[-8:]:
                print("#     " + row.strip().replace("\n", "\n#     "))
    print("# %d cases" % cases)
    print("1..%d" % tests)


main()
