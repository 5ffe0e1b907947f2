"""The PROXY protocol in front of a listener, from raw sockets and from a real haproxy."""
import json
import shutil
import socket
import ssl
import struct
import subprocess

import pytest

from conftest import PLAIN, certificate, free_port, with_tls
from wire import Wire, until

LINE = "PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n"
GET = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXIED = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", proxy_protocol: true, trusted_proxies: ["127.0.0.0/8"]')


def binary(command, family, rest):
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(rest)) + rest


def four(source):
    return socket.inet_aton(source) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", 4660, 443)


def six(source):
    return socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "::1") + struct.pack("!HH", 4660, 443)


@pytest.fixture
def proxied(make_gateway, origin):
    return make_gateway(PROXIED, origin=origin.port)


def said(gateway, origin, header, request=GET):
    """Who the origin is told that the client is."""
    with Wire(gateway.port) as wire:
        wire.send(header)
        wire.send(request)
        assert wire.answer().status == 200
    return origin.messages[-1].get("x-forwarded-for")


@pytest.mark.parametrize("header, client", [
    (LINE, "192.0.2.7"),
    ("PROXY TCP6 2001:db8::7 2001:db8::1 4660 443\r\n", "2001:db8::7"),
    ("PROXY UNKNOWN\r\n", "unknown"),
    (binary(0x21, 0x11, four("192.0.2.8")), "192.0.2.8"),
    (binary(0x21, 0x11, four("192.0.2.8") + b"\x04\0\x03abc" + b"\x20" + struct.pack("!H", 30_000) + bytes(30_000)), "192.0.2.8"),
    (binary(0x21, 0x21, six("2001:db8::8")), "2001:db8::8"),
    (binary(0x21, 0x31, bytes(216)), "unknown"),
    (binary(0x20, 0x00, b""), "127.0.0.1"),
    (binary(0x20, 0x11, four("192.0.2.9")), "127.0.0.1"),
], ids=["v1 four", "v1 six", "v1 unknown", "v2 four", "v2 with TLVs", "v2 six", "v2 unix", "v2 local", "v2 local with addresses"])
def test_rule_72_the_client_is_who_the_header_names(proxied, origin, header, client):
    assert said(proxied, origin, header) == client
    assert until(lambda: f'"client":"{client}"' in proxied.output()), proxied.output()


def test_rule_72_a_client_cannot_name_another_one(proxied, origin):
    forged = GET.replace("\r\n\r\n", "\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n")
    assert said(proxied, origin, LINE, forged) == "192.0.2.7"
    assert said(proxied, origin, "PROXY UNKNOWN\r\n", forged) == "unknown"
    assert origin.messages[-1].get("x-real-ip") == "unknown"


def test_rule_72_the_header_may_come_in_pieces_and_holds_for_the_connection(proxied, origin):
    with Wire(proxied.port) as wire:
        for piece in (LINE[:1], LINE[1:30], LINE[30:], GET[:5], GET[5:] + GET):
            wire.send(piece)
        for _ in range(2):
            assert wire.answer().status == 200
            assert origin.messages[-1].get("x-forwarded-for") == "192.0.2.7"


@pytest.mark.parametrize("header", [
    "", "\r\n", LINE.replace("\r", ""), LINE.replace("TCP4", "TCP5"), LINE.replace("4660", "70000"), "PROXY UNKNOWN " + "x" * 92 + "\r\n",
    binary(0x22, 0x11, four("192.0.2.7")), binary(0x21, 0x12, four("192.0.2.7")), binary(0x21, 0x11, four("192.0.2.7")[:11]), "PROXY " + "x" * 200,
])
def test_rule_72_without_a_good_header_the_connection_is_closed(proxied, origin, header):
    with Wire(proxied.port) as wire:
        # In one piece: after the first one it may be too late for a second.
        wire.send((header if isinstance(header, bytes) else header.encode()) + GET.encode())
        assert wire.closed()
    assert not origin.messages


@pytest.mark.parametrize("begin", ["", LINE[:20], SIGNATURE, binary(0x21, 0x11, four("192.0.2.7") + bytes(100))[:40]])
def test_rule_72_a_header_that_is_late_ends_the_connection(proxied, origin, begin):
    with Wire(proxied.port) as wire:
        wire.send(begin)
        assert wire.closed(5)
    assert not origin.messages


