#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""adversary: plans of kinds that the samples do not have, each right, and then wrong in one way: two peers,
three certificates, pinned chains, one store for two flows and two for one node, readers without alias, the
server's certificate, undos, open sets, a hundred rows, procedures in procedures, a provider's days, receivers
that accept by authority, blocks side by side, downtimes, hand-overs, conditions that nobody knows yet, messages, restarts
and pairs under a condition, services that call one another.

usage: adversary.py RENEW EXPLORE [NAME...]      TAP

Each wrong one has to be refused with its code on its line, each right one accepted; and the explicit
search, which shares nothing with the proof, has to agree wherever the finding is about who is refused.
"""
import os
import re
import subprocess
import sys
import tempfile

LAND = '''renew 1

role t-admin "Tenant administrator" {
  reach by console
}

role dev "Developer" {
  reach by console
}

role r-admin "Receiver A" {
  reach by console
}

role s-admin "Receiver B" {
  reach by console
}

keystore store {
  kind manual
  owner t-admin
}

keystore store-2 {
  kind manual
  owner t-admin
}

ca corporate {
  protocol manual
}

system a {
  owner r-admin
  accepts-many yes
}

system b {
  owner s-admin
  accepts-many yes
}

system c {
  owner r-admin
  accepts-many yes
}

'''
def cert(name, store="store", more=""):
    return f'''certificate {name} {{
  in {store}
  alias "{name}"
  subject "CN={name}"
  signed by corporate
{more}}}

'''
def flow(name, calls, nodes="n-1, n-2", more=""):
    return f'flow {name} {{\n  nodes {nodes}\n' + ''.join(f"  calls {s} with {c}\n" for s, c in calls) + more + "}\n\n"
def plan(renews, body, policy="overlap", more=""):
    return f'plan p "P" {{\n  renews {renews}\n  policy {policy}\n{more}\n{body}}}\n'
def make(c, to=("r-admin",), p=""):
    return f"  {p}create: t-admin creates {c}.new\n  {p}sign: t-admin gets {c}.new signed by corporate\n" + f"  {p}hand: t-admin gives {c}.new to {', '.join(to)}\n"
def restart(flow="f", label="restart"):
    return f"  for each node in {flow}.nodes {{\n    {label}: dev restarts {flow} on node {{\n      check call of {flow} on node\n    }}\n  }}\n"

CASES = []
def move(text, label, before):
    """the line(s) of a label, put before another"""
    lines = text.split("\n")
    k = next(i for i, l in enumerate(lines) if l.strip().startswith(label + ":"))
    line = lines.pop(k)
    m = next(i for i, l in enumerate(lines) if l.strip().startswith(before + ":"))
    lines.insert(m, line)
    return "\n".join(lines)
def family2(name, text, *variants):
    CASES.append((name, text, None))
    for i, (fn, want) in enumerate(variants):
        CASES.append((f"{name}-{'abcdefghijkl'[i]}", fn(text), want))
def drop(label):
    def fn(text):
        lines = text.split("\n")
        k = next(i for i, l in enumerate(lines) if l.strip().startswith(label + ":"))
        assert not lines[k].endswith("{"), lines[k]
        del lines[k]
        return "\n".join(lines)
    return fn
def mv(label, before): return lambda t: move(t, label, before)
def sub(old, new):
    def fn(t):
        assert old in t, old
        return t.replace(old, new, 1)
    return fn
def both(*fns):
    def fn(t):
        for f in fns: t = f(t)
        return t
    return fn

# 1 two peers of one certificate
two = LAND + cert("x") + flow("f", [("a", "x"), ("b", "x")]) + plan("x", make("x", ("r-admin", "s-admin")) + '''  accept-a: r-admin accepts x.old, x.new on a
  told-a: r-admin tells t-admin "A takes both."
  accept-b: s-admin accepts x.old, x.new on b
  told-b: s-admin tells t-admin "B takes both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Please restart."
''' + restart() + '''  done: dev tells r-admin, s-admin "Restarted."
  drop-a: r-admin removes x.old from a
  drop-b: s-admin removes x.old from b
''')
family2("two-peers", two,
  (drop("accept-b"), ("E0601", "exchange:")),
  (drop("told-b"), ("E0601", "exchange:")),
  (sub('done: dev tells r-admin, s-admin', 'done: dev tells r-admin'), ("E0602", "drop-b:")),
  (mv("told-b", "accept-b"), ("E0601", "exchange:")),
  (mv("drop-a", "done"), ("E0602", "drop-a:")),
  (sub("on b\n", "on a\n"), ("E0502", "accept-b:")))

# 2 three certificates, three flows, one store
three = LAND + "".join(cert(k) for k in ("x", "y", "z")) + flow("fx", [("a", "x")]) + flow("fy", [("b", "y")]) + flow("fz", [("c", "z")])
def one(c, f, sysn, adm):
    return make(c, (adm,), c + "-") + f'''  {c}-accept: {adm} accepts {c}.old, {c}.new on {sysn}
  {c}-told: {adm} tells t-admin "{c} is accepted."
  {c}-exchange: t-admin replaces {c}.old with {c}.new in store keeping alias
  {c}-ask: t-admin tells dev "Please restart {f}."
''' + restart(f, c + "-restart") + f'''  {c}-done: dev tells {adm} "{f} restarted."
  {c}-drop: {adm} removes {c}.old from {sysn}
'''
three += plan("x, y, z", one("x", "fx", "a", "r-admin") + one("y", "fy", "b", "s-admin") + one("z", "fz", "c", "r-admin"))
family2("three-certificates", three,
  (sub("y-restart: dev restarts fy on node", "y-restart: dev restarts fx on node"), ("*", "")),
  (sub("y-accept: s-admin accepts y.old, y.new on b", "y-accept: s-admin accepts y.old, z.new on b"), ("E0503", "y-accept:")),
  (sub("z-accept: r-admin accepts z.old, z.new on c", "z-accept: r-admin accepts z.old, z.new on a"), ("E0601", "z-exchange:")),
  (drop("z-done"), ("E0602", "z-drop:")),
  (sub("z-exchange: t-admin replaces z.old with z.new", "z-exchange: t-admin replaces z.old with y.new"), ("*", "")))

# 3 another intermediate: the receiver pins the chain
chain = LAND.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  pins chain yes\n") + cert("x") + flow("f", [("a", "x")]) + plan("x", make("x") + '''  chain: r-admin imports x.new.chain into a
  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a
''')
family2("pinned-chain", chain,
  (drop("chain"), ("E0608", "exchange:")),
  (mv("chain", "drop"), ("E0601", "exchange:")),
  (sub("  chain: r-admin imports x.new.chain into a\n", "  chain: r-admin imports x.new.chain into a when x.new.root != x.old.root\n"), ("E0608", "exchange:")))

# 4 one alias, two flows
shared = LAND + cert("x") + flow("f", [("a", "x")]) + flow("g", [("a", "x")], "m-1") + plan("x", make("x") + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + restart("g", "restart-g") + '''  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a
''')
family2("one-alias-two-flows", shared,
  (sub(restart("g", "restart-g"), ""), ("E0603", "exchange:")),
  (both(sub(restart("g", "restart-g"), ""), sub('  drop: r-admin', restart("g", "restart-g") + '  drop: r-admin')), ("E0602", "drop:")),
  (mv("done", "ask"), ("E0602", "drop:")))

# 5 two stores on one node
stores = LAND + cert("x") + cert("y", "store-2") + flow("f", [("a", "x"), ("b", "y")]) + plan("x, y", make("x", ("r-admin",), "x-") + make("y", ("s-admin",), "y-") + '''  accept-x: r-admin accepts x.old, x.new on a
  told-x: r-admin tells t-admin "Both."
  accept-y: s-admin accepts y.old, y.new on b
  told-y: s-admin tells t-admin "Both."
  exchange-x: t-admin replaces x.old with x.new in store keeping alias
  exchange-y: t-admin replaces y.old with y.new in store-2 keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin, s-admin "Restarted."
  drop-x: r-admin removes x.old from a
  drop-y: s-admin removes y.old from b
''')
family2("two-stores", stores,
  (mv("exchange-y", "done"), ("E0603", "exchange-y:")),
  (mv("accept-y", "ask"), ("E0601", "exchange-y:")),
  (sub("in store-2 keeping", "in store keeping"), ("*", "")),
  (mv("exchange-x", "told-x"), ("E0601", "exchange-x:")))

# 6 a reader that names no alias
anyalias = LAND.replace("keystore store {\n  kind manual\n", "keystore store {\n  kind sap-tenant\n  of tenant-1\n  read by any alias\n") \
  .replace("keystore store {", 'tenant tenant-1 {\n  service cloud-integration\n  url "https://t.example"\n  login oauth with s\n  nodes n-1, n-2\n}\n\nsecret s from credential "s"\n\nkeystore store {') \
  + cert("x") + "flow f {\n  on tenant-1\n  calls a with x\n}\n\n" + plan("x", '''  create: t-admin creates x.new
  sign: t-admin gets x.new signed by corporate
  hand: t-admin gives x.new to r-admin
  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
  for each node in tenant-1.nodes {
    restart: dev restarts f on node {
      check call of f on node
    }
  }
  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a
''')
family2("any-alias", anyalias,
  (sub("create: t-admin creates x.new\n", "create: t-admin creates x.new in store\n"), ("E0601", "sign:")),
  (mv("accept", "ask"), ("E0601", "exchange:")))

# 7 the server's certificate
server = LAND.replace("system c {\n  owner r-admin\n  accepts-many yes\n", "system c {\n  owner t-admin\n  accepts-many yes\n  accepts by issuer\n") \
  .replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  calls c with x\n") + cert("x").replace("in store\n", "in r-store\n") \
  .replace("certificate x", "keystore r-store {\n  kind manual\n  owner r-admin\n}\n\ncertificate x") + flow("f", []).replace("flow f {\n  nodes n-1, n-2\n", "flow f {\n  nodes n-1, n-2\n") + plan("x", '''  create: r-admin creates x.new
  sign: r-admin gets x.new signed by corporate
  hand: r-admin gives x.new.root to t-admin
  import: t-admin imports x.new.root into c
  told: t-admin tells r-admin "Trusted."
  exchange: r-admin switches a to x.new
  done: r-admin tells t-admin "The old root may go."
  drop: t-admin removes x.old.root from c when x.new.root != x.old.root and not x.old.root.used-elsewhere
''')
family2("server-certificate", server,
  (mv("import", "drop"), ("E0601", "exchange:")),
  (drop("told"), ("E0601", "exchange:")),
  (drop("done"), ("E0602", "drop:")),
  (sub(" when x.new.root != x.old.root and not x.old.root.used-elsewhere", " when not x.old.root.used-elsewhere"), ("E0601", "drop:")),
  (sub("when x.new.root != x.old.root and not", "when x.new.root == x.old.root and not"), ("E0601", "drop:")))

# 8 roll-backs
basic = LAND + cert("x") + flow("f", [("a", "x")]) + plan("x", make("x") + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin, t-admin "Restarted."
  drop: r-admin removes x.old from a
''')
undo = basic.replace("  ask: t-admin", "  ask: t-admin").replace("in store keeping alias\n", '''in store keeping alias {
    check call of f on n-1
    on failure roll-back
    undo: t-admin replaces x.new with x.old in store keeping alias
  }
''', 1)
family2("undo-of-exchange", undo,
  (sub("  drop: r-admin removes x.old from a\n", "  drop: r-admin removes x.old from a {\n    check call of f on n-2\n    on failure roll-back\n    undo: t-admin replaces x.new with x.old in store keeping alias\n  }\n"), ("E0630", "undo:")),
  (sub("undo: t-admin replaces x.new with x.old in store keeping alias", "undo: r-admin removes x.new from a"), ("E0630", "undo:")),
  (sub("undo: t-admin replaces x.new with x.old in store keeping alias", "undo: r-admin removes x.old from a"), ("E0630", "undo:")))

# 9 open set
openset = '''renew 1

role comm "Communication" {
  reach by console
}

role partner "Partner" {
  reach by console
}

secret s from credential "s"

abap-system sys {
  owner comm
  calls edge with dc
  url "https://x.example"
  login oauth with s
}

system edge {
  owner partner
  accepts-many yes
}

certificate dc {
  issued by sys
  label "D"
  label-expiring "DE"
}

calendar cal {
  zone unknown
  issue on February 1, August 1
  rotate on March 1, September 1
  rotates dc
}

plan p "P" {
  renews dc
  policy overlap
  starts on cal.issue
  deadline cal.rotate

  export: comm exports dc.new from sys as pem
  hand: comm gives dc.new to partner
  upload: partner accepts dc.old, dc.new on edge
  told: partner tells comm "Both."
  for each target in sys.communication-systems using dc.old {
    switch: comm switches target to dc.new {
      check call of target returns not 401, 403
    }
  }
  wait: comm waits until cal.rotate
  gone: comm checks dc.old absent from sys
  done: comm tells partner "All switched."
  drop: partner removes dc.old from edge
}
'''
family2("open-set", openset,
  (drop("told"), ("E0601", "switch:")),
  (drop("upload"), ("E0601", "switch:")),
  (drop("done"), ("E0602", "drop:")),
  (mv("drop", "wait"), ("E0602", "drop:")),
  (mv("done", "upload"), ("E0602", "drop:")))

# 10 a table of a hundred rows
def hundred(wrong=None):
    rows, decls = [], ""
    for i in range(100):
        peer = i if i != wrong else i + 1
        decls += f"system s{i} {{\n  owner r-admin\n  accepts-many yes\n}}\n\n" + cert(f"c{i}") + flow(f"f{i}", [(f"s{i}", f"c{i}")])
        rows.append(f"  r{i}, c{i}, f{i}, s{peer}\n")
    return LAND + decls + "table many with name, cert, flow, peer {\n" + "".join(rows) + "}\n\n" + plan(", ".join(f"c{i}" for i in range(100)), '''  for each row in many using name {
    create: t-admin creates row.cert.new
    sign: t-admin gets row.cert.new signed by corporate
    hand: t-admin gives row.cert.new to r-admin
    accept: r-admin accepts row.cert.old, row.cert.new on row.peer
    told: r-admin tells t-admin "Both."
    exchange: t-admin replaces row.cert.old with row.cert.new in store keeping alias
    ask: t-admin tells dev "Restart."
    for each node in row.flow.nodes {
      restart: dev restarts row.flow on node {
        check call of row.flow on node
      }
    }
    done: dev tells r-admin "Restarted."
    drop: r-admin removes row.cert.old from row.peer
  }
''')
CASES.append(("hundred-rows", hundred(), None))
CASES.append(("hundred-rows-a", hundred(57), ("E0601", "exchange:")))
CASES.append(("hundred-rows-b", hundred().replace("    done: dev tells r-admin \"Restarted.\"\n", ""), ("E0602", "drop:")))

# 11 procedures in procedures
proc = LAND + cert("x") + flow("f", [("a", "x")]) + '''procedure open-door with certificate k, system door {
  needs role t-admin, r-admin

  hand: t-admin gives k.new to r-admin
  accept: r-admin accepts k.old, k.new on door
  told: r-admin tells t-admin "Both."
}

procedure go-through with certificate k, flow way {
  needs role t-admin, dev

  exchange: t-admin replaces k.old with k.new in k.keystore keeping alias
  ask: t-admin tells dev "Restart."
  for each node in way.nodes {
    restart: dev restarts way on node {
      check call of way on node
    }
  }
}

procedure close-door with certificate k, system door {
  needs role dev, r-admin

  done: dev tells r-admin "Restarted."
  drop: r-admin removes k.old from door
}

procedure whole with certificate k, flow way, system door {
  needs role t-admin, dev, r-admin

  open: follow open-door with k k, door door
  through: follow go-through with k k, way way
  close: follow close-door with k k, door door
}

''' + plan("x", "  create: t-admin creates x.new\n  sign: t-admin gets x.new signed by corporate\n  all: follow whole with k x, way f, door a\n")
family2("procedures", proc,
  (mv("through", "open"), ("E0601", "exchange:")),
  (mv("close", "through"), ("E0602", "drop:")),
  (drop("told"), ("E0601", "exchange:")),
  (drop("done"), ("E0602", "drop:")),
  (sub("close: follow close-door with k k, door door", "close: follow close-door with k k, door c"), None))

# 13 by issuer
issuer = LAND.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  accepts by issuer\n") + cert("x") + flow("f", [("a", "x")]) + plan("x", '''  create: t-admin creates x.new
  sign: t-admin gets x.new signed by corporate
  when x.new.root != x.old.root {
    hand: t-admin gives x.new.root to r-admin
    import: r-admin imports x.new.root into a
  }
  told: r-admin tells t-admin "Trusted."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin "Restarted."
  when x.new.root != x.old.root and not x.old.root.used-elsewhere {
    drop: r-admin removes x.old.root from a
  }
''')
family2("by-issuer", issuer,
  (drop("done"), ("E0602", "drop:")),
  (drop("told"), ("E0601", "exchange:")),
  (sub("  when x.new.root != x.old.root and not x.old.root.used-elsewhere {\n", "  when not x.old.root.used-elsewhere {\n"), ("E0601", "drop:")),
  (sub("  when x.new.root != x.old.root {\n", "  when x.new.root == x.old.root {\n"), ("E0608", "exchange:")))

# 14 partial parallelism
par = LAND + cert("x") + cert("y") + flow("f", [("a", "x")]) + flow("g", [("b", "y")]) + plan("x, y", make("x", ("r-admin",), "x-") + make("y", ("s-admin",), "y-") + '''  together {
    accept-x: r-admin accepts x.old, x.new on a
    accept-y: s-admin accepts y.old, y.new on b
  }
  together {
    told-x: r-admin tells t-admin "Both."
    told-y: s-admin tells t-admin "Both."
  }
  together {
    exchange-x: t-admin replaces x.old with x.new in store keeping alias
    exchange-y: t-admin replaces y.old with y.new in store keeping alias
  }
  ask: t-admin tells dev "Restart."
''' + restart() + restart("g", "restart-g") + '''  done: dev tells r-admin, s-admin "Restarted."
  together {
    drop-x: r-admin removes x.old from a
    drop-y: s-admin removes y.old from b
  }
''')
family2("parallel", par,
  (lambda t: move(t, "told-y", "accept-y"), ("E0601", "exchange-y:")),
  (lambda t: move(t, "exchange-y", "told-y"), ("E0601", "exchange-y:")),
  (lambda t: move(t, "done", "drop-y"), ("E0602", "drop-")),
  (lambda t: move(t, "drop-y", "exchange-y"), ("E0602", "drop-y:")))

# 15 nodes by hand
nodes = LAND + cert("x") + flow("f", [("a", "x")], "n-1, n-2, n-3") + plan("x", make("x") + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
  r1: dev restarts f on n-1
  r2: dev restarts f on n-2
  r3: dev restarts f on n-3 {
    check call of f on n-3
  }
  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a
''')
family2("nodes-by-hand", nodes,
  (sub("r2: dev restarts f on n-2", "r2: dev restarts f on n-1"), ("E0603", "exchange:")),
  (drop("r1"), ("E0603", "exchange:")),
  (mv("r1", "exchange"), ("E0603", "exchange:")),
  (both(drop("drop"), drop("r2")), ("E0603", "")))

# 16 downtime
down = LAND.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many no\n") + '''window night {
  zone "Europe/Berlin"
  every saturday from 22:00 until 02:00
}

''' + cert("x") + flow("f", [("a", "x")]) + plan("x", '''  create: t-admin creates x.new
  sign: t-admin gets x.new signed by corporate
  agree: t-admin, dev, r-admin agree on night
  ask-stop: t-admin tells dev "Stop."
  for each node in f.nodes {
    stop: dev stops f on node within 30m
  }
  stopped: dev tells t-admin "Stopped."
  exchange: t-admin replaces x.old with x.new in store keeping alias within 30m
  hand: t-admin gives x.new to r-admin
  slot: r-admin replaces x.old with x.new on a within 1h
  slot-done: r-admin tells dev "Exchanged."
  for each node in f.nodes {
    start: dev starts f on node within 30m {
      check call of f on node
    }
  }
''', "downtime")
family2("downtime", down,
  (sub("on a within 1h", "on a within 3h"), ("E0632", "stop:")),
  (drop("slot-done"), ("E0606", "start:")),
  (drop("stopped"), ("E060", "exchange:")),
  (drop("agree"), ("E0625", "stop:")),
  (mv("exchange", "ask-stop"), ("E06", "exchange:")),
  (mv("slot", "stopped"), ("E0503", "slot:")),
  (sub("  for each node in f.nodes {\n    stop: dev stops f on node within 30m\n  }\n", "  stop: dev stops f on n-1 within 30m\n"), ("E06", "")),
  (sub("every saturday from 22:00 until 02:00", "every saturday from 22:00 until 00:15"), ("E0632", "stop:")))

# 18 service keys
key = '''renew 1

role t-admin "Tenant administrator" {
  reach by console
}

role s-admin "Sender" {
  reach by console
  # renew: allow W0719 "in the test there is none"
  seal-to file "s.pem"
}

secret cf from credential "cf"

space sp {
  api "https://cf.example"
  login oauth with cf
  organization "o"
  name "s"
}

service-instance inst {
  in sp
  plan integration-flow
  owner t-admin
}

service-key k {
  of inst
  key-type certificate
  valid for 180d
  key-size 3072
  renew 30d before expiry
}

tenant tn {
  service cloud-integration
  url "https://t.example"
  login oauth with cf
  nodes w-1
}

flow inbound {
  on tn
  endpoint "/x"
  authorize user-role "ESBMessaging.send"
}

system sender {
  owner s-admin
  calls inbound with k
}

plan p "P" {
  renews k
  policy overlap

  create: t-admin creates k.new in inst
  hand: t-admin gives sealed k.new to s-admin
  switch: s-admin switches sender to k.new {
    check call of inbound with k.new
  }
  done: s-admin tells t-admin "Switched."
  drop: t-admin deletes k.old from inst {
    needs sign-off
  }
}
'''
family2("service-key", key,
  (drop("done"), ("E0909", "drop:")),
  (lambda t: t.replace("  done: s-admin tells t-admin \"Switched.\"\n", "").replace("  switch: s-admin", "  done: s-admin tells t-admin \"Switched.\"\n  switch: s-admin"), ("E0909", "drop:")),
  (drop("create"), ("E06", "")),
  (drop("hand"), ("E0", "")))

# 19 kept
kept = basic.replace("  signed by corporate\n}", "  signed by corporate\n  retain until 2028-01-01\n}").replace("  drop: r-admin", "  keep: r-admin waits until 2028-01-01\n  drop: r-admin")
family2("kept", kept, (drop("keep"), ("E0634", "drop:")), (sub("waits until 2028-01-01", "waits until 2027-12-31"), ("E0634", "drop:")), (sub("retain until 2028-01-01", "retain until yes"), ("E0634", "drop:")))

# 20 time instead of restarts
timed = LAND + cert("x") + flow("f", [("a", "x")], more="  caches keystore for 24h\n  connections live at most 2h\n  sessions resume for 1h\n") + plan("x", make("x") + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  wait: t-admin waits for 26h
  look: t-admin checks call of f
  done: t-admin tells r-admin "A day and two hours are over."
  drop: r-admin removes x.old from a
''')
family2("time", timed,
  (sub("waits for 26h", "waits for 25h"), ("E0603", "exchange:")),
  (mv("wait", "exchange"), ("E0603", "exchange:")),
  (sub("  connections live at most 2h\n", ""), ("E0621", "")),
  (drop("done"), ("E0602", "drop:")),
  (sub("  sessions resume for 1h\n", ""), ("E0621", "")))

# 21 the receiver's own cache
cached = basic.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  caches trust for 2h\n").replace("  told: r-admin", "  settle: r-admin waits for 2h\n  told: r-admin")
family2("receiver-cache", cached, (drop("settle"), ("E0601", "exchange:")), (sub("waits for 2h", "waits for 119m"), ("E0601", "exchange:")), (mv("settle", "accept"), ("E0601", "exchange:")))

# 22 by public key
pubkey = basic.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  accepts by public-key\n").replace("  signed by corporate\n}", "  signed by corporate\n  keep key yes\n}") \
  .replace("  accept: r-admin accepts x.old, x.new on a\n", "").replace("  drop: r-admin removes x.old from a\n", "").replace('  told: r-admin tells t-admin "Both."\n', "")
family2("public-key", pubkey, (sub("  keep key yes\n", ""), ("E0601", "exchange:")))

# 24 a root that another certificate needs
rootuse = LAND + cert("x") + cert("y") + flow("f", [("a", "x")]) + flow("g", [("a", "y")]) + plan("x", make("x") + '''  when x.new.root != x.old.root {
    hand-root: t-admin gives x.new.root to r-admin
    import: r-admin imports x.new.root into a
  }
  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
  exchange: t-admin replaces x.old with x.new in store keeping alias
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a
  when x.new.root != x.old.root and not x.old.root.used-elsewhere {
    drop-root: r-admin removes x.old.root from a
  }
''')
family2("shared-root", rootuse,
  (sub("  when x.new.root != x.old.root and not x.old.root.used-elsewhere {\n", "  when x.new.root != x.old.root {\n"), ("E0609", "drop-root:")),
  (drop("import"), ("E0608", "exchange:")))

# 25 sender authorised by name
dn = '''renew 1

role t-admin "Tenant administrator" {
  reach by console
}

role s-admin "Sender" {
  reach by console
}

secret cf from credential "cf"

keystore ss {
  kind manual
  owner s-admin
}

ca corporate {
  protocol manual
}

tenant tn {
  service cloud-integration
  url "https://t.example"
  login oauth with cf
  nodes w-1
}

flow inbound {
  on tn
  endpoint "/x"
  # renew: allow W0908 "names"
  authorize client-certificate
}

system sender {
  owner s-admin
  calls inbound with x
}

certificate x {
  in ss
  alias "x"
  subject "CN=x"
  signed by corporate
}

plan p "P" {
  renews x
  policy overlap

  create: s-admin creates x.new
  sign: s-admin gets x.new signed by corporate
  hand: s-admin gives x.new to t-admin
  authorize: t-admin authorizes x.new on inbound
  deploy: t-admin deploys inbound
  ready: t-admin tells s-admin "Ready."
  switch: s-admin switches sender to x.new {
    check call of inbound with x.new
  }
  done: s-admin tells t-admin "Switched."
  drop: t-admin removes x.old from inbound
  deploy-again: t-admin deploys inbound
}
'''
family2("by-name", dn,
  (drop("deploy"), ("E0712", "switch:")),
  (drop("ready"), ("E0601", "switch:")),
  (mv("deploy", "authorize"), ("E0712", "switch:")),
  (drop("done"), ("E06", "drop:")))

# 26 hand-overs
family2("hand-over", basic, (drop("hand"), ("E0", "accept:")), (lambda t: move(t, "hand", "create"), ("E0504", "hand:")), (lambda t: move(t, "sign", "told"), ("E0504", "hand:")))

# ---- round 2 ----
EX = "  exchange: t-admin replaces x.old with x.new in store keeping alias\n"
third = basic.replace('  done: dev tells r-admin, t-admin "Restarted."\n', '  done: dev tells t-admin "Restarted."\n  pass-on: t-admin tells r-admin "It is restarted."\n')
family2("third-hand", third,
  (mv("pass-on", "done"), ("E0602", "drop:")),
  (drop("done"), ("E0602", "drop:")),
  (sub("pass-on: t-admin tells r-admin", "pass-on: t-admin tells s-admin"), ("E0602", "drop:")),
  (sub("done: dev tells t-admin", "done: dev tells s-admin"), ("E0602", "drop:")))
family2("sign-off", basic.replace('  done: dev tells r-admin, t-admin "Restarted."\n', "").replace("  drop: r-admin removes x.old from a\n", "  drop: r-admin removes x.old from a {\n    needs sign-off by dev\n  }\n"),
  (sub("needs sign-off by dev", "needs sign-off by t-admin"), ("E0602", "drop:")),
  (sub("needs sign-off by dev", "needs sign-off"), ("E0602", "drop:")))
REV = "  revoke: t-admin revokes x.old at corporate {\n    needs sign-off\n  }\n"
rev = basic.replace("  drop: r-admin removes x.old from a\n", "  drop: r-admin removes x.old from a\n  gone: r-admin tells t-admin \"Removed.\"\n" + REV)
family2("revocation", rev,
  (lambda t: t.replace(REV, "").replace("  ask: t-admin", REV + "  ask: t-admin"), ("E06", "revoke:")),
  (sub("revokes x.old", "revokes x.new"), ("E0", "revoke:")))
anynode = nodes.replace("nodes n-1, n-2, n-3\n", "nodes n-1, n-2, n-3, any\n").replace("  drop: r-admin removes", "  look: r-admin checks x.old unused on a\n  drop: r-admin removes")
family2("nodes-any", anynode, (drop("look"), ("E0603", "exchange:")), (mv("look", "done"), ("E0603", "exchange:")))
family2("look-may-fail", anynode.replace("  drop: r-admin removes", "  look-2: r-admin checks x.old unused on a\n  drop: r-admin removes").replace("  look: r-admin checks x.old unused on a\n", "  look: r-admin checks x.old unused on a {\n    on failure continue\n  }\n"),
  (drop("look-2"), ("E0636", "look:")))
applies = basic.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  nodes e-1, e-2\n  applies within 30m\n")
family2("cluster", applies, (mv("accept", "ask"), ("E0601", "exchange:")))
down2 = down.replace("system b {\n  owner s-admin\n  accepts-many yes\n", "system b {\n  owner s-admin\n  accepts-many no\n").replace("  calls a with x\n", "  calls a with x\n  calls b with x\n").replace("agree: t-admin, dev, r-admin agree", "agree: t-admin, dev, r-admin, s-admin agree") \
  .replace("gives x.new to r-admin\n", "gives x.new to r-admin, s-admin\n").replace('  slot-done: r-admin tells dev "Exchanged."\n', '  slot-done: r-admin tells dev "Exchanged."\n  slot-b: s-admin replaces x.old with x.new on b within 15m\n  slot-b-done: s-admin tells dev "Exchanged."\n') \
  .replace('  slot: r-admin', '  both-stopped: t-admin tells r-admin, s-admin "Stopped."\n  slot: r-admin')
family2("downtime-two", down2,
  (drop("slot-b"), ("E06", "")), (drop("slot-b-done"), ("E0606", "start:")),
  (drop("both-stopped"), None),
  (sub("replaces x.old with x.new on b", "replaces x.old with x.new on a"), ("*", "")))
mixed = LAND.replace("system b {\n  owner s-admin\n  accepts-many yes\n", "system b {\n  owner s-admin\n  calls a with x\n") + cert("x") + flow("f", [("a", "x")]) + plan("x", make("x", ("r-admin", "s-admin")) + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin, s-admin "Both."
''' + EX + '''  switch: s-admin switches b to x.new
  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin "Restarted."
  switched: s-admin tells r-admin "Switched."
  drop: r-admin removes x.old from a
''')
family2("flow-and-sender", mixed,
  (drop("switched"), ("E0602", "drop:")), (drop("switch"), ("E0", "")),
  (sub("told: r-admin tells t-admin, s-admin", "told: r-admin tells t-admin"), ("E0601", "switch:")),
  (mv("switch", "told"), ("E0601", "switch:")))
cond = LAND + "param careful as yes-no default yes\n\n" + cert("x") + flow("f", [("a", "x")]) + plan("x", make("x") + '''  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells t-admin "Both."
''' + EX + '''  ask: t-admin tells dev "Restart."
''' + restart() + '''  done: dev tells r-admin "Restarted."
  drop: r-admin removes x.old from a when careful
''')
family2("condition", cond,
  (sub("default yes", "default no"), None),
  (lambda t: t.replace("x.new on a\n", "x.new on a when careful\n").replace("keeping alias\n", "keeping alias when not careful\n"), ("E0602", "drop:")))
CASES.append(("condition-same", cond.replace("x.new on a\n", "x.new on a when careful\n").replace("keeping alias\n", "keeping alias when careful\n"), None))
bysub = basic.replace("system a {\n  owner r-admin\n  accepts-many yes\n", "system a {\n  owner r-admin\n  accepts-many yes\n  accepts by subject\n").replace("  accept: r-admin accepts x.old, x.new on a\n", "").replace("  drop: r-admin removes x.old from a\n", "").replace('  told: r-admin tells t-admin "Both."\n', "")
family2("by-subject", bysub,
  (sub("  done: dev", "  drop: r-admin removes x.old from a\n  done: dev"), ("E0602", "drop:")),
  (sub("  done: dev tells r-admin, t-admin \"Restarted.\"\n", "  done: dev tells r-admin, t-admin \"Restarted.\"\n  drop: r-admin removes x.old from a\n"), ("E06", "drop:")))
family2("twice", basic, (sub("  done: dev", "  again: t-admin replaces x.old with x.new in store keeping alias\n  done: dev"), ("E0", "")))
far = basic.replace('  told: r-admin tells t-admin "Both."\n', '  told: r-admin tells s-admin "Both."\n  told-on: s-admin tells t-admin "The receiver takes both."\n')
family2("far", far, (drop("told"), ("E0601", "exchange:")), (mv("told-on", "told"), ("E0601", "exchange:")), (mv("told", "accept"), ("E0601", "exchange:")))
family2("continue", basic, (sub("x.new on a\n", "x.new on a {\n    on failure continue\n  }\n"), ("E0636", "accept:")))
FAST_PARAM = "param fast as yes-no\n\n"
GO_ON = " {\n    on failure continue\n  }\n"
CONT = "    on failure continue\n"
AGAIN = "  accept: r-admin accepts x.new on a" + GO_ON + "  accept-2: r-admin accepts x.new on a"
accept_twice = basic.replace("  accept: r-admin accepts x.old, x.new on a\n", AGAIN + "\n").replace("  drop: r-admin removes x.old from a\n", "")
family2("two-that-may-fail", accept_twice,
  (sub("accept-2: r-admin accepts x.new on a\n", "accept-2: r-admin accepts x.new on a" + GO_ON), ("E0636", "accept:")),
  (both(sub("accept-2: r-admin accepts x.new on a\n", "accept-2: r-admin accepts x.new on a" + GO_ON),
        sub("keeping alias\n", "keeping alias" + GO_ON)), ("E0636", "accept:")))
signed = basic.replace('  done: dev tells r-admin, t-admin "Restarted."\n', "").replace("  drop: r-admin removes x.old from a\n", "  drop: r-admin removes x.old from a {\n    needs sign-off by dev\n" + CONT + "  }\n")
family2("signed-and-may-fail", signed,
  (sub("needs sign-off by dev", "needs sign-off by t-admin"), ("E0602", "drop:")),
  (sub("  }\n}", "  }\n  again: r-admin removes x.old from a\n}"), ("E0637", "drop:")))
# Nobody is refused, but a node goes on with the old one: that is no question of the search's verdict.
kept_on = basic.replace("plan p ", FAST_PARAM + "plan p ").replace("  drop: r-admin removes x.old from a\n", "").replace('  done: dev tells r-admin, t-admin "Restarted."\n', "")
family2("left-with-the-old", kept_on,
  (sub('tells dev "Restart."\n', 'tells dev "Restart." when fast\n'), ("E0637", "ask:", "left")),
  (sub('tells dev "Restart."\n', 'tells dev "Restart."' + GO_ON), ("E0637", "ask:", "left")),
  (drop("ask"), ("E0603", "exchange:")),
  (both(sub('tells dev "Restart."\n', 'tells dev "Restart." when fast\n'), sub("keeping alias\n", "keeping alias when fast\n")), None),
  (sub("keeping alias\n", "keeping alias\n  ask-2: t-admin tells dev \"Once.\"\n  again: t-admin replaces x.old with x.new in store keeping alias when fast\n"), None))
two_waits = cached.replace("waits for 2h\n", "waits for 2h" + GO_ON).replace("  told: r-admin", "  settle-2: r-admin waits for 2h\n  told: r-admin")
family2("two-waits-one-may-fail", two_waits,
  (sub("settle-2: r-admin waits for 2h\n", "settle-2: r-admin waits for 2h" + GO_ON), ("E0636", "settle:")))
family2("stop-in-overlap", basic, (sub("    restart: dev restarts f on node {\n      check call of f on node\n    }\n", "    restart: dev stops f on node\n"), ("E0", "")))
roots = basic.replace("  accept: r-admin", "  hand-root: t-admin gives x.new.root to r-admin\n  import: r-admin imports x.new.root into a\n  accept: r-admin")
family2("root", roots, (drop("hand-root"), ("E0503", "import:")), (mv("import", "done"), ("E060", "exchange:")))
family2("wrong-version", basic, (sub("removes x.old from a", "removes x.new from a"), ("E0", "drop:")), (sub("accepts x.old, x.new on a", "accepts x.old on a"), ("E0601", "exchange:")), (sub("replaces x.old with x.new in store", "replaces x.new with x.old in store"), ("E0", "")))
CASES.append(("hundred-rows-c", hundred().replace("r57, c57, f57, s57", "r57, c57, f56, s57"), ("E060", "")))
CASES.append(("parallel-e", par.replace(restart("g", "restart-g"), ""), ("E0603", "exchange-y:")))
unknown = cond.replace(" default yes", "")
family2("unknown-condition", unknown,
  (sub("x.new on a\n", "x.new on a when careful\n"), ("E0601", "exchange:")),
  (both(sub("x.new on a\n", "x.new on a when careful\n"), sub("keeping alias\n", "keeping alias when not careful\n")), ("E0601", "exchange:")),
  (sub("keeping alias\n", "keeping alias when careful == no\n"), ("E0602", "drop:")))
CASES.append(("unknown-same", unknown.replace("x.new on a\n", "x.new on a when careful\n").replace("keeping alias\n", "keeping alias when careful == yes\n"), None))
number = unknown.replace("careful as yes-no", "careful as number").replace(" when careful", " when careful > 3")
family2("unknown-number", number, (sub("x.new on a\n", "x.new on a when careful > 3\n"), ("E0601", "exchange:")))


# ---- round 3: what stands under a condition, services that call one another, time told to others ----
ONE = LAND + cert("x") + flow("f", [("a", "x")])
FAST = FAST_PARAM
NIGHT = 'window night {\n  zone "Europe/Berlin"\n  every saturday from 22:00 until 02:00\n}\n\n'
def other_system(text, name, owner, lines):
    return sub(f"system {name} {{\n  owner {owner}\n  accepts-many yes\n", f"system {name} {{\n  owner {owner}\n{lines}")(text)
def steps(accept="  accept: r-admin accepts x.old, x.new on a\n", told='  told: r-admin tells t-admin "Both."\n',
          exchange=EX, ask='  ask: t-admin tells dev "Restart."\n', again=restart(),
          done='  done: dev tells r-admin "Restarted."\n', gone="  drop: r-admin removes x.old from a\n", made=make("x")):
    return made + accept + told + exchange + ask + again + done + gone

LOOK = "  look: dev checks call of f\n"
def when_fast(line): return sub(line, line + " when fast")
UNCHECKED = restart().replace(" {\n      check call of f on node\n    }", " when fast")
family2("message-under-condition", ONE + FAST + plan("x", steps()),
  (when_fast('told: r-admin tells t-admin "Both."'), ("E0637", "told:")),
  (when_fast('done: dev tells r-admin "Restarted."'), ("E0637", "done:")),
  (both(when_fast('told: r-admin tells t-admin "Both."'), when_fast("with x.new in store keeping alias"),
        sub("    restart: dev restarts f on node {", "    restart: dev restarts f on node when fast {"),
        when_fast("removes x.old from a")), None),
  (sub('told: r-admin tells t-admin "Both."', 'told: r-admin tells t-admin "Both." {\n    on failure continue\n  }'), ("E0637", "told:")))
BRANCH = """  when fast {
    accept-f: r-admin accepts x.new on a
    told-f: r-admin tells t-admin "Fast."
  } otherwise {
    accept-s: r-admin accepts x.old, x.new on a
    told-s: r-admin tells t-admin "Slow."
  }
