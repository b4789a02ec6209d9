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


def properties(raw):
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\(?:\r\n|\r|\n)[ \t\f]*", r"\1", text)
    found = {}
    for line in re.split(r"\r\n|\r|\n", text):
        line = line.lstrip(" \t\f")
        if not line or line[0] in "#!":
            continue
        match = re.match(r"((?:\\.|[^\\ \t\f:=])*)[ \t\f]*[:=]?[ \t\f]*(.*)$", line, re.S)
        unescape = lambda s: re.sub(
            r"\\u([0-9A-Fa-f]{4})|\\(.)",
            lambda m: chr(int(m[1], 16)) if m[1] else {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(m[2], m[2]),
            s, flags=re.S)
        found[unescape(match[1])] = unescape(match[2])
    return found


class Unset(Exception):
    pass


def resolve(value, parameters):
    """The value with parameters put in, and whether all had one."""
    whole = True

    def one(match):
        nonlocal whole
        if match[1] in parameters:
            return parameters[match[1]]
        whole = False
        return match[0]

    return re.sub(r"\{\{(.*?)\}\}", one, value, flags=re.S), whole


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
for component in ("SFTP", "PollingSFTP"):
    for direction in ("Sender", "Receiver"):
        TABLE[component, direction] = {
            "privateKeyAlias": ("authentication", {"publickey", "dual", "dynamic"}, "ssh-default")}
AUTHORIZED = {"HTTPS": "senderAuthType", "SOAP": "senderAuthType", "IDOC": "senderAuthType", "AS2": "senderAuthType",
              "AS4": "senderAuthType", "XI": "senderAuthType", "ODataSender": "authentication"}
USERS = {("PgpEncrypt", "PgpEncryptionUserIDs"): "EncryptUserID",
         ("PgpDecrypt", "PgpDecryptionSignerUserIDs"): "userId"}


def how_of(value, is_set, otherwise):
    if not is_set:
        return "unset-parameter"
    if "${" in value:
        return "run-time"
    return "partner-directory" if value.startswith("pd:") else otherwise


def certainty(element, key, values, parameters):
    if key is None:
        return "yes"
    if key not in element:
        return "maybe"
    value, whole = resolve(element[key], parameters)
    if not whole or not value or "${" in value or value.startswith("pd:"):
        return "maybe"
    return "yes" if plain(value) in values else "no"


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
            value = "".join(entry.find("value").itertext()) if entry.find("value") is not None else ""
            name = "".join(key.itertext())
            order.append((name, value))
            element.setdefault(name, value)
        channel = kind == "messageFlow"
        component = element.get("ComponentType" if channel else "activityType", "")
        direction = element.get("direction", "") if channel else ""
        rules = TABLE.get((component, direction), {}) if channel else {}
        for key, written in order:
            value, whole = resolve(written, parameters)
            if key in rules:
                condition, values, empty = rules[key]
                used = certainty(element, condition, values, parameters)
                if not value and (used == "no" or (used == "maybe" and not element.get(condition))):
                    continue
                print("|".join((path, node.get("id"), key, value,
                                how_of(value, whole, "named" if value else empty), used)))
            elif re.search("alias", key, re.I) and key.lower() != "alias" \
                    and "credential" not in key.lower() and written and value:
                print("|".join((path, node.get("id"), key, value, how_of(value, whole, "named"), "yes")))
            if (component, key) in USERS and not channel:
                for cell in ET.fromstring("<t>%s</t>" % written).iter("cell"):
                    if cell.get("id") == USERS[component, key] and cell.text:
                        value, whole = resolve(cell.text, parameters)
                        print("|".join((path, node.get("id"), key, value,
                                        how_of(value, whole and value != "", "named"), "yes")))
        if channel and direction == "Sender" and component in AUTHORIZED:
            by_names = certainty(element, AUTHORIZED[component], {"clientcertificate", "certificate"}, parameters)
            names = []
            if by_names != "no":
                table, _ = resolve(element.get("clientCertificates", ""), parameters)
                for row in ET.fromstring("<t>%s</t>" % table if table.startswith("<row>") else "<t/>"):
                    cells = {cell.get("id").rsplit(".", 1)[-1]: cell.text or "" for cell in row.iter("cell")}
                    pair = cells.get("subjectDN", ""), cells.get("issuerDN", "")
                    if any(pair):
                        names.append(" by ".join(pair))
            role, _ = resolve(element.get("userRole", ""), parameters)
            print("|".join((path, node.get("id"), "caller", role, by_names, "; ".join(names))))
    for name, text in scripts:
        if "KeystoreService" in text:
            calls = re.findall(r"\.(getKeyPair|getKey|getCertificateChain|getCertificate)\(\s*([^)]*?)\s*\)", text)
            for call, argument in calls:
                literal = re.match(r"(['\"])(.*?)\1", argument)
                given = set(re.findall(r"(?<![\w.$])%s\s*=\s*(?!=)(?:['\"](.*?)['\"])?" % re.escape(argument), text)) \
                    if re.fullmatch(r"[\w$]+", argument) else set()
                alias = literal[2] if literal else given.pop() if len(given) == 1 else ""
                print("|".join((path, name, call, alias, "named" if alias and "$" not in alias else "run-time", "maybe")))
            if not calls:
                print("|".join((path, name, "KeystoreService", "", "run-time", "maybe")))


def container(path, names, read):
    for name in sorted(names, key=lambda n: n.encode()):
        if name.endswith(".iflw"):
            at = name.find(FOLDER)
            root = name[:at] if at >= 0 else ""
            beside = [root + "src/main/resources/parameters.prop"] if at >= 0 else [
                name[:-5] + ".parameters.prop", os.path.join(os.path.dirname(name), "parameters.prop")]
            raw = next((read(other) for other in beside if other in names), b"")
            scripts = [(other[len(root):], read(other).decode("utf-8", "replace")) for other in sorted(names)
                       if at >= 0 and other.startswith(root + "src/main/resources/script/")
                       and other.endswith((".groovy", ".gsh", ".js"))]
            flow_lines(path + name, read(name), properties(raw), scripts)
        elif name.endswith(("_content", ".zip")):
            raw = read(name)
            if raw[:4] == b"PK\x03\x04":
                archive(path + name, raw)


def archive(path, raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        names = {info.filename for info in opened.infolist() if not info.is_dir()}
        container(path + "!", names, opened.read)


def folder(path):
    names = {os.path.relpath(os.path.join(base, name), path) for base, _, files in os.walk(path) for name in files}
    container(path + "/", names, lambda name: open(os.path.join(path, name), "rb").read())


if __name__ == "__main__":
    folder(sys.argv[1])
