"""What a runtime does for sites that sleep, over the admin socket: feeds them, follows the events, freezes and wakes."""
import json
import re
import socket
import struct
import threading

from conftest import PLAIN
from test_operation import admin
from wire import until

ASK = "GET {} HTTP/1.1\r\nHost: a.test\r\n{}\r\n"
# No routes of its own: all sites come from the runtime.
FED = re.sub(r"routes:\n(  - .*\n)+", "routes: []\n", PLAIN).replace("workers: 1", "workers: 2").replace("drain: 3s", "drain: 20s")
PAGE = "Accept: text/html,application/xhtml+xml\r\nSec-Fetch-Mode: navigate\r\n"


def cause(answer):
    return answer.get("x-gateway-error")


def frame(payload, opcode=1):
    """A frame of a client's."""
    return struct.pack("!BBI", 0x80 | opcode, 0x80 | len(payload), 0) + payload


class Follower:
    """Somebody who follows `GET /v1/events`; `said` is what he heard, without the hello and the signs of life."""

    def __init__(self, gateway):
        self.said, self.alive, self.hello, self.over = [], 0, threading.Event(), threading.Event()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(gateway.admin)
        self.socket.sendall(b"GET /v1/events HTTP/1.1\r\nHost: gateway\r\n\r\n")
        threading.Thread(target=self.read, daemon=True).start()
        assert self.hello.wait(5)

    def read(self):
        file = self.socket.makefile("rb")
        try:
            assert b" 200 " in file.readline()
            while file.readline().strip():
                pass
            buffer = b""
            while size := int(file.readline(), 16):
                buffer += file.read(size)
                file.readline()
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    self.take(json.loads(line))
        except (OSError, ValueError):
            pass
        self.over.set()

    def take(self, event):
        if event["event"] == "hello":
            self.hello.set()
        elif event["event"] == "alive":
            self.alive += 1
        else:
            self.said.append(event)

    def count(self, kind, site=None):
        return sum(event["event"] == kind and site in (None, event["site"]) for event in self.said)

    def hears(self, kind, times=1, site=None, within=5):
        return until(lambda: self.count(kind, site) >= times, within)

    def close(self):
        # A makefile holds the socket: only a shutdown ends it for the gateway.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Runtime:
    """One site, and what is said of it."""

    def __init__(self, gateway, origin, site="owner/one", host="a.test", **more):
        self.gateway, self.site = gateway, site
        self.spec = {"hosts": [host], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{origin.port}"]}], **more}
        self.events = Follower(gateway)
        self.put("ready")

    def put(self, state, **more):
        self.spec.update(more)
        answer = admin(self.gateway, "PUT", f"/v1/sites/{self.site}", {**self.spec, "state": state})
        assert answer.status == 200, answer.text

    def quiesce(self):
        answer = admin(self.gateway, "POST", f"/v1/sites/{self.site}/quiesce")
        assert answer.status == 200, answer.text
        told = json.loads(answer.text)
        assert told["site"] == self.site
        return told["idle"]

    def sleep(self, within=5):
        """Until it does: what was under way comes to its end."""
        assert until(self.quiesce, within)

    def traffic(self):
        told = json.loads(admin(self.gateway, "GET", "/v1/traffic").text)
        return next(one for one in told["sites"] if one["id"] == self.site)

    def holds(self, count, within=5):
        return until(lambda: self.traffic()["held"] == count, within)
