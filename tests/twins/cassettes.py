# SPDX-License-Identifier: Apache-2.0
"""cassettes: go-vcr cassettes of Cloud Foundry against renew's client and readers, as TAP.

  cassettes.py TOOL FOLDER CA.PEM SERVER.PEM CASSETTE...

For each cassette: every recorded body is read by `TOOL read` and compared with this file's own reading of it
(nothing is shared); then every recorded request to the API is made through `TOOL drive` against replay.py,
and status, Location and what was read are compared with the record.
"""
import json
import os
import re
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import yaml

TOOL, FOLDER, ROOTS, PEM = sys.argv[1:5]
HERE = os.path.dirname(os.path.abspath(__file__))
count = 0


def ok(good, name, got="", wanted=""):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    if not good:
        print("#   got:    %s\n#   wanted: %s" % (got[:600], wanted[:600]))


def words(value):
    return value if isinstance(value, str) else ""


def pairs(items):
    return ",".join("%s:%s" % item for item in items)


def describe_job(one):
    links = [(name, words((link or {}).get("href")).rsplit("/", 1)[-1]) for name, link in (one.get("links") or {}).items()]
    return " resource=%s||||%s|%s||" % (words(one.get("guid")), words(one.get("state")),
                                        pairs((n, g) for n, g in links if n != "self" and g)), one


def describe(one):
    last, metadata = one.get("last_operation") or {}, one.get("metadata") or {}
    relations = [(name, ((value or {}).get("data") or {})) for name, value in (one.get("relationships") or {}).items()]
    relations = [(name, data["guid"]) for name, data in relations if isinstance(data, dict) and data.get("guid")]
    strings = [[(n, v) for n, v in (metadata.get(kind) or {}).items() if isinstance(v, str)] for kind in ("labels", "annotations")]
    return " resource=%s|%s|%s|%s|%s|%s|%s|%s" % (
        words(one.get("guid")), words(one.get("name")), words(one.get("type")), words(last.get("type")),
        words(last.get("state")), pairs(relations), pairs(strings[0]), pairs(strings[1]))


def shown(value, limit):
    """On one line, and not without end: as people are told."""
    line = re.sub(r"[\n\t]", " ", words(value)).encode()
    return line.decode() if len(line) <= limit else line[:limit].decode(errors="ignore") + "..."


def errors_of(errors):
    rows = [e for e in errors if isinstance(e, dict)]
    return "; ".join(": ".join(p for p in (shown(e.get("title"), 80), shown(e.get("detail"), 600)) if p) for e in rows)


def read(body):
    """The line that the tool has to print for a body."""
    blank = dict(form="other", errors="", total=0, next="", api="", uaa="", rest="")
    if not body.strip():
        blank["form"] = "empty"
    else:
        try:
            value = json.loads(body)
        except ValueError:
            blank["form"] = "no JSON"
            found = re.search(r'"(CF-[A-Za-z0-9-]*)', body)
            blank["errors"] = found.group(1) if found else ""
            value = None
        if isinstance(value, dict):
            blank.update(read_object(value))
    return "%(form)s errors=%(errors)s total=%(total)d next=%(next)s api=%(api)s uaa=%(uaa)s%(rest)s" % blank


def read_object(value):
    links = value.get("links") or {}
    if isinstance(value.get("resources"), list):
        page = value.get("pagination") or {}
        return dict(form="page", total=page.get("total_results", 0), next=words((page.get("next") or {}).get("href")),
                    rest="".join(map(describe, value["resources"])))
    if isinstance(value.get("guid"), str):
        if isinstance(value.get("operation"), str) and isinstance(value.get("state"), str):
            head = " resource=%s|||%s|%s|" % (value["guid"], value["operation"], value["state"])
            hrefs = [(n, words((l or {}).get("href")).rsplit("/", 1)[-1]) for n, l in links.items()]
            return dict(form="job", errors=errors_of(value.get("errors") or []),
                        rest=head + pairs(h for h in hrefs if h[0] != "self" and h[1]) + "||")
        return dict(form="resource", rest=describe(value))
    if isinstance(value.get("errors"), list):
        return dict(form="errors", errors=errors_of(value["errors"]))
    if isinstance(links.get("cloud_controller_v3"), dict):
        uaa = links.get("uaa") or links.get("login") or {}
        return dict(form="root", api=words(links["cloud_controller_v3"].get("href")), uaa=words(uaa.get("href")))
    if isinstance(value.get("credentials"), dict):
        at = value["credentials"]
        at = at["oauth"] if isinstance(at.get("oauth"), dict) else at
        return dict(form="credentials", rest=" client=%s tokenurl=%s secret=%d key=%d certificate=%d" % (
            words(at.get("clientid")), words(at.get("tokenurl")), bool(words(at.get("clientsecret"))),
            bool(words(at.get("key"))), len(words(at.get("certificate")).replace("\\n", "\n").encode())))
    if isinstance(value.get("access_token"), str):
        return dict(form="token")
    return {}


