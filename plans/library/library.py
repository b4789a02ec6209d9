#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""library.py FOLDER: writes the plan library: a plan and its scenarios for each step sequence of SAP Help's
renewal pages, and README.md, the index. One row of SEQUENCES is one sequence; what only differs in names
shares a function. tests/golden/library.t compares what lies in the folder with what this writes.

The sequences are adapted from SAP Help (SAP-docs/btp-integration-suite, CC BY 4.0), in our own words.
"""
import os
import re
import sys
import textwrap

TA, ID, RA, SA = "tenant-admin", "integration-dev", "receiver-admin", "sender-admin"
LB, SFA, CIP = "balancer-admin", "sftp-admin", "provider"
PERSON = {TA: "Tenant administrator", ID: "Integration developer", RA: "Receiver administrator",
          SA: "Sender administrator", LB: "Load balancer administrator", SFA: "SFTP server administrator",
          CIP: "Cloud infrastructure provider"}

# Why a plan holds a step that the page has not, or holds it elsewhere. Each sentence stands in the plan.
SETTLE = ("The page tells the other side at once that the new one is in use. Messages that were signed or encrypted "
          "with the old one are still on their way then: the plan waits until they have arrived.")
STOP = ("The page exchanges both sides in the window and does not say that the flow stands still: between the two "
        "exchanges each message would be refused. The plan takes the flow off its nodes before and deploys it after.")
REMOVE = "The page ends before the old one is taken away; what is still accepted can still be used. The plan takes it away."
BY_THE_DATE = ("The page goes by the date alone. The plan waits for the other side's word as well: who has not acted by the "
               "date would be cut off.")
FINGERPRINT = ("Whoever takes in a key that did not come over a safe channel compares its fingerprint over another one first: the "
               "step asks for that evidence.")
SIGNED = ("Where one side sends two signatures, or encrypts for two recipients, the other side has the choice: it is "
          "written as the caller that uses one of those that are offered.")


class Plan:
    """Lines of one plan, in the order in which they are written."""

    def __init__(self, policy="overlap", window=None):
        self.policy, self.window = policy, window
        self.declared, self.steps, self.params, self.told = [], [], [], []
        self.renewed, self.gaps, self.looks = [], [], None
        self.waits = 0

    def declare(self, kind, name, title, *lines):
        self.declared.append('%s %s%s {\n%s}\n' % (kind, name, ' "%s"' % title if title else "",
                                                   "".join("  %s\n" % line for line in lines)))
        return self

    def system(self, name, title, owner, *lines):
        return self.declare("system", name, title, "owner " + owner, *lines)

    def flow(self, name, title, *lines):
        return self.declare("flow", name, title, "on acme", *lines)

    def certificate(self, name, title, keystore="tenant-keystore", *lines, holder=TA, beside=False):
        """holder: who makes it and keeps its private key. beside: old and new stand under two aliases."""
        self.renewed.append(name)
        held = [] if holder == TA else ["held by " + holder]
        return self.declare("certificate", name, title, "in " + keystore,
                            'alias "%s", "%s-2"' % (name, name) if beside else 'alias "%s"' % name, *held,
                            'subject "CN=%s,O=%s,C=DE"' % (name, "Acme" if holder in (TA, ID) else "Partner"), *lines)

    def artefact(self, kind, name, title, keystore, *lines):
        self.renewed.append(name)
        return self.declare(kind, name, title, "in " + keystore, *lines)

    def step(self, label, sentence, *block):
        self.told.append((label, sentence, None))
        text = "  %s: %s" % (label, sentence)
        if block:
            text += " {\n%s  }" % "".join("    %s\n" % line for line in block)
        self.steps.append(text + "\n")
        return self

    def tell(self, label, sender, receiver, words):
        return self.step(label, '%s tells %s "%s"' % (sender, receiver, words))

    def make(self, role, name, sign=True):
        self.step("create", "%s creates %s.new" % (role, name))
        if sign:
            self.step("sign", "%s gets %s.new signed by corporate" % (role, name))
        return self

    def each_node(self, label, sentence, *block):
        self.told.append((label, sentence, None))
        body = "  for each node in acme.nodes {\n    %s: %s" % (label, sentence)
        if block:
            body += " {\n%s    }" % "".join("      %s\n" % line for line in block)
        self.steps.append(body + "\n  }\n")
        return self

    def when(self, condition, *steps):
        self.told += [(label, sentence, condition) for label, sentence in steps]
        self.steps.append("  when %s {\n%s  }\n" % (condition, "".join("    %s: %s\n" % step for step in steps)))
        return self

    def blank(self):
        self.steps.append("\n")
        return self

    def gap(self, *sentences):
        self.gaps += sentences
        return self

    def lines(self, ident, title, doc, page):
        out = ["renew 1\n"]
        for paragraph in [title + "."] + doc + self.gaps:
            out += ["## " + line for line in textwrap.wrap(paragraph, 105)]
        source = "btp-cloud-platform" if ident[:3] in ("u33", "u39") else "btp-integration-suite"
        out.append("## Adapted from SAP Help, page %s (SAP-docs/%s, CC BY 4.0); not affiliated with SAP.\n" % (page, source) if page else
                   "## No page of SAP Help has it as a sequence: it follows from the others.\n")
        out.append('import "landscape.renew"\n')
        out += ["param %s" % param for param in self.params]
        out += [""] if self.params else []
        out += self.declared
        out.append('plan %s "%s" {' % (ident, title))
        out.append("  renews " + ", ".join(self.renewed))
        out.append("  policy " + self.policy)
        if self.window:
            out.append("  during " + self.window)
        return "\n".join(out) + "\n\n" + "".join(self.steps) + "}\n"


# ---- the connection of a tenant's flow to a receiver ----

MESSAGE_FLOW = ("caches keystore for 1m", "connections live at most 1m", "sessions resume for never")


def client_overlap(root):
    p = Plan(window="saturday-night")
    p.system("receiver", "Receiver", RA, 'url "https://receiver.partner.example/orders"', "accepts-many yes")
    p.flow("outbound", "Flow that calls the receiver", "calls receiver with client")
    p.certificate("client", "Client certificate of the tenant", "tenant-keystore", "signed by corporate")
    p.make(TA, "client")
    if root:
        p.step("hand-over", "%s gives client.new, client.new.root to %s" % (TA, RA))
        p.step("import-root", "%s imports client.new.root into receiver" % RA)
    else:
        p.step("hand-over", "%s gives client.new to %s" % (TA, RA))
        p.when("client.new.root != client.old.root",
               ("hand-over-root", "%s gives client.new.root to %s" % (TA, RA)),
               ("import-root", "%s imports client.new.root into receiver" % RA))
    p.step("accept-both", "%s accepts client.old, client.new on receiver" % RA)
    p.tell("report-accepted", RA, TA, "Both certificates are accepted.")
    p.step("exchange", "%s replaces client.old with client.new in tenant-keystore keeping alias" % TA,
           "on failure roll-back")
    p.tell("ask-restart", TA, ID, "Please restart the flow on every node.")
    p.each_node("restart", "%s restarts outbound on node" % ID, "check call of outbound on node")
    p.tell("report-restarted", ID, TA, "The flow is restarted on every node.")
    p.tell("report-used", TA, RA, "The new certificate is in use." if not root else
           "The new certificate, signed by another CA, is in use.")
    p.step("remove-old", "%s removes client.old from receiver" % RA)
    p.when("client.new.root != client.old.root and not client.old.root.used-elsewhere", ("remove-old-root", "%s removes client.old.root from receiver" % RA))
    p.gap("Between the restart and the message to the receiver the integration developer has to say that every node "
          "was restarted; the page leaves that out.")
    return p


def client_downtime(root):
    p = Plan("downtime", "saturday-night")
    p.system("receiver", "Receiver", RA, 'url "https://receiver.partner.example/orders"', "accepts-many no")
    p.flow("outbound", "Flow that calls the receiver", "calls receiver with client")
    p.certificate("client", "Client certificate of the tenant", "tenant-keystore", "signed by corporate")
    p.make(TA, "client")
    p.step("agree", "%s, %s agree on saturday-night" % (TA, RA))
    p.step("ask-stop", '%s tells %s "The downtime starts. Please stop the flow." at saturday-night.start' % (TA, ID))
    p.each_node("stop", "%s stops outbound on node" % ID)
    p.tell("report-stopped", ID, TA, "The flow is stopped on every node.")
    p.step("exchange", "%s replaces client.old with client.new in tenant-keystore keeping alias" % TA)
    if root:
        p.step("hand-over", "%s gives client.new, client.new.root to %s" % (TA, RA))
    else:
        p.step("hand-over", "%s gives client.new to %s" % (TA, RA))
        p.when("client.new.root != client.old.root",
               ("hand-over-root", "%s gives client.new.root to %s" % (TA, RA)))
    p.tell("report-client-stopped", TA, RA, "The client is stopped.")
    p.step("exchange-receiver", "%s replaces client.old with client.new on receiver" % RA)
    if root:
        p.step("import-root", "%s imports client.new.root into receiver" % RA)
    else:
        p.when("client.new.root != client.old.root", ("import-root", "%s imports client.new.root into receiver" % RA))
    p.tell("report-exchanged", RA, TA, "The certificate is exchanged.")
    p.tell("ask-start", TA, ID, "Please start the flow on every node.")
    p.each_node("start", "%s starts outbound on node" % ID, "check call of outbound on node")
    return p


def server_root():
    p = Plan()
    p.system("truststore", "Tenant: what it trusts of servers", TA, "accepts-many yes", "accepts by issuer",
             "keystore tenant-keystore")
    p.system("receiver", "Receiver: shows its server certificate", RA, "calls truststore with server")
    p.flow("outbound", "Flow that calls the receiver")
    p.declare("keystore", "receiver-keystore", None, "kind manual", "owner " + RA)
    p.certificate("server", "Server certificate of the receiver", "receiver-keystore", "signed by corporate", holder=RA)
    p.make(RA, "server")
    p.step("hand-over", "%s gives server.new.root to %s" % (RA, TA))
    p.step("import-root", "%s imports server.new.root into truststore" % TA)
    p.each_node("restart", "%s restarts outbound on node" % TA)
    p.tell("report-added", TA, RA, "The root is imported, and the flows are restarted.")
    p.step("exchange", "%s switches receiver to server.new" % RA, "check call of outbound")
    p.tell("report-exchanged", RA, TA, "The old root may go.")
    p.when("server.new.root != server.old.root and not server.old.root.used-elsewhere",
           ("remove-old-root", "%s removes server.old.root from truststore" % TA))
    return p


def balancer_root():
    p = Plan()
    p.params.append("exchange-date as datetime")
    p.system("sender-truststore", "Sender: what it trusts of servers", SA, "accepts-many yes", "accepts by issuer")
    p.system("balancer", "Load balancer: shows its server certificate", LB, "calls sender-truststore with server")
    p.declare("keystore", "balancer-keystore", None, "kind manual", "owner " + LB)
    p.certificate("server", "Server certificate of the load balancer", "balancer-keystore", "signed by corporate", holder=LB)
    p.make(LB, "server")
    p.step("hand-over", "%s gives server.new.root to %s" % (LB, TA))
    p.step("forward", "%s gives server.new.root to %s" % (TA, SA))
    p.step("import-root", "%s imports server.new.root into sender-truststore" % SA)
    p.tell("report-added", SA, LB, "The new root is in the truststore.")
    p.step("wait-date", "%s waits until exchange-date" % LB)
    p.step("exchange", "%s switches balancer to server.new" % LB, "check call of balancer")
    p.tell("report-exchanged", LB, SA, "The new certificate is in use.")
    p.when("server.new.root != server.old.root and not server.old.root.used-elsewhere",
           ("remove-old-root", "%s removes server.old.root from sender-truststore" % SA))
    p.gap("The page exchanges at the date, whether the senders have added the root or not. The plan waits for their "
          "word, too: a sender who did not act would lose the connection at the date.")
    return p


def sender_certificate():
    p = Plan()
    p.flow("inbound", "Flow that the sender calls", 'endpoint "/http/orders"',
           '# renew: allow W0908 "this page is about the names in the certificate; u37 moves to a user role"',
           "authorize client-certificate")
    p.system("sender", "Sender", SA, "calls inbound with client")
    p.declare("keystore", "sender-keystore", None, "kind manual", "owner " + SA)
    p.certificate("client", "Client certificate of the sender", "sender-keystore", "signed by corporate", holder=SA)
    p.make(SA, "client")
    p.step("hand-over", "%s gives client.new to %s" % (SA, TA))
    p.step("forward", "%s gives client.new to %s" % (TA, ID))
    p.step("authorize", "%s authorizes client.new on inbound" % ID)
    p.step("deploy", "%s deploys inbound" % ID)
    p.tell("report-configured", ID, TA, "Both names are configured, and the flow is deployed.")
    p.tell("report-ready", TA, SA, "You may send with the new certificate.")
    p.step("switch", "%s switches sender to client.new" % SA, "check call of inbound with client.new")
    p.tell("report-switched", SA, TA, "The new certificate is in use.")
    p.tell("ask-remove", TA, ID, "The old names may go.")
    p.step("remove-old", "%s removes client.old from inbound" % ID)
    p.step("deploy-again", "%s deploys inbound" % ID)
    p.gap("The page leaves out what concerns the names where neither subject nor issuer changes; writing the same names again "
          "does no harm, so the plan has these steps always. A channel with a user role gets a service key for the new "
          "certificate instead: u34.")
    return p


# ---- users and passwords ----

def outbound_user(owner="Receiver"):
    p = Plan()
    successfactors = owner == "SuccessFactors"
    p.system("receiver", owner, RA, "accepts-many yes")
    p.flow("outbound", "Flow that calls the receiver", "calls receiver with service-user")
    p.artefact("credential", "service-user", "User and password at the receiver", "user-credentials",
               'alias "receiver"')
    p.step("create", "%s creates service-user.new" % RA)
    p.step("accept-both", "%s accepts service-user.old, service-user.new on receiver" % RA)
    p.step("hand-over", "%s gives sealed service-user.new to %s" % (RA, TA))
    p.step("exchange", "%s replaces service-user.old with service-user.new in user-credentials keeping alias" % TA)
    p.each_node("restart", "%s restarts outbound on node" % TA, "check call of outbound on node")
    p.tell("report-used", TA, RA, "The new user is in use.")
    if successfactors:
        p.params.append("end-date as datetime")
        p.step("wait-end", "%s waits until end-date" % RA)
    p.step("remove-old", "%s removes service-user.old from receiver" % RA)
    if successfactors:
        p.gap("The page removes the old user at its end date, whatever has happened until then, and restarts nothing. "
              "The plan restarts the flow and waits for the tenant administrator's word, too. The receiver administrator is "
              "SuccessFactors' here; user, password and company ID are handed over together.")
    return p


PASSWORD = ("A password that changes under a user in use refuses every call until the other side has it as well. The page "
            "puts a second user in between: u%s-there moves to the one who stands in, u%s-back moves to the first user "
            "again, who has its new password by then.")


def stand_in(plan, number, back):
    """Two renewals one after the other: to the user who stands in, and back."""
    plan.gaps = [PASSWORD % (number, number)]
    plan.gap("Here the old one is %s." % (
        "the stand-in, and the new one the user with its new password" if back else
        "the user, and the new one the stand-in; at `remove-old` the password of the user is changed"))
    return plan


def inbound_user():
    p = Plan()
    p.system("inbound", "Tenant: who may call", CIP, "accepts-many yes")
    p.system("sender", "Sender", SA, "calls inbound with sender-user")
    p.declare("keystore", "sender-store", None, "kind manual", "owner " + SA)
    p.artefact("credential", "sender-user", "User and password of the sender", "sender-store", 'alias "tenant"')
    p.step("create", "%s creates sender-user.new" % CIP)
    p.step("accept-both", "%s accepts sender-user.old, sender-user.new on inbound" % CIP)
    p.step("hand-over", "%s gives sealed sender-user.new to %s" % (CIP, SA))
    p.step("switch", "%s switches sender to sender-user.new" % SA, "check call of inbound with sender-user.new")
    p.tell("report-switched", SA, CIP, "The new user is in use.")
    p.step("remove-old", "%s removes sender-user.old from inbound" % CIP)
    p.gap("The page begins when the sender already has another user. The plan begins with who makes it, and ends when "
          "the old one is gone.")
    return p


# ---- SFTP ----

def sftp_client_key():
    p = Plan()
    p.system("sftp-server", "SFTP server", SFA, "accepts-many yes")
    p.flow("outbound", "Flow that reads and writes files", "calls sftp-server with client-key", *MESSAGE_FLOW)
    p.artefact("ssh-key", "client-key", "SSH key of the tenant", "tenant-keystore", 'alias "id_rsa"')
    p.step("create", "%s creates client-key.new" % TA)
    p.step("hand-over", "%s gives client-key.new to %s" % (TA, SFA))
    p.step("accept-both", "%s accepts client-key.old, client-key.new on sftp-server" % SFA)
    p.tell("report-accepted", SFA, TA, "Both public keys are imported.")
    p.step("exchange", "%s replaces client-key.old with client-key.new in tenant-keystore keeping alias" % TA,
           "check call of outbound")
    p.step("settle", "%s waits for 1h" % TA)
    p.tell("report-used", TA, SFA, "The new key is in use.")
    p.step("remove-old", "%s removes client-key.old from sftp-server" % SFA)
    p.gap(REMOVE)
    return p


def sftp_server_key():
    p = Plan()
    p.params.append("exchange-date as datetime")
    p.system("known-hosts", "Tenant: known hosts", TA, "accepts-many yes")
    p.system("sftp-server", "SFTP server", SFA, "calls known-hosts with host-key")
    p.declare("keystore", "sftp-store", None, "kind manual", "owner " + SFA)
    p.artefact("ssh-key", "host-key", "Host key of the SFTP server", "sftp-store", 'alias "host"')
    p.step("create", "%s creates host-key.new" % SFA)
    p.step("hand-over", "%s gives host-key.new to %s" % (SFA, TA))
    p.step("accept-both", "%s accepts host-key.old, host-key.new on known-hosts" % TA)
    p.tell("report-accepted", TA, SFA, "Both host keys are known.")
    p.step("wait-date", "%s waits until exchange-date" % SFA)
    p.step("exchange", "%s switches sftp-server to host-key.new" % SFA, "check call of sftp-server")
    p.tell("report-exchanged", SFA, TA, "The new host key is in use.")
    p.step("remove-old", "%s removes host-key.old from known-hosts" % TA)
    p.gap("The page leaves both sides to the date alone. The plan waits for the word of the other side as well.")
    return p


def sftp_user(push):
    p = Plan()
    p.system("sftp-server", "SFTP server", SFA, "accepts-many yes")
    p.flow("transfer", "Flow that %s files" % ("writes" if push else "fetches"), "calls sftp-server with sftp-user")
    p.declare("keystore", "flow-configuration", None, "kind manual", "owner " + ID)
    p.artefact("credential", "sftp-user", "User on the SFTP server", "flow-configuration", 'alias "sftp"')
    p.step("create", "%s creates sftp-user.new" % SFA)
    p.step("accept-both", "%s accepts sftp-user.old, sftp-user.new on sftp-server" % SFA)
    p.step("hand-over", "%s gives sealed sftp-user.new to %s" % (SFA, TA))
    p.step("forward", "%s gives sealed sftp-user.new to %s" % (TA, ID))
    p.step("exchange", "%s replaces sftp-user.old with sftp-user.new in flow-configuration keeping alias" % ID)
    p.step("deploy", "%s deploys transfer" % ID, "check call of transfer")
    p.tell("report-exchanged", ID, TA, "The flow uses the new user.")
    p.tell("report-used", TA, SFA, "The new user is in use.")
    p.step("read-all", "%s checks sftp-user.old unused on sftp-server" % SFA)
    p.step("remove-old", "%s removes sftp-user.old from sftp-server" % SFA)
    p.gap("At `read-all` the SFTP administrator makes sure that the old mailbox was %s, or moves what is left." %
          ("read by whoever polls it" if push else "fetched"), REMOVE)
    return p


# ---- signatures and encryption: the other side takes both ----

SETTLED = "1h"
DELIVERY = 'delivery-time as duration default 7d'
WS_SECURITY = "90d"  # SAP: WS-Security keys are kept at least 90 days; elsewhere the guaranteed delivery time


def outbound_both(name, title, other, peer, maker=TA):
    """The flow uses `name`; the peer's system takes the old and the new one. maker makes it."""
    p = Plan()
    p.system("peer", title, peer, "accepts-many yes")
    p.flow("flow", other, "calls peer with " + name, *MESSAGE_FLOW)
    p.certificate(name, None, "tenant-keystore", "signed by corporate", holder=maker)
    p.make(maker, name)
    if maker == TA:
        p.step("hand-over", "%s gives %s.new to %s" % (TA, name, peer))
        p.step("accept-both", "%s accepts %s.old, %s.new on peer" % (peer, name, name))
        p.tell("report-accepted", peer, TA, "The old and the new one are accepted.")
    else:
        p.step("accept-both", "%s accepts %s.old, %s.new on peer" % (peer, name, name))
        p.step("hand-over", "%s gives %s.new to %s" % (peer, name, TA))
    p.step("exchange", "%s replaces %s.old with %s.new in tenant-keystore keeping alias" % (TA, name, name),
           "check call of flow")
    p.step("settle", "%s waits for %s" % (TA, SETTLED))
    p.tell("report-used", TA, peer, "The new one is in use.")
    p.step("remove-old", "%s removes %s.old from peer" % (peer, name))
    p.gap(SETTLE)
    return p


