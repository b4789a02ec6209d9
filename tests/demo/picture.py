# SPDX-License-Identifier: Apache-2.0
"""A run as one SVG: a lane a role with its steps, beneath it what was presented and accepted.

  (1) Everything stands at its true time; only names that would cover one another move down.
  (2) A tick is one request: drawn where the receiver saw it, in the colour of its certificate.
"""
import html

COLOURS = {"old": "#d97706", "new": "#0d9488", "ok": "#a7d3b5", "refused": "#dc2626",
           "failed": "#7c3aed", "retried": "#2563eb", "stopped": "#b6bcc6", "ink": "#1f2937",
           "soft": "#6b7280", "line": "#e5e7eb", "act": "#334155", "message": "#ffffff",
           "skipped": "#f1f5f9", "kill": "#dc2626", "resume": "#15803d", "sign": "#1d4ed8"}
GUTTER = 178        # for the names of the rows
PILL_HEIGHT = 19
PILL_PITCH = 23
LETTER = 6.35       # width of a letter of the pills, in pixels
TRACK = 15          # height of one certificate's track
BIN_S = 0.1         # width of a bar of requests
GAP_S = 0.5         # a silence longer than this ends a span
HISTOGRAM = 64


def text(words):
    return html.escape(str(words))


def spans(times):
    """Times that follow one another closely, joined: (first, last)."""
    joined = []
    for instant in sorted(times):
        if joined and instant - joined[-1][1] <= GAP_S:
            joined[-1][1] = instant
        else:
            joined.append([instant, instant])
    return joined


def accepted_spans(samples, end):
    """From (time, yes or no) in order: the spans of yes."""
    result, since = [], None
    for instant, yes in samples:
        if yes and since is None:
            since = instant
        elif not yes and since is not None:
            result.append((since, instant))
            since = None
    if since is not None:
        result.append((since, end))
    return result


def both_presented(run):
    """For each node: seconds between the first request with the new and the last with the old."""
    names = run["certificates"]
    durations = {}
    for node in run["nodes"]:
        seen = {"old": [], "new": []}
        for request in run["requests"]:
            if request["node"] == node and names.get(request["presented"]) in seen:
                seen[names[request["presented"]]].append(request["received"])
        if seen["old"] and seen["new"]:
            durations[node] = max(0.0, max(seen["old"]) - min(seen["new"]))
    return durations


