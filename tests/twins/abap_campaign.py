# SPDX-License-Identifier: Apache-2.0
"""abap_campaign: the renewal of a default client certificate against the twin of an ABAP environment, with each
fault of twin.py at each request, as TAP. Afterwards each outbound user was switched exactly once, the run is
done, nobody was asked to decide, and nobody logged on in vain.

  abap_campaign.py RENEW FOLDER PORT CERTIFICATES [few|all]
                    FOLDER holds plan.renew (with `export` and `upload` for people), its store is FOLDER/state
few: the first write, and the request behind it or another one, which differs from mode to mode; all: every
request, once and sticky.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

RENEW, FOLDER, PORT, CERTIFICATES = sys.argv[1:5]
SIZE = (sys.argv[5:] or ["few"])[0]
MODES = tuple(os.environ.get("MODES", "").split()) or (
    "lost", "unanswered", "error", "twice", "late", "reset", "busy", "tls", "drip", "cut", "loop", "gone")
BASE = "http://127.0.0.1:" + PORT
EFFECTS = ["crm-batch -> new", "crm-out -> new", "shop-out -> new"]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
cases = 0


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    for _ in range(100):  # "gone": for a moment nobody listens
        try:
            return json.load(opener.open(BASE + "/twin/" + path, data, timeout=30))
        except OSError:
            time.sleep(0.05)
    raise SystemExit("Bail out! the twin is gone")


def renew(*words):
    env = dict(os.environ, XDG_STATE_HOME=os.path.join(FOLDER, "state"))
    return subprocess.run([RENEW, *words], cwd=FOLDER, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=120)


def settle(run, out, wanted, rows, bad, words=None):
    """Until the run waits for a person or is over. What failed is tried again, as its own words say, and confirmed
    again (words) where a person did it: a confirmation counts for one attempt. What is in doubt for good would
    need a person, and is a failure here."""
    for _ in range(8):
        rows.append("exit %d: %s" % (out.returncode, (out.stdout + out.stderr)[-1200:]))
        if out.returncode in wanted:
            return True
        if out.returncode == 9:
            bad.append("a person has to decide")
            return False
        ask("fault", {"mode": "none", "at": 10**9, "sticky": False})
        for retry in set(re.findall(r"renew (retry \S+ \S+)", out.stderr + out.stdout)):
            verb, run_, step = retry.split()
            renew(verb, run_, step.strip("'"))
            if words and words[0] == step.strip("'"):
                renew("resume", run, "--no-input")  # asks again
                renew("sign", run, *words)
        out = renew("resume", run, "--no-input")
    bad.append("the run came to no end")
    return False


def begin(rows):
    """A run that is not bound has no name, and is begun again."""
    for _ in range(4):
        out = renew("run", "plan.renew", "--no-input", "--set", "abap-prod.communication-systems=CRM,SHOP")
        found = re.search(r"run (\d{4}-\d\d-\d\d-[a-z]+)", out.stdout)
        if found:
            return found.group(1), out
        rows.append("no run: exit %d %s" % (out.returncode, out.stdout + out.stderr))
        ask("fault", {"mode": "none", "at": 10**9, "sticky": False})
    return None, None


def play(mode, at, sticky):
    rows, bad = [], []
    shutil.rmtree(os.path.join(FOLDER, "state"), ignore_errors=True)
    ask("reset", {})
    ask("set", {"patience_s": 3})
    if at:
        ask("fault", {"mode": mode, "at": at, "sticky": sticky})
    run, out = begin(rows)
    if not run:
        return ["no run"], rows
    good = settle(run, out, (5,), rows, bad)
    for words in (["export", "--evidence", os.path.join(CERTIFICATES, "new.pem")], ["upload"]):
        if good:
            rows.append(renew("sign", run, *words).stdout)
            good = settle(run, renew("resume", run, "--no-input"), (0, 5), rows, bad, words)
    out = renew("resume", run, "--no-input")
    if good:
        settle(run, out, (0,), rows, bad)
    seen = ask("state")
    if sorted(seen["effects"]) != EFFECTS:
        bad.append("effects: %s" % seen["effects"])
    if seen["failed"]:
        bad.append("%d log-ons in vain" % seen["failed"])
    if renew("journal", run, "--verify").returncode != 0:
        bad.append("the journal does not verify")
    return bad, rows


def main():
    global cases
    bad, rows = play("none", 0, False)
    log = [row for row in ask("log") if not row.startswith("fault")]
    total = len(log)
    writes = [number for number, row in enumerate(log, 1) if row.startswith("PATCH")]
    kinds = len({re.sub(r"\([^)]*\)|\?.*| ->.*", "", row) for row in log})
    print("# %d requests without a fault, of %d kinds; %d of them write" % (total, kinds, len(writes)))
    print("%s 1 - the renewal without a fault" % ("ok" if not bad else "not ok"))
    for line in bad + (rows if bad else []):
        print("#   " + line.replace("\n", "\n#   "))
    for tests, mode in enumerate(MODES, 2):
        if SIZE == "few":
            once = [writes[0], writes[0] + 1 if tests % 2 else 1 + (7 * tests) % total]
            wanted = [(at, False) for at in sorted(set(once if mode not in ("late", "drip") else once[:1]))]
            wanted += [(writes[-1], True)] if mode in ("unanswered", "error") else []
        else:
            wanted = [(at, sticky) for sticky in (False, True) for at in range(1, total + 1)]
        failed = []
        for at, sticky in wanted:
            cases += 1
            bad, rows = play(mode, at, sticky)
            if bad:
                failed.append((at, sticky, bad, rows))
        print("%s %d - %s at %d requests" % ("not ok" if failed else "ok", tests, mode, len(wanted)), flush=True)
        for at, sticky, bad, rows in failed[:3]:
            print("#   at %d%s: %s" % (at, " sticky" if sticky else "", "; ".join(bad)))
            for row in rows + ask("log")[-12:]:
                print("#     " + row.strip().replace("\n", "\n#     "))
    print("# %d cases" % cases)
    print("1..%d" % (len(MODES) + 1))


main()
