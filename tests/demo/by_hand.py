# SPDX-License-Identifier: Apache-2.0
"""The renewal done by hand, without renew, in the wrong order: the exchange comes first.

The same servers, the same files, the same kind of commands and even a careful administrator who
waits until a reload has really happened. Only the order is wrong: the tenant exchanges its pair and
restarts the nodes before the receiver has heard of the new certificate.
"""
import contextlib
import time

from landscape import write_whole

PERSON_S = 0.9  # how long a person takes to read a message and to begin


class ByHand:
    def __init__(self, landscape, say):
        self.landscape = landscape
        self.say = say
        self.steps = []
        self.fresh_pair = landscape.pair.with_name("fresh.pem")

    @contextlib.contextmanager
    def step(self, label, role, sentence, form="act"):
        self.say(f"{role:<16} {sentence}")
        step = {"number": len(self.steps) + 1, "label": label, "role": role,
                "sentence": sentence, "form": form, "began": time.time(), "result": "done"}
        self.steps.append(step)
        yield
        step["ended"] = time.time()

    def message(self, label, role, to, text):
        with self.step(label, role, f"tells {to}: {text}", "message"):
            self.steps[-1]["to"] = [to]
        time.sleep(PERSON_S)

    def wrong_order(self):
        """exchange, restart, and only then: hand over, accept, remove."""
        land = self.landscape
        with self.step("create", "tenant-admin", "creates a new key pair and has it signed"):
            land.make_pair(self.fresh_pair)
        old = land.certificate_in(land.pair)
        new = land.certificate_in(self.fresh_pair)
        time.sleep(PERSON_S)
        with self.step("exchange", "tenant-admin",
                       "exchanges the pair in the keystore, keeping the alias"):
            write_whole(land.pair, self.fresh_pair.read_text(), 0o600)
            self.fresh_pair.unlink()
        self.message("ask-restart", "tenant-admin", "integration-dev",
                     "please restart the flow on every node")
        for node in land.node_ports:
            with self.step(f"restart[{node}]", "integration-dev", f"restarts the flow on {node}"):
                land.reload_and_observe(land.folder / node)
        self.message("report-restarted", "integration-dev", "tenant-admin",
                     "restarted on every node")
        self.message("hand-over", "tenant-admin", "receiver-admin",
                     "here is our new certificate; it is in use already")
        with self.step("accept-both", "receiver-admin", "accepts the old and the new certificate"):
            land.write_pins([old, new])
            land.reload_and_observe(land.receiver)
        self.message("report-accepted", "receiver-admin", "tenant-admin", "both are accepted")
        with self.step("remove-old", "receiver-admin", "removes the old certificate"):
            land.write_pins([new])
            land.reload_and_observe(land.receiver)
