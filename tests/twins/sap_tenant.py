#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sap_tenant: a twin of one SAP Cloud Integration tenant for tests: OData v2 over TLS on loopback.

It shares no line with renew's client. Each answer carries its source and strength, as in
docs/SYSTEMS.md: [SAP] an SAP Help page, [SPEC] SAP's OpenAPI, [META] a tenant's $metadata, [TEN]
"verified on a tenant" by a third party, [CODE] what Piper or FlashPipe rely on, [ODATA] the OData 2.0
protocol, [INF] our inference: where nothing public says it.

usage: sap_tenant.py FOLDER [--page N] [--build-s S] [--days N]
Writes FOLDER/server-root.pem, FOLDER/client-ca.{pem,key}, then FOLDER/ready: "PORT CONTROL-PORT".
The control port (plain HTTP) seeds entries, sets faults and shows what was asked and done:
  POST /entry {alias,pem,store,owner}  POST /flow {id,version,runtime}  POST /set {NAME: VALUE}
  POST /fault {match,mode,times,skip}  GET /log  GET /state  GET /secrets  POST /clear /clear-faults /drop {alias} /backup
"""
import argparse
import base64
import datetime
import functools
import gzip
import hashlib
import http.server
import json
import os
import re
import secrets
import socket
import ssl
import struct
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID

UTC = datetime.timezone.utc
BASE = "/api/v1"
D = "http://schemas.microsoft.com/ado/2007/08/dataservices"
M = D + "/metadata"
RESERVED = ("sap_", "hcicertificate", "hcicertificate1", "hcimsgcertificate")  # [SAP]
LIMIT_P12 = 30720  # bytes [SAP]


def now():
    return datetime.datetime.now(UTC)


def pem_of(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def print_of(cert, kind=hashlib.sha256):
    return kind(cert.public_bytes(serialization.Encoding.DER)).hexdigest()


def validity(cert):
    """not before, not after; cryptography changed the names between Debian's version and today's."""
    if hasattr(cert, "not_valid_before_utc"):
        return cert.not_valid_before_utc, cert.not_valid_after_utc
    return cert.not_valid_before.replace(tzinfo=UTC), cert.not_valid_after.replace(tzinfo=UTC)


def spki(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def certs_of_pem(data):
    blocks = re.findall(b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", data, re.S)
    return [x509.load_pem_x509_certificate(block) for block in blocks]


def certs_of_any(data):
    """PEM in any order, DER, PKCS#7 [TEN]"""
    found = certs_of_pem(data)
    if found:
        return found
    for read in (lambda: [x509.load_der_x509_certificate(data)], lambda: pkcs7.load_pem_pkcs7_certificates(data),
                 lambda: pkcs7.load_der_pkcs7_certificates(data)):
        try:
            return list(read())
        except ValueError:
            pass
    return []


def in_order(certs, leaf):
    chain = [leaf]
    while True:
        issuer = [c for c in certs if c.subject == chain[-1].issuer and c not in chain]
        if not issuer:
            return chain
        chain.append(issuer[0])


class Problem(Exception):
    def __init__(self, status, message, code="Bad Request", headers=None, body=None):
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers, self.body = headers or {}, body


@functools.lru_cache(maxsize=None)
def props_of(cert):
    """What follows from the certificate alone; a large keystore is asked for it again and again."""
    public = cert.public_key()
    begin, end = validity(cert)
    kind = "RSA" if isinstance(public, rsa.RSAPublicKey) else "DSA" if isinstance(public, dsa.DSAPublicKey) else "EC"
    return {  # [META] names and order
        "KeyType": kind, "KeySize": getattr(public, "key_size", 0),
        "ValidNotBefore": begin, "ValidNotAfter": end, "SerialNumber": "%x" % cert.serial_number,
        "SignatureAlgorithm": "SHA256withRSA" if kind == "RSA" else "SHA256withECDSA",
        "EllipticCurve": "secp256r1" if kind == "EC" else None, "Validity": None,
        "SubjectDN": cert.subject.rfc4514_string(), "IssuerDN": cert.issuer.rfc4514_string(), "Version": 3,
        "FingerprintSha1": print_of(cert, hashlib.sha1), "FingerprintSha256": print_of(cert),
        "FingerprintSha512": print_of(cert, hashlib.sha512),
    }


class Entry:
    def __init__(self, alias, chain, key=None, owner="Tenant"):
        self.alias, self.chain, self.key, self.owner = alias, chain, key, owner
        self.modified = self.created = now()

    def props(self, store):
        return {  # [META] names and order; the values of Type, Owner and Status are not published: [INF]
            "Hexalias": self.alias.encode().hex().upper(),  # answers are in upper case [SAP]
            "Alias": self.alias, **props_of(self.chain[0]),
            "Type": "Key Pair" if self.key is not None else "Certificate", "Owner": self.owner, "Status": None,
            "CreatedBy": "twin", "CreatedTime": self.created, "LastModifiedBy": "twin", "LastModifiedTime": self.modified,
        }


class Flow:
    """One integration flow: design time, and what runs of it."""

    def __init__(self, name, version, runtime):
        self.name, self.version = name, version
        self.runtime = runtime  # version that runs; None: nothing does
        self.deployed_on = now() - datetime.timedelta(days=30)
        self.status, self.status_after, self.until = "STARTED", None, 0
        self.fails = None  # the ErrorInformation that the next deployment ends with
        self.error, self.error_at = None, 0
        self.loaded = {}  # what it took from the keystore when it began

    def settle(self):
        if self.until and time.monotonic() >= self.until:
            self.until = 0
            if self.status_after is None:
                self.runtime = None
            else:
                self.status = self.status_after
        return self.status


