#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""listeners: servers for the tests of messages and proxies, by others' code where there is some.

listeners.py smtp FOLDER      Python's own SMTP server; each mail becomes FOLDER/N.eml, its envelope N.to
listeners.py hook FOLDER      an HTTP server; each POST becomes FOLDER/N.json and N.headers
listeners.py proxy FOLDER     an HTTP proxy that knows CONNECT; each target a line of FOLDER/targets
A file FOLDER/answer holds the status that smtp and hook answer with instead (451, 550; 503, 404).
The port that the kernel chose is written to FOLDER/port.
"""
import asyncore
import http.server
import os
import select
import smtpd
import socket
import sys
import threading

kind, folder = sys.argv[1], sys.argv[2]
os.makedirs(folder, exist_ok=True)
count = 0


def say_port(port):
    with open(f"{folder}/port.new", "w") as f:
        f.write(str(port))
    os.rename(f"{folder}/port.new", f"{folder}/port")


def told_answer():
    try:
        return open(f"{folder}/answer").read().strip()
    except FileNotFoundError:
        return ""


def keep(suffix, data):
    with open(f"{folder}/{count}.{suffix}", "wb") as f:
        f.write(data)


class Mailbox(smtpd.SMTPServer):
    def process_message(self, peer, mailfrom, rcpttos, data, **options):
        global count
        if told_answer():
            return told_answer() + " not now"
        count += 1
        keep("eml", data)
        keep("to", f"{mailfrom} {' '.join(rcpttos)}".encode())
        return None


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = int(told_answer() or 202)
        if status < 300:
            count += 1
            keep("json", body)
            keep("headers", str(self.headers).encode())
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        with open(f"{folder}/targets", "a") as f:
            f.write(self.path + "\n")
        # Names end at this machine: the test's targets are invented. FOLDER/routes: "host port" a line.
        host, port = self.path.rsplit(":", 1)
        try:
            with open(f"{folder}/routes") as f:
                port = dict(line.split() for line in f).get(host, port)
        except OSError:
            pass
        try:
            there = socket.create_connection(("127.0.0.1", int(port)), 5)
        except OSError:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        pair = [self.connection, there]
        while True:
            for ready in select.select(pair, [], [], 10)[0] or [None]:
                try:
                    data = ready.recv(65536) if ready else b""
                    if data:
                        pair[1 - pair.index(ready)].sendall(data)
                except OSError:
                    data = b""
                if not data:
                    there.close()
                    self.close_connection = True
                    return

    def log_message(self, *arguments):
        pass


if kind == "smtp":
    server = Mailbox(("127.0.0.1", 0), None)
    say_port(server.socket.getsockname()[1])
    asyncore.loop()
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook if kind == "hook" else Proxy)
    say_port(server.server_address[1])
    server.serve_forever()
