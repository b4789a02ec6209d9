#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flows.py PATH: an independent reader of integration flows, for scan.t to compare `renew scan --json` with.

It shares no table and no code with runtime/scan: zip by zipfile, XML by ElementTree, properties by a
regular expression, and its own words for what counts. Prints one line a use and one a caller:
    flow|element or script|key|alias|how|in use
"""
import io
import os
import re
import sys
import xml.etree.ElementTree as ET
import zipfile

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FOLDER = "src/main/resources/scenarioflows/integrationflow/"


def logical_lines(text):
    """As java.util.Properties joins them: comments end where their line ends, an odd number of backslashes goes on."""
    lines = iter(re.split(r"\r\n|\r|\n", text))
    for line in lines:
        line = line.lstrip(" \t\f")
        if not line or line[0] in "#!":
            continue
        while (len(line) - len(line.rstrip("\\"))) % 2:
            line = line[:-1]
            more = next(lines, None)
            if more is None:
                break
            line += more.lstrip(" \t\f")
        yield line


def properties(raw):
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    unescape = lambda s: re.sub(
        r"\\u([0-9A-Fa-f]{4})|\\(.)",
        lambda m: chr(int(m[1], 16)) if m[1] else {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(m[2], m[2]),
        s, flags=re.S).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found = {}
    for line in logical_lines(text):
        match = re.match(r"((?:\\.|[^\\ \t\f:=])*)[ \t\f]*[:=]?[ \t\f]*(.*)$", line, re.S)
        if match[1]:
            found[unescape(match[1])] = unescape(match[2])
    return found


BLANKS = " \t\r\n\v\f"


def put_in(value, parameters, seen=()):
    """The value with parameters put in, and whether all had one; a parameter may name another."""
    whole = True

    def one(match):
        nonlocal whole
        name = match[1]
        if name not in parameters or name in seen:
            whole = False
            return match[0]
        inner, inner_whole = put_in(parameters[name], parameters, seen + (name,))
        whole = whole and inner_whole
        return inner

    return re.sub(r"\{\{(.*?)\}\}", one, value, flags=re.S), whole


def resolve(value, parameters):
    """As `put_in`, without blanks around it: programs that lay XML out anew put them there."""
    text, whole = put_in(value, parameters)
    return text.strip(BLANKS), whole


def plain(word):
    return re.sub(r"[\s_-]", "", word).lower()


# component, direction -> key -> (condition key, values, what an empty alias means)
CERTIFICATE = {"clientcertificate", "clientcertificateauthentication"}
TABLE = {
    ("HTTP", "Receiver"): {"privateKeyAlias": ("authenticationMethod", CERTIFICATE, "any")},
    ("HCIOData", "Receiver"): {"odataCertAuthPrivateKeyAlias": ("authenticationMethod", CERTIFICATE, "any")},
    ("SOAP", "Receiver"): {"privateKeyAlias": ("authentication", CERTIFICATE, "any")},
    ("IDOC", "Receiver"): {"privateKeyAlias": ("authentication", CERTIFICATE, "any")},
    ("XI", "Receiver"): {"ClientCertificateAlias": ("AuthenticationType", CERTIFICATE, "any")},
    ("AS2", "Receiver"): {"privateKeyAlias": ("authenticationType", CERTIFICATE, "any")},
    ("AS4", "Receiver"): {"privateKeyAlias": ("authenticationType", CERTIFICATE, "any")},
}
TABLE["AS2", "Sender"] = {"mdnPrivateKeyAlias": ("mdnAuthenticationType", CERTIFICATE, "any")}
for component in ("SFTP", "PollingSFTP"):
    for direction in ("Sender", "Receiver", ""):
        TABLE[component, direction] = {
            "privateKeyAlias": ("authentication", {"publickey", "dual", "dynamic"}, "ssh-default")}
AUTHORIZED = {"HTTPS": "senderAuthType", "SOAP": "senderAuthType", "IDOC": "senderAuthType", "AS2": "senderAuthType",
              "AS4": "senderAuthType", "XI": "senderAuthType", "ODataSender": "authentication"}
USERS = {("PgpEncrypt", "PgpEncryptionUserIDs"): "EncryptUserID", ("PgpEncrypt", "PgpSignerUserIDs"): None,
         ("PgpDecrypt", "PgpDecryptionSignerUserIDs"): "userId"}
NO_KEY = {"openConnectorAlias", "proxyAlias"}
KNOWN = {name.upper(): name for name in [c for c, _ in TABLE] + list(AUTHORIZED) + [c for c, _ in USERS]
         + ["Mail", "AMQP", "AdvancedEventMesh"]}
ELSTER = {("Elster", "signatureKeyExpression"), ("Elster", "encryptionKeyExpression")}
MAIL = {"signature.smime.table", "encrypt.smime.keys"}  # of a Mail receiver: aliases, named or not
FOR_MESSAGES = re.compile("verif|sign|crypt|trust|root|ssh", re.I)
OWN = re.compile("private|keystore|client", re.I)


def how_of(value, is_set, otherwise):
    if not is_set or (len(value) > 2 and value[0] == "<" and value[-1] == ">"):
        return "unset-parameter"
    if "${" in value:
        return "run-time"
    return "partner-directory" if value.startswith("pd:") else otherwise


def certainty(element, key, values, parameters):
    if key is None:
        return "yes"
    if key not in element:
        return "no" if box(element, parameters) in ("true", "1") else "maybe"
    value, whole = resolve(element[key], parameters)
    if not whole or not value or "${" in value or value.startswith("pd:"):
        return "maybe"
    return "yes" if plain(value) in values else "maybe" if plain(value) == "dynamic" else "no"


def box(element, parameters):
    """Of a channel of the first releases: whether it logs on with user and password."""
    return plain(resolve(element.get("enableBasicAuthentication", ""), parameters)[0])


def is_alias(name):
    lower = name.lower()
    no_key = re.search("credential|secret|password|apikey|accesskey", lower) or (
        "token" in lower and not re.search("key|sign", lower))
    return "alias" in lower and lower != "alias" and not no_key and name not in NO_KEY


def table_rows(written, parameters):
    """The rows of a table, written there or as a parameter, each a list of (id, text); parameters in it stay."""
    for value in (written, resolve(written, parameters)[0]):
        if re.match(r"[ \t\r\n]*<row[> ]", value):
            try:
                rows = [[(cell.get("id") or "", cell.text or "") for cell in row] for row in ET.fromstring("<t>%s</t>" % re.sub(r"&(?!#?[A-Za-z0-9]{1,9};)", "&amp;", value))]
            except ET.ParseError:
                continue
            if any(rows):
                return rows
    return []


def cells_of(written, parameters):
    return [cell for row in table_rows(written, parameters) for cell in row]


def rows_of(written, parameters):
    """The cells of each row by the last part of their name, with parameters put in."""
    return [{name.rsplit(".", 1)[-1]: resolve(text, parameters)[0] for name, text in row} for row in table_rows(written, parameters)]


def by_certificate(element, inbound, parameters):
    """The property by which the channel logs on with a certificate, and whether it says how it logs on."""
    says = False
    for key, written in element.items():
        value, _ = resolve(written, parameters)
        if "auth" in key.lower() and key != inbound and value:
            says = True
            if "clientcert" in plain(value):
                return key, True
    return None, says


def uses(place, component, direction, element, order, inbound, parameters):
    """Yields key, alias, how, in use, and whether it is a key to log on with (or nobody knows what it is for)."""
    rules = TABLE.get((component, direction), {}) if place == "channel" else {}
    certificate, says = by_certificate(element, inbound, parameters) if place == "channel" else (None, False)
    key_step = place == "step" and re.match("(?!pgp).*(sign|crypt)", component.lower())
    for key, written in order:
        value, whole = resolve(written, parameters)
        mail = place == "channel" and (component, direction) == ("Mail", "Receiver") and key in MAIL
        cells = cells_of(written, parameters)
        if cells:
            named = any(is_alias(name) or name == "alias" for name, _ in cells)
            for name, cell in cells:
                alias, cell_whole = resolve(cell, parameters)
                is_one = is_alias(name) or (name == "alias" and (is_alias(key) or key_step))
                if cell and (is_one or ((mail or key in rules or is_alias(key) or (component, key) in ELSTER) and not named)):
                    yield key, alias, how_of(alias, cell_whole and alias != "", "named"), "yes" if is_one else "maybe", \
                        place == "channel" and not FOR_MESSAGES.search(key + name) and not (key in rules and component[-4:] == "SFTP")
        elif key in rules:
            condition, values, empty = rules[key]
            used = certainty(element, condition, values, parameters)
            if value or (used == "yes") or (used == "maybe" and (element.get(condition) or box(element, parameters) in ("false", "0"))):
                yield key, value, how_of(value, whole, "named" if value else empty), used, component[-4:] != "SFTP"
        elif (mail or is_alias(key) or (component, key) in ELSTER or (key_step and key == "alias")) and value:
            messages = (component, key) in ELSTER or bool(FOR_MESSAGES.search(key + (component if place == "step" else ""))) or mail
            unsure = place == "channel" and not messages and OWN.search(key) and says and not certificate
            known = component in ("AMQP", "AdvancedEventMesh") and key == "keyStoreAlias"
            yield key, value, how_of(value, whole, "named"), "maybe" if unsure and not known else "yes", not messages
        if (component, key) in USERS and place == "step":
            for name, cell in cells_of(written, parameters):
                alias, cell_whole = resolve(cell, parameters)
                if USERS[component, key] in (None, name) and cell:
                    yield key, alias, how_of(alias, cell_whole and alias != "", "named"), "yes", False


def flow_lines(path, raw, parameters, scripts):
    root = ET.fromstring(raw)
    for node in root.iter():
        kind = node.tag.replace(BPMN, "")
        if kind not in ("messageFlow", "callActivity", "serviceTask"):
            continue
        element, order = {}, []
        for entry in node.findall(BPMN + "extensionElements/*"):
            key = entry.find("key")
            if key is None:
                continue
            value = (entry.find("value").text or "").strip(BLANKS) if entry.find("value") is not None else ""
            name = (key.text or "").strip(BLANKS)
            order.append((name, value))
            element.setdefault(name, value)
        channel = kind == "messageFlow"
        component = element.get("ComponentType" if channel else "activityType", "")
        component = KNOWN.get(component.upper(), component)
        direction = element.get("direction", "") if channel else ""
        inbound = None
        if channel and direction == "Sender":
            inbound = AUTHORIZED.get(component) or ("senderAuthType" if "senderAuthType" in element else None)
            if not inbound and "authentication" in element and "clientCertificates" in element:
                inbound = "authentication"
        logs_on = False
        for key, alias, how, used, is_log_on in uses("channel" if channel else "step", component, direction, element,
                                                     order, inbound, parameters):
            logs_on = logs_on or is_log_on
            print("|".join((path, node.get("id"), key, alias, how, used)))
        certificate, _ = by_certificate(element, inbound, parameters) if channel else (None, False)
        if certificate and not logs_on:
            print("|".join((path, node.get("id"), certificate, "", "any", "yes")))
        for key, written in element.items() if channel else ():
            if "auth" in key.lower() and "samlbearer" in plain(resolve(written, parameters)[0]):
                credential = next((resolve(element[k], parameters)[0] for k in ("credentialName", "credential_name", "alias")
                                   if resolve(element.get(k, ""), parameters)[0]), "")
                print("|".join((path, node.get("id"), key, credential, "credential", "yes")))
                break
        if inbound:
            by_names = certainty(element, inbound, {"clientcertificate", "certificate"}, parameters)
            names = []
            if by_names != "no":
                for cells in rows_of(element.get("clientCertificates", ""), parameters):
                    pair = cells.get("subjectDN", ""), cells.get("issuerDN", "")
                    if any(pair):
                        names.append(" by ".join(pair))
                if names and by_names == "maybe" and box(element, parameters) in ("false", "0"):
                    by_names = "yes"
            role, _ = resolve(element.get("userRole", ""), parameters)
            print("|".join((path, node.get("id"), "caller", role, by_names, "; ".join(names))))
    for name, text in scripts:
        script_lines(path, name, text)
    for entry in root.iter("{http:///com.sap.ifl.model/Ifl.xsd}property"):
        if entry.findtext("key") == "scriptBundleId" and entry.findtext("value"):
            CALLED.append((path, entry.findtext("value")))


def linked():
    seen = set()
    for path, called in CALLED:
        for line in COLLECTIONS.get(called, []) if (path, called) not in seen else []:
            print("|".join((path, line[0] + " of the script collection " + called) + line[1:]))
        seen.add((path, called))


CALLS = r"\.(getKeyManagers|getTrustManagers|getKeyPair|getKey|getCertificateChain|getCertificate)[ \t]*\(\s*([^)]*?)\s*\)"


COLLECTIONS, CALLED = {}, []  # what a script collection opens, by its id; which flow calls which, in order


def script_lines(path, name, text):
    for line in script_uses(name, text):
        print(path + "|" + "|".join(line))


def script_uses(name, text):
    text = re.sub(r"(?m)^[ \t]*//.*$", "", text)
    if "KeystoreService" not in text:
        return
    calls = re.findall(CALLS, text)
    for call, argument in calls:
        literal = re.fullmatch(r"(['\"])((?:(?!\1).)*)\1", argument)
        given = [literal[2]] if literal else []
        if re.search(r"(?<![\w.$])%s\s*\+=" % re.escape(argument), text):
            given = []
        elif re.fullmatch(r"[\w$]+", argument):
            whole = r"(?:(['\"])((?:(?!\1).)*)\1[ \t]*(?=[\r\n;,)]|$))?"
            given = sorted({m[2] for m in re.finditer(
                r"(?<![\w.$])%s\s*=(?!=)\s*" % re.escape(argument) + whole, text)}, key=str)
        alias = given[0] or "" if len(given) == 1 else ""
        if argument or call not in ("getKeyManagers", "getTrustManagers"):
            yield (name, call, alias, "named" if alias and "$" not in alias else "run-time", "maybe")
        elif call == "getKeyManagers":
            yield (name, call, "", "any", "maybe")
    if not calls or all(call == "getTrustManagers" and not argument for call, argument in calls):
        yield (name, "KeystoreService", "", "run-time", "maybe")


def decoded(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def container(path, names, read):
    for name in sorted(names, key=lambda n: n.encode()):
        if name.lower().endswith(".iflw"):
            at = name.find(FOLDER)
            root = name[:at] if at >= 0 else ""
            beside = [root + "src/main/resources/parameters.prop"] if at >= 0 else [
                name[:-5] + ".parameters.prop", os.path.join(os.path.dirname(name), "parameters.prop")]
            raw = next((read(other) for other in beside if other in names), b"")
            flow_lines(path + name, read(name), properties(raw), scripts_of(root, names, read) if at >= 0 else [])
        elif name.endswith("META-INF/MANIFEST.MF"):
            root = name[:-len("META-INF/MANIFEST.MF")]
            symbolic = re.search(rb"(?mi)^Bundle-SymbolicName: *([^;\r\n]*)", read(name))
            if not any(other.startswith(root + FOLDER) for other in names):
                lines = []
                for script, text in scripts_of(root, names, read):
                    script_lines(path + name, script, text)
                    lines += script_uses(script, text)
                if lines and symbolic:
                    COLLECTIONS.setdefault(symbolic[1].decode().strip(), lines)
        elif name.lower().endswith(".zip") or name.endswith("_content"):
            raw = read(name)
            if raw[:4] == b"PK\x03\x04":
                archive(path + name, raw)


def scripts_of(root, names, read):
    return [(other[len(root):], decoded(read(other))) for other in sorted(names)
            if other.startswith(root + "src/main/resources/")
            and other.lower().endswith((".groovy", ".gsh", ".js", ".java", ".xsl", ".xslt"))]


def archive(path, raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        names = {info.filename.replace("\\", "/"): info for info in opened.infolist() if not info.is_dir()}
        container(path + "!", set(names), lambda name: opened.read(names[name]))


def folder(path):
    names = {os.path.relpath(os.path.join(base, name), path) for base, _, files in os.walk(path) for name in files}
    container(path + "/", names, lambda name: open(os.path.join(path, name), "rb").read())


if __name__ == "__main__":
    folder(sys.argv[1])
    linked()
