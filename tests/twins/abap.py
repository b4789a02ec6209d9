# SPDX-License-Identifier: Apache-2.0
"""abap: a twin of an SAP BTP ABAP environment's administration, on loopback: the communication scenarios
SAP_COM_0A13 (certificates, read), SAP_COM_0A48 (communication systems, read and write) and SAP_COM_0A06 (the
same, read only), OData 4.0 in JSON, with log-on, anti-forgery token, entity versions and SAP's calendar.

  abap.py FOLDER [PEM]     writes FOLDER/port when it listens; with PEM it speaks TLS. FOLDER gets old.pem,
                           new.pem, next.pem and ca.pem: the default client certificates that SAP issues

Each answer names its source in X-Twin-Source:
  SAP    SAP Help (CC BY 4.0): services, entities, properties, the rotation of the default certificate
  KBA    SAP Knowledge Base 3514624: 428 without If-Match (of another API of the same kind)
  TEN    "verified on a tenant" of S/4HANA Cloud by third parties: CSRF with cookies, $filter, $expand, keys,
         messages, a user that is locked after failed log-ons, HTTP 500 on private editions
  ODATA  the OData 4.0 protocol
  INF    inferred; no evidence

Set by POST /twin/set {"name": value}:
  phase          "before" the issue, "issued" (default), "rotated" (SAP has migrated whoever was left)
  scenarios      what the communication user has arrangements for
  etags          the system gives versions, and wants them back
  ignores_patch  answers 204 and changes nothing
  tells_systems  the certificates can be expanded to their communication systems
  page           entries a page
  edition        "private": every service answers 500
  print          "sha256", "sha1", "md5", "none": what FingerPrint holds
  foreign        a user's name whose certificate somebody else has changed to another one
  late_patches   so many of the next PATCH requests are carried out, and answered after the client's patience
"""
import base64
import hashlib
import json
import os
import re
import secrets
import subprocess

import twin
from twin import Answer

ROOT = "/sap/opu/odata4/sap/"
CERTIFICATES = ROOT + "aps_sec_api_cert_read/srvd_a2x/sap/Certificates/0001/"
SYSTEMS = ROOT + "aps_com_cs_a4c_odata/srvd_a2x/sap/aps_com_cs_a4c_odata/0001/"
SYSTEMS_READ = ROOT + "aps_com_api_cs_read/srvd_a2x/sap/CommunicationSystem/0001/"
SCENARIO = {CERTIFICATES: "SAP_COM_0A13", SYSTEMS: "SAP_COM_0A48", SYSTEMS_READ: "SAP_COM_0A06"}
LOCKED_AFTER = 5  # INF: "a burst"; the number is not public

# CRM has two users with the certificate, SHOP one, ERP none of it (basic).
USERS = (("CRM", "crm-out", "x509", True), ("CRM", "crm-batch", "x509", True), ("CRM", "crm-basic", "basic", False),
         ("SHOP", "shop-out", "x509", True), ("ERP", "erp-out", "basic", False))


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


