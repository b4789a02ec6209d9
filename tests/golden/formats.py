# SPDX-License-Identifier: Apache-2.0
"""formats.py FOLDER: what the documents of tests/golden/formats.t must hold beyond being well-formed.
The plain format is the reference: each document holds the same findings."""
import json, re, sys, urllib.parse, xml.etree.ElementTree as xml

folder = sys.argv[1]
bad = []


def read(name):
    return open(f"{folder}/{name}", encoding="utf-8").read()


def want(truth, says):
    if not truth:
        bad.append(says)


# --- json: the reference ---
lines = [json.loads(line) for line in read("json").splitlines()]
for line in lines:
    want(line["schema"] == "renew.diag/1" and line["severity"] in ("error", "warning", "style"), "json")
    if "primary" in line:
        at = line["primary"]
        want(at["line"] >= 1 and at["col"] >= 1 and at["col_utf16"] >= 1, f"json place {at}")
seen, unique = set(), []
for line in lines:
    key = (line["code"], json.dumps(line.get("primary"), sort_keys=True), line["message"])
    if key not in seen or "primary" not in line:
        seen.add(key)
        unique.append(line)
total = len(unique)
errors = sum(1 for line in unique if line["severity"] == "error")
placed = [line for line in unique if "primary" in line]
want(total > 150, f"only {total} findings")

# --- SARIF ---
sarif = json.loads(read("sarif"))
want(sarif["version"] == "2.1.0" and len(sarif["runs"]) == 1, "sarif: one run of 2.1.0")
run = sarif["runs"][0]
driver = run["tool"]["driver"]
want(driver["name"] == "renew" and driver["version"], "sarif: driver")
rules = [rule["id"] for rule in driver["rules"]]
fired = {result["ruleId"] for result in run["results"]}
want(set(rules) == fired and len(rules) == len(fired), "sarif: exactly the rules that fired")
notes = run["invocations"][0]["toolExecutionNotifications"]
want(len(run["results"]) + len(notes) == total, f"sarif: {len(run['results'])}+{len(notes)} of {total}")
prints = set()
for result in run["results"]:
    want(rules[result["ruleIndex"]] == result["ruleId"], "sarif: ruleIndex")
    want(result["level"] in ("error", "warning", "note") and result["message"]["text"], "sarif: result")
    want(len(result["locations"]) == 1, "sarif: a location")
    place = result["locations"][0]["physicalLocation"]
    uri, region = place["artifactLocation"]["uri"], place["region"]
    want(region["startLine"] >= 1 and region.get("startColumn", 1) >= 1, f"sarif: line {region}")
    want(region.get("endLine", 10**9) >= region["startLine"], "sarif: ends behind its start")
    want(re.fullmatch(r"(%[0-9A-F]{2}|[A-Za-z0-9\-._~/:@!$&'()*+,;=])+", uri), f"sarif: uri {uri}")
    want(not uri.startswith("/") and not urllib.parse.urlsplit(uri).scheme, f"sarif: relative {uri}")
    want(uri.startswith("sub/"), f"sarif: from the repository's root: {uri}")
    print_ = result["partialFingerprints"]["primaryLocationLineHash"]
    want(re.fullmatch(r"[0-9a-f]{16}:\d+", print_), f"sarif: fingerprint {print_}")
    want((uri, print_) not in prints, f"sarif: fingerprint twice {uri} {print_}")
    prints.add((uri, print_))
    for fix in result.get("fixes", []):
        want(fix["description"]["text"] and fix["artifactChanges"], "sarif: fix")
levels = [result["level"] for result in run["results"]]
want(levels == sorted(levels, key=["error", "warning", "note"].index), "sarif: errors first")

# --- GitLab ---
gitlab = json.loads(read("gitlab"))
want(len(gitlab) == total, f"gitlab: {len(gitlab)} of {total}")
for issue in gitlab:
    want(issue["severity"] in ("info", "minor", "major", "critical", "blocker"), "gitlab: severity")
    want(issue["description"] and issue["check_name"], "gitlab: description, check_name")
    want(re.fullmatch(r"[0-9a-f]{64}", issue["fingerprint"]), "gitlab: fingerprint")
    want(issue["location"]["path"] and issue["location"]["lines"]["begin"] >= 1, "gitlab: location")
want(len({issue["fingerprint"] for issue in gitlab}) == total, "gitlab: fingerprints differ")

# --- rdjson ---
rd = json.loads(read("rdjson"))
want(rd["source"]["name"] == "renew" and len(rd["diagnostics"]) == total, "rdjson: all findings")
for item in rd["diagnostics"]:
    want(item["severity"] in ("ERROR", "WARNING", "INFO") and item["code"]["value"], "rdjson: severity")
    want(item["location"]["path"], "rdjson: path")
    for suggestion in item["suggestions"]:
        want("start" in suggestion["range"] and "text" in suggestion, "rdjson: suggestion")
