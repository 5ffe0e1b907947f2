"""Bodies that are early, late, slow, cut or wrong: what each side gets to see of it."""
import asyncio
import socket
import time

import pytest

from conftest import PLAIN
from wire import Ended, GET, TlsWire, Wire, answers, get, head, push, readable, until

FRAMINGS = {"length": ("Content-Length: 1048576\r\n", b"x" * 65536), "chunked": ("Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")}
framings = pytest.mark.parametrize("framing", FRAMINGS)


def post(path, fields):
    return f"POST {path} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n"


# The app answers before it has the request

def early(origin):
    """An app that refuses without reading; the list says when the gateway has left it."""
    left = []

    async def refuse(call):
        await call.answer(b"no", "401 Unauthorized")
        await call.gone()
        left.append(True)
        call.close()
    origin.script["/early"] = refuse
    return left


@framings
def test_rule_43_an_early_answer_reaches_a_client_that_goes_on_sending(gateway, origin, framing):
    fields, piece = FRAMINGS[framing]
    left = early(origin)
    with Wire(gateway.port) as wire:
        wire.send(post("/early", fields))
        assert readable(wire)
        push(wire, piece, 1 << 20)
        answer = wire.answer()
        assert answer.status == 401 and answer.body == b"no"
        # Nobody will read a megabyte to keep a connection; that is known at once where the length is.
        assert answer.get("connection") == ("close" if framing == "length" else None)
        with pytest.raises(Ended):  # a FIN behind it, and no reset that would have taken the answer away
            wire.more()
    assert until(lambda: left), "the app's connection is of no use any more"


@pytest.mark.parametrize("fields, body", [("Content-Length: 20000\r\n", b"x" * 20000), ("Transfer-Encoding: chunked\r\n", b"4e20\r\n" + b"x" * 20000 + b"\r\n0\r\n\r\n")],
                         ids=["length", "chunked"])
def test_rule_37_a_short_rest_is_dropped_and_the_connection_kept(gateway, origin, fields, body):
    left = early(origin)
    with Wire(gateway.port) as wire:
        wire.send(post("/early", fields))
        answer = wire.answer()
        assert answer.status == 401 and answer.get("connection") is None
        assert until(lambda: left)
        wire.send(body + GET.format("/next").encode())
        assert wire.answer().body == b"ok\n"
    assert origin.messages[-1].target == "/next" and len(origin.messages) == 2


def test_rule_37_a_client_that_was_not_asked_for_its_body_is_told_that_this_is_the_end(gateway, origin):
    early(origin)
    with Wire(gateway.port) as wire:
        wire.send(post("/early", "Content-Length: 2\r\nExpect: 100-continue\r\n"))
        answer = wire.answer()
        assert answer.status == 401 and answer.get("connection") == "close" and not answer.interim
        with pytest.raises(Ended):
            wire.more()


# Progress counts, and never the whole time

@pytest.mark.parametrize("fields, piece, end", [("Content-Length: 14\r\n", "ab", ""), ("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n", "0\r\n\r\n")], ids=["length", "chunked"])
def test_an_upload_may_take_longer_than_the_first_byte(gateway, origin, fields, piece, end):
    begin = time.monotonic()
    with Wire(gateway.port) as wire:
        wire.send(post("/", fields))
        for _ in range(7):
            wire.send(piece)
            time.sleep(0.4)
        wire.send(end)
        assert wire.answer().body == b"ok\n"
    assert time.monotonic() - begin > 2.5 and origin.complete()[0].body == b"ab" * 7


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_download_may_take_longer_than_the_body_timeout(gateway, origin, chunked):
    async def slow(call):
        await call.body()
        await call.send(head(fields="Transfer-Encoding: chunked\r\n" if chunked else "Content-Length: 14\r\n"))
        for _ in range(7):
            await call.send(b"2\r\nab\r\n" if chunked else b"ab")
            await asyncio.sleep(0.4)
        await call.send(b"0\r\n\r\n" if chunked else b"")
    origin.script["/slow"] = slow
    begin = time.monotonic()
    assert get(gateway.port, "/slow").body == b"ab" * 7
    assert time.monotonic() - begin > 2


def test_a_head_of_the_app_that_trickles_in_has_no_more_time_than_another(gateway, origin):
    async def trickle(call):
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40:
            await call.send(bytes([byte]))
            await asyncio.sleep(0.1)
    origin.script["/trickle"] = trickle
    begin = time.monotonic()
    answer = get(gateway.port, "/trickle", timeout=8)
    assert answer.status == 504 and answer.get("x-gateway-error") == "first_byte_timeout"
    assert time.monotonic() - begin < 4


# The client's body goes wrong

@pytest.mark.parametrize("piece, status", [("5\r\nhello\r\n", 408), ("5\r\nhello\r\nzz\r\n", 400), ("5\r\nhello\r\n0\r\nA b: c\r\n\r\n", 400)], ids=["stalled", "chunk", "trailer"])
def test_rule_43_what_is_wrong_with_a_body_reaches_a_client_that_goes_on_sending(gateway, origin, piece, status):
    with Wire(gateway.port) as wire:
        wire.send(post("/", "Transfer-Encoding: chunked\r\n") + piece)
        assert readable(wire)
        push(wire, b"x" * 65536, 1 << 20)
        answer = wire.answer()
        assert answer.status == status and answer.get("connection") == "close"
        with pytest.raises(Ended):
            wire.more()
    assert origin.complete() == []