def read_bodies(name, interactions):
    bodies = [one["response"].get("body") or "" for one in interactions]
    bodies += [one["request"].get("body") or "" for one in interactions]
    given = b"".join(b"%d\n%s" % (len(body.encode()), body.encode()) for body in bodies)
    out = subprocess.run([TOOL, "read"], input=given, capture_output=True)
    lines = out.stdout.decode().split("\n")[:-1]
    wanted = [read(body) for body in bodies]
    bad = [(g, w) for g, w in zip(lines, wanted) if g != w]
    ok(out.returncode == 0 and len(lines) == len(wanted) and not bad, "%s: %d bodies are read" % (name, len(bodies)),
       bad[0][0] if bad else str(len(lines)) + out.stderr.decode(), bad[0][1] if bad else str(len(wanted)))


def drive(name, path, interactions):
    def is_api(one):
        return not urlsplit(one["request"]["url"]).path.endswith("/oauth/token")

    asked = [(number, one) for number, one in enumerate(interactions) if is_api(one)]
    roots = [one for _, one in asked if urlsplit(one["request"]["url"]).path in ("", "/")]
    logons = [one for one in interactions if not is_api(one)]
    asked = [(n, one) for n, one in asked if not roots or one is not roots[0]]  # the tool's own discovery
    if not asked:
        return
    for api in dict.fromkeys(origin(one) for _, one in asked):  # nearly always one
        drive_api(name if api == origin(asked[0][1]) else name + " " + urlsplit(api).netloc, path, api,
                  [(n, one) for n, one in asked if origin(one) == api], logons)


def origin(one):
    parts = urlsplit(one["request"]["url"])
    return "%s://%s" % (parts.scheme, parts.netloc)


def drive_api(name, path, api, asked, logons):
    logon = logons[0]["request"] if logons else {"body": "grant_type=refresh_token", "url": ""}
    grant = parse_qs(logon["body"])["grant_type"][0]
    hint = parse_qs(urlsplit(logon["url"]).query).get("login_hint")
    folder = os.path.join(FOLDER, name)
    os.makedirs(folder)
    server = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "replay.py"), path, folder, PEM])
    try:
        for _ in range(500):
            if os.path.exists(os.path.join(folder, "port")):
                break
            time.sleep(0.02)
        with open(os.path.join(folder, "port")) as text:
            proxy = "http://127.0.0.1:" + text.read()
        given = b""
        for _, one in asked:
            body = (one["request"].get("body") or "").strip().encode()
            given += b"%s %s %d\n%s" % (one["request"]["method"].encode(), one["request"]["url"].encode(), len(body), body)
        command = [TOOL, "drive", api, proxy, ROOTS, grant] + ([json.loads(hint[0])["origin"]] if hint else [])
        out = subprocess.run(command, input=given, capture_output=True, timeout=120)
    finally:
        server.terminate()
        server.wait()
    lines = out.stdout.decode().split("\n")[:-1]
    wanted = []
    for _, one in asked:
        response = one["response"]
        location = {key.lower(): value for key, value in (response.get("headers") or {}).items()}.get("location", [""])[0]
        wanted.append("%d location=%s %s" % (response["code"], location, read(response.get("body") or "")))
    bad = [(g, w) for g, w in zip(lines, wanted) if g != w]
    with open(os.path.join(folder, "log")) as text:
        log = text.read().split("\n")
    ok(out.returncode == 0 and len(lines) == len(wanted) and not bad, "%s: %d requests are made" % (name, len(asked)),
       bad[0][0] if bad else str(len(lines)) + out.stderr.decode(), bad[0][1] if bad else str(len(wanted)))
    hits = sum(line.startswith("hit") for line in log)
    ok(hits >= len(asked) and not any(line.startswith("miss") for line in log), "%s: each is one that was recorded" % name,
       "\n#     ".join(log), "")


def main():
    for path in sys.argv[5:]:
        name = os.path.basename(path).removesuffix(".yaml")
        with open(path) as text:
            interactions = (yaml.safe_load(text) or {}).get("interactions") or []
        read_bodies(name, interactions)
        drive(name, path, interactions)
    print("1..%d" % count)


main()