def offered(name, title, maker=TA, prelisted=False):
    """Two signatures, or two recipients, are offered; the receiver uses one of them."""
    p = Plan()
    p.system("offered", title, TA if prelisted else ID, "accepts-many yes", *(["keystore tenant-keystore"] if prelisted else []))
    if not prelisted:
        p.system("store", "Tenant: what its keystore holds", TA, "accepts-many yes", "keystore tenant-keystore")
    p.system("receiver", "Receiver", RA, "calls offered with " + name)
    p.flow("outbound", "Flow that sends")
    p.certificate(name, None, "tenant-keystore", "signed by corporate", holder=maker, beside=True)
    p.make(maker, name)
    if maker == RA:
        p.step("hand-over", "%s gives %s.new to %s" % (RA, name, TA))
    if prelisted:
        p.step("add", "%s accepts %s.old, %s.new on offered" % (TA, name, name))
    else:
        p.step("store-new", "%s accepts %s.old, %s.new on store" % (TA, name, name))
        p.step("ask-add", "%s gives %s.new to %s" % (TA, name, ID))
        p.step("add", "%s accepts %s.old, %s.new on offered" % (ID, name, name))
        p.step("deploy", "%s deploys outbound" % ID)
        p.tell("report-added", ID, TA, "The second alias is in the flow.")
    if maker == TA:
        p.step("hand-over", "%s gives %s.new to %s" % (TA, name, RA))
    p.tell("report-two", TA, RA, "From now on each message carries both.")
    p.step("switch", "%s switches receiver to %s.new" % (RA, name), "check call of receiver")
    p.tell("report-switched", RA, TA, "The new one is in use; the old one may go.")
    if prelisted:
        p.step("remove-old", "%s removes %s.old from offered" % (TA, name))
    else:
        p.tell("ask-remove", TA, ID, "The old alias may go.")
        p.step("remove-old", "%s removes %s.old from offered" % (ID, name))
        p.step("deploy-again", "%s deploys outbound" % ID)
        p.tell("report-removed", ID, TA, "The old alias is out of the flow.")
        p.step("delete-old", "%s removes %s.old from store" % (TA, name))
    p.gap(SIGNED)
    if not prelisted:
        p.gap("That the flow is deployed after each change goes without saying on the page; here it is a step.")
    return p


