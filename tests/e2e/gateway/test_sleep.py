"""Sites that fall asleep, with a runtime that is played over the admin socket."""
import asyncio
import json
import random
import re
import signal
import threading
import time

import pytest

from h2client import Client
from load import HANDSHAKE, Http2
from sleeper import ASK, FED, Runtime, cause, frame
from test_operation import admin
from wire import Wire, get, until


@pytest.fixture
def gateway(make_gateway, origin):
    return make_gateway(FED, origin=origin.port)


@pytest.fixture
def runtime(gateway, origin):
    return Runtime(gateway, origin)


# Falling asleep

def test_quiesce_says_what_it_cannot_do(gateway, runtime):
    assert admin(gateway, "POST", "/v1/sites/nobody/quiesce").status == 404
    runtime.sleep()
    assert admin(gateway, "POST", "/v1/sites/owner/one/quiesce").status == 409
    assert runtime.traffic()["state"] == "sleeping"
    for state in ("waking", "paused", "failed", "starting"):
        runtime.put(state)
        assert admin(gateway, "POST", "/v1/sites/owner/one/quiesce").status == 409


@pytest.mark.parametrize("part", ["answer", "download", "upload"])
def test_a_site_in_use_does_not_fall_asleep(gateway, runtime, origin, part):
    go = asyncio.Event()

    async def slow(call):
        if part == "upload":
            await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
            await call.body()
            await call.send(b"k")
            return
        await call.body()
        if part == "download":
            await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        await asyncio.wait_for(go.wait(), 10)
        await (call.send(b"k") if part == "download" else call.answer(b"ok"))

    origin.script["/slow"] = slow
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/slow", "") if part != "upload" else "POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nab")
        assert until(lambda: origin.messages)
        assert not runtime.quiesce() and not runtime.quiesce()
        assert runtime.traffic()["state"] == "ready" and runtime.traffic()["in_flight"] == 1
        # Whoever comes meanwhile is served as ever.
        assert get(gateway.port).status == 200
        origin.loop.call_soon_threadsafe(go.set)
        if part == "upload":
            wire.send("cd")
        assert wire.answer().body == b"ok"
    runtime.sleep()


def test_nothing_reaches_a_site_that_sleeps_and_nothing_is_lost(gateway, runtime, origin):
    """Fifty times under load, over both versions of HTTP and two workers."""
    at_work, stop, failures, served = [0], threading.Event(), [], [0]

    async def work(call):
        at_work[0] += 1
        await call.body()
        await asyncio.sleep(random.choice((0, 0.001, 0.004)))
        # The gateway may have the answer before this thread runs again.
        at_work[0] -= 1
        await call.answer(b"done")

    origin.script["/work"] = work

    def over_h1():
        with Wire(gateway.port, 20) as wire:
            while not stop.is_set():
                wire.send(ASK.format("/work", ""))
                if wire.answer().body != b"done":
                    failures.append("h1")
                served[0] += 1
                time.sleep(random.random() * 0.01)

    def over_h2():
        with Client(gateway.port) as client:
            while not stop.is_set():
                numbers = [client.start("/work", method, body) for method, body in (("GET", None), ("POST", b"x" * 3000))]
                for number in numbers:
                    if client.finish(number, 20).body != b"done":
                        failures.append("h2")
                served[0] += 2
                time.sleep(random.random() * 0.01)

    def loudly(visit):
        try:
            visit()
        except Exception as problem:  # the thread's only word
            failures.append(repr(problem))

    visitors = [threading.Thread(target=loudly, args=(visit,)) for visit in (over_h1, over_h1, over_h1, over_h2)]
    for visitor in visitors:
        visitor.start()
    slept = busy = 0
    end = time.monotonic() + 60
    while slept < 50 and time.monotonic() < end and not failures:
        if not runtime.quiesce():
            busy += 1
            continue
        slept += 1
        asked, working = len(origin.messages), at_work[0]
        assert runtime.events.hears("wake_needed", slept)
        assert working == 0 and at_work[0] == 0 and len(origin.messages) == asked, "something reached a site that sleeps"
        runtime.put("waking")
        assert len(origin.messages) == asked
        runtime.put("ready")
    stop.set()
    for visitor in visitors:
        visitor.join(20)
    assert failures == [] and slept == 50 and busy > 0
    assert runtime.events.count("wake_needed") == 50
    assert len(origin.messages) == served[0] and not origin.irregularities
    assert runtime.traffic()["failures"] == 0


