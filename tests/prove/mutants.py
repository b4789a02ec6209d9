#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py: the seeds' plans with one mistake each, what the checker says, and what the search finds.

A mutant drops a step (an effect or a message, with its block); drops the order of two neighbours (they
stand in `together`); swaps any two steps of one block; lets a step that stands in `for each node` leave
out one node, or act on one only; makes the exchange of the keystore one that is not atomic; or lets the
exchange put the pair under an alias that the flow does not read.

Prints one line a mutant, `PLAN MUTANT: WHAT`. WHAT is the codes that are told; else what the verdict says of
the old certificate's end, where it says something else (`retired: ...`); else it is a survivor, and WHAT
is what the explicit search says to it and its plan: `same-states`, `same-for-callers`, or `differs: ...`.
`missed` is added where the search reaches a bad state and no error is told.
  python3 tests/prove/mutants.py RENEW EXPLORE PLANS_FOLDER
"""
import concurrent.futures, os, re, shutil, subprocess, sys, tempfile

PLANS = [("overlap.renew", None), ("downtime.renew", None), ("default-client.renew", None),
         ("service-key.renew", "rotate-generated-key"), ("service-key.renew", "rotate-external-key")]
TWO = "kind sap-tenant\n  key-made in-tenant"
STEP = re.compile(r"^( *)([a-z][a-z0-9-]*): ")
HEAD = re.compile(r"^( *)(for each|when) .*\{$")


def plan_range(lines, name):
    start = next(i for i, line in enumerate(lines)
                 if re.match(rf"plan {name or ''}", line) and (name is None or f"plan {name} " in line))
    end = next(i for i in range(start, len(lines)) if lines[i] == "}")
    return start, end


def block_end(lines, first):
    if not lines[first].endswith("{"):
        return first + 1
    indent = re.match(" *", lines[first]).group(0)
    last = first + 1
    while lines[last] != indent + "}":
        last += 1
    return last + 1


def blocks(lines, start, end):
    """Lists of the units of one block: (name, first line, line behind, label). A `for each` or `when`
    with what it holds is a unit, and what it holds is a block of its own."""
    found, mine, i = [], [], start
    while i < end:
        step, head = STEP.match(lines[i]), HEAD.match(lines[i])
        if step or head:
            last = block_end(lines, i)
            if head:
                inner = blocks(lines, i + 1, last - 1)
                found += inner
                name = "[" + " ".join(unit[0] for unit in inner[-1]) + "]"
            else:
                name = step.group(2)
            mine.append((name, i, last))
            i = last
        else:
            i += 1
    return found + [mine]


def steps_of(units):
    return [unit for unit in units if not unit[0].startswith("[")]


def is_alone(lines, unit):
    """Whether it is the only step of the block that holds it: the block goes with it."""
    first, last = unit[1], unit[2]
    return bool(HEAD.match(lines[first - 1])) and lines[last].strip() == "}"


def without(lines, unit):
    first, last = unit[1], unit[2]
    while is_alone(lines, ("", first, last)):
        first, last = first - 1, last + 1
    return lines[:first] + lines[last:]


def together(lines, a, b):
    indent = re.match(" *", lines[a[1]]).group(0)
    inside = [("  " + line if line else line) for line in lines[a[1]:b[2]]]
    return lines[:a[1]] + [indent + "together {"] + inside + [indent + "}"] + lines[b[2]:]


def nodes_of(folder, lines):
    text = "\n".join(lines) + open(os.path.join(folder, "org", "acme-prod.renew")).read()
    found = re.search(r"^  nodes (.*)$", text, re.M)
    return [node.strip() for node in found.group(1).split(",")]


def node_mutants(lines, start, end, nodes):
    for i in range(start, end):
        match = re.match(r"( *)for each node in (\S+) \{$", lines[i])
        if not match:
            continue
        close = block_end(lines, i) - 1
        label = STEP.match(lines[i + 1]).group(2)
        for left_out in nodes:
            body = []
            for node in nodes:
                if node != left_out:
                    body += [re.sub(r"\b" + label + ":", f"{label}-{node}:",
                                    re.sub(r" on node\b", f" on {node}", line))
                             for line in lines[i + 1:close]]
            yield f"{label} not on {left_out}", lines[:i] + body + lines[close + 1:]
        body = [re.sub(r" on node\b", " on " + nodes[0], line) for line in lines[i + 1:close]]
        yield f"{label} on one node", lines[:i] + body + lines[close + 1:]


def mutants(folder, lines, start, end):
    inside = blocks(lines, start + 1, end)
    for units in inside:
        for unit in steps_of(units):
            yield f"without {unit[0]}", without(lines, unit)
    for units in inside:
        for a, b in zip(units, units[1:]):
            yield f"{a[0]} together with {b[0]}", together(lines, a, b)
    for units in inside:
        for i, a in enumerate(units):
            for b in units[i + 1:]:
                yield (f"{b[0]} swapped with {a[0]}", lines[:a[1]] + lines[b[1]:b[2]] +
                       lines[a[2]:b[1]] + lines[a[1]:a[2]] + lines[b[2]:])
    if any(re.match(r" *for each node in", line) for line in lines[start:end]):
        yield from node_mutants(lines, start, end, nodes_of(folder, lines))
    text = "\n".join(lines)
    if " in tenant-keystore" in text:
        yield "another alias", text.replace(
            "plan ", 'certificate decoy {\n  in tenant-keystore\n  alias "decoy"\n'
            '  subject "CN=acme-prod,O=Acme,C=DE"\n  signed by corporate\n}\n\nplan ', 1).replace(
                "replaces client.old with client.new in tenant-keystore",
                "replaces decoy.old with client.new in tenant-keystore").split("\n")


def check(renew, folder, name):
    run = subprocess.run([renew, "-C", folder, "check", "--format", "plain", name],
                         capture_output=True, text=True)
    return sorted(set(re.findall(r"(?:error|warning)\[([EW]\d+)\]", run.stderr)))


def retired(renew, folder, name):
    run = subprocess.run([renew, "-C", folder, "check", "--explain-safety", name],
                         capture_output=True, text=True)
    return re.findall(r"^  retired\(.*?\): (.*)$", run.stdout, re.M)


def explore(tool, folder, *words):
    run = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else "undecided: " + run.stderr.strip()


def judge(tools, folder, number, base, usual, mutant):
    renew, tool = tools
    what, lines = mutant
    name = f"mutant-{number}.renew"
    with open(os.path.join(folder, name), "w") as out:
        out.write("\n".join(lines))
    codes = check(renew, folder, name)
    told = [code for code in codes if code not in usual]
    says = " ".join(told)
    if not says:
        ends = retired(renew, folder, name)
        says = "retired: " + "; ".join(ends) if ends != retired(renew, folder, base) else \
            explore(tool, folder, "compare", base, name)
    if not any(code.startswith("E") for code in codes) and \
            explore(tool, folder, "verdict", name) != "safe":
        says += " missed"
    os.remove(os.path.join(folder, name))
    return what, says


def files_of(plans):
    """Each plan by its name: the lines of a file with no other plan in it, and where it stands."""
    for file, name in PLANS:
        lines = open(os.path.join(plans, file)).read().split("\n")
        for other in re.findall(r"^plan (\S+) ", "\n".join(lines), re.M) if name else []:
            if other != name:
                first, last = plan_range(lines, other)
                del lines[first:last + 1]
        yield name or file[:-6], lines, plan_range(lines, name)


def main():
    tools, plans = [os.path.abspath(path) for path in sys.argv[1:3]], sys.argv[3]
    with tempfile.TemporaryDirectory(prefix="renew-mutants.") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        open(os.path.join(folder, "renew.conf"), "w").close()
        for sub in ("org", "certs", "trust"):
            if os.path.isdir(os.path.join(plans, sub)):
                shutil.copytree(os.path.join(plans, sub), os.path.join(folder, sub))
        # The same landscape with a keystore that needs two changes for an exchange.
        shutil.copytree(os.path.join(plans, "org"), os.path.join(folder, "two"))
        store = os.path.join(folder, "two", "acme-prod.renew")
        text = open(store).read()
        with open(store, "w") as out:
            out.write(text.replace("kind sap-tenant", TWO).replace('"org/', '"two/'))
        number = 0
        for name, lines, (start, end) in files_of(plans):
            base = f"base-{name}.renew"
            with open(os.path.join(folder, base), "w") as out:
                out.write("\n".join(lines))
            # What the plan without its neighbours says anyway (a role that nobody needs now).
            usual = check(tools[0], folder, base)
            futures = []
            for mutant in mutants(folder, lines, start, end):
                number += 1
                futures.append(pool.submit(judge, tools, folder, number, base, usual, mutant))
            for future in futures:
                what, says = future.result()
                print(f"{name} {what}: {says}")
            changed = "\n".join(lines).replace("kind sap-tenant", TWO).replace('"org/', '"two/')
            if "tenant-keystore" in changed:
                print("%s exchange not atomic: %s" % (name, judge(
                    tools, folder, number, base, usual, ("", changed.split("\n")))[1]))


if __name__ == "__main__":
    main()