def inbound_both(name, title, maker=SA, peer=SA, hold=None):
    """The tenant takes the old and the new one, under two aliases; the peer switches."""
    p = Plan()
    if hold is None:
        p.params.append(DELIVERY)
        p.gap("How long messages may be under way is the guaranteed delivery time of your contract: `delivery-time`.")
    p.system("tenant-side", title, TA, "accepts-many yes", "keystore tenant-keystore")
    p.system("peer", PERSON[peer].replace(" administrator", ""), peer, "calls tenant-side with " + name)
    p.certificate(name, None, "tenant-keystore", "signed by corporate", holder=maker, beside=True)
    p.make(maker, name)
    if maker != TA:
        p.step("hand-over", "%s gives %s.new to %s" % (peer, name, TA))
    p.step("add", "%s accepts %s.old, %s.new on tenant-side" % (TA, name, name))
    if maker == TA:
        p.step("hand-over", "%s gives %s.new to %s" % (TA, name, peer))
    else:
        p.tell("report-added", TA, peer, "The new one is accepted.")
    p.step("switch", "%s switches peer to %s.new" % (peer, name), "check call of tenant-side with %s.new" % name)
    p.tell("report-switched", peer, TA, "Only the new one is in use; the old one is removed here.")
    p.step("hold", "%s waits for %s" % (TA, hold or "delivery-time"))
    p.step("remove-old", "%s removes %s.old from tenant-side" % (TA, name))
    return p


