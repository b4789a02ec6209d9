# SPDX-License-Identifier: Apache-2.0
"""replay: answers with what a go-vcr cassette recorded, byte for byte, under the recorded host names.

  replay.py CASSETTE FOLDER PEM

It is an HTTP proxy: a client is told to reach every host through it (CONNECT, and then it speaks TLS with
PEM's certificate for all of them; or plain HTTP). A request is matched with the first recorded interaction that was not
answered yet and has its method, scheme, host, path, query (in any order) and body (JSON and forms by their
meaning; a value "redacted" stands for any; so do the credentials of a log-on). Log-ons that were not
recorded often enough are answered with the last recorded one, or a made one (X-Twin-Source: made), and so
is the API's root.
FOLDER/port: where it listens. FOLDER/log: a line a request, "hit N" or "miss METHOD URL".
"""
import gzip
import json
import os
import socket
import ssl
import sys
import threading
from urllib.parse import parse_qsl, urlsplit

import yaml

CASSETTE, FOLDER, PEM = sys.argv[1:4]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
lock = threading.Lock()
with open(CASSETTE) as text:
    interactions = (yaml.safe_load(text) or {}).get("interactions") or []
answered = set()


def log(line):
    with open(os.path.join(FOLDER, "log"), "a") as out:
        out.write(line + "\n")


def meaning(body):
    """A body as a value that compares: JSON, or a form without its credentials, or text."""
    body = (body or "").strip()
    try:
        return json.loads(body)
    except ValueError:
        pass
    if "=" in body and "\n" not in body:
        return sorted((name, "" if name in ("password", "username", "refresh_token", "assertion", "client_id",
                                            "response_type", "client_assertion", "client_assertion_type") else value)
                      for name, value in parse_qsl(body, keep_blank_values=True))
    return body


def same(recorded, asked):
    if recorded == "redacted" or recorded == asked:
        return True
    if isinstance(recorded, dict) and isinstance(asked, dict):
        return recorded.keys() == asked.keys() and all(same(value, asked[name]) for name, value in recorded.items())
    if isinstance(recorded, list) and isinstance(asked, list):
        return len(recorded) == len(asked) and all(map(same, recorded, asked))
    return False


def form(grant):
    return [one for one in grant if one[0] == "grant_type"] if isinstance(grant, list) else grant


def fits(recorded, method, url, body):
    a, b = urlsplit(recorded["url"]), urlsplit(url)
    if recorded["method"] != method or (a.scheme, a.netloc, a.path or "/") != (b.scheme, b.netloc, b.path or "/"):
        return False
    if sorted(parse_qsl(a.query)) != sorted(parse_qsl(b.query)):
        return False
    if a.path.endswith("/oauth/token"):
        return form(meaning(recorded.get("body"))) == form(meaning(body))
    return same(meaning(recorded.get("body")), meaning(body))


def find(method, url, body):
    with lock:
        for number, one in enumerate(interactions):
            if number not in answered and fits(one["request"], method, url, body):
                answered.add(number)
                log("hit %d" % number)
                return one["response"]
        for one in reversed(interactions):
            if urlsplit(url).path.endswith("/oauth/token") and one["request"]["url"].split("?")[0] == url.split("?")[0]:
                log("again")
                return one["response"]
    if url.split("?")[0].endswith("/oauth/token"):
        log("made log-on")
        return {"code": 200, "headers": {"Content-Type": ["application/json"], "X-Twin-Source": ["made"]},
                "body": '{"access_token":"made","token_type":"bearer","expires_in":1199,"refresh_token":"made-r"}'}
    if method == "GET" and urlsplit(url).path in ("", "/"):
        log("made root")
        uaa = [one["request"]["url"].split("/oauth/")[0] for one in interactions if "/oauth/" in one["request"]["url"]]
        links = {"cloud_controller_v3": {"href": url.rstrip("/") + "/v3"}, "uaa": {"href": uaa[0] if uaa else url.rstrip("/")}}
        return {"code": 200, "headers": {"X-Twin-Source": ["made"]}, "body": json.dumps({"links": links})}
    log("miss %s %s" % (method, url))
    return {"code": 599, "headers": {}, "body": ""}


def encode(response):
    body = (response.get("body") or "").encode()
    headers = response.get("headers") or {}
    if any(value == ["gzip"] for name, value in headers.items() if name.lower() == "content-encoding"):
        body = gzip.compress(body)
    rows = ["HTTP/1.1 %d Recorded" % response["code"]]
    rows += ["%s: %s" % (name, value) for name, values in headers.items() for value in values
             if name.lower() not in HOP_BY_HOP]
    if response["code"] not in (204, 304):
        rows.append("Content-Length: %d" % len(body))
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + body


def read_head(stream):
    line = stream.readline(65537).decode("latin-1").split()
    headers = {}
    while (row := stream.readline(65537).decode("latin-1").strip()):
        headers[row.partition(":")[0].lower()] = row.partition(":")[2].strip()
    return line, headers


def serve(conn, context):
    try:
        stream = conn.makefile("rb", buffering=0)
        base = ""
        while True:
            line, headers = read_head(stream)
            if not line:
                return
            if line[0] == "CONNECT":
                base = "https://" + line[1].removesuffix(":443")
                conn.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                conn = context.wrap_socket(conn, server_side=True)
                stream = conn.makefile("rb")
                continue
            body = stream.read(int(headers.get("content-length", 0))).decode()
            conn.sendall(encode(find(line[0], base + line[1], body)))
    except OSError:
        pass
    finally:
        conn.close()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    with open(os.path.join(FOLDER, "port.new"), "w") as out:
        out.write(str(listener.getsockname()[1]))
    os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, context), daemon=True).start()


main()