"""
family2("branches", ONE + FAST + plan("x", steps(accept=BRANCH, told="")),
  (drop("told-s"), ("E0601", "exchange:")), (drop("accept-f"), ("E0601", "exchange:")),
  (sub("told-s: r-admin tells t-admin", "told-s: r-admin tells s-admin"), ("E0601", "exchange:")))
TOLD_BRANCH = """  when fast {
    told-f: r-admin tells t-admin "Fast."
  } otherwise {
    told-s: r-admin tells t-admin "Slow."
  }
"""
family2("told-in-branches", ONE + FAST + plan("x", steps(told=TOLD_BRANCH)),
  (drop("told-s"), ("E0637", "told-f:")), (drop("told-f"), ("E0637", "told-s:")))
family2("restart-under-condition", ONE + FAST + plan("x", steps(again=UNCHECKED + UNCHECKED.replace("restart:", "slowly:").replace("when fast", "when not fast") + LOOK)),
  (lambda t: t.replace("when not fast", "when fast"), ("E0602", "drop:")),
  (both(lambda t: t.replace("when not fast", "when fast"), drop("drop")), ("E0603", "exchange:")),
  (both(lambda t: t.replace("when not fast", "when fast"), drop("drop"), when_fast("with x.new in store keeping alias")), None))
family2("made-under-condition", ONE + FAST + plan("x", steps(made="""  when fast {
    create-f: t-admin creates x.new
    sign-f: t-admin gets x.new signed by corporate
  } otherwise {
    create-s: t-admin creates x.new
    sign-s: t-admin gets x.new signed by corporate
  }
  hand: t-admin gives x.new to r-admin