def verifier_twice():
    """The sender offers two signatures; the tenant verifies one of them."""
    p = Plan()
    p.system("offered", "Sender: the signatures that it sends", SA, "accepts-many yes")
    p.flow("verifier", "Flow that verifies", "calls offered with sender-signer", *MESSAGE_FLOW)
    p.certificate("sender-signer", None, "tenant-keystore", "signed by corporate", holder=SA)
    p.make(SA, "sender-signer")
    p.step("add", "%s accepts sender-signer.old, sender-signer.new on offered" % SA)
    p.step("hand-over", "%s gives sender-signer.new to %s" % (SA, TA))
    p.step("exchange", "%s replaces sender-signer.old with sender-signer.new in tenant-keystore keeping alias" % TA,
           "check call of verifier")
    p.step("settle", "%s waits for %s" % (TA, SETTLED))
    p.tell("report-used", TA, SA, "The new certificate is in use.")
    p.step("remove-old", "%s removes sender-signer.old from offered" % SA)
    p.gap(SIGNED, SETTLE)
    return p


def decryptor_offered():
    """The sender encrypts for both; the tenant holds both, then takes the old one away."""
    p = inbound_both("recipient", "Tenant: decrypts", maker=TA)
    p.gap("A sender who encrypts for two recipients does so at `switch`: from then on the new one opens each message.")
    return p


def exchange_down(name, title, peer=RA, maker=TA, undeploys=False, peer_first=False):
    """Both sides hold one: they exchange in a window in which nothing is sent. Where the page has the flow
    undeployed it agrees behind the hand-over, else before it."""
    p = Plan("downtime", "saturday-night")
    p.system("peer", title, peer, "accepts-many no")
    p.flow("flow", "Flow that uses it", "calls peer with " + name)
    p.certificate(name, None, "tenant-keystore", "signed by corporate", holder=maker)
    p.make(maker, name)
    hand_over = ("hand-over", "%s gives %s.new to %s" % ((TA, name, peer) if maker == TA else (peer, name, TA)))
    agree = ("agree", "%s, %s agree on saturday-night" % (TA, peer))
    for step in (hand_over, agree) if undeploys else (agree, hand_over):
        p.step(*step)
    return down(p, name, peer, "tenant-keystore", undeploys, peer_first, "Please undeploy the flow.", "Please deploy the flow.")


def down(p, name, peer, keystore, undeploys, peer_first, stop_words, start_words):
    p.step("ask-stop", '%s tells %s "%s" at saturday-night.start' % (TA, ID, stop_words))
    p.step("stop", "%s undeploys flow" % ID)
    p.tell("report-stopped", ID, TA, "The flow is off its nodes.")
    exchange = ("exchange", "%s replaces %s.old with %s.new in %s keeping alias" % (TA, name, name, keystore))
    exchange_peer = ("exchange-peer", "%s replaces %s.old with %s.new on peer" % (peer, name, name))
    if peer_first:
        p.tell("report-quiet", TA, peer, "Nothing is sent any more.")
        p.step(*exchange_peer)
        p.tell("report-peer", peer, TA, "My side is exchanged.")
        p.step(*exchange)
    else:
        p.step(*exchange)
        p.tell("report-exchanged", TA, peer, "The tenant's side is exchanged; nothing is sent.")
        p.step(*exchange_peer)
        p.tell("report-peer", peer, TA, "Exchanged.")
    p.tell("ask-start", TA, ID, start_words)
    p.step("start", "%s deploys flow" % ID, "check call of flow")
    if not undeploys:
        p.gap(STOP)
    return p


def sender_stops(name, title, maker):
    """The tenant's answers use it: the sender stops sending, so that there are none."""
    p = Plan("downtime", "saturday-night")
    p.system("peer", title, SA, "accepts-many no")
    p.declare("flow", "requests", "What the sender sends: each answer of the tenant uses it", "nodes sender",
              "calls peer with " + name, "owner " + SA)
    p.certificate(name, None, "tenant-keystore", "signed by corporate", holder=maker)
    p.make(maker, name)
    if maker == TA:
        p.step("hand-over", "%s gives %s.new to %s" % (TA, name, SA))
    p.step("agree", "%s, %s agree on saturday-night" % (TA, SA))
    p.step("wait-start", "%s waits until saturday-night.start" % SA)
    p.step("stop", "%s stops requests on sender" % SA)
    p.step("exchange-peer", "%s replaces %s.old with %s.new on peer" % (SA, name, name))
    if maker == SA:
        p.step("hand-over", "%s gives %s.new to %s" % (SA, name, TA))
    p.tell("report-stopped", SA, TA, "Nothing is sent, and my side is exchanged.")
    p.step("look", "%s checks %s.old unused on peer" % (TA, name), 'evidence "no message is under way in the tenant"')
    p.step("exchange", "%s replaces %s.old with %s.new in tenant-keystore keeping alias" % (TA, name, name))
    p.tell("report-exchanged", TA, SA, "The tenant's side is exchanged.")
    p.step("start", "%s starts requests on sender" % SA, "check call of requests on sender")
    p.gap("What stands still is the sender: it is written as the flow whose answers use the certificate, and its owner stops it.")
    return p


# ---- OpenPGP: keyrings, which are deployed as a whole; a key has a user ID, which flows name ----

COMPARED = 'evidence "the fingerprint of the key, compared over another channel"'
OTHER_ID = "user-id-changes as yes-no default no"


def pgp(name, *params):
    p = Plan()
    p.params += params
    p.artefact("pgp-key", name, None, "tenant-keyring")
    return p


def other_id(p, words):
    """Where the new key has another user ID than the old one, the flow names both meanwhile."""
    p.when("user-id-changes", ("ask-add", '%s tells %s "%s"' % (TA, ID, words)), ("deploy", "%s deploys flow" % ID),
           ("report-added", '%s tells %s "Both are named, and the flow is deployed."' % (ID, TA)))