class Picture:
    def __init__(self, run, width, lanes=True):
        self.run = run
        self.width = width
        self.lanes = lanes
        self.gutter = GUTTER if lanes else 118
        self.out = []
        self.arrows = []    # (x, y of the pill, role told)
        self.lane_spans = {}  # role -> (top, bottom)
        self.y = 0.0
        self.scale = (width - self.gutter - 14) / max(run["ended"] - run["began"], 0.1)

    def x(self, instant):
        inside = min(max(instant, self.run["began"]), self.run["ended"])
        return self.gutter + (inside - self.run["began"]) * self.scale

    def put(self, element):
        self.out.append(element)

    def words(self, x, y, words, size=12, colour="ink", anchor="start", weight="normal"):
        self.put(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
                 f'fill="{COLOURS[colour]}" text-anchor="{anchor}">{text(words)}</text>')

    def box(self, x, y, width, height, fill, more=""):
        self.put(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.6):.1f}" '
                 f'height="{height:.1f}" fill="{fill}" {more}/>')

    def ticks(self, instants, y, height, colour, width=0.8):
        path = "".join(f"M{self.x(instant):.1f} {y:.1f}v{height:.1f}" for instant in instants)
        if path:
            self.put(f'<path d="{path}" stroke="{colour}" stroke-width="{width}" fill="none"/>')

    def svg(self):
        self.axis()
        if self.lanes:
            for role in self.run["roles"]:
                self.lane(role)
        for node in self.run["nodes"]:
            self.presented(node)
        self.accepted()
        self.histogram()
        self.y += 8
        height = self.y
        behind = self.behind(height)
        return (f'<svg viewBox="0 0 {self.width} {height:.0f}" role="img" '
                f'aria-label="{text(self.run["title"])}" '
                'font-family="system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif">'
                f'{behind}{"".join(self.out)}</svg>')

    def axis(self):
        self.y = 34 if self.lanes and self.run["marks"] else 18
        length = self.run["ended"] - self.run["began"]
        self.second_step = next(step for step in (1, 2, 5, 10, 20, 60, 600)
                                if length / step <= (20 if self.lanes else 10))
        for second in range(0, int(length) + 1, self.second_step):
            self.words(self.x(self.run["began"] + second), self.y, f"{second} s", 10.5, "soft",
                       "middle")
        self.y += 6
        self.top = self.y

    def behind(self, height):
        """Grid, the time in which nobody executed, and the marks: drawn under everything."""
        out, self.out = self.out, []
        length = self.run["ended"] - self.run["began"]
        for second in range(0, int(length) + 1, self.second_step):
            x = self.x(self.run["began"] + second)
            self.put(f'<path d="M{x:.1f} {self.top:.0f}V{height:.0f}" stroke="{COLOURS["line"]}"/>')
        killed = None
        for mark in self.run["marks"]:
            x = self.x(mark["time"])
            if mark["kind"] == "kill":
                killed = x
            elif mark["kind"] == "resume" and killed is not None:
                self.box(killed, self.top, x - killed, height - self.top, "#fee2e2",
                         'opacity="0.55"')
                killed = None
        for x, y, role in self.arrows:
            self.arrow(x, y, role)
        for mark in self.run["marks"]:
            self.mark(mark, height)
        result, self.out = "".join(self.out), out
        return result

    def arrow(self, x, y, role):
        """From a message to the lane of the one who is told."""
        top, bottom = self.lane_spans[role]
        end = top + 3 if top > y else bottom - 3
        tip = -6 if end > y else 6
        self.put(f'<path d="M{x:.1f} {y + PILL_HEIGHT / 2:.1f}V{end:.1f}m-3.5 {tip}l3.5 {-tip}'
                 f'l3.5 {tip}" stroke="#94a3b8" stroke-width="1.3" fill="none"/>')

    def mark(self, mark, height):
        if mark["kind"] not in ("kill", "resume"):
            return
        x, colour = self.x(mark["time"]), COLOURS[mark["kind"]]
        self.put(f'<path d="M{x:.1f} {self.top - 22:.0f}V{height:.0f}" stroke="{colour}" '
                 'stroke-width="1.6"/>')
        if self.lanes:
            side = "end" if mark["kind"] == "kill" else "start"
            self.words(x + (-5 if side == "end" else 5), self.top - 24, mark["text"], 12,
                       mark["kind"], side, "600")

    def row_name(self, name, under="", middle=None):
        at = self.y + 16 if middle is None else middle
        self.words(8, at, name, 13 if self.lanes else 12, weight="600")
        if under:
            self.words(8, at + 15, under, 11, "soft")

    def lane(self, role):
        """The steps of one role; a name that would cover the one before moves a row down."""
        begin = self.y
        self.row_name(role)
        self.words(8, self.y + 31, self.run["roles"][role], 11, "soft")
        row_ends, placed = [], []
        for step in self.run["steps"]:
            if step["role"] != role:
                continue
            label = f"{step['number']} {step['label']}"
            width = len(label) * LETTER + 14
            x = min(self.x(step["began"]), self.width - width - 4)
            first = min([x] + [self.x(wait[0]) for wait in step.get("waits", ())])
            row = next((row for row, end in enumerate(row_ends) if end + 4 <= first),
                       len(row_ends))
            row_ends[row:row + 1] = [max(x + width, self.x(step["ended"]))]
            placed.append((step, label, x, width, row))
        height = max(2, len(row_ends)) * PILL_PITCH + 12
        for step, label, x, width, row in placed:
            y = begin + 8 + row * PILL_PITCH
            self.pill(step, label, x, width, y)
            self.arrows += [(x + 10, y, told) for told in step.get("to", ())]
        self.y = begin + height
        self.lane_spans[role] = (begin, self.y)
        self.put(f'<path d="M0 {self.y:.1f}H{self.width}" stroke="{COLOURS["line"]}"/>')

    def pill(self, step, label, x, width, y):
        fill, ink, border = COLOURS["act"], "#ffffff", COLOURS["act"]
        dash = ""
        if step["form"] == "message":
            fill, ink, border = COLOURS["message"], COLOURS["ink"], "#94a3b8"
        elif step["form"] == "person":
            fill, ink, border = "#dbeafe", "#1e3a8a", COLOURS["sign"]
        elif step["form"] == "skipped":
            fill, ink, border = COLOURS["skipped"], COLOURS["soft"], "#94a3b8"
            dash = ' stroke-dasharray="3 2"'
        elif step["form"] == "check":
            fill, ink, border = "#ecfdf5", "#065f46", "#6ee7b7"
        for waited in step.get("waits", ()):
            self.box(self.x(waited[0]), y + 3, self.x(waited[1]) - self.x(waited[0]),
                     PILL_HEIGHT - 6, "#bfdbfe")
        work = self.x(step["ended"]) - self.x(step["began"])
        if work > width:
            self.box(x, y + 5, work, PILL_HEIGHT - 10, border, 'opacity="0.55" rx="2"')
        self.box(x, y, width, PILL_HEIGHT, fill, f'rx="5" stroke="{border}"{dash}')
        took = f'{step["ended"] - step["began"]:.2f} s'
        self.put(f'<text x="{x + 7:.1f}" y="{y + 13.5:.1f}" font-size="11.5" fill="{ink}">'
                 f'{text(label)}<title>{text(step["role"])} {text(step["sentence"])} '
                 f'({took}, {text(step["result"])})</title></text>')

    def track_names(self):
        x = self.gutter - 8
        for row, name in enumerate(("old", "new")):
            self.words(x, self.y + 15 + row * (TRACK + 3), name, 10.5, name, "end", "600")

    def presented(self, node):
        """Two tracks, old above new: a tick a request."""
        self.row_name(node, "presents" if self.lanes else "")
        self.track_names()
        names = self.run["certificates"]
        for row, name in enumerate(("old", "new")):
            y = self.y + 4 + row * (TRACK + 3)
            seen = [request for request in self.run["requests"] if request["node"] == node
                    and names.get(request["presented"]) == name]
            for first, last in spans(request["received"] for request in seen):
                self.box(self.x(first), y, self.x(last) - self.x(first), TRACK, COLOURS[name],
                         'opacity="0.30" rx="2"')
            good = [request["received"] for request in seen if request["result"] != "refused"]
            bad = [request["received"] for request in seen if request["result"] == "refused"]
            self.ticks(good, y + 1, TRACK - 2, COLOURS[name])
            self.ticks(bad, y - 1, TRACK + 2, COLOURS["refused"], 1.1)
        self.y += 2 * (TRACK + 3) + 10

    def accepted(self):
        self.row_name("receiver", "accepts" if self.lanes else "")
        self.track_names()
        names = self.run["certificates"]
        for row, name in enumerate(("old", "new")):
            y = self.y + 4 + row * (TRACK + 3)
            samples = [(instant, yes) for instant, serial, yes in self.run["accepted"]
                       if names.get(serial) == name]
            for first, last in accepted_spans(samples, self.run["ended"]):
                self.box(self.x(first), y, self.x(last) - self.x(first), TRACK, COLOURS[name],
                         'opacity="0.85" rx="2"')
        self.y += 2 * (TRACK + 3) + 10

    def histogram(self):
        """Requests by when they ended, what was not answered on top."""
        bins = {}
        for request in self.run["requests"]:
            place = int((request["ended"] - self.run["began"]) / BIN_S)
            column = bins.setdefault(place, {})
            column[request["result"]] = column.get(request["result"], 0) + 1
        most = max((sum(column.values()) for column in bins.values()), default=1)
        self.row_name("requests", f"in each {BIN_S:.1f} s" if self.lanes else "")
        base = self.y + 6 + HISTOGRAM
        width = BIN_S * self.scale
        last = int((self.run["ended"] - self.run["began"]) / BIN_S)
        for place, column in sorted(bins.items()):
            if place >= last:  # a bin that the end cuts off says nothing
                continue
            top = base
            for result in ("ok", "retried", "stopped", "refused", "failed"):
                height = column.get(result, 0) / most * HISTOGRAM
                if height:
                    top -= height
                    self.box(self.gutter + place * width, top, width - 0.4, height,
                             COLOURS[result])
        self.put(f'<path d="M{self.gutter} {base:.1f}H{self.width - 10}" '
                 f'stroke="{COLOURS["soft"]}" stroke-width="0.7"/>')
        self.y = base + 4
