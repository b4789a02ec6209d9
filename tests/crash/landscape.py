#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""landscape: the files and commands that the reference plans act on: no server, no port.

usage: landscape.py FOLDER [PLAN.renew] [other-ca]   makes one and prints the old fingerprint
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

COMMAND = """#!/bin/sh
# NAME DOES: appends what it is asked to do, with the step that asks; then does it on plain files.
echo "$RENEW_STEP" >>"WORK/log/effects"
fingerprint() { openssl x509 -in "WORK/keystore/client.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g'; }
"""


def sh(*argv, **kw):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **kw).stdout


class Landscape:
    """A folder with a CA, a first pair, a receiver's files and two nodes that are files."""

    def __init__(self, folder, plan="reference.renew", other_ca=False):
        """other_ca: the first pair comes from an authority that is no longer asked."""
        self.folder = folder
        self.state = os.path.join(folder, "state")
        for name in ("keystore", "receiver", "ca", "commands", "nodes", "log", "mail/tenant-admin",
                     "mail/integration-dev", "mail/receiver-admin"):
            os.makedirs(self.path(name))
        shutil.copy(os.path.join(HERE, plan), self.path(plan))
        self.make_ca("ca", "Reference CA")
        old_ca = "old-ca" if other_ca else "ca"
        if other_ca:
            self.make_ca(old_ca, "Former CA")
        sh("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
           "/CN=reference-client/O=Reference", "-keyout", self.path("ca/old.key"), "-out", self.path("ca/old.csr"))
        sh("openssl", "x509", "-req", "-in", self.path("ca/old.csr"), "-CA", self.path("ca/%s.pem" % old_ca), "-CAkey",
           self.path("ca/%s.key" % old_ca), "-days", "20", "-out", self.path("ca/old.pem"))
        with open(self.path("keystore/client.pem"), "w") as out:
            for name in ("ca/old.key", "ca/old.pem"):
                out.write(open(self.path(name)).read())
        os.chmod(self.path("keystore/client.pem"), 0o600)
        shutil.copy(self.path("ca/%s.pem" % old_ca), self.path("receiver/roots.pem"))
        self.old = self.presented()
        with open(self.path("receiver/pins.sha256"), "w") as out:
            out.write("# accepted client certificates\n" + self.old + "\n")
        for node in ("node-a", "node-b"):
            with open(self.path("nodes/" + node), "w") as out:
                out.write(self.old + "\n")
        self.command("restart", "loads the pair as a node does",
                     'fingerprint | tr A-F a-f >"WORK/nodes/$1.next" && mv "WORK/nodes/$1.next" "WORK/nodes/$1"')
        self.command("stop", "stops a node: it has nothing loaded", 'echo stopped >"WORK/nodes/$1"')
        self.command("restarted", "is 0 when the node has loaded what the keystore holds",
                     '[ "$(cat "WORK/nodes/$1")" = "$(fingerprint | tr A-F a-f)" ]', effect=False)
        self.command("reload", "makes the receiver read its files",
                     'cat WORK/receiver/pins.sha256 WORK/receiver/roots.pem >WORK/nodes/$1.next && '
                     'mv WORK/nodes/$1.next WORK/nodes/$1')
        self.command("reloaded", "is 0 when the receiver has read its files",
                     'cat WORK/receiver/pins.sha256 WORK/receiver/roots.pem | cmp -s - WORK/nodes/$1', effect=False)
        # what is allowed stands outside the repository
        os.makedirs(self.folder + ".conf")
        self.conf = self.folder + ".conf/renew.conf"
        with open(self.conf, "w") as out:
            out.write('renew 1\n\nallow commands in "%s"\n' % self.path("commands"))
        # the repository root, so that paths of the plan start here
        os.makedirs(self.path(".git"))

    def make_ca(self, name, common_name):
        sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-days", "400", "-subj", "/CN=" + common_name, "-addext", "keyUsage=critical,keyCertSign,cRLSign",
           "-keyout", self.path("ca/%s.key" % name), "-out", self.path("ca/%s.pem" % name))
        os.chmod(self.path("ca/%s.key" % name), 0o600)

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, name, does, body, effect=True):
        head = COMMAND if effect else "\n".join(
            line for line in COMMAND.split("\n") if "effects" not in line)
        with open(self.path("commands/" + name), "w") as out:
            out.write((head + body + "\n").replace("NAME", name).replace("DOES", does)
                      .replace("WORK", self.folder))
        os.chmod(self.path("commands/" + name), 0o755)

    def presented(self):
        text = sh("openssl", "x509", "-in", self.path("keystore/client.pem"), "-noout", "-fingerprint", "-sha256")
        return text.split("=")[1].strip().replace(":", "").lower()

    def pins(self):
        return [line.split()[0] for line in open(self.path("receiver/pins.sha256"))
                if line.strip() and not line.startswith("#")]

    def node(self, name):
        return open(self.path("nodes/" + name)).read().strip()

    def issued(self):
        """Serials that the CA has issued beside the first pair, as its issued list says."""
        folder, found = self.path("ca"), []
        for name in sorted(os.listdir(folder)):
            if "issued" in name:
                found += re.findall(r"-----BEGIN CERTIFICATE-----", open(os.path.join(folder, name)).read())
        return len(found)

    def normalised(self):
        subject = sh("openssl", "x509", "-in", self.path("keystore/client.pem"), "-noout", "-subject", "-issuer")
        count = open(self.path("keystore/client.pem")).read().count("BEGIN CERTIFICATE")
        new = self.presented()
        name = lambda value: "new" if value == new else "old" if value == self.old else value
        roots = open(self.path("receiver/roots.pem")).read().count("BEGIN CERTIFICATE")
        return {"subject": subject, "certificates": count, "presented": name(new),
                "mode": oct(os.stat(self.path("keystore/client.pem")).st_mode & 0o777),
                "pins": [name(pin) for pin in self.pins()], "roots": roots,
                "comment": open(self.path("receiver/pins.sha256")).readline(),
                "nodes": [name(self.node(node)) for node in ("node-a", "node-b")]}

    def snapshot(self):
        """Every file outside the store with its content: what a second resume must leave alone."""
        found = {}
        for folder, _, names in os.walk(self.folder):
            if folder.startswith(self.state):
                continue
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.join(folder, name)] = file.read()
        return found


if __name__ == "__main__":
    made = Landscape(os.path.abspath(sys.argv[1]), *sys.argv[2:3], other_ca="other-ca" in sys.argv[3:])
    print(made.old)
