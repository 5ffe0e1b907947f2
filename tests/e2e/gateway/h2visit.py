"""One connection of a client to the gateway over HTTP/2, for asyncio: any number of streams at once, and every way to leave."""
import asyncio
import dataclasses

import h2.config
import h2.connection
import h2.events
import h2.exceptions


class Broken(Exception):
    """The connection has ended, or the stream was reset."""


@dataclasses.dataclass
class Answer:
    fields: dict = dataclasses.field(default_factory=dict)
    body: bytearray = dataclasses.field(default_factory=bytearray)
    ended: bool = False
    reset: bool = False

    @property
    def status(self):
        return int(self.fields.get(":status", 0))


class H2Visit:
    """`async with H2Visit(port, tls) as visit`; `tls` is a context, or None for prior knowledge."""

    def __init__(self, port, tls=None):
        self.port, self.tls = port, tls
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
        self.answers, self.changed, self.over, self.goodbye = {}, asyncio.Event(), False, None

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls, server_hostname="a.test" if self.tls else None)
        self.h2.initiate_connection()
        self.flush()
        self.listening = asyncio.ensure_future(self.listen())
        return self

    async def __aexit__(self, *_):
        self.listening.cancel()
        await asyncio.gather(self.listening, return_exceptions=True)
        self.writer.close()

    def vanish(self):
        """Without a farewell: what is unread makes it a reset."""
        self.writer.transport.abort()

    def flush(self):
        if not self.writer.is_closing():
            self.writer.write(self.h2.data_to_send())

    async def listen(self):
        try:
            while data := await self.reader.read(65536):
                for event in self.h2.receive_data(data):
                    self.take(event)
                self.flush()
                self.tell()
        except ConnectionError:
            pass
        finally:
            self.over = True
            self.tell()

    def tell(self):
        self.changed.set()
        self.changed = asyncio.Event()

    def take(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ConnectionTerminated):
            self.over, self.goodbye = True, event.error_code
        elif answer is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            answer.fields = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = True

    def start(self, target, method="GET", end=True, pseudo=None, fields=()):
        """Opens a stream; its number."""
        if self.over:
            raise ConnectionError(f"the gateway has ended the connection: {self.goodbye}")
        number = self.h2.get_next_available_stream_id()
        scheme = "https" if self.tls else "http"
        self.answers[number] = Answer()
        head = pseudo or [(":method", method), (":scheme", scheme), (":authority", "a.test"), (":path", target)]
        self.h2.send_headers(number, [*head, *fields], end_stream=end)
        self.flush()
        return number

    def tunnel(self, target):
        """A WebSocket's stream (RFC 8441)."""
        return self.start(target, end=False, fields=[("sec-websocket-version", "13")], pseudo=[
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https" if self.tls else "http"), (":authority", "a.test"), (":path", target)])

    async def send(self, number, body, end=True):
        view, answer = memoryview(body), self.answers[number]
        while len(view):
            if self.over or answer.reset:
                raise Broken
            room = min(self.h2.local_flow_control_window(number), self.h2.max_outbound_frame_size, len(view))
            if not room:
                await self.changed.wait()
                continue
            self.h2.send_data(number, bytes(view[:room]))
            view = view[room:]
            self.flush()
            await self.writer.drain()
        if end:
            self.h2.end_stream(number)
            self.flush()

    def reset(self, number):
        self.h2.reset_stream(number, 8)
        self.flush()

    async def until(self, number, condition):
        """Waits for something of an answer. Raises Broken when it will not come."""
        answer = self.answers[number]
        while not condition(answer):
            if self.over or answer.reset or answer.ended:
                raise Broken
            await self.changed.wait()
        return answer

    async def ask(self, target, method="GET", body=b""):
        """The answer, whole or however much of it came."""
        number = self.start(target, method, end=not body)
        try:
            if body:
                await self.send(number, body)
            await self.until(number, lambda answer: answer.ended)
        except Broken:
            pass
        return self.answers[number]
