# SPDX-License-Identifier: Apache-2.0
"""One HTML file about the runs of the demo: pictures as SVG, no script, nothing to load.

    python3 tests/demo/report.py FOLDER     writes FOLDER/report.html from FOLDER/*.json again

What a run looks like is drawn by picture.py; here are the page, its words and its tables.
"""
import base64
import html
import json
import re
import sys
from pathlib import Path

from picture import COLOURS, Picture, both_presented

STYLE = """
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2937;
       background: #fff; margin: 0 auto; max-width: 1360px; padding: 24px 20px 60px; }
h1 { font-size: 28px; margin: 0 0 4px; } h2 { font-size: 21px; margin: 44px 0 6px; }
h3 { font-size: 16px; margin: 0 0 2px; } p { max-width: 900px; margin: 6px 0 10px; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: 13px; }
pre { background: #f8fafc; border: 1px solid #e5e7eb; border-radius: 6px; padding: 12px;
      overflow-x: auto; line-height: 1.4; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; margin: 18px 0; }
.card { border: 1px solid #e5e7eb; border-radius: 10px; padding: 14px 16px 8px; }
.good { border-top: 5px solid #15803d; } .bad { border-top: 5px solid #dc2626; }
.big { font-size: 34px; font-weight: 700; line-height: 1.1; }
.good .big { color: #15803d; } .bad .big { color: #dc2626; }
.soft { color: #6b7280; font-size: 13.5px; }
.counts { border-collapse: collapse; margin: 14px 0; } .counts th { text-align: left; }
.counts td, .counts th { padding: 4px 18px 4px 0; border-bottom: 1px solid #e5e7eb; }
.counts td.n { text-align: right; font-variant-numeric: tabular-nums; }
.counts .zero { color: #15803d; font-weight: 700; }
.counts .red { color: #dc2626; font-weight: 700; }
.steps { border-collapse: collapse; font-size: 13.5px; margin: 8px 0; }
.steps td, .steps th { text-align: left; padding: 3px 14px 3px 0; vertical-align: top;
                       border-bottom: 1px solid #f1f5f9; }
.steps td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.key { display: inline-block; width: 26px; height: 11px; border-radius: 3px; margin: 0 6px 0 14px;
       vertical-align: -1px; }
.key:first-child { margin-left: 0; }
.keys { max-width: none; }
.key.act { background: #334155; } .key.message { border: 1px solid #94a3b8; }
.key.person { background: #dbeafe; border: 1px solid #1d4ed8; }
.key.check { background: #ecfdf5; border: 1px solid #6ee7b7; }
.key.skipped { background: #f1f5f9; border: 1px dashed #94a3b8; }
.key.waits { background: #bfdbfe; height: 7px; border-radius: 0; vertical-align: 1px; }
summary { cursor: pointer; color: #1d4ed8; margin: 6px 0; }
svg { width: 100%; height: auto; display: block; }
.proven { max-width: 100%; height: auto; display: block; margin: 6px 0 22px; }
@media (max-width: 900px) { .pair { grid-template-columns: 1fr; } }
"""

COLUMNS = ("requests", "refused", "failed", "retried", "stopped")
MEANING = {
    "refused": "the receiver did not let the certificate in (400, 401, 403, 495, 496)",
    "failed": "no connection, a reset on a new connection, 5xx",
    "retried": "a kept connection was closed by a reload and the request repeated once",
    "stopped": "no connection while the stop of the node was announced",
}


def text(words):
    return html.escape(str(words))


def key():
    """The colours, once for the whole page."""
    entries = (("old", "old certificate"), ("new", "new certificate"), ("ok", "requests answered"),
               ("refused", "refused"), ("failed", "failed"), ("retried", "retried"),
               ("stopped", "announced stop"))
    return '<p class="soft keys">' + "".join(
        f'<span class="key" style="background:{COLOURS[name]}"></span>{text(says)}'
        for name, says in entries) + "</p>"


