"""Two hundred slow ones at once, over HTTP/1 and HTTP/2: a kilobyte a second is what each of them reads, sends or is sent."""
import asyncio
import collections
import socket
import threading

from h2wire import ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, head, number, setting

KILOBYTE = b"x" * 1024
SECOND = 1
INITIAL_WINDOW_SIZE = 4


async def connect(port):
    """With the smallest buffers there are: the kernel must not read for whoever does not."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.setblocking(False)
    await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=one, limit=1024)


class Crowd:
    """`moved` says how many kilobytes each has got on, by name; `broken` who failed, and how."""

    def __init__(self, port, readers, senders, listeners, streams):
        self.port, self.moved, self.broken = port, collections.Counter(), []
        self.members = [(f"reads {n}", self.read, "/endless", SECOND) for n in range(readers)]
        self.members += [(f"is sent {n}", self.read, "/trickles", 0) for n in range(listeners)]
        self.members += [(f"sends {n}", self.send) for n in range(senders)]
        self.members += [("streams", self.stream, streams)]
        self.names = [name for name, *_ in self.members[:-1]]
        self.names += [f"stream {kind} {n}" for kind in ("reads", "sends", "is sent") for n in range(streams)]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.everybody.cancel)
        self.thread.join(10)

    def run(self):
        async def gather():
            self.everybody = asyncio.gather(*(self.member(*one) for one in self.members))
            try:
                await self.everybody
            except asyncio.CancelledError:
                pass
        self.loop.run_until_complete(gather())
        self.loop.close()

    def least(self):
        return min(self.moved[name] for name in self.names)

    async def member(self, name, way, *how):
        try:
            await way(name, *how)
        except (OSError, EOFError, AssertionError) as problem:
            self.broken.append(f"{name}: {problem!r}")

    async def read(self, name, path, pause):
        reader, writer = await connect(self.port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode())
            while True:
                await reader.readexactly(1024)
                self.moved[name] += 1
                await asyncio.sleep(pause)
        finally:
            writer.close()

    async def send(self, name):
        reader, writer = await connect(self.port)
        ended = asyncio.ensure_future(reader.read(1))
        try:
            writer.write(b"POST /swallows HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000000\r\n\r\n")
            while True:
                writer.write(KILOBYTE)
                self.moved[name] += 1
                await asyncio.sleep(SECOND)
                assert not ended.done(), ended.result()
        finally:
            ended.cancel()
            writer.close()

    async def stream(self, _, streams):
        """All of them on one connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        kinds = [("reads", "GET", "/endless"), ("sends", "POST", "/swallows"), ("is sent", "GET", "/trickles")]
        names, listening = {}, None
        try:
            # Nobody may be sent anything but what he asks for.
            writer.write(PREFACE + frame(SETTINGS, 0, 0, setting(INITIAL_WINDOW_SIZE, 0)) + frame(WINDOW_UPDATE, 0, 0, number(1 << 30)) + frame(SETTINGS, ACK, 0))
            for kind, method, path in kinds:
                for n in range(streams):
                    names[2 * len(names) + 1] = f"stream {kind} {n}"
                    end = END_STREAM if method == "GET" else 0
                    writer.write(frame(HEADERS, END_HEADERS | end, 2 * len(names) - 1, head(path, method)))
            listening = asyncio.ensure_future(self.listen(reader, names))
            while not listening.done():
                for at, name in names.items():
                    if "sends" in name:
                        writer.write(frame(DATA, 0, at, KILOBYTE))
                        self.moved[name] += 1
                    else:
                        writer.write(frame(WINDOW_UPDATE, 0, at, number(1024)))
                await asyncio.wait([listening], timeout=SECOND)
            listening.result()
        finally:
            if listening:
                listening.cancel()
            writer.close()

    async def listen(self, reader, names):
        got = collections.Counter()
        while True:
            first = await reader.readexactly(9)
            payload = await reader.readexactly(int.from_bytes(first[:3], "big"))
            kind, at = first[3], int.from_bytes(first[5:9], "big")
            assert kind not in (RST_STREAM, GOAWAY), (kind, names.get(at), payload)
            if kind == DATA:
                got[at] += len(payload)
                self.moved[names[at]] = got[at] // 1024
