#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile.py: time and peak memory of `renew check`, against ninja on a graph of the same shape.

A plan of N steps that is proven, too: twenty certificates, each with a flow of N / 20 nodes that are
restarted one beside the other, between the exchange and the removal. The build.ninja has one edge a
step, with the same edges between them. Runs of both programs alternate, so that a slow moment of the
machine hits both; medians are printed, ratios are renew / ninja.
  python3 tests/bench/compile.py [STEPS ...]      RENEW=build/renew RUNS=5
"""
import os, shutil, statistics, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RENEW = os.path.abspath(os.environ.get("RENEW", os.path.join(ROOT, "build/renew")))
RUNS = int(os.environ.get("RUNS", "5"))
CERTIFICATES = 20
BEFORE = ["create", "sign", "hand-over", "accept", "report-accepted", "exchange"]
BEHIND = ["report-used", "remove-old"]
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
"""
CERTIFICATE = """
certificate client-{0} {{
  in store
  alias "client-{0}"
  subject "CN=client-{0}"
  signed by corporate
}}

flow orders-{0} {{
  nodes {1}
  calls server with client-{0}
}}
"""
PLAN = """
plan many "Many renewals" {
  renews %s
  policy overlap

  for each row in renewals using name {
    create: admin creates row.cert.new
    sign: admin gets row.cert.new signed by corporate
    hand-over: admin gives row.cert.new to peer
    accept: peer accepts row.cert.old, row.cert.new on server
    report-accepted: peer tells admin "Both certificates of ${row.name} are accepted."
    exchange: admin replaces row.cert.old with row.cert.new in store keeping alias
    for each node in row.flow.nodes {
      restart: admin restarts row.flow on node within 15m
    }
    report-used: admin tells peer "${row.name} uses its new certificate."
    remove-old: peer removes row.cert.old from server
  }
}
"""


def node_count(steps):
    return max(1, steps // CERTIFICATES - len(BEFORE) - len(BEHIND))


def write_plan(path, steps):
    nodes = ", ".join(f"worker-{i}" for i in range(node_count(steps)))
    with open(path, "w") as out:
        out.write(HEAD)
        for i in range(CERTIFICATES):
            out.write(CERTIFICATE.format(i, nodes))
        out.write("\ntable renewals with name, cert, flow {\n")
        for i in range(CERTIFICATES):
            out.write(f"  row-{i}, client-{i}, orders-{i}\n")
        out.write("}\n")
        out.write(PLAN % ", ".join(f"client-{i}" for i in range(CERTIFICATES)))


def write_ninja(path, steps):
    with open(path, "w") as out:
        out.write("rule step\n  command = step $role $what\n  description = $what\n\n")

        def edge(name, before, what):
            out.write(f"build {name}: step {before}\n  role = admin\n  what = {what}\n")

        for i in range(CERTIFICATES):
            before = ""
            for name in BEFORE:
                edge(f"{name}[row-{i}]", before, f"admin does {name} of client-{i} for row-{i}")
                before = f"{name}[row-{i}]"
            restarts = []
            for node in range(node_count(steps)):
                name = f"restart[row-{i}][worker-{node}]"
                edge(name, before, f"admin restarts orders-{i} on worker-{node} within 15m")
                restarts.append(name)
            before = " ".join(restarts)
            for name in BEHIND:
                edge(f"{name}[row-{i}]", before, f"admin does {name} of client-{i} for row-{i}")
                before = f"{name}[row-{i}]"


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
