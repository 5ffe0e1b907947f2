"""TLS as a person sets it up: listeners of spaceport.yaml with certificates, chosen by the name that the client asks for."""
import http.client
import os
import signal
import socket
import ssl
import subprocess
import urllib.request

import pytest

import spaces
from node import free_port, until

# The WebSocket of a shell: it answers the handshake and sends back every byte that follows.
ECHO = f"""\
FROM {spaces.BASE}
RUN printf '#!/bin/sh\\nwhile read -r line; do [ ${{#line}} -lt 2 ] && break; done\\nprintf "HTTP/1.1 101 Switching Protocols\\\\r\\\\n'\
'Upgrade: websocket\\\\r\\\\nConnection: Upgrade\\\\r\\\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\\\r\\\\n\\\\r\\\\n"\\n'\
'exec cat\\n' > /echo && chmod 755 /echo
CMD nc -ll -p 8000 -e /echo & until cat /proc/net/tcp* | grep -q :1F40; do sleep 0.05; done; exec httpd -f -p 7860 -h /www
"""


def certificate(folder, name):
    """A key and a certificate that nobody but the test trusts."""
    key, cert = folder / f"{name.replace('*', 'any')}.key", folder / f"{name.replace('*', 'any')}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return key, cert


class Secure:
    """A node with a TLS listener beside the plain one."""

    def __init__(self, make_node, folder, *names):
        self.port = free_port()
        self.made = {name: certificate(folder, name) for name in names}
        listed = ", ".join(f"{{certificate: {cert}, private_key: {key}}}" for key, cert in self.made.values())
        self.node = make_node(node_file=f"  - address: 127.0.0.1:{self.port}\n    tls: {{certificates: [{listed}]}}\n").start()

    def dial(self, host, trusted, alpn=("http/1.1",), **options):
        """A TLS connection that asks for `host` and takes no other certificate than the one made for `trusted`."""
        trust = ssl.create_default_context(cafile=str(self.made[trusted][1]))
        trust.set_alpn_protocols(alpn)
        return trust.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 20), server_hostname=host, **options)

    def ask(self, host, trusted, method="GET", path="/", body=None):
        connection = http.client.HTTPConnection(host, self.port)
        connection.sock = self.dial(host, trusted)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def run(self, host, trusted, script):
        return self.ask(host, trusted, "POST", "/cgi-bin/sh", script)


@pytest.fixture
def secure(make_node, tmp_path, base):
    return Secure(make_node, tmp_path, "t-own.localhost", "t-other.localhost")


def test_a_space_answers_over_tls_with_the_certificate_of_its_name(secure, tmp_path):
    said = ""
    for name in ("t/own", "t/other"):
        said = secure.node.cli("up", "-d", spaces.write(tmp_path / name), "--name", name).stdout

    # Each is verified against one certificate only: the other one would be refused.
    assert secure.ask("t-own.localhost", "t-own.localhost") == "the app\n"
    assert secure.ask("t-other.localhost", "t-other.localhost") == "the app\n"
    with pytest.raises(ssl.SSLCertVerificationError):
        secure.ask("t-own.localhost", "t-other.localhost")
    with secure.dial("t-own.localhost", "t-own.localhost") as stream:
        assert stream.version() in ("TLSv1.2", "TLSv1.3")
        assert stream.selected_alpn_protocol() == "http/1.1"
    with secure.dial("t-own.localhost", "t-own.localhost", ["h2", "http/1.1"]) as stream:
        assert stream.selected_alpn_protocol() == "h2"
    told = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--cacert", secure.made["t-own.localhost"][1],
                           f"https://t-own.localhost:{secure.port}/"], capture_output=True, text=True, timeout=20)
    assert told.stdout == "2 200", told
    assert secure.run("t-own.localhost", "t-own.localhost", "echo $HTTP_X_FORWARDED_PROTO") == "https\n"
    # The plain listener beside it serves the same Spaces, and says so.
    assert secure.node.run("t/own", "echo $HTTP_X_FORWARDED_PROTO") == "http\n"
    assert f"http://t-other.localhost:{secure.node.port}/" in said