# What stays open

def test_a_silent_websocket_stays_open_and_what_it_says_wakes(gateway, origin, echo_server):
    runtime = Runtime(gateway, origin, sleep={"after": "200ms"})
    runtime.put("ready", routes=[{"path": "/", "endpoints": [f"127.0.0.1:{echo_server}"]}])
    with Wire(gateway.port) as wire:
        wire.send(HANDSHAKE.format("/", "a.test"))
        assert wire.answer().status == 101
        wire.send(frame(b"hello"))
        assert wire.exactly(7) == b"\x81\x05hello"
        assert not runtime.quiesce(), "it has just said something"
        assert runtime.events.hears("idle") and runtime.quiesce()
        wire.send(frame(b"here?", 9))
        assert wire.exactly(7) == b"\x8a\x05here?"
        assert runtime.traffic()["in_flight"] == 1 and runtime.events.count("wake_needed") == 0, "a ping is no use"
        wire.send(frame(b"hello"))
        assert runtime.events.hears("wake_needed")
        runtime.put("ready")
        assert wire.exactly(7) == b"\x81\x05hello"
        wire.send(frame(b"again"))
        assert wire.exactly(7) == b"\x81\x05again"


def test_a_site_may_say_that_silent_sockets_are_use(gateway, origin, echo_server):
    runtime = Runtime(gateway, origin, sleep={"after": "200ms", "silent_sockets": True})
    runtime.put("ready", routes=[{"path": "/", "endpoints": [f"127.0.0.1:{echo_server}"]}])
    with Wire(gateway.port) as wire:
        wire.send(HANDSHAKE.format("/", "a.test"))
        assert wire.answer().status == 101
        other = Runtime(gateway, origin, "two", "b.test", sleep={"after": "800ms"})
        assert other.events.hears("idle", site="two"), "several times as long has passed"
        assert runtime.events.count("idle", site="owner/one") == 0 and not runtime.quiesce()
    assert runtime.events.hears("idle", site="owner/one") and runtime.quiesce()


def test_silent_events_stay_open_while_it_sleeps(gateway, origin):
    runtime = Runtime(gateway, origin, sleep={"after": "200ms"})
    more = asyncio.Event()

    async def events(call):
        await call.body()
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:1\r\n")
        await asyncio.wait_for(more.wait(), 20)
        await call.send(b"6\r\ndata:2\r\n0\r\n\r\n")

    origin.script["/events"] = events
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/events", ""))
        assert wire.head().status == 200 and wire.exactly(11).endswith(b"data:1\r\n")
        assert runtime.events.hears("idle") and runtime.quiesce()
        assert runtime.events.count("wake_needed") == 0
        runtime.put("ready")
        origin.loop.call_soon_threadsafe(more.set)
        assert wire.exactly(11).endswith(b"data:2\r\n")


# What is told

def test_who_is_idle_is_told_once_until_it_is_used(gateway, origin):
    runtime = Runtime(gateway, origin, sleep={"after": "300ms"})
    began = time.monotonic()
    assert get(gateway.port).status == 200
    assert runtime.events.hears("idle")
    assert time.monotonic() - began > 0.29
    assert get(gateway.port).status == 200
    assert runtime.events.hears("busy") and runtime.events.hears("idle", 2)
    # Put anew, it is looked at anew.
    runtime.put("ready")
    assert runtime.events.hears("idle", 3)
    assert [event["event"] for event in runtime.events.said] == ["idle", "busy", "idle", "idle"]
    other = Runtime(gateway, origin, "two", "b.test")
    assert other.events.count("idle") == 0, "it never said after how long"


