#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_flows.py FOLDER: integration flows for scan.t: made/ (each kind of channel and step that names a
key, in a bundle's folder, a bundle and a package export) and hostile/ (what must be refused)."""
import io
import os
import random
import sys
import warnings
import zipfile
from xml.sax.saxutils import escape

HEAD = ('<?xml version="1.0" encoding="UTF-8"?><bpmn2:definitions '
        'xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd" id="Definitions_1">\n')
FLOWS = "src/main/resources/scenarioflows/integrationflow/"


def extension(values):
    rows = "".join("<ifl:property>\n<key>%s</key>\n<value>%s</value></ifl:property>\n" % (k, escape(v))
                   for k, v in values)
    return "<bpmn2:extensionElements>%s</bpmn2:extensionElements>" % rows


def channel(number, component, direction, *values):
    end = 'sourceRef="Step_1" targetRef="P1"' if direction == "Receiver" else 'sourceRef="P1" targetRef="Step_1"'
    return '<bpmn2:messageFlow id="C%d" name="%s" %s>%s</bpmn2:messageFlow>\n' % (
        number, component, end, extension([("ComponentType", component), ("direction", direction), *values]))


def step(number, activity, *values):
    return '<bpmn2:callActivity id="S%d" name="%s">%s</bpmn2:callActivity>\n' % (
        number, activity, extension([("activityType", activity), *values]))


def flow(parts):
    return (HEAD + '<bpmn2:collaboration id="K"><bpmn2:participant id="P1" name="Other &lt;system&gt;"/>'
            + "".join(parts) + "</bpmn2:collaboration></bpmn2:definitions>").encode()


def names(*pairs):
    return "".join("<row><cell id='clientCertificate.subjectDN'>%s</cell>"
                   "<cell id='clientCertificate.issuerDN'>%s</cell></row>" % pair for pair in pairs)


PARAMETERS = ("#Sat Nov 21 10:00:00 UTC 2026, which goes on? No: \\\n! another comment\n"
              "Authorization=ClientCertificate\n"
              "<Größe\\:\\ alias>=größe\n".encode("utf-8").decode("utf-8").replace("ö", "\\u00F6").replace("ß", "\\u00df")
              + "long = begins\\\n    and ends\nempty=\ntwice=first\ntwice=second\r\n"
              "dn=CN\\=shop,O\\=Contoso\nprivate\\ Key\\ (prod)=shop-prod\ncert=Client Certificate\n"
              "  colon \t:\\\n   after-colon\nsplit\\\n  Key\\\n  = joined\nnested=pre-{{colon}}\n"
              "circle={{other circle}}\nother\\ circle={{circle}}\nstar=\\ud83d\\uDE00\nends=with\\\\\nblank=at-the-end  \nand=CN\\=a,O\\=Tom & <Co>\n"
              "pgp\\ users=<row><cell id\\='EncryptUserID'>them@example.com</cell></row>\nlast=x\\").encode("latin-1")