def test_the_name_and_not_the_certificate_chooses_the_space(secure, tmp_path):
    secure.node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/own")

    with secure.dial("t-own.localhost", "t-own.localhost") as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nHost: t-nobody.localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: stream.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 404 ") or answer.startswith("HTTP/1.1 421 "), answer
    assert "the app" not in answer


def test_plain_http_on_a_tls_port_reaches_no_space(secure, tmp_path):
    secure.node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/own")

    with socket.create_connection(("127.0.0.1", secure.port), 20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: t-own.localhost\r\nConnection: close\r\n\r\n")
        try:
            said = plain.recv(65536)
        except ConnectionResetError:
            said = b""
    assert b"the app" not in said and b"200 OK" not in said


def test_a_websocket_runs_over_tls_both_ways(secure, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=ECHO, readme=spaces.readme("routes: [{path: /ws, port: 8000}]"))
    secure.node.cli("up", "-d", folder, "--name", "t/own")

    with secure.dial("t-own.localhost", "t-own.localhost") as stream:
        stream.sendall(f"GET /ws HTTP/1.1\r\nHost: t-own.localhost:{secure.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = stream.recv(4096)
            assert piece, head
            head += piece
        assert head.startswith(b"HTTP/1.1 101 ") and head.endswith(b"\r\n\r\n"), head
        # Larger than one TLS record, so that frames are cut and put together again.
        sent = os.urandom(100_000)
        for message in (b"first", sent):
            stream.sendall(message)
            back = b""
            while len(back) < len(message):
                piece = stream.recv(65536)
                assert piece, "the tunnel ended"
                back += piece
            assert back == message


def test_a_gateway_that_was_killed_comes_back_with_its_certificates(secure, tmp_path):
    secure.node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/own")
    before, = secure.node.programs("spaceport-gateway")

    os.kill(before, signal.SIGKILL)

    until(lambda: secure.node.programs("spaceport-gateway") not in ([], [before]), 30, "a new gateway")
    assert secure.ask("t-own.localhost", "t-own.localhost") == "the app\n"


def serial_of(cert):
    return subprocess.run(["openssl", "x509", "-noout", "-serial", *(["-in", cert] if not isinstance(cert, bytes) else ["-inform", "DER"])],
                          input=cert if isinstance(cert, bytes) else None, check=True, capture_output=True).stdout


def shown(port):
    """The serial number of the certificate that a new client is shown."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with anybody.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="t-own.localhost") as stream:
        return serial_of(stream.getpeercert(True))


def renew(secure, name="t-own.localhost"):
    """A new pair in the old one's place, which only root may read; its serial number."""
    key, cert = secure.made[name]
    fresh = key.parent / "fresh"
    fresh.mkdir(exist_ok=True)
    for old, new in zip((key, cert), certificate(fresh, name)):
        new.rename(old)
    return serial_of(cert)


@pytest.fixture
def for_root_only(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(0o700)
    return folder


def test_a_renewed_certificate_that_only_root_may_read_is_in_force_without_a_word(make_node, for_root_only, base):
    secure = Secure(make_node, for_root_only, "t-own.localhost")
    gateway, = secure.node.programs("spaceport-gateway")
    assert os.stat(f"/proc/{gateway}").st_uid != 0
    old = shown(secure.port)
    stream = secure.dial("t-own.localhost", "t-own.localhost")

    new = renew(secure)

    until(lambda: shown(secure.port) == new, 10, "the new certificate")
    assert new != old and secure.node.programs("spaceport-gateway") == [gateway]
    stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert stream.recv(4096).startswith(b"HTTP/1.1 "), "a connection that was there was hurt"
    # One that cannot be used changes nothing, and is told once.
    secure.made["t-own.localhost"][1].write_text("nonsense")
    until(lambda: "the gateway keeps its certificates" in secure.node.log.read_text(), 10, "the error")
    assert shown(secure.port) == new
    new = renew(secure)
    until(lambda: shown(secure.port) == new, 10, "the next certificate")
    assert secure.node.log.read_text().count("the gateway keeps its certificates") == 1


def test_a_certificate_that_was_renewed_while_nobody_looked_is_in_force_with_the_next_serve(make_node, for_root_only, base):
    secure = Secure(make_node, for_root_only, "t-own.localhost")
    gateway, = secure.node.programs("spaceport-gateway")
    secure.node.process.kill()
    secure.node.process.wait()
    new = renew(secure)

    secure.node.start()

    assert secure.node.programs("spaceport-gateway") == [gateway], "it was not adopted"
    until(lambda: shown(secure.port) == new, 10, "the new certificate")


def test_a_node_s_listener_may_ask_for_certificates_and_take_the_proxy_protocol(make_node, tmp_path, base):
    key, cert = certificate(tmp_path, "t-x.localhost")
    own_key, own = certificate(tmp_path, "client")
    asking, proxied = free_port(), free_port()
    node = make_node(node_file=f"""\
  - address: 127.0.0.1:{asking}
    tls: {{certificates: [{{certificate: {cert}, private_key: {key}}}], client_ca: {own}, client_certificate: request, min_version: "1.3"}}
  - {{address: '127.0.0.1:{proxied}', proxy_protocol: true, trusted_proxies: [127.0.0.1]}}
""").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    script = "echo $HTTP_X_FORWARDED_CLIENT_CERT $HTTP_X_REAL_IP"
    request = f"POST /cgi-bin/sh HTTP/1.1\r\nHost: t-x.localhost\r\nConnection: close\r\nContent-Length: {len(script)}\r\n\r\n{script}".encode()
    for pair in (None, (own, own_key)):
        trust = ssl.create_default_context(cafile=str(cert))
        if pair:
            trust.load_cert_chain(*pair)
        with trust.wrap_socket(socket.create_connection(("127.0.0.1", asking), 20), server_hostname="t-x.localhost") as stream:
            assert stream.version() == "TLSv1.3"
            stream.sendall(request)
            said = b"".join(iter(lambda: stream.recv(65536), b""))
        assert (b"Hash=" in said) == bool(pair) and b"127.0.0.1" in said, said
    with socket.create_connection(("127.0.0.1", proxied), 20) as plain:
        plain.sendall(b"PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n" + request)
        assert b"192.0.2.7" in b"".join(iter(lambda: plain.recv(65536), b""))


def broken(folder, what):
    """A key and a certificate of which one is of no use."""
    key, cert = certificate(folder, "a.localhost")
    if what == "missing":
        cert = folder / "not-there.pem"
    elif what == "no certificate":
        cert.write_text("this is no PEM file\n")
    elif what == "another key":
        key, _ = certificate(folder, "b.localhost")
    return key, cert


@pytest.mark.parametrize("what, words", [
    ("missing", ["not-there.pem", "no such file"]),
    ("no certificate", ["a.localhost.pem", "certificate"]),
    ("another key", ["b.localhost.key", "key values mismatch"]),
])
def test_a_certificate_that_cannot_be_used_is_one_error_that_names_the_file(make_node, tmp_path, what, words):
    key, cert = broken(tmp_path, what)
    node = make_node(node_file=f"  - address: 127.0.0.1:{free_port()}\n    tls: {{certificates: [{{certificate: {cert}, private_key: {key}}}]}}\n")

    done = node.cli("serve", check=False, timeout=60)

    assert done.returncode != 0
    for word in words:
        assert word in done.stderr.lower(), f"{word!r} is not in:\n{done.stderr}"
    assert node.processes() == [] and not (node.state / "run/api.sock").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", node.port)) != 0, "it listens although it could not start"


def test_a_proxy_that_a_listener_trusts_tells_who_the_client_is(make_node, tmp_path, base):
    trusting = free_port()
    node = make_node(node_file=f"  - {{address: '127.0.0.1:{trusting}', trusted_proxies: [127.0.0.0/8]}}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    def client(port):
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/cgi-bin/sh", b"echo $HTTP_X_REAL_IP",
                                       {"Host": node.host("t/x"), "X-Forwarded-For": "192.0.2.7"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.read().decode()

    assert client(node.port) == "127.0.0.1\n"
    assert client(trusting) == "192.0.2.7\n"
