"""Reloads, routes that go, and another process in our place: nobody who asks notices."""
import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

import conftest
from load import Load, WebSocket, app
from test_operation import Admin, admin
from wire import Ended, Wire, get, until

LOADED = """
workers: {workers}
access_log: off
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{app}"]}
  echo: {endpoints: ["127.0.0.1:{echo}"]}
routes:
  - {host: a.test, path: /, upstream: app}
  - {host: a.test, path: /ws, upstream: echo}
  - {host: b.test, path: /ws, upstream: echo}
timeouts: {drain: 6s}
admin: {socket: "{admin}"}
"""
OTHERS = "\n  - {host: a.test, path: /other%d, upstream: app}\n  - {host: c%d.test, path: /, upstream: app}\n"
RELOADS = int(os.environ.get("RELOADS", "1000"))


@pytest.fixture
def loaded(make_gateway, echo_server):
    with app() as port:
        values = {"app": port, "echo": echo_server, "workers": 2}
        gateway = make_gateway(LOADED, **values)
        gateway.values = values
        pids = [gateway.process.pid]
        gateway.pids = pids
        yield gateway
        for pid in pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def status(gateway):
    return json.loads(admin(gateway, "GET", "/v1/status").text)


def rewrite(gateway, number):
    gateway.write(LOADED.replace("timeouts:", (OTHERS % (number, number)).strip("\n") + "\ntimeouts:"), **gateway.values)


# Reload

def test_a_websocket_survives_a_thousand_reloads_under_load(loaded):
    endpoint = f"127.0.0.1:{loaded.values['app']}"
    feed = Admin(loaded.admin)
    told = 0
    with Load(loaded.port) as load, WebSocket(loaded.port) as one, WebSocket(loaded.port, http2=True) as two:
        load.further()
        for number in range(RELOADS):
            if number % 10 == 0:
                rewrite(loaded, number)
                told += 1
                loaded.signal(signal.SIGHUP)
                assert until(lambda: loaded.output().count("reloaded") == told), loaded.output()[-2000:]
            else:
                site = {"hosts": [f"s{number % 7}.test"], "routes": [{"path": "/", "endpoints": [endpoint]}, {"path": f"/{number}", "endpoints": [endpoint]}]}
                gone = number % 3 == 0
                feed.request("DELETE" if gone else "PUT", f"/v1/sites/s{number % 7}", None if gone else json.dumps(site))
                answer = feed.getresponse()
                assert answer.status in ((200, 404) if gone else (200,)), answer.read()
                answer.read()
            if number % 50 == 0:
                one.echoes(b"still %d" % number)
                two.echoes(b"here %d" % number)
        load.further()
        one.echoes(b"the last")
        two.echoes(b"word")
    assert load.failures == [] and "not reloaded" not in loaded.output()
    assert status(loaded)["failures"] == 0


def resident(pid):
    with open(f"/proc/{pid}/status") as text:
        return int(next(line for line in text if line.startswith("VmRSS:")).split()[1]) / 1024


def test_one_space_among_ten_thousand_costs_what_it_is(loaded):
    feed, spaces, endpoint = Admin(loaded.admin), 10_000, "netns:%064x@%d:%d"

    def put(number, generation=1):
        site = {"hosts": [f"owner-space-{number}.example.com"],
                "routes": [{"path": path, "endpoints": [endpoint % (number, generation, port)]} for path, port in (("/", 7860), ("/api", 8000), ("/es", 9200))]}
        began = time.monotonic()
        feed.request("PUT", f"/v1/sites/owner/space-{number}", json.dumps(site))
        assert feed.getresponse().read().startswith(b"{")
        return time.monotonic() - began

    for number in range(spaces):
        put(number)
    memory = resident(loaded.process.pid)
    with Load(loaded.port, each=1) as load:
        load.further()
        new = sorted(put(spaces + number) for number in range(200))
        changed = sorted(put(number, 2) for number in range(200))
        load.further()
    assert load.failures == []
    said = f"new {new[100] * 1e3:.2f} ms (99 of 100 within {new[198] * 1e3:.2f}), changed {changed[100] * 1e3:.2f} ms, {memory:.1f} MB"
    print(said)
    # 60 MB and less than a millisecond with the release build (tests/bench/site_table_bench). What is built without optimisation is itself larger, and a
    # machine that others use is slower: a change that costs what all cost takes half a second here.
    assert conftest.SANITIZED or new[100] < 0.05 and changed[100] < 0.05 and memory < 64, said


