# SPDX-License-Identifier: Apache-2.0
"""Continuous requests through both nodes, and what became of each one.

One connection a request, GET and POST, TLS 1.2 and 1.3 between node and receiver; beside it one
slow upload at a time per node (its connection to the receiver is opened late, in a worker that may
be an old one) and one kept client connection per node.

Every request ends in one column:
  ok        200
  refused   the receiver did not let the certificate in: 400, 401, 403, 495, 496
  failed    no connection, a reset on a new connection, 5xx, or anything else
  retried   a kept connection was closed under the request (a reload does that), and the one
            repetition on a new connection was ok
  stopped   no connection while a stop of this node was announced; never a refusal
"""
import collections
import dataclasses
import http.client
import re
import threading
import time
import urllib.parse

from landscape import NODES, serial_of, write_whole

REFUSALS = (400, 401, 403, 495, 496)
WORKERS_A_NODE = 3
PAUSE_S = 0.018          # between two requests of a worker
KEPT_PAUSE_S = 0.05
SLOW_PIECES = 8
SLOW_PIECE_S = 0.1       # so a slow upload takes 0.8 s
ASK_PAUSE_S = 0.04       # between two questions about what the receiver would accept
TIMEOUT_S = 20
BROKEN = (OSError, http.client.HTTPException)


@dataclasses.dataclass
class Request:
    began: float
    node: str
    form: str            # get, post, slow, kept
    ended: float = 0.0
    result: str = ""
    detail: str = ""
    presented: str = ""  # serial that the receiver saw
    received: float = 0.0
    protocol: str = ""


class Traffic:
    """Starts with `start`, ends with `stop`; then `requests` and `accepted` are complete."""

    def __init__(self, landscape):
        self.landscape = landscape
        self.requests = []
        self.accepted = []  # (time, serial, whether the running receiver would let it in)
        self.ending = threading.Event()
        self.threads = []

    def start(self):
        work = [(self.ask_receiver, ())]
        for node in NODES:
            work += [(self.plain_requests, (node, worker)) for worker in range(WORKERS_A_NODE)]
            work += [(self.slow_requests, (node,)), (self.kept_requests, (node,))]
        for function, arguments in work:
            thread = threading.Thread(target=function, args=arguments, daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        self.requests.sort(key=lambda request: request.began)

    def connect(self, node):
        return http.client.HTTPConnection("127.0.0.1", self.landscape.node_ports[node],
                                          timeout=TIMEOUT_S)

    def begin(self, node, form):
        """A request that begins now, and whether a stop is announced already."""
        return Request(time.time(), node, form), self.landscape.is_stopped(node)

    def judge(self, request, response):
        """Reads the answer to its end and puts the request into its column."""
        response.read()
        request.presented = response.getheader("X-Presented", "")
        request.received = float(response.getheader("X-Received", 0))
        request.protocol = response.getheader("X-Protocol", "")
        request.detail = str(response.status)
        if response.status == 200:
            request.result = "ok"
        elif response.status in REFUSALS:
            request.result = "refused"
        else:
            request.result = "failed"

    def judge_broken(self, request, broken, was_announced):
        announced = was_announced or self.landscape.is_stopped(request.node)
        request.result = "stopped" if announced else "failed"
        request.detail = repr(broken)

    def end(self, request):
        request.ended = time.time()
        self.requests.append(request)

    def plain_requests(self, node, worker):
        forms = [(method, path) for path in ("/tls1.2/orders", "/tls1.3/orders")
                 for method in ("GET", "POST")]
        turn = worker
        while not self.ending.is_set():
            method, path = forms[turn % len(forms)]
            turn += 1
            request, announced = self.begin(node, method.lower())
            connection = self.connect(node)
            try:
                connection.request(method, path, body="order" if method == "POST" else None,
                                   headers={"Connection": "close"})
                self.judge(request, connection.getresponse())
            except BROKEN as broken:
                self.judge_broken(request, broken, announced)
            finally:
                connection.close()
            self.end(request)
            self.ending.wait(PAUSE_S)

    def slow_requests(self, node):
        def pieces():
            for _ in range(SLOW_PIECES):
                time.sleep(SLOW_PIECE_S)
                yield b"order "
        while not self.ending.is_set():
            request, announced = self.begin(node, "slow")
            connection = self.connect(node)
            try:
                connection.request("POST", "/tls1.3/orders", body=pieces(), encode_chunked=True,
                                   headers={"Connection": "close", "Transfer-Encoding": "chunked"})
                self.judge(request, connection.getresponse())
            except BROKEN as broken:
                self.judge_broken(request, broken, announced)
                self.ending.wait(KEPT_PAUSE_S)
            finally:
                connection.close()
            self.end(request)

    def kept_requests(self, node):
        connection = self.connect(node)
        while not self.ending.is_set():
            request, announced = self.begin(node, "kept")
            was_open = connection.sock is not None
            try:
                self.ask_once(connection, request)
            except BROKEN as broken:
                connection.close()
                if was_open:
                    self.repeat(connection, request, broken, announced)
                else:
                    self.judge_broken(request, broken, announced)
            self.end(request)
            self.ending.wait(KEPT_PAUSE_S)
        connection.close()

    def ask_once(self, connection, request):
        connection.request("GET", "/orders")
        self.judge(request, connection.getresponse())

    def repeat(self, connection, request, broken, announced):
        try:
            self.ask_once(connection, request)
        except BROKEN as again:
            connection.close()
            self.judge_broken(request, again, announced)
            return
        if request.result == "ok":
            request.result = "retried"
            request.detail = f"kept connection closed by a reload: {type(broken).__name__}"

    def ask_receiver(self):
        """Asks the running receiver about every certificate that ever stood on its list."""
        serials = {}
        pins = self.landscape.receiver / "pins.map"
        one = self.landscape.folder / "asked.pem"
        while not self.ending.is_set():
            for key in re.findall(r'^"([^"]+)"', pins.read_text(), re.MULTILINE):
                if key not in serials:
                    write_whole(one, urllib.parse.unquote(key))
                    serials[key] = serial_of(one)
            for key, serial in serials.items():
                answer = self.ask_about(key)
                if answer is not None:
                    self.accepted.append((time.time(), serial, answer == b"1"))
            self.ending.wait(ASK_PAUSE_S)

    def ask_about(self, key):
        connection = http.client.HTTPConnection("127.0.0.1", self.landscape.ask_port,
                                                timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/", headers={"X-Certificate": key})
            return connection.getresponse().read()
        except BROKEN:
            return None
        finally:
            connection.close()

    def counts(self):
        """requests and the columns; the reasons of the failed and the retried ones."""
        columns = collections.Counter(request.result for request in self.requests)
        reasons = {column: dict(collections.Counter(request.detail for request in self.requests
                                                    if request.result == column))
                   for column in ("failed", "retried")}
        numbers = {column: columns[column]
                   for column in ("ok", "refused", "failed", "retried", "stopped")}
        return {"requests": len(self.requests), **numbers, "reasons": reasons}
