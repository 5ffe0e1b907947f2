"""Clients that meet everything that goes wrong, all at once, and a look at what it leaves behind in the gateway.

SOAK_SECONDS says how long. The load is modest on purpose: what is looked for are leaks, not limits.
"""
import asyncio
import collections
import contextlib
import itertools
import json
import os
import pathlib
import random
import re
import subprocess

from conftest import SANITIZED
from test_operation import admin
from wire import until

SECONDS = float(os.environ.get("SOAK_SECONDS", 120))
WARM = 5
VISITORS = 12
PAUSE = 0.02  # of each visitor between two visits


def content(seed, size):
    return (f"{seed:08x}-" * (size // 9 + 1))[:size].encode()


class Watch:
    """The gateway's process from outside."""

    def __init__(self, gateway):
        self.gateway, self.folder = gateway, pathlib.Path(f"/proc/{gateway.process.pid}")
        self.listening = sum(line.count("fd=") for line in self.sockets() if " LISTEN " in line)
        assert self.listening, self.sockets()

    def descriptors(self):
        found = collections.Counter()
        for one in (self.folder / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found[re.sub(r"\d+", "", os.readlink(one))] += 1
        return found

    def at_rest(self):
        """With no socket but those that listen."""
        assert until(lambda: self.descriptors()["socket:[]"] == self.listening, 10), (self.descriptors(), self.listening, self.sockets())
        return self.descriptors()

    def sockets(self):
        """What they are, for whoever has to find out why there are too many."""
        all_of_them = subprocess.run(["ss", "-Hanp"], capture_output=True, text=True).stdout.splitlines()
        return [line for line in all_of_them if f"pid={self.gateway.process.pid}," in line]

    def resident(self):
        """In MiB."""
        return int(re.search(r"VmRSS:\s+(\d+)", (self.folder / "status").read_text())[1]) / 1024

    def status(self):
        return json.loads(admin(self.gateway, "GET", "/v1/status").text)

    def quiet(self):
        now = self.status()
        return now["connections"] == now["in_flight"] == now["pooled"] == 0


class Soak:
    """`visits` are functions with their weights. Each is given `door`, and says what was wrong with what it got; nothing: it was right, or failed clearly."""

    def __init__(self, gateway, origins, visits, door):
        self.gateway, self.origins, self.visits, self.door, self.watch = gateway, origins, visits, door, Watch(gateway)
        self.wrong, self.done, self.irregular = [], collections.Counter(), []

    async def visitor(self, end):
        clock = asyncio.get_running_loop().time
        kinds, weights = zip(*self.visits)
        while clock() < end and len(self.wrong) < 20:
            kind, = random.choices(kinds, weights)
            try:
                problem = await asyncio.wait_for(kind(self.door), 20)
            except (TimeoutError, asyncio.TimeoutError):
                problem = "no end within 20 s"
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                problem = f"an unexpected end: {error!r}"
            self.done[kind.__name__] += 1
            if problem:
                self.wrong.append(f"{kind.__name__}: {problem}")
            await asyncio.sleep(PAUSE)

    async def feed(self, end):
        """Beside the traffic the configuration changes all the time, for hosts that nobody asks for."""
        loop = asyncio.get_running_loop()
        for turn in itertools.count():
            if loop.time() > end:
                return
            site = {"hosts": [f"churn-{turn % 7}.test"], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{1 + turn % 100}"]}]}
            await loop.run_in_executor(None, admin, self.gateway, "PUT", f"/v1/sites/{turn % 7}", site)
            for origin in self.origins:
                self.irregular += origin.irregularities
                origin.clear()
            await asyncio.sleep(0.2)

    def run(self, seconds):
        async def everybody():
            end = asyncio.get_running_loop().time() + seconds
            await asyncio.gather(self.feed(end), *(self.visitor(end) for _ in range(VISITORS)))
        asyncio.run(everybody())
        assert not self.wrong, "\n".join(self.wrong)
        assert self.gateway.process.poll() is None, self.gateway.output()
        assert until(self.watch.quiet, 15), self.watch.status()
        for origin in self.origins:
            assert until(lambda: not origin.open, 10), f"{len(origin.open)} connections to the app are left"

    def leaves_nothing(self):
        """Runs for as long as it is told. What is allocated once, for good, is there after a while."""
        self.run(max(SECONDS / 4, WARM))
        descriptors, resident = self.watch.at_rest(), self.watch.resident()
        self.run(min(SECONDS * 3 / 4, max(1, SECONDS - WARM)))
        assert not self.watch.at_rest() - descriptors, (descriptors, self.watch.descriptors())
        assert self.irregular == [], self.irregular[:5]
        assert set(self.done) == {kind.__name__ for kind, _ in self.visits}, self.done
        print(dict(self.done), f"{resident:.1f} MiB, then {self.watch.resident():.1f} MiB")
        assert SANITIZED or self.watch.resident() < resident + 4, (resident, self.watch.resident())