def step_key(run):
    """What the names in the lanes are: the forms that occur in this run."""
    occur = {step["form"] for step in run["steps"]}
    forms = (("act", "acts on a server or a keystore"), ("message", "tells or hands over"),
             ("person", "a person answers"), ("check", "checks with a real handshake"),
             ("skipped", "not needed, left out"))
    words = "".join(f'<span class="key {form}"></span>{text(says)}'
                    for form, says in forms if form in occur)
    if any(step.get("waits") for step in run["steps"]):
        words += '<span class="key waits"></span>waits for a person\'s answer'
    return f'<p class="soft keys">{words}</p>'


def small_card(run, good, headline, story):
    refused, requests = run["counts"]["refused"], run["counts"]["requests"]
    return f"""<div class="card {'good' if good else 'bad'}"><h3>{text(headline)}</h3>
<div class="big">{refused:,} refused</div>
<div class="soft">of {requests:,} requests. {text(story)}</div>
{Picture(run, 640, lanes=False).svg()}</div>"""


def counts_table(runs):
    rows = []
    for run in runs:
        cells = []
        for column in COLUMNS:
            number = run["counts"][column]
            shade = ""
            if column in ("refused", "failed"):
                shade = " zero" if number == 0 else " red"
            cells.append(f'<td class="n{shade}">{number:,}</td>')
        rows.append(f'<tr><td>{text(run["title"])}</td>{"".join(cells)}</tr>')
    head = "".join(f'<th title="{text(MEANING.get(column, ""))}">{column}</th>'
                   for column in COLUMNS)
    says = " ".join(f"<b>{column}</b>: {text(meaning)}." for column, meaning in MEANING.items())
    return (f'<table class="counts"><tr><th></th>{head}</tr>{"".join(rows)}</table>'
            f'<p class="soft">{says}</p>')


def seconds(run, instant):
    return f'{instant - run["began"]:.1f} s'


def step_rows(run):
    for step in sorted(run["steps"], key=lambda step: step["number"]):
        took = step["ended"] - step["began"]
        yield (f'<tr><td class="n">{step["number"]}</td><td>{text(step["role"])}</td>'
               f'<td><code>{text(step["label"])}</code></td><td>{text(step["sentence"])}</td>'
               f'<td class="n">{seconds(run, step["began"])}</td>'
               f'<td class="n">{took:.2f} s</td><td>{text(step["result"])}</td></tr>')


def steps_table(run):
    return (f'<details><summary>The {len(run["steps"])} steps in words</summary>'
            '<table class="steps"><tr><th></th><th>who</th><th>label</th><th>what</th>'
            f'<th>at</th><th>took</th><th>end</th></tr>{"".join(step_rows(run))}</table></details>')


def typed(run):
    """What was typed during the run, with its answers, as the terminal showed it."""
    if not run.get("typed"):
        return ""
    return ('<details><summary>What was typed, and what renew answered</summary>'
            f'<pre>{text(run["typed"])}</pre></details>')


def letters(run):
    if not run.get("letters"):
        return ""
    sheets = "".join(f"<p><b>to {text(role)}</b></p><pre>{text(words)}</pre>"
                     for role, words in run["letters"])
    return f'<details><summary>The letters that were delivered</summary>{sheets}</details>'


def plan_text(run):
    if not run.get("plan"):
        return ""
    return f'<details><summary>The plan</summary><pre>{text(run["plan"])}</pre></details>'


