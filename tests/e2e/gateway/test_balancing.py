"""Several endpoints: who gets what, who is passed over and comes back, and what limits hold."""
import asyncio
import collections
import contextlib
import json
import subprocess
import time

import pytest

from conftest import BIN, free_port
from origin import Origin
from prometheus import value
from test_metrics import metrics
from test_operation import admin
from wire import Wire, get, until

FILE = """
workers: 2
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: [{endpoints}], {more}}
routes:
  - {host: a.test, path: /, upstream: app}
timeouts: {header: 5s, idle: 10s, connect: 1s, first_byte: 5s, body: 5s, tunnel: 5s, upstream_idle: 10s, drain: 3s}
admin: {socket: "{admin}"}
"""
GET = "GET {} HTTP/1.1\r\nHost: a.test\r\n\r\n"
ONE = FILE.replace("workers: 2", "workers: 1")


class App:
    """An origin that says its name. `hold` keeps its answers to /slow back; `sick` makes them 503; probes are counted apart."""

    def __init__(self, name):
        self.origin, self.name = Origin(), name
        self.sick, self.probes = False, 0
        self.go = asyncio.Event()
        self.origin.script.update({"/": self.say, "/slow": self.slow, "/up": self.probe, "/cut": self.cut})
        self.address = f"127.0.0.1:{self.origin.port}"

    async def say(self, call):
        await call.body()
        await call.answer(self.name.encode(), "503 Service Unavailable" if self.sick else "200 OK")

    async def slow(self, call):
        await call.body()
        await asyncio.wait_for(self.go.wait(), 20)
        await call.answer(self.name.encode())

    async def probe(self, call):
        self.probes += 1
        await self.say(call)

    async def cut(self, call):
        await call.body()
        call.reset()

    def release(self):
        self.origin.loop.call_soon_threadsafe(self.go.set)

    def die(self):
        """Nobody listens any more, and connections end."""
        def end():
            self.origin.server.close()
            for writer in list(self.origin.open):
                writer.close()
        self.origin.loop.call_soon_threadsafe(end)

    def served(self, path="/"):
        return sum(one.path == path for one in self.origin.complete())


@pytest.fixture
def apps():
    made = [App(f"app{i}") for i in range(3)]
    yield made
    for one in made:
        one.origin.stop()


def endpoints(apps):
    return ", ".join(f'"{one.address}"' for one in apps)


def tally(gateway, times, fields="", target="/"):
    return collections.Counter(get(gateway.port, target, fields=fields).body.decode() for _ in range(times))


def status(gateway):
    return json.loads(admin(gateway, "GET", "/v1/status").text)


def health(gateway):
    return status(gateway)["sites"][0]["routes"][0]["health"]


def states(gateway):
    return {one["endpoint"]: one["state"] for one in health(gateway)}


def in_flight(gateway):
    return {one["endpoint"]: one["in_flight"] for one in health(gateway)}