PARTS = [
    channel(1, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "plain")),
    channel(2, "HTTP", "Receiver", ("authenticationMethod", "{{cert}}"), ("privateKeyAlias", "{{private Key (prod)}}")),
    channel(3, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "")),
    channel(4, "HTTP", "Receiver", ("authenticationMethod", "Basic"), ("privateKeyAlias", "stale")),
    channel(5, "HTTP", "Receiver", ("authenticationMethod", "None"), ("privateKeyAlias", "")),
    channel(6, "HTTP", "Receiver", ("authenticationMethod", "{{not set}}"), ("privateKeyAlias", "")),
    channel(7, "HTTP", "Receiver", ("authenticationMethod", "{{empty}}"), ("privateKeyAlias", "")),
    channel(8, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "${property.key}")),
    channel(9, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "{{not set}}")),
    channel(10, "HCIOData", "Receiver", ("authenticationMethod", "Client Certificate"),
            ("alias", "a credential"), ("odataCertAuthPrivateKeyAlias", "{{<Größe: alias>}}")),
    channel(11, "SOAP", "Receiver", ("authentication", "Client Certificate"), ("privateKeyAlias", "{{long}}"),
            ("PrivateKeyAliasSigning", "wss"), ("PublicKeyAliasEncryption", "{{twice}}"), ("WSSecurity_outbound", "x")),
    channel(12, "IDOC", "Receiver", ("authentication", "Client Certificate"), ("privateKeyAlias", "")),
    channel(13, "XI", "Receiver", ("AuthenticationType", "ClientCertificate"), ("ClientCertificateAlias", "xi")),
    channel(14, "AS2", "Receiver", ("authenticationType", "None"), ("privateKeyAlias", ""),
            ("privateKeyAliasForSigning", "pd:Signer"), ("publicKeyAliasForEncryption", "partner"),
            ("mdnUserCredentialAlias", "no key")),
    channel(15, "SFTP", "Sender", ("authentication", "public_key"), ("privateKeyAlias", "")),
    channel(16, "SFTP", "Receiver", ("authentication", "user_password"), ("privateKeyAlias", "")),
    channel(17, "AMQP", "Receiver", ("keyStoreAlias", "queue"), ("trustStoreAlias", "queue-root")),
    channel(18, "Custom", "Receiver", ("someAliasOfAKey", "odd")),
    channel(20, "HTTPS", "Sender", ("senderAuthType", "{{Authorization}}"), ("userRole", ""),
            ("clientCertificates", names(("{{dn}}", "CN=Root"), ("", ""), ("CN=b", "CN=Root"), ("CN=Bolts&Nuts,O=A & B&C", "CN=R&amp;D")))),
    channel(21, "HTTPS", "Sender", ("senderAuthType", "RoleBased"), ("userRole", "Shop.send"),
            ("clientCertificates", names(("CN=stale", "CN=Root")))),
    channel(22, "ODataSender", "Sender", ("authentication", "certificate")),
    channel(23, "SOAP", "Sender", ("senderAuthType", "{{not set}}"), ("userRole", "ESBMessaging.send")),
    step(30, "PgpEncrypt", ("PgpEncryptionUserIDs", "<row><cell id='EncryptUserID'>shop@example.com</cell></row>")),
    step(31, "PgpDecrypt", ("PgpDecryptionSignerUserIDs", "<row><cell id='userId'>{{empty}}</cell></row>")),
    step(32, "SimpleSignMessage", ("privateKeyAlias", "${header.who}")),
    step(33, "XMLDigitalSignMessage", ("privateKeyAlias", "xml-signer")),
    # A second look at what published flows have, and at adapters that no table knows.
    channel(40, "AS2", "Sender", ("mdnAuthenticationType", "ClientCertificate"), ("mdnPrivateKeyAlias", ""),
            ("senderAuthType", "RoleBased"), ("userRole", "AS2.send")),
    channel(41, "AS2", "Sender", ("mdnAuthenticationType", "None"), ("mdnPrivateKeyAlias", "stale-mdn"),
            ("senderAuthType", "RoleBased")),
    channel(42, "Mail", "Receiver", ("auth", "plain"), ("encrypt.type", "smime"), ("proxyAlias", "a user"),
            ("signature.smime.table", "<row><cell id='keyAlias'>mail-signer</cell><cell id='algorithm'>SHA-512</cell></row>"),
            ("encrypt.smime.keys", "<row><cell id='key'>mail-partner</cell></row><row><cell id='key'></cell></row>")),
    channel(43, "OpenConnectors", "Receiver", ("openConnectorAlias", "an account")),
    channel(44, "Bank", "Receiver", ("bankAuth", "Client Certificate"), ("bankKeyAlias", "")),
    channel(45, "Bank", "Receiver", ("bankAuth", "Client Certificate"), ("bankPrivateKeyAlias", "bank")),
    channel(46, "Bank", "Receiver", ("bankAuth", "Basic"), ("bankPrivateKeyAlias", "bank-stale")),
    channel(47, "Older", "Receiver", ("authentication", "{{cert}}")),
    channel(48, "Invoicing", "Sender", ("senderAuthType", "ClientCertificate"), ("clientCertificates", names(("CN=inv", "CN=Root")))),
    channel(49, "Poller", "Sender", ("authenticationMethod", "Client Certificate"), ("pollerSigningAlias", "poll-sign")),
    channel(50, "IDoc", "Receiver", ("authentication", "Client Certificate"), ("privateKeyAlias", "{{nested}}")),
    channel(51, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "{{circle}}")),
    channel(52, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "{{colon}}-{{splitKey}}{{star}}{{ends}}")),
    channel(53, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "eu-${header.country}-{{last}}")),
    channel(56, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "<Receiver PrivateKeyAlias>")),
    channel(71, "AS2", "Sender", ("mdnAuthenticationType", "Dynamic"), ("mdnPrivateKeyAlias", ""), ("senderAuthType", "RoleBased")),
    channel(72, "HTTP", "Receiver", ("authenticationMethod", "OAuth2 SAML Bearer Assertion"), ("credentialName", "{{colon}}"),
            ("privateKeyAlias", "")),
    channel(73, "SuccessFactors", "Receiver", ("authenticationMethod", "OAuth2 SAML Bearer Assertion"), ("alias", "SF_SAML")),
    channel(74, "SOAP", "Receiver", ("enableBasicAuthentication", "0"), ("privateKeyAlias", "")),
    channel(75, "SOAP", "Receiver", ("enableBasicAuthentication", "true"), ("privateKeyAlias", "stale-box")),
    channel(76, "SOAP", "Sender", ("enableBasicAuthentication", "{{box}}"), ("clientCertificates", names(("CN=old", "CN=Root")))),
    channel(77, "SOAP", "Sender", ("enableBasicAuthentication", "true"), ("clientCertificates", names(("CN=old", "CN=Root")))),
    channel(54, "JDBC", "Receiver", ("alias", "a data source")),
    channel(55, "JMS", "Receiver", ("QueueName_outbound", "q")),
    step(60, "Encrypt", ("recipients", "\n <row><cell id='publicKeyAlias'>partner-1</cell></row><row><cell id='publicKeyAlias'>{{colon}}</cell></row>")),
    step(61, "Decrypt", ("signerPublicKeyAliases", "<row><cell id='alias'>partner-2</cell></row>")),
    step(62, "VerifySign", ("publicKeyAlias", "partner-3")),
    step(63, "XMLDigitalVerifySign", ("publicKeyAlias", "${property.partner}")),
    step(64, "PgpEncrypt", ("PgpSignerUserIDs", "<row><cell id='SignerID'>us@example.com</cell></row>")),
    step(65, "Enricher", ("propertyTable", "<row><cell id='Name'>keyAlias</cell><cell id='Value'>no alias here</cell></row>"
                          "<row><cell id='Action'>Create</cell><cell id='Type'>constant</cell><cell id='Value'>{{colon}}</cell>"
                          "<cell id='Name'>key</cell></row><row><cell id='Type'>xpath</cell><cell id='Value'>/a</cell><cell id='Name'>key</cell></row>"),
         ("wrapContent", "<!DOCTYPE html>")),
    step(68, "Script", ("scriptBundleId", "scripts"), ("script", "s.groovy")),
    step(69, "Script", ("scriptBundleId", "scripts"), ("script", "t.groovy")),
    step(70, "Script", ("scriptBundleId", "elsewhere"), ("script", "s.groovy")),
    # A third look, at what the documentation of adapters says and at flows of other hands.
    channel(80, "Elster", "Receiver", ("signatureKeyExpression", "tax-sign"), ("encryptionKeyExpression", "${header.taxKey}")),
    channel(81, "AMQP", "Receiver", ("authentication", "Transport_ClientCertificate"), ("keyStoreAlias", "")),
    channel(82, "AMQP", "Receiver", ("authentication", "Transport_OAuth2"), ("credentialName", "mesh")),
    channel(83, "Legacy", "Sender", ("authentication", "Client Certificate"), ("clientCertificates", names(("CN=legacy", "CN=Root"))),
            ("userRole", "Legacy.send")),
    channel(91, "HTTPS", "Sender", ("senderAuthType", "ClientCertificate"), ("clientCertificates", names(("{{and}}", "{{blank}}")))),
    channel(84, "Slack", "Receiver", ("slackTokenAlias", "a secure parameter"), ("apiKeyAlias", "another"),
            ("clientSecretAlias", "a third"), ("tokenSigningKeyAlias", "jwt-key")),
    step(85, "Encrypt", ("receivers", "<row><cell id='alias'>partner-4</cell></row><row><cell id='alias'>partner-5</cell></row>")),
    step(86, "XMLDigitalVerifySign", ("alias", "partner-6")),
    step(87, "Enricher", ("alias", "no key")),
    channel(88, "HTTP", "Receiver", ("authenticationMethod", "\n  Client Certificate\n"), ("privateKeyAlias", "\n  laid-out-anew\n  ")),
    channel(89, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "{{blank}}")),
    step(90, "PgpEncrypt", ("PgpEncryptionUserIDs", "{{pgp users}}")),
    "<!-- it's a comment " + "=" * 600 + " -->\n",
    channel(66, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "behind-a-comment")).replace(
        "<value>behind-a-comment</value>", "<value><![CDATA[behind-a-comment]]></value>"),
    step(67, "Enricher", ("body", "PAGE")).replace("PAGE", "<![CDATA[<!DOCTYPE html><p class='x'>]]>"),
]
SCRIPT = b"""import com.sap.it.api.keystore.KeystoreService
def alias = "from-variable"
def other = cond ? "a" : "b"
def key = service.getKey(alias)
def direct = service.getKeyPair('direct')
def unknown = service.getKey(message.getProperty("x"))
def built = service.getCertificate("prefix-${name}")
  // def gone = service.getKey("commented-out")
def spaced = service.getKey ( "spaced" )
def joined = service.getKey("front" + alias)
def part = "front" + name
def byPart = service.getKey(part)
def grown = "front"
grown += name
def byGrown = service.getKey(grown)
def all = service.getKeyManagers()
def one = service.getKeyManagers("manager")
def trust = service.getTrustManagers()
"""
MANIFEST = (b"Manifest-Version: 1.0\r\nBundle-Name: Every kind of channel, with a name that is folde\r\n d over two lines"
            b"\r\nBundle-SymbolicName: com.example.shop; singleton:=true\r\nBundle-Version: 1.2.3\r\n")