def proven(run):
    """What renew drew of its proof before the run; an image of its own, so that styles stay apart."""
    if not run.get("proven"):
        return ""
    # The page is white, whatever the reader's theme.
    svg = re.sub(r"@media\(prefers-color-scheme:dark\)\{(?:[^{}]*\{[^{}]*\})*\}", "", run["proven"])
    data = base64.b64encode(svg.encode()).decode()
    refused = svg.count(">REFUSED<") > 1  # once in the legend
    title = ("What renew says to that order, before anything is touched" if refused
             else "What was proven before the first step")
    return (f"""<h3>{title}</h3>
<p class="soft">Of each version: what the nodes present, standing on what the receiver accepts. Below,
what the picture of the run shows in fact.</p>
<img class="proven" alt="Who presents what, and what is accepted, phase by phase"
 src="data:image/svg+xml;base64,{data}">
<h3>What happened</h3>""")


def both_text(run):
    parts = [f"{node} presented both certificates for {duration:.2f} s"
             for node, duration in both_presented(run).items() if duration >= 0.005]
    return ("; ".join(parts) or "No node presented both certificates at a time") + "."


def chapter(run, story):
    return f"""<h2>{text(run["title"])}</h2>
<p>{story}</p>
{proven(run)}
{Picture(run, 1320).svg()}
{step_key(run)}
<p class="soft">{text(both_text(run))}</p>
{steps_table(run)}{typed(run)}{letters(run)}{plan_text(run)}"""


OVERLAP_STORY = """The receiver can hold two certificates, so nobody has to stop. It accepts both
<em>before</em> the exchange and drops the old one only <em>after</em> every node has loaded the new
pair. In the middle of a restart renew was killed with <code>kill -9</code>; the requests went on,
because every step leaves the servers in a state that works. Resumed, it looked at what was there
and went on. The new certificate is of another CA, so the roots are exchanged too. Node A loads its
pair at a reload, node B reads it at every connection: both forms of "the socket caches the
keystore"."""
DOWNTIME_STORY = """Here the receiver holds one certificate only. Nothing can be exchanged on both
sides at the same instant, so the plan stops the flow first, in an agreed window. The grey requests
were made while the stop was announced; none of them reached the receiver with a certificate that it
does not know."""
WRONG_STORY = """The same servers without renew, with the same care at each single step, but the
exchange comes first. Node B presents the new certificate at once, node A from its reload on; until
the receiver's administrator has accepted it, every such request is refused."""


def page(overlap, downtime, wrong, facts):
    right_story = "Killed with -9 in the middle and resumed."
    wrong_story = "Nothing crashed. Only the order was wrong."
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>renew: the demo's report</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{STYLE}</style></head><body>
<h1>A client certificate renewed under live traffic</h1>
<p>Two nodes send orders to a receiver that lets in only the client certificates it knows. The
certificate has to be replaced. Three people share the work: a <b>tenant administrator</b> owns
the key pair, an <b>integration developer</b> restarts the nodes, a <b>receiver administrator</b>
decides what is accepted. Every tick below is a real request through a real nginx.</p>
<div class="pair">
{small_card(overlap, True, "The order of the plan, executed by renew", right_story)}
{small_card(wrong, False, "The exchange first, done by hand", wrong_story)}
</div>
{key()}
{counts_table((overlap, downtime, wrong))}
{chapter(overlap, OVERLAP_STORY)}
{chapter(wrong, WRONG_STORY)}
{chapter(downtime, DOWNTIME_STORY)}
<h2>How this was measured</h2>
<p>{text(facts)} One connection a request on both hops, GET and POST, TLS 1.2 and TLS 1.3 between
node and receiver; a slow upload and a kept connection per node beside them. What a node presented
is the serial that the receiver saw in that request. What the receiver accepts was asked of its
running workers every 40 ms. All on this machine, on loopback, with a local CA.</p>
</body></html>
"""


def write_report(folder):
    folder = Path(folder)
    overlap, downtime, wrong, facts = (json.loads((folder / f"{name}.json").read_text())
                                       for name in ("overlap", "downtime", "wrong", "facts"))
    path = folder / "report.html"
    path.write_text(page(overlap, downtime, wrong, facts))
    return path


if __name__ == "__main__":
    print(write_report(sys.argv[1]))
