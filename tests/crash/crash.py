#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crash: kill -9 at random moments of the reference plan, resume, compare with the undisturbed run.

Every kill is one point; a run is killed up to KILLS_A_RUN times, then left to end. The seed is printed
and repeats the moments (not the scheduling). After each kill, with no process of ours running:

  P1  the keystore's pair loads and belongs together
  P2  what each node has loaded is a certificate that the receiver accepts (overlap: at every instant)
  P3  the journal verifies (I5), and a step that was done stays done and has no later INTENT (I1)
and at the end of every run:
  F1  the same normalised keystore, trust file, pins and nodes as the undisturbed run
  F2  exactly one certificate was issued for the run
  F3  every effect at a target has an INTENT of its step before it (I2)
  F4  the exchange is made once (I3): from the moment at which the new pair stands in the keystore, no
      later process writes that file again (a replacement makes a new inode), and the backup is one
  F5  one more resume changes no file and adds no journal record (I9)

usage: crash.py RENEW POINTS [SEED]   prints `crash points=N kills=N violations=N seed=S`
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from landscape import Landscape

KILLS_A_RUN = 10
RESUMES_MAX = 60

class Run:
    def __init__(self, renew, landscape):
        self.renew, self.land, self.id = renew, landscape, None
        self.exchanged = None  # the keystore's inode since it holds the new pair
        self.env = dict(os.environ, XDG_STATE_HOME=landscape.state, RENEW_CONFIG=landscape.conf,
                        LC_ALL="C.UTF-8", NO_COLOR="1")

    def start(self, *argv):
        return subprocess.Popen([self.renew, *argv], cwd=self.land.folder, env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def call(self, *argv):
        child = self.start(*argv)
        out, _ = child.communicate(timeout=120)
        return child.returncode, out

    def find_id(self):
        if self.id is None:
            code, out = self.call("status", "--json")
            found = re.search(r'"run" ?: ?"([0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+)"', out)
            self.id = found.group(1) if found else None
        return self.id

    def next(self):
        """The command that goes on: run at first, resume when the store knows a run."""
        return self.start("resume", self.id) if self.find_id() else self.start("run", "reference.renew")

    def sign(self):
        for label in ("exchange", "remove-old"):
            self.call("sign", self.id, label)

    def journal(self):
        if self.find_id() is None:
            return []
        code, out = self.call("journal", self.id, "--export", "-")
        return [json.loads(line)["body"] for line in out.splitlines() if line.startswith("{")] if code == 0 else None

    def verifies(self):
        return self.id is None or self.call("journal", self.id, "--verify")[0] == 0


def wait_for_orphans(land):
    """A command that outlived its executor is part of the world; the world is judged when it is still."""
    for _ in range(200):
        if subprocess.run(["pgrep", "-f", land.path("commands/")], capture_output=True).returncode != 0:
            return
        time.sleep(0.01)


def done_steps(journal):
    return {r["step"] for r in journal if r.get("status") == "done"}


class Violations(list):
    def need(self, holds, words):
        if not holds:
            self.append(words)
            print("violation: " + words, flush=True)


def judge_exchange(run, found, point):
    """The keystore is written once: seen at rest, whenever no process of ours runs."""
    if run.land.presented() == run.land.old:
        return
    inode = os.stat(run.land.path("keystore/client.pem")).st_ino
    found.need(run.exchanged in (None, inode), "%s: F4 the keystore was written again" % point)
    run.exchanged = inode


def judge_point(run, before, found, point):
    land = run.land
    wait_for_orphans(land)
    judge_exchange(run, found, point)
    pair = subprocess.run(
        "[ \"$(openssl x509 -in keystore/client.pem -noout -pubkey)\" = \"$(openssl pkey -in keystore/client.pem -pubout)\" ]",
        shell=True, cwd=land.folder, capture_output=True)
    found.need(pair.returncode == 0, "%s: P1 the keystore's pair does not belong together" % point)
    pins = land.pins()
    for node in ("node-a", "node-b"):
        found.need(land.node(node) in pins, "%s: P2 %s presents what the receiver does not accept" % (point, node))
    journal = run.journal()
    found.need(journal is not None and run.verifies(), "%s: P3 the journal does not verify" % point)
    journal = journal or []
    lost = before - done_steps(journal)
    found.need(not lost, "%s: I1 done steps are gone: %s" % (point, sorted(lost)))
    done_at = {r["step"]: r["seq"] for r in journal if r.get("status") == "done"}
    again = [r["step"] for r in journal if r["kind"] == "intent" and r["seq"] > done_at.get(r["step"], 1 << 60)]
    found.need(not again, "%s: I1 acted again after done: %s" % (point, again))
    return done_steps(journal)


def judge_end(run, reference, found, name):
    land = run.land
    judge_exchange(run, found, name)
    normal = land.normalised()
    found.need(normal == reference, "%s: F1 another end: %s, not %s" % (name, normal, reference))
    found.need(land.issued() == 1, "%s: F2 %d certificates issued" % (name, land.issued()))
    intents = {r["step"] for r in run.journal() or [] if r["kind"] == "intent"}
    effects = {line.strip() for line in open(land.path("log/effects"))}
    found.need(effects <= intents, "%s: F3 effects without INTENT: %s" % (name, sorted(effects - intents)))
    backups = [n for n in os.listdir(land.path("keystore")) if ".bak-" in n]
    found.need(len(backups) <= 1, "%s: F4 more than one backup: %s" % (name, backups))
    before, records = land.snapshot(), len(run.journal() or [])
    code, out = run.call("resume", run.id)
    found.need(code == 0, "%s: F5 a second resume ends with %d: %s" % (name, code, out))
    found.need(land.snapshot() == before, "%s: F5 a second resume changed a file" % name)
    found.need(len(run.journal() or []) == records, "%s: F5 a second resume wrote to the journal" % name)


def finish(run, found, name):
    """Goes on, signs, goes on, until exit 0. Returns the seconds that executors ran."""
    spent = 0.0
    for _ in range(RESUMES_MAX):
        began = time.monotonic()
        child = run.next()
        out, _ = child.communicate(timeout=120)
        spent += time.monotonic() - began
        if child.returncode == 0:
            return spent
        if child.returncode == 5:
            run.find_id()
            run.sign()
            time.sleep(0.02)
            continue
        found.need(False, "%s: exit %d: %s" % (name, child.returncode, out))
        return spent
    found.need(False, "%s: not done after %d resumes" % (name, RESUMES_MAX))
    return spent


def main():
    renew, points = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 31)
    dice, found, kills, runs = random.Random(seed), Violations(), 0, 0
    top = tempfile.mkdtemp(prefix="renew-crash.")
    try:
        run = Run(renew, Landscape(os.path.join(top, "undisturbed")))
        whole = finish(run, found, "undisturbed")
        reference = run.land.normalised()
        judge_end(run, reference, found, "undisturbed")
        found.need(reference["presented"] == "new" and reference["pins"] == ["new"]
                   and reference["nodes"] == ["new", "new"], "undisturbed: not renewed: %s" % reference)
        while kills < points and not (found and len(found) > 20):
            runs += 1
            name = "run %d" % runs
            run = Run(renew, Landscape(os.path.join(top, "run-%d" % runs)))
            done = set()
            for _ in range(KILLS_A_RUN):
                if kills == points:
                    break
                child = run.next()
                try:
                    # one executor seldom lives as long as all of them together
                    child.communicate(timeout=dice.uniform(0.0, whole * 0.5))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    child.communicate()
                    kills += 1
                    run.find_id()
                    done = judge_point(run, done, found, "%s kill %d" % (name, kills))
                    continue
                if child.returncode == 0:
                    break
                if child.returncode != 5:
                    found.need(False, "%s: exit %d" % (name, child.returncode))
                    break
                run.find_id()
                run.sign()
            finish(run, found, name)
            judge_end(run, reference, found, name)
            shutil.rmtree(run.land.folder)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("crash points=%d kills=%d runs=%d violations=%d seed=%d" % (points, kills, runs, len(found), seed))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