# Routes that go

@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_a_websocket_of_a_route_that_has_gone_is_told_1012(loaded, http2):
    with WebSocket(loaded.port, host="b.test", http2=http2) as gone, WebSocket(loaded.port, http2=http2) as stays:
        gone.echoes(b"one")
        loaded.write(LOADED.replace("  - {host: b.test, path: /ws, upstream: echo}\n", ""), **loaded.values)
        loaded.signal(signal.SIGHUP)
        assert gone.code() == 1012
        with pytest.raises((EOFError, Ended)):
            gone.exactly(1)
        stays.echoes(b"two")
        assert get(loaded.port, "/ws", host="b.test").status == 404


def test_an_exchange_on_a_route_that_has_gone_is_finished(make_gateway, origin):
    gateway = make_gateway(conftest.TWO, origin=origin.port)
    go = asyncio.Event()

    async def slow(call):
        await call.body()
        await asyncio.wait_for(go.wait(), 5)
        await call.answer(b"done")
    origin.script["/slow"] = slow
    with Wire(gateway.port) as wire:
        wire.send("GET /slow HTTP/1.1\r\nHost: b.test\r\n\r\n")
        assert until(lambda: origin.messages)
        gateway.write(conftest.PLAIN, origin=origin.port)
        gateway.signal(signal.SIGHUP)
        assert until(lambda: get(gateway.port, host="b.test").status == 404)
        origin.loop.call_soon_threadsafe(go.set)
        assert wire.answer().body == b"done"


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_sigterm_tells_websockets_1012_and_waits_for_their_answer(loaded, http2):
    with WebSocket(loaded.port, http2=http2) as one:
        one.echoes(b"one")
        loaded.signal(signal.SIGTERM)
        assert one.code() == 1012
    assert loaded.process.wait(5) == 0


# Another process

def upgrade(gateway):
    """Has the present process replaced; the pid of the new one."""
    before = gateway.pids[-1]
    os.kill(before, signal.SIGUSR2)
    assert until(lambda: gateway.output().count("serves now") == len(gateway.pids), 20), gateway.output()
    gateway.pids.append(status(gateway)["pid"])
    assert gateway.pids[-1] != before
    return gateway.pids[-1]


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_sigusr2_loses_nobody_under_load(loaded):
    with Load(loaded.port) as load, WebSocket(loaded.port) as one, WebSocket(loaded.port, http2=True) as two:
        load.further()
        upgrade(loaded)
        assert one.code() == 1012 and two.code() == 1012
        load.further(100)
        assert loaded.process.wait(10) == 0
        for _ in range(2):
            load.further()
            upgrade(loaded)
            load.further(100)
        with WebSocket(loaded.port) as again:
            again.echoes(b"here again")
    assert load.failures == []
    assert until(lambda: gone(loaded.pids[-2]), 10)
    os.kill(loaded.pids[-1], signal.SIGTERM)
    assert until(lambda: gone(loaded.pids[-1]), 10)


def test_sigusr2_with_fewer_workers_loses_nobody(loaded):
    loaded.values["workers"] = 1
    with Load(loaded.port) as load:
        load.further()
        loaded.write(LOADED, **loaded.values)
        upgrade(loaded)
        load.further(300)
    assert load.failures == [] and status(loaded)["workers"] == 1


