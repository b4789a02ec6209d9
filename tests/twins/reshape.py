# SPDX-License-Identifier: Apache-2.0
"""reshape: stands before a twin and says the same in another shape; what a shape does is told beside it.

  reshape.py FOLDER BASE SHAPE[+SHAPE...]   writes FOLDER/port when it listens
"""
import http.client
import http.server
import json
import os
import sys
import urllib.parse

FOLDER, BASE = sys.argv[1:3]
SHAPE = sys.argv[3].split("+")
TWIN = urllib.parse.urlsplit(BASE)


def each(value, change):
    """The value with change(object) for every object in it, the innermost first."""
    if isinstance(value, list):
        return [each(one, change) for one in value]
    if isinstance(value, dict):
        return change({name: each(one, change) for name, one in value.items()})
    return value


def added(one):
    """Members that nobody knows, before and behind the others."""
    return {"_embedded": {"guid": "other", "errors": [{"code": 1}]}, **one, "zz_flags": [None, True, 1.5], "annotation_count": 0}


def nulls(one):
    """What may be absent is null."""
    for name in ("description", "previous", "included", "updated_at", "annotations", "route_service_url", "syslog_drain_url",
                 "dashboard_url", "maintenance_info", "tags", "warnings", "error_description", "scope", "jti"):
        one[name] = None
    if one.get("errors") == []:
        one["errors"] = None
    return one


def bare(one):
    """Only what the API's documentation requires."""
    if "guid" in one and "links" in one and "relationships" in one:
        one.pop("links")
    one.pop("updated_at", None)
    if isinstance(one.get("metadata"), dict) and not one["metadata"].get("labels"):
        one.pop("metadata")
    return one


def operations(one):
    """A service key that was made at once by a synchronous broker has no last operation."""
    if "last_operation" in one:
        one["last_operation"] = None
    return one


def relative(one):
    """Links without scheme and host."""
    if isinstance(one.get("href"), str) and "/v3/" in one["href"]:
        one["href"] = one["href"][one["href"].index("/v3/"):]
    return one


def foreign(one):
    """Links with the name that the platform has for itself."""
    if isinstance(one.get("href"), str) and "/v3/" in one["href"]:
        one["href"] = "https://api.internal.example" + one["href"][one["href"].index("/v3/"):]
    return one


def states(one):
    """A job goes through every state that it may have."""
    if "operation" in one and one.get("state") == "PROCESSING":
        one["state"] = "POLLING"
    return one


def failed(one):
    """A job that failed, and does not say why."""
    return {**one, "state": "FAILED", "errors": None} if "operation" in one and "state" in one else one


BAD = {"page": (422, "text/html", b"<html><body>Unprocessable</body></html>"), "nothing": (422, "", b""),
       "broker": (502, "application/json", b'{"errors":[{"code":10001,"title":"CF-ServiceBrokerBadResponse",'
                                           b'"detail":"Service broker error: bad"}]}')}  # to each request for a key
SHAPES = {"failed": failed, **{name: lambda one: one for name in BAD}, "added": added, "nulls": nulls, "bare": bare, "operations": operations, "relative": relative, "foreign": foreign, "states": states,
          "typeless": lambda one: one, "spaced": lambda one: one, "lower": lambda one: one}


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if SHAPE[0] in BAD and self.command == "POST" and self.path.startswith("/v3/service_credential"):
            status, kind, raw = BAD[SHAPE[0]]
            self.send_response_only(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(raw)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
            return
        twin = http.client.HTTPConnection(TWIN.hostname, TWIN.port, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "accept-encoding", "connection")}
        twin.request(self.command, self.path, body or None, {**headers, "Host": self.headers["Host"]})
        said = twin.getresponse()
        raw, fields = said.read(), [(n, v) for n, v in said.getheaders()
                                    if n.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server")]
        twin.close()
        raw = raw.replace(BASE.encode(), b"http://" + self.headers["Host"].encode())
        try:
            shaped = json.loads(raw)
            for one in SHAPE:
                shaped = each(shaped, SHAPES[one])
            raw = json.dumps(shaped, indent=4 if "spaced" in SHAPE else None).encode()
            raw = b"\r\n\t " + raw + b"\r\n" if "spaced" in SHAPE else raw
        except ValueError:
            pass
        out = []
        for name, value in fields:
            value = value.replace(BASE, "http://" + self.headers["Host"])
            for link, before in (("relative", ""), ("foreign", "https://api.internal.example")):
                if name.lower() == "location" and link in SHAPE:
                    value = before + value[value.index("/v3/"):]
            if name.lower() == "content-type" and "typeless" in SHAPE:
                continue
            out.append((name.lower() if "lower" in SHAPE else name, value))
        self.send_response_only(said.status)
        for name, value in out + [("Content-Length", str(len(raw)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = pass_on


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    with open(os.path.join(FOLDER, "port.new"), "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
    server.serve_forever()