def pgp_encrypted_inbound():
    p = pgp("recipient", "period-end as datetime")
    p.system("tenant-side", "Tenant: decrypts", TA, "accepts-many yes")
    p.system("peer", "Sender", SA, "calls tenant-side with recipient")
    p.step("create", "%s creates recipient.new" % TA)
    p.step("add", "%s accepts recipient.old, recipient.new on tenant-side" % TA)
    p.step("hand-over", "%s gives recipient.new to %s" % (TA, SA))
    p.tell("announce", TA, SA, "Please encrypt with the new key; the old one is accepted until ${period-end}.")
    p.step("switch", "%s switches peer to recipient.new" % SA, "check call of tenant-side with recipient.new")
    p.tell("report-switched", SA, TA, "The new key is in use.")
    p.step("wait-period", "%s waits until period-end" % TA)
    p.step("remove-old", "%s removes recipient.old from tenant-side" % TA)
    p.gap(BY_THE_DATE, "The new key has the user ID of the old one; adding it, and taking the old one away, is a deployment of "
          "the keyring.")
    return p


def pgp_encrypted_both():
    p = pgp("recipient", "period-end as datetime", OTHER_ID)
    p.system("peer", "Receiver: decrypts", RA, "accepts-many yes")
    p.flow("flow", "Flow that encrypts", "calls peer with recipient", *MESSAGE_FLOW)
    p.step("create", "%s creates recipient.new" % RA)
    p.step("accept-both", "%s accepts recipient.old, recipient.new on peer" % RA)
    p.step("hand-over", "%s gives recipient.new to %s" % (RA, TA))
    p.tell("announce", RA, TA, "Both keys open messages until ${period-end}.")
    other_id(p, "Please add the user ID of the new key; the old one stays.")
    p.step("exchange", "%s replaces recipient.old with recipient.new in tenant-keyring keeping alias" % TA, COMPARED,
           "check call of flow")
    p.step("settle", "%s waits for %s" % (TA, SETTLED))
    p.tell("report-used", TA, RA, "The new key is in use.")
    p.step("wait-period", "%s waits until period-end" % RA)
    p.step("remove-old", "%s removes recipient.old from peer" % RA)
    p.gap(BY_THE_DATE, FINGERPRINT)
    return p


def pgp_encrypted_twice():
    p = pgp("recipient", "switch-date as datetime", OTHER_ID)
    p.system("offered", "Flow: for whom it encrypts", TA, "accepts-many yes")
    p.system("receiver", "Receiver", RA, "calls offered with recipient")
    p.flow("flow", "Flow that encrypts")
    p.step("create", "%s creates recipient.new" % RA)
    p.step("hand-over", "%s gives recipient.new to %s" % (RA, TA))
    p.tell("announce", RA, TA, "I change at ${switch-date}; please encrypt for both before.")
    other_id(p, "Please add the user ID of the new key; the old one stays.")
    p.step("add", "%s accepts recipient.old, recipient.new on offered" % TA, COMPARED)
    p.tell("report-two", TA, RA, "From now on each message is encrypted for both.")
    p.step("wait-date", "%s waits until switch-date" % RA)
    p.step("switch", "%s switches receiver to recipient.new" % RA, "check call of receiver")
    p.tell("report-switched", RA, TA, "The new key is in use; the old one may go.")
    p.step("remove-old", "%s removes recipient.old from offered" % TA)
    p.gap(SIGNED, BY_THE_DATE, FINGERPRINT)
    return p


def pgp_down(name, title, maker):
    p = Plan("downtime", "saturday-night")
    p.artefact("pgp-key", name, None, "tenant-keyring")
    p.system("peer", title, RA, "accepts-many no")
    p.flow("flow", "Flow that uses it", "calls peer with " + name)
    p.step("create", "%s creates %s.new" % (maker, name))
    p.step("agree", "%s, %s agree on saturday-night" % (TA, RA))
    p.step("hand-over", "%s gives %s.new to %s" % ((TA, name, RA) if maker == TA else (RA, name, TA)))
    if maker != TA:
        p.gap(FINGERPRINT, "Where the new key has another user ID, the flow names it when it is deployed again.")
    down(p, name, RA, "tenant-keyring", False, False, "Please undeploy the flow.", "Please deploy the flow." if maker == TA else
         "Please deploy the flow, with the user ID of the new key where it is another one.")
    if maker != TA:
        at = next(i for i, step in enumerate(p.steps) if step.startswith("  exchange:"))
        p.steps[at] = p.steps[at].rstrip("\n") + " {\n    " + COMPARED + "\n  }\n"
    return p


def pgp_signed_inbound():
    p = pgp("sender-signer", "switch-date as datetime", OTHER_ID)
    p.system("tenant-side", "Tenant: verifies signatures", TA, "accepts-many yes")
    p.system("peer", "Sender", SA, "calls tenant-side with sender-signer")
    p.flow("flow", "Flow that verifies")
    p.step("create", "%s creates sender-signer.new" % SA)
    p.step("hand-over", "%s gives sender-signer.new to %s" % (SA, TA))
    p.tell("announce", SA, TA, "I sign with the new key from ${switch-date} on.")
    other_id(p, "Please add the new signer's user ID; the old one stays.")
    p.step("add", "%s accepts sender-signer.old, sender-signer.new on tenant-side" % TA, COMPARED)
    p.tell("report-accepted", TA, SA, "Both keys are accepted.")
    p.step("wait-date", "%s waits until switch-date" % SA)
    p.step("switch", "%s switches peer to sender-signer.new" % SA, "check call of tenant-side with sender-signer.new")
    p.tell("report-switched", SA, TA, "The new key is in use; the old one is removed here.")
    p.step("settle", "%s waits for %s" % (TA, SETTLED))
    p.step("remove-old", "%s removes sender-signer.old from tenant-side" % TA)
    p.gap(BY_THE_DATE, FINGERPRINT)
    return p


def pgp_signed_both():
    p = pgp("signer", "switch-date as datetime")
    p.system("peer", "Receiver: verifies signatures", RA, "accepts-many yes")
    p.flow("flow", "Flow that signs", "calls peer with signer", *MESSAGE_FLOW)
    p.step("create", "%s creates signer.new" % TA)
    p.step("hand-over", "%s gives signer.new to %s" % (TA, RA))
    p.tell("announce", TA, RA, "Messages are signed with the new key from ${switch-date} on.")
    p.step("accept-both", "%s accepts signer.old, signer.new on peer" % RA)
    p.tell("report-accepted", RA, TA, "Both keys are accepted.")
    p.step("wait-date", "%s waits until switch-date" % TA)
    p.step("exchange", "%s replaces signer.old with signer.new in tenant-keyring keeping alias" % TA, "check call of flow")
    p.step("settle", "%s waits for %s" % (TA, SETTLED))
    p.tell("report-used", TA, RA, "The new key is in use.")
    p.step("remove-old", "%s removes signer.old from peer" % RA)
    p.gap(BY_THE_DATE, "Until the date the new key is not deployed: a deployed keyring with two keys of one user ID signs twice.")
    return p


def pgp_signed_twice():
    p = pgp("signer", "period-end as datetime")
    p.system("offered", "Flow: the signatures that it sends", TA, "accepts-many yes")
    p.system("receiver", "Receiver", RA, "calls offered with signer")
    p.step("create", "%s creates signer.new" % TA)
    p.step("add", "%s accepts signer.old, signer.new on offered" % TA)
    p.step("hand-over", "%s gives signer.new to %s" % (TA, RA))
    p.tell("announce", TA, RA, "Each message carries both signatures until ${period-end}.")
    p.step("switch", "%s switches receiver to signer.new" % RA, "check call of receiver")
    p.tell("report-switched", RA, TA, "The new key is in use; the old one may go.")
    p.step("wait-period", "%s waits until period-end" % TA)
    p.step("remove-old", "%s removes signer.old from offered" % TA)
    p.gap(SIGNED, BY_THE_DATE)
    return p


# ---- keys of the provider, service keys, ABAP ----

