"""WebSockets with npm's ws on both sides: what browsers and servers of Node.js say to each other through the gateway."""
import time

import pytest

from conftest import certificate, with_tls
from javascript import Program, install

FILE = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{app}"]}
routes:
  - {host: a.test, path: /ws, upstream: app}
timeouts: {tunnel: 30s}
"""
PROMPTLY = 2000  # milliseconds, on a machine that others use


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return install(tmp_path_factory.mktemp("ws"), "ws")


@pytest.fixture(params=["ws", "wss"])
def address(request, make_gateway, tmp_path):
    """Of the gateway in front of a server that is there already, plain and over TLS; whom to trust."""
    def make(app):
        if request.param == "ws":
            return f"ws://a.test:{make_gateway(FILE, app=app.port()).port}", None
        key, cert = certificate(tmp_path, "a.test")
        return f"wss://a.test:{make_gateway(with_tls(FILE, key, cert), app=app.port()).port}", cert
    return make


@pytest.mark.parametrize("deflate", ["plain", "deflate"])
def test_everything_that_ws_says_arrives_as_it_was_said(node, address, deflate):
    with Program(node, "ws_server.js", deflate) as app:
        url, trusts = address(app)
        with Program(node, "ws_client.js", url, deflate, trusts=trusts) as client:
            seen = client.result()
        talk, wire = seen["talk"], seen["talk"].pop("wire")
        agreed = "permessage-deflate" if deflate == "deflate" else ""
        assert {key: value for key, value in talk.items() if key != "end"} == {
            "protocol": "chat.v2", "extensions": agreed, "text": True, "binary": True, "empty": True, "fragments": True, "large": True,
            "dull": True, "pong": "are you there"}
        # The extension is the two ends' own: what one has compressed is what the other is given.
        assert wire < 20_000 if deflate == "deflate" else wire > 1 << 20, wire

        def ends(path):
            return app.wait_for(lambda one: isinstance(one, dict) and one["path"] == path, 5)
        assert (talk["end"]["code"], talk["end"]["reason"]) == (4001, "client is done")
        heard = ends("/ws/echo")
        assert (heard["code"], heard["reason"], heard["messages"], heard["pings"]) == (4001, "client is done", 6, ["are you there"])
        assert heard["protocol"] == "chat.v2" and heard["extensions"] == agreed

        assert seen["fragments"]["equal"] and seen["fragments"]["pings"] == ["between"]
        assert ends("/ws/fragments")["pongs"] == ["between"]
        assert (seen["closes"]["code"], seen["closes"]["reason"]) == (4002, "server is done")
        assert ends("/ws/closes")["code"] == 4002, "the client's half of the handshake"
        assert seen["breaks"]["code"] == 1006 and seen["breaks"]["ms"] < PROMPTLY


@pytest.mark.parametrize("victim", ["client", "server"])
def test_who_is_killed_is_missed_at_once(node, address, victim):
    with Program(node, "ws_server.js", "plain") as app:
        url, trusts = address(app)
        with Program(node, "ws_holder.js", f"{url}/ws/holds", trusts=trusts) as client:
            client.wait_for(lambda one: one.get("open"))
            killed, other = (client, app) if victim == "client" else (app, client)
            before = time.time() * 1000
            killed.kill()
            heard = other.wait_for(lambda one: isinstance(one, dict) and "code" in one, 5)
    # Nobody has said goodbye: the gateway must not do it for them, and must not wait either.
    assert heard["code"] == 1006 and heard["at"] - before < PROMPTLY, heard
