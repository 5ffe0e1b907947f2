#!/usr/bin/python3
"""What a request costs, by program and by log: instructions (callgrind) and CPU time (wrk, schedstat).

    tests/bench/log_cost.py NAME=PROGRAM[,LOG] ...      LOG is what `access_log:` says: off (default), a path, `-`

HTTP/1.1 keep-alive, one worker, 1 KiB from nginx. Instructions are of the program alone, the same in every run to a few in a thousand;
the kernel's are only in the CPU time. For that the rounds take turns (A B C A B C ...), the program on core 0, everything else on core 1.
Needs valgrind, nginx and wrk.
"""
import argparse
import http.client
import os
import pathlib
import re
import signal
import statistics
import subprocess
import tempfile

from ports import free_port, until_open

FILE = """
workers: 1
access_log: "{log}"
listeners: [{{address: "127.0.0.1:{port}"}}]
upstreams: {{app: {{endpoints: ["127.0.0.1:{app}"]}}}}
routes: [{{path: /, upstream: app}}]
"""
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 1000000000; server {{ listen 127.0.0.1:{app}; location / {{ return 200 "{body}"; }} }} }}
"""


class Gateway:
    def __init__(self, folder, app, program, log, prefix=()):
        self.port, path = free_port(), pathlib.Path(folder) / "gateway.yaml"
        path.write_text(FILE.format(log=log, port=self.port, app=app))
        self.process = subprocess.Popen([*prefix, program, "run", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        until_open(self.port)

    def cpu_ns(self):
        return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=60)[1]


def instructions(folder, app, program, log, requests):
    gateway = Gateway(folder, app, program, log, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    client = http.client.HTTPConnection("127.0.0.1", gateway.port)
    for _ in range(requests):
        client.request("GET", "/path/of/a/page?query=1", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"})
        assert len(client.getresponse().read()) == 1024
    client.close()
    return int(re.search(r"Collected : (\d+)", gateway.stop())[1])


def cpu_us(folder, app, program, log, seconds):
    gateway = Gateway(folder, app, program, log, ["taskset", "-c", "0"])
    load = ["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}", f"http://127.0.0.1:{gateway.port}/path/of/a/page?query=1"]
    subprocess.run([*load[:-2], "-d1", load[-1]], check=True, capture_output=True)
    before = gateway.cpu_ns()
    said = subprocess.run(load, check=True, capture_output=True, text=True).stdout
    spent = gateway.cpu_ns() - before
    gateway.stop()
    return spent / 1000 / int(re.search(r"(\d+) requests in", said)[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("programs", nargs="+", metavar="NAME=PROGRAM[,LOG]")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=3)
    chosen = arguments.parse_args()
    programs = {}
    for one in chosen.programs:
        name, _, rest = one.partition("=")
        program, _, log = rest.partition(",")
        programs[name] = (os.path.abspath(program), log or "off")
    with tempfile.TemporaryDirectory() as folder:
        app = free_port()
        (pathlib.Path(folder) / "nginx.conf").write_text(NGINX.format(folder=folder, app=app, body="x" * 1024))
        nginx = subprocess.Popen(["taskset", "-c", "1", "nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        until_open(app)
        try:
            counted = {name: (instructions(folder, app, *one, 3000) - instructions(folder, app, *one, 1000)) / 2000 for name, one in programs.items()}
            took = {name: [] for name in programs}
            for _ in range(chosen.rounds):
                for name, one in programs.items():
                    took[name].append(cpu_us(folder, app, *one, chosen.seconds))
        finally:
            nginx.terminate()
            nginx.wait()
    base = next(iter(programs))
    for name in programs:
        least, median = min(took[name]), statistics.median(took[name])
        print(f"{name:16} {counted[name]:7.0f} instructions {counted[name] / counted[base]:6.3f}   least {least:6.2f} us {least / min(took[base]):6.3f}"
              f"   median {median:6.2f} us {median / statistics.median(took[base]):6.3f}")


if __name__ == "__main__":
    main()
