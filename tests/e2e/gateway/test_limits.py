"""How many connections clients may have, together and each (rule 68): an address that takes what it can get, and the others beside it."""
import asyncio
import contextlib
import os
import re
import socket
import subprocess
import threading
import time

import pytest

from conftest import BIN, PLAIN, certificate, free_port, with_tls
from prometheus import value
from test_balancing import status
from test_metrics import metrics
from test_operation import admin
from test_proxy_protocol import LINE
from wire import Wire, get, until

GET = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"


def limited(limits, text=PLAIN, workers=2):
    return text.replace("workers: 1", f"workers: {workers}") + f"limits: {limits}\n"


class From(Wire):
    """A client with an address of its own."""

    def __init__(self, source, port, timeout=5):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout, (source, 0))
        self.buffer, self.timeout = b"", timeout


def asks(wire):
    wire.send(GET)
    return wire.answer().status


def is_reset(source, port, header=""):
    """Ended at once and without a word, so that nothing of it is left at the gateway; connect(2) itself may hear of it."""
    with pytest.raises(ConnectionError), From(source, port) as wire:
        wire.send(header + GET)
        wire.answer()
    return True


def refused(gateway, cause):
    return value(metrics(gateway), "connections_refused_total", cause=cause)


def test_rule_68_a_client_has_its_connections_and_one_more_is_reset(make_gateway, origin):
    gateway = make_gateway(limited("{connections_per_client: 20}"), origin=origin.port)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(From("127.0.0.2", gateway.port)) for _ in range(20)]
        assert [asks(wire) for wire in wires] == [200] * 20
        for _ in range(10):
            assert is_reset("127.0.0.2", gateway.port)
        assert asks(stack.enter_context(From("127.0.0.3", gateway.port))) == 200
        assert [asks(wire) for wire in wires] == [200] * 20, "what is open stays open"
        assert refused(gateway, "too_many") == 10 and refused(gateway, "too_fast") == 0
        assert status(gateway)["connection_limits"]["refused"]["too_many"] == 10
        wires[0].socket.close()
        assert until(lambda: value(metrics(gateway), "connections") <= 20)
        assert asks(stack.enter_context(From("127.0.0.2", gateway.port))) == 200
    warning = "a client had its 20 (the last from 127.0.0.2)"
    assert until(lambda: warning in gateway.output()), gateway.output()
    assert gateway.output().count(warning) == 1, "a line for each would be the attacker's to write"


def test_rule_68_the_same_in_front_of_tls(make_gateway, origin, tmp_path):
    gateway = make_gateway(with_tls(limited("{connections_per_client: 1}"), *certificate(tmp_path, "a.test")), origin=origin.port)
    with From("127.0.0.2", gateway.port) as first:
        assert until(lambda: status(gateway)["connection_limits"]["in_use"] == 1)
        assert is_reset("127.0.0.2", gateway.port)
        assert not first.closed(0.2)
    assert value(metrics(gateway), "tls_handshakes_total") == 0


def test_rule_68_a_client_may_come_at_its_rate(make_gateway, origin):
    gateway = make_gateway(limited("{new_connections_per_client: {per_second: 10, burst: 30}}"), origin=origin.port)

    def comes():
        with contextlib.suppress(ConnectionError), From("127.0.0.2", gateway.port) as wire:
            return asks(wire)
    began = time.monotonic()
    outcomes = [comes() for _ in range(100)]
    took = time.monotonic() - began
    assert outcomes[:30] == [200] * 30
    assert 30 <= outcomes.count(200) <= 31 + 10 * took, (outcomes.count(200), took)
    assert refused(gateway, "too_fast") == outcomes.count(None)
    with From("127.0.0.3", gateway.port) as other:
        assert asks(other) == 200
    assert until(lambda: comes() == 200, 2), "patience is rewarded"
    assert until(lambda: "a client opened more than 10 a second (the last from 127.0.0.2)" in gateway.output())


