"""HTTP/2 to clients: the same exchanges as HTTP/1, many on one connection."""
import asyncio
import concurrent.futures
import contextlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from conftest import PLAIN, SANITIZED, TWO, certificate, with_tls
from h2client import Client, trusting
from h2wire import H2
from wire import get, head, until

HERE = pathlib.Path(__file__).parent
RST_CANCEL, RST_INTERNAL = 8, 2


@pytest.fixture
def tls(tmp_path):
    return certificate(tmp_path, "a.test")


def curl(*arguments):
    done = subprocess.run(["curl", "-s", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", *arguments],
                          capture_output=True, text=True)
    return done.stdout


def held(origin, path):
    """The app answers `path` when the function that is returned is called."""
    go = asyncio.Event()

    async def answer(call):
        await call.body()
        await asyncio.wait_for(go.wait(), 5)
        await call.answer(b"slow\n")
    origin.script[path] = answer
    return lambda: origin.loop.call_soon_threadsafe(go.set)


def test_alpn_chooses(make_gateway, shared_origin, tls):
    key, cert = tls
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=shared_origin.port)
    url = ["--cacert", cert, "--resolve", f"a.test:{gateway.port}:127.0.0.1", f"https://a.test:{gateway.port}/"]
    assert curl(*url) == "2 200"
    assert curl("--http1.1", *url) == "1.1 200"


def test_prior_knowledge(gateway, origin):
    url = ["--resolve", f"a.test:{gateway.port}:127.0.0.1", f"http://a.test:{gateway.port}/"]
    assert curl("--http2-prior-knowledge", *url) == "2 200"
    # Upgrade: h2c is as if it had not been sent (RFC 9113 §3.1).
    assert curl("--http2", *url) == "1.1 200"


def test_a_listener_may_speak_http_1_only(make_gateway, shared_origin, tls):
    key, cert = tls
    off = '"127.0.0.1:{port}", http2: false'
    gateway = make_gateway(PLAIN.replace('"127.0.0.1:{port}"', off), origin=shared_origin.port)
    assert curl("--http2-prior-knowledge", "--resolve", f"a.test:{gateway.port}:127.0.0.1", f"http://a.test:{gateway.port}/") != "2 200"
    secure = make_gateway(with_tls(PLAIN, key, cert).replace("tls:", "http2: false, tls:"), origin=shared_origin.port)
    assert curl("--cacert", cert, "--resolve", f"a.test:{secure.port}:127.0.0.1", f"https://a.test:{secure.port}/") == "1.1 200"


def test_what_the_app_sees(gateway, origin):
    with Client(gateway.port) as client:
        answer = client.get("/x?a=1", fields=[("cookie", "a=1"), ("cookie", "b=2"), ("x-own", "yes"), ("te", "trailers")])
    assert answer.status == 200
    message = origin.messages[-1]
    assert message.target == "/x?a=1" and message.get("host") == "a.test"
    assert message.all("cookie") == ["a=1; b=2"] and message.get("x-own") == "yes"
    assert message.get("via").startswith("2.0 ") and message.get("te") is None
    assert message.get("x-forwarded-proto") == "http" and message.get("x-forwarded-for") == "127.0.0.1"
    assert not origin.irregularities


@pytest.mark.parametrize("method, body, framing", [("POST", None, "length"), ("POST", b"x" * 100000, "chunked"), ("GET", None, "none")], ids=["empty", "chunked", "none"])
def test_framing_of_the_request(gateway, origin, method, body, framing):
    with Client(gateway.port) as client:
        number = client.start("/", method, body=body)
        assert client.finish(number).status == 200
    message = origin.messages[-1]
    assert message.body == (body or b"") and message.complete
    assert (message.get("transfer-encoding") == "chunked") == (framing == "chunked")
    assert message.get("content-length") == ("0" if framing == "length" else None)
    assert not origin.irregularities


def test_streams_do_not_wait_for_each_other(gateway, origin):
    release = held(origin, "/slow")
    with Client(gateway.port) as client:
        first = client.start("/slow")
        for _ in range(20):
            assert client.get("/").status == 200
        assert client.streams[first].fields is None
        release()
        assert client.finish(first).body == b"slow\n"


def test_interim_heads_events_and_trailers_arrive_one_by_one(gateway, origin):
    go = asyncio.Event()

    async def events(call):
        await call.body()
        await call.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        await call.send(head(fields="Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n") + b"9\r\ndata: 1\n\n\r\n")
        await asyncio.wait_for(go.wait(), 5)
        await call.send(b"9\r\ndata: 2\n\n\r\n0\r\nx-sum: 2\r\n\r\n")
    origin.script["/events"] = events
    with Client(gateway.port) as client:
        stream = client.streams[number := client.start("/events")]
        client.pump(lambda: stream.body == b"data: 1\n\n")
        assert [one[":status"] for one in stream.interim] == ["103"]
        origin.loop.call_soon_threadsafe(go.set)
        assert client.finish(number).body == b"data: 1\n\ndata: 2\n\n"
        assert stream.trailers == {"x-sum": "2"}


def test_an_answer_that_is_cut_off_is_reset_never_ended(gateway, origin):
    async def cut(call):
        await call.body()
        await call.send(head(fields="Content-Length: 100\r\n") + b"x" * 10)
        call.reset()
    origin.script["/cut"] = cut
    with Client(gateway.port) as client:
        stream = client.get("/cut")
        assert stream.reset == RST_INTERNAL and not stream.ended
        assert client.get("/").status == 200, "the other streams go on"


