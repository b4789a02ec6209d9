# SPDX-License-Identifier: Apache-2.0
"""What tests/run/lsp.t runs: lsp.py RENEW ROOT TMP. Prints TAP."""
import json
import os
import random
import re
import shutil
import sys
import time

from lsp_client import Client

RENEW, ROOT, TMP = (os.path.abspath(a) for a in sys.argv[1:4])
PLANS = os.path.join(TMP, "plans")
count = 0


def ok(good, name, got=None):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good and got is not None:
        print("#   got: " + json.dumps(got)[:2000], flush=True)


def equal(got, expected, name):
    ok(got == expected, name, [got, expected])


def labels(answer):
    return [i["label"] for i in answer["result"]["items"]]


def place_of(text, word, nth=0):
    at = -1
    for _ in range(nth + 1):
        at = text.index(word, at + 1)
    line = text.count("\n", 0, at)
    return line, at - (text.rfind("\n", 0, at) + 1)


def apply(text, edits):
    """Edits of UTF-16 places, from the last to the first."""
    lines = text.split("\n")
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1

    def offset(p):
        if p["line"] >= len(lines):
            return len(text)
        units, i = 0, 0
        line = lines[p["line"]]
        while i < len(line) and units < p["character"]:
            units += 2 if ord(line[i]) > 0xFFFF else 1
            i += 1
        return starts[p["line"]] + i
    spans = sorted(((offset(e["range"]["start"]), offset(e["range"]["end"]), e["newText"])
                    for e in edits), reverse=True)
    for start, end, new in spans:
        text = text[:start] + new + text[end:]
    return text


def read(name):
    with open(os.path.join(PLANS, name), encoding="utf-8") as file:
        return file.read()


def lifecycle():
    client = Client(RENEW, PLANS)
    early = client.ask("textDocument/hover")
    equal(early["error"]["code"], -32002, "a request before initialize is refused")
    begun = client.begin()
    equal(begun["capabilities"]["positionEncoding"], "utf-16", "UTF-16 where the client offers nothing else")
    equal(begun["serverInfo"]["name"], "renew", "the server says its name")
    equal(client.ask("initialize", {})["error"]["code"], -32600, "a second initialize is refused")
    equal(client.ask("textDocument/moniker")["error"]["code"], -32601, "an unknown method is said to be one")
    equal(client.ask("textDocument/hover", {"textDocument": {"uri": "file:///none"}})["error"]["code"],
          -32602, "a document that is not open is said to be so")
    equal(client.ask("shutdown")["result"], None, "shutdown")
    equal(client.ask("textDocument/hover")["error"]["code"], -32600, "nothing is answered behind shutdown")
    client.notify("exit")
    equal(client.process.wait(30), 0, "exit behind shutdown: 0")
    client = Client(RENEW, PLANS)
    client.begin()
    client.process.stdin.close()
    equal(client.process.wait(30), 1, "an end without shutdown: 1")


