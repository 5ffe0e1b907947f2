#!/usr/bin/python3
"""The gateway beside nginx and haproxy where their cost per request does not say it all.

    tests/bench/beside_peers.py PROGRAM [latency] [crowd] [workers] [idle]       PROGRAM: a release build of spaceport-gateway

latency   requests at a fixed rate, half of what the best of them serves: 99th and 99.9th percentile of each
crowd     CPU time of a request with 64 and with 5,000 open connections
workers   CPU time of a request with one worker and with two
idle      memory of an idle connection: plain (10,000 of them), TLS, HTTP/2 with TLS

1 KiB from nginx, HTTP/1.1 with keep-alive. The programs have core 0 (`workers`: 0 and 1), everything else core 1; rounds take turns. Needs nginx,
haproxy, nghttp2-client, wrk, openssl and python3-h2.
"""
import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

import h2.config
import h2.connection
import h2.events

from ports import free_port, until_open

ROUNDS, SECONDS = 3, 4
ORIGIN = """
daemon off; worker_processes 1; pid {folder}/origin.pid; error_log /dev/null; user root;
events {{ worker_connections 20000; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600;
 server {{ listen 127.0.0.1:{app} backlog=4096; location / {{ return 200 "{body}"; }} }} }}
"""
SPACEPORT = """
workers: {workers}
access_log: off
limits: {{connections: 12000}}
listeners: [{{address: "127.0.0.1:{plain}"}}, {{address: "127.0.0.1:{tls}", tls: {{certificates: [{{certificate: {folder}/cert.pem, private_key: {folder}/key.pem}}]}}}}]
upstreams: {{app: {{endpoints: ["127.0.0.1:{app}"]}}}}
routes: [{{path: /, upstream: app}}]
"""
NGINX = """
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log /dev/null; user root;
events {{ worker_connections 40000; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600; ssl_session_tickets off;
 upstream app {{ server 127.0.0.1:{app}; keepalive 256; keepalive_requests 1000000000; }}
 server {{ listen 127.0.0.1:{plain} backlog=4096 reuseport; listen 127.0.0.1:{tls} ssl http2 backlog=4096 reuseport;
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  location / {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
   proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; }} }} }}
"""
HAPROXY = """
global
  nbthread {workers}
  maxconn 9500
  ssl-default-bind-options no-tls-tickets
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:{plain} backlog 4096
  bind 127.0.0.1:{tls} ssl crt {folder}/both.pem alpn h2,http/1.1 backlog 4096
  default_backend app
backend app
  server one 127.0.0.1:{app} pool-max-conn 256
"""


def tree(pid):
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        for children in pathlib.Path(f"/proc/{found[-1]}/task").glob("*/children"):
            todo += map(int, children.read_text().split())
    return found