def sap_key(everybody):
    p = Plan()
    p.system("receiver", "Receiver", RA, "accepts-many yes")
    p.flow("outbound", "Flow that uses SAP's key pair", "calls receiver with sap-key")
    p.certificate("sap-key", "Key pair owned by SAP", "tenant-keystore")
    p.declared[-1] = p.declared[-1].replace('alias "sap-key"', 'alias "sap_cloudintegrationcertificate"')
    if everybody:
        p.system("sender", "Sender: for whom it encrypts", SA, "accepts-many yes")
        p.flow("inbound", "Flow that decrypts with SAP's key pair", "calls sender with sap-key")
    p.step("export", "%s exports sap-key.new from tenant-keystore as pem" % TA)
    p.step("hand-over", "%s gives sap-key.new to %s" % (TA, RA))
    p.step("accept-both", "%s accepts sap-key.old, sap-key.new on receiver" % RA)
    p.tell("report-accepted", RA, TA, "Both certificates are accepted.")
    if everybody:
        p.step("hand-over-sender", "%s gives sap-key.new to %s" % (TA, SA))
        p.step("encrypt-both", "%s accepts sap-key.old, sap-key.new on sender" % SA)
        p.tell("report-both", SA, TA, "Each message is encrypted for both.")
    p.step("activate", "%s activates sap-key.new in tenant-keystore" % TA)
    p.tell("ask-restart", TA, ID, "Please restart the flow%s on every node." % ("s" * everybody))
    p.each_node("restart", "%s restarts outbound on node" % ID, "check call of outbound on node")
    if everybody:
        p.each_node("restart-inbound", "%s restarts inbound on node" % ID, "check call of inbound on node")
    p.tell("report-restarted", ID, TA, "The flow%s on every node." % ("s are restarted" if everybody else " is restarted"))
    p.tell("report-used", TA, RA, "The new key pair is active; the old certificate may go.")
    p.step("remove-old", "%s removes sap-key.old from receiver" % RA)
    if everybody:
        p.tell("report-removed", RA, TA, "The old certificate is removed.")
        p.tell("report-active", TA, SA, "The new key pair is active; please encrypt for it alone.")
        p.step("encrypt-one", "%s removes sap-key.old from sender" % SA)
        p.gap("A pending key opens nothing before it is active: senders encrypt for both before the activation. Ask first whether "
              "each sender can, whether each receiver verifies two, and whether each HTTPS receiver maps two.")
    p.gap("SAP prepares the new pair 60 days before the old one ends, under the same alias, and activates it by itself "
          "when less than a day is left: the plan has to be through before that. Restarting the flow is not on the "
          "page; a node may use the pair that it has cached for a day.")
    return p


SPACE = ('space runtime {\n  organization "acme"\n  name "prod"\n  api "https://api.cf.example"\n'
         "  login oauth with cf-user\n}\n")


def service_key(form):
    p = Plan()
    p.declared.append('secret cf-user from credential "cf-user"\n')
    p.declared.append(SPACE)
    p.declare("service-instance", "inbound-orders", None, "in runtime", "plan integration-flow",
              'roles "ESBMessaging.send"', "owner " + TA)
    p.flow("inbound", "Flow that the sender calls", 'endpoint "/http/orders"', 'authorize user-role "ESBMessaging.send"')
    p.system("sender", "Sender", SA, "calls inbound with sender-key")
    lines = {"external": ("key-type external-certificate", 'certificate from file "certs/sender.pem"', "pinned yes"),
             "generated": ("key-type certificate", "valid for 180d", "key-size 3072")}[form]
    p.declare("service-key", "sender-key", None, "of inbound-orders", *lines)
    p.renewed.append("sender-key")
    if form == "external":
        p.step("hand-over", "%s gives sender-key.certificate to %s" % (SA, TA))
    p.step("create", "%s creates sender-key.new in inbound-orders" % TA)
    if form == "external":
        p.tell("report-created", TA, SA, "The new certificate is known; please switch.")
    else:
        p.step("hand-over", "%s gives sealed sender-key.new.bundle to %s" % (TA, SA))
    p.step("switch", "%s switches sender to sender-key.new" % SA, "check call of inbound with sender-key.new")
    p.tell("report-switched", SA, TA, "The new key is in use.")
    p.step("delete-old", "%s deletes sender-key.old from inbound-orders" % TA, "needs sign-off")
    return p


def unpinned():
    p = Plan()
    p.system("service-key", "Service key, not pinned: compares subject and issuer", TA, "accepts-many yes",
             "accepts by subject")
    p.system("sender", "Sender", SA, "calls service-key with client")
    p.declare("keystore", "sender-keystore", None, "kind manual", "owner " + SA)
    p.certificate("client", "Client certificate of the sender", "sender-keystore", "signed by corporate")
    p.make(SA, "client")
    p.tell("announce", SA, TA, "A new certificate: the same subject and issuer, issued later.")
    p.tell("confirm-names", TA, SA, "The service key is not pinned: nothing is to be done here.")
    p.step("switch", "%s switches sender to client.new" % SA, "check call of service-key with client.new")
    p.tell("report-switched", SA, TA, "The new certificate is in use.")
    p.gap("Once the new certificate was seen, the old one is refused: there is no way back to it.")
    return p


def names_to_role():
    p = service_key("external")
    p.steps, p.told, p.gaps = [], [], []
    p.step("hand-over", "%s gives sender-key.certificate to %s" % (SA, TA))
    p.step("create", "%s creates sender-key.new in inbound-orders" % TA)
    p.tell("ask-deploy", TA, ID, "The certificate is in a service key. Please set the channel to User Role, and deploy.")
    p.step("deploy", "%s deploys inbound" % ID)
    p.tell("report-deployed", ID, SA, "The flow asks for the role; the certificate stays the same.")
    p.step("switch", "%s switches sender to sender-key.new" % SA, "check call of inbound with sender-key.new")
    p.tell("report-switched", SA, TA, "Calls are answered.")
    p.gap("Before, the channel compared subject and issuer: there is no service key yet, so none is deleted. The "
          "sender's certificate and its key stay as they are; from the deployment on the role decides.")
    return p


def abap_client():
    p = Plan()
    p.declare("role", "comm-admin", "Communication administrator", 'reach by mail "comm-admin@acme.example"')
    p.declared.append('secret abap-login from credential "abap-login"\n')
    p.declare("abap-system", "abap", None, 'url "https://abap.example"', "login basic with abap-login",
              "owner comm-admin", "calls receiver with client-default")
    p.system("receiver", "External system", RA, "accepts-many yes")
    p.declare("certificate", "client-default", None, "issued by abap", 'label "Client Default"',
              'label-expiring "Client Default Expiring"')
    p.renewed.append("client-default")
    p.declare("calendar", "sap-rotation", None, "zone unknown", "issue on February 1, August 1",
              "rotate on March 1, September 1", "rotates client-default")
    p.step("export", "comm-admin exports client-default.new from abap as pem")
    p.step("hand-over", "comm-admin gives client-default.new to %s" % RA)
    p.step("accept-both", "%s accepts client-default.old, client-default.new on receiver" % RA)
    p.tell("report-accepted", RA, "comm-admin", "Both certificates are accepted.")
    p.told.append(("switch", "comm-admin switches target to client-default.new", None))
    p.steps.append("  for each target in abap.communication-systems using client-default.old {\n"
                   "    switch: comm-admin switches target to client-default.new {\n"
                   "      check call of target returns not 401, 403\n    }\n  }\n")
    p.step("wait-rotation", "comm-admin waits until sap-rotation.rotate")
    p.step("confirm-gone", "comm-admin checks client-default.old absent from abap")
    p.tell("report-switched", "comm-admin", RA, "Every communication system uses the new certificate.")
    p.step("remove-old", "%s removes client-default.old from receiver" % RA)
    return p


