#!/usr/bin/env python3
"""What 10,000 Spaces with 30,000 routes cost the gateway: its memory, and how long one more takes to be in force.

    tests/bench/many_sites.py build/release/bin/spaceport-gateway [SITES]

Feeds them one by one over the admin socket, as `serve` does: three routes each, to three ports of one container. Ends by itself.
"""
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time


class Admin(http.client.HTTPConnection):
    """HTTP over the gateway's admin socket."""

    def __init__(self, path):
        super().__init__("gateway", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def ask(self, method, target, body=None):
        self.request(method, target, json.dumps(body) if body is not None else None)
        answer = self.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {target}: {answer.status} {text.decode()}")


def site(number):
    container = f"{number:064x}"
    routes = [{"path": path, "endpoints": [f"netns:{container}@1:{port}"], "strip_prefix": path != "/"}
              for path, port in (("/", 7860), ("/api", 8000), ("/files", 9200))]
    return {"hosts": [f"university-team{number:05}.spaces.example.com"], "routes": routes, "state": "ready", "sleep": {"after": "3600s"}}


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1000


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/admin.sock"
        config = f"{folder}/gateway.yaml"
        pathlib.Path(config).write_text(f"workers: 2\nlisteners: [{{address: 127.0.0.1:0}}]\nadmin: {{socket: {path}}}\naccess_log: off\n")
        gateway = subprocess.Popen([program, "run", config])
        try:
            end = time.monotonic() + 10
            while not os.path.exists(path) and time.monotonic() < end:
                time.sleep(0.02)
            admin = Admin(path)
            empty = resident(gateway.pid)
            times = []
            for number in range(count):
                begin = time.perf_counter()
                admin.ask("PUT", f"/v1/sites/university%2Fteam{number:05}", site(number))
                times.append(time.perf_counter() - begin)
            late = sorted(times[-count // 10:])
            print(f"{count} Spaces, {3 * count} routes: {resident(gateway.pid):.1f} MB (empty {empty:.1f}); one more among them: "
                  f"median {statistics.median(late) * 1e3:.2f} ms, 99th {late[int(len(late) * 0.99)] * 1e3:.2f} ms")
        finally:
            gateway.send_signal(signal.SIGKILL)
            gateway.wait()


if __name__ == "__main__":
    main()
