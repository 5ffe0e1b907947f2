"""Who wants a site that sleeps, and what becomes of him: a runtime is played over the admin socket."""
import re
import select
import socket
import time

import pytest

from h2client import Client
from load import HANDSHAKE
from origin import Origin
from sleeper import ASK, FED, PAGE, Follower, Runtime, cause, frame
from test_operation import admin
from wire import Wire, get, until


@pytest.fixture
def gateway(make_gateway, origin):
    return make_gateway(FED, origin=origin.port)


@pytest.fixture
def runtime(gateway, origin):
    return Runtime(gateway, origin)


@pytest.mark.parametrize("kind", ["api", "form", "h2", "grpc"])
def test_a_request_is_held_and_served_by_what_is_newest(gateway, runtime, origin, kind):
    runtime.sleep()
    other = Origin()
    try:
        with Wire(gateway.port) as wire, Client(gateway.port) as client:
            if kind == "api":
                wire.send(ASK.format("/new/x", "Accept: */*\r\n"))
            elif kind == "form":
                wire.send(f"POST /new/x HTTP/1.1\r\nHost: a.test\r\nAccept: text/html\r\nContent-Length: 5\r\n\r\nhello")
            else:
                number = client.start("/new/x", "POST", b"hello", fields=[("content-type", "application/grpc"), ("te", "trailers")] if kind == "grpc" else [])
            assert runtime.holds(1) and runtime.events.hears("wake_needed")
            endpoint = [f"127.0.0.1:{other.port}"]
            runtime.put("waking")
            runtime.put("ready", routes=[*runtime.spec["routes"], {"path": "/new", "strip_prefix": True, "endpoints": endpoint}])
            answer = wire.answer() if kind in ("api", "form") else client.finish(number)
            assert answer.status == 200 and answer.body == b"ok\n"
        assert other.messages[0].target == "/x" and other.messages[0].body == (b"" if kind == "api" else b"hello")
        assert not origin.messages and not other.irregularities
    finally:
        other.stop()


def test_two_hundred_who_wait_ask_once(gateway, origin):
    # Not more at once than an app in Python accepts.
    runtime = Runtime(gateway, origin, limits={"max_in_flight": 20, "queue": {"length": 300, "deadline": "20s"}})
    runtime.sleep()
    wires = [Wire(gateway.port) for _ in range(200)]
    try:
        for wire in wires:
            wire.send(ASK.format("/", ""))
        assert runtime.holds(200)
        late = Follower(gateway)
        assert late.hears("wake_needed", site="owner/one"), "whoever begins to listen is told too"
        runtime.put("waking")
        runtime.put("ready")
        assert {wire.answer().status for wire in wires} == {200}
        assert runtime.events.count("wake_needed") == late.count("wake_needed") == 1
        late.close()
        assert Follower(gateway).count("wake_needed") == 0
        # The next sleep is another one.
        runtime.sleep()
        wires[0].send(ASK.format("/", ""))
        assert runtime.events.hears("wake_needed", 2)
        runtime.put("ready")
        assert wires[0].answer().status == 200
    finally:
        for wire in wires:
            wire.socket.close()


def test_a_browser_is_shown_a_page_that_asks_again(gateway, runtime):
    runtime.sleep()
    began = time.monotonic()
    answer = get(gateway.port, fields=PAGE)
    took = time.monotonic() - began
    assert answer.status == 503 and cause(answer) == "waking" and 1.9 < took < 3.5
    text = answer.body.decode()
    assert re.search(r'<meta http-equiv="refresh" content="\d+">', text) and "waking up" in text and "<h1>" in text and 'lang="en"' in text
    assert "no-store" in answer.get("cache-control") and int(answer.get("retry-after")) < 10
    assert "http://" not in text and "https://" not in text and "src=" not in text, "it needs nothing of anybody"
    assert runtime.events.count("wake_needed") == 1
    # One who comes back in time sees the app itself.
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/", PAGE))
        assert runtime.holds(1)
        runtime.put("ready")
        assert wire.answer().body == b"ok\n"


@pytest.mark.parametrize("method, target, fields", [
    ("HEAD", "/", ""), ("OPTIONS", "/", ""), ("GET", "/favicon.ico", ""), ("GET", "/robots.txt", ""), ("GET", "/", "Sec-Purpose: prefetch;prerender\r\n"),
    ("GET", "/", "User-Agent: kube-probe/1.29\r\n"), ("GET", "/", PAGE + "User-Agent: facebookexternalhit/1.1\r\n")],
    ids=["head", "options", "favicon", "robots", "prefetch", "probe", "preview"])
def test_nobody_who_only_looks_wakes_it(gateway, runtime, method, target, fields):
    runtime.sleep()
    answer = get(gateway.port, target, fields=fields, method=method)
    assert answer.status == 503 and cause(answer) == "sleeping" and int(answer.get("retry-after")) > 0
    assert get(gateway.port, host="nobody.test").status == 404
    # What is said is said in order.
    runtime.put("ready")
    assert get(gateway.port, target, fields=fields, method=method).status == 200
    runtime.sleep()
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/", ""))
        assert runtime.events.hears("wake_needed")
    assert runtime.events.count("wake_needed") == 1


