#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile.py: time and peak memory of `renew check`, against ninja on a graph of the same shape.

  steps: twenty certificates, each with a flow of N / 20 nodes that are restarted one beside the other,
         between the exchange and the removal.
  fleet: N / 5 certificates, each with a flow and a node of its own, in a table; five steps a row.
  files: 1,000 different plan files (the samples, each copy with its own names and nodes), in one run.
All of them are plans that hold: parsed, checked, expanded and proven. The build.ninja has one edge a
step, with the same edges between them; for the files, one file of as many edges for each plan file, read
by `subninja`. ninja reads no certificate, calendar or prose, and proves nothing: it is a measure of what
reading and ordering that many steps costs. Runs of both programs alternate, so that a slow moment of the
machine hits both; medians are printed, ratios are renew / ninja.
  python3 tests/bench/compile.py [STEPS ...]      RENEW=build/renew RUNS=5
"""
import os, re, shutil, statistics, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RENEW = os.path.abspath(os.environ.get("RENEW", os.path.join(ROOT, "build/renew")))
RUNS = int(os.environ.get("RUNS", "5"))
CERTIFICATES = 20
FILES = 1000
ROW = ["hand-over", "accept", "agreed", "exchange", "restart"]
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
FLEET = """
plan many "Many renewals" {
  renews RENEWED
  policy overlap

  for each row in renewals using name {
    hand-over: admin gives row.cert.new to peer
    accept: peer accepts row.cert.old, row.cert.new on server
    agreed: peer tells admin "Both are accepted."
    exchange: admin replaces row.cert.old with row.cert.new in store keeping alias
    restart: admin restarts row.flow on row.node within 15m
  }
  done: admin tells peer "All are renewed."
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


def write_fleet(path, steps):
    rows = range(steps // len(ROW))
    with open(path, "w") as out:
        out.write(HEAD)
        for i in rows:
            out.write(CERTIFICATE.format(i, f"worker-{i}"))
        out.write("\ntable renewals with name, cert, flow, node {\n")
        for i in rows:
            out.write(f"  row-{i}, client-{i}, orders-{i}, worker-{i}\n")
        out.write("}\n" + FLEET.replace("RENEWED", ", ".join(f"client-{i}" for i in rows)))


def write_rows(path, steps, prefix="", rule=True):
    with open(path, "w") as out:
        if rule:
            out.write("rule step\n  command = step $role $what\n  description = $what\n\n")
        for i in range(steps // len(ROW)):
            before = ""
            for name in ROW:
                out.write(f"build {prefix}{name}[row-{i}]: step {before}\n  role = admin\n"
                          f"  what = admin does {name} of client-{i} for row-{i}\n")
                before = f"{prefix}{name}[row-{i}]"
        ends = " ".join(f"{prefix}restart[row-{i}]" for i in range(steps // len(ROW)))
        out.write(f"build {prefix}done: step {ends}\n  role = admin\n  what = all are renewed\n")


def write_files(folder):
    """FILES plan files of samples that stand alone, or import what lies in plans/org."""
    samples = ["overlap", "downtime", "service-key", "default-client", "fleet"]
    plans = os.path.join(ROOT, "plans")
    shutil.copytree(os.path.join(plans, "org"), os.path.join(folder, "org"))
    shutil.copy(os.path.join(plans, "lib-overlap.renew"), folder)
    texts = [open(os.path.join(plans, name + ".renew")).read() for name in samples]
    for i in range(FILES):
        text = re.sub(r"^plan (\S+)", rf"plan \1-{i}", texts[i % len(texts)], flags=re.M)
        text = text.replace("acme.example", f"site-{i}.example")
        nodes = ", ".join(f"worker-{node}" for node in range(1, 3 + i % 7))
        text = text.replace("worker-1, worker-2, worker-3", nodes)
        with open(os.path.join(folder, f"{samples[i % len(samples)]}-{i}.renew"), "w") as out:
            out.write(text)


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
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    if os.path.exists(peak):
        return seconds, int(open(peak).read()) * 1024
    return seconds, usage.ru_maxrss * 1024


def medians(commands, folder, rounds=RUNS):
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command, folder))
    return {name: (statistics.median(s for s, _ in all_runs), statistics.median(b for _, b in all_runs))
            for name, all_runs in runs.items()}


def show(name, seconds, size):
    print(f"  {name:<24} {seconds * 1000:9.1f} ms  {size / 1e6:8.1f} MB")


def ratios(result, has_ninja, has_goal):
    for name, (seconds, size) in result.items():
        show(name, seconds, size)
    ours = result["renew check"]
    if has_ninja:
        load, dry = result["ninja -t rules (load)"], result["ninja -n (dry run)"]
        goals = [f" (goal {goal})" if has_goal else "" for goal in ("1.00", "0.35", "1.00")]
        print(f"  ratio to load {ours[0] / load[0]:.2f}{goals[0]}, to dry run "
              f"{ours[0] / dry[0]:.2f}{goals[1]}, memory {ours[1] / load[1]:.2f} of load, "
              f"{ours[1] / dry[1]:.2f} of dry run{goals[2]}")
    return ours


def bench_steps(shape, write, sizes, folder, has_ninja):
    last = None
    for steps in sizes:
        write[0](os.path.join(folder, "many.renew"), steps)
        write[1](os.path.join(folder, "build.ninja"), steps)
        commands = {"renew check": [RENEW, "check", "many.renew"]}
        if has_ninja:
            commands["ninja -t rules (load)"] = ["ninja", "-t", "rules"]
            commands["ninja -n (dry run)"] = ["ninja", "-n"]
        print(f"{shape}, {steps} steps")
        rounds = RUNS if steps <= 100000 else 1  # a figure: its bars are those of 100,000
        ours = ratios(medians(commands, folder, rounds), has_ninja, shape == "steps" and steps == 100000)
        if last is not None:
            print(f"  growth: {steps / last[0]:.0f} times the steps, {ours[0] / last[1]:.1f} times "
                  f"the time, {ours[1] / last[2]:.1f} times the memory")
        last = (steps, *ours)


def bench_files(folder, has_ninja):
    os.mkdir(folder)
    open(os.path.join(folder, "renew.conf"), "w").close()
    write_files(folder)
    said = os.popen(f"{RENEW} check -C {folder}").read()
    print(f"files: {said.strip().splitlines()[-1]}")
    steps = int(re.search(r"(\d+) steps", said)[1])
    commands = {"renew check": [RENEW, "check"]}
    if has_ninja:
        with open(os.path.join(folder, "build.ninja"), "w") as out:
            out.write("rule step\n  command = step $role $what\n  description = $what\n\n")
            for i in range(FILES):
                out.write(f"subninja {i}.ninja\n")
                write_rows(os.path.join(folder, f"{i}.ninja"), steps // FILES, f"{i}-", rule=False)
        commands["ninja -t rules (load)"] = ["ninja", "-t", "rules"]
        commands["ninja -n (dry run)"] = ["ninja", "-n"]
    ours = ratios(medians(commands, folder), has_ninja, False)
    print(f"  {ours[0] * 1000 / FILES:.2f} ms a plan file")


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [1000, 10000, 100000, 1000000]
    has_ninja = shutil.which("ninja") is not None
    with tempfile.TemporaryDirectory(prefix="renew-bench.") as folder:
        open(os.path.join(folder, "renew.conf"), "w").close()
        shutil.copytree(os.path.join(ROOT, "plans"), os.path.join(folder, "plans"))
        print("overlap sample")
        for name, (seconds, size) in medians(
                {"renew check": [RENEW, "check", "plans/overlap.renew"]}, folder).items():
            show(name, seconds, size)
        bench_steps("steps", (write_plan, write_ninja), sizes, folder, has_ninja)
        bench_steps("fleet", (write_fleet, write_rows), [min(max(sizes), 100000)], folder, has_ninja)
        bench_files(os.path.join(folder, "files"), has_ninja)


if __name__ == "__main__":
    main()