class Tenant:
    def __init__(self, page, build_s):
        self.lock = threading.RLock()
        self.stores = {"system": {}, "KeyRenewal": {}, "KeyHistory": {}}  # KeyHistory: [SPEC] name
        self.backup = None  # one slot [SAP]
        self.flows, self.bundles, self.tasks, self.logs = {}, {}, {}, []
        self.credentials = {"client": "secret", "user": "password"}
        self.tokens, self.csrf = {}, {}
        self.modified = now()
        self.settings = {"page": page, "build_s": build_s, "locked": 0, "csrf_bearer": False, "token_life_s": 3600,
                         "trust_any": False, "quoted_task": False, "slow_s": 0.0, "auto_message": "",
                         "hidden": [], "only_atom": "", "entry_url": ""}  # "ignore": Atom whatever is asked for; "406": JSON is refused
        self.faults, self.log, self.effects, self.secrets = [], [], [], []

    # -- keystore --------------------------------------------------------------------------------
    def store(self, name):
        if name == "backup_admin_system":
            return self.backup if self.backup is not None else {}
        if name not in self.stores:
            raise Problem(400, "Keystore %s does not exist" % name)
        return self.stores[name]

    def entry(self, hexalias, name):
        try:
            alias = bytes.fromhex(hexalias).decode()  # either case is taken [SAP]
        except ValueError:
            raise Problem(400, "Invalid hex alias")
        found = self.store(name).get(alias)
        if found is None:
            raise Problem(404, "Requested entity could not be found.", "Not Found")  # [CODE]
        return found

    def may_write(self, alias):
        if self.settings["locked"] > 0:
            # A keystore has a lock while somebody edits it [SAP]; status and text are not public [INF]
            self.settings["locked"] -= 1
            raise Problem(503, "Keystore system is locked by another user", "Service Unavailable", {"Retry-After": "1"})
        if alias.lower().startswith(RESERVED[0]) or alias.lower() in RESERVED[1:]:
            raise Problem(403, "The alias %s is reserved for SAP" % alias, "Forbidden")  # reserved [SAP], status [INF]

    def put(self, entry):
        store = self.stores["system"]
        if entry.alias in store:
            entry.created = store[entry.alias].created
        store[entry.alias] = entry
        self.modified = now()
        self.effect("put", entry.alias, print_of(entry.chain[0]))

    def effect(self, *what):
        self.effects.append(list(what))

    def is_trusted(self, chain):
        """Its issuer stands in the keystore, and it is not self-signed."""
        leaf = chain[0]
        if self.settings["trust_any"]:
            return True
        known = [e.chain[0] for e in self.stores["system"].values() if e.key is None]
        return leaf.subject != leaf.issuer and any(c.subject == chain[-1].issuer or c in chain for c in known)

    def demand_fingerprint(self, alias, chain, query):
        """Untrusted without fingerprintVerified: 409, status notImported [TEN]"""
        if query.get("fingerprintVerified") == "true" or self.is_trusted(chain):
            return
        body = {"d": {"results": [{"Hexalias": alias.encode().hex().upper(), "Alias": alias, "Status": "notImported",
                                   "FingerprintSha256": print_of(chain[0]), "ValidityState": "VALID"}]}}
        raise Problem(409, "The fingerprint of the certificate has to be verified", "Conflict", body=body)

    # -- flows -----------------------------------------------------------------------------------
    def deploy(self, flow):
        task = "%08x-%04x-4175-6b13-%012x" % (secrets.randbits(32), secrets.randbits(16), secrets.randbits(48))
        self.tasks[task] = (flow.name, time.monotonic() + self.settings["build_s"], flow.fails)
        self.effect("deploy", flow.name, flow.version)
        flow.runtime = flow.version
        flow.until = time.monotonic() + 2 * self.settings["build_s"]
        flow.status, flow.status_after = "STARTING", "ERROR" if flow.fails else "STARTED"
        flow.error, flow.error_at = flow.fails, time.monotonic() + 3 * self.settings["build_s"]
        flow.fails = None
        flow.deployed_on = now()
        # The SSL socket caches the keystore for 24 hours [SAP, seed 000]: what it loads it keeps.
        flow.loaded = {a: print_of(e.chain[0]) for a, e in self.stores["system"].items()}
        return task


# -- the wire ------------------------------------------------------------------------------------
class Time(str):
    """DateTime: without a zone in XML (it is UTC), without an offset in JSON [SAP]"""


def json_value(value):
    if isinstance(value, datetime.datetime):
        return "/Date(%d+0000)/" % (value.timestamp() * 1000)  # DateTimeOffset [TEN]
    if isinstance(value, Time):
        at = datetime.datetime.fromisoformat(value).replace(tzinfo=UTC)
        return "/Date(%d)/" % (at.timestamp() * 1000)  # [SAP]
    return value


def xml_value(name, value):
    if value is None:
        return '<d:%s m:null="true"/>' % name
    if isinstance(value, datetime.datetime):
        value = value.strftime("%Y-%m-%dT%H:%M:%SZ")  # [SAP]
    return "<d:%s>%s</d:%s>" % (name, escape(str(value)), name)


def atom_entry(origin, kind, key, props, links=(), outer=True):
    uri = "%s%s/%s" % (origin, BASE, key)
    head = '<entry xmlns="http://www.w3.org/2005/Atom" xmlns:m="%s" xmlns:d="%s">' % (M, D) if outer else "<entry>"
    link = "".join('<link href="%s/%s" rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/%s" '
                   'type="application/atom+xml;type=feed" title="%s">%s</link>' % (key, n, n, n, inner) for n, inner in links)
    body = "".join(xml_value(n, v) for n, v in props.items())
    return ('%s<id>%s</id><title type="text">%s</title><updated>%s</updated><category term="com.sap.hci.api.%s" '
            'scheme="%s/scheme"/><link href="%s" rel="edit" title="%s"/>%s<content type="application/xml">'
            '<m:properties>%s</m:properties></content></entry>'
            % (head, uri, kind, now().strftime("%Y-%m-%dT%H:%M:%SZ"), kind, D, key, kind, link, body))


def atom_feed(origin, kind, rows, next_link, count=None, outer=True):
    head = ('<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="%s" '
            'xmlns:d="%s" xml:base="%s%s/">' % (M, D, origin, BASE)) if outer else "<feed>"
    tail = '<link href="%s" rel="next"/>' % escape(next_link, {'"': "&quot;"}) if next_link else ""  # absolute [SAP]
    counted = "<m:count>%d</m:count>" % count if count is not None else ""
    return "%s<id>%s%s/%s</id><title>%s</title>%s%s%s</feed>" % (
        head, origin, BASE, kind, kind, counted, "".join(atom_entry(origin, kind, key, props, links, False)
                                                         for key, props, links in rows), tail)


class Answer:
    def __init__(self, status, body=b"", kind="application/json", headers=None):
        self.status, self.kind, self.headers = status, kind, dict(headers or {})
        self.body = body.encode() if isinstance(body, str) else body


# [META] entity sets, their types, and the properties of those that renew reads; functions at the end
TYPES = {
    "KeystoreEntries": ("KeystoreEntry", "Hexalias Alias KeyType KeySize ValidNotBefore ValidNotAfter SerialNumber SignatureAlgorithm "
                        "EllipticCurve Validity SubjectDN IssuerDN Version FingerprintSha1 FingerprintSha256 FingerprintSha512 Type Owner "
                        "Status CreatedBy CreatedTime LastModifiedBy LastModifiedTime"),
    "Keystores": ("Keystore", "Name LastModifiedBy LastModifiedTime Size"), "KeystoreResources": ("KeystoreResource", "Name Resource Password"),
    "KeyPairResources": ("KeyPairResource", "Hexalias Alias Resource Password"), "CertificateResources": ("CertificateResource", "Hexalias"),
    "CertificateChainResources": ("CertificateChainResource", "Hexalias"), "CertificateSigningRequests": ("CertificateSigningRequest", "Hexalias"),
    "KeyPairGenerationRequests": ("KeyPairGenerationRequest", "Hexalias Alias CommonName Country KeyType KeySize"),
    "HistoryKeystoreEntries": ("HistoryKeystoreEntry", "Hexalias Alias FingerprintSha256 ActiveFrom ActiveUntil ActivatedBy DeactivatedBy "
                               "ActivationSequenceNumber OriginalAlias"),
    "IntegrationDesigntimeArtifacts": ("IntegrationDesigntimeArtifact", "Id Version PackageId Name Description Sender Receiver"),
    "ScriptCollectionDesigntimeArtifacts": ("ScriptCollectionDesigntimeArtifact", "Id Version PackageId Name"),
    "IntegrationRuntimeArtifacts": ("IntegrationRuntimeArtifact", "Id Version Name Type DeployedBy DeployedOn Status"),
    "IntegrationPackages": ("IntegrationPackage", "Id Name"), "BuildAndDeployStatus": ("BuildAndDeployStatus", "TaskId Status"),
    "ServiceEndpoints": ("ServiceEndpoint", "Name Id Title Version Protocol"),
    "MessageProcessingLogs": ("MessageProcessingLog", "MessageGuid Status LogStart LogEnd IntegrationFlowName"),
}


