# SPDX-License-Identifier: Apache-2.0
"""The demo: a client certificate renewed under live traffic, three times.

  1. the overlap plan by renew, killed with -9 in the middle of a restart and resumed
  2. the downtime plan by renew, in a window
  3. the exchange first, by hand and without renew

Everything is on loopback and below build/demo, but for renew.conf. Ends 0 only where the traffic of
the first two runs saw nothing refused and nothing failed, and that of the third was refused.
"""
import datetime
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record
from by_hand import ByHand
from landscape import Landscape, serial_of, stop_left_over
from program import WAITING, Program
from report import write_report
from traffic import Traffic

ROOT = Path(__file__).resolve().parents[2]
RENEW = os.environ.get("RENEW", ROOT / "build" / "renew")
FOLDER = ROOT / "build" / "demo"
OVERLAP = "plans/demo/overlap.renew"
DOWNTIME = "plans/demo/downtime.renew"
PERSON_S = 0.9        # how long a person takes to read a message and to answer
BEFORE_S = AFTER_S = 1.0
INTO_RESTART_S = 0.15  # after the reload command of the first node began
DEAD_S = 1.5          # how long nobody executes the plan
ENOUGH = 2000         # requests
RUN_NAME = r"\b\d{4}-\d\d-\d\d-[a-z]+\b"
PATIENCE_S = 60       # for anything that has to happen


def say(words=""):
    print(words, flush=True)


def headline(words):
    say()
    say(words)
    say("=" * len(words))


def wait_until(happened, what):
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.01)


class Scene:
    """Traffic around something that is done, and what it leaves for the report."""

    def __init__(self, landscape, name, title):
        self.landscape = landscape
        self.name = name
        self.title = title
        self.marks = []

    def __enter__(self):
        self.old = serial_of(self.landscape.pair)
        self.traffic = Traffic(self.landscape)
        self.began = time.time()
        self.traffic.start()
        time.sleep(BEFORE_S)
        return self

    def __exit__(self, *failure):
        if failure[0] is None:
            time.sleep(AFTER_S)
        self.ended = time.time()
        self.traffic.stop()

    def mark(self, kind, words):
        self.marks.append({"kind": kind, "time": time.time(), "text": words})

    def save(self, steps, **more):
        certificates = {self.old: "old", serial_of(self.landscape.pair): "new"}
        return record.save(FOLDER, self.name, title=self.title, traffic=self.traffic,
                           began=self.began, ended=self.ended, certificates=certificates,
                           steps=steps, marks=self.marks, **more)


def print_counts(counts):
    say()
    for column in ("requests", "refused", "failed", "retried"):
        reasons = "; ".join(f"{reason} ({number})"
                            for reason, number in counts["reasons"].get(column, {}).items())
        say(f"{column}: {counts[column]}" + (f"  {reasons}" if reasons else ""))
    if counts["stopped"]:
        say(f"stopped: {counts['stopped']}  asked for while the stop of the node was announced")