def test_rule_72_only_trusted_proxies_may_connect(make_gateway, origin):
    gateway = make_gateway(PROXIED.replace("127.0.0.0/8", "127.0.0.2/32"), origin=origin.port)
    with Wire(gateway.port) as wire:
        wire.send(LINE + GET)
        assert wire.closed() and not origin.messages, "a header from anybody would be believed"
    other = socket.create_connection(("127.0.0.1", gateway.port), 5, source_address=("127.0.0.2", 0))
    with other:
        other.sendall((LINE + GET).encode())
        assert b" 200 " in other.recv(65536)
    assert origin.messages[-1].get("x-forwarded-for") == "192.0.2.7"


def test_rule_72_a_header_is_no_request_where_none_is_expected(make_gateway, origin):
    with Wire(make_gateway(PLAIN, origin=origin.port).port) as wire:
        wire.send(LINE + GET)
        assert wire.answer().status == 400
    assert not origin.messages


def secure(gateway, header):
    """A TLS connection behind a header, sent in one piece with the beginning of the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="a.test")
    plain = socket.create_connection(("127.0.0.1", gateway.port), 5)
    first = header
    for step in (tls.do_handshake, lambda: tls.write(GET.encode()), lambda: tls.read(65536)):
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                result = None
            plain.sendall(first + outgoing.read())
            first = b""
            if result is not None or step == tls.do_handshake and tls.version() and not incoming.pending and tls.cipher() and done(tls):
                break
            data = plain.recv(65536)
            assert data, "closed"
            incoming.write(data)
    plain.close()
    return result


def done(tls):
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


@pytest.mark.parametrize("header", [LINE.encode(), binary(0x21, 0x11, four("192.0.2.7") + b"\x04\0\x03abc")], ids=["v1", "v2"])
def test_rule_72_a_handshake_follows_the_header(make_gateway, origin, tmp_path, header):
    gateway = make_gateway(with_tls(PLAIN, *certificate(tmp_path, "a.test")).replace("tls:", 'proxy_protocol: true, trusted_proxies: ["127.0.0.1"], tls:'),
                           origin=origin.port)
    assert b" 200 " in secure(gateway, header)
    assert origin.messages[-1].get("x-forwarded-for") == "192.0.2.7"
    # A header inside of TLS would be the client's.
    with socket.create_connection(("127.0.0.1", gateway.port), 5) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain)


HAPROXY = """
defaults
  mode tcp
  timeout connect 3s
  timeout client 10s
  timeout server 10s
listen front
  bind 127.0.0.1:{front}
  server gateway 127.0.0.1:{gateway} {send} check inter 200
"""


@pytest.mark.skipif(not shutil.which("haproxy"), reason="needs haproxy")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl-cn"])
def test_rule_72_haproxy_is_understood(make_gateway, origin, tmp_path, send, tls):
    text = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", proxy_protocol: true, trusted_proxies: ["127.0.0.1"]')
    if tls:
        key, cert = certificate(tmp_path, "a.test")
        text = text.replace("proxy_protocol", "tls: {certificates: [{certificate: %s, private_key: %s}]}, proxy_protocol" % (cert, key))
    gateway, front = make_gateway(text, origin=origin.port), free_port()
    file = tmp_path / "haproxy.cfg"
    file.write_text(HAPROXY.format(front=front, gateway=gateway.port, send=send))
    haproxy = subprocess.Popen(["haproxy", "-db", "-f", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: listens(front))
        # A client that is told from the proxy by its address.
        with socket.create_connection(("127.0.0.1", front), 5, source_address=("127.0.0.9", 0)) as stream:
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                stream = context.wrap_socket(stream, server_hostname="a.test")
            for _ in range(2):
                stream.sendall(GET.encode())
                assert b" 200 " in stream.recv(65536)
                assert origin.messages[-1].get("x-forwarded-for") == "127.0.0.9"
    finally:
        haproxy.terminate()
        haproxy.wait(10)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except ConnectionError:
        return False


def test_rule_72_a_reload_turns_it_on(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    with Wire(gateway.port) as before:
        before.send(GET)
        assert before.answer().status == 200
        gateway.write(PROXIED, origin=origin.port)
        from test_operation import admin
        assert admin(gateway, "POST", "/v1/reload").status == 200
        assert said(gateway, origin, LINE) == "192.0.2.7"
        before.send(GET)
        assert before.answer().status == 200, "a connection that was there was hurt"
    assert json.loads(admin(gateway, "GET", "/v1/status").text)["requests"] == 3