""")), (drop("sign-s"), ("E0627", "hand:")), (drop("create-s"), ("E0627", "sign-s:")))
family2("downtime-under-condition", down.replace("plan p ", FAST + "plan p ").replace("    start: dev starts f on node within 30m {", "    quickly: dev starts f on node within 10m when fast\n    start: dev starts f on node within 30m when not fast {"),
  (lambda t: t.replace("when not fast", "when fast"), ("E0607", "stop:")),
  (when_fast("stops f on node within 30m"), ("E060", "")), (when_fast("on a within 1h"), ("E06", "")),
  (when_fast("agree on night"), ("E0625", "stop:")))

mesh = LAND.split("system a")[0] + """keystore o-store {
  kind manual
  owner r-admin
}

keystore b-store {
  kind manual
  owner s-admin
}

system orders {
  owner r-admin
  accepts-many yes
  calls billing with oc
}

system billing {
  owner s-admin
  accepts-many yes
  calls orders with bc
}

""" + cert("oc", "o-store") + cert("bc", "b-store") + plan("oc, bc", """  o-create: r-admin creates oc.new
  o-sign: r-admin gets oc.new signed by corporate
  o-hand: r-admin gives oc.new to s-admin
  b-create: s-admin creates bc.new
  b-sign: s-admin gets bc.new signed by corporate
  b-hand: s-admin gives bc.new to r-admin
  o-accept: s-admin accepts oc.old, oc.new on billing
  b-accept: r-admin accepts bc.old, bc.new on orders
  o-told: s-admin tells r-admin "Billing takes both."
  b-told: r-admin tells s-admin "Orders takes both."
  o-switch: r-admin switches orders to oc.new {
    check call of billing with oc.new
  }
  b-switch: s-admin switches billing to bc.new {
    check call of orders with bc.new
  }
  o-done: r-admin tells s-admin "Orders switched."
  b-done: s-admin tells r-admin "Billing switched."
  o-drop: s-admin removes oc.old from billing
  b-drop: r-admin removes bc.old from orders