# One that opens as many as it can as fast as it can and holds them, and others that only want their answers.

async def grab(port, stop):
    held = []
    while not stop.is_set():
        try:
            held.append(await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0)))
        except OSError:
            await asyncio.sleep(0.001)
        for pair in held[:]:
            if pair[0].at_eof() or pair[0].exception():
                pair[1].close()
                held.remove(pair)
        await asyncio.sleep(0)
    for _, writer in held:
        writer.close()


@pytest.mark.parametrize("limits, cause", [("{connections_per_client: 50}", "too_many"),
                                           ("{connections: 1000, connections_per_client: 900, new_connections_per_client: {per_second: 20, burst: 50}}", "too_fast")])
def test_rule_68_an_attacker_takes_nothing_from_another_address(make_gateway, origin, limits, cause):
    gateway = make_gateway(limited(limits), origin=origin.port)
    stop = threading.Event()
    attack = threading.Thread(target=lambda: asyncio.run(grab(gateway.port, stop)), daemon=True)
    attack.start()
    try:
        assert until(lambda: refused(gateway, cause) > 100, 20)
        before = refused(gateway, cause)
        took = []
        for _ in range(40):
            began = time.monotonic()
            with From("127.0.0.3", gateway.port) as wire:
                assert asks(wire) == 200
            took.append(time.monotonic() - began)
        assert until(lambda: refused(gateway, cause) > before), "the attack went on meanwhile"
        assert value(metrics(gateway), "connections") < 1000
        assert sorted(took)[36] < 0.5, sorted(took)
    finally:
        stop.set()
        attack.join(20)
    assert gateway.output().count("refused") <= 6


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_rule_68_when_all_connections_are_in_use_the_next_ones_wait(make_gateway, origin):
    gateway = make_gateway(limited("{connections: 40}", workers=1), origin=origin.port)
    assert until(lambda: status(gateway)["connection_limits"]["in_use"] == 0)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(gateway.port)) for _ in range(40)]
        assert [asks(wire) for wire in wires] == [200] * 40
        waiting = [stack.enter_context(Wire(gateway.port)) for _ in range(5)]
        for wire in waiting:
            wire.send(GET)
        assert until(lambda: value(metrics(gateway), "accept_pauses_total", cause="full") == 1)
        before = cpu_seconds(gateway.process)
        assert not waiting[0].closed(0.5), "neither closed nor answered"
        assert cpu_seconds(gateway.process) - before < 0.1, "it spins"
        assert asks(wires[0]) == 200, "who is in is served"
        assert value(metrics(gateway), "connections") == 40 and value(metrics(gateway), "connections_limit") == 40
        for wire in wires[:5]:
            wire.socket.close()
        assert [wire.answer().status for wire in waiting] == [200] * 5
    assert until(lambda: "all 40 connections are in use" in gateway.output())


