#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""failpoints: kill -9 before and behind every durable change of the reference plan, resume, compare.

Needs a program built with -DFAULTS. For each named place and each process of the undisturbed run (run,
resume, resume) the n-th time the place is reached is killed, n = 1, 2, ... until the process lives.
A place that is never reached is a failure: it would test nothing.

usage: failpoints.py RENEW [NAME...]   prints `failpoints points=N violations=N`
"""
import os
import shutil
import signal
import sys
import tempfile

from crash import Run, Violations, finish, judge_end, judge_point
from landscape import Landscape

PLACES = ("before-BEGUN", "BEGUN", "before-INTENT", "INTENT", "SENT", "OUTCOME", "VERIFIED", "before-DONE",
          "DONE", "before-COMMIT", "before-FINISH", "FINISH", "before-CHECKPOINT", "CHECKPOINT")
SIGNING = ("before-SIGNED", "SIGNED")
PROCESSES = 3


def step(run, place=None, nth=0):
    """The next process, killed at the place; False when it was not."""
    if place is not None:
        run.env["RENEW_FAILPOINT"] = "%s:kill@%d" % (place, nth)
    child = run.next()
    child.communicate(timeout=120)
    run.env.pop("RENEW_FAILPOINT", None)
    return child.returncode == -signal.SIGKILL


def sign(run, place):
    """The first sign-off, killed at the place."""
    run.env["RENEW_FAILPOINT"] = place + ":kill@1"
    code, _ = run.call("sign", run.id, "exchange")
    run.env.pop("RENEW_FAILPOINT", None)
    return code == -signal.SIGKILL


def one(top, renew, reference, found, place, process, nth):
    """A fresh world; undisturbed up to that process. Returns whether the kill happened."""
    name = "%s in process %d, time %d" % (place, process + 1, nth)
    run = Run(renew, Landscape(os.path.join(top, "%s-%d-%d" % (place, process, nth))))
    for _ in range(process):
        step(run)
        run.find_id()
        run.sign()
    if place in SIGNING:
        step(run)
        run.find_id()
        killed = sign(run, place)
    else:
        killed = step(run, place, nth)
    if killed:
        run.find_id()
        judge_point(run, set(), found, name)
        finish(run, found, name)
        judge_end(run, reference, found, name)
    shutil.rmtree(run.land.folder)
    shutil.rmtree(run.land.folder + ".conf")
    return killed


def main():
    renew, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:] or PLACES + SIGNING
    found, points = Violations(), 0
    top = tempfile.mkdtemp(prefix="renew-failpoints.")
    try:
        run = Run(renew, Landscape(os.path.join(top, "undisturbed")))
        finish(run, found, "undisturbed")
        reference = run.land.normalised()
        for place in wanted:
            reached = 0
            for process in range(1 if place in SIGNING else PROCESSES):
                nth = 1
                while one(top, renew, reference, found, place, process, nth):
                    reached += 1
                    nth += 1
                    if place in SIGNING:
                        break
            found.need(reached > 0, "%s was never reached" % place)
            points += reached
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("failpoints points=%d violations=%d" % (points, len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
