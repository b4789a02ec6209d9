# SPDX-License-Identifier: Apache-2.0
"""Plants one fault after the other and prints what the traffic made of it: `FAULT COLUMN...`, the
columns that are not empty. Called by tests/run/traffic.t: an oracle is one only if it can fail.

    python3 planted.py FOLDER
"""
import os
import signal
import sys
import time
from pathlib import Path

from landscape import NEW_CA, Landscape, write_whole
from traffic import Traffic

LONG_ENOUGH_S = 1.2  # several requests of every form, a slow upload too


def watch(landscape, name, during=lambda: None):
    traffic = Traffic(landscape)
    traffic.start()
    during()
    time.sleep(LONG_ENOUGH_S)
    traffic.stop()
    columns = [column for column in ("ok", "refused", "failed", "stopped")
               if traffic.counts()[column]]
    protocols = sorted({request.protocol for request in traffic.requests} - {""})
    print(name, *columns, *protocols, flush=True)


def faults(landscape):
    good = landscape.certificate_in(landscape.pair)
    node, receiver = landscape.folder / "node-a", landscape.receiver
    watch(landscape, "nothing")
    landscape.write_pins([])
    landscape.reload_and_observe(receiver)
    watch(landscape, "not-on-the-list")
    landscape.write_pins([good])
    trusted = receiver / "trusted-roots.pem"
    root = trusted.read_text()
    write_whole(trusted, (landscape.ca / f"{NEW_CA}.pem").read_text())
    landscape.reload_and_observe(receiver)
    watch(landscape, "another-issuer")
    write_whole(trusted, root)
    landscape.reload_and_observe(receiver)
    watch(landscape, "announced-stop", lambda: landscape.command("nginx-stop", node))
    landscape.command("nginx-start", node)
    os.kill(landscape.master_of(receiver), signal.SIGTERM)
    watch(landscape, "receiver-down")
    landscape.command("nginx-start", receiver)
    for server in (landscape.folder / "node-a", landscape.folder / "node-b"):
        os.kill(landscape.master_of(server), signal.SIGTERM)
    watch(landscape, "unannounced-stop")


landscape = Landscape(Path(sys.argv[1]) / "landscape")
try:
    landscape.make()
    landscape.start()
    faults(landscape)
finally:
    landscape.stop()
