"""The gateway alone, between a raw client and a scripted origin: what a proxy is for."""
import asyncio
import http.client
import json
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
import websockets

from conftest import BIN, PLAIN
from wire import Ended, Wire, get, until

GET = "GET {} HTTP/1.1\r\nHost: a.test\r\n\r\n"
TWO = PLAIN.replace("  - {host: a.test, path: /,", "  - {host: b.test, path: /, upstream: app}\n  - {host: a.test, path: /,")


def head(status="200 OK", fields=""):
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode()


def answers(data, closing=False):
    """A script that answers with these bytes."""
    async def script(call):
        await call.body()
        await call.send(data)
        if closing:
            call.close()
    return script


# Connections and framing

def test_keep_alive_serves_many_requests_on_one_connection(gateway, origin):
    with Wire(gateway.port) as wire:
        for number in range(20):
            wire.send(GET.format(f"/{number}"))
            assert wire.answer().status == 200
    assert [one.target for one in origin.messages] == [f"/{number}" for number in range(20)]
    assert len({one.connection for one in origin.messages}) == 1


def test_pipelined_requests_are_answered_in_order(gateway, origin):
    async def slow(call):
        await asyncio.sleep(0.1)
        await call.answer(b"first")
    origin.script["/slow"] = slow
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/slow") + GET.format("/quick"))
        assert wire.answer().body == b"first"
        assert wire.answer().body == b"ok\n"


