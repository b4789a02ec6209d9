# SPDX-License-Identifier: Apache-2.0
"""service_keys: 1,000 service keys made on the twin of Cloud Foundry, 16 calls at once: `renew run`, with its proof
and its journal, against `curl --parallel` for the same requests. Goal: at most 1.3 times.

The same requests: the twin records what renew sent, and curl sends that again, byte for byte in address and body,
to a twin that began anew (guids follow from names there). A key's requests depend on each other (look, make, job,
details), so curl makes the first request of every key, then the second of every key, and so on, 16 at once; the
statuses of all answers are compared with those that renew got. The log-on alone is not curl's: it is given a token.
  python3 tests/bench/service_keys.py          KEYS=1000 ROUNDS=5 RENEW=build/renew
"""
import collections
import json
import os
import re
import sys
import tempfile
import uuid

import peer

COUNT = int(os.environ.get("KEYS", "1000"))
AT_ONCE = 16
GOAL = 1.3

HEAD = """renew 1

role tenant-admin {
  reach by console
}

secret cf-user from file "cf-user"

space acme-runtime {
  organization "acme"
  name "prod"
  api "%s"
  login oauth with cf-user
}

service-instance inbound-orders {
  in acme-runtime
  plan integration-flow
}
"""


def plan(base):
    keys = ["key-%d" % i for i in range(COUNT)]
    words = [HEAD % base]
    words += ["service-key %s {\n  of inbound-orders\n  key-type client-secret\n}\n" % key for key in keys]
    words += ["plan many {\n  renews %s\n  policy downtime\n\n  together {" % ", ".join(keys)]
    words += ["    make-%s: tenant-admin creates %s.new in inbound-orders" % (key, key) for key in keys]
    return "\n".join(words) + "\n  }\n}\n"


def in_turns(sent):
    """The requests in an order that 16 at once may keep: every key's first, every key's second, ..."""
    key_of = {}
    for method, _, body in sent:
        if method == "POST":
            name = json.loads(body)["name"]
            for what in ("key " + name, "job service_keys.create " + name):
                key_of[str(uuid.uuid5(uuid.NAMESPACE_OID, what))] = name
    turns, seen = [], collections.Counter()
    for method, target, body in sent:
        name = json.loads(body)["name"] if method == "POST" else None
        match = re.search(r"[?&]names=(key-[^&]+)", target) or re.search(r"/(?:jobs|bindings)/([0-9a-f-]{36})", target)
        match = match or re.search(r"/service_credential_bindings/([0-9a-f-]{36})", target)
        if match:
            name = key_of.get(match.group(1), match.group(1))
        if name:
            seen[name] += 1
        turns.append((seen[name] if name else 0, method, target, body))
    return [row[1:] for row in sorted(turns, key=lambda row: row[0])]


def curl_config(path, base, sent, token):
    rows = []
    for method, target, body in in_turns(sent):
        rows += ['url = "%s%s"' % (base, target), 'header = "Authorization: Bearer %s"' % token,
                 'output = "/dev/null"', "silent"]
        if method == "POST":
            rows += ['header = "Content-Type: application/json"', "data = %s" % json.dumps(body)]
        rows.append("next")
    with open(path, "w") as out:
        out.write("\n".join(rows[:-1]) + "\n")


def start_anew(base):
    peer.ask(base, "/twin/set", {"names_guids": True})
    peer.ask(base, "/twin/reset", {})
    peer.ask(base, "/twin/set", {"job_polls": 0, "records": True})


def renew(base, folder, twin, figures):
    start_anew(base)
    work = os.path.join(folder, "work")
    os.mkdir(work)
    with open(os.path.join(work, "plan.renew"), "w") as out:
        out.write(plan(base))
    with open(os.path.join(work, "cf-user"), "w") as out:
        out.write("tenant-ops:correct horse")
    os.chmod(os.path.join(work, "cf-user"), 0o600)
    env = dict(os.environ, XDG_STATE_HOME=os.path.join(folder, "state"), RENEW_CONFIG="")
    done = figures.run(twin, [peer.RENEW, "run", "many", "--no-input"], cwd=work, env=env)
    state = peer.ask(base, "/twin/state")
    made = sum(effect.startswith("create") for effect in state["effects"])
    if done.returncode != 0 or made != COUNT:
        sys.exit("renew run: exit %d, %d keys\n%s" % (done.returncode, made, done.stdout[-500:] + done.stderr[-1500:]))
    return state["connections"]


def log_of(base):
    return sorted(line for line in peer.ask(base, "/twin/log") if "/oauth/token" not in line)


def curl(base, folder, twin, figures, sent):
    start_anew(base)
    form = b"grant_type=password&username=tenant-ops&password=correct%20horse"
    token = peer.ask(base, "/oauth/token", form, {"Authorization": "Basic Y2Y6"})["access_token"]
    config = os.path.join(folder, "curl.conf")
    curl_config(config, base, sent, token)
    before = peer.ask(base, "/twin/state")["connections"]
    done = figures.run(twin, ["curl", "--noproxy", "*", "--parallel", "--parallel-max", str(AT_ONCE), "-K", config])
    if done.returncode != 0:
        sys.exit("curl: exit %d\n%s" % (done.returncode, done.stderr[-500:]))
    return peer.ask(base, "/twin/state")["connections"] - before - 1


def main():
    ours, theirs = peer.Figures(), peer.Figures()
    with tempfile.TemporaryDirectory() as top, peer.Twin("cloud_foundry.py", top) as twin:
        base = "http://127.0.0.1:" + open(twin.ready).read()
        for i in range(peer.ROUNDS):
            folder = os.path.join(top, str(i))
            os.mkdir(folder)
            connections = renew(base, folder, twin, ours) - 2
            log = log_of(base)
            sent = [row for row in peer.ask(base, "/twin/sent") if row[1] != "/oauth/token"]
            of_curl = curl(base, folder, twin, theirs, sent)
            if log_of(base) != log:
                sys.exit("curl's requests were not answered as renew's were")
    peer.report("%d service keys, %d requests, %d at once" % (COUNT, len(log), AT_ONCE), ours, theirs,
                "curl --parallel", GOAL)
    print("  connections in the last pair: renew %d, curl %d" % (connections, of_curl))


main()
