# SPDX-License-Identifier: Apache-2.0
"""twin: what the twins of remote systems share: HTTP on loopback, a log, and faults at a chosen request.

A twin is a subclass of Twin with `handle(request) -> Answer`. Nothing here is shared with the client.

Faults (the modes of the fault list N1), at the i-th request that counts, once or at every one from there:
  lost        the request is not carried out, the connection ends
  unanswered  carried out, the connection ends without an answer
  error       carried out, answered 502 with HTML
  twice       carried out twice (a duplicate delivery), the first answer is given
  late        carried out, answered after the client's patience
  reset       carried out, RST in the middle of the answer
  busy        not carried out, 429 with Retry-After: 1 (reads: 503)
  tls         the connection ends before a byte is read (handshake failure, expired certificate)
  drip        carried out, the answer drips until the client's patience is over
  cut         carried out, the body ends early
  loop        not carried out, 307 to the same address
  gone        nobody listens for 300 ms
  instead     not carried out, answered with {"body"}, and {"status"} if given; no mode of the campaigns
A twin is controlled by POST /twin/fault {"mode","at","sticky"[,"match": pattern of "METHOD /path?query"]
[,"lasts_s"]} (requests, those that match, are counted from there), POST /twin/reset, POST /twin/set {"attribute":
value}, GET /twin/state, GET /twin/log, GET /twin/sent (the requests themselves, [method, target, body], since
{"records": true}); these count for nothing. FOLDER/control is a second port for them, in plain HTTP, that no
fault reaches.
"""
import json
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

CONNECTIONS = 12  # a lasting fault of connections ends: the tests speak to the same port
MODES = ("lost", "unanswered", "error", "twice", "late", "reset", "busy", "tls", "drip", "cut", "loop", "gone")


class Answer:
    def __init__(self, status, body=b"", source="INF", **headers):
        self.status = status
        self.body = json.dumps(body, separators=(",", ":")).encode() if isinstance(body, (dict, list)) else body
        self.headers = {"Content-Type": "application/json; charset=utf-8", "X-Twin-Source": source}
        self.headers.update({k.replace("_", "-"): v for k, v in headers.items()})

    def encode(self):
        rows = ["HTTP/1.1 %d %s" % (self.status, "OK" if self.status < 300 else "No")]
        rows += ["%s: %s" % row for row in self.headers.items() if row[1] is not None]
        if self.status not in (204, 304):
            rows.append("Content-Length: %d" % len(self.body))
        return "\r\n".join(rows).encode() + b"\r\n\r\n" + (b"" if self.status in (204, 304) else self.body)


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path = unquote(parts.path)
        self.query = parse_qs(parts.query, keep_blank_values=True)

    def first(self, name, otherwise=""):
        return self.query.get(name, [otherwise])[0]

    def list_of(self, name):
        return [one for one in self.first(name).split(",") if one]


class Over(Exception):
    """The connection is not to be used any more."""


