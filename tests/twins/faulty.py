# SPDX-License-Identifier: Apache-2.0
"""faulty: a server that misbehaves by path, for tests of the HTTP session. Not a twin of any product.

  faulty.py FOLDER [PEM]   writes FOLDER/port when it listens, and a line a request into FOLDER/log
"""
import gzip
import os
import socket
import ssl
import struct
import sys
import threading
import time

FOLDER = sys.argv[1]
lock = threading.Lock()
counts = {}
state = {"csrf": 0, "token": 0}


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


def log(line):
    with lock, open(os.path.join(FOLDER, "log"), "a") as out:
        out.write(line + "\n")


def answer(status, body=b"", **headers):
    lines = ["HTTP/1.1 %d X" % status]
    named = {"Content-Length": str(len(body)), "Content-Type": "application/json; charset=utf-8"}
    named.update({k.replace("_", "-"): v for k, v in headers.items()})
    lines += ["%s: %s" % pair for pair in named.items() if pair[1] is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Hang(Exception):
    pass


def token(head, body, conn):
    form = dict(part.split("=", 1) for part in (body or head["query"]).split("&") if "=" in part)
    kind = form.get("grant_type", "")
    n = count("token")
    log("token %s %s %s" % (kind, head.get("authorization", "-"), body))
    if "wrong" in body or "wrong" in head.get("authorization", ""):
        return answer(401, b'{"error":"unauthorized","error_description":"Bad credentials: SECRETWORD"}')
    if kind == "refresh_token" and "expired" in form.get("refresh_token", ""):
        return answer(401, b'{"error":"invalid_token"}')
    if head["path"] == "/token-html":
        return answer(502, b"<html>gateway</html>", Content_Type="text/html")
    if head["path"] == "/token-lost-once" and n == 1:
        reset(conn)
        raise Hang
    if head["path"].startswith("/token-life-"):
        life = {"text": '"1199"', "real": "1199.5", "huge": str(2 ** 63 - 1), "least": str(-2 ** 63), "no": "null",
                "words": '"soon"', "object": "{}"}[head["path"][len("/token-life-"):]]
        return answer(200, ('{"access_token":"t%d","token_type":"bearer","expires_in":%s}' % (n, life)).encode())
    refresh = ',"refresh_token":"refresh-expired"' if "bad-refresh" in head["path"] else ',"refresh_token":"refresh-1"'
    return answer(200, ('{"access_token":"t%d","token_type":"bearer","expires_in":1199%s}' % (n, refresh)).encode())


def reply(head, body, conn):
    path, method = head["path"], head["method"]
    if path.startswith("/token"):
        return token(head, body, conn)
    n = count(method + " " + path)
    log("%s %s auth=%s csrf=%s cookie=%s" % (method, path, head.get("authorization", "-"),
                                           head.get("x-csrf-token", "-"), head.get("cookie", "-")))
    if path == "/ok":
        return answer(200, b'{"ok":true}', X_Vcap_Request_Id="id-1", Set_Cookie="seen=yes; Path=/")
    if path == "/hang":
        time.sleep(30)
    if path == "/reset-first":
        reset(conn)
        raise Hang
    if path == "/reset-once" and n == 1:
        reset(conn)
        raise Hang
    if path == "/reset-middle":
        conn.sendall(answer(200, b"x" * 1000)[:500])
        time.sleep(0.05)
        reset(conn)
        raise Hang
    if path == "/reset-kept" and head["nth"] > 1:
        reset(conn)
        raise Hang
    if path == "/drip":
        conn.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(300):
            conn.sendall(b"x")
            time.sleep(0.1)
        raise Hang
    if path == "/huge":
        conn.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            conn.sendall(b"x" * 100000)
        raise Hang
    if path == "/headers":
        return answer(200, b"", **{"X_%d" % i: "y" * 1000 for i in range(100)})
    if path == "/bomb":
        return answer(200, gzip.compress(b"0" * 100000000), Content_Encoding="gzip")
    if path == "/gzip":
        return answer(200, gzip.compress(b'{"packed":true}'), Content_Encoding="gzip")
    if path == "/gzip-cut":
        return answer(200, gzip.compress(os.urandom(1000).hex().encode())[:-20], Content_Encoding="gzip")
    if path == "/gzip-once" and n == 1:
        return answer(200, gzip.compress(b'{"packed":true}')[:-9], Content_Encoding="gzip")
    if path == "/brotli":
        return answer(200, b"xxx", Content_Encoding="br")
    if path == "/short":
        conn.sendall(answer(200, b"abc", Content_Length="10"))
        raise Hang
    if path == "/long":
        return answer(200, b"abcdefghij", Content_Length="3")
    if path == "/garbage":
        return b"\x00\x01\x02garbage\r\n\r\n"
    if path == "/loop":
        return answer(302, Location="/loop")
    if path == "/hops":
        return answer(302, Location="/ok")
    if path == "/away":
        return answer(302, Location="http://127.0.0.1:1/secret")
    if path == "/away-write":
        return answer(307, Location="/ok")
    if path == "/busy" and n == 1:
        return answer(429, b"", Retry_After="1")
    if path == "/busy-date" and n == 1:
        at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
        return answer(503, b"", Retry_After=at)
    if path == "/busy-reset" and n == 1:
        return answer(429, b"", X_Ratelimit_Reset=str(int(time.time()) + 2))
    if path == "/busy-past" and n == 1:
        return answer(429, b"", X_Ratelimit_Reset=str(-2 ** 63))
    if path == "/busy-words" and n == 1:
        return answer(429, b"", Retry_After="in a moment")
    if path == "/busy-long":
        return answer(429, b"", Retry_After="3600")
    if path == "/unavailable-once" and n == 1:
        return answer(503, b"<html>", Content_Type="text/html")
    if path == "/unauthorized":
        return answer(401)
    if path == "/old-token" and head.get("authorization") == "Bearer t1":
        return answer(401)
    if path == "/csrf":
        if head.get("x-csrf-token", "").lower() == "fetch":
            state["csrf"] += 1
            return answer(200, b"{}", X_CSRF_Token="c%d" % state["csrf"], Set_Cookie="session=s%d; Path=/" % state["csrf"])
        good = head.get("x-csrf-token") == "c%d" % state["csrf"] and "session=s%d" % state["csrf"] in head.get("cookie", "")
        if method != "GET" and not good:
            return answer(403, b"", X_CSRF_Token="Required")
        return answer(201, b'{"made":true}')
    if path == "/csrf-expire":
        state["csrf"] += 1
        return answer(200, b"{}")
    return answer(200, b"{}")


def serve(conn):
    nth = 0
    stream = conn.makefile("rb")
    try:
        while True:
            line = stream.readline().decode()
            if not line.strip():
                return
            nth += 1
            method, target = line.split()[:2]
            path, _, query = target.partition("?")
            head = {"method": method, "path": path, "query": query, "nth": nth}
            while (row := stream.readline().decode().strip()):
                name, _, value = row.partition(":")
                head[name.lower()] = value.strip()
            body = stream.read(int(head.get("content-length", 0))).decode()
            conn.sendall(reply(head, body, conn))
    except (Hang, OSError, ValueError):
        pass
    finally:
        stream.close()
        conn.close()


def main():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    with open(os.path.join(FOLDER, "port.new"), "w") as out:
        out.write(str(listener.getsockname()[1]))
    os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))

    def guarded(conn):
        try:
            serve(context.wrap_socket(conn, server_side=True) if context else conn)
        except OSError:
            conn.close()

    while True:
        conn, _ = listener.accept()
        threading.Thread(target=guarded, args=(conn,), daemon=True).start()


main()