class Program:
    def __init__(self, name, lab, file, command, workers):
        self.name, self.plain, self.tls = name, free_port(), free_port()
        path = lab.folder / f"{name}-{workers}"
        path.write_text(file.format(folder=lab.folder, app=lab.app, plain=self.plain, tls=self.tls, workers=workers))
        cores = ",".join(str(core) for core in range(workers))
        self.process = lab.start(cores, [*command, str(path)])
        until_open(self.plain)

    def cpu_ns(self):
        tasks = (task for pid in tree(self.process.pid) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def pss_kb(self):
        rollups = (pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in tree(self.process.pid))
        return sum(int(re.search(r"Pss:\s+(\d+)", rollup)[1]) for rollup in rollups)


class Lab:
    def __init__(self, program):
        self.program, self.folder, self.app, self.processes = program, pathlib.Path(tempfile.mkdtemp(prefix="beside-")), free_port(), []
        self.folder.chmod(0o755)
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", *subject,
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"], check=True, capture_output=True)
        (self.folder / "both.pem").write_text((self.folder / "cert.pem").read_text() + (self.folder / "key.pem").read_text())
        (self.folder / "origin").write_text(ORIGIN.format(folder=self.folder, app=self.app, body="x" * 1024))
        self.start("1", ["nginx", "-c", str(self.folder / "origin")])
        until_open(self.app)

    def start(self, cores, command):
        process = subprocess.Popen(["taskset", "-c", cores, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.processes.append(process)
        return process

    @contextlib.contextmanager
    def programs(self, workers=1):
        running = [Program("spaceport", self, SPACEPORT, [self.program, "run"], workers), Program("nginx", self, NGINX, ["nginx", "-c"], workers),
                   Program("haproxy", self, HAPROXY, ["haproxy", "-db", "-f"], workers)]
        yield running
        for one in running:
            self.stop(one.process)

    def stop(self, process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self):
        for process in self.processes:
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def load(*command):
    return subprocess.run(["taskset", "-c", "1", *map(str, command)], capture_output=True, text=True, timeout=120, check=True).stdout


def wrk(program, connections):
    """Requests a second, and microseconds of CPU time a request."""
    before = program.cpu_ns()
    said = load("wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "20s", f"http://127.0.0.1:{program.plain}/")
    requests = int(re.search(r"(\d+) requests in", said)[1])
    if bad := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
        raise SystemExit(f"{program.name}: {bad[0]}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), (program.cpu_ns() - before) / requests / 1000


def cpu_of(programs, connections):
    found = {one.name: [] for one in programs}
    for _ in range(ROUNDS):
        for one in programs:
            found[one.name].append(wrk(one, connections)[1])
    return {name: statistics.median(values) for name, values in found.items()}


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def at_rate(program, lab, clients, rate):
    log = lab.folder / "log"
    log.unlink(missing_ok=True)
    load("h2load", "--h1", "-t1", f"-c{clients}", "-m1", f"--rps={rate / clients}", "-D", SECONDS, "--warm-up-time=1", f"--log-file={log}",
         f"http://127.0.0.1:{program.plain}/")
    rows = [line.split() for line in log.read_text().splitlines()]
    if bad := [row for row in rows if row[1] != "200"]:
        raise SystemExit(f"{program.name}: {len(bad)} of {len(rows)} were not answered well")
    return sorted(int(row[2]) for row in rows)


def latency(lab):
    with lab.programs() as programs:
        best = max(wrk(one, 64)[0] for one in programs)
        print(f"latency: the best serves {best:.0f} a second; {best / 2:.0f} a second from 256 connections, ms")
        found = {one.name: [] for one in programs}
        for _ in range(ROUNDS):
            for one in programs:
                times = at_rate(one, lab, 256, best / 2)
                found[one.name].append((percentile(times, 0.5), percentile(times, 0.99), percentile(times, 0.999), len(times)))
        for name, rounds in found.items():
            medians = [statistics.median(column) / 1000 for column in zip(*rounds)]
            print(f"  {name:10} p50 {medians[0]:7.2f}  p99 {medians[1]:7.2f}  p99.9 {medians[2]:7.2f}   of {rounds[0][3]} and more, rounds p99: "
                  + " ".join(f"{one[1] / 1000:.2f}" for one in rounds))


def crowd(lab):
    with lab.programs() as programs:
        few, many = cpu_of(programs, 64), cpu_of(programs, 5000)
        print("crowd: us of CPU time a request with 64 and with 5,000 connections")
        for name in few:
            print(f"  {name:10} {few[name]:7.2f} {many[name]:7.2f}")


def workers(lab):
    print("workers: us of CPU time a request with one and with two")
    with lab.programs(1) as programs:
        one = cpu_of(programs, 64)
    with lab.programs(2) as programs:
        two = cpu_of(programs, 64)
    for name in one:
        print(f"  {name:10} {one[name]:7.2f} {two[name]:7.2f}  {two[name] / one[name] - 1:+.0%}")


def ask(port, tls, http2):
    """A connection that has had one answer."""
    connection = socket.create_connection(("127.0.0.1", port), 10)
    if tls:
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(["h2"] if http2 else ["http/1.1"])
        connection = context.wrap_socket(connection, server_hostname="localhost")
    if not http2:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while len(got) < 1024:
            got += connection.recv(65536)
        return connection
    session = h2.connection.H2Connection(h2.config.H2Configuration())
    session.initiate_connection()
    session.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/")], end_stream=True)
    while True:
        connection.sendall(session.data_to_send())
        if any(isinstance(event, h2.events.StreamEnded) for event in session.receive_data(connection.recv(65536))):
            connection.sendall(session.data_to_send())
            return connection


def idle(lab):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print("idle: kB of memory (PSS) a connection that has had one answer")
    for label, count, tls, http2 in (("plain", 10_000, False, False), ("TLS", 2_000, True, False), ("HTTP/2", 1_000, True, True)):
        with lab.programs() as programs:
            said = []
            for one in programs:
                ask(one.tls if tls else one.plain, tls, http2).close()
                before = one.pss_kb()
                # haproxy does not start with more than two descriptors a connection allow.
                many = min(count, 9_000) if one.name == "haproxy" else count
                open_ones = [ask(one.tls if tls else one.plain, tls, http2) for _ in range(many)]
                time.sleep(2)
                said.append(f"{one.name} {(one.pss_kb() - before) / many:.2f}")
                for connection in open_ones:
                    connection.close()
            print(f"  {label:7} {count:6}: " + "  ".join(said))


def main():
    program, wanted = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:] or ["latency", "crowd", "workers", "idle"]
    lab = Lab(program)
    try:
        for name in wanted:
            {"latency": latency, "crowd": crowd, "workers": workers, "idle": idle}[name](lab)
            sys.stdout.flush()
    finally:
        lab.close()


if __name__ == "__main__":
    main()