want(any(item["suggestions"] for item in rd["diagnostics"]), "rdjson: no suggestion at all")

# --- JUnit ---
allowed = {"testsuites": {"name", "tests", "failures", "errors", "time"},
           "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
           "testcase": {"classname", "name", "time"}, "failure": {"message", "type"},
           "skipped": {"message"}, "system-out": set()}
root = xml.fromstring(read("junit"))
for element in root.iter():
    want(set(element.attrib) == allowed[element.tag], f"junit: <{element.tag}> {sorted(element.attrib)}")
    if "time" in element.attrib:
        want(re.fullmatch(r"\d+\.\d{1,3}", element.attrib["time"]), "junit: time")
    if "timestamp" in element.attrib:
        want(element.attrib["timestamp"] == "2027-01-01T00:00:00", "junit: SOURCE_DATE_EPOCH")
cases = root.findall(".//testcase")
want(int(root.attrib["tests"]) == len(cases), "junit: tests")
want(int(root.attrib["failures"]) == len(root.findall(".//failure")) == errors, "junit: failures")
for suite in root:
    want(int(suite.attrib["tests"]) == len(suite.findall("testcase")), "junit: tests of a suite")
    want(int(suite.attrib["failures"]) == len(suite.findall(".//failure")), "junit: failures of a suite")

# --- checkstyle ---
style = xml.fromstring(read("checkstyle"))
found = style.findall("file/error")
want(len(found) == total, f"checkstyle: {len(found)} of {total}")
for error in found:
    want(error.attrib["severity"] in ("error", "warning", "info"), "checkstyle: severity")
    want(int(error.attrib["line"]) >= 1 and error.attrib["source"].startswith("renew."), "checkstyle")
names = [file.attrib["name"] for file in style]
want(len(names) == len(set(names)), "checkstyle: a file once")

# --- GitHub: no line of the log but our own begins with a command ---
github = read("github").split("\n")
stop = [i for i, line in enumerate(github) if line.startswith("::stop-commands::")]
want(len(stop) == 1, "github: commands are stopped once")
token = github[stop[0]].split("::")[2]
end = github.index(f"::{token}::")
for line in github[: stop[0]]:
    want(re.fullmatch(r"::(error|warning|notice) [^\r\n]*::.*", line), f"github: {line!r}")
    head = line[2:].split("::", 1)[0].split(" ", 1)[1]
    for pair in head.split(","):
        want(re.fullmatch(r"(file|line|endLine|col|endColumn|title)=[^,:\r\n]*", pair), f"github: {pair!r}")
kinds = [line[2:].split(" ")[0] for line in github[: stop[0]]]
want(kinds == sorted(kinds, key=["error", "warning", "notice"].index), "github: errors first")
want(all(kinds.count(kind) <= 10 for kind in set(kinds)), "github: ten of each at most")
want(not any("::" + token in line for line in github[stop[0] + 1 : end]), "github: token in the text")
want(not any(line.startswith("::") for line in github[end + 1 :]), "github: no command behind")
summary = read("summary")
want("| error | " in summary and "<script>" not in summary, "github: summary")
want(all(line.count("|") - line.count("\\|") == 5 for line in summary.split("\n") if line.startswith("| ")),
     "github: cells of the summary")

# --- TAP: by hand what TAP 14 says; TAP::Parser reads it apart ---
tap = read("tap").split("\n")
want(tap[0] == "TAP version 14", "tap: version")
points = [line for line in tap if re.match(r"(not )?ok ", line)]
want(tap[1] == f"1..{len(points)}", f"tap: plan {tap[1]}, {len(points)} points")
for i, line in enumerate(points):
    want(re.match(rf"(not )?ok {i + 1} - ", line), f"tap: {line}")
    want(not re.search(r"(?<!\\)#", line), f"tap: a directive by accident: {line}")
for line in tap:
    want(line == "" or re.match(r"(TAP version 14|1\.\.\d+|(not )?ok \d|# Subtest: |    |  )", line), f"tap: {line!r}")

# Nothing that a terminal or a reader would not see.
for name in ("sarif", "gitlab", "rdjson"):
    want("\x1b" not in read(name), f"{name}: raw escape")
for name in ("plain", "human", "github", "tap", "junit", "checkstyle"):
    want(not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", read(name)), f"{name}: control character")
want("\x1b" not in read("stderr"), "stderr: control character")

for line in bad[:40]:
    print(line)
print(f"{total} findings, {errors} errors, {len(rules)} rules; {len(bad)} disagreements")
sys.exit(bool(bad))
