"""Long bodies, server-sent events and WebSockets: nothing is held, nothing is cut by a reload."""
import asyncio
import pathlib
import re
import signal

import pytest
import websockets

from conftest import PLAIN, TWO
from wire import GET, Wire, answers, get, head, until


# Streams

def test_server_sent_events_arrive_one_by_one(gateway, origin):
    go = asyncio.Event()

    async def events(call):
        await call.body()
        await call.send(head(fields="Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n") + b"9\r\ndata: 1\n\n\r\n")
        await asyncio.wait_for(go.wait(), 5)
        await call.send(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
    origin.script["/events"] = events
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/events"))
        wire.head()
        assert wire.line() == b"9"
        assert wire.exactly(11) == b"data: 1\n\n\r\n"
        origin.loop.call_soon_threadsafe(go.set)
        assert wire.line() == b"9"
        assert wire.exactly(11) == b"data: 2\n\n\r\n"


def resident(gateway):
    text = pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def test_a_client_that_does_not_read_holds_the_origin_back(gateway, origin):
    sent = []

    async def flood(call):
        await call.send(head(fields="Transfer-Encoding: chunked\r\n"))
        for _ in range(2000):
            await call.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent.append(65536)
    origin.script["/flood"] = flood
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/flood"))
        wire.head()
        until(lambda: len(sent) > 1000, 0.5)
        assert len(sent) < 1000
        assert resident(gateway) < 200 << 10


def dial(port, host="a.test"):
    return websockets.connect(f"ws://{host}/ws", host="127.0.0.1", port=port)


def test_websocket_messages_pass_both_ways(make_gateway, echo_server):
    gateway = make_gateway(PLAIN, origin=echo_server)

    async def talk():
        async with dial(gateway.port) as ws:
            for message in ("hello", b"\0\1\2", "x" * 300000):
                await ws.send(message)
                assert await asyncio.wait_for(ws.recv(), 5) == message
    asyncio.run(talk())


def test_reload_keeps_a_websocket_whose_route_did_not_change(make_gateway, echo_server, origin):
    gateway = make_gateway(TWO, origin=echo_server)

    async def talk():
        async with dial(gateway.port) as ws:
            await ws.send("before")
            assert await asyncio.wait_for(ws.recv(), 5) == "before"
            gateway.write(PLAIN, origin=echo_server)
            gateway.signal(signal.SIGHUP)
            loop = asyncio.get_running_loop()
            gone = lambda: get(gateway.port, host="b.test").status == 404
            assert await loop.run_in_executor(None, until, gone)
            await ws.send("after")
            assert await asyncio.wait_for(ws.recv(), 5) == "after"
    asyncio.run(talk())


def test_a_bad_file_changes_nothing_on_reload(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    gateway.write("routes: [{hots: x}]")
    gateway.signal(signal.SIGHUP)
    assert until(lambda: "hots" in gateway.output())
    assert get(gateway.port).status == 200


def test_a_websocket_ends_when_it_is_silent_for_its_timeout_and_not_before(make_gateway, origin):
    gone = []

    async def tunnel(call):
        await call.send(head("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        await call.gone()
        gone.append(True)
        call.close()
    origin.script["/ws"] = tunnel
    gateway = make_gateway(PLAIN.replace("tunnel: 5s", "tunnel: 1500ms"), origin=origin.port)
    with Wire(gateway.port) as wire:
        wire.send("GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        assert wire.answer().status == 101
        # Longer than the timeouts of bodies, heads and the tunnel itself: only silence counts.
        for _ in range(6):
            assert not wire.closed(0.5) and not gone
            wire.send("x")
        assert wire.closed(4) and until(lambda: gone)


def test_rule_36_a_101_that_does_not_fit_is_502(gateway, origin):
    origin.script["/ws"] = answers(head("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n"))
    answer = get(gateway.port, "/ws", fields="Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    assert answer.status == 502