class Twin:
    patience_s = 3  # longer than the client waits in tests
    records = False

    def __init__(self, folder, pem=None):
        self.folder, self.lock = folder, getattr(self, "lock", None) or threading.RLock()
        self.log, self.sent, self.connections = [], [], 0
        self.fault = None
        self.seen = 0
        self.context = None
        if pem:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pem)

    # ---- to be written by a twin ----
    def handle(self, request):
        raise NotImplementedError

    def state(self):
        return {}

    # ---- faults ----
    def due(self, request):
        """The mode of the fault at this request, or None; counts it."""
        with self.lock:
            fault = self.fault
            if fault and not re.search(fault.get("match", ""), request.method + " " + request.target):
                return None
            self.seen += 1
            if not fault or self.seen < fault["at"] or (self.seen > fault["at"] and not fault["sticky"]):
                return None
            if time.monotonic() > fault.setdefault("until", time.monotonic() + fault.get("lasts_s", 10**9)):
                return None
            return fault["mode"]

    def due_at_accept(self):
        with self.lock:
            fault = self.fault
            return bool(fault and fault["mode"] in ("tls", "gone") and self.seen + 1 >= fault["at"] and
                        fault.get("done", 0) < (CONNECTIONS if fault["sticky"] else 1))

    def control(self, request):
        if request.path == "/twin/fault":
            with self.lock:
                self.fault, self.seen = json.loads(request.body), 0
            return Answer(200, {})
        if request.path == "/twin/reset":
            with self.lock:
                context, base, patience = self.context, self.base, self.patience_s
                self.__init__(self.folder)
                self.context, self.base, self.patience_s = context, base, patience
            return Answer(200, {})
        if request.path == "/twin/log":
            with self.lock:
                return Answer(200, self.log)
        if request.path == "/twin/sent":
            with self.lock:
                return Answer(200, self.sent)
        if request.path == "/twin/set":
            with self.lock:
                for name, value in json.loads(request.body).items():
                    setattr(self, name, value)
            return Answer(200, {})
        with self.lock:
            return Answer(200, dict(self.state(), seen=self.seen, connections=self.connections))

    def carry_out(self, request):
        with self.lock:
            answer = self.handle(request)
            if self.records:
                self.sent.append((request.method, request.target, request.body.decode("latin-1")))
            self.log.append("%s %s -> %d [%s]" % (request.method, request.target, answer.status,
                                                  answer.headers["X-Twin-Source"]))
        return answer

    def reset(self, conn):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Over

    def answer(self, request, conn):
        if request.path.startswith("/twin/"):
            conn.sendall(self.control(request).encode())
            return
        mode = self.due(request)
        if mode is None:
            conn.sendall(self.carry_out(request).encode())
            return
        self.log.append("fault %s at %s %s" % (mode, request.method, request.target))
        if mode in ("lost", "tls", "gone"):
            self.reset(conn)
        if mode == "busy":
            conn.sendall(Answer(429 if request.method != "GET" else 503, b"", "INF", Retry_After="1").encode())
            return
        if mode == "instead":  # a body that somebody else answers
            conn.sendall(Answer(self.fault.get("status", 200), self.fault["body"].encode(), "INF").encode())
            return
        if mode == "loop":
            conn.sendall(Answer(307, b"", "INF", Location=request.target).encode())
            return
        answer = self.carry_out(request)
        if mode == "twice":
            self.carry_out(request)
        if mode == "unanswered":
            self.reset(conn)
        if mode == "error":
            answer = Answer(502, b"<html><body>502 Bad Gateway</body></html>", "INF", Content_Type="text/html")
        if mode == "late":
            time.sleep(self.patience_s)
        bytes_ = answer.encode()
        if mode == "reset":
            conn.sendall(bytes_[: len(bytes_) // 2])
            time.sleep(0.02)
            self.reset(conn)
        if mode == "drip":
            for i in range(self.patience_s * 10):
                conn.sendall(bytes_[i : i + 1])
                time.sleep(0.1)
            raise Over
        if mode == "cut":
            conn.sendall(bytes_[:-3] if answer.body else bytes_[:-2])
            raise Over
        conn.sendall(bytes_)

    # ---- HTTP ----
    def serve(self, conn):
        stream = conn.makefile("rb")
        try:
            while True:
                line = stream.readline(65537).decode("latin-1")
                if not line.strip():
                    return
                method, target = line.split()[:2]
                headers = {}
                while (row := stream.readline(65537).decode("latin-1").strip()):
                    name, _, value = row.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                self.answer(Request(method, target, headers, body), conn)
        except (Over, OSError, ValueError):
            pass
        finally:
            stream.close()
            conn.close()

    def greet(self, conn):
        try:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                conn = self.context.wrap_socket(conn, server_side=True)
            self.serve(conn)
        except OSError:
            conn.close()

    def open(self, name):
        """A listener whose port stands in FOLDER/NAME."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w") as out:
            out.write(str(listener.getsockname()[1]))
        os.rename(path + ".new", path)
        return listener

    def listen_to_control(self, listener):
        while True:
            threading.Thread(target=self.serve, args=(listener.accept()[0],), daemon=True).start()

    def listen(self):
        threading.Thread(target=self.listen_to_control, args=(self.open("control"),), daemon=True).start()
        listener = self.open("port.bound")
        port = listener.getsockname()[1]
        self.base = "%s://127.0.0.1:%d" % ("https" if self.context else "http", port)
        os.rename(os.path.join(self.folder, "port.bound"), os.path.join(self.folder, "port"))
        while True:
            conn, _ = listener.accept()
            self.connections += 1
            if self.due_at_accept():
                with self.lock:
                    self.fault["done"] = self.fault.get("done", 0) + 1
                    mode = self.fault["mode"]
                    self.log.append("fault %s at a connection" % mode)
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                conn.close()
                if mode == "gone":
                    listener.close()
                    time.sleep(0.3)
                    listener = socket.socket()
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
                    listener.listen(256)
                continue
            threading.Thread(target=self.greet, args=(conn,), daemon=True).start()


def main(kind):
    kind(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None).listen()
