# SPDX-License-Identifier: Apache-2.0
"""library: the plans of plans/library, unchanged, executed against the twin of a SAP tenant, as TAP.

  library.py RENEW PLANS WORK [PLAN...]     WORK is an empty folder; without PLAN: every plan of PLANS
What is bent to the twin is the landscape alone: landscape.renew, the addresses and log-ons of the library,
is written anew into WORK; the plan files are links to the real ones. Each plan is played
  once undisturbed: who was asked, in which order, and what the tenant saw, in which order, is compared with
    what the plan's text says (read here, not by renew);
  once with kill -9 at a random moment (SEED=N repeats it), then resumed;
  with a fault of the network at requests that write: at one of them with each of FEW in turn (FAULTS unset),
    at each with each of FEW (FAULTS=few); FAULTS=all: at each request with each mode (MODES="..." picks some).
Every play ends with the same effects, each once. Time is libfaketime's: a wait of 90 days passes at once.
"""
import datetime
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
import urllib.request

RENEW, PLANS, WORK = (os.path.abspath(p) for p in sys.argv[1:4])
NAMES = sys.argv[4:]
HERE = os.path.dirname(os.path.abspath(__file__))
FAULTS = os.environ.get("FAULTS")
ALL = FAULTS == "all"
SEED = int(os.environ.get("SEED") or time.time())
FEW = ("executed-lost", "503", "html", "reset")
MODES = tuple(os.environ.get("MODES", "").split()) or (
    "lost", "executed-lost", "executed-5xx", "duplicate", "slow", "reset", "429", "503", "expired", "slow-loris", "truncated",
    "truncated-gzip", "redirect-loop", "gone", "html")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
tests = 0
failed = 0


def say(good, name, *why):
    global tests, failed
    tests += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, name))
    for line in "\n".join(str(w) for w in why).splitlines() if not good else ():
        print("#   " + line)
    sys.stdout.flush()


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], input=text, capture_output=True, check=True, text=True).stdout


# ---- the twin ----

class Twin:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(HERE, "sap_tenant.py"), folder,
                                         "--build-s", "0.05", "--days", "400"], stdout=subprocess.DEVNULL)
        ready = os.path.join(folder, "ready")
        for _ in range(600):
            if os.path.exists(ready) or self.process.poll() is not None:
                break
            time.sleep(0.05)
        if not os.path.exists(ready):
            print("Bail out! the twin does not start")
            sys.exit(1)
        with open(ready) as text:
            self.port, self.control = text.read().split()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def tell(self, path, **wish):
        opener.open("http://127.0.0.1:%s/%s" % (self.control, path), json.dumps(wish).encode(), timeout=30).read()

    def ask(self, path):
        return json.load(opener.open("http://127.0.0.1:%s/%s" % (self.control, path), timeout=30))

    def effects(self):
        """What was done, as words: "put client", "deploy outbound"."""
        return [" ".join(map(str, what[:2] if what[0] != "rename" else what)) for what in self.ask("state")["effects"]]


# ---- what a plan's text says, read without renew ----

