"""Clients that go away: the app hears of it at once, whatever the exchange is at."""
import asyncio
import contextlib
import json
import socket
import struct
import time

import pytest

from conftest import PLAIN
from test_operation import admin
from wire import GET, TlsWire, Wire, get, head, until

HANDSHAKE = ("GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
SWITCHING = head("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")


class Noticed:
    """When an app lost its peer."""

    def __init__(self, origin, path, first=b""):
        self.at, self.ready = None, False

        async def script(call):
            if first:
                await call.send(first)
            self.ready = True
            await call.gone()
            self.at = time.monotonic()
            call.close()
        origin.script[path] = script


def reset(wire):
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


def close(wire):
    wire.socket.close()


ways = pytest.mark.parametrize("leave", [close, reset])
wires = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])

# What the client sends, what the app says to it, and how far the client reads.
PHASES = {"head": (GET.format("/p"), b"", b""), "interim": (GET.format("/p"), head("103 Early Hints"), b"103"),
          "body": (GET.format("/p"), head(fields="Content-Length: 100\r\n") + b"begun", b"begun"), "chunks": (GET.format("/p"), head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nbegun\r\n", b"begun"),
          "long body": (GET.format("/p"), head(fields="Content-Length: 10000000\r\n") + b"begun", b"begun"), "until the end": (GET.format("/p"), head() + b"begun", b"begun"),
          "upload": ("POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nbegun", b"", b""),
          "both bodies": ("POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n", head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nbegun\r\n", b"begun"),
          "waiting for 100": ("POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", b"", b""),
          "pipelined": (GET.format("/p") + GET.format("/never"), b"", b"")}


@ways
@wires
@pytest.mark.parametrize("phase", PHASES)
def test_a_client_that_leaves_cancels_the_upstream_at_once(gateway, secure_gateway, origin, phase, secure, leave):
    request, first, seen = PHASES[phase]
    app = Noticed(origin, "/p", first)
    wire = TlsWire(secure_gateway.port) if secure else Wire(gateway.port)
    wire.send(request)
    while seen not in wire.buffer:
        wire.more()
    assert until(lambda: app.ready)
    left = time.monotonic()
    leave(wire)
    assert until(lambda: app.at, 3) and app.at - left < 0.5
    assert [one.path for one in origin.messages] == ["/p"], "what stood behind it is of no use to anybody"


def test_what_a_client_sent_ahead_is_not_carried_out_when_it_has_left(gateway, origin):
    go = asyncio.Event()

    async def hold(call):
        await asyncio.wait_for(go.wait(), 5)
        await call.answer()
    origin.script["/p"] = hold
    logged = gateway.output().count('"path":"/p"')
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/p") + GET.format("/n") * 2000)  # more than the gateway reads ahead: the end stands behind it
        assert until(lambda: origin.messages)
        reset(wire)
    origin.loop.call_soon_threadsafe(go.set)
    assert until(lambda: gateway.output().count('"path":"/p"') > logged)
    for _ in range(5):
        assert get(gateway.port, "/last").status == 200
    # The first answer may have gone into a connection that nobody had reset yet.
    assert [one.path for one in origin.messages if one.path == "/n"] in ([], ["/n"])


@wires
def test_a_websocket_whose_client_breaks_off_is_broken_for_the_app(gateway, secure_gateway, origin, secure):
    app = Noticed(origin, "/ws", SWITCHING)
    wire = TlsWire(secure_gateway.port) if secure else Wire(gateway.port)
    wire.send(HANDSHAKE)
    assert wire.answer().status == 101
    left = time.monotonic()
    reset(wire)
    assert until(lambda: app.at, 3) and app.at - left < 0.5


@wires
def test_the_end_of_a_websocket_s_client_is_an_end_for_the_app(gateway, secure_gateway, origin, secure):
    app = Noticed(origin, "/ws", SWITCHING)
    wire = TlsWire(secure_gateway.port) if secure else Wire(gateway.port)
    wire.send(HANDSHAKE)
    assert wire.answer().status == 101
    left = time.monotonic()
    if secure:
        wire.socket.settimeout(0)
        with contextlib.suppress(OSError):
            wire.socket.unwrap()  # sends a close_notify; nobody waits for the other one
    else:
        wire.socket.shutdown(socket.SHUT_WR)
    assert until(lambda: app.at, 3) and app.at - left < 0.3
    wire.socket.close()


def test_a_client_that_leaves_while_an_endpoint_is_connected_takes_the_connect_along(make_gateway):
    with socket.socket() as app:
        app.bind(("127.0.0.1", 0))
        app.listen(0)
        app.settimeout(5)
        filler = socket.create_connection(app.getsockname(), 5)  # its queue: the next connection waits for its handshake
        gateway = make_gateway(PLAIN.replace("connect: 1s", "connect: 10s"), origin=app.getsockname()[1])
        with Wire(gateway.port) as wire:
            wire.send(GET.format("/"))
            assert until(lambda: connecting(app.getsockname()[1]))
        assert until(lambda: not connecting(app.getsockname()[1]), 1), "ten seconds were left"
        filler.close()
        lines = until(lambda: [json.loads(line) for line in gateway.output().splitlines() if '"status":' in line])
        assert [one["status"] for one in lines] == [499]


def test_a_shared_connect_goes_on_for_those_who_stay_and_ends_with_the_last(make_gateway):
    with socket.socket() as app:
        app.bind(("127.0.0.1", 0))
        app.listen(0)
        port = app.getsockname()[1]
        filler = socket.create_connection(("127.0.0.1", port), 5)
        text = PLAIN.replace("connect: 1s", "connect: 10s").replace('{origin}"]', '{origin}"], protocol: h2c')
        gateway = make_gateway(text, origin=port)

        def logged():
            return [json.loads(line)["status"] for line in gateway.output().splitlines() if '"status":' in line]
        wires = [Wire(gateway.port) for _ in range(3)]
        for wire in wires:
            wire.send(GET.format("/"))
        assert until(lambda: connecting(port))
        assert until(lambda: json.loads(admin(gateway, "GET", "/v1/status").text)["in_flight"] == 3)
        # The one who connects, and one of those who wait for it: neither is kept, and the third still gets what he waits for.
        for left, wire in enumerate(wires[:2], 1):
            reset(wire)
            assert until(lambda: json.loads(admin(gateway, "GET", "/v1/status").text)["in_flight"] == (3 if left == 1 else 2))
            assert connecting(port)
        reset(wires[2])
        assert until(lambda: not connecting(port), 1), "ten seconds were left"
        filler.close()
        assert until(lambda: len(logged()) == 3) and logged() == [499] * 3


def connecting(port):
    """Is a connection to 127.0.0.1:port waiting for its handshake?"""
    with open("/proc/net/tcp") as table:
        return any(line.split()[2] == f"0100007F:{port:04X}" and line.split()[3] == "02" for line in table)
