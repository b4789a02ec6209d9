#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py: the seeds' plans with one mistake each, and what the checker says to it.

A mutant drops one step (an effect or a message, with its block), or swaps two steps next to each other,
or lets a step that stands in `for each node` act on one node only, or makes the exchange of the keystore
one that is not atomic. Prints one line a mutant: `PLAN MUTANT: CODES`; `survives` where nothing is said.
  python3 tests/prove/mutants.py RENEW PLANS_FOLDER
"""
import os, re, shutil, subprocess, sys, tempfile

PLANS = [("overlap.renew", None), ("downtime.renew", None), ("default-client.renew", None),
         ("service-key.renew", "rotate-generated-key"), ("service-key.renew", "rotate-external-key")]
STEP = re.compile(r"^( *)([a-z][a-z0-9-]*): ")


def plan_range(lines, name):
    start = next(i for i, line in enumerate(lines)
                 if re.match(rf"plan {name or ''}", line) and (name is None or f"plan {name} " in line))
    end = next(i for i in range(start, len(lines)) if lines[i] == "}")
    return start, end


def statements(lines, start, end):
    """(label, first line, line behind) of each step with the block that belongs to it."""
    found = []
    for i in range(start, end):
        match = STEP.match(lines[i])
        if not match:
            continue
        last = i + 1
        if lines[i].endswith("{"):
            while lines[last] != match.group(1) + "}":
                last += 1
            last += 1
        found.append((match.group(2), i, last))
    return found


def mutants(lines, start, end):
    steps = statements(lines, start, end)
    for label, first, last in steps:
        yield f"without {label}", lines[:first] + lines[last:]
    for (a, a1, a2), (b, b1, b2) in zip(steps, steps[1:]):
        # Steps of one block only: what stands between is the block's own line.
        if a2 == b1 or all(not line.strip() or line.strip().startswith("#") for line in lines[a2:b1]):
            yield f"{b} before {a}", lines[:a1] + lines[b1:b2] + lines[a2:b1] + lines[a1:a2] + lines[b2:]
    for i in range(start, end):
        match = re.match(r"( *)for each node in (\S+) \{$", lines[i])
        if match:
            close = next(j for j in range(i, end) if lines[j] == match.group(1) + "}")
            body = [re.sub(r" on node\b", " on worker-1", line) for line in lines[i + 1:close]]
            label = STEP.match(body[0]).group(2)
            yield f"{label} on one node", lines[:i] + body + lines[close + 1:]
    text = "\n".join(lines)
    if "kind sap-tenant" in text and "replaces" in text:
        yield "exchange not atomic", text.replace(
            "kind sap-tenant", "kind sap-tenant\n  key-made in-tenant").split("\n")


def check(renew, folder, name):
    run = subprocess.run([renew, "-C", folder, "check", "--format", "plain", "mutant.renew"],
                         capture_output=True, text=True)
    codes = re.findall(r"(?:error|warning)\[([EW]\d+)\]", run.stderr)
    return sorted(set(codes))


def main():
    renew, plans = os.path.abspath(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="renew-mutants.") as folder:
        open(os.path.join(folder, "renew.conf"), "w").close()
        shutil.copytree(os.path.join(plans, "org"), os.path.join(folder, "org"))
        for sub in ("certs", "trust"):
            if os.path.isdir(os.path.join(plans, sub)):
                shutil.copytree(os.path.join(plans, sub), os.path.join(folder, sub))
        for file, name in PLANS:
            lines = open(os.path.join(plans, file)).read().split("\n")
            # Another plan of the file has nothing to say here.
            if name:
                for other in re.findall(r"^plan (\S+) ", "\n".join(lines), re.M):
                    if other != name:
                        first, last = plan_range(lines, other)
                        del lines[first:last + 1]
            start, end = plan_range(lines, name)
            with open(os.path.join(folder, "mutant.renew"), "w") as out:
                out.write("\n".join(lines))
            # What the plan without its neighbours says anyway (a role that nobody needs now).
            usual = check(renew, folder, name)
            for what, mutant in mutants(lines, start, end):
                with open(os.path.join(folder, "mutant.renew"), "w") as out:
                    out.write("\n".join(mutant))
                codes = [code for code in check(renew, folder, name) if code not in usual]
                print(f"{name or file[:-6]} {what}: {' '.join(codes) or 'survives'}")


main()