# The app's body is cut

CUTS = {"length": head(fields="Content-Length: 100\r\n") + b"hello", "chunked": head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n",
        "chunk": head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nhel", "trailer": head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\nA: b\r\n",
        "long": head(fields="Content-Length: 1000000\r\n") + b"x" * 300000, "broken chunk": head(fields="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\nzz\r\n"}


def cut(wire, version="1.1"):
    """Asks, and says how the connection ended."""
    try:
        with wire:
            wire.send(f"GET /cut HTTP/{version}\r\nHost: a.test\r\n\r\n")
            answer = wire.answer()
    except (Ended, ConnectionError) as end:
        return type(end)
    return answer.status if answer.status != 200 else "whole"


def ends(origin, data):
    async def script(call):
        await call.send(data[:data.index(b"\r\n\r\n") + 9])
        await asyncio.sleep(0.05)  # the head is with the client by now: too late for a 502
        await call.send(data[data.index(b"\r\n\r\n") + 9:])
        call.close()
    origin.script["/cut"] = script


@pytest.mark.parametrize("how", CUTS)
def test_rule_42_a_cut_answer_is_cut_for_the_client(gateway, origin, how):
    ends(origin, CUTS[how])
    assert cut(Wire(gateway.port)) is ConnectionResetError


@pytest.mark.parametrize("how", CUTS)
def test_rule_42_a_cut_answer_gets_no_close_notify(secure_gateway, origin, how):
    ends(origin, CUTS[how])
    assert cut(TlsWire(secure_gateway.port)) is ConnectionResetError


@pytest.mark.parametrize("how", ["length", "chunked", "trailer"])
def test_rule_42_a_client_of_1_0_is_not_left_to_believe_in_a_cut_answer(gateway, origin, how):
    # It reads until the end: only the kind of the end tells it.
    ends(origin, CUTS[how])
    assert cut(Wire(gateway.port), "1.0") is ConnectionResetError


def test_rule_42_an_answer_until_the_end_is_whole_with_the_end_and_not_with_a_reset(gateway, secure_gateway, origin):
    async def break_off(call):
        await call.send(head() + b"hello")
        await asyncio.sleep(0.05)
        call.reset()
    origin.script["/cut"] = answers(head() + b"hello", closing=True)
    assert cut(Wire(gateway.port)) == cut(TlsWire(secure_gateway.port)) == "whole"
    origin.script["/cut"] = break_off
    assert cut(Wire(gateway.port)) is cut(TlsWire(secure_gateway.port)) is ConnectionResetError


# The app says more than it should

POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


@pytest.mark.parametrize("data, body", [
    (head(fields="Content-Length: 2\r\n") + b"hi" + POISON, b"hi"), (head(fields="Transfer-Encoding: chunked\r\n") + b"2\r\nhi\r\n0\r\n\r\n" + POISON, b"hi"),
    (head("304 Not Modified", "Content-Length: 44\r\n") + POISON, b""), (head("304 Not Modified", "Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + POISON, b""),
    (head("204 No Content", "Content-Length: 44\r\n") + POISON, b"")], ids=["length", "chunked", "304", "304-chunked", "204"])
def test_rule_39_what_stands_behind_an_answer_answers_nobody(gateway, origin, data, body):
    origin.script["/more"] = answers(data)
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/more") + GET.format("/next"))
        assert wire.answer().body == body
        assert wire.answer().body == b"ok\n"
        assert not wire.buffer
    assert origin.messages[0].connection != origin.messages[1].connection


def test_rule_39_the_body_behind_an_answer_to_head_answers_nobody(gateway, origin):
    origin.script["/head"] = answers(head(fields="Content-Length: 44\r\n") + POISON)
    with Wire(gateway.port) as wire:
        wire.send("HEAD /head HTTP/1.1\r\nHost: a.test\r\n\r\n" + GET.format("/next"))
        assert wire.answer("HEAD").get("content-length") == "44"
        assert wire.answer().body == b"ok\n"


def test_rule_30_trailers_that_connection_names_go_no_further(gateway, origin):
    origin.script["/t"] = answers(head(fields="Connection: X-Secret\r\nTransfer-Encoding: chunked\r\n") + b"2\r\nhi\r\n0\r\nX-Secret: 1\r\nX-Sum: 7\r\n\r\n")
    with Wire(gateway.port) as wire:
        wire.send(post("/t", "Connection: x-secret\r\nTransfer-Encoding: chunked\r\n") + "0\r\nX-Secret: 1\r\nX-Sum: 7\r\n\r\n")
        assert wire.answer().trailers == [("x-sum", "7")]
    assert origin.complete()[0].trailers == [("x-sum", "7")]


def test_rule_47_what_is_pipelined_waits_outside(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)  # of its own: what it still carries out ends with it
    go = asyncio.Event()

    async def hang(call):
        await asyncio.wait_for(go.wait(), 5)
        await call.answer(b"first")
    origin.script["/hang"] = hang
    many = GET.format("/n").encode() * 100000  # 3 MB
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/hang"))
        assert until(lambda: origin.messages)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        wire.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the gateway reads 16 KiB ahead; the rest fills the kernel's buffers and then the client
            for _ in range(3):
                wire.socket.sendall(many)
        assert len(origin.messages) == 1
        wire.socket.settimeout(5)
        origin.loop.call_soon_threadsafe(go.set)
        assert wire.answer().body == b"first"
        assert [wire.answer().status for _ in range(20)] == [200] * 20
