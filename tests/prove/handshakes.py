#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""handshakes.py: what the proof says, shown by real handshakes (openssl s_server and s_client).

A receiver is two doors in a row, as a balancer that knows authorities before a server that knows
certificates: the one trusts the roots of the state, the other exactly the certificates of the state. A
call succeeds where both doors answer a request; a handshake that only ended is nothing (in TLS 1.3 the
refusal comes with the first read). TLS 1.2 and 1.3, no resumption, a new process for each call.

  1. 20 planted refusals must be seen, and what must be accepted is; before that nothing counts.
  2. Each state that the explicit search reaches in the seeds' plans (with 3 nodes, every prefix, every
     crash): what a node may present there is accepted.
  3. Plans that renew refuses: the steps that its message names are done, and the node that it names is
     refused with the certificate that it names.
States with equal sets of what is presented and accepted share their handshakes.
  python3 tests/prove/handshakes.py RENEW EXPLORE PLANS_FOLDER
"""
import importlib.util, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VERSIONS = ("-tls1_2", "-tls1_3")
SEEDS = ("overlap", "downtime")
failed = 0


def say(good, text):
    global failed
    failed += not good
    print(("ok - " if good else "not ok - ") + text)


class Authority:
    """Certificates with EC P-256 keys, in a folder; each made once."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name + ".pem")

    def make(self, name, subject, issuer=None, ca=False, usage=None, dates=None):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-subj", subject, "-keyout", self.path(name + ".key"), "-out",
                 self.path(name), "-days", "-2" if dates == "past" else "30"]
        if issuer:
            words += ["-CA", self.path(issuer), "-CAkey", self.path(issuer + ".key")]
        words += ["-addext", "basicConstraints=critical,CA:" + ("TRUE" if ca else "FALSE")]
        if usage:
            words += ["-addext", "extendedKeyUsage=" + usage]
        if dates:
            self.make_dated(name, subject, issuer, dates)
        else:
            subprocess.run(words, check=True, capture_output=True)
        return name

    def make_dated(self, name, subject, issuer, dates):
        """`req` knows no dates; `ca` does."""
        began, ends = {"past": ("20200101000000Z", "20200201000000Z"),
                       "future": ("20490101000000Z", "20490201000000Z")}[dates]
        conf, base = os.path.join(self.folder, "ca.conf"), os.path.join(self.folder, "db-" + name)
        os.mkdir(base)
        open(os.path.join(base, "index"), "w").close()
        with open(os.path.join(base, "serial"), "w") as out:
            out.write("01\n")
        with open(conf, "w") as out:
            out.write(f"[ca]\ndefault_ca=c\n[c]\ndatabase={base}/index\nserial={base}/serial\n"
                      f"new_certs_dir={base}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout",
                        self.path(name + ".key"), "-out", self.path(name + ".csr")],
                       check=True, capture_output=True)
        subprocess.run(["openssl", "ca", "-batch", "-notext", "-config", conf, "-cert",
                        self.path(issuer), "-keyfile", self.path(issuer + ".key"), "-startdate",
                        began, "-enddate", ends, "-in", self.path(name + ".csr"), "-out",
                        self.path(name)], check=True, capture_output=True)

    def bundle(self, names):
        path = os.path.join(self.folder, "bundle-" + "-".join(sorted(names)) + ".pem")
        with open(path, "w") as out:
            out.write("".join(open(self.path(name)).read() for name in sorted(names)))
        return path


class Doors:
    """Servers by what they trust; each is started once, on a port that the kernel chose."""

    def __init__(self, authority):
        self.authority, self.servers, self.calls, self.asked = authority, {}, {}, 0

    def port(self, kind, trusted, careful=True):
        key = (kind, tuple(sorted(trusted)), careful)
        if key not in self.servers:
            # A receiver that trusts nobody still needs a file: one that nobody here has a key of.
            bundle = self.authority.bundle(trusted or ["nobody"])
            words = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                     self.authority.path("server"), "-key", self.authority.path("server.key"),
                     "-CAfile", bundle, "-no-CApath", "-no-CAstore", "-Verify", "3", "-www",
                     "-num_tickets", "0", "-no_cache"]
            words += ["-verify_return_error"] if careful else []
            words += ["-partial_chain"] if kind == "pins" else []
            server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      stdin=subprocess.DEVNULL, text=True)
            for line in server.stdout:
                found = re.search(r"ACCEPT 127\.0\.0\.1:(\d+)", line)
                if found:
                    break
            self.servers[key] = server, int(found.group(1))
        return self.servers[key][1]

    def call(self, kind, trusted, shown, version):
        """Whether a request over a fresh connection is answered. shown: a certificate; None: nothing."""
        self.asked += 1
        key = (kind, tuple(sorted(trusted)), shown, version)
        if key not in self.calls:
            self.calls[key] = self.request(self.port(kind, trusted), shown, version)
        return self.calls[key]

    def request(self, port, shown, version):
        run = self.client(port, shown, version, b"GET / HTTP/1.0\r\n\r\n")
        return b"HTTP/1.0 200" in run.stdout

    def client(self, port, shown, version, sent):
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", version, "-CAfile",
                 self.authority.path("server-ca"), "-verify_return_error"]
        words += ["-quiet"] if sent else []
        if shown:
            words += ["-cert", self.authority.path(shown), "-key",
                      self.authority.path(shown + ".key")]
        return subprocess.run(words, input=sent, capture_output=True, timeout=60)

    def stop(self):
        for server, _ in self.servers.values():
            server.kill()
            server.wait()