BUNDLE = {"META-INF/MANIFEST.MF": MANIFEST, "src/main/resources/parameters.prop": PARAMETERS,
          FLOWS + "Shop flow.iflw": flow(PARTS), "src/main/resources/script/sign.groovy": SCRIPT,
          "src/main/resources/script/other.groovy": b"def alias = 'nothing to do with keys'\n",
          "src/main/resources/script/hidden.gsh": b"def s = ITApiFactory.getApi(KeystoreService.class, null)\n",
          "src/main/resources/script/umlaut.js": "service = api(KeystoreService); k = service.getKey('schl\u00fcssel')".encode("latin-1"),
          "src/main/resources/script/only.groovy": b"// KeystoreService in a comment only\n",
          "src/main/resources/mapping/java.xsl": b"<xsl:stylesheet xmlns:k='java:com.sap.it.api.keystore.KeystoreService'/>"}


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def make(base):
    for name, content in BUNDLE.items():
        write(os.path.join(base, "made/folder", name), content)
    write(os.path.join(base, "made/bundle.zip"), zipped(BUNDLE))
    package = {"0123456789abcdef0123456789abcdef_content": zipped(BUNDLE), "1123456789abcdef_content": b"a text",
               "2123456789abcdef_content": zipped({"META-INF/MANIFEST.MF": b"Bundle-SymbolicName: values\n", "value_mapping.xml": b"<vm/>"}),
               "3123456789abcdef_content": zipped({"META-INF/MANIFEST.MF": b"Bundle-SymbolicName: map\n",
                                                   "src/main/resources/mapping/m.mmap": b"\0\1"}),
               "4123456789abcdef_content": zipped({"META-INF/MANIFEST.MF": b"Bundle-SymbolicName: scripts\nBundle-Version: 2.0\n",
                                                   "src/main/resources/script/s.groovy": SCRIPT}),
               "5123456789abcdef_content": zipped({}), "resources.cnt": b"e30=", "hash": b"[]"}
    write(os.path.join(base, "made/package.zip"), zipped(package))
    write(os.path.join(base, "made/windows.ZIP"), zipped({name.replace("/", "\\"): content for name, content in BUNDLE.items()}))
    write(os.path.join(base, "made/alone/x.iflw"), flow(PARTS[:2]))
    write(os.path.join(base, "made/alone/x.parameters.prop"), b"cert=Client Certificate\nprivate\\ Key\\ (prod)=alone\n")

    write(os.path.join(base, "made/second/y.iflw"), flow([channel(
        1, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"), ("privateKeyAlias", "shop-prod"))]))

    german = flow([channel(1, "HTTP", "Receiver", ("authenticationMethod", "Client Certificate"),
                           ("privateKeyAlias", "Schlüssel-für-Köln"))]).decode()
    for name, code, said in (("le", "utf-16", "UTF-16"), ("latin", "iso-8859-1", "iso-8859-1"),
                             ("euro", "iso-8859-15", "ISO-8859-15"), ("western", "cp1252", "Windows-1252"),
                             ("plain", "utf-8", "utf-8"), ("mark", "utf-8-sig", "UTF-8")):
        write(os.path.join(base, "made/encodings/%s.iflw" % name),
              german.replace("UTF-8", said, 1).encode(code))
    write(os.path.join(base, "made/encodings/be.iflw"),
          b"\xfe\xff" + german.replace("UTF-8", "UTF-16", 1).encode("utf-16-be"))
    lower = {name: content.replace(b"Bundle-", b"bundle-") for name, content in BUNDLE.items()}
    write(os.path.join(base, "made/lower.zip"), zipped(lower))

    hostile = os.path.join(base, "hostile")
    write(hostile + "/doctype.iflw", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + flow(PARTS[:1]))
    write(hostile + "/attributes.iflw", HEAD.replace(' id="', "".join(' a%d=""' % i for i in range(100000)) + ' id="').encode()
          + b"</bpmn2:definitions>")
    write(hostile + "/deep.iflw", HEAD.encode() + b"<bpmn2:x>" * 100000)
    write(hostile + "/other.iflw", b"<html><body>Bad Gateway</body></html>")
    write(hostile + "/binary.iflw", bytes(range(256)) * 10)
    write(hostile + "/utf16.iflw", flow(PARTS[:1]).decode().encode("utf-16") + b"<")
    write(hostile + "/empty.iflw", b"")
    write(hostile + "/broken.zip", zipped(BUNDLE)[:-400])
    whole = bytearray(zipped(BUNDLE, zipfile.ZIP_STORED))
    place = whole.find(b"privateKeyAlias")
    whole[place] ^= 1
    write(hostile + "/checksum.zip", bytes(whole))
    write(hostile + "/bomb.zip", zipped({FLOWS + "bomb.iflw": b"\0" * (65 * 1024 * 1024)}))
    for name, patch in (("encrypted", lambda head: head[:6] + b"\1" + head[7:]), ):
        whole = zipped({FLOWS + "x.iflw": flow(PARTS[:1])}, zipfile.ZIP_STORED)
        central = whole.find(b"PK\1\2")
        write(hostile + "/%s.zip" % name, patch(whole[:central]) + whole[central:central + 8] + b"\1" + whole[central + 9:])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.writestr(FLOWS + "x.iflw", flow(PARTS[:1]))
        made.writestr(FLOWS + "x.iflw", flow(PARTS[1:2]))
    write(hostile + "/twice.zip", out.getvalue())
    link = zipfile.ZipInfo(FLOWS + "x.iflw")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    write(hostile + "/link.zip", zipped({link: b"/etc/passwd"}))
    write(hostile + "/hidden.iflw", HEAD.encode() + b"<!-- ' --><a" + b"".join(b" a%d=\"\"" % i for i in range(100000))
          + b"/></bpmn2:definitions>")
    write(hostile + "/late.iflw", b"<?xml version='1.0'?><!-- <bpmn2:x> --><!DOCTYPE x []>" + HEAD.encode() + b"</bpmn2:definitions>")
    nested = zipped(BUNDLE)
    for _ in range(6):
        nested = zipped({"inner.zip": nested})
    write(hostile + "/nested.zip", nested)
    write(hostile + "/outside.zip", zipped({"../../../../tmp/outside.iflw": flow(PARTS[:1])}))
    os.symlink("..", hostile + "/loop")


def many(base):
    """500 bundles in a folder, and an archive of 200,001 names."""
    for i in range(500):
        for name in ("META-INF/MANIFEST.MF", "src/main/resources/parameters.prop", FLOWS + "x.iflw",
                     "src/main/resources/script/other.groovy"):
            write(os.path.join(base, "many/p%d" % i, name), BUNDLE.get(name, flow(PARTS[:1])))
    with zipfile.ZipFile(os.path.join(base, "names.zip"), "w") as made:
        for i in range(200001):
            made.writestr("%d" % i, b"")


COMPONENTS = ("Elster HTTP HCIOData SOAP IDOC IDoc XI AS2 AS4 SFTP PollingSFTP AMQP AdvancedEventMesh Mail OpenConnectors SuccessFactors "
              "Kafka HTTPS ODataSender JMS Bank ProcessDirect").split() + [""]
STEPS = ("Encrypt Decrypt SignMessage VerifySign XMLDigitalVerifySign SimpleSignMessage PgpEncrypt PgpDecrypt Enricher Script").split() + [""]
KEYS = ("privateKeyAlias odataCertAuthPrivateKeyAlias authentication authenticationMethod authenticationType AuthenticationType "
        "ClientCertificateAlias PrivateKeyAliasSigning publicKeyAliasForEncryption privateKeyAliasForDecryption mdnPrivateKeyAlias "
        "mdnAuthenticationType keyStoreAlias trustStoreAlias signature.smime.table encrypt.smime.keys proxyAlias openConnectorAlias "
        "alias credentialName credential_name credentialAlias senderAuthType userRole clientCertificates enableBasicAuthentication "
        "someAlias clientKeyAlias sshKeyAlias aliasOfRoot verifyAlias keystoreName auth providerAuth PgpEncryptionUserIDs "
        "signatureKeyExpression apiTokenAlias tokenSignAlias PgpSignerUserIDs PgpDecryptionSignerUserIDs propertyTable headerTable").split()
VALUES = ["", "a", "Client Certificate", "ClientCertificate", "client_certificate", "Client Certificate Authentication", "Basic",
          "Dynamic", "Transport_ClientCertificate", " a ", "OAuth2 SAML Bearer Assertion", "public_key", "dual", "RoleBased", "true", "false", "0", "1", "{{p}}", "{{q}}",
          "x{{p}}y{{r}}", "{{none}}", "${header.a}", "${property.b}", "${property.b}x", "pd:x", "<ph>", "<>", "{{", "}}", "{{}}",
          "{{ p }}", "{{p}}{{p}}", "ä€😀", "a\nb", "<row>", "<row></row>", "<row><cell id='alias'>t</cell></row>",
          "<row><cell id='keyAlias'>{{p}}</cell><cell id='x'>n</cell></row>", " <row><cell>nope</cell></row>",
          "<row><cell id='subjectDN'>CN=a</cell><cell id='issuerDN'>{{r}}</cell></row><row><cell id='clientCertificate.subjectDN'></cell></row>",
          "<row x='1'><cell id='credentialAlias'>c</cell></row>", "<row><cell id='EncryptUserID'>u</cell><cell id='z'>w</cell></row>",
          "<row><cell id='userId'>{{p}}</cell></row>"]
LINES = ["p=pv", "r=<&", "q=<row><cell id='subjectDN'>{{p}}</cell></row>", "p : pv2", "q=", "q=Client Certificate", "r={{p}}", "r={{r}}", "r={{q}}{{none}}", "p=\\u0041", "p = <x>",
         "q=${header.z}", "p\\\n=cont", "#c\\\np=after", "p=a\\\n   b", "p= padded ", "!x=1\nq=RoleBased", "r=<row><cell id='alias'>in</cell></row>",
         "p", "p=", "=v", "\\ = sp"]


def some(base, seed):
    """Flows of parts at random, with parameters: what two readers may see differently."""
    pick = random.Random(seed)
    for i in range(150):
        parts = []
        for j in range(pick.randint(1, 6)):
            values = [(key, pick.choice(VALUES)) for key in pick.sample(KEYS, pick.randint(0, 7))]
            if pick.random() < 0.7:
                parts.append(channel(j, pick.choice(COMPONENTS), pick.choice(["Sender", "Receiver", "Receiver", ""]), *values))
            else:
                parts.append(step(j, pick.choice(STEPS), *values))
        write("%s/f%d.iflw" % (base, i), flow(parts))
        lines = "\n".join(pick.choice(LINES) for _ in range(pick.randint(0, 6)))
        write("%s/f%d.parameters.prop" % (base, i), lines.encode("latin-1"))


def seeds(base):
    """What tests/fuzz/fuzz_scan.c begins with: its first byte says what the rest is."""
    package = zipped({"0_content": zipped(BUNDLE), "resources.cnt": b"e30="})
    write(os.path.join(base, "package"), b"\0" + package)
    write(os.path.join(base, "bundle"), b"\0" + zipped(BUNDLE, zipfile.ZIP_STORED))
    write(os.path.join(base, "small"), b"\0" + zipped({FLOWS + "x.iflw": flow(PARTS[:1])}, zipfile.ZIP_STORED))
    for i, part in enumerate(PARTS):
        write(os.path.join(base, "part%d" % i), b"\1" + flow([part]) + b"\0" + PARAMETERS)
    write(os.path.join(base, "script"), b"\2" + SCRIPT)


if __name__ == "__main__":
    {"many": many, "seeds": seeds, "some": some, "all": make}[sys.argv[2] if sys.argv[2:] else "all"](sys.argv[1], *sys.argv[3:])
