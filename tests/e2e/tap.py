"""A proxy in front of the engine's socket: it can hang up on everybody or read slowly, and it remembers what the engine was sent."""
import json
import re
import socket
import threading
import time

from node import ENGINE


class Tap:
    def __init__(self, path, engine=ENGINE or "/var/run/docker.sock"):
        self.path, self.engine, self.alive = str(path), str(engine), True
        self.connections, self.sent = [], []
        self.stall_after = None  # bytes of one connection to the engine; what follows waits until this is None again
        self.hold = None  # words of a request: whatever has them waits until this is None again
        self.stalled = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if not self.alive:
                client.close()
                continue
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self.engine)
            self.connections += [client, engine]
            self.sent.append(bytearray())
            threading.Thread(target=self.copy, args=(client, engine, self.sent[-1]), daemon=True).start()
            threading.Thread(target=self.copy, args=(engine, client, bytearray()), daemon=True).start()

    def copy(self, one, other, seen):
        passed = 0
        try:
            while piece := one.recv(65536):
                passed += len(piece)
                while seen in self.sent and self.stall_after is not None and passed > self.stall_after:
                    self.stalled.set()
                    time.sleep(0.02)
                while seen in self.sent and self.hold is not None and self.hold in piece:
                    self.stalled.set()
                    time.sleep(0.02)
                seen += piece
                other.sendall(piece)
                if len(seen) > 1 << 24:
                    seen.clear()
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def hang_up(self, words):
        """On whoever sent them; others talk on."""
        for i, said in enumerate(self.sent):
            if words in said:
                for connection in self.connections[2 * i:2 * i + 2]:
                    connection.shutdown(socket.SHUT_RDWR)

    def die(self):
        self.alive = False
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def creations(self):
        """The documents of all containers that the engine was asked to create."""
        found = []
        for sent in self.sent:
            text = bytes(sent).decode("utf-8", "replace")
            for request in re.finditer(r"^POST \S*/containers/create", text, re.MULTILINE):
                found.append(json.JSONDecoder().raw_decode(text, text.index("{", text.index("\r\n\r\n", request.start())))[0])
        return found
