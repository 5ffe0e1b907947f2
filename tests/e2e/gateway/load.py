"""Clients that never stop asking and forgive nothing, and the app that answers them."""
import asyncio
import contextlib
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

import hpack

from wire import Wire

HANDSHAKE = ("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8


class Http2:
    """One connection of prior knowledge, a frame at a time. Unlike python3-h2 it goes on behind a GOAWAY, as it should."""

    def __init__(self, port, host):
        self.socket, self.host, self.next, self.leaving = socket.create_connection(("127.0.0.1", port), 10), host, 1, False
        self.encoder, self.decoder, self.buffer, self.tunnel = hpack.Encoder(), hpack.Decoder(), b"", b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(SETTINGS, 0, 0))

    def frame(self, kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def exactly(self, size):
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the connection has ended")
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read(self):
        """The next frame that is about a stream: its number, the kind, the flags and the content."""
        while True:
            head = self.exactly(9)
            kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
            payload = self.exactly(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & 1:
                self.socket.sendall(self.frame(SETTINGS, 1, 0))
            elif kind == PING and not flags & 1:
                self.socket.sendall(self.frame(PING, 1, 0, payload))
            elif kind == GOAWAY:
                self.leaving = True
            elif kind in (HEADERS, DATA, RST_STREAM):
                if kind == DATA and payload:
                    credit = struct.pack(">I", len(payload))
                    self.socket.sendall(self.frame(WINDOW_UPDATE, 0, 0, credit) + self.frame(WINDOW_UPDATE, 0, stream, credit))
                return stream, kind, flags, self.decoder.decode(payload) if kind == HEADERS else payload

    def ask(self, fields, end=True):
        number, self.next = self.next, self.next + 2
        self.socket.sendall(self.frame(HEADERS, 5 if end else 4, number, self.encoder.encode(fields)))
        return number

    def get(self, path="/"):
        number = self.ask([(":method", "GET"), (":scheme", "http"), (":authority", self.host), (":path", path)])
        status = None
        while True:
            stream, kind, flags, content = self.read()
            assert stream == number and kind != RST_STREAM, f"stream {stream}: {content!r}"
            if kind == HEADERS:
                status = dict(content)[":status"]
            if flags & 1:
                return status

    # As a WebSocket (RFC 8441):

    def open(self, path):
        self.stream = self.ask([(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", self.host), (":path", path),
                                ("sec-websocket-version", "13")], end=False)
        _, kind, _, content = self.read()
        assert kind == HEADERS and dict(content)[":status"] == "200", content

    def send(self, data):
        self.socket.sendall(self.frame(DATA, 0, self.stream, data))

    def receive(self, size):
        while len(self.tunnel) < size:
            stream, kind, flags, content = self.read()
            assert stream == self.stream and kind == DATA, content
            self.tunnel += content
            if flags & 1 and len(self.tunnel) < size:
                raise EOFError("the stream has ended")
        data, self.tunnel = self.tunnel[:size], self.tunnel[size:]
        return data


class WebSocket:
    """Over HTTP/1, or over HTTP/2 with `http2`."""

    def __init__(self, port, path="/ws", host="a.test", http2=False):
        if http2:
            self.wire = Http2(port, host)
            self.wire.open(path)
            self.exactly = self.wire.receive
        else:
            self.wire = Wire(port, 10)
            self.wire.send(HANDSHAKE.format(path, host))
            assert self.wire.answer().status == 101
            self.exactly = self.wire.exactly

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.socket.close()

    def send(self, payload, opcode=1):
        mask = b"mask"
        self.wire.send(bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(payload)))

    def frame(self):
        first, length = self.exactly(2)
        assert length < 126
        return first & 15, self.exactly(length)

    def echoes(self, text):
        self.send(text)
        got = self.frame()
        assert got == (1, text), got

    def code(self):
        """Waits for the Close frame and answers it; the code."""
        opcode, payload = self.frame()
        assert opcode == 8, (opcode, payload)
        self.send(payload, 8)
        return int.from_bytes(payload[:2], "big")


class Load:
    """Clients of each kind, each in a thread. Whatever goes wrong is a failure: there are no second tries."""

    def __init__(self, port, host="a.test", each=2):
        self.port, self.host, self.failures, self.count, self.over = port, host, [], {}, threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(kind,), daemon=True) for kind in (self.kept, self.fresh, self.http2) for _ in range(each)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(20)

    def work(self, kind):
        while not self.over.is_set():
            try:
                kind()
            except Exception as problem:  # each is one too many
                self.failures.append(f"{time.time():.3f} {kind.__name__}: {problem!r}")

    def done(self, kind):
        self.count[kind] = self.count.get(kind, 0) + 1

    def ask(self, wire, fields=""):
        wire.send(f"GET / HTTP/1.1\r\nHost: {self.host}\r\n{fields}\r\n")
        answer = wire.answer()
        assert answer.status == 200 and answer.complete, answer
        return answer

    def kept(self):
        with Wire(self.port, 10) as wire:
            while not self.over.is_set():
                answer = self.ask(wire)
                self.done("kept")
                if answer.get("connection") == "close":
                    return

    def fresh(self):
        with Wire(self.port, 10) as wire:
            self.ask(wire, "Connection: close\r\n")
            self.done("fresh")

    def http2(self):
        client = Http2(self.port, self.host)
        with contextlib.closing(client.socket):
            while not self.over.is_set() and not client.leaving:
                status = client.get()
                assert status == "200", status
                self.done("http2")

    def further(self, least=20):
        """Waits until each kind has had that many more answers: what happens now happens under load."""
        before, end = dict(self.count), time.monotonic() + 20
        while any(self.count.get(kind, 0) < before.get(kind, 0) + least for kind in ("kept", "fresh", "http2")):
            assert time.monotonic() < end, f"the load stands still: {self.count}, {self.failures[:3]}"
            time.sleep(0.01)


class App(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.rest = transport, b""

    def data_received(self, data):
        *heads, self.rest = (self.rest + data).split(b"\r\n\r\n")
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n" * len(heads))


@contextlib.contextmanager
def app():
    """The app in a process of its own; its port."""
    process = subprocess.Popen([sys.executable, pathlib.Path(__file__).resolve()], stdout=subprocess.PIPE)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


async def serve():
    server = await asyncio.get_running_loop().create_server(App, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
