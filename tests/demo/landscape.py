# SPDX-License-Identifier: Apache-2.0
"""The servers of the demo: one receiver, two nodes, two local CAs, the first pair.

Not renew's part of the work: this module only builds what a plan finds when it begins, starts the
three nginx and ends them. All of it lives below one folder and on loopback.

  (1) Ports come from the kernel and stay reserved by a bound, never listening socket, so that none
      of the traffic's own connections can take the port of a node that is stopped for a while.
  (2) Each nginx is a master of its own with its own pid file; it is ended by that pid and no other.
  (3) The first pair is of the old CA, every later one of the new CA: the first renewal changes the
      root too.
  (4) The receiver asks for a client certificate of the CA *and* looks it up in a list of pinned
      certificates: what is not on the list gets 403.
"""
import os
import signal
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

COMMANDS = Path(__file__).resolve().parent / "commands"
NODES = ("node-a", "node-b")
OLD_CA, NEW_CA = "old-ca", "ca"
SUBJECT = "/C=DE/O=Demo/CN=orders-client"
START_ATTEMPTS = 100  # of 50 ms: how long a server may take to answer
QUIT_ATTEMPTS = 400   # of 50 ms: longer than worker_shutdown_timeout

NGINX_CONF = """\
daemon on;
{user}worker_processes 2;
worker_shutdown_timeout 10s;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log" warn;
events {{
  worker_connections 1024;
}}
http {{
  access_log off;
  client_body_temp_path "{folder}/tmp";
  proxy_temp_path "{folder}/tmp";
  fastcgi_temp_path "{folder}/tmp";
  uwsgi_temp_path "{folder}/tmp";
  scgi_temp_path "{folder}/tmp";
{body}}}
"""

# ssl_protocols is written out: nginx 1.22 offers no TLS 1.3 without it. The second server answers
# "would you let this certificate in?" from the same list in the same worker, so that the demo can
# see what the running receiver has loaded without holding anybody's key.
RECEIVER_BODY = """\
  map_hash_max_size 512;
  map_hash_bucket_size 8192;
  map $ssl_client_escaped_cert $pinned {{
    default 0;
    include "{folder}/pins.map";
  }}
  map $http_x_certificate $would_be_pinned {{
    default 0;
    include "{folder}/pins.map";
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate "{folder}/server.pem";
    ssl_certificate_key "{folder}/server.pem";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_verify_client on;
    ssl_client_certificate "{folder}/trusted-roots.pem";
    add_header X-Presented $ssl_client_serial always;
    add_header X-Protocol $ssl_protocol always;
    add_header X-Received $msec always;
    location / {{
      if ($pinned = 0) {{
        return 403 "this certificate is not on the list\\n";
      }}
      return 200 "order received\\n";
    }}
  }}
  server {{
    listen 127.0.0.1:{ask_port};
    location / {{
      return 200 $would_be_pinned;
    }}
  }}
"""

# No kept connections and no resumed sessions towards the receiver: either would carry an old
# certificate past a reload. Node A names its pair directly and loads it at reload; node B names it
# through a variable and reads it at every connection, once for the certificate and once for the key:
# when the file was replaced in between, they do not belong together ("key values mismatch"), nothing
# is presented, and the request is tried once more.
NODE_BODY = """\
  map $host $pair {{
    default "{pair}";
  }}
  server {{
    listen 127.0.0.1:{port};
    proxy_ssl_certificate "{named}";
    proxy_ssl_certificate_key "{named}";
    proxy_ssl_trusted_certificate "{ca}";
    proxy_ssl_verify on;
    proxy_ssl_name localhost;
    proxy_ssl_session_reuse off;
    proxy_http_version 1.1;
    proxy_set_header Connection close;
    proxy_next_upstream off;
    error_page 500 = @again;
    location @again {{
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_pass https://127.0.0.1:{receiver_port};
    }}
    location / {{
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_pass https://127.0.0.1:{receiver_port};
    }}
    location /tls1.2/ {{
      proxy_ssl_protocols TLSv1.2;
      proxy_pass https://127.0.0.1:{receiver_port};
    }}
    location /tls1.3/ {{
      proxy_ssl_protocols TLSv1.3;
      proxy_pass https://127.0.0.1:{receiver_port};
    }}
  }}
"""