def test_traffic_metrics_and_log_tell_of_it(make_gateway, origin):
    gateway = make_gateway(FED + "server_timing: true\n", origin=origin.port)
    runtime = Runtime(gateway, origin)
    for _ in range(4):
        assert get(gateway.port).status == 200
    # Who has his answer may be faster than the count.
    assert until(lambda: runtime.traffic()["requests"] == 4 and runtime.traffic()["in_flight"] == 0)
    told = runtime.traffic()
    assert told["failures"] == 0 and told["idle_seconds"] <= 5 and 0 < told["p50_ms"] <= told["p99_ms"] <= 60_000
    runtime.sleep()
    assert get(gateway.port, method="HEAD").status == 503
    assert until(lambda: runtime.traffic()["failures"] == 1)
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/held", ""))
        assert runtime.holds(1)
        assert "spaceport_gateway_requests_held 1" in admin(gateway, "GET", "/metrics").text.decode()
        runtime.put("ready")
        answer = wire.answer()
        assert answer.status == 200 and re.search(r"gateway-held;dur=\d", answer.get("server-timing"))
    assert until(lambda: runtime.traffic()["requests"] == 6)
    text = admin(gateway, "GET", "/metrics").text.decode()
    for line in ("spaceport_gateway_requests_held 0", "spaceport_gateway_holds_total 1", "spaceport_gateway_wakes_asked_total 1"):
        assert line in text
    assert float(re.search(r"^spaceport_gateway_hold_seconds_total (\S+)", text, re.M)[1]) > 0
    assert until(lambda: '"path":"/held"' in gateway.output())
    held = next(json.loads(line) for line in gateway.output().splitlines() if '"path":"/held"' in line)
    assert held["status"] == 200 and held["held_ms"] > 0 and held["wait_ms"] >= held["held_ms"]
    first = next(json.loads(line) for line in gateway.output().splitlines() if '"path":"/"' in line)
    assert "held_ms" not in first


def test_endpoints_that_sleep_are_not_asked_how_they_are(gateway, origin):
    asked = []

    async def up(call):
        asked.append(time.monotonic())
        await call.body()
        await call.answer()

    origin.script["/up"] = up
    endpoints = [f"127.0.0.1:{origin.port}", f"localhost:{origin.port}"]
    runtime = Runtime(gateway, origin)
    runtime.put("ready", routes=[{"path": "/", "endpoints": endpoints, "health": {"path": "/up", "interval": "20ms", "unhealthy_after": 1}}])
    assert until(lambda: len(asked) > 4)
    runtime.sleep()
    # One may have been on its way.
    seen = len(asked)
    other = Runtime(gateway, origin, "two", "b.test", sleep={"after": "400ms"})
    assert other.events.hears("idle")
    assert len(asked) <= seen + len(endpoints)
    runtime.put("ready")
    assert until(lambda: len(asked) > seen + 6)


# Ends of the gateway

def test_sigterm_sends_those_away_who_wait(gateway, runtime):
    runtime.sleep()
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/", ""))
        over_h2, statuses = Http2(gateway.port, "a.test"), []
        asking = threading.Thread(target=lambda: statuses.append(over_h2.get()))
        asking.start()
        assert runtime.holds(2)
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        answer = wire.answer()
        assert answer.status == 503 and cause(answer) == "waking" and int(answer.get("retry-after")) > 0
        asking.join(5)
        assert statuses == ["503"]
        over_h2.socket.close()
        assert gateway.process.wait(5) == 0 and time.monotonic() - began < 5
    assert runtime.events.over.wait(5)


def test_a_reload_and_a_handover_keep_those_who_wait(gateway, runtime):
    runtime.sleep()
    with Wire(gateway.port) as first, Wire(gateway.port) as second:
        first.send(ASK.format("/", ""))
        assert runtime.holds(1)
        assert admin(gateway, "POST", "/v1/reload").status == 200
        second.send(ASK.format("/", ""))
        assert runtime.holds(2)
        assert admin(gateway, "POST", "/v1/handover").status == 202
        assert until(lambda: b"draining\":true" in admin(gateway, "GET", "/v1/status").text.replace(b" ", b""))
        runtime.put("ready")
        assert first.answer().status == second.answer().status == 200
    assert gateway.process.wait(10) == 0
