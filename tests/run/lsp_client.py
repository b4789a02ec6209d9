# SPDX-License-Identifier: Apache-2.0
"""A language client of its own: frames, requests, what the server published. Standard library only."""
import json
import os
import subprocess
import threading
import time


class Client:
    def __init__(self, renew, root, encodings=None, snippets=True, env=None):
        self.process = subprocess.Popen([renew, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=root, env=env)
        self.root = root
        self.number = 0
        self.answers = {}
        self.published = {}  # uri -> list of (version, diagnostics)
        self.messages = []
        self.arrived = threading.Condition()
        self.errors = b""
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()
        capabilities = {"textDocument": {
            "completion": {"completionItem": {"snippetSupport": snippets}},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": True}}}
        if encodings:
            capabilities["general"] = {"positionEncodings": encodings}
        self.capabilities = capabilities

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors += line

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while True:
                line = stream.readline()
                if not line:
                    with self.arrived:
                        self.answers[None] = "end"
                        self.arrived.notify_all()
                    return
                if line == b"\r\n":
                    break
                name, value = line.decode("ascii").split(":", 1)
                if name == "Content-Length":
                    length = int(value)
            message = json.loads(stream.read(length).decode("utf-8"))
            assert message["jsonrpc"] == "2.0"
            with self.arrived:
                self.messages.append(message)
                if "method" not in message:
                    self.answers[message.get("id")] = message
                elif message["method"] == "textDocument/publishDiagnostics":
                    params = message["params"]
                    self.published.setdefault(params["uri"], []).append(
                        (params.get("version"), params["diagnostics"]))
                self.arrived.notify_all()

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps(dict(message, jsonrpc="2.0"), ensure_ascii=False).encode("utf-8")
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method, params=None):
        self.send({"method": method, "params": params if params is not None else {}})

    def start(self, method, params=None):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params if params is not None else {}})
        return self.number

    def wait(self, number, seconds=60):
        with self.arrived:
            if not self.arrived.wait_for(lambda: number in self.answers or None in self.answers, seconds):
                raise TimeoutError(f"no answer to {number}")
            return self.answers.get(number)

    def ask(self, method, params=None):
        return self.wait(self.start(method, params))

    def result(self, method, params=None):
        answer = self.ask(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def begin(self):
        answer = self.result("initialize", {"processId": os.getpid(), "rootUri": None,
                                            "capabilities": self.capabilities})
        self.notify("initialized")
        return answer

    def uri(self, name):
        return "file://" + os.path.join(self.root, name)

    def open(self, name, text, version=1):
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": self.uri(name), "languageId": "renew", "version": version, "text": text}})

    def change(self, name, text, version):
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": self.uri(name), "version": version},
            "contentChanges": [{"text": text}]})

    def diagnostics(self, name, version, seconds=60):
        """What was published for that version."""
        uri = self.uri(name)

        def found():
            return [d for v, d in self.published.get(uri, []) if v == version]
        with self.arrived:
            if not self.arrived.wait_for(lambda: found() or None in self.answers, seconds):
                raise TimeoutError(f"no diagnostics for {name} {version}")
            return (found() or [None])[-1]

    def at(self, method, name, line, character, **more):
        return self.ask(method, dict(textDocument={"uri": self.uri(name)},
                                     position={"line": line, "character": character}, **more))

    def end(self):
        answer = self.ask("shutdown")
        self.notify("exit")
        self.process.stdin.close()
        code = self.process.wait(30)
        time.sleep(0.01)
        return answer, code
