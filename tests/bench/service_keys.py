# SPDX-License-Identifier: Apache-2.0
"""1,000 service keys made on the twin of Cloud Foundry, 16 calls at once: `renew run` (with its journal) against
`curl --parallel` for the same requests in the same order of kinds. Goal: at most 1.3 times."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

COUNT = int(os.environ.get("KEYS", "1000"))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RENEW = os.path.abspath(os.environ.get("RENEW", os.path.join(ROOT, "build/renew")))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

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


def ask(base, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    return json.load(opener.open(base + "/twin/" + path, data))


def curl_config(folder, base, log, token):
    """The same requests: each of the log's, with a POST's body made anew."""
    rows, made = [], 0
    guid = re.search(r"service_instance_guids=([0-9a-f-]+)", "\n".join(log)).group(1)
    for line in log:
        method, target = line.split()[:2]
        if not target.startswith("/v3"):
            continue
        rows += ['url = "%s%s"' % (base, target), 'header = "Authorization: Bearer %s"' % token,
                 'output = "/dev/null"', "silent"]
        if method == "POST":
            body = {"type": "key", "name": "peer-%d" % made, "metadata": {"labels": {}, "annotations": {}},
                    "relationships": {"service_instance": {"data": {"guid": guid}}}}
            made += 1
            rows += ['header = "Content-Type: application/json"', "data = %s" % json.dumps(json.dumps(body))]
        rows.append("next")
    path = os.path.join(folder, "curl.conf")
    with open(path, "w") as out:
        out.write("\n".join(rows[:-1]) + "\n")
    return path


def main():
    with tempfile.TemporaryDirectory() as folder:
        twin = subprocess.Popen([sys.executable, "-B", os.path.join(ROOT, "tests/twins/cloud_foundry.py"), folder])
        try:
            port = os.path.join(folder, "port")
            while not os.path.exists(port):
                time.sleep(0.02)
            with open(port) as text:
                base = "http://127.0.0.1:" + text.read()
            ask(base, "set", {"job_polls": 0})
            work = os.path.join(folder, "work")
            os.mkdir(work)
            with open(os.path.join(work, "plan.renew"), "w") as out:
                out.write(plan(base))
            with open(os.path.join(work, "cf-user"), "w") as out:
                out.write("tenant-ops:correct horse")
            os.chmod(os.path.join(work, "cf-user"), 0o600)
            env = dict(os.environ, XDG_STATE_HOME=os.path.join(folder, "state"), RENEW_CONFIG="")
            began = time.monotonic()
            out = subprocess.run([RENEW, "run", "many", "--no-input"], cwd=work, env=env, capture_output=True, text=True)
            ours = time.monotonic() - began
            made = len([e for e in ask(base, "state")["effects"] if e.startswith("create")])
            if out.returncode != 0 or made != COUNT:
                sys.exit("renew run: exit %d, %d keys\n%s" % (out.returncode, made, (out.stdout[-500:] + out.stderr[-1500:])))
            log = ask(base, "log")
            form = b"grant_type=password&username=tenant-ops&password=correct%20horse"
            ask(base, "reset", {})
            ask(base, "set", {"job_polls": 0})
            request = urllib.request.Request(base + "/oauth/token", form, {"Authorization": "Basic Y2Y6"})
            token = json.load(opener.open(request))["access_token"]
            config = curl_config(folder, base, log, token)
            began = time.monotonic()
            subprocess.run(["curl", "--noproxy", "*", "--parallel", "--parallel-max", "16", "-K", config], check=True,
                           capture_output=True)
            theirs = time.monotonic() - began
            answered = sum("/v3" in line for line in ask(base, "log"))
            requests = sum("/v3" in line for line in log)
            if answered != requests:
                sys.exit("curl made %d of %d requests" % (answered, requests))
            print("%d keys, %d requests, 16 at once: renew %.2f s, curl --parallel %.2f s, ratio %.2f (goal 1.3)"
                  % (COUNT, requests, ours, theirs, ours / theirs))
        finally:
            twin.terminate()
            twin.wait()


main()
