"""Slow clients and slow apps: who is slow holds back whoever speaks to him, costs next to nothing, and is nobody else's business."""
import asyncio
import concurrent.futures
import select
import socket
import ssl
import statistics
import time

import pytest

from conftest import certificate, free_port
from crowd import KILOBYTE, Crowd
from h2client import Client, trusting
from h2wire import H2, WINDOW_UPDATE, frame, number, setting
from origin import Origin
from pattern import Check, pieces
from test_long_bodies import Memory
from wire import Wire, head, until

FILE = """
workers: 1
access_log: off
listeners:
  - {address: "127.0.0.1:{port}"}
  - {address: "127.0.0.1:{secure}", tls: {certificates: [{certificate: {cert}, private_key: {key}}]}}
upstreams:
  app: {endpoints: ["127.0.0.1:{origin}"]}
  other: {endpoints: ["127.0.0.1:{other}"]}
routes:
  - {host: a.test, path: /, upstream: app}
  - {host: a.test, path: /other, upstream: other}
timeouts: {body: 10s, first_byte: 30s, drain: 1s}
admin: {socket: "{admin}"}
"""
READY = 100 << 20
AHEAD = 16 << 20  # what three kernels' worth of buffers, the gateway's own among them, may hold of a body at most


@pytest.fixture
def gateway(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    other = Origin()
    made = make_gateway(FILE, origin=origin.port, other=other.port, secure=free_port(), key=key, cert=cert)
    made.secure = int(made.path.read_text().split("127.0.0.1:")[2].split('"')[0])
    made.certificate = cert
    yield made
    other.stop()


def small(call):
    """The app's own kernel holds little of what it says, so that what it has sent is what somebody has taken."""
    call.connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)