def findings(client):
    text = read("overlap.renew")
    client.open("overlap.renew", text)
    equal(client.diagnostics("overlap.renew", 1), [], "a sound plan has no finding")
    wrong = text.replace("tenant-admin replaces", "tenant-admim replaces")
    client.change("overlap.renew", wrong, 2)
    found = client.diagnostics("overlap.renew", 2)
    equal([d["code"] for d in found], ["E0305"], "an unknown role is E0305")
    line, column = place_of(wrong, "tenant-admim")
    equal(found[0]["range"], {"start": {"line": line, "character": column},
                              "end": {"line": line, "character": column + 12}}, "at its place")
    equal((found[0]["severity"], found[0]["source"]), (1, "renew"), "as an error of renew")
    uri = client.uri("overlap.renew")
    actions = client.result("textDocument/codeAction", {
        "textDocument": {"uri": uri}, "range": found[0]["range"], "context": {"diagnostics": found}})
    equal([a["title"].split(":")[0] for a in actions], ["write `tenant-admin`", "Explain E0305"],
          "the fix and the explanation are offered")
    ok(actions[0]["isPreferred"], "a safe fix is preferred")
    equal(apply(wrong, actions[0]["edit"]["changes"][uri]), text, "the fix mends the text")
    said = client.result("workspace/executeCommand", actions[1]["command"] | {"title": None})
    ok(said.startswith("E0305: "), "the explanation is said", said)
    # The proof's findings, with the places that they rest on.
    start = text.index("  accept-both:")
    end = text.index("  }\n", start) + len("  }\n")
    behind = text.index("  report-switched:")
    moved = text[:start] + text[end:behind] + text[start:end] + text[behind:]
    client.change("overlap.renew", moved, 3)
    found = client.diagnostics("overlap.renew", 3)
    proof = [d for d in found if d["code"] == "E0601"]
    ok(len(proof) == 1 and proof[0]["relatedInformation"], "what the proof refuses is shown, with its places", found)
    # Incremental changes, and a file that others import, not saved.
    client.change("overlap.renew", text, 4)
    line, column = place_of(text, "replaces")
    client.notify("textDocument/didChange", {
        "textDocument": {"uri": uri, "version": 5}, "contentChanges": [
            {"range": {"start": {"line": line, "character": column},
                       "end": {"line": line, "character": column + 8}}, "text": "swaps"}]})
    found = client.diagnostics("overlap.renew", 5)
    ok(len(found) == 1 and "replaces" in json.dumps(found), "a change of a few characters", found)
    client.change("overlap.renew", text, 6)
    client.diagnostics("overlap.renew", 6)
    downtime, roles = read("downtime.renew"), read("org/roles.renew")
    client.open("downtime.renew", downtime, 1)
    equal(client.diagnostics("downtime.renew", 1), [], "a plan with imports has no finding")
    client.open("org/roles.renew", roles.replace("role receiver-admin", "role receiver-boss"), 1)
    client.change("downtime.renew", downtime, 2)
    found = client.diagnostics("downtime.renew", 2)
    ok("E0305" in [d["code"] for d in found], "an import is read as it stands in the editor", found)
    client.notify("textDocument/didClose", {"textDocument": {"uri": client.uri("org/roles.renew")}})
    client.change("downtime.renew", downtime, 3)
    equal(client.diagnostics("downtime.renew", 3), [], "and from disk again when it is closed")
    client.open("renew.conf", "renew 1\nforbid deletes\nrsa-min 3\n\n")
    equal([d["range"]["start"]["line"] for d in client.diagnostics("renew.conf", 1)], [2], "renew.conf is checked too")
    ok({"deny warnings", "forbid", "profile"} <= set(labels(client.at("textDocument/completion", "renew.conf", 3, 0))),
       "its keys are completed")
    ok("verbs that no plan may use" in json.dumps(client.at("textDocument/hover", "renew.conf", 1, 2)), "and explained")
    client.notify("textDocument/didClose", {"textDocument": {"uri": client.uri("renew.conf")}})


