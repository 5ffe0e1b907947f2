"""Everything that goes wrong at once: every answer is right or clearly failed, and nothing is left over."""
import asyncio
import base64
import dataclasses
import hashlib
import itertools
import random
import re

from conftest import free_port
from origin import Origin
from soak import Soak, content

FILE = """
workers: 2
listeners: [{address: "127.0.0.1:{port}"}]
upstreams:
  app: {endpoints: ["127.0.0.1:{origin}"]}
  nobody: {endpoints: ["127.0.0.1:{nobody}"]}
routes:
  - {host: a.test, path: /, upstream: app}
  - {host: a.test, path: /refused, upstream: nobody}
timeouts: {header: 2s, idle: 3s, connect: 1s, first_byte: 3s, body: 2s, tunnel: 5s, upstream_idle: 1s, drain: 3s}
access_log: off
admin: {socket: "{admin}"}
"""
KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


# What the app does, by path.

async def good(call):
    asked = dict(pair.split("=") for pair in call.message.target.split("?")[1].split("&"))
    sent = await call.body()
    await call.answer(sent or content(int(asked["seed"]), int(asked["size"])))


async def dies(call):
    await call.body()
    call.close()


async def stalls(call):
    await call.body()
    await call.gone()
    call.close()


async def garbage(call):
    await call.body()
    await call.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    call.close()


async def reset_inside(call):
    await call.body()
    await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50000)
    call.reset()


async def reset_inside_chunks(call):
    await call.body()
    await call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + b"x" * 4096 + b"\r\n2000\r\nxxx")
    call.reset()


async def stalls_inside(call):
    await call.body()
    await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50000)
    await call.gone()
    call.close()


async def flood(call):
    await call.body()
    await call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await call.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


async def accept(call):
    proof = hashlib.sha1(f"{call.message.get('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    await call.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: %b\r\n\r\n" % base64.b64encode(proof))


async def tunnel(call):
    await accept(call)
    call.close()
    try:
        while data := await call.connection.reader.read(65536):
            await call.send(data)
    except ConnectionError:
        pass


async def tunnel_resets(call):
    await accept(call)
    await call.connection.reader.read(1)
    call.reset()


APP = {"/good": good, "/dies": dies, "/stalls": stalls, "/garbage": garbage, "/reset-inside": reset_inside,
       "/reset-inside-chunks": reset_inside_chunks, "/stalls-inside": stalls_inside, "/flood": flood, "/tunnel": tunnel,
       "/tunnel-resets": tunnel_resets}


@dataclasses.dataclass
class Answer:
    status: int = 0
    body: bytes = b""
    complete: bool = False


class Visit:
    """One connection of a client to the gateway."""

    def __init__(self, port):
        self.port = port

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    def vanish(self):
        """Without a farewell: what is unread makes it a reset."""
        self.writer.transport.abort()

    async def send(self, head, body=b""):
        self.writer.write(head.encode() + body)
        await self.writer.drain()

    async def ask(self, target, fields="", body=b"", method="GET"):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        await self.send(f"{method} {target} HTTP/1.1\r\nHost: a.test\r\n{length}{fields}\r\n", body)
        return await self.answer()

    async def head(self):
        text = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        return int(text.split(" ")[1]), dict(re.findall(r"^([^:\r\n]+): ?(.*?)\r$", text, re.MULTILINE))

    async def answer(self):
        answer = Answer()
        try:
            answer.status, fields = await self.head()
            if fields.get("transfer-encoding") == "chunked":
                while size := int(await self.reader.readuntil(b"\r\n"), 16):
                    answer.body += (await self.reader.readexactly(size + 2))[:-2]
                await self.reader.readexactly(2)
            else:
                answer.body = await self.reader.readexactly(int(fields["content-length"]))
            answer.complete = True
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        return answer


# What visitors do. Each says what was wrong with what they got; nothing: it was right, or failed clearly.

numbers = itertools.count(1)


async def reads(port):
    async with Visit(port) as visit:
        for _ in range(random.randint(1, 8)):
            seed, size = next(numbers), random.choice([0, 1, 1000, 30_000, 200_000])
            answer = await visit.ask(f"/good?seed={seed}&size={size}")
            if (answer.status, answer.body, answer.complete) != (200, content(seed, size), True):
                return f"{answer.status}, {len(answer.body)} of {size} bytes"