class Text:
    """Declarations and steps of a plan file, as far as a tenant sees them."""

    def __init__(self, path):
        with open(path) as text:
            self.lines = text.read()
        self.name = os.path.basename(path)[:-6]
        self.alias, self.second, self.held, self.subject, self.in_tenant = {}, {}, set(), {}, []
        for name, block in re.findall(r"^certificate ([a-z-]+)[^{]*\{\n(.*?)^\}", self.lines, re.M | re.S):
            aliases = re.findall(r'"([^"]+)"', "".join(re.findall(r"^  alias (.*)", block, re.M)))
            if aliases:
                self.alias[name], self.second[name] = aliases[0], aliases[-1]
            self.subject[name] = "".join(re.findall(r'subject "([^"]+)"', block))
            if "held by" in block:
                self.held.add(name)
            if "in tenant-keystore" in block:
                self.in_tenant.append(name)
        self.stores = re.findall(r"^system ([a-z-]+)[^{]*\{(?:(?!^\}).)*?keystore tenant-keystore$", self.lines, re.M | re.S)
        self.flows = re.findall(r"^flow ([a-z-]+)[^{]*\{(?:(?!^\}).)*?on acme$", self.lines, re.M | re.S)
        self.params = re.findall(r"^param ([a-z-]+) as datetime", self.lines, re.M)
        plan = self.lines[self.lines.index("\nplan "):]
        self.steps = re.findall(r"^ +([a-z0-9-]+): (.*?)(?: \{)?$", plan, re.M)
        # What hangs on a parameter is left out: its default is no.
        usual = re.sub(r"^  when [a-z-]+ \{.*?^  \}$", "", plan, flags=re.M | re.S)
        self.usual = re.findall(r"^ +([a-z0-9-]+): (.*?)(?: \{)?$", usual, re.M)

    def wanted(self):
        """The effects on the tenant, in the order of the text; a flow's nodes are one deployment."""
        found = []
        for _, sentence in self.usual:
            words = sentence.split()
            verb, thing = words[1], words[2].split(".")[0].rstrip(",")
            place = words[-1]
            if verb == "replaces" and "in tenant-keystore" in sentence and thing in self.alias:
                found += ([] if thing in self.held else ["backup"]) + ["put " + self.alias[thing]]
            elif verb == "accepts" and place in self.stores:
                found.append("put " + self.second[thing])
            elif verb == "imports" and place in self.stores:
                found.append("put %s.root" % thing)
            elif verb == "removes" and place in self.stores and "root" not in sentence:
                found.append("delete " + self.alias[thing])
            elif verb == "activates":
                found.append("activate " + self.alias[thing])
            elif verb in ("restarts", "starts", "deploys", "stops", "undeploys") and thing in self.flows:
                found.append(("undeploy " if verb in ("stops", "undeploys") else "deploy ") + thing)
        return found


# ---- a landscape for the twin ----

def write_landscape(twin):
    """The library's own landscape.renew with other addresses; its roles, tenant and stores stay."""
    with open(os.path.join(PLANS, "landscape.renew")) as text:
        land = text.read()
    secret = os.path.join(WORK, "conf")
    os.makedirs(secret)
    os.makedirs(os.path.join(WORK, "repo", ".git"))
    os.makedirs(os.path.join(WORK, "repo", "certs"))
    key = {"oauth": {"url": "https://localhost:" + twin.port, "tokenurl": "https://localhost:%s/oauth/token" % twin.port,
                     "clientid": "client", "clientsecret": "secret"}}
    with open(os.path.join(secret, "acme-login"), "w") as out:
        out.write(json.dumps(key))
    os.chmod(os.path.join(secret, "acme-login"), 0o600)
    for name in ("ca.pem", "ca.key"):
        shutil.copy(os.path.join(twin.folder, "client-" + name), os.path.join(secret, name))
    begins = datetime.datetime.now() - datetime.timedelta(minutes=5)
    for wrong, right in (
            (r'reach by mail "([^"@]*)@[^"]*"', r'reach by file "mail/\1"'),
            (r'url "https://acme.example"', 'url "https://localhost:%s"' % twin.port),
            (r'protocol manual', 'protocol local\n  certificate file "%s/ca.pem"\n  key file "%s/ca.key"' % (secret, secret)),
            (r'zone "Europe/Berlin"\n  every .*', 'zone "%s"\n  at %s for 4h' % ("UTC", begins.strftime("%Y-%m-%dT%H:%M")))):
        land, count = re.subn(wrong, right, land)
        if count == 0:
            print("Bail out! landscape.renew has no %s any more" % wrong)
            sys.exit(1)
    with open(os.path.join(WORK, "repo", "landscape.renew"), "w") as out:
        out.write(land)
    for role in re.findall(r'seal-to file "certs/([^"]+)\.pem"', land):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "400", "-subj",
                "/CN=" + role, "-keyout", os.path.join(secret, role + ".key"), "-out",
                os.path.join(WORK, "repo", "certs", role + ".pem"))


