# SPDX-License-Identifier: Apache-2.0
"""peer: what the benches against `curl` share: a twin as a child, timed commands, and who used the processor.

The twin is a Python program; its own time is in both figures. Each line that is printed says how much of the
processor the twin took on either side: where that is most of the time, a ratio near 1 says that the client keeps
the twin busy, and the client's own processor time beside it says what the client costs.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RENEW = os.path.abspath(os.environ.get("RENEW", os.path.join(ROOT, "build/renew")))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
TICKS = os.sysconf("SC_CLK_TCK")


class Twin:
    """A twin of tests/twins, stopped at the end of `with`."""

    def __init__(self, program, folder, ready="port", python=sys.executable):
        self.command = [python, "-B", os.path.join(ROOT, "tests/twins", program), folder]
        self.ready = os.path.join(folder, ready)  # is there when it listens, with its port

    def __enter__(self):
        self.child = subprocess.Popen(self.command)
        for _ in range(1500):
            if os.path.exists(self.ready):
                return self
            if self.child.poll() is not None:
                break
            time.sleep(0.02)
        sys.exit("the twin does not listen")

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()

    def processor_s(self):
        with open("/proc/%d/stat" % self.child.pid) as text:
            row = text.read().rpartition(")")[2].split()
        return (int(row[11]) + int(row[12])) / TICKS


class Figures:
    """One run each: seconds on the clock, of the client's processor, of the twin's; how often the client slept."""

    def __init__(self):
        self.rows = []

    def run(self, twin, command, **more):
        before, twin_before = resource.getrusage(resource.RUSAGE_CHILDREN), twin.processor_s()
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, **more)
        took = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.rows.append((took, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
                          twin.processor_s() - twin_before, after.ru_nvcsw - before.ru_nvcsw))
        return done

    def median(self, column):
        return statistics.median(row[column] for row in self.rows)


def ask(base, path, body=None, headers=None):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open(urllib.request.Request(base + path, data, headers or {})))


def report(what, ours, theirs, peer, goal):
    ratios = [a[0] / b[0] for a, b in zip(ours.rows, theirs.rows)]
    print("%s: renew %.2f s, %s %.2f s, ratio %.2f (median of %d pairs, %.2f to %.2f; goal %s)"
          % (what, ours.median(0), peer, theirs.median(0), statistics.median(ratios), len(ratios), min(ratios),
             max(ratios), goal))
    print("  processor: renew %.2f s, curl %.2f s; the twin itself %.2f s and %.2f s, which stand in both times"
          % (ours.median(1), theirs.median(1), ours.median(2), theirs.median(2)))
    print("  times that a thread slept: renew %d, curl %d" % (ours.median(3), theirs.median(3)))