def abap_trust():
    p = Plan()
    p.declare("role", "comm-admin", "Communication administrator", 'reach by mail "comm-admin@acme.example"')
    p.system("trust-list", "ABAP environment: certificate trust list", "comm-admin", "accepts-many yes",
             "accepts by issuer")
    p.system("remote", "Remote system: shows its server certificate", RA, "calls trust-list with server")
    p.declare("keystore", "remote-keystore", None, "kind manual", "owner " + RA)
    p.certificate("server", "Server certificate of the remote system", "remote-keystore", "signed by corporate", holder=RA)
    p.make(RA, "server")
    p.step("hand-over", "%s gives server.new.root to comm-admin" % RA)
    p.step("import-root", "comm-admin imports server.new.root into trust-list")
    p.tell("report-added", "comm-admin", RA, "The new authority is in the trust list.")
    p.step("exchange", "%s switches remote to server.new" % RA, "check call of remote")
    p.tell("report-exchanged", RA, "comm-admin", "The new certificate is in use.")
    p.when("server.new.root != server.old.root and not server.old.root.used-elsewhere",
           ("remove-old-root", "comm-admin removes server.old.root from trust-list"))
    return p


def xsuaa():
    p = Plan()
    p.system("token-server", "XSUAA: gives tokens to who shows a bound certificate", TA, "accepts-many yes")
    p.system("application", "Application with a binding", ID, "calls token-server with binding")
    p.declare("keystore", "application-store", None, "kind manual", "owner " + ID)
    p.certificate("binding", "Certificate of the binding", "application-store")
    p.step("create", "%s creates binding.new" % TA)
    p.step("sign", "%s gets binding.new signed by corporate" % TA)
    p.step("accept-both", "%s accepts binding.old, binding.new on token-server" % TA)
    p.step("hand-over", "%s gives sealed binding.new to %s" % (TA, ID))
    p.step("switch", "%s switches application to binding.new" % ID, "check call of token-server with binding.new")
    p.tell("report-switched", ID, TA, "The application uses the new binding.")
    p.step("remove-old", "%s removes binding.old from token-server" % TA)
    p.gap("A certificate is revoked by nobody: what ends it is the deletion of its binding, the last step.")
    return p


SEQUENCES = [
    # id, title, page of SAP Help (the end of its file's name), what makes it
    ("u01-overlap", "Tenant client certificate, overlap", "6ec6824", lambda: client_overlap(False)),
    ("u01-downtime", "Tenant client certificate, downtime", "6ec6824", lambda: client_downtime(False)),
    ("u02-overlap", "Tenant client root certificate, overlap", "8dc5877", lambda: client_overlap(True)),
    ("u02-downtime", "Tenant client root certificate, downtime", "8dc5877", lambda: client_downtime(True)),
    ("u03", "Receiver server certificate", "3f4eb83", server_root),
    ("u04", "Load balancer server certificate", "1779401", balancer_root),
    ("u05", "Sender client certificate, authorised by its names", "2d3cae7", sender_certificate),
    ("u06-receiver", "Outbound user and password", "a1c26c8", outbound_user),
    ("u06-successfactors", "Outbound user and password, SuccessFactors", "a1c26c8", lambda: outbound_user("SuccessFactors")),
    ("u07-there", "Outbound password, to the user who stands in", "241428d", lambda: stand_in(outbound_user(), "07", False)),
    ("u07-back", "Outbound password, back to the user", "241428d", lambda: stand_in(outbound_user(), "07", True)),
    ("u08", "Inbound user and password", "da1eeb1", inbound_user),
    ("u09-there", "Inbound password, to the user who stands in", "84dabed", lambda: stand_in(inbound_user(), "09", False)),
    ("u09-back", "Inbound password, back to the user", "84dabed", lambda: stand_in(inbound_user(), "09", True)),
    ("u10", "SFTP client key", "5e16205", sftp_client_key),
    ("u11", "SFTP server key", "492687f", sftp_server_key),
    ("u12-pull", "SFTP user, the tenant fetches", "8c5436a", lambda: sftp_user(False)),
    ("u12-push", "SFTP user, the tenant writes", "8c5436a", lambda: sftp_user(True)),
    ("u13-both", "CMS signer, outbound, the receiver verifies both", "fe4d37f",
     lambda: outbound_both("signer", "Receiver: verifies signatures", "Flow that signs", RA)),
    ("u13-two-signatures", "CMS signer, outbound, two signatures meanwhile", "fe4d37f",
     lambda: offered("signer", "Flow: the signatures that it sends")),
    ("u13-two-aliases", "CMS signer, outbound, two aliases listed before", "fe4d37f",
     lambda: offered("signer", "Flow: the signatures that it sends", prelisted=True)),
    ("u13-downtime", "CMS signer, outbound, downtime", "fe4d37f",
     lambda: exchange_down("signer", "Receiver: verifies signatures")),
    ("u14-two-signatures", "CMS verifier, inbound, the sender signs twice", "c573538", verifier_twice),
    ("u14-two-aliases", "CMS verifier, inbound, two aliases listed before", "c573538",
     lambda: inbound_both("sender-signer", "Tenant: verifies signatures")),
    ("u15-both", "CMS encryptor, outbound, the receiver decrypts both", "39afbfa",
     lambda: outbound_both("recipient", "Receiver: decrypts", "Flow that encrypts", RA, maker=RA)),
    ("u15-two-recipients", "CMS encryptor, outbound, two recipients meanwhile", "39afbfa",
     lambda: offered("recipient", "Flow: for whom it encrypts", maker=RA)),
    ("u15-two-aliases", "CMS encryptor, outbound, two aliases listed before", "39afbfa",
     lambda: offered("recipient", "Flow: for whom it encrypts", maker=RA, prelisted=True)),
    ("u15-downtime", "CMS encryptor, outbound, downtime", "39afbfa",
     lambda: exchange_down("recipient", "Receiver: decrypts", maker=RA, peer_first=True)),
    ("u16-both", "CMS decryptor, inbound, the sender encrypts for both", "1cdab75", decryptor_offered),
    ("u16-one", "CMS decryptor, inbound, the sender encrypts for one", "1cdab75",
     lambda: inbound_both("recipient", "Tenant: decrypts", maker=TA)),
    ("u17", "OpenPGP encryption, inbound", "66cbb51", pgp_encrypted_inbound),
    ("u18-both", "OpenPGP encryption, outbound, the receiver decrypts both", "500bd53", pgp_encrypted_both),
    ("u18-two-recipients", "OpenPGP encryption, outbound, two recipients meanwhile", "500bd53", pgp_encrypted_twice),
    ("u18-downtime", "OpenPGP encryption, outbound, downtime", "500bd53",
     lambda: pgp_down("recipient", "Receiver: decrypts", RA)),
    ("u19", "OpenPGP signature, inbound", "db96a4c", pgp_signed_inbound),
    ("u20-both", "OpenPGP signature, outbound, the receiver verifies both", "b2b54df", pgp_signed_both),
    ("u20-two-signatures", "OpenPGP signature, outbound, two signatures meanwhile", "b2b54df", pgp_signed_twice),
    ("u20-downtime", "OpenPGP signature, outbound, downtime", "b2b54df",
     lambda: pgp_down("signer", "Receiver: verifies signatures", TA)),
    ("u21-both", "XML signature, outbound, the receiver verifies both", "aaeaa2f",
     lambda: outbound_both("signer", "Receiver: verifies signatures", "Flow that signs", RA)),
    ("u21-downtime", "XML signature, outbound, downtime", "aaeaa2f",
     lambda: exchange_down("signer", "Receiver: verifies signatures", undeploys=True)),
    ("u22", "XML signature, inbound, two aliases listed before", "e35a3be",
     lambda: inbound_both("sender-signer", "Tenant: verifies signatures")),
    ("u23", "WS-Security, the tenant decrypts requests", "192762b",
     lambda: inbound_both("recipient", "Tenant: decrypts requests", maker=TA, hold=WS_SECURITY)),
    ("u24", "WS-Security, the tenant decrypts responses", "90b85ec",
     lambda: inbound_both("recipient", "Tenant: decrypts responses", maker=TA, peer=RA, hold=WS_SECURITY)),
    ("u25-both", "WS-Security, the tenant encrypts responses, the sender decrypts both", "fdea960",
     lambda: outbound_both("recipient", "Sender: decrypts responses", "Flow that encrypts responses", SA, maker=SA)),
    ("u25-downtime", "WS-Security, the tenant encrypts responses, downtime", "fdea960",
     lambda: sender_stops("recipient", "Sender: decrypts responses", SA)),
    ("u26-both", "WS-Security, the tenant encrypts requests, the receiver decrypts both", "efb83b3",
     lambda: outbound_both("recipient", "Receiver: decrypts requests", "Flow that encrypts requests", RA, maker=RA)),
    ("u26-downtime", "WS-Security, the tenant encrypts requests, downtime", "efb83b3",
     lambda: exchange_down("recipient", "Receiver: decrypts requests", maker=RA, undeploys=True)),
    ("u27-both", "WS-Security, the tenant signs responses, the sender verifies both", "a6ccced",
     lambda: outbound_both("signer", "Sender: verifies responses", "Flow that signs responses", SA)),
    ("u27-downtime", "WS-Security, the tenant signs responses, downtime", "a6ccced",
     lambda: sender_stops("signer", "Sender: verifies responses", TA)),
    ("u28-both", "WS-Security, the tenant signs requests, the receiver verifies both", "10c32fe",
     lambda: outbound_both("signer", "Receiver: verifies requests", "Flow that signs requests", RA)),
    ("u28-downtime", "WS-Security, the tenant signs requests, downtime", "10c32fe",
     lambda: exchange_down("signer", "Receiver: verifies requests", undeploys=True)),
    ("u29", "WS-Security, the tenant verifies requests", "266470d",
     lambda: inbound_both("sender-signer", "Tenant: verifies requests", hold=WS_SECURITY)),
    ("u30", "WS-Security, the tenant verifies responses", "289b653",
     lambda: inbound_both("receiver-signer", "Tenant: verifies responses", maker=RA, peer=RA, hold=WS_SECURITY)),
    ("u31", "Keys provided by SAP", "5db16f5, ada2969, 383be7a", lambda: sap_key(False)),
    ("u32", "Keys provided by SAP, in use by senders and receivers", "fe87373", lambda: sap_key(True)),
    ("u33", "ABAP environment, default client certificate", "f7a5", abap_client),
    ("u34", "Service key with the sender's own certificate, pinned", "7f84", lambda: service_key("external")),
    ("u35", "Service key with the sender's own certificate, not pinned", "0fc1446", unpinned),
    ("u36", "Service key with a generated certificate", "7f84", lambda: service_key("generated")),
    ("u37", "From the names in a certificate to a user role", "7f84", names_to_role),
    ("u38", "ABAP environment, trust list", "", abap_trust),
    ("u39", "XSUAA, X.509 binding", "e5e7736", xsuaa),
]