def make_certificates(folder):
    """Three generations under one authority: the twin stands for SAP's own."""
    if os.path.exists(os.path.join(folder, "next.pem")):
        return
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    at = lambda name: os.path.join(folder, name)
    openssl("req", "-x509", *key, "-days", "3650", "-subj", "/C=DE/O=SAP SE/CN=SAP Cloud Root CA", "-keyout", at("ca.key"),
            "-out", at("ca.pem"))
    with open(at("client.ext"), "w") as out:
        out.write("extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n")
    for name in ("old", "new", "next"):
        openssl("req", *key, "-subj", "/C=DE/O=SAP SE/OU=BTP ABAP/CN=1a2b3c", "-keyout", at(name + ".key"), "-out", at(name + ".csr"))
        openssl("x509", "-req", "-in", at(name + ".csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
                "-days", "365", "-extfile", at("client.ext"), "-out", at(name + ".tmp"))
        os.rename(at(name + ".tmp"), at(name + ".pem"))


def error(status, code, message, source):
    return Answer(status, {"error": {"code": code, "message": message}}, source)


class Abap(twin.Twin):
    credentials = ("COMM_USER", "correct horse battery staple")

    def __init__(self, folder, pem=None):
        super().__init__(folder, pem)
        make_certificates(folder)
        self.scenarios = ["SAP_COM_0A13", "SAP_COM_0A48", "SAP_COM_0A06"]
        self.etags, self.ignores_patch, self.tells_systems = True, False, True
        self.late_patches = 0
        self.page, self.edition, self.print, self._phase = 0, "public", "sha256", "issued"
        self.failed_logons, self.logons, self.effects = 0, 0, []
        self.sessions, self.tokens = {}, {}
        self.users = [{"UUID": "0894ef45-7741-1eea-b7be-ce30f48e9a%02x" % i, "system": system, "Name": name,
                       "AuthenticationMethod": method, "generation": "old" if uses else "", "version": 1}
                      for i, (system, name, method, uses) in enumerate(USERS)]

    # ---- SAP's calendar [SAP] ----
    @property
    def phase(self):
        return self._phase

    @phase.setter
    def phase(self, wanted):
        self._phase = wanted
        if wanted == "rotated":  # "all remaining Communication Systems ... will be migrated"
            for user in self.users:
                if user["generation"] == "old":
                    user["generation"], user["version"] = "new", user["version"] + 1
                    self.effects.append("migrated %s" % user["Name"])

    @property
    def foreign(self):
        return ""

    @foreign.setter
    def foreign(self, name):
        for user in self.users:
            if user["Name"] == name:
                user["generation"], user["version"] = "next", user["version"] + 1

    def listed(self):
        """(generation, description): the expiring one is renamed, and goes on the day of the rotation. [SAP]"""
        rows = {"before": [("old", "Client Default")],
                "issued": [("new", "Client Default"), ("old", "Client Default Expiring")],
                "rotated": [("new", "Client Default")],
                "next": [("next", "Client Default"), ("new", "Client Default Expiring")]}[self._phase]
        return rows + [("ca", "Some other certificate")]

    def key_of(self, generation):
        """The key of a certificate: its value is not public; here it changes with the rename. [INF]"""
        for name, description in self.listed():
            if name == generation:
                return re.sub("[^A-Z]", "", description.upper())[:6] + "-" + generation
        return "" if not generation else "GONE-" + generation

    def generation_of(self, key):
        for name, _ in self.listed():
            if self.key_of(name) == key:
                return name
        return None

    def print_of(self, generation):
        with open(os.path.join(self.folder, generation + ".pem")) as text:
            der = base64.b64decode("".join(text.read().split("-----")[2].split()))
        if self.print == "none":
            return ""
        return ":".join(re.findall("..", hashlib.new(self.print, der).hexdigest().upper()))

    # ---- log-on [SAP] Basic of the communication user; [TEN] 401 with a page, locked after a burst ----
    def knows(self, request):
        self.logons += 1
        word = base64.b64decode(request.headers.get("authorization", "Basic Og==").split()[1]).decode()
        if self.failed_logons >= LOCKED_AFTER or tuple(word.split(":", 1)) != self.credentials:
            self.failed_logons += 1
            return False
        return True

    def cookie(self, request):
        found = re.search(r"SAP_SESSIONID_TWN_100=([0-9a-f]+)", request.headers.get("cookie", ""))
        return found.group(1) if found else None

    def state(self):
        return {"users": [dict(user, certificate=self.key_of(user["generation"])) for user in self.users],
                "effects": self.effects, "logons": self.logons, "failed": self.failed_logons, "phase": self._phase}

    # ---- requests ----
    def answer(self, request, conn):
        with self.lock:
            if request.method == "PATCH" and self.late_patches:
                self.late_patches -= 1
                self.fault = {"mode": "late", "at": self.seen + 1, "sticky": False}
        super().answer(request, conn)

    def handle(self, request):
        if not self.knows(request):
            return Answer(401, b"<html><head><title>Anmeldung fehlgeschlagen</title></head><body>401</body></html>", "TEN",
                          Content_Type="text/html")
        if self.edition == "private":
            return Answer(500, b"", "TEN")
        for root, scenario in SCENARIO.items():
            if request.path.startswith(root):
                if scenario not in self.scenarios:
                    return error(403, "/IWFND/MED/170", "No authorization to access the service", "INF")
                return self.serve_service(root, request.path[len(root):], request)
        return error(404, "/IWBEP/CM_V4_COS/012", "Service group not found", "INF")

    def serve_service(self, root, rest, request):
        if request.method == "GET" and rest == "":
            return self.service_root(root, request)
        if root == CERTIFICATES and rest == "ClientCertificates" and request.method == "GET":
            return self.certificates(root, request)
        if root == SYSTEMS_READ and rest == "CommSystemOutboundUsers" and request.method == "GET":
            return self.read_users(root, request)
        if root == SYSTEMS and rest == "CommunicationSystems" and request.method == "GET":
            return self.systems(root, request)
        one = re.fullmatch(r"OutboundUsers\(([0-9a-fA-F-]+)\)", rest)
        if root == SYSTEMS and one:
            user = next((user for user in self.users if user["UUID"] == one.group(1).lower()), None)
            if not user:
                return error(404, "/IWBEP/CM_V4_COS/014", "Entity not found", "INF")
            return self.user(root, user, request)
        if rest == "$batch":
            return error(415, "/IWBEP/CM_V4_COS/020", "Content type not supported", "TEN")
        return error(404, "/IWBEP/CM_V4_COS/011", "Resource not found for segment '%s'" % rest[:40], "INF")

    def service_root(self, root, request):
        """[TEN] GET with X-CSRF-Token: Fetch gives the token, which is worth something with its cookie alone."""
        answer = Answer(200, {"@odata.context": "$metadata", "value": []}, "TEN")
        if request.headers.get("x-csrf-token", "").lower() == "fetch":
            session, token = self.cookie(request) or secrets.token_hex(8), secrets.token_hex(16)
            self.tokens[session] = token
            answer.headers.update({"X-CSRF-Token": token, "Set-Cookie": "SAP_SESSIONID_TWN_100=%s; path=/" % session})
        return answer

    def page_of(self, root, name, rows, request, source):
        """[ODATA] pages; the next link may be relative."""
        body = {"@odata.context": "$metadata#" + name}
        start = int(request.first("$skiptoken", "0"))
        if self.page and start + self.page < len(rows):
            rest = "&".join("%s=%s" % (key, values[0].replace(" ", "%20")) for key, values in request.query.items()
                            if key != "$skiptoken")
            body["@odata.nextLink"] = "%s?%s&$skiptoken=%d" % (name, rest, start + self.page)
        body["value"] = rows[start: start + self.page] if self.page else rows
        return Answer(200, body, source)

    def certificates(self, root, request):
        rows = []
        for generation, description in self.listed():
            row = {"Certificate": self.key_of(generation), "Description": description, "ManagedBy": "SAP",
                   "IssuedTo": "CN=1a2b3c", "IssuedBy": "CN=SAP Cloud Root CA", "FingerPrint": self.print_of(generation),
                   "SerialNumber": "0%s" % len(generation), "Status": "", "IsValid": True,
                   "ValidToDateTime": "2027-09-01T00:00:00Z"}
            if request.first("$expand") == "CommunicationSystems" and self.tells_systems:
                users = sorted({user["system"] for user in self.users if user["generation"] == generation})
                row["CommunicationSystems"] = [{"Certificate": row["Certificate"], "CommunicationSystemID": name}
                                               for name in users]
            rows.append(row)
        return self.page_of(root, "ClientCertificates", rows, request, "SAP (form of FingerPrint: INF)")

    def show(self, user):
        row = {"UUID": user["UUID"], "CommunicationSystemUUID": "5%s" % user["UUID"][1:], "Name": user["Name"],
               "OAuth2ClientID": "", "CertificateID": self.key_of(user["generation"]),
               "AuthenticationMethod": user["AuthenticationMethod"]}
        if self.etags:
            row["@odata.etag"] = 'W/"%d"' % user["version"]
        return row

    def systems(self, root, request):
        wanted = re.fullmatch(r"ID eq '(.*)'", request.first("$filter"))
        names = sorted({user["system"] for user in self.users})
        if wanted:
            names = [name for name in names if name == wanted.group(1).replace("''", "'")]
        rows = [{"UUID": "5894ef45-7741-1eea-b7be-ce30f48e9a00", "ID": name, "Name": name, "Type": "customer_managed"}
                for name in names]
        if request.first("$expand") == "OutboundUsers":
            for row in rows:
                row["OutboundUsers"] = [self.show(user) for user in self.users if user["system"] == row["ID"]]
        return self.page_of(root, "CommunicationSystems", rows, request, "TEN")

    def read_users(self, root, request):
        wanted = re.fullmatch(r"CommunicationSystemID eq '(.*)'", request.first("$filter"))
        rows = [{"CommunicationSystemID": user["system"], "OutboundUUID": user["UUID"], "UserName": user["Name"],
                 "OAuth2ClientID": "", "CertificateID": self.key_of(user["generation"]),
                 "AuthMethod": user["AuthenticationMethod"]}
                for user in self.users if not wanted or user["system"] == wanted.group(1)]
        return self.page_of(root, "CommSystemOutboundUsers", rows, request, "SAP (path: INF)")

    def user(self, root, user, request):
        if request.method == "GET":
            answer = Answer(200, dict({"@odata.context": "$metadata#OutboundUsers/$entity"}, **self.show(user)), "TEN")
            if self.etags:
                answer.headers["ETag"] = 'W/"%d"' % user["version"]
            return answer
        if request.method != "PATCH":
            return error(405, "/IWBEP/CM_V4_COS/021", "Method not allowed", "ODATA")
        session = self.cookie(request)
        if not session or request.headers.get("x-csrf-token") != self.tokens.get(session, "-"):
            return Answer(403, b"CSRF token validation failed", "TEN", X_CSRF_Token="Required", Content_Type="text/plain")
        return self.patch(user, request)

    def patch(self, user, request):
        condition = request.headers.get("if-match")
        if self.etags and not condition:
            return error(428, "/IWBEP/CM_V4_RUNTIME/020", "Data service request is required to be conditional; try using "
                         "If-Match", "KBA")
        if self.etags and condition not in ("*", 'W/"%d"' % user["version"]):
            return error(412, "/IWBEP/CM_V4_COS/030", "Precondition failed", "ODATA")
        try:
            wanted = json.loads(request.body)
        except ValueError:
            return error(400, "/IWBEP/CM_V4_COS/025", "Malformed request body", "ODATA")
        generation = self.generation_of(wanted.get("CertificateID"))
        if generation is None:
            return error(400, "CM_APS_CS/041", "Certificate %s does not exist" % wanted.get("CertificateID"), "INF")
        if not self.ignores_patch:
            user["generation"], user["version"] = generation, user["version"] + 1
            self.effects.append("%s -> %s" % (user["Name"], generation))
        return Answer(204, b"", "INF (PATCH of CertificateID is documented as \"read and write outbound users\")",
                      **({"ETag": 'W/"%d"' % user["version"]} if self.etags else {}))


if __name__ == "__main__":
    twin.main(Abap)