def test_chunked_bodies_pass_both_ways(gateway, origin):
    async def echo(call):
        body = await call.body()
        await call.send(head(fields="Transfer-Encoding: chunked\r\n") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    origin.script["/echo"] = echo
    with Wire(gateway.port) as wire:
        wire.send("POST /echo HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        wire.send("3\r\ndef\r\n0\r\n\r\n")
        assert wire.answer().body == b"abcdef"
    assert origin.irregularities == []


def test_trailers_of_an_answer_pass(gateway, origin):
    origin.script["/t"] = answers(head(fields="Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n") + b"2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n")
    answer = get(gateway.port, "/t")
    assert answer.body == b"hi" and ("x-sum", "7") in answer.trailers


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_rule_39_answers_without_a_body_leave_the_connection_in_step(gateway, origin, status):
    origin.script["/none"] = answers(head(status, "ETag: x\r\n"))
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/none") + GET.format("/next"))
        assert wire.answer().status == int(status[:3])
        assert wire.answer().body == b"ok\n"


def test_rule_39_head_keeps_the_length_and_has_no_body(gateway, origin):
    origin.script["/head"] = answers(head(fields="Content-Length: 1000\r\n"))
    with Wire(gateway.port) as wire:
        wire.send("HEAD /head HTTP/1.1\r\nHost: a.test\r\n\r\n" + GET.format("/next"))
        answer = wire.answer("HEAD")
        assert answer.get("content-length") == "1000"
        assert wire.answer().body == b"ok\n"


def test_rule_39_bytes_behind_a_bodyless_answer_poison_nothing(gateway, origin):
    origin.script["/poison"] = answers(head("204 No Content") + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    assert get(gateway.port, "/poison").status == 204
    for _ in range(3):
        assert get(gateway.port, "/").body == b"ok\n"


def test_rule_40_an_answer_with_length_and_chunked_is_not_pooled(gateway, origin):
    origin.script["/both"] = answers(head(fields="Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + b"2\r\nhi\r\n0\r\n\r\n")
    answer = get(gateway.port, "/both")
    assert answer.body == b"hi" and answer.get("content-length") is None
    get(gateway.port, "/")
    assert origin.messages[0].connection != origin.messages[1].connection


@pytest.mark.parametrize("data", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", b"HTTP/1.1 2x0 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"hello\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ids=["two-lengths", "status", "name", "fold", "nul", "length", "garbage", "unasked-101"])
def test_rule_40_a_malformed_answer_is_502(gateway, origin, data):
    origin.script["/bad"] = answers(data, closing=True)
    answer = get(gateway.port, "/bad")
    assert answer.status == 502 and answer.get("x-gateway-error") and answer.get("cache-control") == "no-store"


def test_rule_41_bytes_on_an_idle_connection_are_never_an_answer(gateway, origin):
    async def late(call):
        await call.body()
        await call.answer(b"right")
        await asyncio.sleep(0.05)
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
    origin.script["/late"] = late
    assert get(gateway.port, "/late").body == b"right"
    time.sleep(0.15)
    assert get(gateway.port, "/").body == b"ok\n"
    assert origin.messages[0].connection != origin.messages[1].connection


def test_rule_37_the_100_of_the_app_is_relayed(gateway, origin):
    async def wait(call):
        await call.send(head("100 Continue"))
        await call.answer(await call.body())
    origin.script["/c"] = wait
    with Wire(gateway.port) as wire:
        wire.send("POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.head().status == 100
        wire.send("hi")
        assert wire.answer().body == b"hi"


def test_rule_37_a_silent_app_gets_the_body_after_a_second(gateway, origin):
    async def silent(call):
        await call.answer(await call.body())
    origin.script["/c"] = silent
    with Wire(gateway.port) as wire:
        begin = time.monotonic()
        wire.send("POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.head().status == 100
        assert 0.8 < time.monotonic() - begin < 2
        wire.send("hi")
        assert wire.answer().body == b"hi"


def test_rule_37_a_final_answer_before_the_body_ends_the_waiting(gateway, origin):
    async def refuse(call):
        await call.answer(b"no", "403 Forbidden")
        call.close()
    origin.script["/c"] = refuse
    with Wire(gateway.port) as wire:
        wire.send("POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.answer().status == 403


def test_rule_38_interim_answers_are_relayed_to_1_1_only(gateway, origin):
    origin.script["/early"] = answers(head("103 Early Hints", "Link: </a>\r\n") + head(fields="Content-Length: 2\r\n") + b"hi")
    answer = get(gateway.port, "/early")
    assert [one.status for one in answer.interim] == [103] and answer.body == b"hi"
    with Wire(gateway.port) as wire:
        wire.send("GET /early HTTP/1.0\r\nHost: a.test\r\n\r\n")
        assert wire.head().status == 200


def test_rule_38_too_many_interim_answers_are_502(gateway, origin):
    origin.script["/early"] = answers(head("103 Early Hints") * 9 + head(fields="Content-Length: 0\r\n"))
    assert get(gateway.port, "/early").status == 502


def test_rule_47_a_1_0_client_gets_no_chunks(gateway, origin):
    origin.script["/chunks"] = answers(head(fields="Transfer-Encoding: chunked\r\n") + b"2\r\nhi\r\n0\r\n\r\n")
    with Wire(gateway.port) as wire:
        wire.send("GET /chunks HTTP/1.0\r\nHost: a.test\r\n\r\n")
        answer = wire.answer()
        assert answer.body == b"hi" and answer.get("transfer-encoding") is None


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


def test_a_large_body_is_never_held(gateway, origin):
    size, piece = 200 << 20, b"x" * (1 << 20)

    async def big(call):
        await call.body()
        await call.send(head(fields=f"Content-Length: {size}\r\n"))
        for _ in range(size // len(piece)):
            await call.send(piece)
    origin.script["/big"] = big
    get(gateway.port)
    before = resident(gateway)
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/big"))
        assert wire.head().get("content-length") == str(size)
        got, most = len(wire.buffer), 0
        while got < size:
            got += len(wire.socket.recv(1 << 20))
            if got % (16 << 20) < 1 << 17:
                most = max(most, resident(gateway))
    assert got == size and most - before < 8 << 10


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


@pytest.fixture
def echo_server():
    """A real WebSocket server in the origin's place."""
    loop = asyncio.new_event_loop()

    async def echo(ws, *_):
        async for message in ws:
            await ws.send(message)

    server = loop.run_until_complete(_serve(echo, loop))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server.sockets[0].getsockname()[1]

    async def close():
        server.close()
        await server.wait_closed()

    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


async def _serve(echo, loop):
    return await websockets.serve(echo, "127.0.0.1", 0)


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


def test_rule_36_a_101_that_does_not_fit_is_502(gateway, origin):
    origin.script["/ws"] = answers(head("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n"))
    answer = get(gateway.port, "/ws", fields="Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    assert answer.status == 502


# Who goes away

def test_a_client_that_goes_cancels_the_upstream_at_once(gateway, origin):
    gone = []

    async def hang(call):
        await call.body()
        await call.gone()
        gone.append(time.monotonic())
        call.close()
    origin.script["/hang"] = hang
    wire = Wire(gateway.port)
    wire.send(GET.format("/hang"))
    assert until(lambda: origin.complete())
    left = time.monotonic()
    wire.socket.close()
    assert until(lambda: gone)
    assert gone[0] - left < 0.1


@pytest.mark.parametrize("framing", ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"], ids=["length", "chunked"])
def test_rule_42_an_answer_cut_short_is_never_ended_cleanly(gateway, origin, framing):
    origin.script["/cut"] = answers(head(fields=framing) + (b"5\r\nhello\r\n" if "chunked" in framing else b"hello"), closing=True)
    with pytest.raises((Ended, ConnectionResetError)) as how:
        get(gateway.port, "/cut")
    assert how.type is ConnectionResetError


def test_rule_42_a_request_cut_short_never_looks_complete(gateway, origin):
    with Wire(gateway.port) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        assert until(lambda: origin.messages)
    until(lambda: not origin.open, 2)
    assert origin.complete() == [] and origin.irregularities == []


def test_rule_45_a_stale_connection_is_retried_for_idempotent_requests_only(gateway, origin):
    async def once(call):
        """Answers, then closes at the next request without a word, as a server whose keep-alive ran out."""
        await call.body()
        stale = call.message.connection in seen
        seen.add(call.message.connection)
        if stale:
            return call.reset()
        await call.answer()
    seen = set()
    origin.script["/once"] = once
    assert get(gateway.port, "/once").status == 200
    assert get(gateway.port, "/once").status == 200
    assert len(origin.messages) == 3
    answer = get(gateway.port, "/once", method="POST", fields="Content-Length: 0\r\n")
    assert answer.status == 502 and len(origin.messages) == 4


# Deadlines

def test_rule_19_a_head_that_never_ends_is_408(gateway, origin):
    with Wire(gateway.port) as wire:
        begin = time.monotonic()
        wire.send("GET / HTTP/1.1\r\n")
        while time.monotonic() - begin < 0.8:  # byte by byte does not help: the deadline is absolute (rule 67)
            wire.send("X")
            time.sleep(0.1)
        assert wire.answer().status == 408
        assert time.monotonic() - begin < 2.5
        assert wire.closed()


def test_a_silent_app_is_504(gateway, origin):
    async def hang(call):
        await call.gone()
    origin.script["/hang"] = hang
    begin = time.monotonic()
    answer = get(gateway.port, "/hang")
    assert answer.status == 504 and answer.get("x-gateway-error") == "first_byte_timeout"
    assert 1.5 < time.monotonic() - begin < 4


def test_a_refused_connection_is_502(make_gateway):
    gateway = make_gateway(PLAIN, origin=1)
    answer = get(gateway.port)
    assert answer.status == 502 and answer.get("x-gateway-error") == "refused"


# Pages and fields of ours

def test_an_unknown_host_is_404(gateway):
    answer = get(gateway.port, host="nobody.test")
    assert answer.status == 404 and answer.get("x-gateway-error") == "no_route"


def test_rule_46_failures_are_html_for_browsers_and_problem_json_otherwise(gateway):
    page = get(gateway.port, host="nobody.test", fields="Accept: text/html,*/*;q=0.8\r\n")
    assert page.get("content-type").startswith("text/html") and page.get("cache-control") == "no-store"
    problem = get(gateway.port, host="nobody.test", fields="Accept: application/json\r\n")
    assert problem.get("content-type") == "application/problem+json"
    content = json.loads(problem.body)
    assert content["status"] == 404 and content["code"] == "no_route"
    assert content["instance"] == problem.get("x-request-id")


def test_rule_71_forwarded_fields_are_appended_behind_a_trusted_proxy(make_gateway, origin):
    trusting = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", trusted_proxies: ["127.0.0.0/8"]')
    gateway = make_gateway(trusting, origin=origin.port)
    get(gateway.port, fields="X-Forwarded-For: 6.6.6.6, 9.9.9.9\r\nX-Forwarded-Proto: https\r\n")
    message = origin.messages[0]
    assert message.get("x-forwarded-for") == "6.6.6.6, 9.9.9.9, 127.0.0.1"
    assert message.get("x-forwarded-proto") == "https"
    assert message.get("x-real-ip") == "9.9.9.9"


# Life

def test_sigterm_lets_an_exchange_finish_and_refuses_new_ones(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    go = asyncio.Event()

    async def slow(call):
        await call.body()
        await asyncio.wait_for(go.wait(), 5)
        await call.answer(b"done")
    origin.script["/slow"] = slow
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/slow"))
        assert until(lambda: origin.complete())
        gateway.signal(signal.SIGTERM)
        assert until(lambda: refuses(gateway.port))
        origin.loop.call_soon_threadsafe(go.set)
        assert wire.answer().body == b"done"
    assert gateway.process.wait(5) == 0


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def certificate(folder, name):
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def test_rule_74_the_certificate_is_chosen_by_sni(make_gateway, origin, tmp_path):
    made = {name: certificate(tmp_path, name) for name in ("a.test", "b.test")}
    listed = ", ".join(f"{{certificate: {cert}, private_key: {key}}}" for key, cert in made.values())
    secure = TWO.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [%s]}' % listed)
    gateway = make_gateway(secure, origin=origin.port)
    for name, (_, cert) in made.items():
        trust = ssl.create_default_context(cafile=str(cert))
        trust.set_alpn_protocols(["http/1.1"])
        with trust.wrap_socket(socket.create_connection(("127.0.0.1", gateway.port), 5), server_hostname=name) as tls:
            assert tls.selected_alpn_protocol() == "http/1.1" and tls.version() in ("TLSv1.2", "TLSv1.3")
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            assert b"200" in tls.recv(65536)
    assert origin.messages[0].get("x-forwarded-proto") == "https"


def test_rule_74_old_tls_versions_are_refused(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    secure = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [{certificate: %s, private_key: %s}]}' % (cert, key))
    gateway = make_gateway(secure, origin=origin.port)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                          input=b"", capture_output=True, timeout=10)
    assert done.returncode != 0


# Commands and the feed

def command(*arguments):
    return subprocess.run([BIN / "spaceport-gateway", *arguments], capture_output=True, text=True, timeout=10)


def test_check_names_every_problem_with_its_place(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("listeners: [{address: \"127.0.0.1:99999\"}]\nroutes:\n  - {host: a.test, path: /, upsteam: x}\n")
    done = command("check", str(file))
    text = done.stdout + done.stderr
    assert done.returncode == 1
    assert re.search(rf"{re.escape(str(file))}:1:\d+: ", text) and re.search(rf"{re.escape(str(file))}:3:\d+: ", text)
    assert "upstream" in text


def test_check_accepts_a_good_file(gateway):
    assert command("check", str(gateway.path)).returncode == 0


def test_explain_names_the_route(gateway):
    done = command("explain", str(gateway.path), "http://a.test/strip/x")
    assert done.returncode == 0 and "/strip" in done.stdout and "app" in done.stdout
    assert command("explain", str(gateway.path), "http://nobody.test/").returncode != 0


class Admin(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def admin(gateway, method, path, content=None):
    one = Admin(gateway.admin)
    one.request(method, path, json.dumps(content) if content is not None else None, {"Content-Type": "application/json"})
    answer = one.getresponse()
    answer.text = answer.read()
    one.close()
    return answer


def test_a_site_can_be_put_and_deleted_while_running(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    site = {"hosts": ["fed.test"], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{origin.port}"]}], "state": "ready"}
    done = admin(gateway, "PUT", "/v1/sites/one", site)
    assert done.status in (200, 201, 204), done.text
    assert until(lambda: get(gateway.port, host="fed.test").status == 200)
    assert admin(gateway, "DELETE", "/v1/sites/one").status in (200, 204)
    assert until(lambda: get(gateway.port, host="fed.test").status == 404)
    assert get(gateway.port).status == 200


def test_a_malformed_site_changes_nothing(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    assert admin(gateway, "PUT", "/v1/sites/one", {"hosts": "fed.test", "what": 1}).status == 400
    assert get(gateway.port, host="fed.test").status == 404
