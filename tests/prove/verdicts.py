#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verdicts.py: renew's verdict and the search's, on every plan in plans/ with one mistake.

Each step is dropped, each two neighbours are swapped and put into `together`. Where renew has no error,
the explicit search must find no bad state; where it tells of one, the search must find one. What else
renew says (roles, words, goals) is not the search's business. Prints what does not agree, and the counts.
  python3 tests/prove/verdicts.py RENEW EXPLORE PLANS_FOLDER
"""
import collections, concurrent.futures, glob, importlib.util, os, re, shutil, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("mutants", os.path.join(HERE, "mutants.py"))
mutants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)
# A way to a bad state is told with these.
BAD = {"E0601", "E0602", "E0605", "E0606", "E0608", "E0626", "E0909"}


def mistakes(lines):
    start, end = mutants.plan_range(lines, None)
    for units in mutants.blocks(lines, start + 1, end):
        for unit in mutants.steps_of(units):
            yield "without " + unit[0], mutants.without(lines, unit)
        for a, b in zip(units, units[1:]):
            yield f"{a[0]} together with {b[0]}", mutants.together(lines, a, b)
            yield (f"{b[0]} before {a[0]}", lines[:a[1]] + lines[b[1]:b[2]] + lines[a[2]:b[1]] +
                   lines[a[1]:a[2]] + lines[b[2]:])


def judge(tools, folder, file, what, lines, number):
    name = f"{file[:-6]}-{number}.renew"
    with open(os.path.join(folder, name), "w") as out:
        out.write("\n".join(lines))
    codes = mutants.check(tools[0], folder, name)
    found = set(mutants.explore(tools[1], folder, "verdict", name).split())
    os.remove(os.path.join(folder, name))
    if not any(code.startswith("E") for code in codes):
        return "safe" if found == {"safe"} else f"MISSED {file} {what}: {' '.join(sorted(found))}"
    if BAD & set(codes) and "undecided:" not in found:
        return "unsafe" if "unsafe" in found else f"FALSE ALARM {file} {what}: {' '.join(codes)}"
    return "refused otherwise"


def main():
    tools, plans = [os.path.abspath(path) for path in sys.argv[1:3]], os.path.abspath(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="renew-verdicts.") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        copy = os.path.join(folder, "plans")
        shutil.copytree(plans, copy)
        open(os.path.join(copy, "renew.conf"), "w").close()
        futures, number = [], 0
        for path in sorted(glob.glob(os.path.join(copy, "**", "*.renew"), recursive=True)):
            text = open(path).read()
            # A file of several plans is told by mutants.py.
            if path.endswith(".test.renew") or len(re.findall(r"^plan ", text, re.M)) != 1:
                continue
            for what, lines in mistakes(text.split("\n")):
                number += 1
                futures.append(pool.submit(judge, tools, copy, os.path.relpath(path, copy), what,
                                           lines, number))
        counts = collections.Counter()
        for future in futures:
            says = future.result()
            counts[says.split(" ")[0] if says[0].isupper() else says] += 1
            if says[0].isupper():
                print(says)
    print(f"# {number} plans with one mistake: " +
          ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    sys.exit(counts["MISSED"] + counts["FALSE"] != 0 or counts["unsafe"] < 100 or
             counts["safe"] < 100)


main()