def metadata(hidden):
    """hidden: "Set" or "Set.Property" that this tenant does not know (an older release)."""
    types, sets = "", ""
    for name, (kind, properties) in TYPES.items():
        if name in hidden:
            continue
        types += '<EntityType Name="%s">%s</EntityType>' % (kind, "".join(
            '<Property Name="%s" Type="Edm.String"/>' % p for p in properties.split() if "%s.%s" % (name, p) not in hidden))
        sets += '<EntitySet Name="%s" EntityType="com.sap.hci.api.%s"/>' % (name, kind)
    sets += '<FunctionImport Name="DeployIntegrationDesigntimeArtifact" m:HttpMethod="POST"/>'
    return ('<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
            '<edmx:DataServices m:DataServiceVersion="1.0" xmlns:m="%s"><Schema Namespace="com.sap.hci.api" '
            'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">%s<EntityContainer Name="Container" m:IsDefaultEntityContainer="true">%s'
            '</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>' % (M, types, sets))


class Api:
    """One request, answered. `query` has the custom options, `data` the body."""

    def __init__(self, tenant, method, path, query, data, wants_json, origin):
        self.t, self.method, self.path, self.query, self.data = tenant, method, path, query, data
        self.wants_json, self.origin = wants_json, origin

    # answers
    def one(self, kind, key, props, status=200, expanded=None):
        if self.wants_json:
            d = {"__metadata": {"id": "%s%s/%s" % (self.origin, BASE, key), "uri": "%s%s/%s" % (self.origin, BASE, key),
                                "type": "com.sap.hci.api." + kind}}
            d.update({n: json_value(v) for n, v in props.items()})
            d.update(expanded or {})
            return Answer(status, json.dumps({"d": d}))
        return Answer(status, '<?xml version="1.0" encoding="utf-8"?>' + atom_entry(self.origin, kind, key, props),
                      "application/atom+xml;charset=utf-8")

    def many(self, kind, rows, linked=None):
        """rows: [(key, props, or what gives them)]; 1000 a page [SAP]; the next link is absolute [SAP]"""
        skip = int(self.query.get("$skiptoken", 0))
        page = self.t.settings["page"]
        shown, rest = rows[skip:skip + page], rows[skip + page:]
        shown = [(key, props() if callable(props) else props) for key, props in shown]
        select = [n for n in self.query.get("$select", "").split(",") if n]
        for name in select:
            if "%s.%s" % (kind, name) in self.t.settings["hidden"]:
                raise Problem(400, "Property %s is unknown" % name)  # [ODATA]
        if select:
            shown = [(key, {n: props[n] for n in select if n in props}) for key, props in shown]
        follow = None
        if rest:
            options = {k: v for k, v in self.query.items() if k != "$skiptoken"}
            options["$skiptoken"] = str(skip + page)
            follow = "%s%s%s?%s" % (self.origin, BASE, self.path, urllib.parse.urlencode(options, safe="$,'"))
        linked = linked or (lambda key: {})
        if self.wants_json:
            results = [dict({"__metadata": {"id": "%s%s/%s" % (self.origin, BASE, key)}},
                            **{n: json_value(v) for n, v in props.items()}, **linked(key)) for key, props in shown]
            d = {"results": results}
            if follow:
                d["__next"] = follow  # [ODATA] name, [SAP] behaviour
            return Answer(200, json.dumps({"d": d}))
        rows_xml = []
        for key, props in shown:
            links = [(n, "<m:inline>" + atom_feed(self.origin, n, [("%s(%d)" % (n, i), p, ()) for i, p in
                                                                   enumerate(v["results"])], None, outer=False) + "</m:inline>")
                     for n, v in linked(key).items()]
            rows_xml.append((key, props, links))
        return Answer(200, atom_feed(self.origin, kind, rows_xml, follow), "application/atom+xml;charset=utf-8")

    def body_json(self):
        try:
            return json.loads(self.data or b"{}")
        except ValueError:
            raise Problem(400, "Invalid request body")

    def route(self):
        if re.match("/([A-Za-z]*)", self.path).group(1) in self.t.settings["hidden"]:
            self.no_such_set()
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, self.path)
            if found and method == self.method:
                return act(self, *[urllib.parse.unquote(g) for g in found.groups()])
        self.no_such_set()

    def no_such_set(self):  # [ODATA] the words of Apache Olingo
        raise Problem(404, "Could not find an entity set or function import for '%s'" % self.path.strip("/"), "Not Found")

    def name(self):
        return self.query.get("keystoreName", "system")

    # keystore
    def root(self):
        return Answer(200, json.dumps({"d": {"EntitySets": ["KeystoreEntries"]}}))

    def metadata(self):
        return Answer(200, metadata(self.t.settings["hidden"]), "application/xml;charset=utf-8")

    def entries(self):  # [SPEC]
        store = self.t.store(self.name())
        return self.many("KeystoreEntries", [("KeystoreEntries('%s')" % a.encode().hex().upper(), functools.partial(e.props, self.name()))
                                             for a, e in sorted(store.items())])

    def read(self, hexalias):  # [SPEC]
        return self.one("KeystoreEntry", "KeystoreEntries('%s')" % hexalias.upper(),
                        self.t.entry(hexalias, self.name()).props(self.name()))

    def certificate(self, hexalias):  # PEM, although the type says DER [SAP]
        entry = self.t.entry(hexalias, self.name())
        cert = entry.chain[-1] if self.query.get("rootCA") == "true" else entry.chain[0]
        return Answer(200, pem_of(cert), "application/pkix-cert")

    def chain(self, hexalias):  # PEM-wrapped PKCS#7 [TEN]
        certs = self.t.entry(hexalias, self.name()).chain
        return Answer(200, pkcs7.serialize_certificates(certs, serialization.Encoding.PEM), "application/x-pkcs7-certificates")

    def chain_list(self, hexalias):  # [SPEC]
        certs = self.t.entry(hexalias, self.name()).chain
        return self.many("ChainCertificates", [("ChainCertificates(Hexalias='%s',Index=%d)" % (hexalias, i), {
            "Hexalias": hexalias.upper(), "Index": i, "SubjectDN": c.subject.rfc4514_string(),
            "IssuerDN": c.issuer.rfc4514_string(), "FingerprintSha256": print_of(c)}) for i, c in enumerate(certs)])

    def import_certificate(self, hexalias):  # [TEN] statuses; the docs show the PEM inside brackets [SAP]
        alias = bytes.fromhex(hexalias).decode()
        self.t.may_write(alias)
        certs = certs_of_any(self.data)
        if not certs:
            raise Problem(400, "The certificate could not be parsed")
        if alias in self.t.stores["system"] and self.query.get("update") != "true":
            raise Problem(400, "Entry with alias %s already exists" % alias)
        self.t.demand_fingerprint(alias, certs, self.query)
        self.t.put(Entry(alias, certs[:1]))
        return Answer(201 if self.query.get("returnKeystoreEntries") == "true" else 204)

    def generate(self):  # [SPEC]; self-signed, three years by default [SAP]
        wish = self.body_json()
        for need in ("Hexalias", "Alias", "CommonName", "Country"):
            if not wish.get(need):
                raise Problem(400, "Property %s is required" % need)
        alias = wish["Alias"]
        self.t.may_write(alias)
        if alias in self.t.stores["system"]:
            raise Problem(400, "Entry with alias %s already exists" % alias)
        kind = wish.get("KeyType", "RSA")
        if kind == "EC":
            key = ec.generate_private_key({"secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1}.get(
                wish.get("KeyAlgorithmParameter"), ec.SECP256R1)())
        elif kind == "RSA":
            key = rsa.generate_private_key(65537, int(wish.get("KeySize") or 4096))
        else:
            raise Problem(400, "KeyType %s is not supported by this twin" % kind)
        names = [(NameOID.COUNTRY_NAME, "Country"), (NameOID.STATE_OR_PROVINCE_NAME, "State"), (NameOID.LOCALITY_NAME, "Locality"),
                 (NameOID.ORGANIZATION_NAME, "Organization"), (NameOID.ORGANIZATIONAL_UNIT_NAME, "OrganizationUnit"),
                 (NameOID.COMMON_NAME, "CommonName")]
        subject = x509.Name([x509.NameAttribute(oid, wish[n]) for oid, n in names if wish.get(n)])
        cert = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now())
                .not_valid_after(now() + datetime.timedelta(days=3 * 365)).sign(key, hashes.SHA256()))
        self.t.put(Entry(alias, [cert], key))
        return self.one("KeyPairGenerationRequest", "KeyPairGenerationRequests('%s')" % alias.encode().hex().upper(),
                        {"Hexalias": alias.encode().hex().upper(), "Alias": alias}, 201)

    def request(self, hexalias):  # [TEN] PKCS#10 in PEM
        entry = self.t.entry(hexalias, "system")
        if entry.owner != "Tenant" or entry.key is None or entry.alias in ("id_rsa", "id_dsa"):  # [SAP]
            raise Problem(400, "No signing request can be created for %s" % entry.alias)
        csr = x509.CertificateSigningRequestBuilder().subject_name(entry.chain[0].subject).sign(entry.key, hashes.SHA256())
        return Answer(200, csr.public_bytes(serialization.Encoding.PEM), "application/pkcs10")

    def requests(self, *_):  # declared in $metadata, and not there [TEN]
        raise Problem(404, "Requested entity could not be found.", "Not Found")

    def signing_response(self, hexalias):  # [TEN]
        entry = self.t.entry(hexalias, "system")
        self.t.may_write(entry.alias)
        if len(self.data) > LIMIT_P12:
            raise Problem(413, "The signing response is too large", "Request Entity Too Large")  # limit [SAP], status [INF]
        certs = certs_of_any(self.data)
        leaf = [c for c in certs if spki(c.public_key()) == spki(entry.chain[0].public_key())]
        if entry.key is None or not leaf:
            raise Problem(400, "The public key of the CA Reply is different from the public key of the keystore entry")
        chain = in_order(certs, leaf[0])
        self.t.demand_fingerprint(entry.alias, chain, self.query)
        self.t.put(Entry(entry.alias, chain, entry.key))
        return Answer(204)

    def not_readable(self, *_):  # [TEN]
        raise Problem(400, "Read is not supported")

    def import_pair(self):  # [SPEC]; the first key of several counts [SAP]
        wish = self.body_json()
        self.t.secrets += [str(wish.get("Password")), str(wish.get("Resource"))[:60]]
        alias = wish.get("Alias") or ""
        self.t.may_write(alias)
        try:
            data = base64.b64decode(wish.get("Resource") or "", validate=True)
        except ValueError:
            raise Problem(400, "Resource is not base64")
        if len(data) > LIMIT_P12:
            raise Problem(413, "The key pair is too large", "Request Entity Too Large")  # limit [SAP], status [INF]
        try:
            key, leaf, more = pkcs12.load_key_and_certificates(data, (wish.get("Password") or "").encode())
        except ValueError:
            raise Problem(400, "The password is wrong, or the file is no PKCS#12")
        if key is None or leaf is None:
            raise Problem(400, "The PKCS#12 holds no key pair")
        if alias in self.t.stores["system"] and self.query.get("update") != "true":
            raise Problem(400, "Entry with alias %s already exists" % alias)  # [TEN] for certificates
        chain = in_order(list(more), leaf)
        self.t.demand_fingerprint(alias, chain, self.query)
        self.t.put(Entry(alias, chain, key))
        if self.query.get("returnKeystoreEntries") == "true":
            return self.many("KeystoreEntries", [("KeystoreEntries('%s')" % alias.encode().hex().upper(),
                                                  dict(self.t.stores["system"][alias].props("system"), Status="added"))])
        return Answer(201)  # [INF] the status without entries

    def keystore_post(self):
        wish = self.body_json()
        if wish.get("Name") == "backup_admin_system":  # overwrites the old backup: one slot [SAP]
            self.t.may_write("backup")
            self.t.backup = {a: e for a, e in self.t.stores["system"].items() if e.owner == "Tenant"}
            self.t.effect("backup")
            return Answer(201)  # [INF] the status
        raise Problem(400, "This twin imports no JKS")

    def keystore_put(self):
        if self.query.get("retrieveBackup") == "backup_admin_system":  # every entry of the tenant's [SAP]
            self.t.may_write("backup")
            if self.t.backup is None:
                raise Problem(404, "Requested entity could not be found.", "Not Found")
            kept = {a: e for a, e in self.t.stores["system"].items()
                    if e.owner != "Tenant" or self.query.get("importOption") == "overwrite"}
            self.t.stores["system"] = {**kept, **self.t.backup}
            self.t.effect("restore")
            return Answer(200)
        if self.query.get("deleteEntries") == "true":
            aliases, word, text = [], "", self.body_json().get("Aliases", "")
            i = 0
            while i < len(text):  # ';' parts aliases; in an alias it is '\;', and '\' is '\\' [SAP]
                if text[i] == "\\" and i + 1 < len(text):
                    i += 1
                    word += text[i]
                elif text[i] == ";":
                    aliases.append(word)
                    word = ""
                else:
                    word += text[i]
                i += 1
            aliases.append(word)
            for alias in aliases:
                if alias not in self.t.stores["system"]:
                    raise Problem(404, "Requested entity could not be found.", "Not Found")
            for alias in aliases:
                self.t.may_write(alias)
                del self.t.stores["system"][alias]
                self.t.effect("delete", alias)
            return Answer(200)
        raise Problem(400, "Nothing to do")

    def keystore_export(self):
        return Answer(200, b"".join(pem_of(c) for e in self.t.stores["system"].values() for c in e.chain), "application/octet-stream")

    def delete(self, hexalias):
        name = self.name()
        entry = self.t.entry(hexalias, name)
        if name == "KeyRenewal":
            if self.query.get("activate") != "true":  # the same URL without the option destroys it [SPEC]
                del self.t.stores[name][entry.alias]
                self.t.effect("delete-pending", entry.alias)
                return Answer(200)
            old = self.t.stores["system"].get(entry.alias)  # [SAP]: old to history, system overwritten, new taken out
            if old is not None:
                self.t.stores["KeyHistory"][entry.alias] = old
            del self.t.stores[name][entry.alias]
            entry.modified = now()
            self.t.stores["system"][entry.alias] = entry
            self.t.effect("activate", entry.alias, print_of(entry.chain[0]))
            return Answer(200)
        self.t.may_write(entry.alias)
        del self.t.stores["system"][entry.alias]
        self.t.effect("delete", entry.alias)
        return Answer(200)

    def rename(self, hexalias):
        wanted = self.query.get("renameAlias")
        entry = self.t.entry(hexalias, "system")
        if wanted is None:
            raise Problem(400, "renameAlias is missing")
        if self.body_json() != {"Status": None}:
            raise Problem(400, "The request body must contain a property with null value")  # [SAP]
        self.t.may_write(wanted)
        self.t.may_write(entry.alias)
        if wanted in self.t.stores["system"]:
            raise Problem(400, "Entry with alias %s already exists" % wanted)  # not published [INF]
        del self.t.stores["system"][entry.alias]
        self.t.effect("rename", entry.alias, wanted)
        entry.alias, entry.modified = wanted, now()
        self.t.stores["system"][wanted] = entry
        return Answer(200)

    def history(self):
        rows = []
        for number, (alias, entry) in enumerate(sorted(self.t.stores["KeyHistory"].items())):
            props = entry.props("KeyHistory")
            props.update(ActivatedBy="twin", ActiveFrom=entry.created, DeactivatedBy="twin", ActiveUntil=entry.modified,
                         ActivationSequenceNumber=number + 1, OriginalAlias=alias)  # [META]
            rows.append(("HistoryKeystoreEntries('%s')" % alias.encode().hex().upper(), props))
        return self.many("HistoryKeystoreEntries", rows)

    def history_copy(self, hexalias):  # [SPEC]
        entry = self.t.entry(hexalias, "KeyHistory")
        alias = self.query.get("destinationAlias", entry.alias)
        self.t.stores["KeyRenewal"][alias] = Entry(alias, entry.chain, entry.key, entry.owner)
        self.t.effect("history-copy", entry.alias, alias)
        return Answer(200)

    def keystore(self):
        entries = self.t.stores["system"]
        return self.one("Keystore", "Keystores('system')", {
            "Name": "system", "LastModifiedBy": "twin", "LastModifiedTime": self.t.modified, "Size": len(entries)})

    def size(self):
        return Answer(200, str(sum(len(pem_of(c)) for e in self.t.stores["system"].values() for c in e.chain)), "text/plain")

    # integration content
    def flow(self, name):
        found = self.t.flows.get(name)
        if found is None:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        return found

    def designtime(self, name, version):  # 'active' or 'Active' [CODE]
        flow = self.flow(name)
        if version.lower() != "active" and version != flow.version:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        return self.one("IntegrationDesigntimeArtifact", "IntegrationDesigntimeArtifacts(Id='%s',Version='active')" % name,
                        {"Id": name, "Version": flow.version, "PackageId": "twin", "Name": name, "Description": "",
                         "Sender": "", "Receiver": "", "ArtifactContent": None})

    def packages(self):  # [SAP] "Integration Content": IntegrationPackages
        names = sorted({package for package, _, _ in self.t.bundles.values()})
        return self.many("IntegrationPackage", [("IntegrationPackages('%s')" % n, {"Id": n, "Name": n}) for n in names])

    def artifacts(self, package, kind="IntegrationDesigntimeArtifact"):  # [SAP]
        if package not in {p for p, _, _ in self.t.bundles.values()}:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        return self.many(kind, [
            ("%ss(Id='%s',Version='active')" % (kind, n), {"Id": n, "Version": "1.0.0", "PackageId": p, "Name": n})
            for n, (p, _, k) in sorted(self.t.bundles.items()) if p == package and k == kind])

    def collections(self, package):  # [SPEC]
        return self.artifacts(package, "ScriptCollectionDesigntimeArtifact")

    def bundle(self, name, version):  # a zip archive [SAP]; "active" or "Active" [CODE]
        kind = self.path.split("(")[0].strip("/")[:-1]
        if name not in self.t.bundles or version.lower() != "active" or self.t.bundles[name][2] != kind:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        return Answer(200, self.t.bundles[name][1], "application/zip")

    def deploy(self):
        flow = self.flow(self.query.get("Id", "").strip("'"))
        if flow.runtime is not None and flow.settle() == "STOPPING":
            raise Problem(409, "The artifact is being stopped", "Conflict")  # "cannot be restarted meanwhile" [SAP], status [INF]
        task = self.t.deploy(flow)
        # The body is the bare id [CODE, TEN], sometimes in quotes [CODE]
        return Answer(202, '"%s"' % task if self.t.settings["quoted_task"] else task, "text/plain")

    def build(self, task):  # [SAP]
        if task not in self.t.tasks:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        _, ends, fails = self.t.tasks[task]
        status = "DEPLOYING" if time.monotonic() < ends else "FAIL" if fails == "build" else "SUCCESS"
        return self.one("BuildAndDeployStatus", "BuildAndDeployStatus(TaskId='%s')" % task, {"TaskId": task, "Status": status})

    def runtime_props(self, flow):
        return {"Id": flow.name, "Version": flow.runtime, "Name": flow.name, "Type": "INTEGRATION_FLOW", "DeployedBy": "twin",
                "DeployedOn": Time(flow.deployed_on.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]), "Status": flow.settle()}

    def runtime(self, name):
        flow = self.flow(name)
        flow.settle()
        if flow.runtime is None:
            raise Problem(404, "Requested entity could not be found.", "Not Found")
        return self.one("IntegrationRuntimeArtifact", "IntegrationRuntimeArtifacts('%s')" % name, self.runtime_props(flow))

    def runtimes(self):
        return self.many("IntegrationRuntimeArtifacts", [("IntegrationRuntimeArtifacts('%s')" % n, self.runtime_props(f))
                                                         for n, f in sorted(self.t.flows.items()) if f.runtime is not None])

    def undeploy(self, name):  # 202, then STOPPING, then gone [SAP, CODE]
        self.runtime(name)
        flow = self.flow(name)
        if flow.status == "STOPPING":
            raise Problem(409, "The artifact is being stopped", "Conflict")  # [INF]
        flow.status, flow.status_after = "STOPPING", None
        flow.until = time.monotonic() + self.t.settings["build_s"]
        self.t.effect("undeploy", name)
        return Answer(202)

    def error_information(self, name):  # 204 for a while, then JSON [CODE]
        flow = self.flow(name)
        if flow.error is None or time.monotonic() < flow.error_at:
            return Answer(204)
        return Answer(200, json.dumps({"message": {"subsystemName": "CONTENT_DEPLOY", "messageId": "ArtifactFailed",
                                                   "messageText": flow.error}, "parameter": [flow.error], "childMessageInstances": []}))

    def endpoints(self):
        rows = [f for n, f in sorted(self.t.flows.items()) if f.runtime is not None]
        found = re.match(r"Name eq '(.*)'", self.query.get("$filter", ""))
        if found:
            rows = [f for f in rows if f.name == found.group(1)]
        by_key = {"ServiceEndpoints('%s$1')" % f.name: f for f in rows}
        return self.many("ServiceEndpoints", [(key, {"Name": f.name, "Id": f.name + "$endpointAddress=/" + f.name, "Title": f.name,
                                                     "Version": f.runtime, "Protocol": "REST"}) for key, f in by_key.items()],
                         lambda key: {"EntryPoints": {"results": [{
                             "Name": by_key[key].name, "Url": self.t.settings["entry_url"] or "%s/http/%s" % (self.origin, by_key[key].name), "Type": "PROD",
                             "AdditionalInformation": ""}]}} if "EntryPoints" in self.query.get("$expand", "") else {})

    def mpl(self):
        status = self.t.settings["auto_message"]  # each flow that was deployed has processed one message
        for flow in self.t.flows.values() if status else ():
            if flow.settle() == "STARTED" and not any(r["flow"] == flow.name and r["of"] == flow.deployed_on for r in self.t.logs):
                self.t.logs.append({"id": secrets.token_hex(14), "flow": flow.name, "status": status, "of": flow.deployed_on,
                                    "error": "certificate_unknown from the receiver" if status == "FAILED" else "",
                                    "end": (flow.deployed_on + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]})
        rows = self.t.logs
        name = re.search(r"IntegrationArtifact/Id eq '([^']*)'", self.query.get("$filter", ""))
        if name:
            rows = [r for r in rows if r["flow"] == name.group(1)]
        since = re.search(r"LogEnd g[te] datetime'([^']*)'", self.query.get("$filter", ""))
        if since:
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", since.group(1)):
                raise Problem(400, "Invalid datetime literal")  # no zone in a literal [SAP]
            rows = [r for r in rows if r["end"] > since.group(1)]
        return self.many("MessageProcessingLogs", [("MessageProcessingLogs('%s')" % r["id"], {
            "MessageGuid": r["id"], "Status": r["status"], "LogStart": Time(r["end"]), "LogEnd": Time(r["end"]),
            "IntegrationFlowName": r["flow"]}) for r in rows])

    def mpl_error(self, guid):
        return Answer(200, "".join(r.get("error", "") for r in self.t.logs if r["id"] == guid), "text/plain")


