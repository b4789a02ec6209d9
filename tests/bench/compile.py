#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile.py: time and peak memory of `renew check`, against ninja on a graph of the same shape.

A plan of N steps: a table of N / 5 rows, and for each row the same five steps in sequence. The
build.ninja has one edge a step, with the same edges between them. Runs of both programs alternate, so
that a slow moment of the machine hits both; medians are printed, ratios are renew / ninja.
  python3 tests/bench/compile.py [STEPS ...]      RENEW=build/renew RUNS=5
"""
import os, shutil, statistics, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RENEW = os.path.abspath(os.environ.get("RENEW", os.path.join(ROOT, "build/renew")))
RUNS = int(os.environ.get("RUNS", "5"))
BODY = 5
CERTIFICATES = 20
GNU_TIME = "/usr/bin/time"

HEAD = """renew 1

role admin "Administrator" {
  reach by console
}

role peer "Peer" {
  reach by console
}

keystore store {
  kind manual
  owner admin
}

ca corporate {
  protocol manual
}

system server {
  owner peer
  accepts-many yes
}

flow orders {
  nodes worker-1
  calls server with client-0
}
"""
CERTIFICATE = """
certificate client-{0} {{
  in store
  alias "client-{0}"
  subject "CN=client-{0}"
  signed by corporate
}}
"""
PLAN = """
plan many "Many renewals" {
  renews client-0
  policy overlap

  for each row in renewals using name {
    hand-over: admin gives row.cert.new to peer
    accept: peer accepts row.cert.old, row.cert.new on server
    exchange: admin replaces row.cert.old with row.cert.new in store keeping alias
    restart: admin restarts orders on worker-1 within 15m
    report: admin tells peer "${row.name} uses its new certificate."
  }
  done: admin tells peer "All are renewed."
}
"""


def write_plan(path, steps):
    with open(path, "w") as out:
        out.write(HEAD)
        for i in range(CERTIFICATES):
            out.write(CERTIFICATE.format(i))
        out.write("\ntable renewals with name, cert {\n")
        for i in range(steps // BODY):
            out.write(f"  row-{i}, client-{i % CERTIFICATES}\n")
        out.write("}\n")
        out.write(PLAN)


def write_ninja(path, steps):
    names = ["hand-over", "accept", "exchange", "restart", "report"]
    with open(path, "w") as out:
        out.write("rule step\n  command = step $role $what\n  description = $what\n\n")
        for i in range(steps // BODY):
            before = ""
            for name in names:
                out.write(f"build {name}[row-{i}]: step {before}\n  role = admin\n"
                          f"  what = admin does {name} of client-{i % CERTIFICATES} for row-{i}\n")
                before = f"{name}[row-{i}]"
        ends = " ".join(f"report[row-{i}]" for i in range(steps // BODY))
        out.write(f"build done: step {ends}\n  role = admin\n  what = all are renewed\n")


def once(command, folder):
    """Seconds and peak bytes of one run."""
    peak = os.path.join(folder, "peak")
    # A child of this interpreter would count its memory too: GNU time forks from a small process.
    if os.path.exists(GNU_TIME):
        command = [GNU_TIME, "-f", "%M", "-o", peak] + command
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1):
            os.dup2(null, fd)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    if os.path.exists(peak):
        return seconds, int(open(peak).read()) * 1024
    return seconds, usage.ru_maxrss * 1024


def medians(commands, folder):
    runs = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            runs[name].append(once(command, folder))
    return {name: (statistics.median(s for s, _ in all_runs), statistics.median(b for _, b in all_runs))
            for name, all_runs in runs.items()}


def show(name, seconds, size):
    print(f"  {name:<24} {seconds * 1000:9.1f} ms  {size / 1e6:8.1f} MB")


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [1000, 10000, 100000]
    has_ninja = shutil.which("ninja") is not None
    with tempfile.TemporaryDirectory(prefix="renew-bench.") as folder:
        open(os.path.join(folder, "renew.conf"), "w").close()
        shutil.copytree(os.path.join(ROOT, "plans"), os.path.join(folder, "plans"))
        print("overlap sample")
        for name, (seconds, size) in medians(
                {"renew check": [RENEW, "check", "plans/overlap.renew"]}, folder).items():
            show(name, seconds, size)
        last = None
        for steps in sizes:
            write_plan(os.path.join(folder, "many.renew"), steps)
            write_ninja(os.path.join(folder, "build.ninja"), steps)
            commands = {"renew check": [RENEW, "check", "many.renew"]}
            if has_ninja:
                commands["ninja -t rules (load)"] = ["ninja", "-t", "rules"]
                commands["ninja -n (dry run)"] = ["ninja", "-n"]
            result = medians(commands, folder)
            print(f"{steps} steps")
            for name, (seconds, size) in result.items():
                show(name, seconds, size)
            ours = result["renew check"]
            if has_ninja:
                load, dry = result["ninja -t rules (load)"], result["ninja -n (dry run)"]
                print(f"  ratio to load {ours[0] / load[0]:.2f} (goal 1.00), to dry run "
                      f"{ours[0] / dry[0]:.2f} (goal 0.35), memory {ours[1] / load[1]:.2f} of load, "
                      f"{ours[1] / dry[1]:.2f} of dry run (goal 1.00)")
            if last is not None:
                print(f"  growth: {steps / last[0]:.0f} times the steps, {ours[0] / last[1]:.1f} times the time, "
                      f"{ours[1] / last[2]:.1f} times the memory")
            last = (steps, *ours)


main()
