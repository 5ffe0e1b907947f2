"""`GET /metrics`: read strictly, on the admin socket and on its own listener, and compared with what was done."""
import asyncio
import pathlib
import re
import socket
import subprocess

import pytest

from conftest import BIN, PLAIN, certificate, free_port, with_tls
from prometheus import read, value
from test_operation import admin
from wire import GET, Wire, get, until

OWN = PLAIN + 'metrics: {address: "127.0.0.1:{metrics}"}\n'


def metrics(gateway):
    answer = admin(gateway, "GET", "/metrics")
    assert answer.status == 200 and answer.getheader("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text.decode())


def site(origin, host):
    return {"hosts": [host], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{origin.port}"]}], "state": "ready"}


def sites(families):
    return {dict(labels)["site"] for family in families.values() for _, labels in family.samples if "site" in dict(labels)}


# The format, and where it is

def test_the_strict_reader_refuses_what_is_wrong():
    good = '# HELP a_total b\n# TYPE a_total counter\na_total{x="y"} 1\n'
    assert value(read(good.replace("a_total", "spaceport_gateway_a_total")), "a_total", x="y") == 1
    for bad in (good[:-1], good + "\n", good + 'a_total{x="y"} 2\n', good + "b 1\n", good + good, good.replace('"y"', '"y'), good.replace("1", "one"),
                good.replace("counter", "gauge"), good.replace("# HELP a_total b\n", ""), good.replace('x="y"', 'x="\\y"')):
        with pytest.raises((AssertionError, AttributeError, StopIteration)):
            read(bad)


def test_curl_reads_them_on_a_listener_of_their_own(make_gateway, origin):
    port = free_port()
    gateway = make_gateway(OWN, origin=origin.port, metrics=port)
    done = subprocess.run(["curl", "-sfi", f"http://127.0.0.1:{port}/metrics"], check=True, capture_output=True, text=True)
    top, body = done.stdout.split("\n\n" if "\r" not in done.stdout else "\r\n\r\n", 1)
    assert "text/plain; version=0.0.4" in top
    families = read(body)
    assert value(families, "workers") == 1 and value(families, "build_info", version=version()) == 1
    assert 1 < value(families, "process_open_fds") <= value(families, "process_max_fds")
    assert value(families, "process_resident_memory_bytes") > 1e6 and value(families, "process_cpu_seconds_total") > 0
    head = subprocess.run(["curl", "-sfI", f"http://127.0.0.1:{port}/metrics"], check=True, capture_output=True, text=True)
    assert "200" in head.stdout.splitlines()[0]


def version():
    return subprocess.run([BIN / "spaceport-gateway", "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]


def test_that_listener_has_nothing_else_and_the_public_one_has_no_metrics(make_gateway, origin):
    port = free_port()
    gateway = make_gateway(OWN, origin=origin.port, metrics=port)
    for method, path in (("GET", "/"), ("GET", "/v1/status"), ("POST", "/metrics"), ("POST", "/v1/drain"), ("PUT", "/v1/sites/x")):
        with Wire(port) as wire:
            wire.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert wire.answer().status == 404
    with Wire(port) as wire:
        wire.send("nonsense\r\n\r\n")
        assert wire.answer().status == 400
    assert get(gateway.port, "/metrics").body == b"ok\n", "the path belongs to the app"
    assert get(gateway.port, "/metrics", host="nobody.test").status == 404


def test_the_port_of_a_listener_is_refused(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text('listeners: [{address: "127.0.0.1:8080"}]\nmetrics: {address: "0.0.0.0:8080"}\n')
    done = subprocess.run([BIN / "spaceport-gateway", "check", file], capture_output=True, text=True)
    assert done.returncode == 1 and "must not have the port of a listener" in done.stdout + done.stderr


def test_a_taken_port_is_said_and_nothing_starts(tmp_path, origin):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        file = tmp_path / "gateway.yaml"
        file.write_text(f'listeners: [{{address: "127.0.0.1:{free_port()}"}}]\nmetrics: {{address: "127.0.0.1:{taken.getsockname()[1]}"}}\n')
        done = subprocess.run([BIN / "spaceport-gateway", "run", file], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "metrics:" in done.stderr


# What is counted

def test_requests_errors_bytes_and_durations_of_a_site(make_gateway, origin):
    async def missing(call):
        await call.body()
        await call.answer(b"no", "404 Not Found")
    origin.script["/missing"] = missing
    gateway = make_gateway(PLAIN.replace("workers: 1", "workers: 2"), origin=origin.port)
    assert admin(gateway, "PUT", "/v1/sites/local/demo", site(origin, "demo.test")).status == 200
    for _ in range(5):
        assert get(gateway.port, host="demo.test").status == 200
    assert get(gateway.port, "/missing", host="demo.test").status == 404
    with Wire(gateway.port) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 10\r\n\r\n0123456789")
        assert wire.answer().status == 200
    get(gateway.port)
    now = metrics(gateway)
    demo = {"site": "local/demo"}
    assert value(now, "requests_total", code="2xx", **demo) == 6 and value(now, "requests_total", code="4xx", **demo) == 1
    assert value(now, "request_bytes_total", **demo) == 10
    assert value(now, "response_bytes_total", **demo) == 6 * len(b"ok\n") + len(b"no")
    assert value(now, "request_duration_seconds_count", **demo) == 7
    assert value(now, "request_duration_seconds_bucket", le="60", **demo) == 7
    assert 0 < value(now, "request_duration_seconds_sum", **demo) < 10
    assert value(now, "site_in_flight", **demo) == 0
    assert value(now, "requests_total", site="file:app", code="2xx") == 1
    assert value(now, "errors_total", cause="no_route", **demo) == 0, "a 404 of the app is no error of the gateway"


def test_errors_have_their_causes(make_gateway, origin):
    dead = free_port()
    gateway = make_gateway(PLAIN.replace("{origin}", str(dead)))
    get(gateway.port)
    get(gateway.port, "/limited", fields="Content-Length: 5000\r\n")
    with Wire(gateway.port) as wire:
        wire.send("GET / HTTP/1.1\r\nbroken\r\n\r\n")
        assert wire.answer().status == 400
    now = metrics(gateway)
    assert value(now, "errors_total", site="file:app", cause="refused") == 1
    assert value(now, "errors_total", site="file:app", cause="body_too_large") == 1
    assert value(now, "requests_total", site="file:app", code="5xx") == 1 and value(now, "requests_total", site="", code="4xx") == 1
    assert value(now, "upstream_connect_failures_total") == 1 and value(now, "upstream_connects_total") == 0


def test_strangers_make_no_series(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    for number in range(50):
        assert get(gateway.port, host=f"stranger{number}.test").status == 404
    now = metrics(gateway)
    assert sites(now) == {""}
    assert value(now, "requests_total", site="", code="4xx") == 50 and value(now, "errors_total", site="", cause="no_route") == 50


def test_the_series_of_a_site_go_with_it(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    admin(gateway, "PUT", "/v1/sites/one", site(origin, "one.test"))
    get(gateway.port, host="one.test")
    assert "one" in sites(metrics(gateway))
    admin(gateway, "PUT", "/v1/sites/one", {**site(origin, "one.test"), "message": "changed"})
    get(gateway.port, host="one.test")
    assert value(metrics(gateway), "requests_total", site="one", code="2xx") == 2, "a change keeps the counts"
    admin(gateway, "DELETE", "/v1/sites/one")
    assert "one" not in sites(metrics(gateway))


def test_names_that_need_escapes_stay_inside_their_label(make_gateway, origin):
    gateway = make_gateway(PLAIN.replace("  app:", '  "a\\"} 1\\\\":').replace("upstream: app", 'upstream: "a\\"} 1\\\\"'), origin=origin.port)
    get(gateway.port)
    assert value(metrics(gateway), "requests_total", site='file:a"} 1\\', code="2xx") == 1


def test_connections_pools_and_what_is_under_way(make_gateway, origin):
    go = asyncio.Event()

    async def slow(call):
        await asyncio.wait_for(go.wait(), 10)
        await call.answer(b"done")
    origin.script["/slow"] = slow
    gateway = make_gateway(PLAIN.replace('{origin}"]', '{origin}"], max_in_flight: 1, queue: {length: 1, deadline: 5s}'), origin=origin.port)
    with Wire(gateway.port) as first, Wire(gateway.port) as second:
        for wire in (first, second):
            wire.send(GET.format("/slow"))
        file = {"site": "file:app"}
        assert until(lambda: value(metrics(gateway), "site_waiting", **file) == 1)
        assert get(gateway.port).status == 503
        now = metrics(gateway)
        assert value(now, "site_in_flight", **file) == 1 and value(now, "site_saturated_total", **file) == 1
        assert value(now, "requests_in_flight") == 2 and value(now, "connections") >= 2 and value(now, "accepted_total") >= 3
        assert value(now, "errors_total", cause="saturated", **file) == 1
        origin.loop.call_soon_threadsafe(go.set)
        assert [wire.answer().status for wire in (first, second)] == [200, 200]
        now = metrics(gateway)
    assert value(now, "upstream_connects_total") == 1 and value(now, "upstream_reused_total") == 1 and value(now, "upstream_pooled") == 1


def test_tls_and_http2_are_counted(make_gateway, origin, tmp_path):
    gateway = make_gateway(with_tls(PLAIN, *certificate(tmp_path, "a.test")), origin=origin.port)
    before = metrics(gateway)
    for option in ("--http1.1", "--http2"):
        subprocess.run(["curl", "-sfk", option, "--resolve", f"a.test:{gateway.port}:127.0.0.1", f"https://a.test:{gateway.port}/"], check=True)
    subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-servername", "a.test", "-reconnect", "-tls1_2"],
                   input=b"", check=False, capture_output=True, timeout=20)
    with Wire(gateway.port) as wire:
        wire.send("GET / HTTP/1.1\r\n\r\n")
        assert until(lambda: value(metrics(gateway), "tls_failures_total") > value(before, "tls_failures_total"))
    now = metrics(gateway)
    assert value(now, "tls_handshakes_total") >= 8 and value(now, "tls_resumptions_total") == 5
    assert value(now, "http2_connections_total") == 1 and value(now, "http2_streams_total") == 1


def test_the_health_of_endpoints(make_gateway, origin):
    dead = f"127.0.0.1:{free_port()}"
    gateway = make_gateway(PLAIN.replace('["127.0.0.1:{origin}"]', f'["127.0.0.1:{origin.port}", "{dead}"], balance: round_robin'))
    for _ in range(4):
        assert get(gateway.port).status == 200
    now = metrics(gateway)
    assert value(now, "endpoint_state", site="file:app", endpoint=dead) == 2
    assert value(now, "endpoint_state", site="file:app", endpoint=f"127.0.0.1:{origin.port}") == 0
    assert value(now, "retries_total") >= 1


def test_every_family_is_in_the_readme(make_gateway, origin):
    readme = (pathlib.Path(__file__).parents[3] / "gateway/README.md").read_text()
    gateway = make_gateway(PLAIN, origin=origin.port)
    get(gateway.port)
    told = set(re.findall(r"`((?:process_)?[a-z0-9_]+)(?:\{[a-z, ]+\})?`", readme))
    assert {name.removeprefix("spaceport_gateway_") for name in metrics(gateway)} <= told
