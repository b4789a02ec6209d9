#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
p12: PKCS#12 and JKS files from the other side: written and taken apart here, in a few lines, without
the program under test and without its library.

  p12.py bags FILE PASSWORD|-           one line a safe bag: kind, alias, SHA-256 of bag and attributes
  p12.py jks OUT PASSWORD ALIAS KEY.pem CERT.pem [...]     a Java keystore; KEY `-`: a trusted certificate
  p12.py plain OUT KIND:ALIAS:FILES ...  without encryption and MAC: pair:NAME:KEY.pem,CERT.pem
                                         crl, secret, unknown, nest (a pair inside another safe)
  p12.py mac OUT ROUNDS|pbmac1           an empty file whose MAC nobody computed
"""
import hashlib
import struct
import subprocess
import sys
from base64 import b64decode


def tlv(data, at=0):
    tag, length, head = data[at], data[at + 1], 2
    if length & 0x80:
        count = length & 0x7F
        length, head = int.from_bytes(data[at + 2 : at + 2 + count], "big"), 2 + count
    return tag, at + head, at + head + length


def parts(data):
    at, found = 0, []
    while at < len(data):
        tag, start, end = tlv(data, at)
        found.append((tag, data[start:end], data[at:end]))
        at = end
    return found


def inside(data):
    return parts(data)[0][1]


def der(tag, *content):
    body = b"".join(content)
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


def oid(text):
    numbers = [int(n) for n in text.split(".")]
    body = bytes([numbers[0] * 40 + numbers[1]])
    for n in numbers[2:]:
        piece = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            piece.insert(0, 0x80 | (n & 0x7F))
        body += bytes(piece)
    return der(6, body)


def pem(path, word):
    text = open(path).read()
    body = text.split(f"-----BEGIN {word}-----")[1].split("-----END")[0]
    return b64decode(body)


PKCS7, BAG = "1.2.840.113549.1.7.", "1.2.840.113549.1.12.10.1."
KINDS = {oid(BAG + str(i)): k for i, k in enumerate("? key locked-key cert crl secret nest".split())}


def decrypt(algorithm, data, password):
    """PBES2 with PBKDF2 and AES in CBC mode."""
    fields = parts(inside(parts(algorithm)[1][2]))
    derive, cipher = parts(inside(parts(fields[0][1])[1][2])), parts(fields[1][1])
    prf = [f for f in derive if f[0] == 0x30]
    digest = "sha1" if not prf else {9: "sha256", 11: "sha512", 7: "sha1"}[parts(prf[0][1])[0][1][-1]]
    bits = {2: 128, 22: 192, 42: 256}[cipher[0][1][-1]]
    key = hashlib.pbkdf2_hmac(digest, password, derive[0][1], int.from_bytes(derive[1][1], "big"), bits // 8)
    return subprocess.run(["openssl", "enc", "-d", f"-aes-{bits}-cbc", "-K", key.hex(), "-iv", cipher[1][1].hex()],
                          input=data, stdout=subprocess.PIPE, check=True).stdout


def bags(path, password):
    pfx = parts(inside(open(path, "rb").read()))
    safes = inside(inside(parts(pfx[1][1])[1][1]))
    for _, safe, _ in parts(safes):
        kind, content = parts(safe)[0][2], parts(safe)[1][1]
        if kind == oid(PKCS7 + "1"):
            plain = inside(content)
        else:
            locked = parts(parts(inside(content))[1][1])
            plain = decrypt(locked[1][1], locked[2][1], password)
        for _, bag, whole in parts(inside(plain)):
            fields = parts(bag)
            attributes = fields[2][2] if len(fields) > 2 else b""
            alias = ""
            for _, attribute, _ in parts(fields[2][1]) if attributes else []:
                if parts(attribute)[0][2] == oid("1.2.840.113549.1.9.20"):
                    alias = parts(parts(attribute)[1][1])[0][1].decode("utf-16-be")
            print(KINDS.get(fields[0][2], "unknown"), alias or "-", hashlib.sha256(whole).hexdigest(),
                  hashlib.sha256(attributes).hexdigest())


def lock_for_jks(key, password):
    salt = state = hashlib.sha256(key).digest()[:20]
    secret, stream = password.encode("utf-16-be"), b""
    while len(stream) < len(key):
        state = hashlib.sha1(secret + state).digest()
        stream += state
    locked = salt + bytes(a ^ b for a, b in zip(key, stream)) + hashlib.sha1(secret + key).digest()
    return der(0x30, der(0x30, oid("1.3.6.1.4.1.42.2.17.1.1"), der(5)), der(4, locked))


def jks(path, password, entries):
    def text(words):
        return struct.pack(">H", len(words.encode())) + words.encode()

    out = struct.pack(">III", 0xFEEDFEED, 2, len(entries) // 3)
    for alias, key, cert in zip(*[iter(entries)] * 3):
        x509 = pem(cert, "CERTIFICATE")
        out += struct.pack(">I", 2 if key == "-" else 1) + text(alias) + struct.pack(">Q", 1600000000000)
        if key != "-":
            locked = lock_for_jks(pem(key, "PRIVATE KEY"), password)
            out += struct.pack(">I", len(locked)) + locked + struct.pack(">I", 1)
        out += text("X.509") + struct.pack(">I", len(x509)) + x509
    out += hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + out).digest()
    open(path, "wb").write(out)


def named(alias, ident=None):
    attributes = [der(0x30, oid("1.2.840.113549.1.9.20"), der(0x31, der(0x1E, alias.encode("utf-16-be"))))]
    if ident:
        attributes.append(der(0x30, oid("1.2.840.113549.1.9.21"), der(0x31, der(4, ident.encode()))))
    attributes.append(der(0x30, oid("1.3.6.1.4.1.99999.1"), der(0x31, der(12, b"an attribute nobody knows"))))
    return der(0x31, *attributes)


def bag(number, value, alias, ident=None):
    return der(0x30, oid(BAG + str(number)), der(0xA0, value), named(alias, ident))


def pair(alias, files):
    key, cert = files.split(",")
    x509 = der(0x30, oid("1.2.840.113549.1.9.22.1"), der(0xA0, der(4, pem(cert, "CERTIFICATE"))))
    return bag(1, pem(key, "PRIVATE KEY"), alias, "id-" + alias) + bag(3, x509, alias, "id-" + alias)


def make(entry):
    kind, alias, files = entry.split(":")
    if kind == "pair":
        return pair(alias, files)
    if kind == "crl":
        return bag(4, der(0x30, oid("1.2.840.113549.1.9.23.1"), der(0xA0, der(4, pem(files, "X509 CRL")))), alias)
    if kind == "secret":
        return bag(5, der(0x30, oid("1.3.6.1.4.1.99999.2"), der(0xA0, der(4, b"a secret"))), alias)
    if kind == "nest":
        return bag(6, der(0x30, pair(alias + "-inside", files)), alias)
    return bag(99, der(12, b"a kind nobody knows"), alias)


def data(content):
    return der(0x30, oid(PKCS7 + "1"), der(0xA0, der(4, content)))


def main(verb, *rest):
    if verb == "bags":
        bags(rest[0], b"" if rest[1] == "-" else rest[1].encode())
    elif verb == "jks":
        jks(rest[0], rest[1], rest[2:])
    elif verb == "mac":
        method = oid("1.2.840.113549.1.5.14") if rest[1] == "pbmac1" else oid("2.16.840.1.101.3.4.2.1")
        rounds = 1 if rest[1] == "pbmac1" else int(rest[1])
        digest = der(0x30, der(0x30, method, der(5)), der(4, bytes(32)))
        mac = der(0x30, digest, der(4, bytes(8)), der(2, rounds.to_bytes(rounds.bit_length() // 8 + 1, "big")))
        open(rest[0], "wb").write(der(0x30, der(2, b"\3"), data(der(0x30)), mac))
    else:
        safes = b"".join(data(der(0x30, make(entry))) for entry in rest[1:])
        open(rest[0], "wb").write(der(0x30, der(2, b"\3"), data(der(0x30, safes))))


main(*sys.argv[1:])
