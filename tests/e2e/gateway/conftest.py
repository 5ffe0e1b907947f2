"""Fixtures: a gateway from a file, and the strict recording origin behind it."""
import asyncio
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import websockets

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

from origin import Origin  # noqa: E402

BIN = pathlib.Path(os.environ.get("SPACEPORT_BIN", HERE.parents[2] / "build/dev/bin"))
# With ThreadSanitizer in it (tests/run --only tsan) the gateway costs several times more: then tests look at what it does, not at what it costs.
SANITIZED = "TSAN_OPTIONS" in os.environ


@pytest.fixture(scope="session", autouse=True)
def base():
    """Nothing of the engine is needed here."""


def certificate(folder, name):
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def with_tls(text, key, cert):
    """The file with TLS on its listener."""
    return text.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [{certificate: %s, private_key: %s}]}' % (cert, key))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    """spaceport-gateway on a free port. `text` is YAML with {port} and {admin} to be filled in; `prefix` is a command that starts it."""

    def __init__(self, folder, text, prefix=(), **more):
        self.port, self.folder = free_port(), pathlib.Path(folder)
        self.admin = str(self.folder / "gateway.sock")
        self.path = self.folder / "gateway.yaml"
        self.write(text, **more)
        self.has_admin, self.metrics = "{admin}" in text, more.get("metrics")
        self.log = open(self.folder / "gateway.log", "w+b")
        self.process = subprocess.Popen([*prefix, BIN / "spaceport-gateway", "run", self.path], stdout=self.log, stderr=self.log)
        self.wait()

    def write(self, text, **more):
        for key, value in {"port": self.port, "admin": self.admin, **more}.items():
            text = text.replace("{%s}" % key, str(value))
        self.path.write_text(text)

    def wait(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the gateway ended: " + self.output())
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                if self.metrics:
                    socket.create_connection(("127.0.0.1", self.metrics), 1).close()
                # The admin socket comes last.
                if self.has_admin:
                    with socket.socket(socket.AF_UNIX) as admin:
                        admin.connect(self.admin)
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError("the gateway does not listen: " + self.output())

    def output(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


PLAIN = """
workers: 1
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{origin}"]}
routes:
  - {host: a.test, path: /, upstream: app}
  - {host: a.test, path: /strip, upstream: app, strip_prefix: true}
  - {host: a.test, path: /limited, upstream: app, max_body: 1k}
timeouts: {header: 1s, idle: 10s, connect: 1s, first_byte: 2s, body: 1s, tunnel: 5s, upstream_idle: 10s, drain: 3s}
admin: {socket: "{admin}"}
"""
# The same with a second host, so that a reload has something to change.
TWO = PLAIN.replace("  - {host: a.test, path: /,", "  - {host: b.test, path: /, upstream: app}\n  - {host: a.test, path: /,")


@pytest.fixture(scope="session")
def shared_origin():
    origin = Origin()
    yield origin
    origin.stop()


@pytest.fixture
def origin(shared_origin):
    shared_origin.clear()
    shared_origin.script.clear()
    return shared_origin


@pytest.fixture(scope="session")
def gateway(shared_origin, tmp_path_factory):
    """One gateway for the tests that leave it as it is."""
    one = Gateway(tmp_path_factory.mktemp("gateway"), PLAIN, origin=shared_origin.port)
    yield one
    one.stop()


@pytest.fixture(scope="session")
def secure_gateway(shared_origin, tmp_path_factory):
    """The same behind TLS."""
    folder = tmp_path_factory.mktemp("secure")
    one = Gateway(folder, with_tls(PLAIN, *certificate(folder, "a.test")), origin=shared_origin.port)
    yield one
    one.stop()


@pytest.fixture
def make_gateway(tmp_path):
    made = []

    def make(text, **more):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Gateway(folder, text, **more))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def echo_server():
    """A real WebSocket server in the origin's place."""
    loop = asyncio.new_event_loop()

    async def echo(ws, *_):
        async for message in ws:
            await ws.send(message)

    server = loop.run_until_complete(_serve(echo, loop))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server.sockets[0].getsockname()[1]

    async def close():
        server.close()
        await server.wait_closed()

    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


async def _serve(echo, loop):
    return await websockets.serve(echo, "127.0.0.1", 0)
