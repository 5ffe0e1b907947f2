"""Fixtures: spaceport-bench, and its server whose latency is known. Nothing of the engine is needed here."""
import json
import os
import pathlib
import re
import subprocess

import pytest

BIN = pathlib.Path(os.environ.get("SPACEPORT_BIN", pathlib.Path(__file__).parents[3] / "build/dev/bin"))
BENCH = str(BIN / "spaceport-bench")


class Server:
    """`spaceport-bench serve` on a free port."""

    def __init__(self, *arguments):
        ends = [] if "--duration" in arguments else ["--duration", "120s"]
        self.process = subprocess.Popen([BENCH, "serve", "--listen", "127.0.0.1:0", *ends, *map(str, arguments)], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"serving on 127\.0\.0\.1:(\d+)", line)
        assert found, line
        self.port = int(found.group(1))
        self.url = f"http://127.0.0.1:{self.port}/"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()


@pytest.fixture
def serve():
    """serve(arguments...): a server, ended with the test."""
    made = []

    def make(*arguments):
        made.append(Server(*arguments))
        return made[-1]

    yield make
    for server in made:
        server.stop()


class Done:
    """A command of spaceport-bench that has ended."""

    def __init__(self, arguments, folder, timeout):
        self.path = folder / "result.json"
        if self.path in arguments:
            self.path.unlink(missing_ok=True)
        run = subprocess.run([BENCH, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
        self.code, self.out, self.err = run.returncode, run.stdout, run.stderr

    @property
    def result(self):
        return json.loads(self.path.read_text())

    def row(self, name):
        """The numbers of one line of the report's table of times, in milliseconds, by column; what is not known is left out."""
        lines = self.out.splitlines()
        head = next(line for line in lines if line.split()[:2] == ["min", "mean"]).split()
        values = re.findall(r"≥?\s*([\d.]+) (ns|µs|ms|s)|(n/a)", next(line for line in lines if line.startswith(name)))
        factor = {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}
        return {column: float(number) * factor[unit] for column, (number, unit, missing) in zip(head, values) if not missing}


@pytest.fixture
def bench(tmp_path):
    """bench(arguments..., timeout=60): runs it. `run` and `compare` also write `result`."""

    def run(*arguments, timeout=60):
        kept = ["--json", tmp_path / "result.json", "--no-progress"] if arguments[0] in ("run", "compare", "capacity", "replay") else []
        return Done([*arguments, *kept], tmp_path, timeout)

    return run
