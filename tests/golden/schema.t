#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plan files are what docs/rplan.schema.json says, and keys of every object are sorted; a document with
# a member more or less is not. So are the documents of check --explain-safety, with docs/safety.schema.json.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
cat >"$TMP/validate.py" <<'PYTHON'
"""The part of JSON Schema that docs/*.schema.json use: says where a document differs."""
import json, os, re, sys
schema = json.load(open(os.environ.get("SCHEMA", "docs/rplan.schema.json")))
kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
known = {"$schema", "title", "$defs", "$ref", "oneOf", "const", "enum", "type", "properties", "required",
         "additionalProperties", "items", "minItems", "maxItems", "uniqueItems", "minimum", "maximum",
         "minLength", "pattern"}
def wrong(value, rule, where):
    assert set(rule) <= known, set(rule) - known
    if "$ref" in rule:
        return wrong(value, schema["$defs"][rule["$ref"].rsplit("/", 1)[1]], where)
    if "oneOf" in rule:
        fits = sum(wrong(value, one, where) is None for one in rule["oneOf"])
        return None if fits == 1 else f"{where}: fits {fits} of the forms"
    if "const" in rule and value != rule["const"] or "enum" in rule and value not in rule["enum"]:
        return f"{where}: {value!r}"
    kind = rule.get("type")
    if kind == "null":
        return None if value is None else f"{where}: not null"
    if kind and (not isinstance(value, kinds[kind]) or kind == "integer" and isinstance(value, bool)):
        return f"{where}: not {kind}"
    if isinstance(value, dict):
        if list(value) != sorted(value):
            return f"{where}: not sorted"
        missing = set(rule["required"]) - set(value)
        more = set(value) - set(rule["properties"])
        if missing or more:
            return f"{where}: missing {missing}, more {more}"
        parts = [(f"{where}.{key}", value[key], rule["properties"][key]) for key in value]
    elif isinstance(value, list):
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", 1e9):
            return f"{where}: {len(value)} items"
        if rule.get("uniqueItems") and len(set(value)) != len(value):
            return f"{where}: twice"
        parts = [(f"{where}[{i}]", item, rule["items"]) for i, item in enumerate(value)]
    elif isinstance(value, str):
        fits = len(value) >= rule.get("minLength", 0) and re.search(rule.get("pattern", ""), value)
        return None if fits else f"{where}: {value!r}"
    elif isinstance(value, int) and not isinstance(value, bool):
        fits = rule.get("minimum", value) <= value <= rule.get("maximum", value)
        return None if fits else f"{where}: {value}"
    else:
        parts = []
    return next((found for part in parts if (found := wrong(part[1], part[2], part[0]))), None)
document = json.loads(open(sys.argv[1]).readline())
exec(sys.argv[2] if len(sys.argv) > 2 else "")
print(wrong(document, {k: v for k, v in schema.items() if k != "$defs"}, "plan"))
PYTHON
for plan in overlap downtime; do
  is "$(python3 "$TMP/validate.py" tests/golden/expect/$plan.rplan)" None "$plan.rplan fits the schema"
done
plan=tests/golden/expect/overlap.rplan
unlike "$(python3 "$TMP/validate.py" $plan 'document["built-by"] = "x"')" '^None$' "a member more does not"
unlike "$(python3 "$TMP/validate.py" $plan 'del document["steps"][3]["sentence"]')" '^None$' "a sentence less does not"
unlike "$(python3 "$TMP/validate.py" $plan 'document["steps"][0]["on-failure"] = "stop"')" '^None$' "a default written out does not"
unlike "$(python3 "$TMP/validate.py" $plan 'document["sources"][0]["path"] = "/x"')" '^None$' "a host path does not"
export SCHEMA=docs/safety.schema.json
for plan in plans/{overlap,downtime,fleet,default-client}.renew tests/prove/incidents/R{07,15,23,33}.bad.renew; do
  "$RENEW" check "$plan" --explain-safety --format json 2>/dev/null >"$TMP/safety.json"
  is "$(python3 "$TMP/validate.py" "$TMP/safety.json")" None "what is proven of $plan fits its schema"
done
plan=tests/golden/expect/overlap-safety.json
unlike "$(python3 "$TMP/validate.py" $plan 'document["connections"][0]["phases"][2]["step"] = 3')" '^None$' "a number for a step does not"
unlike "$(python3 "$TMP/validate.py" $plan 'del document["connections"][0]["refused"]')" '^None$' "a member less does not"
unlike "$(python3 "$TMP/validate.py" $plan 'document["verdict"] = "fine"')" '^None$' "another verdict does not"
done_testing