def test_rule_68_with_several_workers_everybody_gets_in_at_last(make_gateway, origin):
    """More clients than places, on both workers' sockets: none is refused and none waits for ever."""
    gateway = make_gateway(limited("{connections: 8}"), origin=origin.port)
    outcomes = []

    def client():
        for _ in range(10):
            outcomes.append(get(gateway.port, fields="Connection: close\r\n", timeout=20).status)
    threads = [threading.Thread(target=client) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [200] * 240
    assert value(metrics(gateway), "accept_pauses_total", cause="full") > 0


def test_rule_68_without_a_word_of_it_half_of_the_descriptors_are_for_clients(make_gateway, origin):
    gateway = make_gateway(PLAIN, prefix=["prlimit", "--nofile=264:264"], origin=origin.port)
    assert value(metrics(gateway), "connections_limit") == (264 - 64) / 2
    with contextlib.ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(Wire(gateway.port))
        assert until(lambda: value(metrics(gateway), "accept_pauses_total", cause="full") == 1)
        assert value(metrics(gateway), "connections") == 100
        assert value(metrics(gateway), "accept_pauses_total", cause="descriptors") == 0
    assert until(lambda: get(gateway.port).status == 200)


def test_rule_68_without_descriptors_it_waits_and_says_so(make_gateway, origin):
    gateway = make_gateway(limited("{connections: 0}", workers=1), prefix=["prlimit", "--nofile=80:80"], origin=origin.port)
    assert value(metrics(gateway), "connections_limit") in (None, 0)
    with contextlib.ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(Wire(gateway.port))
        assert until(lambda: "stopped accepting" in gateway.output() and "no descriptors are left" in gateway.output())
        before = cpu_seconds(gateway.process)
        time_is_up = time.monotonic() + 0.5
        assert until(lambda: time.monotonic() > time_is_up, 1)
        assert cpu_seconds(gateway.process) - before < 0.15, "it spins"
    assert until(lambda: get(gateway.port).status == 200)
    assert value(metrics(gateway), "accept_pauses_total", cause="descriptors") > 0


def test_rule_68_behind_proxies_it_is_their_clients_who_are_counted(make_gateway, origin):
    trusted = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", trusted_proxies: ["127.0.0.2"]')
    gateway = make_gateway(limited("{connections_per_client: 2}", trusted), origin=origin.port)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(From("127.0.0.2", gateway.port)) for _ in range(6)]
        assert [asks(wire) for wire in wires] == [200] * 6, "a proxy that we trust speaks for many"
        assert [asks(stack.enter_context(From("127.0.0.3", gateway.port))) for _ in range(2)] == [200] * 2
        assert is_reset("127.0.0.3", gateway.port)
    proxied = trusted.replace("trusted_proxies", "proxy_protocol: true, trusted_proxies")
    gateway = make_gateway(limited("{connections_per_client: 2}", proxied), origin=origin.port)
    with contextlib.ExitStack() as stack:
        def client(header):
            wire = stack.enter_context(From("127.0.0.2", gateway.port))
            wire.send(header)
            return wire
        assert [asks(client(LINE)) for _ in range(2)] == [200] * 2
        assert is_reset("127.0.0.2", gateway.port, LINE)
        assert [asks(client("PROXY UNKNOWN\r\n")) for _ in range(4)] == [200] * 4
        assert asks(client(LINE.replace("192.0.2.7", "192.0.2.8"))) == 200
        assert refused(gateway, "too_many") == 1


def test_rule_68_a_reload_changes_the_limits_for_those_who_come(make_gateway, origin):
    gateway = make_gateway(limited("{connections: 100}"), origin=origin.port)

    def reload(limits):
        gateway.write(limited(limits), origin=origin.port)
        assert admin(gateway, "POST", "/v1/reload").status == 200
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(From("127.0.0.2", gateway.port)) for _ in range(4)]
        assert [asks(wire) for wire in wires] == [200] * 4
        reload("{connections: 4}")
        waits = stack.enter_context(From("127.0.0.2", gateway.port))
        waits.send(GET)
        assert not waits.closed(0.3)
        assert [asks(wire) for wire in wires] == [200] * 4
        reload("{connections: 100, connections_per_client: 1}")
        assert waits.answer().status == 200
        assert is_reset("127.0.0.2", gateway.port)


def test_rule_68_what_a_file_limits_is_explained_and_too_much_is_warned_of(make_gateway, origin, tmp_path):
    file = tmp_path / "gateway.yaml"
    text = limited("{connections: 5000, connections_per_client: 10}").replace("{port}", str(free_port())).replace("{origin}", "1").replace("{admin}", "a.sock")
    file.write_text(text)
    done = subprocess.run([BIN / "spaceport-gateway", "explain", file, "http://a.test/"], capture_output=True, text=True)
    assert "clients  5000 connections together, at most 10 from one address\n" in done.stdout
    gateway = make_gateway(limited("{connections: 5000}"), prefix=["prlimit", "--nofile=200:200"], origin=origin.port)
    assert re.search(r'"limits.connections" is more than the descriptors', gateway.output())
