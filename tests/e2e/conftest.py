"""Fixtures of the end-to-end suites: a running node for each module, and Spaces that are gone after each test."""
import contextlib
import http.server
import os
import pathlib
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import spaces  # noqa: E402
from node import BIN, Node, docker  # noqa: E402


def pytest_collection_modifyitems(items):
    if not (BIN / "spaceport").exists() and items:
        pytest.exit(f"{BIN}/spaceport is not built", returncode=1)


@pytest.fixture(scope="session", autouse=True)
def base():
    return spaces.make_base()


@pytest.fixture(scope="session")
def node(base):
    running = Node()
    try:
        yield running.start()
    finally:
        running.clean()


@pytest.fixture
def make_node():
    """Nodes beside the common one, for tests that break theirs."""
    made = []

    def make(**options):
        made.append(Node(**options))
        return made[-1]

    yield make
    for one in made:
        one.clean()


@pytest.fixture
def up(node, tmp_path):
    """up(dockerfile=…, readme=…, files=…, args=[…], env={…}): writes a Space, brings it up, returns its name. Gone after the test."""
    names = set()

    def bring_up(name=None, args=(), env=None, check=True, folder=None, **content):
        name = name or spaces.unique()
        names.add(name)
        where = folder or spaces.write(tmp_path / name.replace("/", "-"), **content)
        done = node.cli("up", "-d", where, "--name", name, *args, env=env, check=check)
        return name if check else done

    bring_up.names = names
    yield bring_up
    for name in names:
        with contextlib.suppress(Exception):
            node.cli("rm", name, "--data", check=False, timeout=60)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Serves what the test put into `files`, and remembers the requests."""

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        rule = self.server.files.get(self.path.split("?")[0])
        content = rule(self) if callable(rule) else rule
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    """A web server of ours that builds and Spaces can reach: on the address of the engine's bridge."""
    gateway = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}") or "172.17.0.1"
    server = http.server.ThreadingHTTPServer((gateway, 0), Recorder)
    server.files, server.seen = {}, []
    server.url = f"http://{gateway}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def as_root():
    if os.geteuid() != 0:
        pytest.fail("needs root: sudo tests/run")
