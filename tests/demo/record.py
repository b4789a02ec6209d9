# SPDX-License-Identifier: Apache-2.0
"""What a run leaves for the report: steps, marks, requests, as one JSON file.

Steps of a run by renew come from its exported journal, which is read here and nowhere else.
"""
import dataclasses
import datetime
import json
import re

from landscape import NODES

ROLES = {"tenant-admin": "owns the key pair", "integration-dev": "restarts the nodes",
         "receiver-admin": "decides what is accepted"}


def save(folder, name, *, title, traffic, began, ended, certificates, steps, marks=(), **more):
    """certificates: serial -> old or new. Requests are kept as small objects, times as they are."""
    kept = ("node", "result", "form", "presented", "received", "ended", "protocol")
    requests = [{field: value for field, value in dataclasses.asdict(request).items()
                 if field in kept} for request in traffic.requests]
    run = {"title": title, "began": began, "ended": ended, "nodes": NODES, "roles": ROLES,
           "counts": traffic.counts(), "certificates": certificates, "steps": steps,
           "marks": list(marks), "requests": requests, "accepted": traffic.accepted, **more}
    (folder / f"{name}.json").write_text(json.dumps(run))
    return run


def utc_seconds(moment):
    return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def told(role, sentence):
    """The roles that a message goes to: those that its sentence names outside its text."""
    spoken = re.sub(r'"[^"]*"', "", sentence)
    return [other for other in ROLES if other != role and re.search(rf"\b{other}\b", spoken)]


def form_of(step, end):
    if end == "skipped":
        return "skipped"
    if ".check" in step["id"]:
        return "check"
    return {"tells": "message", "gives": "message", "agree": "person"}.get(step["verb"], "act")


def steps_of(export, shown):
    """The steps of a run in the order in which they began.

    export: the journal's file, a record a line; shown: `renew show --as json`, for the words.
    """
    known = {step["id"]: step for step in json.loads(shown)["steps"]}
    began, ended, waits = {}, {}, {}
    with open(export) as lines:
        records = [json.loads(line)["body"] for line in lines]
    for body in records:
        step, now = body.get("step"), utc_seconds(body["utc"])
        if step not in known or "status" not in body:
            continue
        status = body["status"]
        open_wait = waits.setdefault(step, [])
        if open_wait and open_wait[-1][1] is None and status != "waiting":
            open_wait[-1][1] = now
        if status == "waiting":
            if not open_wait or open_wait[-1][1] is not None:
                open_wait.append([now, None])
            continue
        began.setdefault(step, now)
        if status in ("done", "skipped", "failed", "undone"):
            ended[step] = (now, status)
    return [one_step(known[step], began[step], ended.get(step), waits[step])
            for step in sorted(began, key=began.get)]


def one_step(step, began, end, waits):
    last, result = end or (began, "open")
    form = form_of(step, result)
    role = step["roles"][0]
    return {"number": step["number"], "label": step["id"], "role": role, "form": form,
            "sentence": step["sentence"].removeprefix(role + " "),
            "began": began, "ended": last, "result": result,
            "waits": [wait for wait in waits if wait[1] is not None],
            "to": told(role, step["sentence"]) if form == "message" else []}
