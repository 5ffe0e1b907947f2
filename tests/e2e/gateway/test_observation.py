"""What can be seen of a request from outside: its line in the log, its id, its trace, the time that each phase took."""
import asyncio
import json
import re
import subprocess

from conftest import PLAIN, certificate, with_tls
from test_operation import admin
from wire import Wire, get, head, until

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
ONE_PLACE = PLAIN.replace('["127.0.0.1:{origin}"]', '["127.0.0.1:{origin}"], max_in_flight: 1, queue: {length: 5, deadline: 5s}')


def lines(gateway, count):
    """The log as soon as it has so many lines."""
    def read():
        return [json.loads(line) for line in gateway.output().splitlines() if line.startswith("{")]
    assert until(lambda: len(read()) >= count)
    return read()


def traced(gateway, origin, fields=""):
    """What the app is told of the trace, and the answer."""
    origin.clear()
    answer = get(gateway.port, fields=fields)
    return origin.messages[-1], answer


# The log

def test_a_line_has_all_phases_and_names(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    answer = get(gateway.port, fields=f"traceparent: {GIVEN}\r\nUser-Agent: tester\r\n")
    get(gateway.port, host="nobody.test")
    good, refused = lines(gateway, 2)
    assert good["status"] == 200 and "cause" not in good
    assert {"wait_ms", "connect_ms", "first_byte_ms", "total_ms"} <= good.keys()
    assert 0 <= good["first_byte_ms"] <= good["total_ms"] and good["wait_ms"] + good["connect_ms"] <= good["total_ms"]
    assert good["request_id"] == answer.get("x-request-id")
    assert good["trace_id"] == GIVEN[3:35]
    assert good["endpoint"] == f"127.0.0.1:{origin.port}" and good["protocol"] == "http/1.1" and good["user_agent"] == "tester"
    assert "tls" not in good and "queue_ms" not in good
    assert refused["status"] == 404 and refused["cause"] == "no_route" and not refused.keys() & {"endpoint", "connect_ms", "wait_ms"}


def test_a_line_names_the_version_of_tls_and_of_http(make_gateway, origin, tmp_path):
    gateway = make_gateway(with_tls(PLAIN, *certificate(tmp_path, "a.test")), origin=origin.port)
    for option in ("--http1.1", "--http2"):
        subprocess.run(["curl", "-sfk", option, "--resolve", f"a.test:{gateway.port}:127.0.0.1", f"https://a.test:{gateway.port}/"], check=True)
    assert [(one["tls"], one["protocol"]) for one in lines(gateway, 2)] == [("TLSv1.3", "http/1.1"), ("TLSv1.3", "http/2")]


def test_a_line_and_the_answer_tell_the_wait_for_a_place(make_gateway, origin):
    gateway = make_gateway(ONE_PLACE + "server_timing: true\n", origin=origin.port)
    go = asyncio.Event()

    async def slow(call):
        await asyncio.wait_for(go.wait(), 10)
        await call.answer(b"done")
    origin.script["/slow"] = slow
    with Wire(gateway.port) as first, Wire(gateway.port) as second:
        first.send("GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert until(lambda: origin.messages)
        second.send("GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert until(lambda: "waiting\":1" in admin(gateway, "GET", "/v1/status").text.decode())
        origin.loop.call_soon_threadsafe(go.set)
        assert first.answer().status == 200
        timing = dict(re.findall(r"gateway-(\w+);dur=([0-9.]+)", second.answer().get("server-timing")))
    waited = next(one for one in lines(gateway, 2) if one["path"] == "/next")
    assert waited["queue_ms"] > 0 and waited["wait_ms"] >= waited["queue_ms"]
    assert abs(float(timing["queue"]) - waited["queue_ms"]) < 0.002, "one rounds, the other cuts"


# Server-Timing

def test_phases_stand_beside_the_apps_own_when_asked_for(make_gateway, origin):
    async def script(call):
        await call.body()
        await call.send(head(fields="Server-Timing: db;dur=5\r\nContent-Length: 0\r\n"))
    origin.script["/"] = script
    quiet, telling = make_gateway(PLAIN, origin=origin.port), make_gateway(PLAIN + "server_timing: true\n", origin=origin.port)
    assert [value for key, value in get(quiet.port).fields if key == "server-timing"] == ["db;dur=5"]
    own, ours = [value for key, value in get(telling.port).fields if key == "server-timing"]
    assert own == "db;dur=5"
    number = r"[0-9]+\.[0-9]{3}"
    assert re.fullmatch(f"gateway-queue;dur={number}, gateway-connect;dur={number}, gateway-app;dur={number}", ours)


# Traces

def test_a_trace_goes_on_and_begins(gateway, origin):
    message, _ = traced(gateway, origin, f"traceparent: {GIVEN}\r\ntracestate: vendor=1\r\n")
    assert message.all("traceparent") == [GIVEN] and message.all("tracestate") == ["vendor=1"]
    made = [traced(gateway, origin)[0].get("traceparent") for _ in range(2)]
    assert all(TRACEPARENT.match(one) and one.endswith("-00") for one in made) and made[0] != made[1]


def test_a_malformed_trace_is_replaced(gateway, origin):
    for bad in (GIVEN.upper(), GIVEN[:-1], GIVEN + "-1", GIVEN.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)):
        message, answer = traced(gateway, origin, f"traceparent: {bad}\r\ntracestate: vendor=1\r\n")
        assert TRACEPARENT.match(message.get("traceparent")) and message.all("tracestate") == [] and answer.status == 200


def test_traces_can_be_left_alone(make_gateway, origin):
    gateway = make_gateway(PLAIN + "trace: off\n", origin=origin.port)
    assert traced(gateway, origin)[0].all("traceparent") == []
    assert traced(gateway, origin, "traceparent: x\r\n")[0].all("traceparent") == ["x"]
    assert all("trace_id" not in one for one in lines(gateway, 2))


# X-Request-Id

def test_every_answer_has_the_id_that_the_app_was_told(gateway, origin):
    message, answer = traced(gateway, origin, "X-Request-Id: mine\r\n")
    assert answer.get("x-request-id") == message.get("x-request-id") != "mine"
    assert re.fullmatch("[0-9a-f]{16}", get(gateway.port, host="nobody.test").get("x-request-id"))
