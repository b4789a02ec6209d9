#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""spin.py: does SPIN, with the model that `renew graph --as promela` writes, say what renew says?

Samples, the library, incidents (their bad and their good order) and random plans: a plan that the proof calls safe must
have no error in any state that SPIN reaches; a plan that the proof refuses because somebody could be refused
must have one, and the trail must tell it. What the proof refuses for other reasons (no step makes the new
one, a race, ...) is no question of the model: counted, not compared.
  python3 tests/prove/spin.py RENEW WANTED [SEED]     so many: samples, incidents, then random ones
  python3 tests/prove/spin.py RENEW FILE...           those
Exit 1 where one disagrees, or fewer could be compared than were wanted.
"""
import os, random, re, shutil, subprocess, sys, tempfile

# What the question of the model is: somebody is refused, or is left with the old one at the end.
ASKED = {"E0601", "E0602", "E0603", "E0605", "E0606", "E0607", "E0608", "E0626", "E0636", "E0637", "E0909"}
LANDSCAPE = """renew 1
role tenant-admin "Tenant administrator" { reach by console }
role receiver-admin "Receiver administrator" { reach by console }
role integration-dev "Developer" { reach by console }
secret login from credential "login"
tenant acme { service cloud-integration
  url "https://acme.example"
  login oauth with login
  nodes worker-1, worker-2 }
keystore store { kind sap-tenant
  of acme
  owner tenant-admin }
system erp { url "https://erp.example/orders"
  owner receiver-admin
  accepts-many %(many)s%(trust)s }
flow orders { on acme
  calls erp with client%(bounds)s }
ca corporate { protocol manual
  url "https://pki.example" }
certificate client { in store
  alias "client"
  subject "CN=acme"
  key ec p-256
  signed by corporate
  valid for 365d
  renew 45d before expiry }
window night { zone "Europe/Berlin"
  every saturday from 22:00 until 02:00 }
param fast as yes-no