BEGINS = "2027-03-06T09:00Z"  # a Saturday; the window opens in the evening


def order_of(told, condition=None):
    """Each step before the next one: whoever leaves one out or swaps two has another order."""
    labels = [label for label, _, guard in told if guard is None or condition and condition in guard]
    return ["expect order %s before %s" % pair for pair in zip(labels, labels[1:])]


def outcome_of(told):
    """What is accepted, dropped and in place at the end, and who has heard what."""
    lines = []
    for _, sentence, guard in told:
        words = sentence.split()
        if guard:
            continue
        if words[1] == "tells":
            lines.append('expect message to %s "%s"' % (words[2], sentence.split('"')[1].split("${")[0].rstrip()))
        elif words[1] == "accepts":
            lines.append("expect accepted %s on %s" % (words[3], words[5]))
        elif words[1] == "removes" and "root" not in words[2] and not words[4] == "inbound":
            lines.append("expect dropped %s on %s" % (words[2], words[4]))
        elif words[1] == "removes" and words[4] == "inbound" and "user" in words[2]:
            lines.append("expect dropped %s on inbound" % words[2])
        elif words[1] == "replaces" and words[5] == "in":
            lines.append("expect present %s in %s" % (words[4], words[6]))
        elif words[1] == "replaces":
            lines += ["expect accepted %s on %s" % (words[4], words[6]), "expect dropped %s on %s" % (words[2], words[6])]
    return list(dict.fromkeys(lines))


def scenarios(ident, title, plan):
    out = ["renew 1\n", "## %s.\n" % title, 'import "%s.renew"\n' % ident]
    params = ["  set %s 2027-04-01T10:00Z" % param.split()[0] for param in plan.params if "datetime" in param]
    begins = "2027-01-20T09:00Z" if ident == "u33" else BEGINS
    told = plan.told

    def first(*verbs):
        return next((label for label, sentence, guard in told if not guard and re.search(" (%s)( |$)" % "|".join(verbs), sentence)), None)

    def scenario(name, words, *lines):
        out.append('scenario %s "%s" {' % (name, words))
        out.extend(["  plan " + ident, "  begins at " + begins] + params)
        out.extend("  " + line for line in lines)
        out.append("}\n")

    scenario("whole", "Everybody does what is asked, in this order", "expect done", *order_of(told), *outcome_of(told),
             "expect outage never")
    if any(guard and "new.root" in guard for _, _, guard in told):
        scenario("another-authority", "The new certificate has another root", "new-root yes",
                 *["decide %s no" % label for label, _, guard in told if guard and "used-elsewhere" in guard], "expect done",
                 *order_of(told, "new.root"), "expect outage never")
    if any("user-id-changes" in param for param in plan.params):
        scenario("another-user-id", "The new key has another user ID", "set user-id-changes yes", "expect done",
                 *order_of(told, "user-id-changes"), "expect outage never")
    turn = first("replaces [a-z.-]+ with [a-z.-]+ in", "switches", "activates")
    scenario("interrupted", "The program dies behind `%s` and goes on" % turn, "kill after " + turn, "expect done",
             "expect outage never")
    automatic = any(label == turn and ("in tenant-keystore" in sentence) for label, sentence, _ in told)
    scenario("refused", "`%s` does not succeed: nothing behind it is done" % turn,
             "fail %s refused" % turn if automatic else 'reject %s "not tonight"' % turn,
             "expect failed at " + turn, "expect outage never")
    late = first("agree") if plan.policy == "downtime" else first("accepts", "imports", "authorizes", "switches")
    scenario("late", "Whoever does `%s` takes two days" % late, "answer %s after 2d" % late, "expect done", "expect outage never")
    return "\n".join(out).rstrip("\n") + "\n"


def index(rows):
    out = ["# The plan library\n",
           "A plan for each step sequence of SAP Help's renewal pages, and for seven that follow from them. Each is proven",
           "by `renew check`, and played by its scenarios (`renew test`). Copy one with landscape.renew, and write your own",
           "names, addresses and nodes. Written by library.py (`make library`): one row of its table is one plan.\n",
           "The sequences are adapted from SAP Help (SAP-docs/btp-integration-suite and btp-cloud-platform, CC BY 4.0), in",
           "our own words; not affiliated with SAP. Where a page leaves a gap in which a connection would break, the plan closes it and says so in",
           "its head.\n", "| plan | what is renewed | how | gaps closed | picture |", "|---|---|---|---|---|"]
    for ident, title, _, plan in rows:
        out.append("| [%s](%s.renew) | %s | %s | %s | [steps](pictures/%s.svg) |" % (
            ident, ident, title, plan.policy, len(plan.gaps) or "", ident))
    out.append("\n## Pictures\n\nWho does what, in which order, and who tells whom.\n")
    for ident, title, _, _ in rows:
        out += ["<details><summary>%s: %s</summary>\n" % (ident, title), "![The steps of %s](pictures/%s.svg)\n" % (ident, ident), "</details>"]
    return "\n".join(out) + "\n"


def main(folder):
    rows = [(ident, title, page, make()) for ident, title, page, make in SEQUENCES]
    for ident, title, page, plan in rows:
        with open(os.path.join(folder, ident + ".renew"), "w", encoding="utf-8") as file:
            file.write(plan.lines(ident, title, [], page))
        with open(os.path.join(folder, ident + ".test.renew"), "w", encoding="utf-8") as file:
            file.write(scenarios(ident, title, plan))
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write(index(rows))


if __name__ == "__main__":
    main(sys.argv[1])