async def uploads(port):
    async with Visit(port) as visit:
        body = content(next(numbers), random.choice([1, 5000, 150_000]))
        if random.random() < 0.5:
            answer = await visit.ask("/good?seed=0&size=0", body=body, method="POST")
        else:
            half = len(body) // 2
            pieces = [piece for piece in (body[:half], body[half:]) if piece]
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            await visit.send("POST /good?seed=0&size=0 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)
            answer = await visit.answer()
        if (answer.status, answer.body) != (200, body):
            return f"{answer.status}, {len(answer.body)} of {len(body)} bytes came back"


def fails(target, status, method="GET"):
    """The app fails before its answer: a page of ours, whole, with this status, on a connection that lives on."""
    async def visitor(port):
        async with Visit(port) as visit:
            answer = await visit.ask(target, method=method)
            if answer.status != status or not answer.complete or b'"code"' not in answer.body:
                return f"{answer}"
            answer = await visit.ask("/good?seed=1&size=9")
            if answer.body != content(1, 9):
                return f"{answer} on the same connection afterwards"
    visitor.__name__ = target
    return visitor


def is_cut(target):
    """The app fails inside its answer: ours must not look whole."""
    async def visitor(port):
        async with Visit(port) as visit:
            answer = await visit.ask(target)
            # A reset may overtake what was sent before it, the head included.
            if answer.complete or answer.status not in (0, 200, 502):
                return f"{answer.status}, {len(answer.body)} bytes, {answer.complete}"
    visitor.__name__ = target
    return visitor


async def vanishes_while_it_reads(port):
    async with Visit(port) as visit:
        await visit.send("GET /flood HTTP/1.1\r\nHost: a.test\r\n\r\n")
        await visit.reader.readexactly(random.choice([1, 10_000, 200_000]))
        visit.vanish()


async def vanishes_while_it_waits(port):
    async with Visit(port) as visit:
        await visit.send("GET /stalls HTTP/1.1\r\nHost: a.test\r\n\r\n")
        visit.vanish() if random.random() < 0.5 else visit.writer.close()


async def vanishes_while_it_sends(port):
    async with Visit(port) as visit:
        whole = "POST /good?seed=0&size=0 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n" + "x" * 60_000
        await visit.send(whole[:random.randint(1, len(whole))])
        visit.vanish() if random.random() < 0.5 else visit.writer.close()


async def talks_nonsense(port):
    async with Visit(port) as visit:
        await visit.send("\x16\x03\x01 what is this\r\nHost a.test\r\n\r\n")
        answer = await visit.answer()
        if answer.status != 400 and (answer.status or answer.body):
            return f"{answer}"


async def tunnels(port):
    async with Visit(port) as visit:
        await visit.send(f"GET /tunnel HTTP/1.1\r\nHost: a.test\r\n{KEY}\r\n")
        status, _ = await visit.head()
        message = content(next(numbers), random.choice([10, 100_000]))
        await visit.send("", message)
        back = await visit.reader.readexactly(len(message))
        if status != 101 or back != message:
            return f"{status}, {len(back)} bytes came back"
        if random.random() < 0.5:
            visit.vanish()


async def tunnel_breaks(port):
    async with Visit(port) as visit:
        await visit.send(f"GET /tunnel-resets HTTP/1.1\r\nHost: a.test\r\n{KEY}\r\n")
        status, _ = await visit.head()
        await visit.send("x")
        try:
            data = await visit.reader.read(100)
        except ConnectionError:
            data = b""
        if status != 101 or data:
            return f"{status}, {data!r}"


VISITS = [(reads, 30), (uploads, 15), (fails("/dies", 502), 5), (fails("/dies", 502, "POST"), 3), (fails("/garbage", 502), 5),
          (fails("/refused", 502), 5), (fails("/stalls", 504), 1), (is_cut("/reset-inside"), 5), (is_cut("/reset-inside-chunks"), 5),
          (is_cut("/stalls-inside"), 1), (vanishes_while_it_reads, 5), (vanishes_while_it_waits, 5), (vanishes_while_it_sends, 5),
          (talks_nonsense, 3), (tunnels, 8), (tunnel_breaks, 4)]


def test_faults_leave_nothing_behind(make_gateway):
    origin = Origin()
    origin.script.update(APP)
    gateway = make_gateway(FILE, origin=origin.port, nobody=free_port())
    try:
        Soak(gateway, [origin], VISITS, gateway.port).leaves_nothing()
    finally:
        origin.stop()