plan random-%(number)d "A random plan" {
  renews client
  policy %(policy)s
  during night
%(steps)s
}
"""
BASE = [("create", "tenant-admin creates client.new"),
        ("sign", "tenant-admin gets client.new signed by corporate"),
        ("hand-over", "tenant-admin gives client.new, client.new.root to receiver-admin"),
        ("import-root", "receiver-admin imports client.new.root into erp when client.new.root != client.old.root"),
        ("accept", "receiver-admin accepts client.new on erp"),
        ("told-accepted", 'receiver-admin tells tenant-admin "It accepts both."'),
        ("exchange", "tenant-admin replaces client.old with client.new in store keeping alias"),
        ("ask", 'tenant-admin tells integration-dev "Please restart."'),
        ("restart-1", "integration-dev restarts orders on worker-1"),
        ("restart-2", "integration-dev restarts orders on worker-2"),
        ("restarted", 'integration-dev tells tenant-admin "Restarted."'),
        ("switched", 'tenant-admin tells receiver-admin "The new one is used."'),
        ("remove", "receiver-admin removes client.old from erp"),
        ("remove-root", "receiver-admin removes client.old.root from erp when client.new.root != client.old.root "
                        "and not client.old.root.used-elsewhere")]
DOWNTIME = [("create", "tenant-admin creates client.new"),
            ("sign", "tenant-admin gets client.new signed by corporate"),
            ("agree", "tenant-admin, receiver-admin agree on night"),
            ("ask-stop", 'tenant-admin tells integration-dev "Please stop."'),
            ("stop-1", "integration-dev stops orders on worker-1"),
            ("stop-2", "integration-dev stops orders on worker-2"),
            ("stopped", 'integration-dev tells tenant-admin "Stopped."'),
            ("exchange", "tenant-admin replaces client.old with client.new in store keeping alias"),
            ("hand-over", "tenant-admin gives client.new to receiver-admin"),
            ("go", 'tenant-admin tells receiver-admin "It is stopped."'),
            ("slot", "receiver-admin replaces client.old with client.new on erp"),
            ("changed", 'receiver-admin tells tenant-admin "Exchanged."'),
            ("ask-start", 'tenant-admin tells integration-dev "Please start."'),
            ("start-1", "integration-dev starts orders on worker-1"),
            ("start-2", "integration-dev starts orders on worker-2")]
MORE = ["integration-dev restarts orders on worker-1", "integration-dev restarts orders on worker-2",
        "integration-dev deploys orders", "integration-dev stops orders on worker-1",
        "integration-dev starts orders on worker-1", "receiver-admin accepts client.old on erp",
        "tenant-admin waits for 48h", "receiver-admin waits for 48h", "tenant-admin waits for 2h",
        'integration-dev tells receiver-admin "I am done."', 'tenant-admin tells receiver-admin "Go on."',
        'receiver-admin tells integration-dev "Go on."', "receiver-admin removes client.old from erp",
        "tenant-admin replaces client.new with client.old in store keeping alias"]


def random_plan(number):
    is_overlap = random.randrange(3) != 0
    steps = list(BASE if is_overlap else DOWNTIME)
    for _ in range(random.choice([1, 1, 2, 2, 3])):
        what, at = random.randrange(4), random.randrange(len(steps))
        if what == 0 and at > 1:
            del steps[at]
        elif what == 1:
            steps.insert(at + 1, (f"more-{len(steps)}", random.choice(MORE)))
        elif what == 2:
            other = min(len(steps) - 1, at + random.randrange(1, 4))
            steps[at], steps[other] = steps[other], steps[at]
        else:
            # Two or three at once.
            steps[at:at + 3] = [("together", steps[at:at + 3])]
    lines, seen = [], set()

    def put(items, indent):
        for label, says in items:
            if label == "together":
                lines.append(f"{indent}together {{")
                put(says, indent + "  ")
                lines.append(f"{indent}}}")
            elif label not in seen:
                seen.add(label)
                turns = random.randrange(32) if " when " not in says else 31
                if turns == 0:
                    says += random.choice([" when fast", " when not fast"])
                elif turns == 1:
                    says += " {\n    on failure continue\n  }"
                lines.append(f"{indent}{label}: {says}")
    put(steps, "  ")
    bounds = random.choice(["", "", "\n  connections live at most 1h\n  sessions resume for never"])
    trust = random.choice(["", "", "", "\n  caches trust for 1h"])
    return LANDSCAPE % {"policy": "overlap" if is_overlap else "downtime", "many": "yes" if is_overlap else "no",
                        "number": number, "steps": "\n".join(lines), "bounds": bounds, "trust": trust}


def ask_renew(renew, folder, file, plan):
    model = os.path.join(folder, "m.pml")
    if os.path.exists(model):
        os.unlink(model)
    command = [renew, "graph", file, "--as", "promela", "-o", model, "--format", "plain"]
    run = subprocess.run(command + (["--plan", plan] if plan else []), capture_output=True, text=True)
    if not os.path.exists(model):
        return None, run.stderr
    found = re.findall(r"error\[(E\d+)\]: (.*)", run.stderr)
    if run.returncode == 0:
        return "safe", ""
    says = "; ".join(f"{code}: {text}" for code, text in found)
    asked = any(code in ASKED or (code == "E0621" and "kept connection" in text) for code, text in found)
    return ("unsafe" if asked else "other"), says


def ask_spin(folder):
    def call(*words):
        return subprocess.run(words, cwd=folder, capture_output=True, text=True)
    for name in os.listdir(folder):
        if name.endswith(".trail"):
            os.unlink(os.path.join(folder, name))
    made = call("spin", "-a", "m.pml")
    if made.returncode != 0 or made.stdout.strip():
        return f"SPIN does not take it: {made.stdout[:300]}", ""
    made = call("gcc", "-O1", "-w", "-DSAFETY", "-DVECTORSZ=16384", "-DMEMLIM=2000", "-o", "pan", "pan.c")
    if made.returncode != 0:
        return f"gcc: {made.stderr[:300]}", ""
    out = call("./pan", "-m1000000").stdout
    errors = re.search(r"errors: (\d+)", out)
    if errors is None or "Search not completed" in out and errors[1] == "0" or "max search depth too small" in out:
        return "too large", ""
    if errors[1] == "0":
        return "safe", ""
    return "unsafe", call("spin", "-t", "m.pml").stdout


def cases(root):
    for folder in ("plans", "plans/library"):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            # The fleet is one plan of three systems: its states are a product, and no other kind of question.
            if not name.endswith(".renew") or name.endswith(".test.renew") or name == "fleet.renew":
                continue
            file = os.path.join(root, folder, name)
            for plan in re.findall(r"^plan (\S+)", open(file).read(), re.M):
                yield f"{name} {plan}", file, plan
    folder = os.path.join(root, "tests/prove/incidents")
    for name in sorted(os.listdir(folder)):
        if name.startswith("R") and name.endswith(".renew"):
            yield name, os.path.join(folder, name), None


def main():
    renew, files = os.path.abspath(sys.argv[1]), []
    if sys.argv[2].isdigit():
        wanted, seed = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    else:
        files, seed = sys.argv[2:], 1
        wanted = len(files)
    random.seed(seed)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    counts = {"safe": 0, "unsafe": 0, "other": 0, "unclean": 0, "too large": 0}
    wrong = 0

    def compare(name, file, plan):
        nonlocal wrong
        verdict, says = ask_renew(renew, work, file, plan)
        if verdict is None or verdict == "other":
            counts["unclean" if verdict is None else "other"] += 1
            return
        spin, trail = ask_spin(work)
        if spin == "too large":
            counts[spin] += 1
            return
        counts[verdict] += 1
        told = "is refused" in trail or "all is done" in trail
        if spin == verdict and (verdict == "safe" or told):
            return
        wrong += 1
        print(f"# {name}: renew {verdict} {says}\n#   spin {spin}")
        print("".join(f"#   {line}\n" for line in trail.split("\n") if line.strip() and "=" not in line)[:3000])
        if os.environ.get("KEEP"):
            shutil.copy(file, os.path.join(os.environ["KEEP"], f"disagree-{wrong}.renew"))

    with tempfile.TemporaryDirectory(prefix="renew-spin.") as work:
        for name, file, plan in [(os.path.basename(f), f, None) for f in files] or cases(root):
            if counts["safe"] + counts["unsafe"] < wanted:
                compare(name, file, plan)
        number = 0
        while not files and counts["safe"] + counts["unsafe"] < wanted and number < 20 * wanted:
            file = os.path.join(work, "random.renew")
            with open(file, "w") as out:
                out.write(random_plan(number))
            compare(f"random plan {number} of seed {seed}", file, None)
            number += 1
    compared = counts["safe"] + counts["unsafe"]
    print(f"# spin compared={compared} safe={counts['safe']} unsafe={counts['unsafe']} disagree={wrong} "
          f"not-asked={counts['other']} text-not-clean={counts['unclean']} too-large={counts['too large']}")
    sys.exit(wrong != 0 or compared < wanted)


main()