class Run:
    """One run of a plan: typed commands, in the roles of three people."""

    def __init__(self, program, plan):
        self.program = program
        self.plan = plan
        self.name = ""
        self.program.transcript.clear()

    def start(self):
        shown = ("run", self.plan, "--set", "folder=...", "...")
        _, lines = self.program("run", self.plan, *self.program.parameters, shown=shown,
                                expect=(0, WAITING))
        named = re.search(RUN_NAME, "\n".join(lines))
        if not named:
            raise RuntimeError("renew did not say how the run is called")
        self.name = named[0]

    def sign(self, label, role, note):
        """A person reads the request, thinks, and types the answer."""
        time.sleep(PERSON_S)
        say()
        say(f"  {role}:")
        self.program("sign", self.name, label, "--as-role", role, "--note", note)

    def decide(self, label, word, role, because):
        """What only a person knows, here: whether something else still uses the old root."""
        time.sleep(PERSON_S)
        say()
        say(f"  {role}:")
        self.program("decide", self.name, label, word, "--as-role", role, "--because", because)

    def resume(self):
        return self.program("resume", self.name, expect=(0, WAITING))[0]

    def finish(self):
        if self.resume() != 0:
            raise RuntimeError(f"run {self.name} still waits for somebody")
        say()
        self.program("journal", self.name, "--verify")

    def steps(self):
        export = FOLDER / f"journal-{self.name}.ndjson"
        self.program.quietly("journal", self.name, "--export", export)
        return record.steps_of(export, self.program.quietly(
            "show", self.plan, *self.program.parameters, "--as", "json"))

    def words(self):
        """For the report: what was typed, what was delivered, the plan, and what is proven of it."""
        letters = (FOLDER / "landscape" / "letters").glob(f"*/{self.name}-*.txt")
        return {"typed": "\n".join(self.program.transcript),
                "letters": [[path.parent.name, path.read_text()]
                            for path in sorted(letters, key=lambda path: path.stat().st_mtime_ns)],
                "plan": (ROOT / self.plan).read_text(),
                "proven": self.program.quietly("graph", self.plan, *self.program.parameters,
                                               "--safety")}


def overlap(landscape, program):
    headline("1. The overlap plan, killed in the middle")
    say("The receiver can hold two certificates, so nothing has to stop. The traffic runs.")
    say()
    run = Run(program, OVERLAP)
    with Scene(landscape, "overlap", "The overlap plan, executed by renew") as scene:
        run.start()
        run.sign("exchange", "tenant-admin", "receiver confirmed, exchange it")
        say()
        process = program.begin("resume", run.name)
        log = landscape.folder / "node-a" / "commands.log"
        wait_until(lambda: "reload" in log.read_text(), "the restart of node-a")
        time.sleep(INTO_RESTART_S)
        scene.mark("kill", "kill -9")
        program.kill(process)
        say()
        say("  renew was killed with -9 while node-a restarts. The requests go on.")
        say()
        time.sleep(DEAD_S)
        program("status", run.name, expect=(0, WAITING))
        say()
        scene.mark("resume", "renew resume")
        run.resume()
        run.sign("remove-old", "receiver-admin", "only the new one is seen in the log")
        say()
        run.resume()
        run.decide("remove-old-root", "no", "receiver-admin", "no other partner is of that CA")
        say()
        run.finish()
        wait_until(lambda: len(scene.traffic.requests) >= ENOUGH, f"{ENOUGH} requests")
    counts = scene.save(run.steps(), **run.words())["counts"]
    print_counts(counts)
    return counts


def downtime(landscape, program):
    headline("2. The downtime plan")
    say("The same receiver, used as one that holds one certificate only: the flow stops first.")
    say()
    now = datetime.datetime.now(datetime.timezone.utc)
    program.set_parameters(start=now.strftime("%Y-%m-%dT%H:%M"))
    run = Run(program, DOWNTIME)
    with Scene(landscape, "downtime", "The downtime plan, executed by renew") as scene:
        run.start()
        for role in ("tenant-admin", "receiver-admin"):
            run.sign("agree", role, "the window suits us")
        say()
        run.resume()
        run.sign("exchange", "tenant-admin", "the flow is stopped, exchange it")
        say()
        run.finish()
    counts = scene.save(run.steps(), **run.words())["counts"]
    print_counts(counts)
    return counts


def proven_of_wrong(program):
    """What renew says of the same order, written as a plan: the exchange before the receiver accepts."""
    words = (ROOT / OVERLAP).read_text().replace(
        'import "landscape.renew"', f'import "{os.path.relpath(ROOT / OVERLAP, FOLDER)[:-len("overlap.renew")]}landscape.renew"')
    exchange = re.search(r"^  exchange: .*?^  }\n", words, re.M | re.S)[0]
    words = words.replace(exchange, "")
    at = words.index("  accept-both: ")
    plan = FOLDER / "exchange-first.renew"
    plan.write_text(words[:at] + exchange + words[at:])
    say()
    say("  What renew says to that order, before anything is touched:")
    program("check", plan.relative_to(ROOT), shown=("check", "exchange-first.renew"), expect=(1,))
    return program.quietly("graph", plan.relative_to(ROOT), "--safety", expect=(1,))


