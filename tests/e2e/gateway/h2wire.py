"""A raw HTTP/2 client: frames as they are told, in any order, right or wrong."""
import collections
import dataclasses
import socket
import struct

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS, PADDED = 4, 8
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR = 0, 1, 3, 5, 6
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 7, 8, 9, 11

Frame = collections.namedtuple("Frame", "type flags stream payload")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def number(value):
    return struct.pack(">I", value)


def setting(name, value):
    return struct.pack(">HI", name, value)


def length(size):
    if size < 127:
        return bytes((size,))
    rest, out = size - 127, b"\x7f"
    while rest >= 128:
        out, rest = out + bytes((rest % 128 + 128,)), rest >> 7
    return out + bytes((rest,))


def literal(name, value, first=b"\0"):
    """One field, without Huffman codes; `first` 0x40 has it kept in the table."""
    return first + length(len(name)) + name + length(len(value)) + value


def block(fields):
    return b"".join(literal(raw(name), raw(value)) for name, value in fields)


def raw(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def head(path="/", method="GET", authority="a.test", scheme="http"):
    return block([(":method", method), (":scheme", scheme), (":path", path), (":authority", authority)])


@dataclasses.dataclass
class Answer:
    fields: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    complete: bool = False
    reset: int = None  # the code of its RST_STREAM

    @property
    def status(self):
        return int(self.get(":status")) if self.fields else None

    def get(self, name):
        return next((value for key, value in self.fields if key == name), None)


class Ended(Exception):
    """The gateway ended the connection."""


class H2:
    """A connection that has said its preface and SETTINGS, and acknowledged those of the gateway."""

    def __init__(self, port, settings=b"", timeout=5, acknowledges=True, wrap=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
        self.buffer, self.decoder, self.goaway = b"", hpack.Decoder(), None
        self.answers = collections.defaultdict(Answer)
        self.block = b""
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings) + (frame(SETTINGS, ACK, 0) if acknowledges else b""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *data):
        self.socket.sendall(b"".join(data))

    def get(self, stream, path="/", **how):
        self.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, head(path, **how)))

    def read(self):
        """The next frame. Raises Ended, or TimeoutError."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                data = self.socket.recv(65536)
            except ConnectionError as broken:
                raise Ended from broken
            if not data:
                raise Ended
            self.buffer += data
        size = int.from_bytes(self.buffer[:3], "big")
        one = Frame(self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big"), self.buffer[9:9 + size])
        self.buffer = self.buffer[9 + size:]
        self.take(one)
        return one

    def take(self, one):
        answer = self.answers[one.stream] if one.stream else None
        if one.type in (HEADERS, CONTINUATION):
            self.block += one.payload
            if one.flags & END_HEADERS:
                fields, self.block = self.decoder.decode(self.block), b""
                final = answer.fields and not answer.get(":status").startswith("1")
                setattr(answer, "trailers" if final else "fields", fields)
        if one.type == DATA:
            answer.body += one.payload
        if one.type in (HEADERS, DATA) and one.flags & END_STREAM:
            answer.complete = True
        if one.type == RST_STREAM:
            answer.reset = int.from_bytes(one.payload, "big")
        if one.type == GOAWAY:
            self.goaway = int.from_bytes(one.payload[4:8], "big")

    def answer(self, stream):
        """The whole answer, or how its stream was reset."""
        while not self.answers[stream].complete and self.answers[stream].reset is None:
            self.read()
        return self.answers[stream]

    def end(self):
        """Reads to the end of the connection; the code of the last GOAWAY, or None."""
        try:
            while True:
                self.read()
        except Ended:
            return self.goaway