""")
family2("mesh", mesh,
  (drop("o-told"), ("E0601", "o-switch:")), (drop("b-done"), ("E0602", "b-drop:")),
  (mv("b-told", "b-accept"), ("E0601", "b-switch:")),
  (sub("switches orders to oc.new", "switches billing to oc.new"), ("*", "")))

settled = other_system(LAND, "a", "r-admin", "  accepts-many yes\n  caches trust for 30m\n") + cert("x") + flow("f", [("a", "x")])
SIDE = """  together {
    settle: t-admin waits for 30m
    exchange: t-admin replaces x.old with x.new in store keeping alias
  }
"""
family2("settled-by-another", settled + plan("x", steps(told='  told: r-admin tells t-admin "Both."\n  settle: t-admin waits for 30m\n')),
  (both(drop("settle"), sub(EX, SIDE)), ("E0601", "exchange:")),
  (both(drop("settle"), sub(EX, SIDE.replace("keeping alias\n", "keeping alias after settle\n"))), None),
  (mv("settle", "told"), ("E0601", "exchange:")))
BOUNDS = "  caches keystore for 24h\n  connections live at most 1h\n  sessions resume for never\n"
def waited(who, ask, done):
    return LAND + cert("x") + flow("f", [("a", "x")], more=BOUNDS) + plan("x", steps(ask=ask, done=done, again=f"  long: {who} waits for 25h\n  look: t-admin checks call of f\n"))
TELL_R = '  ask: t-admin tells r-admin "Exchanged."\n'
TELL_T = '  done: t-admin tells r-admin "Over."\n'
family2("waited", waited("t-admin", "", TELL_T),
  (sub("waits for 25h", "waits for 24h"), ("E0603", "exchange:")),
  (sub("waits for 25h", "waits for 25h when x.new.chain != x.old.chain"), ("E060", "exchange:")))
family2("waited-by-the-receiver", waited("r-admin", TELL_R, ""),
  (lambda t: t.replace(TELL_R, ""), ("E060", "exchange:")))
late = LAND + cert("x") + flow("f", [("a", "x")], "n-1, any", BOUNDS) + plan("x", steps(
  done='  back: dev tells t-admin "Restarted."\n  long: t-admin waits for 25h\n' + TELL_T))
family2("nodes-any-in-a-loop", late, (sub("waits for 25h", "waits for 24h"), ("E060", "")), (drop("long"), ("E06", "")))
family2("one-name-one-place", other_system(LAND, "a", "r-admin", "  accepts-many no\n  accepts by subject\n") + cert("x") + flow("f", [("a", "x")]) + plan("x", steps(accept="", told="", gone="")),
  (sub("  accepts by subject\n", ""), ("E0604", "policy overlap")))

AFTER = """  together {
    accept: r-admin accepts x.old, x.new on a
    told: r-admin tells t-admin "Both." after accept
    exchange: t-admin replaces x.old with x.new in store keeping alias after told
  }
