"""The strict recording origin: a plain TCP server that audits every byte it is sent and keeps what it received.

What it complains of is listed in `irregularities`; a message that was cut short is kept with `complete = False` and is no
irregularity (the client may have been cut, too). Answers are scripted by path: `origin.script[path] = async def f(call)`.
"""
import asyncio
import dataclasses
import re
import socket
import struct
import threading

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
TARGET = re.compile(rb"/[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*\Z")
HOST = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[a-z0-9_.\-]*)(:[0-9]{1,5})?\Z")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")
LEFTOVERS = {b"keep-alive", b"proxy-connection", b"proxy", b"proxy-authorization", b"proxy-authenticate", b"http2-settings", b"te"}


@dataclasses.dataclass
class Message:
    method: str
    target: str
    fields: list
    connection: int
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    complete: bool = False

    def all(self, name):
        return [value for key, value in self.fields if key == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    @property
    def path(self):
        return self.target.split("?")[0]


class Gone(Exception):
    """The peer ended or broke the connection."""


class Call:
    """One message on its connection, as a script sees it."""

    def __init__(self, connection, message):
        self.connection, self.message = connection, message
        self.closing = False

    async def body(self):
        await self.connection.read_body(self.message)
        return self.message.body

    async def send(self, data):
        self.connection.writer.write(data)
        try:
            await self.connection.writer.drain()
        except ConnectionError as gone:
            raise Gone from gone

    async def answer(self, body=b"ok\n", status="200 OK", fields=""):
        head = self.message.method == "HEAD"
        await self.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + (b"" if head else body))

    async def gone(self):
        """Returns when the peer has ended the connection."""
        try:
            while await self.connection.reader.read(4096):
                pass
        except ConnectionError:
            pass

    def close(self):
        self.closing = True

    def reset(self):
        self.closing = True
        self.connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.writer.transport.abort()


class Connection:
    def __init__(self, origin, number, reader, writer):
        self.origin, self.number, self.reader, self.writer = origin, number, reader, writer
        self.buffer = b""

    def complain(self, what):
        self.origin.irregularities.append(what)

    async def more(self):
        try:
            data = await self.reader.read(65536)
        except ConnectionError as gone:
            raise Gone from gone
        if not data:
            raise Gone
        self.buffer += data
        self.origin.bytes += len(data)

    async def line(self):
        """One line without its end. A line end that is not CR LF is complained of."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > 1 << 20:
                self.complain("a line longer than 1 MiB")
                raise Gone
            await self.more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        if not line.endswith(b"\r"):
            self.complain(f"bare LF after {line[-40:]!r}")
        else:
            line = line[:-1]
        if b"\r" in line:
            self.complain(f"bare CR in {line[:80]!r}")
        if b"\0" in line:
            self.complain(f"NUL in {line[:80]!r}")
        return line

    async def fields(self):
        found = []
        while line := await self.line():
            if line[:1] in b" \t":
                self.complain(f"folded line {line[:80]!r}")
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.match(name):
                self.complain(f"field name {name[:80]!r}")
            value = value.strip(b" \t")
            if not VALUE.match(value):
                self.complain(f"field value {value[:80]!r}")
            found.append((name.lower(), value))
        return found

    async def read_head(self):
        first = await self.line()
        parts = first.split(b" ")
        if len(parts) != 3 or not TOKEN.match(parts[0]) or parts[-1] != b"HTTP/1.1":
            self.complain(f"request line {first[:80]!r}")
        target = parts[1] if len(parts) > 1 else b""
        if not TARGET.match(target) and not (parts[0] == b"OPTIONS" and target == b"*"):
            self.complain(f"target form {target[:80]!r}")
        fields = await self.fields()
        self.audit(fields)
        text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]
        message = Message(parts[0].decode("latin-1"), target.decode("latin-1"), text, self.number)
        self.origin.messages.append(message)
        return message

    def audit(self, fields):
        names = [name for name, _ in fields]
        values = {name: [v for n, v in fields if n == name] for name in names}
        hosts = values.get(b"host", [])
        if len(hosts) != 1 or not HOST.match(hosts[0]):
            self.complain(f"Host {hosts!r}")
        lengths, codings = values.get(b"content-length", []), values.get(b"transfer-encoding", [])
        if lengths and codings:
            self.complain("Transfer-Encoding beside Content-Length")
        if len(lengths) > 1 or any(not re.fullmatch(rb"[0-9]{1,19}", one) for one in lengths):
            self.complain(f"Content-Length {lengths!r}")
        if codings and codings != [b"chunked"]:
            self.complain(f"Transfer-Encoding {codings!r}")
        options = [one.strip().lower() for value in values.get(b"connection", []) for one in value.split(b",") if one.strip()]
        upgrades = values.get(b"upgrade", [])
        for option in options:
            if option not in (b"close", b"keep-alive") and not (option == b"upgrade" and upgrades):
                self.complain(f"Connection names {option!r}")
        if any(one.lower() != b"websocket" for one in upgrades):
            self.complain(f"Upgrade {upgrades!r}")
        for name in set(names) & LEFTOVERS:
            self.complain(f"hop-by-hop field {name!r}")
        for name in names:
            if b"_" in name or b"." in name:
                self.complain(f"disguised field {name!r}")

    async def read_body(self, message):
        if message.complete:
            return
        if message.get("transfer-encoding"):
            await self.read_chunks(message)
        else:
            length = int(message.get("content-length") or 0)
            while len(self.buffer) < length:
                await self.more()
            message.body, self.buffer = self.buffer[:length], self.buffer[length:]
        message.complete = True

    async def read_chunks(self, message):
        while True:
            line = await self.line()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", line):
                self.complain(f"chunk line {line[:80]!r}")
                raise Gone
            size = int(line, 16)
            if size == 0:
                break
            while len(self.buffer) < size + 2:
                await self.more()
            message.body += self.buffer[:size]
            if self.buffer[size:size + 2] != b"\r\n":
                self.complain("chunk data without its line end")
            self.buffer = self.buffer[size + 2:]
        trailers = await self.fields()
        for name, _ in trailers:
            if name in (b"host", b"content-length", b"transfer-encoding", b"connection", b"authorization", b"cookie"):
                self.complain(f"trailer {name!r}")
        message.trailers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in trailers]


class Origin:
    """Runs in a thread of its own; `port` is where."""

    def __init__(self):
        self.script, self.messages, self.irregularities = {}, [], []
        self.connections = self.bytes = self.port = 0
        self.open = set()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def clear(self):
        self.messages, self.irregularities = [], []

    def complete(self):
        return [one for one in self.messages if one.complete]

    async def serve(self, reader, writer):
        self.connections += 1
        connection = Connection(self, self.connections, reader, writer)
        self.open.add(writer)
        try:
            while True:
                call = Call(connection, await connection.read_head())
                script = self.script.get(call.message.path)
                if script:
                    await script(call)
                else:
                    await call.body()
                    await call.answer()
                if call.closing:
                    return
                await call.body()
        except Gone:
            pass
        except ConnectionError:
            pass
        finally:
            self.open.discard(writer)
            writer.close()
