#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""prove.py: what the proof costs, without the rest of the compiler, and against a model checker.

  alone: the plans of compile.py (shapes steps, fleet), the proof alone: its processor time and how much it
         raises the peak of the memory (build/tests/prove_alone); beside it ninja loads a graph of the same
         shape (`ninja -t rules`), in turns.
  spin:  one certificate on 4, 8 and 12 nodes: `renew graph --as promela`, compiled as SPIN's manual says
         for safety (gcc -O2 -DSAFETY); the run of pan alone is compared, not its making. It is stopped after
         SPIN_SECONDS (60): then the ratio is a lower bound.
Processor time is compared, not the clock's: other work on the machine then matters less.
  python3 tests/bench/prove.py [STEPS ...]      RENEW=build/renew BENCH=build/bench RUNS=5
"""
import os, resource, shutil, statistics, subprocess, sys, tempfile

import compile as shapes

TOOLS = os.path.join(os.path.dirname(os.path.abspath(os.environ.get("BENCH", "build/bench"))), "tests")
ALONE = os.path.join(TOOLS, "prove_alone")
SPIN_SECONDS = int(os.environ.get("SPIN_SECONDS", "60"))
SPIN_MEMORY = 4 << 30
NODES = (4, 8, 12)
GOAL_SPIN = 1000


def alone(plan, rounds):
    """Steps, seconds, peak bytes."""
    folder, name = os.path.split(plan)
    steps, micros, peak = subprocess.run([ALONE, name, str(rounds)], cwd=folder, check=True,
                                         capture_output=True, text=True).stdout.split()
    return int(steps), float(micros) / 1e6, int(peak)


def processor(command, folder, **more):
    """Seconds of processor time of one run, and its status; None: stopped."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        status = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, **more).returncode
    except subprocess.TimeoutExpired:
        status = None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, status


def bench_alone(shape, write, steps, folder, last):
    plan = os.path.join(folder, "many.renew")
    write[0](plan, steps)
    write[1](os.path.join(folder, "build.ninja"), steps)
    is_large = steps > 100000
    proofs, loads = [], []
    for _ in range(1 if is_large else shapes.RUNS):
        proofs.append(alone(plan, 1 if is_large else 5))
        if shutil.which("ninja"):
            loads.append(processor(["ninja", "-t", "rules"], folder)[0])
    count, seconds, peak = (statistics.median(values) for values in zip(*proofs))
    line = f"{shape}, {count:7.0f} steps: {seconds * 1000:9.2f} ms {peak / 1e6:7.1f} MB"
    if loads:
        line += f"  ratio to ninja's load {seconds / statistics.median(loads):.3f}"
    if last:
        line += f"  growth {count / last[0]:.0f}: time {seconds / last[1]:.1f}, memory {peak / last[2]:.1f}"
    print(line)
    return count, seconds, peak


def write_nodes(path, count):
    with open(path, "w") as out:
        out.write(shapes.HEAD)
        out.write(shapes.CERTIFICATE.format(0, ", ".join(f"worker-{i}" for i in range(count))))
        out.write("\ntable renewals with name, cert, flow {\n  row-0, client-0, orders-0\n}\n")
        out.write(shapes.PLAN % "client-0")


def make_pan(plan, folder):
    for command in (["renew", "graph", plan, "--as", "promela", "-o", "plan.pml"], ["spin", "-a", "plan.pml"],
                    ["gcc", "-O2", "-w", "-DSAFETY", f"-DMEMLIM={SPIN_MEMORY >> 20}", "-o", "pan", "pan.c"]):
        if command[0] == "renew":
            command[0] = shapes.RENEW
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def bench_spin(count, folder):
    plan = os.path.join(folder, "nodes.renew")
    write_nodes(plan, count)
    make_pan(plan, folder)
    seconds, status = processor(["./pan", "-m1000000"], folder, timeout=SPIN_SECONDS)
    steps, proof, _ = alone(plan, 200)
    is_done = status == 0
    said = f"{seconds:8.2f} s" if is_done else f"no answer after {seconds:.0f} s"
    print(f"spin, {count:2} nodes, {steps} steps: proof {proof * 1e6:.0f} us, SPIN's run alone {said}: "
          f"{'' if is_done else 'at least '}{seconds / proof:,.0f} times faster (goal {GOAL_SPIN:,})")


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [1000, 10000, 100000, 1000000]
    with tempfile.TemporaryDirectory(prefix="renew-bench.") as folder:
        open(os.path.join(folder, "renew.conf"), "w").close()
        last = None
        for steps in sizes:
            last = bench_alone("steps", (shapes.write_plan, shapes.write_ninja), steps, folder, last)
        bench_alone("fleet", (shapes.write_fleet, shapes.write_rows), min(max(sizes), 100000), folder, None)
        missing = [name for name in ("spin", "gcc") if shutil.which(name) is None]
        if missing:
            print(f"spin: {' and '.join(missing)} missing: the lines about SPIN are left out")
        for count in () if missing else NODES:
            bench_spin(count, folder)


main()
