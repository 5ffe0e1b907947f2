"""Server-sent events with a client that comes back: npm's eventsource. Whatever breaks, it misses no event and sees none twice."""
import contextlib
import os
import signal

import pytest

from event_app import EventApp
from javascript import Program, install
from test_upgrade import gone, upgrade
from wire import until

FILE = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: [{endpoints}]}
routes:
  - {path: /, upstream: app}
timeouts: {drain: 1s}
admin: {socket: "{admin}"}
"""
EVENTS = 8


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return install(tmp_path_factory.mktemp("events"), "eventsource")


def quoted(app, which=(0, 1)):
    return ", ".join(f'"127.0.0.1:{app.origins[one].port}"' for one in which)


def complete(app, seen, asked):
    """Every event once, in order, each seen before the next was sent; a stream for each of `asked`."""
    assert seen["events"] == [[str(number), f"event {number}"] for number in range(1, EVENTS + 1)], seen
    assert app.seen == list(range(1, EVENTS + 1)) and app.problems == []
    assert app.asked == asked and seen["opened"] == len(asked), (app.asked, seen)


def follow(node, gateway):
    with Program(node, "follow.js", f"http://127.0.0.1:{gateway.port}") as client:
        return client.result()


@pytest.mark.parametrize("how", ["ends", "is_reset", "is_cut_inside_an_event", "dies"])
def test_a_stream_that_breaks_is_taken_up_where_it_was(node, make_gateway, how):
    with EventApp(EVENTS, {3: getattr(EventApp, how), 6: EventApp.is_reset}) as app:
        gateway = make_gateway(FILE, endpoints=quoted(app))
        complete(app, follow(node, gateway), asked=[0, 3, 6])


def test_a_reload_leaves_a_stream_alone_and_the_next_one_goes_to_the_new_app(node, make_gateway):
    def replace():
        gateway.write(FILE, endpoints=quoted(app, [1]))
        gateway.signal(signal.SIGHUP)
        assert until(lambda: "reloaded" in gateway.output()), gateway.output()

    with EventApp(EVENTS, {3: EventApp.outside(replace, over=False), 6: EventApp.dies}) as app:
        gateway = make_gateway(FILE, endpoints=quoted(app, [0]))
        complete(app, follow(node, gateway), asked=[0, 6])
        assert [sum(one.path == "/events" for one in origin.messages) for origin in app.origins] == [1, 1]


def test_a_stream_moves_to_the_gateway_that_takes_over(node, make_gateway):
    def replace():
        upgrade(gateway)
        assert gateway.process.wait(10) == 0, "the old one cuts at its drain's end"

    with EventApp(EVENTS, {4: EventApp.outside(replace, over=True)}) as app:
        gateway = make_gateway(FILE, endpoints=quoted(app))
        gateway.pids = [gateway.process.pid]
        try:
            complete(app, follow(node, gateway), asked=[0, 4])
        finally:
            for pid in gateway.pids[1:]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                assert until(lambda: gone(pid))
