#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema that docs/*.schema.json use: says where a document differs (None: it fits).

usage: SCHEMA=docs/x.schema.json validate.py DOCUMENT [CODE that changes `document` before]
"""
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