def test_whoever_waits_hears_at_once_that_it_failed(gateway, runtime):
    runtime.sleep()
    with Wire(gateway.port) as wire, Client(gateway.port) as client:
        wire.send(ASK.format("/", ""))
        number = client.start("/", "POST", b"", fields=[("content-type", "application/grpc")])
        assert runtime.holds(2)
        runtime.put("waking")
        runtime.put("failed", message="It does not start.")
        answer = wire.answer()
        assert answer.status == 503 and cause(answer) == "space_failed" and b"It does not start." in answer.body
        call = client.finish(number)
        assert call.status == 200 and call.fields["grpc-status"] == "14"
    assert runtime.holds(0)


def test_a_site_that_is_erased_is_not_waited_for(gateway, runtime):
    runtime.sleep()
    with Wire(gateway.port) as wire:
        wire.send(ASK.format("/", ""))
        assert runtime.holds(1)
        assert admin(gateway, "DELETE", "/v1/sites/owner/one").status == 200
        assert wire.answer().status == 404


def test_nobody_waits_for_ever(make_gateway, origin):
    gateway = make_gateway(FED.replace("drain: 20s", "drain: 20s, wake: 300ms"), origin=origin.port)
    runtime = Runtime(gateway, origin)
    runtime.sleep()
    answer = get(gateway.port)
    assert answer.status == 503 and cause(answer) == "waking" and int(answer.get("retry-after")) > 0
    with Client(gateway.port) as client:
        call = client.get("/", method="POST", body=b"", fields=[("content-type", "application/grpc+proto")])
        assert call.status == 200 and call.fields["grpc-status"] == "14" and call.ended
    assert runtime.events.count("wake_needed") == 1
    runtime.put("ready")
    assert get(gateway.port).status == 200


def test_without_a_runtime_nobody_waits(gateway, runtime):
    runtime.sleep()
    runtime.events.close()

    def refused():
        try:
            return cause(get(gateway.port, timeout=0.3)) == "waking"
        except TimeoutError:  # it had not noticed yet
            return False

    assert until(refused)
    began = time.monotonic()
    answer = get(gateway.port, fields=PAGE)
    assert answer.status == 503 and cause(answer) == "waking" and time.monotonic() - began < 1
    assert runtime.traffic()["held"] == 0


def test_a_client_that_leaves_waits_no_more(gateway, runtime):
    runtime.sleep()
    with Wire(gateway.port) as wire, Client(gateway.port) as client:
        wire.send(ASK.format("/left", ""))
        number = client.start("/left", "POST", b"x" * 1000)
        assert runtime.holds(2)
        client.reset(number)
        assert runtime.holds(1)
    assert runtime.holds(0)
    runtime.put("ready")
    assert get(gateway.port).status == 200
    assert until(lambda: gateway.output().count('"path":"/left","status":499') == 2)


def test_more_than_would_find_a_place_are_sent_away_at_once(gateway, origin):
    runtime = Runtime(gateway, origin, limits={"max_in_flight": 2, "queue": {"length": 3}})
    runtime.sleep()
    wires = [Wire(gateway.port) for _ in range(5)]
    try:
        for wire in wires:
            wire.send(ASK.format("/", ""))
        assert runtime.holds(5)
        answer = get(gateway.port)
        assert answer.status == 503 and cause(answer) == "saturated"
        runtime.put("ready")
        assert [wire.answer().status for wire in wires] == [200] * 5
    finally:
        for wire in wires:
            wire.socket.close()


def test_a_body_is_not_read_before_somebody_takes_it(gateway, runtime, origin):
    runtime.sleep()
    size, taken = 8 << 20, []

    async def take(call):
        taken.append(len(call.connection.buffer))
        call.connection.buffer = b""
        while sum(taken) < size:
            taken.append(len(await call.connection.reader.read(1 << 20)))
        call.message.complete = True
        await call.answer()

    origin.script["/big"] = take
    with Wire(gateway.port) as wire:
        wire.send(f"POST /big HTTP/1.1\r\nHost: a.test\r\nContent-Length: {size}\r\n\r\n")
        assert runtime.holds(1)
        sent, piece = 0, b"x" * 65536
        while select.select([], [wire.socket], [], 0.5)[1]:
            sent += wire.socket.send(piece, socket.MSG_DONTWAIT)
        assert sent < size / 2, "somebody read it"
        runtime.put("ready")
        while sent < size:
            sent += wire.socket.send(piece[:size - sent])
        assert wire.answer().status == 200
    assert sum(taken) == size


def test_a_websocket_is_held_and_then_opened(gateway, origin, echo_server):
    runtime = Runtime(gateway, origin)
    runtime.sleep()
    with Wire(gateway.port) as wire:
        wire.send(HANDSHAKE.format("/", "a.test"))
        assert runtime.holds(1) and runtime.events.hears("wake_needed")
        runtime.put("ready", routes=[{"path": "/", "endpoints": [f"127.0.0.1:{echo_server}"]}])
        assert wire.answer().status == 101
        wire.send(frame(b"hello"))
        assert wire.exactly(7) == b"\x81\x05hello"