def http_1(certificate):
    context = trusting(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


class ReadsH1:
    """Over HTTP/1, with a kernel that reads no further than it does."""

    def __init__(self, port, path, trust=None):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        if trust:
            self.socket = http_1(trust).wrap_socket(self.socket, server_hostname="a.test")
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(512)
        self.buffer = self.buffer.split(b"\r\n\r\n", 1)[1]

    def read(self, size):
        while len(self.buffer) < size:
            data = self.socket.recv(size - len(self.buffer))
            assert data, "it was cut off"
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data


class ReadsH2:
    """Over HTTP/2: what may come is what has been asked for."""

    def __init__(self, port, path, trust):
        self.wire = H2(port, setting(4, 0), 10, wrap=lambda plain: trusting(trust).wrap_socket(plain, server_hostname="a.test"))
        self.socket = self.wire.socket
        self.wire.get(1, path, scheme="https")

    def read(self, size):
        self.wire.send(frame(WINDOW_UPDATE, 0, 1, number(size)), frame(WINDOW_UPDATE, 0, 0, number(size)))
        answer = self.wire.answers[1]
        while len(answer.body) < size:
            assert answer.reset is None, "it was cut off"
            self.wire.read()
        data, answer.body = answer.body[:size], answer.body[size:]
        return data


def test_who_reads_a_kilobyte_a_second_holds_the_app_back(gateway, origin):
    sent = {}

    async def ready(call):
        small(call)
        way = call.message.target.split("?")[1]
        sent[way] = 0
        await call.send(head(fields=f"Content-Length: {READY}\r\n"))
        for piece in pieces(READY, 1 << 16):
            await call.send(piece)
            sent[way] += len(piece)
    origin.script["/ready"] = ready
    memory = Memory(gateway)
    readers = {"h1": ReadsH1(gateway.port, "/ready?h1"), "tls": ReadsH1(gateway.secure, "/ready?tls", gateway.certificate),
               "h2": ReadsH2(gateway.secure, "/ready?h2", gateway.certificate)}
    checks = {way: Check() for way in readers}
    seen = []
    for _ in range(4):
        for way, reader in readers.items():
            checks[way].feed(reader.read(1024))
        memory.look()
        time.sleep(1)  # a client that is slow
        seen.append(dict(sent))
    print(seen[0], seen[-1], f"{memory.most} KiB")
    # What fits on the way is there after a moment, and nothing but what was read follows.
    assert all(seen[-1][way] < AHEAD and seen[-1][way] - seen[1][way] < 1 << 18 for way in readers), seen
    assert memory.most < 4 << 10, memory.most
    for way, reader in readers.items():
        while checks[way].size < 24 << 20:
            checks[way].feed(reader.read(1 << 15))
        assert checks[way].right and sent[way] > seen[-1][way], "what was held goes on, and is what it was"
        reader.socket.close()


def push_h1(port, trust=None):
    """Sends an upload for as long as somebody takes it; how much that was."""
    with Wire(port) as wire:
        if trust:
            wire.socket = http_1(trust).wrap_socket(wire.socket, server_hostname="a.test")
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        wire.send(f"POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: {READY}\r\n\r\n")
        wire.socket.setblocking(False)
        pushed, end = 0, time.monotonic() + 3
        while pushed < READY and time.monotonic() < end:
            try:
                pushed += wire.socket.send(KILOBYTE * 16)
            except (BlockingIOError, ssl.SSLWantWriteError):
                select.select([], [wire.socket], [], 0.1)
        return pushed


def push_h2(port, trust):
    with Client(port, ssl_context=trusting(trust)) as client:
        at = client.start("/slow", "POST", end=False)
        pushed, end = 0, time.monotonic() + 3
        while pushed < READY and time.monotonic() < end:
            room = min(client.connection.local_flow_control_window(at), 16384)
            if room:
                client.send(at, b"x" * room, end=False)
                pushed += room
            else:
                try:
                    client.pump(lambda: client.connection.local_flow_control_window(at) > 0, 0.2)
                except AssertionError:
                    pass  # no credit yet
        assert not client.closed and client.streams[at].reset is None
        return pushed


def test_an_app_that_reads_a_kilobyte_a_second_holds_the_client_back(gateway, origin):
    taken = 0

    async def slow(call):
        nonlocal taken
        call.connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while True:
            taken += len(await call.connection.reader.readexactly(1024))
            await asyncio.sleep(1)
    origin.script["/slow"] = slow
    memory = Memory(gateway)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        ways = {"h1": pool.submit(push_h1, gateway.port), "tls": pool.submit(push_h1, gateway.secure, gateway.certificate),
                "h2": pool.submit(push_h2, gateway.secure, gateway.certificate)}
        pushed = {way: pushing.result(20) for way, pushing in ways.items()}
    memory.look()
    print(pushed, taken, f"{memory.most} KiB")
    assert all(1 << 16 <= size < AHEAD for size in pushed.values()), pushed
    assert 1024 < taken < 1 << 18 and memory.most < 4 << 10, (taken, memory.most)


@pytest.mark.parametrize("way", ["h1", "h2"])
def test_an_app_that_trickles_is_heard_byte_by_byte(gateway, origin, way):
    heard = 0

    async def trickle(call):
        await call.send(head(fields="Content-Length: 20\r\n"))
        for n in range(20):
            await call.send(bytes([n]))
            clock = asyncio.get_running_loop().time
            end = clock() + 5
            while heard <= n and clock() < end:
                await asyncio.sleep(0.001)
            if heard <= n:
                return call.reset()
    origin.script["/trickle"] = trickle
    reader = ReadsH1(gateway.port, "/trickle") if way == "h1" else ReadsH2(gateway.secure, "/trickle", gateway.certificate)
    for n in range(20):
        assert reader.read(1) == bytes([n])
        heard += 1
    reader.socket.close()


def visit(gateway, rounds=60):
    """A fast visitor, over a kept connection, new ones and HTTP/2; what each answer took, in milliseconds."""
    took = []

    def timed(ask):
        began = time.monotonic()
        assert ask() == b"ok\n"
        took.append((time.monotonic() - began) * 1000)

    with Wire(gateway.port, 10) as kept, Client(gateway.port) as h2:
        def ask(wire):
            wire.send("GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n")
            return wire.answer().body

        def fresh():
            with Wire(gateway.port, 10) as wire:
                return ask(wire)
        for _ in range(rounds):
            timed(lambda: ask(kept))
            timed(fresh)
            timed(lambda: h2.get("/other").body)
    return statistics.median(took), sorted(took)[-len(took) // 100]


def test_two_hundred_slow_ones_slow_nobody_down(gateway, origin):
    async def endless(call):
        small(call)
        await call.send(head(fields="Content-Length: 1000000000\r\n"))
        while True:
            await call.send(KILOBYTE * 16)

    async def trickles(call):
        await call.send(head(fields="Content-Length: 1000000000\r\n"))
        while True:
            await call.send(KILOBYTE)
            await asyncio.sleep(1)

    async def swallows(call):
        while True:
            call.connection.buffer = b""
            await call.connection.more()
    origin.script.update({"/endless": endless, "/trickles": trickles, "/swallows": swallows})
    calm = visit(gateway)
    memory = Memory(gateway)
    with Crowd(gateway.port, readers=80, senders=40, listeners=20, streams=20) as crowd:
        assert len(crowd.names) == 200
        assert until(lambda: crowd.least() >= 2 or crowd.broken, 20) and not crowd.broken, (crowd.least(), crowd.broken[:5])
        begin = crowd.least()
        crowded = visit(gateway)
        memory.look()
        assert until(lambda: crowd.least() >= begin + 2 or crowd.broken, 20) and not crowd.broken, (crowd.least(), crowd.broken[:5])
    print("median and 99 of 100: %.1f, %.1f ms calm; %.1f, %.1f ms crowded" % (*calm, *crowded), f"; {memory.most} KiB")
    assert crowded[0] < 2 * calm[0] + 2 and crowded[1] < 3 * calm[1] + 50, (calm, crowded)
    # 32 KiB each; it is 10.
    assert memory.most < 200 * 32, memory.most
