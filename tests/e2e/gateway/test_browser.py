"""A browser over HTTP/2: socket.io from polling to WebSocket (RFC 8441), WebSockets by hand, and events that go on after a break."""
import collections
import ctypes
import json
import os
import signal
import subprocess

import pytest

from browser import Browser
from conftest import certificate, with_tls
from event_app import EventApp
from javascript import Program, install
from test_events import EVENTS, complete, quoted
from wire import until

CLONE_NEWNET = 0x40000000
FILE = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  page: {endpoints: ["127.0.0.1:{page}"]}
  sockets: {endpoints: ["127.0.0.1:{sockets}"]}
  events: {endpoints: [{events}]}
routes:
  - {host: a.test, path: /, upstream: page}
  - {host: a.test, path: /ws, upstream: sockets}
  - {host: a.test, path: /events, upstream: events}
  - {host: a.test, path: /seen, upstream: events}
timeouts: {drain: 1s}
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return install(tmp_path_factory.mktemp("browser"), "ws", "socket.io")


@pytest.fixture(scope="module", autouse=True)
def network(node):
    """One of our own, for us and all that we start: Chromium drops its connections (ERR_NETWORK_CHANGED) whenever an interface of the machine comes or goes,
    and those of containers do all the time."""
    libc, before = ctypes.CDLL(None, use_errno=True), os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    assert libc.unshare(CLONE_NEWNET) == 0, f"{os.strerror(ctypes.get_errno())}: this needs root"
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        assert libc.setns(before, CLONE_NEWNET) == 0
        os.close(before)


class World:
    """Page, sockets and events behind one gateway with TLS."""

    def __init__(self, node, make_gateway, folder, page, sockets, events):
        self.folder, self.page, self.sockets, self.events, self.visits = folder, page, sockets, events, 0
        key, cert = certificate(folder, "a.test")
        self.file = with_tls(FILE, key, cert)
        self.gateway = make_gateway(self.file, **self.values())

    def values(self, address=0):
        return {"page": self.page.port(), "sockets": self.sockets.port(), "events": quoted(self.events, [address]) if self.events else '"127.0.0.1:1"'}

    def visit(self, *what):
        """What a page has seen; everything that it had was HTTP/2."""
        self.visits += 1
        folder = self.folder / str(self.visits)
        folder.mkdir()
        with Browser(folder, f"https://a.test:{self.gateway.port}/?{','.join(what)}") as browser:
            said = until(lambda: [one for one in self.page.said if isinstance(one, dict)][self.visits - 1:], 50)
            assert said, (browser.output.read_text(errors="replace")[-3000:], self.gateway.output()[-3000:])
        assert "error" not in said[0], (said[0], self.gateway.output()[-3000:])
        assert set(said[0]["protocols"].values()) == {"h2"}, said[0]["protocols"]
        return said[0]

    def log(self):
        """What the gateway has served, once it has ended."""
        self.gateway.stop()
        return [json.loads(line) for line in self.gateway.output().splitlines() if line.startswith("{")]


@pytest.fixture
def world(node, make_gateway, tmp_path):
    with Program(node, "page_server.js") as page, Program(node, "ws_server.js", "deflate") as sockets:
        yield lambda events=None: World(node, make_gateway, tmp_path, page, sockets, events)


def tunnels(log):
    return collections.Counter((line["protocol"], line["path"]) for line in log if line.get("tunnel") == "websocket")


def test_socket_io_goes_from_polling_to_a_websocket(world):
    world = world()
    seen = world.visit("socketIo", "polling", "onlyWebSocket")
    talk = {"first": "QUIET", "size": 1000000, "end": "io server disconnect"}
    assert seen["socketIo"] == {"transports": ["polling", "websocket"], "then": ["AGAIN", "websocket"], **talk}
    assert seen["polling"] == {"transports": ["polling"], "then": ["AGAIN", "polling"], **talk}
    assert seen["onlyWebSocket"] == {"transports": ["websocket"], "then": ["AGAIN", "websocket"], **talk}
    assert seen["protocols"]["/socket.io/transport=polling"] == "h2"
    # The upgrade is no new connection but extended CONNECT on the one that polls.
    log = world.log()
    assert tunnels(log) == {("http/2", "/socket.io/"): 2}, tunnels(log)
    assert {line["protocol"] for line in log} == {"http/2"}


def test_websockets(world):
    world = world()
    seen = world.visit("webSocket")["webSocket"]
    assert seen["breaks"].pop("ms") < 2000 and seen["closes"].pop("ms") < 2000
    assert seen == {"protocol": "chat.v2", "extensions": "permessage-deflate", "text": True, "binary": True, "large": True, "fragments": True, "end": 4001,
                    "closes": {"code": 4002, "reason": "server is done", "wasClean": True}, "breaks": {"code": 1006, "reason": "", "wasClean": False}}
    echo = world.sockets.wait_for(lambda one: isinstance(one, dict) and one["path"] == "/ws/echo", 5)
    assert (echo["code"], echo["reason"], echo["messages"]) == (4001, "client is done", 3)
    assert {protocol for protocol, _ in tunnels(world.log())} == {"http/2"}


def test_events_are_taken_up_where_they_were(world):
    def replace():
        world.gateway.write(world.file, **world.values(1))
        world.gateway.signal(signal.SIGHUP)
        assert until(lambda: "reloaded" in world.gateway.output()), world.gateway.output()

    breaks = {2: EventApp.is_reset, 4: EventApp.is_cut_inside_an_event, 5: EventApp.ends, 6: EventApp.outside(replace, over=False), 7: EventApp.dies}
    with EventApp(EVENTS, breaks) as app:
        world = world(app)
        complete(app, world.visit("events")["events"], asked=[0, 2, 4, 5, 7])
        assert [sum(one.path == "/events" for one in origin.messages) for origin in app.origins] == [4, 1]