HEX = r"\('([0-9A-Fa-f]*)'\)"
NAME = r"\('([^']*)'\)"
ROUTES = [
    ("GET", "/?", Api.root), ("GET", r"/\$metadata", Api.metadata),
    ("GET", "/KeystoreEntries", Api.entries), ("GET", "/KeystoreEntries" + HEX, Api.read),
    ("GET", "/KeystoreEntries" + HEX + r"/Certificate/\$value", Api.certificate),
    ("GET", "/KeystoreEntries" + HEX + r"/ChainResource/\$value", Api.chain),
    ("GET", "/KeystoreEntries" + HEX + "/ChainCertificates", Api.chain_list),
    ("GET", "/KeystoreEntries" + HEX + r"/SigningRequest/\$value", Api.request),
    ("GET", "/CertificateSigningRequests.*", Api.requests),
    ("PUT", "/CertificateResources" + HEX + r"/\$value", Api.import_certificate),
    ("POST", "/KeyPairGenerationRequests", Api.generate),
    ("PUT", "/CertificateChainResources" + HEX + r"/\$value", Api.signing_response),
    ("GET", "/CertificateChainResources.*", Api.not_readable),
    ("POST", "/KeyPairResources", Api.import_pair), ("POST", "/KeystoreResources", Api.keystore_post),
    ("PUT", r"/KeystoreResources\('system'\)", Api.keystore_put), ("GET", r"/KeystoreResources\('system'\)", Api.keystore_export),
    ("DELETE", "/KeystoreEntries" + HEX, Api.delete), ("PUT", "/KeystoreEntries" + HEX, Api.rename),
    ("GET", "/HistoryKeystoreEntries", Api.history), ("PUT", "/HistoryKeystoreEntries" + HEX, Api.history_copy),
    ("GET", r"/Keystores\('system'\)", Api.keystore), ("GET", r"/Keystores\('system'\)/Size/\$value", Api.size),
    ("GET", r"/IntegrationDesigntimeArtifacts\(Id='([^']*)',Version='([^']*)'\)", Api.designtime),
    ("GET", "/IntegrationPackages", Api.packages),
    ("GET", "/IntegrationPackages" + NAME + "/IntegrationDesigntimeArtifacts", Api.artifacts),
    ("GET", r"/IntegrationDesigntimeArtifacts\(Id='([^']*)',Version='([^']*)'\)/\$value", Api.bundle),
    ("GET", "/IntegrationPackages" + NAME + "/ScriptCollectionDesigntimeArtifacts", Api.collections),
    ("GET", r"/ScriptCollectionDesigntimeArtifacts\(Id='([^']*)',Version='([^']*)'\)/\$value", Api.bundle),
    ("POST", "/DeployIntegrationDesigntimeArtifact", Api.deploy),
    ("GET", r"/BuildAndDeployStatus\(TaskId='([^']*)'\)", Api.build),
    ("GET", "/IntegrationRuntimeArtifacts", Api.runtimes), ("GET", "/IntegrationRuntimeArtifacts" + NAME, Api.runtime),
    ("GET", "/IntegrationRuntimeArtifacts" + NAME + r"/ErrorInformation/\$value", Api.error_information),
    ("DELETE", "/IntegrationRuntimeArtifacts" + NAME, Api.undeploy), ("GET", "/ServiceEndpoints", Api.endpoints),
    ("GET", "/MessageProcessingLogs", Api.mpl),
    ("GET", "/MessageProcessingLogs" + NAME + r"/ErrorInformation/\$value", Api.mpl_error),
]

