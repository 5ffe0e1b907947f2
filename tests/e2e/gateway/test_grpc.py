"""gRPC with the real client and the real server (@grpc/grpc-js), over HTTP/2 on both sides of the gateway."""
import json
import subprocess
import threading
import time

import pytest

from conftest import Gateway, certificate, free_port, with_tls
from javascript import install

FILE = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{app}"], protocol: h2c}
routes:
  - {host: grpc.test, path: /, upstream: app}
timeouts: {drain: 3s}
"""
OK, DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED, CANCELLED, UNAVAILABLE = 0, 4, 5, 12, 1, 14


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return install(tmp_path_factory.mktemp("grpc"), "@grpc/grpc-js", "grpc-health-check")


class Server:
    def __init__(self, folder):
        self.process = subprocess.Popen(["node", "grpc_server.js"], cwd=folder, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(line.strip() for line in self.process.stdout), daemon=True).start()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def said(self, line):
        end = time.monotonic() + 2
        while line not in self.lines and time.monotonic() < end:
            time.sleep(0.01)
        return line in self.lines


@pytest.fixture
def server(node):
    server = Server(node)
    yield server
    server.stop()


def run(node, script, *arguments):
    done = subprocess.run(["node", script, *arguments], cwd=node, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def visit(node, server, gateway, *more):
    seen = run(node, "grpc_client.js", f"127.0.0.1:{gateway.port}", "grpc.test", *more)
    assert seen["said"] == {"code": OK, "answer": "hello", "seen": ["t1"], "blob": [0, 1, 255]}
    assert seen["big"] == {"code": OK, "size": 3000000}
    assert seen["many"] == [f"n{i}" for i in range(5)]
    assert seen["collected"] == "4000000"
    assert seen["talk"] == {"heard": ["ONE", "TWO", "THREE"], "code": OK}
    assert seen["fail"] == {"code": NOT_FOUND, "details": "no such thing: 100 %"}, "trailers only"
    assert seen["unknown"] == UNIMPLEMENTED
    assert seen["deadline"]["code"] == DEADLINE_EXCEEDED and seen["deadline"]["first"] == "began"
    assert seen["deadline"]["ms"] < 2000
    assert seen["cancel"]["code"] == CANCELLED
    # What the client has given up is given up by the server, too, at once.
    assert server.said("cancelled deadline") and server.said("cancelled cancel")


def test_all_kinds_of_calls_in_plain(node, server, tmp_path):
    gateway = Gateway(tmp_path, FILE, app=server.port)
    try:
        visit(node, server, gateway)
    finally:
        gateway.stop()
    assert '"protocol":"http/2"' in gateway.output()


def test_all_kinds_of_calls_over_tls(node, server, tmp_path):
    key, cert = certificate(tmp_path, "grpc.test")
    gateway = Gateway(tmp_path, with_tls(FILE, key, cert), app=server.port)
    try:
        visit(node, server, gateway, str(cert))
    finally:
        gateway.stop()


def test_what_the_gateway_says_itself_is_a_grpc_status(node, tmp_path):
    gateway = Gateway(tmp_path, FILE, app=free_port())
    try:
        nobody = run(node, "grpc_call.js", f"127.0.0.1:{gateway.port}", "grpc.test")
        assert nobody["code"] == UNAVAILABLE and "Nothing listens there" in nobody["details"]
        elsewhere = run(node, "grpc_call.js", f"127.0.0.1:{gateway.port}", "other.test")
        assert elsewhere["code"] == UNIMPLEMENTED, elsewhere
    finally:
        gateway.stop()


def test_many_calls_share_one_connection(node, server, tmp_path):
    gateway = Gateway(tmp_path, FILE + 'admin: {socket: "{admin}"}\n', app=server.port)
    try:
        for _ in range(3):
            assert run(node, "grpc_call.js", f"127.0.0.1:{gateway.port}", "grpc.test")["code"] == OK
        out = subprocess.run(["ss", "-Htn", "state", "established", f"dport = :{server.port}"], capture_output=True, text=True, check=True).stdout
        assert len(out.splitlines()) == 1, out
    finally:
        gateway.stop()


def test_a_server_that_comes_back_is_found_again(node, server, tmp_path):
    gateway = Gateway(tmp_path, FILE, app=server.port)
    try:
        assert run(node, "grpc_call.js", f"127.0.0.1:{gateway.port}", "grpc.test")["code"] == OK
        server.stop()
        assert run(node, "grpc_call.js", f"127.0.0.1:{gateway.port}", "grpc.test")["code"] == UNAVAILABLE
    finally:
        gateway.stop()