@contextlib.contextmanager
def holding(gateway, times, target="/slow"):
    """So many requests that wait for their answers."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(gateway.port, 20)) for _ in range(times)]
        for wire in wires:
            wire.send(GET.format(target))
        yield wires


# Choice

def test_round_robin_shares_evenly_and_by_weight(make_gateway, apps):
    weighted = f'"{apps[0].address}", {{address: "{apps[1].address}", weight: 2}}'
    gateway = make_gateway(ONE, endpoints=weighted, more="balance: round_robin")
    assert tally(gateway, 30) == {"app0": 10, "app1": 20}


def test_two_choices_is_the_default_and_keeps_away_from_who_is_busy(make_gateway, apps):
    gateway = make_gateway(ONE, endpoints=endpoints(apps), more="max_in_flight: 0")
    assert len(tally(gateway, 60)) == 3
    with holding(gateway, 30):
        assert until(lambda: sum(one.served("/slow") for one in apps) == 30)
        assert all(7 <= one.served("/slow") <= 13 for one in apps), [one.served("/slow") for one in apps]
        apps[0].release()
        assert until(lambda: in_flight(gateway)[apps[0].address] == 0)
        # Those that are still held count for the others. Two of the three are drawn, so that the free one is among them, and
        # taken, for two requests of three: 200 of 300, with a deviation of 8. By chance alone it were 100.
        assert tally(gateway, 300)["app0"] >= 150
        for one in apps:
            one.release()


@pytest.mark.parametrize("by,field", [("{by: header, name: X-User}", "X-User: {}\r\n"), ("{by: cookie, name: sid}", "Cookie: a=b; sid={}\r\n")])
def test_a_hash_sends_the_same_key_to_the_same_endpoint(make_gateway, apps, by, field):
    gateway = make_gateway(FILE, endpoints=endpoints(apps), more="balance: hash, hash: " + by)
    seats = {}
    for user in range(30):
        seen = tally(gateway, 3, field.format(user))
        assert len(seen) == 1, seen
        seats[user] = seen.popitem()[0]
    assert len(set(seats.values())) == 3
    # An endpoint less moves its own keys only, and a reload with another order moves none.
    gateway.write(FILE, endpoints=endpoints([apps[2], apps[0]]), more="balance: hash, hash: " + by)
    assert admin(gateway, "POST", "/v1/reload").status == 200
    for user, seat in seats.items():
        assert tally(gateway, 1, field.format(user)) == {seat: 1} or seat == "app1"


def test_a_hash_by_client_ties_a_client(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps), more="balance: hash, hash: {by: client}")
    assert len(tally(gateway, 12)) == 1


def test_a_sticky_cookie_ties_a_client_and_moves_on_with_him(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps), more="balance: sticky, sticky: {cookie: seat}")
    first = get(gateway.port)
    given = first.get("set-cookie")
    assert given.startswith("seat=") and given.endswith("; Path=/; HttpOnly; SameSite=Lax")
    cookie = f"Cookie: {given.split(';')[0]}\r\n"
    for _ in range(12):
        again = get(gateway.port, fields=cookie)
        assert again.body == first.body and again.get("set-cookie") is None
    next(one for one in apps if one.name.encode() == first.body).die()
    assert until(lambda: get(gateway.port, fields=cookie).body != first.body)
    moved = get(gateway.port, fields=cookie)
    assert moved.status == 200 and moved.body != first.body
    assert moved.get("set-cookie").startswith("seat=") and moved.get("set-cookie") != given


def test_a_seat_at_an_only_endpoint_is_given_once(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps[:1]), more="balance: sticky")
    seat = get(gateway.port).get("set-cookie").split(";")[0]
    assert get(gateway.port, fields=f"Cookie: {seat}\r\n").get("set-cookie") is None


# Health

def test_a_dead_endpoint_costs_no_request_and_is_passed_over(make_gateway, apps):
    gateway = make_gateway(ONE, endpoints=endpoints(apps) + f', "127.0.0.1:{free_port()}"', more="balance: round_robin")
    assert sum(tally(gateway, 40).values()) == 40
    assert set(tally(gateway, 30)) == {"app0", "app1", "app2"}
    assert sorted(states(gateway).values()) == ["ejected", "up", "up", "up"]


def test_the_second_tries_of_a_broken_space_are_not_missing_in_another(make_gateway, apps):
    gateway = make_gateway(ONE, endpoints=endpoints(apps), more="balance: round_robin")

    def site(host, *addresses):
        routes = [{"endpoints": list(addresses), "balance": "round_robin"}]
        assert admin(gateway, "PUT", f"/v1/sites/{host}", {"hosts": [host], "routes": routes}).status == 200
    dead = [f"127.0.0.1:{free_port()}" for _ in range(4)]
    site("broken.test", *dead[:3])
    site("well.test", dead[3], apps[0].address)
    assert {get(gateway.port, host="broken.test").status for _ in range(40)} == {502}
    now = metrics(gateway)
    assert value(now, "retries_refused_total") > 10, "the budget of the broken one is used up"
    assert 10 <= value(now, "retries_total") <= 10 + 40 // 5
    # The first one meets the dead endpoint.
    assert [get(gateway.port, host="well.test").status for _ in range(4)] == [200] * 4
    assert value(metrics(gateway), "retries_total") == value(now, "retries_total") + 1


@pytest.mark.parametrize("path", ["/", "/cut"])
def test_an_endpoint_that_answers_badly_in_a_row_is_ejected_and_comes_back(make_gateway, apps, path):
    apps[0].sick = True
    for one in apps[1:]:
        one.origin.script["/cut"] = one.say
    gateway = make_gateway(ONE, endpoints=endpoints(apps), more="balance: round_robin, health: {eject_after: 3, eject_for: 1s}")
    answers = [get(gateway.port, path).status for _ in range(30)]
    assert answers.count(200) == 27, answers
    assert states(gateway)[apps[0].address] == "ejected"
    apps[0].sick = False
    apps[0].origin.script["/cut"] = apps[0].say
    assert until(lambda: tally(gateway, 3, target=path)["app0"] == 1)
    assert set(states(gateway).values()) == {"up"}


def test_all_endpoints_are_never_passed_over(make_gateway, apps):
    for one in apps:
        one.sick = True
    gateway = make_gateway(ONE, endpoints=endpoints(apps), more="health: {eject_after: 1, eject_for: 1h, path: /up, interval: 50ms, unhealthy_after: 1}")
    assert until(lambda: set(states(gateway).values()) == {"down"})
    tally(gateway, 12)
    for one in apps:
        one.sick = False
    assert get(gateway.port).status == 200, "asked, although nothing says yet that it is well"


def test_probes_take_an_endpoint_out_before_a_request_meets_it_and_back(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps), more="health: {path: /up, interval: 50ms, timeout: 1s, healthy_after: 2, unhealthy_after: 2}")
    assert until(lambda: all(one.probes > 1 for one in apps))
    apps[1].sick = True
    assert until(lambda: states(gateway)[apps[1].address] == "down")
    before = apps[1].served()
    assert set(tally(gateway, 30)) == {"app0", "app2"} and apps[1].served() == before
    apps[1].sick = False
    assert until(lambda: states(gateway)[apps[1].address] != "down")
    assert until(lambda: "app1" in tally(gateway, 10))
    assert f"endpoint {apps[1].address} does not answer /up well" in gateway.output()
    assert f"endpoint {apps[1].address} answers /up again" in gateway.output()


def test_one_process_probes_whatever_the_number_of_workers_and_stops_for_who_vanished(make_gateway, apps):
    wide = FILE.replace("workers: 2", "workers: 4")
    more = "health: {path: /up, interval: 200ms}"
    gateway = make_gateway(wide, endpoints=endpoints(apps), more=more)
    assert until(lambda: apps[0].probes >= 2)
    began, before = time.monotonic(), apps[0].probes
    assert until(lambda: apps[0].probes >= before + 5)
    assert time.monotonic() - began > 0.6, "four workers would have asked four times as often"
    assert apps[0].origin.messages[0].get("user-agent") == "spaceport-health/1"
    gateway.write(wide, endpoints=endpoints(apps[1:]), more=more)
    assert admin(gateway, "POST", "/v1/reload").status == 200
    gone, other = apps[0].probes, apps[1].probes
    assert until(lambda: apps[1].probes >= other + 4)
    assert apps[0].probes <= gone + 1


def test_a_reload_keeps_what_is_known_of_endpoints_that_stay(make_gateway, apps):
    apps[0].sick = True
    more = "balance: round_robin, health: {eject_after: 1, eject_for: 1h}"
    gateway = make_gateway(ONE, endpoints=endpoints(apps[:2]), more=more)
    tally(gateway, 4)
    assert states(gateway)[apps[0].address] == "ejected"
    gateway.write(ONE, endpoints=endpoints([apps[2], apps[0]]), more=more)
    assert admin(gateway, "POST", "/v1/reload").status == 200
    assert states(gateway) == {apps[0].address: "ejected", apps[2].address: "up"}
    assert tally(gateway, 10) == {"app2": 10}
    # Gone and back: nothing is known any more.
    for those in (apps[1:], apps[:2]):
        gateway.write(ONE, endpoints=endpoints(those), more=more)
        assert admin(gateway, "POST", "/v1/reload").status == 200
    assert states(gateway)[apps[0].address] == "up"


# Limits

def test_an_upstream_never_has_more_in_flight_than_it_may_and_the_queue_is_served(make_gateway, apps):
    gateway = make_gateway(FILE.replace("workers: 2", "workers: 3"), endpoints=endpoints(apps[:1]), more="max_in_flight: 5, queue: {length: 50, deadline: 10s}")
    with holding(gateway, 20) as wires:
        assert until(lambda: status(gateway)["sites"][0]["routes"][0]["places"] == {"max_in_flight": 5, "in_flight": 5, "waiting": 15, "refused": 0})
        assert until(lambda: apps[0].served("/slow") == 5)
        apps[0].release()
        assert [wire.answer().status for wire in wires] == [200] * 20
    assert until(lambda: status(gateway)["sites"][0]["routes"][0]["places"]["in_flight"] == 0)


def test_a_full_queue_and_a_late_place_are_503_saturated(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps[:1]), more="max_in_flight: 1, queue: {length: 2, deadline: 300ms}")
    places = lambda: status(gateway)["sites"][0]["routes"][0]["places"]  # noqa: E731
    with holding(gateway, 1) as held, holding(gateway, 0):
        assert until(lambda: apps[0].served("/slow") == 1)
        with holding(gateway, 2) as waiting:
            assert until(lambda: places()["waiting"] == 2)
            began = time.monotonic()
            full = get(gateway.port)
            assert time.monotonic() - began < 0.25
            assert full.status == 503 and full.get("x-gateway-error") == "saturated" and full.get("retry-after") == "3"
            late = [wire.answer() for wire in waiting]
            assert 0.2 < time.monotonic() - began < 2
        assert [(one.status, one.get("x-gateway-error"), one.get("retry-after")) for one in late] == [(503, "saturated", "3")] * 2
        assert places() == {"max_in_flight": 1, "in_flight": 1, "waiting": 0, "refused": 3}
        apps[0].release()
        assert held[0].answer().status == 200
    assert get(gateway.port).status == 200


def test_who_leaves_the_queue_is_gone_and_takes_nobodys_place(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps[:1]), more="max_in_flight: 1, queue: {length: 5, deadline: 10s}")
    places = lambda: status(gateway)["sites"][0]["routes"][0]["places"]  # noqa: E731
    with holding(gateway, 1) as held:
        assert until(lambda: apps[0].served("/slow") == 1)
        with holding(gateway, 3, "/"):
            assert until(lambda: places()["waiting"] == 3)
        assert until(lambda: places()["waiting"] == 0)
        with holding(gateway, 1, "/") as last:
            assert until(lambda: places()["waiting"] == 1)
            apps[0].release()
            assert held[0].answer().status == 200
            assert last[0].answer().status == 200
    assert apps[0].served("/") == 1, "those who left were not carried out"
    assert until(lambda: '"status":499' in gateway.output())


def test_an_endpoint_never_has_more_in_flight_than_it_may(make_gateway, apps):
    listed = ", ".join(f'{{address: "{one.address}", max_in_flight: {most}}}' for one, most in zip(apps, (1, 2, 3)))
    gateway = make_gateway(FILE, endpoints=listed, more="queue: {length: 20, deadline: 10s}")
    with holding(gateway, 12) as wires:
        assert until(lambda: status(gateway)["sites"][0]["routes"][0].get("waiting_for_endpoints") == 6)
        assert until(lambda: [one.served("/slow") for one in apps] == [1, 2, 3])
        for one in apps:
            one.release()
        assert [wire.answer().status for wire in wires] == [200] * 12


def test_a_drain_ends_those_who_wait_too(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps[:1]), more="max_in_flight: 1, queue: {length: 5, deadline: 30s}")
    with holding(gateway, 4) as wires:
        assert until(lambda: status(gateway)["sites"][0]["routes"][0]["places"]["waiting"] == 3)
        gateway.process.terminate()
        apps[0].release()
        assert [wire.answer().status for wire in wires] == [200] * 4
    assert gateway.process.wait(10) == 0


def test_a_stop_with_a_full_queue_is_clean(make_gateway, apps):
    gateway = make_gateway(FILE.replace("drain: 3s", "drain: 200ms"), endpoints=endpoints(apps[:1]), more="max_in_flight: 2, queue: {length: 50, deadline: 30s}")
    with holding(gateway, 30):
        assert until(lambda: status(gateway)["sites"][0]["routes"][0]["places"]["waiting"] == 28)
        gateway.process.terminate()
        assert gateway.process.wait(10) == 0


# Words

def test_explain_tells_how_an_upstream_is_balanced_and_limited(tmp_path):
    text = FILE.replace("{endpoints}", '"127.0.0.1:1", {address: "127.0.0.1:2", weight: 3, max_in_flight: 9}').replace(
        "{more}", "balance: hash, hash: {by: header, name: X-User}, health: {path: /up, interval: 2s}, max_in_flight: 7, queue: {length: 4, deadline: 1s}")
    path = tmp_path / "gateway.yaml"
    path.write_text(text.replace("{port}", "8080").replace("{admin}", "/tmp/x.sock"))
    said = subprocess.run([BIN / "spaceport-gateway", "explain", path, "http://a.test/"], capture_output=True, text=True, timeout=10).stdout
    for line in ("127.0.0.1:2, weight 3, at most 9 in flight", "balance  hash, by header x-user", "health   GET /up every 2000 ms",
                 "places   7, 4 may wait for 1000 ms"):
        assert line in said, said


def test_a_mistake_in_the_feed_is_told_and_changes_nothing(make_gateway, apps):
    gateway = make_gateway(FILE, endpoints=endpoints(apps), more="max_in_flight: 0")
    site = {"hosts": ["fed.test"], "limits": {"max_in_flite": 1}, "routes": [{"endpoints": [apps[0].address], "balance": "stiky"}]}
    answer = admin(gateway, "PUT", "/v1/sites/one", site)
    assert answer.status == 400
    for word in ("max_in_flight", "sticky"):
        assert f'did you mean \\"{word}\\"' in answer.text.decode(), answer.text
    assert get(gateway.port, host="fed.test").status == 404