def write_patience(twin, seconds):
    with open(os.path.join(WORK, "conf", "renew.conf"), "w") as out:
        out.write('renew 1\n\ntrust file "%s/server-root.pem" for "localhost"\nanswers within %ds\n' % (twin.folder, seconds))


def make_pair(name, subject):
    """Key, certificate and authority of a pair, three texts."""
    base = os.path.join(WORK, "conf", name)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", base + ".key",
            "-out", base + ".csr")
    pem = openssl("x509", "-req", "-in", base + ".csr", "-CA", os.path.join(WORK, "conf", "ca.pem"), "-CAkey",
                  os.path.join(WORK, "conf", "ca.key"), "-days", "200", "-CAcreateserial")
    with open(base + ".pem", "w") as out:
        out.write(pem)
    with open(base + ".key") as key, open(os.path.join(WORK, "conf", "ca.pem")) as authority:
        return key.read(), pem, authority.read()


PAIRS = {}


def fingerprint(pem):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN"):])).hexdigest()


def pair_of(name, subject):
    """subject: "CN=a,O=b"."""
    if (name, subject) not in PAIRS:
        PAIRS[name, subject] = make_pair(re.sub(r"\W", "-", name), "/" + "/".join(reversed(subject.split(","))))
    return PAIRS[name, subject]


def seed(twin, text):
    """The tenant as it is before the renewal; somebody else's pair stands beside."""
    for alias in twin.ask("state")["stores"]["system"]:
        twin.tell("drop", alias=alias)
    twin.tell("entry", alias="bystander", pem="".join(pair_of("bystander", "CN=bystander,C=DE")))
    for name in text.in_tenant:
        alias = text.alias[name]
        owner = "SAP" if alias.startswith("sap_") else "Tenant"
        old = pair_of("old-" + name, text.subject[name])
        twin.tell("entry", alias=alias, owner=owner, pem="".join(old[1:] if name in text.held else old))
        if owner == "SAP":
            twin.tell("entry", alias=alias, owner=owner, store="KeyRenewal", pem="".join(pair_of("pending-" + name, text.subject[name])))
    for flow in text.flows:
        twin.tell("flow", id=flow, version="1.0.2", runtime="1.0.2")
    twin.tell("clear", backup=True)
    twin.tell("set", auto_message="COMPLETED")  # each deployed flow processes a message: nobody has to look


# ---- one play ----

