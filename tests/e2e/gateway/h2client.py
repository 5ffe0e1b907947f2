"""A small HTTP/2 client over python3-h2: blocking, one connection, any number of streams. Plain (prior knowledge) or TLS (ALPN)."""
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
import h2.settings


class Stream:
    def __init__(self):
        self.interim, self.fields, self.body, self.trailers = [], None, b"", None
        self.ended, self.reset = False, None

    @property
    def status(self):
        return int(self.fields[":status"]) if self.fields else None


class Client:
    """`with Client(port) as client: client.get("/")`. `ssl_context` and `name` make it TLS."""

    def __init__(self, port, name="a.test", ssl_context=None, credit=True):
        self.name, self.scheme, self.credit = name, "https" if ssl_context else "http", credit
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ssl_context:
            self.socket = ssl_context.wrap_socket(self.socket, server_hostname=name)
            assert self.socket.selected_alpn_protocol() == "h2"
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
        self.connection.initiate_connection()
        self.streams, self.goaways, self.acked, self.settings, self.closed = {}, [], 0, None, False
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        data = self.connection.data_to_send()
        if data:
            self.socket.sendall(data)

    def start(self, path="/", method="GET", body=None, end=True, fields=(), pseudo=None):
        """Opens a stream; with a `body` all of it is sent as far as the windows allow."""
        number = self.connection.get_next_available_stream_id()
        self.streams[number] = Stream()
        head = pseudo or [(":method", method), (":scheme", self.scheme), (":authority", self.name), (":path", path)]
        self.connection.send_headers(number, [*head, *fields], end_stream=end and body is None)
        self.flush()
        if body is not None:
            self.send(number, body, end)
        return number

    def send(self, number, body, end=True):
        view = memoryview(body)
        while len(view):
            room = min(self.connection.local_flow_control_window(number), self.connection.max_outbound_frame_size, len(view))
            if room == 0:
                self.pump(lambda: self.connection.local_flow_control_window(number) > 0)
                continue
            self.connection.send_data(number, bytes(view[:room]))
            view = view[room:]
            self.flush()
        if end:
            self.connection.end_stream(number)
            self.flush()

    def reset(self, number, code=8):
        self.connection.reset_stream(number, code)
        self.flush()

    def take(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.settings = {**(self.settings or {}), **{key: value.new_value for key, value in event.changed_settings.items()}}
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaways.append((event.error_code, event.last_stream_id))
        elif stream is None:
            return
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.interim.append(dict(event.headers))
        elif isinstance(event, h2.events.ResponseReceived):
            stream.fields = dict(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            if self.credit and event.flow_controlled_length:
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = event.error_code

    def pump(self, done, limit=10):
        """Reads until `done()`."""
        end = time.monotonic() + limit
        while not done():
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            assert time.monotonic() < end, "nothing more came"
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                continue
            except ConnectionResetError:
                data = b""
            if not data:
                self.closed = True
                assert done(), "the connection was closed"
                return
            for event in self.connection.receive_data(data):
                self.take(event)
            self.flush()

    def finish(self, number, limit=10):
        stream = self.streams[number]
        self.pump(lambda: stream.ended or stream.reset is not None, limit)
        return stream

    def get(self, path="/", **more):
        return self.finish(self.start(path, **more))

    def until_closed(self, limit=10):
        self.pump(lambda: self.closed, limit)


def trusting(*certificates):
    context = ssl.create_default_context()
    for one in certificates:
        context.load_verify_locations(one)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context
