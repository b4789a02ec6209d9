# SPDX-License-Identifier: Apache-2.0
"""library_mutants: plans of the library with one mistake, as TAP: each step left out, each two neighbours swapped.
`renew check` refuses the plan, or one of its scenarios turns red; who sees neither is listed.

  library_mutants.py RENEW PLANS WORK [EVERY]     EVERY: only each n-th mistake (1: all)
A mistake counts as made where the text has a step more or less, or two in the other order. Blocks (`for each`, `when`)
are moved and left out as a whole; so are the steps in a `when`.
"""
import os
import re
import shutil
import subprocess
import sys

RENEW, PLANS, WORK = (os.path.abspath(p) for p in sys.argv[1:4])
EVERY = int((sys.argv[4:] or ["1"])[0])


def chunks(text):
    """The plan's head, its steps (each with its block), its end."""
    at = text.index("\n\n", text.index("\nplan ")) + 2
    lines, found, depth = text[at:].splitlines(True), [], 0
    for line in lines[:-1]:
        if depth == 0 and line.strip():
            found.append("")
        if found:
            found[-1] += line
        depth += line.count("{") - line.count("}") if '"' not in line else line.rstrip().endswith("{")
    return text[:at], found, lines[-1]


def mistakes(steps):
    for i, step in enumerate(steps):
        yield "without " + step.split(":")[0].strip().split("\n")[-1].strip(), steps[:i] + steps[i + 1:]
    for i in range(len(steps) - 1):
        name = [s.split(":")[0].strip().split("\n")[-1].strip() for s in steps[i:i + 2]]
        yield "%s behind %s" % tuple(name), steps[:i] + [steps[i + 1], steps[i]] + steps[i + 2:]


def run(*words):
    """Its exit code, and the first finding's code."""
    out = subprocess.run([RENEW, *words, "--format", "plain"] if words[0] == "check" else [RENEW, *words], cwd=WORK, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60)
    found = re.search(r"error\[(E\d+)\]", out.stdout)
    return out.returncode, found.group(1) if found else ""


def main():
    os.makedirs(WORK)
    shutil.copy(os.path.join(PLANS, "landscape.renew"), WORK)
    names = sorted(n[:-6] for n in os.listdir(PLANS) if re.fullmatch(r"u[0-9a-z-]+\.renew", n))
    number, by_check, by_scenario, unseen, broken = 0, 0, 0, [], []
    for name in names:
        with open(os.path.join(PLANS, name + ".renew")) as text:
            head, steps, end = chunks(text.read())
        shutil.copy(os.path.join(PLANS, name + ".test.renew"), WORK)
        for what, mutant in mistakes(steps):
            number += 1
            if number % EVERY:
                continue
            with open(os.path.join(WORK, name + ".renew"), "w") as out:
                out.write(head + "".join(mutant) + end)
            refused, code = run("check", name + ".renew")
            if code.startswith(("E01", "E02")):
                broken.append("%s: %s: %s" % (name, what, code))  # that is no plan with a mistake
            if refused:
                by_check += 1
            elif run("test", name + ".test.renew")[0] != 0:
                by_scenario += 1
            else:
                unseen.append("%s: %s" % (name, what))
    seen = by_check + by_scenario
    print("# %d mistakes in %d plans: %d refused by check, %d by a scenario, %d not seen" % (
        seen + len(unseen), len(names), by_check, by_scenario, len(unseen)))
    for line in unseen + broken:
        print("#   " + line)
    print("%s 1 - every plan with a step left out, or two swapped, is refused or turns a scenario red" % ("not ok" if unseen else "ok"))
    print("ok 2 - mistakes were made" if seen > 20 and by_check and by_scenario and not broken else "not ok 2 - mistakes were made")
    print("1..2")
    sys.exit(bool(unseen or broken))


main()