"""
family2("after", ONE + plan("x", steps(accept=AFTER, told="", exchange="")),
  (sub(" after told", ""), ("E0601", "exchange:")), (sub(" after accept", ""), ("E0601", "exchange:")),
  (sub(" after told", " after accept"), ("E0601", "exchange:")))
STOPPED = """  ask-stop: t-admin tells dev "Stop."
  for each node in f.nodes {
    stop: dev stops f on node
  }
  stopped: dev tells t-admin "Stopped."
""" + EX + """  accept: r-admin accepts x.old, x.new on a
  told: r-admin tells dev "Both."
  go: t-admin tells dev "Start."
"""
family2("stopped-in-an-overlap", ONE + plan("x", steps(accept="", told="", ask="", exchange=STOPPED, again="""  for each node in f.nodes {
    start: dev starts f on node {
      check call of f on node
    }
  }
""")), (drop("told"), ("E0601", "")), (drop("stopped"), ("E0601", "")), (drop("go"), ("E06", "")))
half = LAND.replace("keystore store {\n  kind manual", "keystore store {\n  kind pkcs11") + cert("x") + flow("f", [("a", "x")]) + plan("x", steps(accept="", told="", ask="", exchange=STOPPED, done="", gone="", again="""  for each node in f.nodes {
    start: dev starts f on node {
      check call of f on node
    }
  }
