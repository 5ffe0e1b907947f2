"""A raw HTTP/1 client: sends bytes as they are, reads answers strictly."""
import dataclasses
import re
import select
import socket
import ssl
import time

GET = "GET {} HTTP/1.1\r\nHost: a.test\r\n\r\n"


def head(status="200 OK", fields=""):
    """The head of an origin's answer."""
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode()


def answers(data, closing=False):
    """An origin's script that answers with these bytes."""
    async def script(call):
        await call.body()
        await call.send(data)
        if closing:
            call.close()
    return script


@dataclasses.dataclass
class Answer:
    status: int
    fields: list
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    complete: bool = False
    interim: list = dataclasses.field(default_factory=list)

    def get(self, name):
        return next((value for key, value in self.fields if key == name.lower()), None)


class Ended(Exception):
    """The gateway ended the connection in order (FIN)."""


class Wire:
    def __init__(self, port, timeout=5, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.timeout = timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Ended
        self.buffer += data

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        assert b"\n" not in line and b"\r" not in line, line
        return line

    def fields(self):
        found = []
        while line := self.line():
            name, value = line.decode("latin-1").split(":", 1)
            found.append((name.lower(), value.strip()))
        return found

    def head(self):
        first = self.line()
        match = re.fullmatch(rb"HTTP/1\.[01] (\d{3}) [^\r\n]*", first)
        assert match, first
        return Answer(int(match[1]), self.fields())

    def answer(self, method="GET"):
        """The next final answer with its body. Raises Ended, ConnectionResetError or TimeoutError (socket.timeout)."""
        interim = []
        while (answer := self.head()).status < 200 and answer.status != 101:
            interim.append(answer)
        answer.interim = interim
        if method == "HEAD" or answer.status in (101, 204, 304):
            answer.complete = True
        elif answer.get("transfer-encoding"):
            while size := int(self.line().split(b";")[0], 16):
                answer.body += self.exactly(size)
                assert self.exactly(2) == b"\r\n"
            answer.trailers = self.fields()
            answer.complete = True
        elif answer.get("content-length") is not None:
            answer.body = self.exactly(int(answer.get("content-length")))
            answer.complete = True
        else:
            try:
                while True:
                    self.more()
            except Ended:
                answer.body, self.buffer, answer.complete = self.buffer, b"", True
        return answer

    def exactly(self, size):
        while len(self.buffer) < size:
            self.more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def closed(self, within=3):
        """Does the gateway end the connection, in whatever way, without another byte?"""
        self.socket.settimeout(within)
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(self.timeout)


class TlsWire(Wire):
    """The same over TLS. An end without a close_notify is a ConnectionResetError, as for every client that cares."""

    def __init__(self, port, timeout=5):
        super().__init__(port, timeout)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname="a.test", suppress_ragged_eofs=False)

    def more(self):
        try:
            super().more()
        except ssl.SSLEOFError as cut:
            raise ConnectionResetError("no close_notify") from cut


def push(wire, data, total):
    """Sends on until `total` bytes are gone, as a client does that looks for the answer afterwards."""
    for _ in range(total // len(data)):
        wire.send(data)


def readable(wire, within=5):
    """Waits until something has come, and does not look at it."""
    return bool(select.select([wire.socket], [], [], within)[0])


def until(condition, within=5):
    """Waits for a condition, at most `within` seconds; the last value of it."""
    end = time.monotonic() + within
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.002)
    return value


def get(port, target="/", host="a.test", fields="", method="GET", timeout=5):
    with Wire(port, timeout) as wire:
        wire.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n")
        return wire.answer(method)