def test_a_client_that_resets_its_stream_cancels_the_apps_request(gateway, origin):
    began, gone = threading.Event(), threading.Event()

    async def hang(call):
        await call.body()
        began.set()
        await call.gone()
        gone.set()
    origin.script["/hang"] = hang
    with Client(gateway.port) as client:
        number = client.start("/hang")
        assert began.wait(5)
        before = time.monotonic()
        client.reset(number, RST_CANCEL)
        assert gone.wait(5) and time.monotonic() - before < 0.5
        assert client.get("/").status == 200


def test_a_slow_reader_holds_the_app_back_and_nobody_else(gateway, origin):
    sent = 0

    async def big(call):
        nonlocal sent
        await call.body()
        await call.send(head(fields=f"Content-Length: {64 << 20}\r\n"))
        for _ in range(64):
            await call.send(b"x" * (1 << 20))
            sent += 1 << 20
    origin.script["/big"] = big
    with Client(gateway.port, credit=False) as slow, Client(gateway.port) as other:
        stream = slow.streams[slow.start("/big")]
        slow.pump(lambda: len(stream.body) == 65535)
        time.sleep(0.5)
        assert sent < 16 << 20, "nobody reads, so the app must not be read from"
        assert other.get("/").status == 200
        assert slow.get("/", method="HEAD").status == 200, "the connection's window is used up, heads need none"


def test_an_idle_connection_holds_little_and_not_more_the_more_it_has_asked(make_gateway, shared_origin, tls):
    key, cert = tls
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=shared_origin.port)
    context = trusting(cert)
    size = lambda: int(re.search(r"Pss:\s+(\d+)", pathlib.Path(f"/proc/{gateway.process.pid}/smaps_rollup").read_text())[1])
    many = 200
    with contextlib.ExitStack() as all_open:
        def ask(clients, streams):
            for client in clients:
                for stream in streams:
                    client.get(stream, scheme="https")
                assert all(client.answer(stream).status == 200 for stream in streams)

        def connected(count):
            return [all_open.enter_context(H2(gateway.port, wrap=lambda plain: context.wrap_socket(plain, server_hostname="a.test")))
                    for _ in range(count)]
        # What a worker holds once, for all of them.
        ask(connected(1), range(1, 200, 2))
        before = size()
        clients = connected(many)
        ask(clients, [1])
        cost = lambda: (size() - before) / many
        until(lambda: cost() < 30, 2)  # pages that were in use go a moment later
        once = cost()
        for streams in (range(3, 101, 2), range(101, 201, 2)):
            ask(clients, streams)
        until(lambda: cost() < once + 2, 2)
        print(f"{once:.1f} kB with one answer, {cost():.1f} with a hundred")
        assert SANITIZED or once < 32 and cost() < once + 8


def test_drain_says_goodbye_and_loses_no_stream(make_gateway, origin, shared_origin):
    gateway = make_gateway(PLAIN, origin=shared_origin.port)
    release = held(origin, "/slow")
    # python3-h2 takes every GOAWAY for the end of all streams; curl knows better.
    url = ["--http2-prior-knowledge", "--resolve", f"a.test:{gateway.port}:127.0.0.1", f"http://a.test:{gateway.port}/slow"]
    with concurrent.futures.ThreadPoolExecutor() as pool, Client(gateway.port) as idle:
        assert idle.get("/").status == 200
        visit = pool.submit(curl, *url)
        assert until(lambda: any(one.path == "/slow" for one in origin.messages))
        gateway.signal(signal.SIGTERM)
        idle.pump(lambda: idle.goaways)
        assert idle.goaways[0] == (0, 2**31 - 1), "a notice that names no stream"
        assert not visit.done()
        release()
        assert visit.result(5) == "2 200"
    assert gateway.process.wait(5) == 0


def test_a_reload_does_not_touch_a_stream(make_gateway, origin, shared_origin):
    gateway = make_gateway(TWO, origin=shared_origin.port)
    release = held(origin, "/slow")
    with Client(gateway.port) as client:
        number = client.start("/slow")
        assert until(lambda: origin.messages)
        gateway.write(PLAIN, origin=shared_origin.port)
        gateway.signal(signal.SIGHUP)
        assert until(lambda: get(gateway.port, host="b.test").status == 404)
        release()
        assert client.finish(number).body == b"slow\n"
        assert not client.goaways


def test_websockets_share_a_connection(make_gateway, echo_server, tls, tmp_path):
    assert shutil.which("node"), "node is not installed: deploy/install node"
    key, cert = tls
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=echo_server)
    done = subprocess.run(["node", HERE / "node/http2_websocket.js", str(gateway.port), "a.test", cert], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["offered"] is True
    each = {"status": 200, "sizes": [5, 300000, 3], "equal": True, "closed": True, "accept": None, "code": 0}
    assert told["seen"] == [each] * 3


def test_another_protocol_than_websocket_is_not_served(gateway, origin):
    with Client(gateway.port) as client:
        client.pump(lambda: client.settings)
        stream = client.get(pseudo=[(":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")])
        assert stream.status == 501 and stream.fields["x-gateway-error"] == "unknown_protocol"
        plain = client.get(pseudo=[(":method", "CONNECT"), (":authority", "a.test:443")])
        assert plain.status == 405
    assert not origin.messages


def test_the_log_says_http_2(make_gateway, origin, shared_origin):
    gateway = make_gateway(PLAIN, origin=shared_origin.port)
    with Client(gateway.port) as client:
        client.get("/seen")
    gateway.stop()
    line = next(json.loads(line) for line in gateway.output().splitlines() if '"/seen"' in line)
    assert line["protocol"] == "http/2" and line["status"] == 200