GATEWAY = ("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway: Registered endpoint failed to handle "
           "the request.</h1></body></html>")
# answers in place of the right one, without an effect: what a remote side may send
HOSTILE = {
    "html": (200, "text/html", GATEWAY),
    "no-route": (404, "text/plain", "404 Not Found: Requested route ('acme-prod.it-cpi.example') does not exist."),  # Cloud Foundry's router
    "doctype": (200, "application/atom+xml", '<?xml version="1.0"?><!DOCTYPE e [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
                '<entry xmlns="http://www.w3.org/2005/Atom">&b;</entry>'),
    "attributes": (200, "application/atom+xml", '<entry xmlns="http://www.w3.org/2005/Atom" ' +
                   " ".join('a%d="x"' % i for i in range(100000)) + "/>"),
    "deep-json": (200, "application/json", "[" * 200000),
    "deep-xml": (200, "application/atom+xml", "<a>" * 200000),
    "wrong-type": (200, "image/png", "\x89PNG"),
    "empty": (200, "application/json", ""),
    "not-json": (200, "application/json", '{"d":{"results":[{"Hexalias":'),
    "huge": (200, "application/json", " " * (64 << 20)),
    "other-next": (200, "application/json", '{"d":{"results":[],"__next":"https://elsewhere.example/api/v1/KeystoreEntries"}}'),
    "binary": (200, "application/json", bytes(range(256)).decode("latin-1") * 50),
}
STATUSES = {"400": 400, "401": 401, "403": 403, "404": 404, "409": 409, "413": 413, "423": 423, "429": 429, "500": 500, "503": 503}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, *_):
        pass

    def version_string(self):
        return "twin"

    # -- faults ----------------------------------------------------------------------------------
    def fault(self):
        line = "%s %s" % (self.command, self.path)
        with self.server.tenant.lock:
            for fault in self.server.tenant.faults:
                if fault["times"] != 0 and re.search(fault["match"], line):
                    if fault["skip"] > 0:
                        fault["skip"] -= 1
                        continue
                    fault["times"] -= 1  # a negative number lasts for ever
                    fault["hits"] += 1
                    return fault
        return None

    def cut(self):
        """The connection ends with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        try:
            socket.socket(fileno=os.dup(self.connection.fileno())).close()
            os.dup2(os.open(os.devnull, os.O_RDWR), self.connection.fileno())
        except OSError:
            pass

    def send(self, answer, fault=None):
        mode = fault["mode"] if fault else ""
        body = answer.body
        headers = {"Content-Type": answer.kind, **answer.headers}
        if mode == "truncated-gzip" or "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 100000:
            body = gzip.compress(body or b"{}" * 100)
            headers["Content-Encoding"] = "gzip"
        if mode == "truncated-gzip":
            body = body[:len(body) // 2]
        if mode == "truncated":
            body = body[:len(body) // 2]
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status not in (204,):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mode == "reset":
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            self.cut()
        elif mode == "slow-loris":
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                self.wfile.flush()
                time.sleep(fault.get("s", 0.5))
        elif self.command != "HEAD":
            self.wfile.write(body)

    def do(self):
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError, OSError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self):
        data = self.read_body()
        tenant = self.server.tenant
        fault = self.fault()
        mode = fault["mode"] if fault else ""
        with tenant.lock:
            tenant.log.append({"n": len(tenant.log) + 1, "method": self.command, "path": self.path, "fault": mode,
                               "bytes": len(data), "csrf": self.headers.get("X-CSRF-Token"), "cookie": bool(self.headers.get("Cookie")),
                               "auth": (self.headers.get("Authorization") or "").split(" ")[0],
                               "peer": bool(self.connection.getpeercert()), "accept": self.headers.get("Accept"),
                               "connection": id(self.connection)})
        if tenant.settings["slow_s"]:
            time.sleep(tenant.settings["slow_s"])
        if mode == "lost":  # never arrived
            self.cut()
            return
        if mode == "expired":  # the next connections meet an expired server certificate
            self.server.expired = fault.get("connections", 1)
            self.cut()
            return
        if mode == "gone":  # never arrived, and for a moment nobody listens
            self.server.be_gone(0.3)
            self.cut()
            return
        if mode in HOSTILE:
            status, kind, body = HOSTILE[mode]
            body = body.replace("https://elsewhere.example", fault.get("elsewhere", "https://elsewhere.example"))
            self.send(Answer(status, body.encode("utf-8", "surrogateescape"), kind))
            return
        if mode in ("circle-next", "endless-next"):  # pages without an entry, each with a next one
            number = len(tenant.log) % 3 if mode == "circle-next" else len(tenant.log)
            self.send(Answer(200, json.dumps({"d": {"results": [], "__next": "https://%s%s&page=%d" % (
                self.headers["Host"], self.path.split("&page=")[0], number)}})))
            return
        if mode == "headers":
            self.send(Answer(200, '{"d":{"results":[]}}', headers={"X-Long": "a" * fault.get("length", 200000)}))
            return
        if mode == "redirect-loop":
            self.send(Answer(302, b"", "text/html", {"Location": self.path}))
            return
        if mode == "redirect-elsewhere":
            self.send(Answer(302, b"", "text/html", {"Location": fault.get("elsewhere", "https://elsewhere.example") + "/"}))
            return
        if mode in STATUSES:
            headers = {"Retry-After": str(fault.get("s", 1))} if mode in ("429", "503") else {}
            self.send(Answer(STATUSES[mode], json.dumps({"error": {"code": mode, "message": {"lang": "en", "value": "twin says " + mode}}}),
                             headers=headers))
            return
        answer = self.judge(data)
        if mode == "duplicate":
            answer = self.judge(data)
        if mode == "executed-lost":
            self.cut()
        elif mode == "executed-5xx":
            self.send(Answer(502, GATEWAY, "text/html"))
        elif mode == "slow":
            time.sleep(fault.get("s", 5))
            self.send(answer)
        else:
            self.send(answer, fault)

    # -- who asks, and what ----------------------------------------------------------------------
    def judge(self, data):
        split = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True))
        path = split.path
        headers = {}
        tenant = self.server.tenant
        wants_json = "json" in (self.headers.get("Accept") or "") and not tenant.settings["only_atom"]
        try:
            with tenant.lock:
                if path == "/oauth/token":
                    return self.token(data, query)
                if path == "/receiver":  # not of the tenant: a receiver that looks at the client's certificate
                    return self.receive()
                if path.startswith("/http/"):  # an entry point of a flow: nobody is let in without a log-on [SAP]
                    flow = tenant.flows.get(path[len("/http/"):])
                    tenant.effect("entered", self.headers.get("Authorization") or "")
                    return Answer(401 if flow and flow.runtime is not None and flow.settle() == "STARTED" else 404)
                if not path.startswith(BASE):
                    raise Problem(404, "no such path", "Not Found")
                if "/" in urllib.parse.unquote(re.sub(r"\$value|/[A-Za-z$]+", "", path[len(BASE):])) and "%2f" in path.lower():
                    raise Problem(400, "Malformed URI")  # no '/' in a URI, not even encoded [SAP]
                self.authenticate(headers)
                if tenant.settings["only_atom"] == "406" and self.headers.get("Accept") == "application/json" and self.command == "GET" and \
                        "X-CSRF-Token" not in self.headers:
                    raise Problem(406, "JSON is not offered", "Not Acceptable")  # Atom is the default [SAP], the status [ODATA]
                api = Api(tenant, self.command, path[len(BASE):], query, data, wants_json, self.server.origin)
                answer = api.route()
                answer.headers.update(headers)
                return answer
        except Problem as problem:
            return self.refuse(problem, wants_json, headers)

    def refuse(self, problem, wants_json, headers):
        headers = {**headers, **problem.headers}
        if problem.body is not None:
            return Answer(problem.status, json.dumps(problem.body), headers=headers)
        if wants_json:  # [SPEC]
            return Answer(problem.status, json.dumps({"error": {"code": problem.code, "message": {"lang": "en", "value": problem.message}}}),
                          headers=headers)
        return Answer(problem.status, '<?xml version="1.0" encoding="utf-8"?><error xmlns="%s"><code>%s</code><message xml:lang="en">%s'
                      "</message></error>" % (M, escape(problem.code), escape(problem.message)), "application/xml;charset=utf-8", headers)  # [ODATA]

    def basic(self):
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            return base64.b64decode(value).decode().partition(":")
        except ValueError:
            return None

    def receive(self):
        der = self.connection.getpeercert(True)
        shown = hashlib.sha256(der).hexdigest() if der else ""
        accepted = self.server.tenant.settings.get("accepted")
        self.server.tenant.effect("called", shown[:16])
        return Answer(200 if der and (accepted is None or shown in accepted) else 403)

    def token(self, data, query):
        """[SAP] POST with Basic and grant_type in the query or the form"""
        form = {**query, **dict(urllib.parse.parse_qsl(data.decode(errors="replace")))}
        user = self.basic()
        by_certificate = bool(self.connection.getpeercert()) and form.get("client_id") in self.server.tenant.credentials  # [INF]
        if form.get("grant_type") != "client_credentials":
            return Answer(400, json.dumps({"error": "unsupported_grant_type"}))
        if not by_certificate and (user is None or self.server.tenant.credentials.get(user[0]) != user[2]):
            return Answer(401, json.dumps({"error": "unauthorized", "error_description": "Bad credentials"}))
        token = secrets.token_hex(16)
        life = self.server.tenant.settings["token_life_s"]
        self.server.tenant.tokens[token] = time.monotonic() + life
        return Answer(200, json.dumps({"access_token": token, "token_type": "bearer", "expires_in": life, "scope": "", "jti": "twin"}))

    def authenticate(self, headers):
        tenant = self.server.tenant
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        way = None
        if kind.lower() == "bearer" and tenant.tokens.get(value, 0) > time.monotonic():
            way = "bearer"
        user = self.basic()
        if user is not None and tenant.credentials.get(user[0]) == user[2]:
            way = "basic"
        if way is None and not kind and self.connection.getpeercert():  # [SAP] a certificate, directly
            way = "certificate"
        if way is None:
            raise Problem(401, "Unauthorized", "Unauthorized", {"WWW-Authenticate": "Bearer"})
        needs = way != "bearer" or tenant.settings["csrf_bearer"]  # [CODE]: none with a bearer; Neo wants it there too [SAP]
        cookies = dict(c.strip().split("=", 1) for c in (self.headers.get("Cookie") or "").split(";") if "=" in c)
        session = cookies.get("JSESSIONID", "")
        if self.command in ("GET", "HEAD"):
            if (self.headers.get("X-CSRF-Token") or "").lower() == "fetch":
                session, token = secrets.token_hex(8), secrets.token_hex(8).upper()
                tenant.csrf[session] = token
                headers["X-CSRF-Token"] = token
                headers["Set-Cookie"] = "JSESSIONID=%s; Path=/; Secure; HttpOnly" % session
            return
        # The token counts only with the cookies that came with it [CODE]
        if needs and (not session or tenant.csrf.get(session) != self.headers.get("X-CSRF-Token")):
            raise Problem(403, "CSRF token validation failed", "Forbidden", {"X-CSRF-Token": "Required"})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    expired = 0

    def __init__(self, tenant, good, bad):
        super().__init__(("127.0.0.1", 0), Handler)
        self.tenant, self.good, self.bad = tenant, good, bad
        self.origin = "https://localhost:%d" % self.server_address[1]

    def be_gone(self, seconds):
        self.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(seconds)
        again = socket.socket()
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(self.server_address)
        again.listen(self.request_queue_size)
        os.dup2(again.fileno(), self.socket.fileno())  # serve_forever goes on with the same number

    def get_request(self):
        try:
            return super().get_request()
        except OSError:  # gone
            time.sleep(0.02)
            raise

    def finish_request(self, request, address):
        # the handshake in the connection's own thread: a silent peer holds nobody up
        context = self.good
        if self.expired > 0:
            self.expired -= 1
            context = self.bad
        try:
            request.settimeout(60)
            request = context.wrap_socket(request, server_side=True)
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (ssl.SSLError, OSError):
            return
        try:
            super().finish_request(request, address)
        finally:
            try:
                request.close()
            except OSError:
                pass

    def handle_error(self, request, address):
        pass


class Control(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def say(self, what, status=200):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        t = self.server.tenant
        with t.lock:
            if self.path == "/log":
                return self.say(t.log)
            if self.path == "/secrets":  # what must be found nowhere else
                return self.say(t.secrets)
            return self.say({
                "effects": t.effects, "faults": t.faults,
                "stores": {n: {a: [print_of(e.chain[0]), e.key is not None, len(e.chain)] for a, e in s.items()} for n, s in t.stores.items()},
                "backup": None if t.backup is None else {a: print_of(e.chain[0]) for a, e in t.backup.items()},
                "flows": {n: {"runtime": f.runtime, "status": f.settle(), "loaded": f.loaded, "deployed": f.deployed_on.isoformat()}
                          for n, f in t.flows.items()}})

    def do_POST(self):
        t = self.server.tenant
        wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        with t.lock:
            if self.path == "/entry":
                pem = wish["pem"].encode()
                key = None
                if b"PRIVATE KEY" in pem:
                    key = serialization.load_pem_private_key(pem[pem.index(b"-----BEGIN", max(0, pem.find(b"PRIVATE KEY") - 20)):], None)
                certs = certs_of_pem(pem)
                leaf = certs[0] if key is None else [c for c in certs if spki(c.public_key()) == spki(key.public_key())][0]
                chain = in_order(certs, leaf)
                for n in range(wish.get("copies", 0) or 1):
                    alias = wish["alias"] if not wish.get("copies") else "%s-%05d" % (wish["alias"], n)
                    t.store(wish.get("store", "system"))[alias] = Entry(alias, chain, key, wish.get("owner", "Tenant"))
            elif self.path == "/drop":
                t.store("system").pop(wish["alias"], None)
            elif self.path == "/backup":
                t.backup = dict(t.stores["system"])
            elif self.path == "/flow":
                t.flows[wish["id"]] = Flow(wish["id"], wish.get("version", "1.0.0"), wish.get("runtime", "1.0.0"))
                t.flows[wish["id"]].loaded = {a: print_of(e.chain[0]) for a, e in t.stores["system"].items()}
                t.flows[wish["id"]].fails = wish.get("fails")
            elif self.path == "/bundle":
                t.bundles[wish["id"]] = wish["package"], base64.b64decode(wish["zip"]), wish.get("kind", "IntegrationDesigntimeArtifact")
            elif self.path == "/message":
                t.logs.append({"id": secrets.token_hex(14), "flow": wish["flow"], "status": wish["status"], "error": wish.get("error", ""), "of": None,
                               "end": now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]})
            elif self.path == "/set":
                t.settings.update(wish)
            elif self.path == "/fault":
                t.faults.append({"match": wish.get("match", "."), "mode": wish["mode"], "times": wish.get("times", 1), "hits": 0,
                                 "skip": wish.get("skip", 0), **{k: v for k, v in wish.items() if k in ("s", "connections", "elsewhere")}})
            elif self.path == "/clear-faults":
                for fault in t.faults:
                    fault["times"] = 0
                self.server.twin.expired = 0
            elif self.path == "/clear":
                t.faults.clear()
                t.log.clear()
                t.effects.clear()
                t.tokens.clear()
                if wish.get("backup"):
                    t.backup = None
                self.server.twin.expired = 0
            else:
                return self.say({"error": "no such control"}, 404)
        self.say({})


def make_cert(name, ca=None, days=30, is_ca=False, start_days=0):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = now() + datetime.timedelta(days=start_days, minutes=-5)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(ca[0].subject if ca else subject)
               .public_key(key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(begin)
               .not_valid_after(begin + datetime.timedelta(days=days))
               .add_extension(x509.BasicConstraints(is_ca, None), True))
    if is_ca:
        builder = builder.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    return builder.sign(ca[1] if ca else key, hashes.SHA256()), key


def write(path, *parts):
    with open(path, "wb") as out:
        os.chmod(path, 0o600)
        for part in parts:
            out.write(pem_of(part) if isinstance(part, x509.Certificate) else part.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def context_of(folder, name, ca, days, start_days):
    path = os.path.join(folder, name)
    cert, key = make_cert("localhost", ca, days, start_days=start_days)
    write(path, cert, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(os.path.join(folder, "client-ca.pem"))
    return context


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--page", type=int, default=1000)
    parser.add_argument("--build-s", type=float, default=0.3)
    parser.add_argument("--days", type=int, default=10, help="how long its server certificate is valid")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    path = lambda name: os.path.join(options.folder, name)
    root, client_ca = make_cert("Twin Server Root", days=400, is_ca=True), make_cert("Twin Client CA", days=400, is_ca=True)
    write(path("server-root.pem"), root[0])
    write(path("client-ca.pem"), client_ca[0])
    write(path("client-ca.key"), client_ca[1])
    tenant = Tenant(options.page, options.build_s)
    good = context_of(options.folder, "server.pem", root, options.days, 0)
    bad = context_of(options.folder, "expired.pem", root, 1, -5)
    twin = Server(tenant, good, bad)
    control = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Control)
    control.daemon_threads = True
    control.tenant, control.twin = tenant, twin
    threading.Thread(target=control.serve_forever, daemon=True).start()
    with open(path("ready.next"), "w") as out:
        out.write("%d %d\n" % (twin.server_address[1], control.server_address[1]))
    os.rename(path("ready.next"), path("ready"))
    twin.serve_forever()


if __name__ == "__main__":
    main()
