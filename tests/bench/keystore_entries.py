# SPDX-License-Identifier: Apache-2.0
"""keystore_entries: 10,000 entries of a tenant's keystore, listed through its pages (1,000 a page, over TLS, gzip) by
`renew inspect KEYSTORE --of PLAN`, against curl for the same requests. Goal: at most 1.3 times `curl --parallel`.

A page's address stands in the page before it. renew has to read a page before it can ask for the next; curl is given
all addresses in advance. So two figures: curl one after the other, as the addresses become known, and
`curl --parallel` with all of them at once, which no client of such a service can do. renew also logs on, reads,
judges and prints what it gets; curl throws it away.
  python3 tests/bench/keystore_entries.py          ENTRIES=10000 ROUNDS=5 RENEW=build/renew
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

import peer

COUNT = int(os.environ.get("ENTRIES", "10000"))
GOAL = 1.3
TOKEN_FORM = b"grant_type=client_credentials"

PLAN = """renew 1

role admin {
  reach by console
}

secret oauth from file "key.json"

tenant acme {
  service cloud-integration
  url "https://localhost:%(port)s"
  login oauth with oauth
  nodes worker-1
}

keystore store {
  kind sap-tenant
  of acme
  owner admin
}

system server {
  owner admin
  accepts-many yes
}

flow orders {
  on acme
  calls server with client
}

ca corporate {
  protocol manual
}

certificate client {
  in store
  alias "client"
  subject "CN=client,O=Acme,C=DE"
  signed by corporate
}

plan many {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by corporate
  accept: admin accepts client.old, client.new on server
  exchange: admin replaces client.old with client.new in store keeping alias
  restart: admin restarts orders on worker-1
}
"""


def control(port, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open("http://127.0.0.1:%s/%s" % (port, path), data))


def write(path, words, mode=0o644):
    with open(path, "w") as out:
        out.write(words)
    os.chmod(path, mode)


def make_pair(folder):
    """The certificate that all entries hold: what differs is the alias."""
    key, cert = os.path.join(folder, "pair.key"), os.path.join(folder, "pair.crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "90", "-subj", "/C=DE/O=Acme/CN=client", "-keyout", key, "-out", cert], check=True,
                   capture_output=True)
    return open(key).read() + open(cert).read()


def list_by_renew(top, twin, figures):
    done = figures.run(twin, [peer.RENEW, "inspect", "store", "--of", "plan.renew", "--no-input"], cwd=os.path.join(top, "work"),
                       env=dict(os.environ, RENEW_CONFIG=os.path.join(top, "renew.conf"),
                                XDG_STATE_HOME=os.path.join(top, "state")))
    if done.returncode != 0:
        sys.exit("renew inspect: exit %d\n%s" % (done.returncode, done.stderr[-1500:]))
    listed = len(set(re.findall(r"^(entry-\d+): pair$", done.stdout, re.M)))
    if listed != COUNT:
        sys.exit("renew listed %d entries" % listed)


def requests_of(log):
    return sorted((row["method"], row["path"]) for row in log if "/oauth/token" not in row["path"])


def main():
    ours, in_turn, at_once = peer.Figures(), peer.Figures(), peer.Figures()
    with tempfile.TemporaryDirectory() as top, \
            peer.Twin("sap_tenant.py", top, ready="ready", python="/usr/bin/python3") as twin:
        port, controls = open(twin.ready).read().split()
        base = "https://localhost:" + port
        os.makedirs(os.path.join(top, "work", ".git"))
        write(os.path.join(top, "work", "plan.renew"), PLAN % {"port": port})
        write(os.path.join(top, "renew.conf"),
              'renew 1\n\ntrust file "%s" for "localhost"\n' % os.path.join(top, "server-root.pem"))
        write(os.path.join(top, "work", "key.json"), json.dumps({"oauth": {
            "url": base, "tokenurl": base + "/oauth/token", "clientid": "client", "clientsecret": "secret"}}), 0o600)
        control(controls, "entry", {"alias": "entry", "pem": make_pair(top), "copies": COUNT})
        log = None
        for _ in range(peer.ROUNDS):
            control(controls, "clear", {})
            list_by_renew(top, twin, ours)
            log = control(controls, "log")
            wanted = requests_of(log)
            # Its token is good for curl, too.
            token = json.loads(subprocess.run(
                ["curl", "-sS", "--noproxy", "*", "--cacert", os.path.join(top, "server-root.pem"), "-u", "client:secret",
                 "-d", TOKEN_FORM.decode(), base + "/oauth/token"], check=True, capture_output=True).stdout)["access_token"]
            rows = ["silent", "compressed", 'cacert = "%s"' % os.path.join(top, "server-root.pem"), 'noproxy = "*"',
                    'header = "Authorization: Bearer %s"' % token, 'header = "Accept: application/json"']
            for row in log:
                if "/oauth/token" not in row["path"]:
                    rows += ['url = "%s%s"' % (base, row["path"]), 'output = "/dev/null"']
            write(os.path.join(top, "curl.conf"), "\n".join(rows) + "\n")
            for figures, more in ((in_turn, []), (at_once, ["--parallel", "--parallel-max", "16"])):
                before = len(control(controls, "log"))
                done = figures.run(twin, ["curl", "--fail", *more, "-K", os.path.join(top, "curl.conf")])
                if done.returncode != 0 or requests_of(control(controls, "log")[before:]) != wanted:
                    sys.exit("curl: exit %d, or other requests than renew's\n%s" % (done.returncode, done.stderr[-500:]))
    what = "%d keystore entries, %d pages" % (COUNT, len(wanted))
    peer.report(what, ours, in_turn, "curl in turn", GOAL)
    peer.report(what, ours, at_once, "curl --parallel", GOAL)


main()
