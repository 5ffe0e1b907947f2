"""Uploads and downloads of any length, exact to the byte, in memory that does not grow. BODY_MIB says how long."""
import os
import subprocess

import pytest

from conftest import PLAIN, certificate, with_tls
from pattern import Check, PIECE, pieces, received
from test_streams import resident
from wire import TlsWire, Wire, head

SIZE = int(os.environ.get("BODY_MIB", 200)) << 20
GROWTH = 8 << 10  # KiB; it is less than one MiB
PATIENCE = 120
WAYS = pytest.mark.parametrize("secure, framing", [(False, "length"), (False, "chunked"), (True, "length")], ids=["plain", "chunked", "tls"])


class Memory:
    """What the gateway has, looked at while it works: `most` is how much more than at the beginning."""

    def __init__(self, gateway):
        self.gateway, self.before, self.most = gateway, resident(gateway), 0

    def look(self):
        self.most = max(self.most, resident(self.gateway) - self.before)


class Curl:
    """curl over HTTP/2, with a body that comes from us or goes to us."""

    def __init__(self, gateway, cert, path, *arguments):
        self.process = subprocess.Popen(["curl", "-s", "--http2", "--max-time", str(PATIENCE), "--cacert", cert, "--resolve", f"a.test:{gateway.port}:127.0.0.1",
                                         *arguments, f"https://a.test:{gateway.port}{path}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def upload(self, memory):
        for number, piece in enumerate(pieces(SIZE)):
            self.process.stdin.write(piece)
            if number % 64 == 0:
                memory.look()
        return self.process.communicate(timeout=PATIENCE)[0].decode()

    def download(self, memory, check):
        number = 0
        while data := self.process.stdout.read1(PIECE):
            check.feed(data)
            number += 1
            if number % 64 == 0:
                memory.look()
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def app(origin):
    """Says of an upload how much came and whether it was right; a download is the pattern."""
    async def takes(call):
        check = await received(call)
        await call.answer(f"{check.size} {check.right}".encode())

    async def gives(call):
        await call.body()
        chunked = "chunked" in call.message.target
        await call.send(head(fields="Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {SIZE}\r\n"))
        for piece in pieces(SIZE):
            await call.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            await call.send(b"0\r\n\r\n")
    origin.script.update({"/takes": takes, "/gives": gives})
    return origin


@pytest.fixture
def gateway(make_gateway, origin, tmp_path):
    """One for each test, because memory is what is looked at; `secure` is the certificate of one with TLS."""
    def make(secure):
        key, cert = certificate(tmp_path, "a.test")
        made = make_gateway(with_tls(PLAIN, key, cert) if secure else PLAIN, origin=origin.port)
        made.certificate = cert
        return made
    return make


def upload(wire, fields, framed, memory):
    """An upload over HTTP/1; the answer."""
    with wire:
        wire.send(f"POST /takes HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")
        for number, piece in enumerate(pieces(SIZE)):
            wire.send(b"%x\r\n%b\r\n" % (len(piece), piece) if framed else piece)
            if number % 64 == 0:
                memory.look()
        if framed:
            wire.send(b"0\r\n\r\n")
        return wire.answer().body.decode()


def download(wire, path, memory, check):
    with wire:
        wire.send(f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n")
        answer = wire.head()
        chunked = answer.get("transfer-encoding") == "chunked"
        left = int(wire.line(), 16) if chunked else int(answer.get("content-length"))
        number = 0
        while left:
            if not wire.buffer:
                wire.more()
            data, wire.buffer = wire.buffer[:left], wire.buffer[left:]
            check.feed(data)
            left -= len(data)
            number += 1
            if number % 256 == 0:
                memory.look()
            if chunked and not left:
                assert wire.exactly(2) == b"\r\n"
                left = int(wire.line(), 16)


def flat(memory):
    memory.look()
    print(f"{SIZE >> 20} MiB, {memory.most} KiB more than before")
    assert memory.most < GROWTH, f"{memory.most} KiB more than before"


@pytest.mark.parametrize("wrong", [[0, 2], [0, 1, 1, 2], [1, 0, 2], [0, 1, 2, 0]], ids=["lost", "doubled", "moved", "more"])
def test_what_is_not_the_body_is_told_from_it(wrong):
    right, check = list(pieces(3 << 16, 1 << 16)), Check()
    for number in wrong:
        check.feed(right[number])
    assert (check.size, check.right) != (3 << 16, True)


@WAYS
def test_an_upload_over_http_1(gateway, app, secure, framing):
    made = gateway(secure)
    memory = Memory(made)
    chunked = framing == "chunked"
    answer = upload((TlsWire if secure else Wire)(made.port, PATIENCE), "Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {SIZE}\r\n", chunked, memory)
    assert answer == f"{SIZE} True"
    flat(memory)


@WAYS
def test_a_download_over_http_1(gateway, app, secure, framing):
    made = gateway(secure)
    memory, check = Memory(made), Check()
    download((TlsWire if secure else Wire)(made.port, PATIENCE), f"/gives?{framing}", memory, check)
    assert (check.size, check.right) == (SIZE, True)
    flat(memory)


def test_an_upload_over_http_2(gateway, app):
    made = gateway(True)
    memory = Memory(made)
    answer = Curl(made, made.certificate, "/takes", "-T", "-", "-X", "POST").upload(memory)
    assert answer == f"{SIZE} True"
    flat(memory)


def test_a_download_over_http_2(gateway, app):
    made = gateway(True)
    memory, check = Memory(made), Check()
    Curl(made, made.certificate, "/gives?length").download(memory, check)
    assert (check.size, check.right) == (SIZE, True)
    flat(memory)