def openssl(*words):
    """Runs the openssl program; its output as text. Its words are for us: an error shows them."""
    done = subprocess.run(("openssl", *map(str, words)), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout


def serial_of(pem_file):
    """The serial as nginx prints it, in capitals."""
    return openssl("x509", "-in", pem_file, "-noout", "-serial").strip().partition("=")[2]


def escaped(pem):
    """A certificate as $ssl_client_escaped_cert has it."""
    return urllib.parse.quote(pem, safe="")


def write_whole(path, text, mode=0o644):
    """Replaces a file by rename: a reader sees the old or the new one."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.chmod(mode)
    beside.rename(path)


def stop_left_over(folder):
    """Ends the servers of a demo that was itself killed: those that run with this folder's files."""
    for pid_file in folder.glob("*/nginx.pid"):
        pid = int(pid_file.read_text())
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            continue
        if str(pid_file.with_name("nginx.conf")) in command:
            os.kill(pid, signal.SIGTERM)


class Landscape:
    """The folder of the servers, their ports, and what may be done with them."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.receiver = self.folder / "receiver"
        self.ca = self.folder / "ca"
        self.pair = self.folder / "keystore" / "client.pem"
        self.reserved = []
        self.receiver_port = self.reserve_port()
        self.ask_port = self.reserve_port()
        self.node_ports = {node: self.reserve_port() for node in NODES}

    def reserve_port(self):
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        self.reserved.append(holder)
        return holder.getsockname()[1]

    def make(self):
        """CA, server certificate, first pair, the lists of the receiver, the three nginx.conf."""
        for folder in (self.ca, self.pair.parent, self.receiver / "tmp",
                       *(self.folder / node / "tmp" for node in NODES)):
            folder.mkdir(parents=True)
        self.make_ca(OLD_CA, "Demo Root 1")
        self.make_ca(NEW_CA, "Demo Root 2")
        self.sign(self.receiver / "server.pem", "/CN=localhost", "serverAuth", OLD_CA,
                  "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.make_pair(self.pair, OLD_CA)
        root = (self.ca / f"{OLD_CA}.pem").read_text()
        write_whole(self.receiver / "server-root.pem", root)
        write_whole(self.receiver / "trusted-roots.pem", root)
        self.write_pins([self.certificate_in(self.pair)])
        self.write_conf(self.receiver, RECEIVER_BODY, port=self.receiver_port,
                        ask_port=self.ask_port)
        for node, named in (("node-a", self.pair), ("node-b", "$pair")):
            self.write_conf(self.folder / node, NODE_BODY, port=self.node_ports[node], named=named,
                            pair=self.pair, ca=self.receiver / "server-root.pem",
                            receiver_port=self.receiver_port)

    def make_ca(self, name, subject):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.ca / f"{name}.key", "-out", self.ca / f"{name}.pem",
                "-days", 3650, "-subj", f"/C=DE/O=Demo/CN={subject}")
        (self.ca / f"{name}.key").chmod(0o600)

    def sign(self, pem_file, subject, usage, ca, more=""):
        """A new EC key and its certificate by that CA, as one file: key, certificate."""
        key, request, extensions = (pem_file.with_suffix(end) for end in (".key", ".csr", ".ext"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", request, "-subj", subject)
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n{more}")
        certificate = openssl("x509", "-req", "-in", request, "-days", 30, "-extfile", extensions,
                              "-CA", self.ca / f"{ca}.pem", "-CAkey", self.ca / f"{ca}.key",
                              "-set_serial", "0x40" + os.urandom(15).hex())
        write_whole(pem_file, key.read_text() + certificate, 0o600)
        for left_over in (key, request, extensions):
            left_over.unlink()

    def make_pair(self, pem_file, ca=NEW_CA):
        self.sign(pem_file, SUBJECT, "clientAuth", ca)

    @staticmethod
    def certificate_in(pem_file):
        """The first certificate of a file, as PEM text."""
        begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
        text = Path(pem_file).read_text()
        return begin + text.partition(begin)[2].partition(end)[0] + end

    def write_pins(self, certificates):
        lines = [f'"{escaped(certificate)}" 1;\n' for certificate in certificates]
        write_whole(self.receiver / "pins.map", "".join(lines))

    def write_conf(self, folder, body, **words):
        user = "user root;\n" if os.geteuid() == 0 else ""
        text = NGINX_CONF.format(folder=folder, user=user, body=body.format(folder=folder, **words))
        write_whole(folder / "nginx.conf", text)

    def servers(self):
        return (self.receiver, *(self.folder / node for node in NODES))

    def command(self, name, folder):
        subprocess.run((COMMANDS / name, folder), check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def start(self):
        for folder in self.servers():
            self.command("nginx-start", folder)
        for port in (self.receiver_port, self.ask_port, *self.node_ports.values()):
            self.wait_for_port(port)

    @staticmethod
    def wait_for_port(port):
        for _ in range(START_ATTEMPTS):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"nothing answers on port {port}")

    @staticmethod
    def master_of(folder):
        """The pid of the nginx of that folder; None where it does not run."""
        try:
            return int((folder / "nginx.pid").read_text())
        except (OSError, ValueError):
            return None

    @staticmethod
    def workers_of(master):
        """The children of a master: a reload has happened when none of the old ones is left."""
        try:
            words = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        except OSError:
            return set()
        return set(map(int, words))

    def reload_and_observe(self, folder):
        """As an administrator does it who knows that a reload takes its time."""
        old = self.workers_of(self.master_of(folder))
        self.command("nginx-reload", folder)
        while old & self.workers_of(self.master_of(folder)):
            time.sleep(0.01)

    def stop(self):
        """Ends what start began; by pid. nginx takes its pid file away as its last act."""
        running = [folder for folder in self.servers() if self.master_of(folder)]
        for folder in running:
            try:
                os.kill(self.master_of(folder), signal.SIGTERM)
            except ProcessLookupError:
                (folder / "nginx.pid").unlink()
        for _ in range(QUIT_ATTEMPTS):
            if not any(map(self.master_of, running)):
                break
            time.sleep(0.05)
        for holder in self.reserved:
            holder.close()

    def is_stopped(self, node):
        """Whether a stop of that node is announced."""
        return (self.folder / node / "stopped").exists()