def test_a_connection_in_between_is_answered_by_whoever_has_it(loaded):
    """Idle ones, new ones without a request, and requests that are half here."""
    with Wire(loaded.port) as kept, Wire(loaded.port) as silent, Wire(loaded.port) as half:
        kept.send("GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert kept.answer().get("connection") != "close"
        half.send("GET /1 HTTP/1.1\r\nHost: a")
        assert until(lambda: status(loaded)["connections"] == 3)
        upgrade(loaded)
        for wire, rest in ((kept, "GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n"), (silent, "GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n"), (half, ".test\r\n\r\n")):
            wire.send(rest)
            answer = wire.answer()
            assert answer.status == 200 and answer.get("connection") == "close"
    assert loaded.process.wait(10) == 0


def test_who_is_idle_to_the_end_is_closed_in_order(loaded):
    with Wire(loaded.port) as kept:
        kept.send("GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert kept.answer().status == 200
        upgrade(loaded)
        kept.socket.settimeout(10)
        assert kept.socket.recv(1) == b""
    assert loaded.process.wait(10) == 0


def test_a_successor_that_does_not_start_changes_nothing(loaded):
    with Load(loaded.port, each=1) as load:
        load.further()
        loaded.path.write_text("routes: [{hots: x}]")
        loaded.signal(signal.SIGUSR2)
        assert until(lambda: "not upgraded: the new process ended with code 1" in loaded.output()), loaded.output()
        assert "hots" in loaded.output(), "its reasons are not told"
        load.further()
    assert load.failures == [] and status(loaded)["pid"] == loaded.process.pid
    loaded.write(LOADED, **loaded.values)
    upgrade(loaded)
    assert loaded.process.wait(10) == 0


def test_the_file_of_the_program_may_be_another_one(make_gateway, echo_server, tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "spaceport-gateway"
    shutil.copy(conftest.BIN / "spaceport-gateway", program)
    monkeypatch.setattr(conftest, "BIN", folder)
    gateway = make_gateway(LOADED, app=1, echo=echo_server, workers=1)
    gateway.pids = [gateway.process.pid]
    shutil.copy(program, folder / "next")
    os.rename(folder / "next", program)
    pid = upgrade(gateway)
    try:
        assert os.stat(f"/proc/{pid}/exe").st_ino == program.stat().st_ino
        assert gateway.process.wait(10) == 0
        program.unlink()
        os.kill(pid, signal.SIGUSR2)
        assert until(lambda: f"not upgraded: {program} cannot be started" in gateway.output())
        assert get(gateway.port, host="nobody.test").status == 404
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_gateway_that_is_fed_is_not_upgraded_by_a_signal(loaded):
    site = {"hosts": ["fed.test"], "routes": [{"path": "/", "endpoints": ["127.0.0.1:1"]}]}
    assert admin(loaded, "PUT", "/v1/sites/one", site).status == 200
    loaded.signal(signal.SIGUSR2)
    assert until(lambda: "not upgraded: whoever feeds this gateway" in loaded.output())
    assert status(loaded)["pid"] == loaded.process.pid


def test_the_service_manager_hears_of_the_new_process(make_gateway, echo_server, tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        gateway = make_gateway(LOADED, app=1, echo=echo_server, workers=1)
        gateway.pids = [gateway.process.pid]
        pid = upgrade(gateway)
        assert manager.recv(100) == b"MAINPID=%d" % pid
        os.kill(pid, signal.SIGKILL)


def test_a_successor_of_a_fed_gateway_serves_when_it_is_complete(loaded, tmp_path):
    """What `spaceport serve` does: its own admin socket, and nobody is accepted before the word."""
    fd = socket.socket()
    fd.bind(("127.0.0.1", 0))
    fd.listen()
    port, path = fd.getsockname()[1], str(tmp_path / "next.sock")
    file = tmp_path / "next.yaml"
    file.write_text(f'workers: 1\nlisteners: [{{address: "127.0.0.1:{port}"}}]\nfeed: {{hold: 100ms}}\nadmin: {{socket: "{loaded.admin}"}}\n')
    script = f'exec 3<&{fd.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec {conftest.BIN}/spaceport-gateway run {file} --successor {path}'
    process = subprocess.Popen(["bash", "-c", script], pass_fds=[fd.fileno()])
    try:
        loaded.admin, before = path, loaded.admin
        assert until(lambda: os.path.exists(path))
        with Wire(port) as wire:
            wire.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            time.sleep(0.5)  # longer than a gateway without a predecessor would hold who comes
            assert status(loaded)["connection_limits"]["in_use"] == 0, "it takes connections that the one before would answer"
            assert admin(loaded, "POST", "/v1/complete").status == 200
            assert wire.answer().status == 404
        loaded.admin = before
        assert status(loaded)["pid"] == loaded.process.pid, "the place of the one before was taken too early"
    finally:
        process.kill()
        process.wait()
