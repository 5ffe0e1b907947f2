"""Probes of upstreams that speak HTTP/2: a path, and grpc.health.v1 as grpc-health-check for @grpc/grpc-js has it."""
import subprocess
import threading
import time

import pytest

from conftest import BIN, free_port
from test_balancing import status
from test_grpc import Server, node  # noqa: F401
from wire import until

FILE = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{app}"], protocol: h2c, health: {{health}, interval: 50ms, timeout: 500ms, healthy_after: 1, unhealthy_after: 1}}
routes:
  - {host: a.test, path: /, upstream: app}
timeouts: {drain: 3s}
admin: {socket: "{admin}"}
"""


class Health:
    def __init__(self, folder):
        self.process = subprocess.Popen(["node", "health_server.js"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.web, self.grpc, self.silent = map(int, self.process.stdout.readline().split())
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(line.strip() for line in self.process.stdout), daemon=True).start()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def health(node):  # noqa: F811
    server = Health(node)
    yield server
    server.stop()


def state(gateway):
    return status(gateway)["sites"][0]["routes"][0]["health"][0]["state"]


def becomes(gateway, *states):
    return until(lambda: state(gateway) in states, 10)


def connections(port):
    out = subprocess.run(["ss", "-Htn", "state", "established", f"dport = :{port}"], capture_output=True, text=True, check=True).stdout
    return len(out.splitlines())


@pytest.mark.parametrize("service", ["", "shop.Cart", "s" * 200])
def test_a_grpc_server_is_well_while_it_serves(make_gateway, health, service):
    gateway = make_gateway(FILE, app=health.grpc, health=f'grpc: "{service}"')
    assert becomes(gateway, "down"), "not serving, or not known"
    health.tell(f"grpc {service or '-'} SERVING")
    assert becomes(gateway, "up", "warming")
    for bad in ("NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN"):
        health.tell(f"grpc {service or '-'} {bad}")
        assert becomes(gateway, "down"), bad
        health.tell(f"grpc {service or '-'} SERVING")
        assert becomes(gateway, "up", "warming"), bad
    if service:
        health.tell("grpc - NOT_SERVING")
        assert not until(lambda: state(gateway) == "down", 0.3), "another service was asked for"
    question = "grpc.health.v1.Health/Check" + (f" of {service}" if service else "")
    assert f"endpoint 127.0.0.1:{health.grpc} does not answer {question} well" in gateway.output()
    assert until(lambda: connections(health.grpc) <= 1), "one for each question, and not for long"


def test_a_server_without_the_service_is_not_well(make_gateway, node):  # noqa: F811
    server = Server(node)
    try:
        gateway = make_gateway(FILE, app=server.port, health='grpc: ""')
        assert becomes(gateway, "down"), "UNIMPLEMENTED"
    finally:
        server.stop()


def test_a_server_that_says_nothing_or_is_not_there_is_not_well(make_gateway, health):
    for port in (health.silent, free_port()):
        began = time.monotonic()
        gateway = make_gateway(FILE, app=port, health='grpc: ""')
        assert becomes(gateway, "down")
        assert time.monotonic() - began < 5


def test_a_path_is_asked_for_by_http2(make_gateway, health):
    gateway = make_gateway(FILE, app=health.web, health='path: "/up?deep=1"')
    assert becomes(gateway, "down")
    for word in (200, 204, 302):
        health.tell(f"http {word}")
        assert becomes(gateway, "up", "warming"), word
        health.tell("http 404")
        assert becomes(gateway, "down")
    health.tell("http 200")
    assert becomes(gateway, "up", "warming")
    assert until(lambda: connections(health.web) <= 1), "one for each question, and not for longer"
    health.tell("http 0")
    assert becomes(gateway, "down"), "no answer in time"
    assert set(health.lines) == {f"GET /up?deep=1 127.0.0.1:{health.web} spaceport-health/1"}


def test_an_answer_that_comes_drop_by_drop_is_none(make_gateway, health):
    gateway = make_gateway(FILE, app=health.web, health='grpc: "drops"')
    assert becomes(gateway, "down"), "each drop is progress, but the answer is not there in time"


def test_who_speaks_something_else_is_not_well(make_gateway, origin):
    gateway = make_gateway(FILE, app=origin.port, health="path: /")
    assert becomes(gateway, "down"), "it accepts, but HTTP/1 is all that it knows"


def test_a_question_of_grpc_needs_http2(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(FILE.replace("protocol: h2c, ", "").replace("{port}", "1").replace("{app}", "1").replace("{health}", 'grpc: ""').replace("{admin}", "a"))
    done = subprocess.run([BIN / "spaceport-gateway", "check", file], capture_output=True, text=True)
    assert done.returncode == 1 and '"upstreams.app.health.grpc" needs "protocol: h2c"' in done.stderr
    file.write_text(file.read_text().replace("health: ", "protocol: h2c, health: "))
    done = subprocess.run([BIN / "spaceport-gateway", "explain", file, "http://a.test/"], capture_output=True, text=True)
    assert "health   grpc.health.v1.Health/Check every 50 ms\n" in done.stdout