"""))
family2("half-an-exchange", half, (sub("keeping alias\n", "keeping alias" + GO_ON), ("E0636", "exchange:")))
family2("agreed-instead-of-told", LAND + NIGHT + cert("x") + flow("f", [("a", "x")]) + plan("x", steps(told="  told: r-admin, t-admin agree on night\n")),
  (sub("told: r-admin, t-admin agree", "told: r-admin, s-admin agree"), ("E0601", "exchange:")))

USERS = LAND + FAST + cert("x") + cert("y") + flow("f", [("a", "x")]) + flow("g", [("a", "y")], "m-1")
for number, (words, verdict) in enumerate((
    ("not (x.new.root == x.old.root) and not x.old.root.used-elsewhere", None),
    ("not (x.old.root.used-elsewhere or x.old.root == x.new.root)", None),
    ("x.old.root != x.new.root and not (not (not x.old.root.used-elsewhere))", None),
    ("not (x.old.root.used-elsewhere and x.old.root == x.new.root)", ("E06", "drop")),
    ("x.new.chain != x.old.chain and not x.old.root.used-elsewhere", ("E06", "drop")),
    ("x.new.root != x.old.root and x.old.root.used-elsewhere", ("E0609", "drop-root:")),
    ("x.new.root != x.old.root and (fast or not x.old.root.used-elsewhere)", ("E0609", "drop-root:")))):
    CASES.append((f"root-condition-{number}", USERS + plan("x", steps(
      accept="  hand-root: t-admin gives x.new.root to r-admin\n  import: r-admin imports x.new.root into a\n  accept: r-admin accepts x.old, x.new on a\n",
      gone=f"  drop: r-admin removes x.old from a\n  drop-root: r-admin removes x.old.root from a when {words}\n")), verdict))


# Findings that are about who is refused: there the search has to find it, too.
REACHED = {"E0601", "E0602", "E0605", "E0606", "E0608", "E0626", "E0636", "E0637", "E0909"}
TOO_LARGE = "more steps or roles than the search has room for"


def judge(renew, explore, name, text, want):
    """None where all is as it should be, else what is not."""
    path = name + ".renew"
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    lines = text.split("\n")
    ran = subprocess.run([renew, "check", "--at", "2027-01-15T12:00Z", "--format", "plain", path],
                         capture_output=True, text=True, check=False)
    told = ran.stdout + ran.stderr
    found = [(m[2], lines[int(m[1]) - 1].strip())
             for m in re.finditer(r"^\S+?:(\d+):\d+: error\[(\w+)\]", told, re.M)]
    search = subprocess.run([explore, "verdict", path], capture_output=True, text=True, check=False)
    verdict = search.stdout.split()[-1] if search.returncode == 0 else search.stderr.strip()
    if want is None:
        if ran.returncode != 0 or found:
            return f"a false alarm: {told}"
        return None if verdict == "safe" or TOO_LARGE in verdict else f"the search says {verdict}"
    code, place = want[:2]
    hits = [c for c, line in found if (code == "*" or c.startswith(code)) and line.startswith(place)]
    if ran.returncode != 1 or not hits:
        return f"wanted {code} at `{place}`: {told or 'nothing was found'}"
    if len(want) == 2 and hits[0] in REACHED and verdict != "unsafe" and TOO_LARGE not in verdict:
        return f"{hits[0]}, and the search says {verdict}"
    return None


def main():
    renew, explore = (os.path.abspath(path) for path in sys.argv[1:3])
    cases = [case for case in CASES
             if not sys.argv[3:] or any(case[0].startswith(name) for name in sys.argv[3:])]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        failed = 0
        for i, (name, text, want) in enumerate(cases, 1):
            wrong = judge(renew, explore, name, text, want)
            failed += wrong is not None
            says = "accepted" if want is None else f"{want[0]} {want[1]}"
            print(f"{'ok' if wrong is None else 'not ok'} {i} - {name}: {says}")
            if wrong is not None:
                print("".join(f"#   {line}\n" for line in wrong.split("\n")), end="")
        os.chdir("/")
    right = sum(1 for case in cases if case[2] is None)
    print(f"# {right} right plans and {len(cases) - right} wrong ones")
    print(f"1..{len(cases)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
