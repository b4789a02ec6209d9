#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""messages.py: every plan in plans/ is proven, and without any one of its messages it is not.

Each line with `tells` or `gives` is dropped, one at a time; of a procedure, in the file that follows it.
Prints `FILE LABEL: refused CODES`, or `FILE LABEL: equivalent (WORDS) CODES` where no error is told and
the explicit search finds the same states and the same end; `FILE LABEL: LOST ...` where it does not.
  python3 tests/prove/messages.py RENEW EXPLORE PLANS_FOLDER
"""
import glob, importlib.util, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("mutants", os.path.join(HERE, "mutants.py"))
mutants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)
MESSAGE = re.compile(r"^ *([a-z][a-z0-9-]*): \S+ (tells|gives) ")


def plan_files(plans):
    """(file with messages, file with the plans that show what they do)."""
    for path in sorted(glob.glob(os.path.join(plans, "**", "*.renew"), recursive=True)):
        file = os.path.relpath(path, plans)
        text = open(path).read()
        if file.endswith(".test.renew") or not MESSAGE.search("\n".join(
                line for line in text.split("\n") if MESSAGE.match(line))):
            continue
        shows = file
        if not re.search(r"^plan ", text, re.M):
            shows = next(os.path.relpath(other, plans)
                         for other in sorted(glob.glob(os.path.join(plans, "*.renew")))
                         if f'import "{file}"' in open(other).read() and
                         re.search(r"^plan ", open(other).read(), re.M))
        yield file, shows


def main():
    renew, explore = [os.path.abspath(path) for path in sys.argv[1:3]]
    plans = os.path.abspath(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="renew-messages.") as folder:
        folders = [os.path.join(folder, name) for name in ("whole", "mutant")]
        for copy in folders:
            shutil.copytree(plans, copy)
            open(os.path.join(copy, "renew.conf"), "w").close()
        for file, shows in plan_files(plans):
            whole, mutant = [os.path.join(copy, file) for copy in folders]
            usual = mutants.check(renew, folders[0], shows)
            verdict = mutants.explore(explore, folders[0], "verdict", shows)
            print(f"{file}: {'proven' if not usual and set(verdict.split()) == {'safe'} else usual}")
            lines = open(whole).read().split("\n")
            for i, line in enumerate(lines):
                found = MESSAGE.match(line)
                if not found:
                    continue
                last = mutants.block_end(lines, i)
                unit = ("", i, last)
                with open(mutant, "w") as out:
                    out.write("\n".join(mutants.without(lines, unit)))
                codes = mutants.check(renew, folders[1], shows)
                says = "refused " + " ".join(codes)
                if not any(code.startswith("E") for code in codes):
                    alike = mutants.explore(explore, folders[1], "compare", shows, shows,
                                            folders[0])
                    same = all(word.startswith("same-") for word in alike.split("\n"))
                    says = f"equivalent ({' '.join(sorted(set(alike.split())))}) {' '.join(codes)}" \
                        if same else f"LOST {alike} {codes}"
                print(f"{file} {found.group(1)}: {says.strip()}")
            shutil.copyfile(whole, mutant)


main()