def places():
    text = 'renew 1\n\nrole a "Ümläut 🔑🔑" { reach by mail "x@y.example" } # 🔑\n' \
           'plan p "🔑 ä" { renews nothing policy overlap }\n'
    for encoding, width in (("utf-16", lambda s: len(s.encode("utf-16-le")) // 2),
                            ("utf-8", lambda s: len(s.encode("utf-8")))):
        client = Client(RENEW, PLANS, encodings=[encoding] if encoding == "utf-8" else None)
        equal(client.begin()["capabilities"]["positionEncoding"], encoding, f"{encoding} is agreed on")
        wrong = 'renew 1\n\nrole a "Ümläut 🔑🔑" { reech by mail "x@y.example" }\n'
        client.open("places.renew", wrong)
        found = client.diagnostics("places.renew", 1)
        line = wrong.split("\n")[2]
        at = [d["range"]["start"]["character"] for d in found if d["range"]["start"]["line"] == 2]
        ok(width(line[:line.index("reech")]) in at, f"{encoding}: behind umlauts and emoji", found)
        client.change("places.renew", text, 2)
        client.notify("textDocument/didChange", {
            "textDocument": {"uri": client.uri("places.renew"), "version": 3}, "contentChanges": [
                {"range": {"start": {"line": 2, "character": width('role a "Ümläut 🔑')},
                           "end": {"line": 2, "character": width('role a "Ümläut 🔑🔑')}}, "text": "ß"}]})
        shown = client.at("textDocument/hover", "places.renew", 2, 5)["result"]
        ok("Ümläut 🔑ß" in shown["contents"]["value"], f"{encoding}: an edit in the middle of them", shown)
        client.end()


def completion(client):
    text = read("overlap.renew").rstrip()
    version = 100

    def at(words):
        nonlocal version
        version += 1
        written = text[:-1] + words
        client.change("overlap.renew", written, version)
        lines = written.split("\n")
        return client.at("textDocument/completion", "overlap.renew", len(lines) - 1, len(lines[-1]))

    verbs = labels(at("  tenant-admin "))
    ok({"creates", "replaces", "removes", "backs-up"} <= set(verbs) and len(verbs) > 20,
       "behind a role: the verbs", verbs)
    ok({"tenant-admin", "receiver-admin"} <= set(labels(at("  step: "))), "behind a label: the roles")
    equal(sorted(labels(at("  a: tenant-admin replaces client.old with client.new in "))),
          ["client.keystore", "erp-backend", "tenant-keystore"], "behind `in`: what replaces takes there")
    ok("client.new" in labels(at("  a: tenant-admin gets ")), "behind a verb: its object")
    equal(labels(at("  a: tenant-admin gets client.new signed by c")), ["corporate", "client.ca"],
          "behind `signed by`: the authorities")
    ok({"old", "new", "root"} <= set(labels(at("  a: tenant-admin gets client."))), "behind a dot: the members")
    ok({"tls", "call"} <= set(labels(at("  a: tenant-admin checks "))), "behind checks: the looks")
    ok({"check", "on failure", "undo:"} <= set(labels(at("  a: tenant-admin creates client.new {\n    "))),
       "in a step's block: the options")
    equal(labels(at("  a: tenant-admin creates client.new {\n    on failure ")), ["roll-back", "stop", "continue"],
          "behind `on failure`: its words")
    kinds = labels(at("}\n\n"))
    ok({"role", "plan", "certificate", "import"} <= set(kinds) and "configuration" not in kinds,
       "at the top: the kinds", kinds)
    keys = labels(at("}\n\nkeystore k {\n  kind pem\n  "))
    ok("password" in keys and "kind" not in keys, "in a block: its keys, those not said yet", keys)
    equal(labels(at("}\n\nkeystore k {\n  kind pem\n  password with ")), ["ci-oauth", "corporate-cmp"],
          "behind a key: names of the kind")
    equal(labels(at('  a: tenant-admin tells receiver-admin "tenant-')), [], "in a text: nothing")
    equal(labels(at("  # tenant-")), [], "in a comment: nothing")
    item = next(i for i in at("  tenant-admin ")["result"]["items"] if i["label"] == "replaces")
    equal(item["textEdit"]["newText"], "replaces ${1:CERTIFICATE} with ${2:CERTIFICATE} in ${3:KEYSTORE|SYSTEM}",
          "a verb brings its sentence")
    client.change("overlap.renew", read("overlap.renew"), 999)


def hover(client):
    text = read("overlap.renew")

    def at(word, nth=0):
        line, column = place_of(text, word, nth)
        result = client.at("textDocument/hover", "overlap.renew", line, column + 1)["result"]
        return result["contents"]["value"] if result else None
    ok("exchanges the pair under an alias" in at("replaces"), "a verb is explained")
    ok("the claim that is to hold" in at("policy"), "a key is explained")
    ok("what happens when the step fails" in at("on failure"), "an option is explained")
    ok("certificate client {" in at("client.old"), "a name shows its declaration")
    ok("Tenant administrator" in at("tenant-admin"), "a role shows its title")
    ok("for each node" in (at("node", 2) or ""), "a loop variable shows its loop", at("node", 2))
    wrong = text.replace("tenant-admin replaces", "tenant-admim replaces")
    client.change("overlap.renew", wrong, 1001)
    line, column = place_of(wrong, "tenant-admim")
    ok("**E0305**" in client.at("textDocument/hover", "overlap.renew", line, column)["result"]["contents"]["value"],
       "a finding shows what its code means")
    client.change("overlap.renew", text, 1002)


def names(client):
    text = read("downtime.renew")
    line, column = place_of(text, "tenant-admin")
    place = client.at("textDocument/definition", "downtime.renew", line, column)["result"]
    ok(place["uri"].endswith("/org/roles.renew"), "the definition is in the imported file", place)
    roles = read("org/roles.renew").split("\n")
    ok(roles[place["range"]["start"]["line"]].startswith("role tenant-admin"), "at its line", place)
    refs = client.at("textDocument/references", "downtime.renew", line, column,
                     context={"includeDeclaration": True})["result"]
    by_file = {}
    for ref in refs:
        by_file.setdefault(os.path.basename(ref["uri"]), []).append(ref)
    ok({"roles.renew", "downtime.renew", "systems.renew"} <= set(by_file),
       "references in every file that means it", {k: len(v) for k, v in by_file.items()})
    equal(len(by_file["downtime.renew"]), len(re.findall(r"\btenant-admin\b", text)), "all of them")
    line, column = place_of(text, "erp-backend")
    answer = client.at("textDocument/rename", "downtime.renew", line, column, newName="erp-frontend")
    changes = answer.get("result", {}).get("changes", {})
    ok(len(changes) >= 3, "a rename touches the files that mean the name", answer)
    copy = os.path.join(TMP, "renamed")
    shutil.copytree(PLANS, copy)
    left = 0
    for uri, edits in changes.items():
        path = os.path.join(copy, os.path.relpath(uri[len("file://"):], PLANS))
        with open(path, encoding="utf-8") as file:
            written = apply(file.read(), edits)
        left += written.count("erp-backend")
        with open(path, "w", encoding="utf-8") as file:
            file.write(written)
    ok(left == 0, "nothing is left of the old name in them", left)
    equal(os.spawnl(os.P_WAIT, RENEW, "renew", "-q", "-C", copy, "check"), 0, "what it makes is checked without a finding")
    for new, says in (("Erp", "small letters"), ("agreed", "declared already"), ("node", "loop variable")):
        refused = client.at("textDocument/rename", "downtime.renew", line, column, newName=new)
        ok(says in refused.get("error", {}).get("message", ""), f"a rename to {new} is refused", refused)
    line, column = place_of(text, "replaces")
    refused = client.at("textDocument/prepareRename", "downtime.renew", line, column)
    ok("error" in refused, "a word of the language is not renamed", refused)


def layout(client):
    text = read("overlap.renew")
    uri = client.uri("overlap.renew")
    crooked = text.replace("\n  ", "\n      ").replace("{", "{   ")
    client.change("overlap.renew", crooked, 2001)
    edits = client.result("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}})
    equal(apply(crooked, edits), text, "formatting gives the one layout")
    client.change("overlap.renew", text, 2002)
    equal(client.result("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}}), [],
          "what is formatted is left alone")
    symbols = client.result("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    plan = next(s for s in symbols if s["detail"].startswith("plan"))
    ok("exchange" in [s["name"] for s in plan["children"]], "the plan's steps are symbols", symbols)
    folds = client.result("textDocument/foldingRange", {"textDocument": {"uri": uri}})
    ok(len(folds) >= 3 and all(f["endLine"] > f["startLine"] for f in folds), "blocks fold", folds)


def hostile():
    client = Client(RENEW, PLANS)
    client.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    client.raw(b"Content-Length: x\r\n\r\n")
    client.raw(b"\x00" * 9000 + b"\r\n\r\n")
    client.begin()
    ok(True, "garbage before a head is dropped")
    client.raw(b"Content-Length: 5\r\n\r\n{]{]{")
    equal(client.wait(None)["error"]["code"], -32700, "what is no JSON is said to be none")
    del client.answers[None]
    client.raw(b"Content-Length: 2\r\n\r\n[]")
    equal(client.wait(None)["error"]["code"], -32600, "a list is no message")
    del client.answers[None]
    client.raw(b"Content-Length: 70000000\r\n\r\n" + b"x" * 70000000)
    equal(client.wait(None)["error"]["code"], -32600, "a message that is too large is thrown away")
    del client.answers[None]
    for params in (None, [], "x", 1, {"textDocument": 1}, {"textDocument": {"uri": []}}):
        for method in ("textDocument/didOpen", "textDocument/didChange", "textDocument/hover",
                       "textDocument/rename", "workspace/executeCommand", "$/cancelRequest"):
            client.send({"method": method, "params": params})
            client.send({"id": f"{method}{params}", "method": method, "params": params})
    equal(client.ask("none")["error"]["code"], -32601, "wrong parameters end nothing")
    # A request that is cancelled while another is being worked on.
    rows = "".join(f'role r{i} "R" {{\n  reach by mail "a@b.example"\n}}\n\n' for i in range(2500))
    large = "renew 1\n\n" + rows
    client.open("large.renew", large)
    began = time.monotonic()
    first = client.start("textDocument/codeAction", {
        "textDocument": {"uri": client.uri("large.renew")},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}})
    second = client.number + 1
    body = b"".join(
        b"Content-Length: %d\r\n\r\n%s" % (len(m), m) for m in (
            json.dumps({"jsonrpc": "2.0", "id": second, "method": "textDocument/documentSymbol",
                        "params": {"textDocument": {"uri": client.uri("large.renew")}}}).encode(),
            json.dumps({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": second}}).encode()))
    client.raw(body)
    client.number = second
    ok("result" in client.wait(first), "a file of 10,000 lines is checked")
    equal(client.wait(second).get("error", {}).get("code"), -32800, "a request is cancelled before it is begun")
    print(f"# 10,000 lines: {time.monotonic() - began:.2f} s", flush=True)
    found = client.diagnostics("large.renew", 1)
    ok(found is not None, "and its findings are published")
    # Random edits: whatever is written, the server answers.
    chance = random.Random(5)
    text = read("overlap.renew")
    pieces = ["{", "}", '"', "\n", "client.", " replaces ", "# ", "🔑", "\0", "\r", '"""', ",", "(", "${", "tenant-admin "]
    for version in range(2, 120):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(pieces) + text[at + chance.randrange(3):]
        if version == 2:
            client.open("random.renew", text, version)
        else:
            client.change("random.renew", text, version)
        line = chance.randrange(text.count("\n") + 2)
        for method in ("completion", "hover", "definition", "foldingRange", "documentSymbol", "formatting"):
            client.start(f"textDocument/{method}", {
                "textDocument": {"uri": client.uri("random.renew")},
                "position": {"line": line, "character": chance.randrange(60)}})
    ok("result" in client.wait(client.number, 300), "random texts are answered", client.wait(client.number))
    answer, code = client.end()
    equal(code, 0, "and the server ends as it should")
    ok(b"Sanitizer" not in client.errors and b"runtime error" not in client.errors, "no sanitizer spoke", client.errors.decode()[:500])


shutil.copytree(os.path.join(ROOT, "plans"), PLANS)
open(os.path.join(PLANS, "renew.conf"), "w").close()
lifecycle()
shared = Client(RENEW, PLANS)
shared.begin()
findings(shared)
completion(shared)
hover(shared)
names(shared)
layout(shared)
equal(shared.end()[1], 0, "the session ends with 0")
ok(b"Sanitizer" not in shared.errors and b"runtime error" not in shared.errors, "no sanitizer spoke", shared.errors.decode()[:500])
places()
hostile()
print(f"1..{count}")
