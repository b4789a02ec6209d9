# SPDX-License-Identifier: Apache-2.0
"""library_keys: plans about service keys, unchanged, executed against the twins of Cloud Foundry and of a SAP
tenant, as TAP. What each plan asks of the remote systems is read from its text here, not by renew.

  library_keys.py RENEW PLANS WORK PLAN...     WORK is an empty folder
The plan files are copied as they are: their addresses (https://api.cf.example) are led to the twin by a proxy
of renew.conf. Only landscape.renew, which everybody writes for himself, names the twin of the tenant. Played:
  undisturbed: the effects in the order of the text, and who was asked;
  with kill -9 at a random moment of a random process (SEED=N repeats it), then resumed;
  with faults of the network at Cloud Foundry: at one request that writes, two modes (FAULTS unset); at each
    that writes, and the one behind, each of FEW (FAULTS=few); at every request, each mode (FAULTS=all).
Each play ends with the same effects, each once. Where a plan waits for days of a calendar, time is libfaketime's.
"""
import datetime
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request

RENEW, PLANS, WORK = (os.path.abspath(p) for p in sys.argv[1:4])
HERE = os.path.dirname(os.path.abspath(__file__))
FAULTS = os.environ.get("FAULTS")
SEED = int(os.environ.get("SEED") or time.time())
FEW = ("unanswered", "error", "busy", "lost")
MODES = ("lost", "unanswered", "error", "twice", "late", "reset", "busy", "tls", "drip", "cut", "loop", "gone")
HOST = "api.cf.example"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
DAY_S = 86400
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
tests = failed = 0


def say(good, name, *why):
    global tests, failed
    tests += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, name))
    for line in "\n".join(map(str, why)).splitlines() if not good else ():
        print("#   " + line)
    sys.stdout.flush()


def openssl(*words):
    return subprocess.run(["openssl", *words], capture_output=True, check=True, text=True).stdout


def wait_for(path, process):
    for _ in range(600):
        if os.path.exists(path) and os.path.getsize(path):
            with open(path) as text:
                return text.read().split()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("Bail out! %s does not come" % path)


