"""One exchange through the gateway: framing, interim answers, reuse, who goes away, deadlines, pages."""
import asyncio
import json
import socket
import statistics
import sys
import time

import pytest

from conftest import PLAIN
from wire import Ended, GET, Wire, answers, get, head, push, readable, until


# Connections and framing

def test_keep_alive_serves_many_requests_on_one_connection(gateway, origin):
    with Wire(gateway.port) as wire:
        for number in range(20):
            wire.send(GET.format(f"/{number}"))
            assert wire.answer().status == 200
    assert [one.target for one in origin.messages] == [f"/{number}" for number in range(20)]
    assert len({one.connection for one in origin.messages}) == 1


# Of struct tcp_info (linux/tcp.h): segments that came, and those of them with data.
SEGMENTS_IN, DATA_SEGMENTS_IN = 140, 152


@pytest.mark.parametrize("fields, body", [("Content-Length: 2\r\n", b"hi"), ("Transfer-Encoding: chunked\r\n", b"2\r\nhi\r\n0\r\n\r\n")])
def test_an_answer_and_the_end_behind_it_are_one_segment(gateway, origin, fields, body):
    async def say(call):
        await call.send(head(fields=fields) + body)
    origin.script["/x"] = say
    bare = []
    for _ in range(20):
        with Wire(gateway.port) as wire:
            wire.send("GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
            assert wire.answer().body == b"hi" and wire.closed()
            info = wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
            came, with_data = (int.from_bytes(info[at:at + 4], sys.byteorder) for at in (SEGMENTS_IN, DATA_SEGMENTS_IN))
            bare.append(came - with_data)
    # What answers its SYN, and what acknowledges its request.
    assert statistics.median(bare) <= 2, bare


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
    assert origin.messages[0].get("expect") == "100-continue"


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
    assert gone[0] - left < 0.5


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
        before = len(origin.open)
        wire.socket.shutdown(socket.SHUT_WR)
        assert until(lambda: len(origin.open) < before), "the app waits for a rest that never comes"
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


def test_rule_19_the_408_reaches_a_client_that_goes_on_sending(gateway, origin):
    with Wire(gateway.port) as wire:
        wire.send("GET / HTTP/1.1\r\nHost: a.test\r\nX: ")
        assert readable(wire)
        push(wire, b"x" * 65536, 1 << 20)
        answer = wire.answer()
        assert answer.status == 408 and answer.get("connection") == "close"
        assert wire.closed()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_rule_43_413_and_then_the_end_reach_a_client_that_goes_on_sending(gateway, origin, framing):
    fields, piece = ("Content-Length: 1048576\r\n", b"x" * 65536) if framing == "length" else ("Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")
    with Wire(gateway.port) as wire:
        wire.send(f"POST /limited HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")
        push(wire, piece, 1 << 20)
        answer = wire.answer()
        assert answer.status == 413 and answer.get("connection") == "close"
        with pytest.raises(Ended):  # a FIN, and no reset
            wire.more()
    assert origin.complete() == []
    if framing == "length":
        assert origin.messages == [], "an endpoint was asked although the length was known to be too large"


def test_an_endpoint_that_does_not_accept_is_504(make_gateway):
    with socket.socket() as app:
        app.bind(("127.0.0.1", 0))
        app.listen(0)
        with socket.create_connection(app.getsockname(), 5):  # its queue is full now
            gateway = make_gateway(PLAIN, origin=app.getsockname()[1])
            begin = time.monotonic()
            answer = get(gateway.port)
            assert answer.status == 504 and answer.get("x-gateway-error") == "connect_timeout"
            assert 0.9 < time.monotonic() - begin < 2.5


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