def wrong_order(landscape, program):
    headline("3. The wrong order, by hand, without renew")
    say("The same servers and the same care at each step, but the exchange comes first.")
    say()
    with Scene(landscape, "wrong", "The exchange first, done by hand") as scene:
        by_hand = ByHand(landscape, lambda words: say("    " + words))
        by_hand.wrong_order()
    counts = scene.save(by_hand.steps, proven=proven_of_wrong(program))["counts"]
    print_counts(counts)
    return counts


def facts():
    nginx = subprocess.run(("nginx", "-v"), capture_output=True, text=True,
                           env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}).stderr.strip()
    openssl = subprocess.run(("openssl", "version"), capture_output=True, text=True).stdout.strip()
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    (FOLDER / "facts.json").write_text(json.dumps(
        f"{today}, {nginx.removeprefix('nginx version: ')}, {openssl}."))


def stands_alone(path):
    """The report holds the three pictures of the proof, no script, and loads nothing."""
    page = path.read_text()
    loads = re.findall(r'(?:src|href)="(?!data:|#)[^"]*"|url\((?!#|&quot;#)[^)]*\)|<script|@import', page)
    return page.count("data:image/svg+xml") == 3 and not loads


def verdict(right, down, wrong, report):
    """The acceptance, one line a sentence; True where all hold."""
    sentences = (
        (right["requests"] >= ENOUGH, f"at least {ENOUGH} requests during the overlap plan"),
        (right["refused"] == 0 and right["failed"] == 0,
         "the overlap plan, killed and resumed: nothing refused, nothing failed"),
        (down["refused"] == 0 and down["failed"] == 0,
         "the downtime plan: nothing refused, nothing failed outside the announced stop"),
        (wrong["refused"] > 0, "the wrong order: the traffic sees it"),
        (stands_alone(report), "the report stands alone, with what is proven of each order"),
    )
    headline("What this shows")
    for holds, sentence in sentences:
        say(f"  {'yes' if holds else 'NO '}  {sentence}")
    return all(holds for holds, _ in sentences)


def play(landscape, outside):
    headline("A client certificate renewed under live traffic")
    landscape.make()
    landscape.start()
    nodes = " and ".join(f"{node} on port {port}" for node, port in landscape.node_ports.items())
    say(f"The receiver is an nginx on port {landscape.receiver_port} that lets in the client")
    say(f"certificates of its list. {nodes} are nginx")
    say("too: they forward every request to it, with the tenant's key pair. node-a loads the pair")
    say("at a reload, node-b at every connection. Two local CAs: the first renewal changes the")
    say("root too. Three people answer; what they type is shown.")
    say()
    program = Program(RENEW, FOLDER, outside, landscape, ROOT)
    program("check", OVERLAP, DOWNTIME)
    right = overlap(landscape, program)
    down = downtime(landscape, program)
    wrong = wrong_order(landscape, program)
    facts()
    report = write_report(FOLDER)
    holds = verdict(right, down, wrong, report)
    say()
    say("During the overlap plan with the kill and the resume in it:")
    print_counts(right)
    say()
    say(f"report: {report.relative_to(ROOT)}")
    return holds


def main():
    FOLDER.parent.mkdir(exist_ok=True)
    # beside the folder, as the folder is made anew
    with open(FOLDER.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"demo: another demo runs in {FOLDER}")
            return 1
        return play_in_new_folder()


def play_in_new_folder():
    stop_left_over(FOLDER / "landscape")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    landscape = Landscape(FOLDER / "landscape")
    outside = Path(tempfile.mkdtemp(prefix="renew-demo."))
    try:
        return 0 if play(landscape, outside) else 1
    except RuntimeError as failure:
        say(f"demo: {failure}")
        return 1
    finally:
        landscape.stop()
        shutil.rmtree(outside)


if __name__ == "__main__":
    sys.exit(main())