class Servers:
    """The two twins, and the proxy by which invented names lead to them."""

    def __init__(self):
        self.conf = os.path.join(WORK, "conf")
        self.repo = os.path.join(WORK, "repo")
        for folder in (self.conf, self.repo + "/.git", self.repo + "/certs", WORK + "/cf", WORK + "/tenant", WORK + "/proxy"):
            os.makedirs(folder)
        tenant = subprocess.Popen(["/usr/bin/python3", "-B", HERE + "/sap_tenant.py", WORK + "/tenant", "--build-s", "0.05",
                                   "--days", "90"], stdout=subprocess.DEVNULL)
        self.running = [tenant]
        self.tenant_port, self.tenant_control = wait_for(WORK + "/tenant/ready", tenant)
        for name in ("ca.pem", "ca.key"):
            shutil.copy("%s/tenant/client-%s" % (WORK, name), "%s/%s" % (self.conf, name))
        self.pair("api", "/CN=" + HOST, "subjectAltName=DNS:" + HOST)
        with open(self.conf + "/server.pem", "w") as out:
            out.write(open(self.conf + "/api.key").read() + open(self.conf + "/api.pem").read())
        cloud = subprocess.Popen([sys.executable, "-B", HERE + "/cloud_foundry.py", WORK + "/cf", self.conf + "/server.pem"])
        proxy = subprocess.Popen([sys.executable, "-BWignore", HERE + "/../tools/listeners.py", "proxy", WORK + "/proxy"],
                                 stderr=subprocess.DEVNULL)
        self.running += [cloud, proxy]
        self.cloud_port = wait_for(WORK + "/cf/port", cloud)[0]
        self.cloud_control = wait_for(WORK + "/cf/control", cloud)[0]
        proxy_port = wait_for(WORK + "/proxy/port", proxy)[0]
        with open(WORK + "/proxy/routes", "w") as out:
            out.write("%s %s\n" % (HOST, self.cloud_port))
        with open(self.conf + "/renew.conf", "w") as out:
            out.write('renew 1\n\nproxy "http://127.0.0.1:%s" for "%s"\ntrust file "%s/ca.pem" for "%s"\n'
                      'trust file "%s/tenant/server-root.pem" for "localhost"\nanswers within 2s\n'
                      % (proxy_port, HOST, self.conf, HOST, WORK))

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()

    def pair(self, name, subject, extensions="extendedKeyUsage=clientAuth"):
        """NAME.key and NAME.pem of the authority, in conf; the certificate."""
        base = "%s/%s" % (self.conf, name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout",
                base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w") as out:
            out.write(extensions + "\n")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.conf + "/ca.pem", "-CAkey", self.conf + "/ca.key", "-days", "80",
                "-CAcreateserial", "-extfile", base + ".ext", "-out", base + ".pem")
        with open(base + ".pem") as text:
            return text.read()

    def cloud(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        return json.load(opener.open("http://127.0.0.1:%s/twin/%s" % (self.cloud_control, path), data, timeout=30))

    def tenant(self, path, **wish):
        answer = opener.open("http://127.0.0.1:%s/%s" % (self.tenant_control, path), json.dumps(wish).encode() if wish else None,
                             timeout=30).read()
        return json.loads(answer or b"null")

    def write_landscape(self):
        with open(PLANS + "/landscape.renew") as text:
            land = text.read()
        key = {"oauth": {"url": "https://localhost:" + self.tenant_port, "clientid": "client", "clientsecret": "secret",
                         "tokenurl": "https://localhost:%s/oauth/token" % self.tenant_port}}
        for name, content in (("acme-login", json.dumps(key)), ("cf-user", "tenant-ops:correct horse"), ("abap-login", "user:word")):
            with open("%s/%s" % (self.conf, name), "w") as out:
                out.write(content)
            os.chmod("%s/%s" % (self.conf, name), 0o600)
        for wrong, right in ((r'reach by mail "([^"@]*)@[^"]*"', r'reach by file "mail/\1"'),
                             (r'url "https://acme.example"', 'url "https://localhost:%s"' % self.tenant_port),
                             (r"protocol manual", 'protocol local\n  certificate file "%s/ca.pem"\n  key file "%s/ca.key"'
                              % (self.conf, self.conf))):
            land, count = re.subn(wrong, right, land)
            if count == 0:
                raise SystemExit("Bail out! landscape.renew has no %s any more" % wrong)
        with open(self.repo + "/landscape.renew", "w") as out:
            out.write(land)
        for role in re.findall(r'seal-to file "certs/([^"]+)\.pem"', land):
            self.pair("seal-" + role, "/CN=" + role)
            shutil.copy("%s/seal-%s.pem" % (self.conf, role), "%s/certs/%s.pem" % (self.repo, role))
        self.new_pem = self.pair("sender", "/C=DE/O=Acme/CN=sender")
        shutil.copy(self.conf + "/sender.pem", self.repo + "/certs/sender.pem")
        self.new_print = openssl("x509", "-in", self.conf + "/sender.pem", "-noout", "-fingerprint", "-sha256").split("=")[1].strip()
        self.old_pem = self.pair("sender-old", "/C=DE/O=Acme/CN=sender")


class Text:
    """What a plan's text asks of the two systems."""

    def __init__(self, name):
        with open("%s/%s.renew" % (PLANS, name)) as text:
            self.lines = text.read()
        self.name = name
        self.steps = re.findall(r"^ +([a-z0-9-]+): (.*?)(?: \{)?$", self.lines[self.lines.index("\nplan "):], re.M)
        self.has_old = any("sender-key.old" in sentence for _, sentence in self.steps)
        self.waits = "\ncalendar " in self.lines  # it begins behind the next February 1
        self.is_external = "key-type external-certificate" in self.lines
        self.on_cloud, self.on_tenant = [], []
        for _, sentence in self.steps:
            said = re.match(r"[a-z-]+ (creates|deletes|deploys) ([a-z-]+)", sentence)
            if said and said.group(1) == "deploys":
                self.on_tenant.append("deploy " + said.group(2))
            elif said and "inbound-orders" in sentence:
                self.on_cloud.append({"creates": "create NEW", "deletes": "delete "}[said.group(1)] +
                                     ("" if said.group(1) == "creates" else said.group(2)))


class Play:
    def __init__(self, servers, text, kill=None, fault=None):
        self.servers, self.text, self.kill = servers, text, kill
        self.asked, self.told, self.times, self.id, self.ended, self.killed = [], [], [], None, None, False
        self.shift = 0
        if text.waits:
            now = datetime.datetime.now()
            begins = [b for b in (datetime.datetime(now.year + n, 2, 2, 9) for n in (0, 1)) if b > now][0]
            self.shift = int((begins - now).total_seconds())
        self.state = WORK + "/state"
        for folder in (self.state, servers.repo + "/mail"):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copy("%s/%s.renew" % (PLANS, text.name), servers.repo)
        servers.cloud("reset", {})
        servers.cloud("set", {"patience_s": 3, "base": "https://" + HOST})
        if text.has_old:
            servers.cloud("key", {"name": "sender-key", "certificate": servers.old_pem if text.is_external else None})
        servers.tenant("flow", id="inbound", version="1.0.2", runtime="1.0.2")
        servers.tenant("clear", backup=True)
        servers.tenant("set", auto_message="COMPLETED")
        if fault:
            servers.cloud("fault", {"mode": fault[1], "at": fault[0], "sticky": False})

    def renew(self, *words):
        env = dict(os.environ, XDG_STATE_HOME=self.state, RENEW_CONFIG=self.servers.conf + "/renew.conf",
                   CREDENTIALS_DIRECTORY=self.servers.conf)
        if self.shift:
            env.update(LD_PRELOAD=FAKETIME, FAKETIME="+%d" % self.shift, FAKETIME_DONT_FAKE_MONOTONIC="1",
                       ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
        begun = time.monotonic()
        process = subprocess.Popen([RENEW, *words], cwd=self.servers.repo, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        is_act = words[0] in ("run", "resume")
        try:
            out, _ = process.communicate(timeout=self.kill[1] if is_act and self.kill and self.kill[0] == len(self.times) else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            self.killed = True
        if is_act:
            self.times.append(time.monotonic() - begun)
            self.told.append("%s -> %d\n%s" % (" ".join(words), process.returncode, out[-3000:]))
        return process.returncode, out

    def know(self):
        found = self.id is None and re.search(r"\d{4}-\d\d-\d\d-[a-z]+", self.renew("status", "--json")[1])
        self.id = found.group(0) if found else self.id

    def answer(self):
        tasks = json.loads(self.renew("tasks", "--json")[1] or "{}").get("tasks", [])
        if tasks and (not self.asked or self.asked[-1] != tasks[0]["step"]):
            self.asked.append(tasks[0]["step"])
        if tasks:
            words = shlex.split(tasks[0]["command"])[1:]
            if "FILE" in words:  # what a person exports, and reads in the app
                words[words.index("FILE")] = self.servers.conf + "/sender.pem"
                words[words.index("HEX")] = self.servers.new_print
            self.renew(*words)
        return bool(tasks)

    def play(self):
        for _ in range(40):
            self.know()
            self.ended = self.renew(*(["resume", self.id] if self.id else ["run", self.text.name + ".renew"] + (
                ["--set", "abap.communication-systems=CRM,SHOP"] if "communication-systems" in self.text.lines else [])))[0]
            self.know()
            if self.ended == 0:
                break
            if self.ended in (4, 8):
                self.servers.cloud("fault", {"mode": "none", "at": 10**9, "sticky": False})
                again = re.search(r"renew retry \S+ (\S+)", self.told[-1])
                if again:
                    self.renew("retry", self.id, again.group(1).strip("'"))
            elif not self.answer() and self.ended == 5:
                if not self.shift:
                    break
                self.shift += 31 * DAY_S
        return self

    def judge(self, name):
        why, text, seen = [], self.text, self.servers.cloud("state")
        got = [re.sub(r"^create sender-key-.*", "create NEW", effect) for effect in seen["effects"]]
        keys = sorted(re.sub(r"-\d{4}-.*", "-NEW", key["name"]) for key in seen["keys"] if key["name"].startswith("sender-key"))
        if self.ended != 0:
            why.append("the run ended with %s" % self.ended)
        if got != text.on_cloud:
            why.append("Cloud Foundry saw %s, wanted %s" % (got, text.on_cloud))
        if keys != (["sender-key-NEW"] if "create NEW" in text.on_cloud else []):
            why.append("keys: %s" % keys)
        deployed = [" ".join(map(str, effect[:2])) for effect in self.servers.tenant("state")["effects"]]
        if deployed != text.on_tenant:
            why.append("the tenant saw %s, wanted %s" % (deployed, text.on_tenant))
        if self.ended == 0 and self.renew("journal", self.id, "--verify")[0] != 0:
            why.append("the journal does not verify")
        say(not why, name, *why, *(self.told[-4:] if why else ()), *(self.servers.cloud("log")[-12:] if why else ()))
        return not why


def hand_over_is_good(servers, text, play):
    """The generated key reaches the sender in an envelope that its own key opens, and lies nowhere else."""
    if "gives sealed" not in text.lines:
        return
    envelope = "%s/mail/sender-admin/%s-hand-over.pem" % (servers.repo, play.id)
    out = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "PEM", "-in", envelope, "-inkey",
                          servers.conf + "/seal-sender-admin.key"], capture_output=True, text=True).stdout
    key = json.loads(out or "{}").get("oauth", {}).get("key", "")
    row = key.split("\n")[1] if "\n" in key else "nothing"
    lies = subprocess.run(["grep", "-rlF", "-e", row, play.state, servers.repo], capture_output=True, text=True).stdout
    say("PRIVATE KEY" in key and lies == "", "%s: the sender opens the envelope; the private key lies nowhere else" % text.name,
        key[:60], lies)


def campaign(servers, text, dice):
    first = Play(servers, text).play()
    log = servers.cloud("log")
    if not first.judge("%s: %s" % (text.name, ", ".join(text.on_cloud + text.on_tenant) or "nothing is done by renew itself")):
        return
    labels = [label for label, _ in text.steps]
    order = [labels.index(step) for step in (re.split(r"[.\[]", asked)[0] for asked in first.asked) if step in labels]
    say(order and order == sorted(order), "%s: asked, in the order of the text: %s" % (text.name, ", ".join(first.asked)))
    hand_over_is_good(servers, text, first)
    nth = dice.randrange(len(first.times))
    killed = Play(servers, text, kill=(nth, dice.uniform(0.01, max(first.times[nth], 0.02)))).play()
    killed.judge("%s: kill -9 in process %d after %.0f ms%s" % (text.name, nth + 1, killed.kill[1] * 1000,
                                                               "" if killed.killed else " (it was over)"))
    writes = [at for at, row in enumerate(log, 1) if row.startswith(("POST /v3", "DELETE /v3"))]
    near = sorted({at for write in writes for at in (write, write + 1)})
    chosen = [(at, mode) for at in (range(1, len(log) + 1) if FAULTS == "all" else near if FAULTS else writes)
              for mode in (MODES if FAULTS == "all" else FEW)]
    if not FAULTS and chosen:
        chosen = dice.sample(chosen, min(2, len(chosen)))
    for at, mode in chosen:
        Play(servers, text, fault=(at, mode)).play().judge("%s: %s at request %d, %s" % (
            text.name, mode, at, " ".join(log[at - 1].split()[:2])[:60]))


def main():
    servers = Servers()
    print("# SEED=%d" % SEED)
    dice = random.Random(SEED)
    try:
        servers.write_landscape()
        for name in sys.argv[4:]:
            campaign(servers, Text(name), dice)
    finally:
        servers.stop()
    print("1..%d" % tests)
    sys.exit(failed != 0)


main()