def make_world(folder):
    a = Authority(folder)
    a.make("server-ca", "/CN=server authority", ca=True)
    a.make("server", "/CN=127.0.0.1", "server-ca")
    for root in ("root-old", "root-new", "nobody", "foreign"):
        a.make(root, "/CN=" + root, ca=True)
    client = "/CN=client"
    a.make("old", client, "root-old", usage="clientAuth")
    a.make("new", client, "root-new", usage="clientAuth")
    a.make("new-same", client, "root-old", usage="clientAuth")
    # What must be refused.
    a.make("stranger", client, "foreign", usage="clientAuth")
    a.make("rekeyed", "/CN=root-old", ca=True)
    a.make("of-rekeyed", client, "rekeyed", usage="clientAuth")
    a.make("self-signed", client)
    a.make("for-servers", client, "root-old", usage="serverAuth")
    a.make("expired", client, "root-old", dates="past")
    a.make("too-early", client, "root-old", dates="future")
    a.make("between", "/CN=between", "root-old", ca=True)
    a.make("chain-missing", client, "between", usage="clientAuth")
    a.make("of-a-leaf", client, "old", usage="clientAuth")
    return a


PLANTED = [
    ("an authority that is not trusted", "roots", ["root-old"], "stranger"),
    ("no certificate at all", "roots", ["root-old"], None),
    ("an authority with the trusted one's name and another key", "roots", ["root-old"], "of-rekeyed"),
    ("a certificate that signed itself", "roots", ["root-old"], "self-signed"),
    ("a certificate for servers only", "roots", ["root-old"], "for-servers"),
    ("an expired certificate", "roots", ["root-old"], "expired"),
    ("a certificate of tomorrow", "roots", ["root-old"], "too-early"),
    ("a chain without its middle", "roots", ["root-old"], "chain-missing"),
    ("one signed by a certificate that is no authority", "roots", ["root-old"], "of-a-leaf"),
    ("the right authority, and not the certificate that is pinned", "pins", ["old"], "new-same"),
]


def check_oracle(doors):
    """False where it cannot be believed."""
    seen = [(what, version) for what, kind, trusted, shown in PLANTED for version in VERSIONS
            if not doors.call(kind, trusted, shown, version)]
    say(len(seen) == 20, f"planted refusals seen: {len(seen)} of {len(PLANTED) * len(VERSIONS)}")
    for what, kind, trusted, shown in PLANTED:
        for version in VERSIONS:
            if (what, version) not in seen:
                print(f"#   not seen with {version}: {what}")
    taken = [(kind, trusted, shown) for kind, trusted, shown in
             [("roots", ["root-old"], "old"), ("roots", ["root-new"], "new"),
              ("pins", ["old"], "old"), ("pins", ["new"], "new"), ("pins", ["old", "new"], "new"),
              ("roots", ["root-old"], "new-same")] for version in VERSIONS
             if doors.call(kind, trusted, shown, version)]
    say(len(taken) == 12, f"what must be accepted is: {len(taken)} of 12")
    # Why it is built so: what a careless one would say of a stranger.
    naive = doors.client(doors.port("roots", ["root-old"]), "stranger", "-tls1_3", b"")
    say(b"New, TLSv1.3, Cipher is TLS" in naive.stdout and b"HTTP/" not in naive.stdout,
        "in TLS 1.3 the handshake of a client that is refused ends well: only a read shows it")
    careless = doors.request(doors.port("roots", ["root-old"], careful=False), "stranger", "-tls1_2")
    say(careless, "without -verify_return_error, the server lets a stranger in")
    return failed == 0


def names_of(sets):
    """old+new, as the search prints a set."""
    return [] if sets in ("none", "-") else sets.split("+")


def certificate(version, same_root):
    return {"nothing": None, "old": "old", "new": "new-same" if same_root else "new"}[version]


