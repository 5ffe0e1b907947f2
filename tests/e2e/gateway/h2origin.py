"""An app that speaks HTTP/2 without TLS (h2c), over python3-h2. Answers are scripted by path: `origin.script[path] = async def f(stream)`.

What a client of it does against the protocol is an irregularity. Connections can be made to fail in every way.
"""
import asyncio
import socket
import struct
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from origin import Gone


class Stream:
    """One request, as a script sees it. Whatever waits ends with Gone when the other side has left."""

    def __init__(self, connection, number, fields):
        self.connection, self.number, self.fields = connection, number, dict(fields)
        self.received, self.whole, self.over = b"", False, False

    @property
    def target(self):
        return self.fields[":path"]

    async def body(self):
        while not self.whole:
            await self.connection.news(self)
        return self.received

    async def gone(self):
        """Returns when the stream has been reset, or its connection has ended."""
        try:
            while True:
                await self.connection.news(self)
        except Gone:
            pass

    def head(self, status=200, fields=(), end=False):
        self.connection.say(lambda h2: h2.send_headers(self.number, [(":status", str(status)), *fields], end_stream=end))

    async def send(self, data, end=False):
        """At the pace of whoever reads."""
        view, h2 = memoryview(data), self.connection.h2
        while len(view):
            if self.over:
                raise Gone
            room = min(h2.local_flow_control_window(self.number), h2.max_outbound_frame_size, len(view))
            if not room:
                await self.connection.news(self)
                continue
            self.connection.say(lambda h2, part=bytes(view[:room]): h2.send_data(self.number, part))
            view = view[room:]
            await self.connection.drain()
        if end:
            self.connection.say(lambda h2: h2.end_stream(self.number))

    async def answer(self, body):
        self.head(fields=[("content-length", str(len(body)))])
        await self.send(body, end=True)

    def reset(self, code=h2.errors.ErrorCodes.INTERNAL_ERROR):
        self.connection.say(lambda h2: h2.reset_stream(self.number, code))


class Connection:
    def __init__(self, origin, reader, writer):
        self.origin, self.reader, self.writer, self.frozen = origin, reader, writer, None
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.streams, self.tasks, self.changed = {}, set(), asyncio.Event()

    def say(self, what):
        """Frames of ours. Nobody hears those of a connection or stream that is over."""
        try:
            what(self.h2)
        except h2.exceptions.ProtocolError as late:
            raise Gone from late
        self.flush()

    def flush(self):
        if not self.writer.is_closing():
            self.writer.write(self.h2.data_to_send())

    async def drain(self):
        try:
            await self.writer.drain()
        except ConnectionError as gone:
            raise Gone from gone

    async def news(self, stream):
        if stream.over:
            raise Gone
        await self.changed.wait()
        if stream.over:
            raise Gone

    def tell(self):
        self.changed.set()
        self.changed = asyncio.Event()

    # How a connection fails.

    def garbage(self):
        self.writer.write(b"\xff" * 100 + b"this is no HTTP/2")

    def goodbye(self, last, code=h2.errors.ErrorCodes.NO_ERROR):
        """GOAWAY; python3-h2 would send nothing behind it, but other streams are to be finished."""
        self.writer.write(b"\0\0\x08\x07\0\0\0\0\0" + struct.pack(">II", last, code))

    def abort(self):
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def freeze(self, seconds):
        """Reads and says nothing for a while, and is gone then."""
        self.frozen = asyncio.get_running_loop().time() + seconds
        await asyncio.sleep(seconds)
        self.writer.close()

    async def run(self):
        self.h2.initiate_connection()
        self.flush()
        try:
            while data := await self.reader.read(65536):
                if self.frozen:
                    await asyncio.sleep(max(0, self.frozen - asyncio.get_running_loop().time()))
                for event in self.h2.receive_data(data):
                    self.take(event)
                self.flush()
                self.tell()
        except h2.exceptions.ProtocolError as problem:
            self.origin.irregularities.append(repr(problem))
        except ConnectionError:
            pass
        finally:
            for stream in self.streams.values():
                stream.over = True
            self.tell()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.writer.close()

    def take(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RequestReceived):
            stream = self.streams[event.stream_id] = Stream(self, event.stream_id, event.headers)
            task = asyncio.ensure_future(self.serve(stream))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif stream is None:
            return  # its script has ended
        elif isinstance(event, h2.events.DataReceived):
            stream.received += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.whole = True
        elif isinstance(event, h2.events.StreamReset):
            stream.over = True

    async def serve(self, stream):
        try:
            await self.origin.script[stream.target.split("?")[0]](stream)
        except Gone:
            pass
        finally:
            stream.over = True
            del self.streams[stream.number]


class H2Origin:
    """Runs in a thread of its own; `port` is where."""

    def __init__(self):
        self.script, self.irregularities, self.open, self.connections = {}, [], set(), 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    async def serve(self, reader, writer):
        self.connections += 1
        self.open.add(writer)
        try:
            await Connection(self, reader, writer).run()
        finally:
            self.open.discard(writer)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def clear(self):
        self.irregularities = []
