# SPDX-License-Identifier: Apache-2.0
"""pictures.py svg|mermaid FILE: what a picture must hold so that people can read it."""
import re, sys, unicodedata, xml.etree.ElementTree as xml

bad = []


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def svg(path):
    root = xml.parse(path).getroot()
    width, height = int(root.get("width")), int(root.get("height"))
    space = "{http://www.w3.org/2000/svg}"
    style = root.find(space + "style").text
    if "prefers-color-scheme:dark" not in style:
        bad.append("no dark theme")
    boxes = []
    for group in root.findall(space + "g"):
        rect = group.find(space + "rect")
        x, y, w, h = (int(rect.get(k)) for k in ("x", "y", "width", "height"))
        boxes.append((x, y, w, h))
        for text in group.findall(space + "text"):
            if text.get("class") == "number":
                continue
            # the widest of the usual fonts needs 6.3 px a column at 11 px, 7.4 bold at 12 px
            wide = 7.4 if text.get("class") == "id" else 6.3
            end = int(text.get("x")) + columns(text.text or "") * wide
            if end > x + w + 4 or not y < int(text.get("y")) < y + h:
                bad.append(f"leaves its box: {text.text!r} {end} > {x + w}")
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]:
                bad.append(f"boxes overlap: {a} {b}")
    for element in root.iter(space + "text"):
        if not (0 <= int(element.get("x")) < width and 0 <= int(element.get("y")) <= height):
            bad.append(f"outside: {element.text!r}")
    for element in root.iter():
        if element.tag.replace(space, "") in ("script", "a", "image", "foreignObject", "use"):
            bad.append(f"<{element.tag}>")
        if any(name.lower().startswith("on") or "href" in name for name in element.attrib):
            bad.append(f"{element.attrib}")


def mermaid(path):
    text = r'"([^"#]|#\d+;|<br/>)*"'
    lines = [r"flowchart (TD|LR)", rf" *subgraph [rk]\d+\[{text}\]", r" *end",
             rf" *[sc]\d+\[{text}\](:::\w+)?", r" *s\d+\(\( \)\)", r" *[sc]\d+ (-->|-\.->) [sc]\d+",
             r" *classDef \w+ stroke:#[0-9a-f]{6},stroke-width:2px(,stroke-dasharray:5 3)?"]
    for line in open(path, encoding="utf-8").read().splitlines():
        if not any(re.fullmatch(form, line) for form in lines):
            bad.append(f"not of the grammar: {line}")
        for label in re.findall(r'\["(.*)"\]', line):
            if re.search(r'[`{}\[\]|;%&]', re.sub(r"#\d+;|<br/>", "", label)) or "<" in label.replace("<br/>", ""):
                bad.append(f"a character with a meaning: {label}")


{"svg": svg, "mermaid": mermaid}[sys.argv[1]](sys.argv[2])
for line in bad[:20]:
    print("#", line)
sys.exit(bool(bad))