class Play:
    def __init__(self, twin, text, kill=None, fault=None):
        self.twin, self.text, self.kill, self.fault = twin, text, kill, fault
        self.state = os.path.join(WORK, "state")
        self.repo = os.path.join(WORK, "repo")
        self.shift, self.asked, self.told, self.times = 0, [], [], []
        self.ended, self.killed = None, False
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(os.path.join(self.repo, "mail"), ignore_errors=True)
        self.link = os.path.join(self.repo, text.name + ".renew")
        if not os.path.lexists(self.link):
            shutil.copy(os.path.join(PLANS, text.name + ".renew"), self.link)
        seed(twin, text)
        # What is late has to be later than the client's patience.
        write_patience(twin, 1 if fault and fault[1].startswith("slow") else 60)
        if fault:
            twin.tell("fault", match=fault[0], mode=fault[1], times=1, skip=0, s=2)

    def renew(self, *words, kills=False):
        env = dict(os.environ, XDG_STATE_HOME=self.state, RENEW_CONFIG=os.path.join(WORK, "conf", "renew.conf"),
                   CREDENTIALS_DIRECTORY=os.path.join(WORK, "conf"))
        if self.shift:
            env.update(LD_PRELOAD=FAKETIME, FAKETIME="+%d" % self.shift, FAKETIME_DONT_FAKE_MONOTONIC="1",
                       ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
        begun = time.monotonic()
        process = subprocess.Popen([RENEW, *words], cwd=self.repo, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            out, _ = process.communicate(timeout=self.kill[1] if kills else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            self.killed = kills
        if words[0] in ("run", "resume"):
            self.times.append(time.monotonic() - begun)
            self.told.append("%s -> %d\n%s" % (" ".join(words), process.returncode, out[-3000:]))
        return process.returncode, out

    def go(self):
        """run, or resume where there is a run already; dies where it is to."""
        self.know()
        words = ["resume", self.id] if hasattr(self, "id") else ["run", self.text.name + ".renew"] + [
            word for param in self.text.params for word in ("--set", param + "=" + self.moment())]
        ended = self.renew(*words, kills=self.kill is not None and len(self.times) == self.kill[0])[0]
        self.know()
        return ended

    def know(self):
        found = None if hasattr(self, "id") else re.search(r"\d{4}-\d\d-\d\d-[a-z]+", self.renew("status", "--json")[1])
        if found:
            self.id = found.group(0)

    def moment(self):
        return (datetime.datetime.utcnow() - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%MZ")

    def answer(self):
        """What is asked is confirmed, one task at a time; False: nobody is asked."""
        tasks = json.loads(self.renew("tasks", "--json")[1] or "{}").get("tasks", [])
        if not tasks:
            return False
        task = tasks[0]
        if not self.asked or self.asked[-1] != task["step"]:
            self.asked.append(task["step"])
        if " decide " in task["command"]:
            self.renew("decide", self.id, task["step"], "no", "--because", "nobody else uses it")
        elif "--evidence FILE" in task["command"]:
            self.renew("sign", self.id, task["step"], "--evidence", self.brought(task["step"]))
        else:
            self.renew(*shlex.split(task["command"])[1:])
        return True

    def brought(self, step):
        """The certificate that its holder hands over at this step, with the authority's behind it."""
        name = dict(self.text.steps)[step].split()[2].split(".")[0]
        path = os.path.join(WORK, "conf", "brought-%s.pem" % name)
        with open(path, "w") as out:
            out.write("".join(pair_of("new-" + name, self.text.subject[name])[1:]))
        return path

    def play(self):
        for _ in range(60):
            self.ended = self.go()
            if self.ended == 0:
                return self
            if self.ended in (4, 8):  # gave up, as its own words say: somebody tries again
                self.twin.tell("clear-faults")
                failed_step = re.search(r"renew retry \S+ (\S+)", self.told[-1])
                if failed_step:
                    self.renew("retry", self.id, failed_step.group(1).strip("'"))
                continue
            if not self.answer() and self.ended == 5:  # a date: time passes
                self.shift += 3700 if self.shift < 3700 else 91 * 86400
        return self

    def judge(self, name, wanted):
        """The run is done, each effect was there once and in the plan's order, nothing else was touched."""
        why = []
        status = json.loads(self.renew("status", self.id, "--json")[1] or "{}") if hasattr(self, "id") else {}
        if self.ended != 0:
            why.append("the run ended with %s" % self.ended)
        got = self.twin.effects()
        if self.fault and self.fault[1] == "duplicate":  # the network's doing: the same request twice
            got, wanted = ([e for i, e in enumerate(one) if i == 0 or e != one[i - 1]] for one in (got, wanted))
        if got != wanted:
            why.append("effects %s, wanted %s" % (got, wanted))
        state = self.twin.ask("state")
        for cert in self.text.in_tenant:
            held = state["stores"]["system"].get(self.text.alias[cert], [None])[0]
            if held is None and "delete " + self.text.alias[cert] in wanted:
                held = state["stores"]["system"].get(self.text.second[cert], [None])[0]
            old = fingerprint(pair_of("old-" + cert, self.text.subject[cert])[1])
            if wanted and held in (None, old):
                why.append("`%s` holds %s, which was there before" % (cert, held))
            exchanged = any(e in ("put " + self.text.alias[cert], "activate " + self.text.alias[cert]) for e in wanted)
            for flow in self.text.flows if exchanged else ():
                if any(e == "deploy " + flow for e in wanted) and state["flows"][flow]["loaded"].get(self.text.alias[cert]) != held:
                    why.append("%s has not loaded what `%s` holds" % (flow, self.text.alias[cert]))
        if state["stores"]["system"]["bystander"][0] != fingerprint(pair_of("bystander", "CN=bystander,C=DE")[1]):
            why.append("somebody else's pair was touched")
        for flow in self.text.flows:
            if state["flows"][flow]["status"] != "STARTED" or state["flows"][flow]["runtime"] != "1.0.2":
                why.append("%s is %s" % (flow, state["flows"][flow]))
        if self.ended == 0 and self.renew("journal", self.id, "--verify")[0] != 0:
            why.append("the journal does not verify")
        say(not why, name, *why, *(self.told[-4:] if why else ()), *(["asked: %s" % self.asked, status.get("state")] if why else ()))
        return not why


def writes(twin):
    rows = twin.ask("log")
    return [row["method"] + " " + row["path"] for row in rows
            if ALL or row["method"] not in ("GET", "HEAD") and not row["path"].startswith("/oauth")]


def exactly(request):
    """One request as a pattern; what differs from run to run is any."""
    return "^" + re.sub(r"TaskId=.*|grant_type.*|LogEnd.*", ".*", re.escape(request))


def campaign(twin, text, dice):
    wanted = text.wanted()
    first = Play(twin, text).play()
    if not first.judge("%s: %s" % (text.name, ", ".join(wanted) or "nothing on the tenant"), wanted):
        return
    labels = [label for label, _ in text.steps]
    order = [labels.index(re.split(r"[.\[]", step)[0]) for step in first.asked if re.split(r"[.\[]", step)[0] in labels]
    say(order == sorted(order) and order, "%s: %d times somebody was asked, in the order of the text" % (text.name, len(first.asked)),
        first.asked)
    requests = sorted(set(writes(twin)))
    nth = dice.randrange(len(first.times))
    killed = Play(twin, text, kill=(nth, dice.uniform(0.01, max(first.times[nth], 0.02)))).play()
    killed.judge("%s: kill -9 in process %d after %.0f ms%s" % (text.name, nth + 1, killed.kill[1] * 1000,
                                                               "" if killed.killed else " (it was over)"), wanted)
    for request in requests if FAULTS or not requests else [dice.choice(requests)]:
        for mode in MODES if ALL else FEW if FAULTS else (dice.choice(FEW),):
            play = Play(twin, text, fault=(exactly(request), mode)).play()
            hits = sum(fault["hits"] for fault in twin.ask("state")["faults"])
            play.judge("%s: %s at %s%s" % (text.name, mode, request[:60], "" if hits or play.ended else " (not met)"), wanted)


def main():
    os.makedirs(WORK, exist_ok=True)
    twin = Twin(os.path.join(WORK, "twin"))
    print("# SEED=%d" % SEED)
    dice = random.Random(SEED)
    try:
        write_landscape(twin)
        names = NAMES or sorted(n[:-6] for n in os.listdir(PLANS) if re.fullmatch(r"u[0-9a-z-]+\.renew", n))
        for name in names:
            text = Text(os.path.join(PLANS, name + ".renew"))
            if re.search("^(space|abap-system) ", text.lines, re.M):
                say(True, name + " # SKIP Cloud Foundry and the ABAP environment have twins and tests of their own")
            else:
                campaign(twin, text, dice)
    finally:
        twin.stop()
    print("1..%d" % tests)
    sys.exit(failed != 0)


main()