def is_let_in(doors, shown, accepts, trusts, same_root):
    """By both doors, with every version of the protocol; three-valued: None where they differ."""
    pins = [certificate(v, same_root) for v in names_of(accepts)]
    roots = [{"old": "root-old", "new": "root-old" if same_root else "root-new"}[v]
             for v in names_of(trusts)]
    answers = {doors.call("pins", pins, shown, version) and
               doors.call("roots", sorted(set(roots)), shown, version) for version in VERSIONS}
    return answers.pop() if len(answers) == 1 else None


def explore(tool, folder, *words):
    run = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        print("# " + run.stderr.strip())
    return run.stdout.splitlines()


def fields(line):
    return dict(re.findall(r"(\w+)=(.*?)(?= \w+=|$)", line))


def check_accepted(doors, tool, plans):
    for name in SEEDS:
        states = calls = refused = prefixes = 0
        before = len(doors.calls)
        classes = []
        for line in explore(tool, plans, "states", name + ".renew"):
            f = fields(line)
            prefixes = int(f.get("prefixes", prefixes))
            if line.startswith("searched"):
                states += int(f["states"])
            if line.startswith("class"):
                classes.append(f)
        nodes = {f["node"] for f in classes}
        for f in classes:
            same = "one authority" in f["case"]
            for version in [] if f["presents"] == "-" else f["presents"].split("+"):
                calls += int(f["states"])
                shown = certificate(version, same)
                if is_let_in(doors, shown, f["accepts"], f["trusts"], same) is not True:
                    refused += 1
                    print(f"# refused: {f}")
        say(refused == 0 and calls > 100 and len(nodes) == 3,
            f"{name}: {prefixes} prefixes, {states} states of {len(nodes)} nodes, {calls} required "
            f"calls, {len(doors.calls) - before} new handshakes for them: {refused} refused")


def load_mutants():
    spec = importlib.util.spec_from_file_location("mutants", os.path.join(HERE, "mutants.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOLD = re.compile(r"after (\d+) of \d+ steps \((.*?)\) (.*?) may (?:present (\S+)|find no certificate), "
                  r"and `(.*?)` refuses", re.S)


def traces(renew, folder, name):
    """(steps, who, version) of each message that tells a way."""
    run = subprocess.run([renew, "-C", folder, "check", name], capture_output=True, text=True)
    told = re.sub(r"\n +(?:\| *)?", " ", run.stderr)
    return [(steps.replace("..., ", ""), who, (shown or "nothing").split(".")[-1])
            for _, steps, who, shown, _ in TOLD.findall(told)]


def check_trace(doors, tool, folder, name, trace):
    """How many of the bad states that the trace can reach were shown; None where there is none."""
    steps, who, version = trace
    found = [fields(line) for line in explore(tool, folder, "at", name, steps)]
    mine = [f for f in found if f["presents"] == version and (f["node"] == "-" or f["node"] in who)]
    shown = [f for f in mine if is_let_in(
        doors, certificate(version, "one authority" in f["case"]), f["accepts"], f["trusts"],
        "one authority" in f["case"]) is False]
    return len(shown) if mine and len(shown) == len(mine) else None


def check_refused(doors, tools, plans):
    renew, tool = tools
    module, shown, told = load_mutants(), 0, 0
    with tempfile.TemporaryDirectory(prefix="renew-handshakes.") as folder:
        open(os.path.join(folder, "renew.conf"), "w").close()
        shutil.copytree(os.path.join(plans, "org"), os.path.join(folder, "org"))
        for name, lines, (start, end) in module.files_of(plans):
            if name not in SEEDS:
                continue
            for number, (what, mutant) in enumerate(module.mutants(folder, lines, start, end)):
                file = f"{name}-{number}.renew"
                with open(os.path.join(folder, file), "w") as out:
                    out.write("\n".join(mutant))
                for trace in traces(renew, folder, file)[:1]:
                    told += 1
                    states = check_trace(doors, tool, folder, file, trace)
                    shown += states is not None
                    if states is None:
                        print(f"# not shown: {name} {what}: {trace}")
    say(shown == told and shown >= 20,
        f"{told} refused plans with a way to a bad state: in {shown} the call fails there")


def main():
    tools, plans = [os.path.abspath(path) for path in sys.argv[1:3]], os.path.abspath(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="renew-handshakes.") as folder:
        doors = Doors(make_world(folder))
        try:
            if check_oracle(doors):
                check_accepted(doors, tools[1], plans)
                check_refused(doors, tools, plans)
        finally:
            doors.stop()
        print(f"# {doors.asked} questions, {len(doors.calls)} distinct handshakes, "
              f"{len(doors.servers)} servers")
    print("1..7")
    sys.exit(failed != 0)


main()
