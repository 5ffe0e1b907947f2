#!/usr/bin/python3
"""What a request costs the generator, beside wrk and h2load: processor time, user and system, in the same rounds.

    tests/bench/generator_cost.py [build/release/bin/spaceport-bench] [--rounds 3] [--seconds 4]

Closed loops against one nginx on core 0, each generator with one thread on core 1: HTTP/1.1 keep-alive with 50 connections (wrk), HTTP/2
without TLS with 10 connections of 10 streams (h2load), 1 KiB answers. Then an open loop of 20,000 requests a second: how late it is.
Rounds take turns; medians. Exits 1 when a ratio is above what is promised: 1.25 of wrk's, 1.0 of h2load's.
Needs nginx, wrk and h2load (Debian: nginx-light wrk nghttp2-client).
"""
import argparse
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile

from ports import free_port, until_open

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000; http2_max_requests 1000000000; http2_max_concurrent_streams 256;
  server {{ listen 127.0.0.1:{plain}; location / {{ return 200 "{body}"; }} }}
  server {{ listen 127.0.0.1:{h2} http2; location / {{ return 200 "{body}"; }} }}
}}
"""
PROMISED = {"wrk": 1.25, "h2load": 1.0}


def on_core(core, command):
    return ["taskset", "-c", str(core), *command]


def cost_of(command, good=(0,)):
    """Runs it on core 1: its output, and the processor time of it and its threads, in microseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(on_core(1, command), capture_output=True, text=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in good:
        raise SystemExit(f"{command[0]}: {done.stderr or done.stdout}")
    return done.stdout, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6


def wrk(url, seconds):
    out, cpu = cost_of(["wrk", "-t1", "-c50", f"-d{seconds}s", url])
    return cpu / int(re.search(r"(\d+) requests in", out)[1])


def h2load(url, seconds):
    out, cpu = cost_of(["h2load", "-t1", "-c10", "-m10", f"-D{seconds}", url])
    return cpu / int(re.search(r"(\d+) succeeded", out)[1])


def ours(program, url, seconds, *options):
    """What people run, with all that it measures and its report at the end. 4: it was the limit, as all of them are here."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.json")
        load = ["-c", *options, "--duration", f"{seconds}s", "--warmup", "none"]
        _, cpu = cost_of([program, "run", url, *load, "--no-progress", "--quiet", "--json", str(report)], (0, 4))
        told = json.loads(report.read_text())
    summary = told["summary"]
    if summary["codes"].get("200", 0) < summary["requests"] * 0.999:
        raise SystemExit(f"not every request was answered: {summary['codes']} {summary['endings']}")
    return cpu / summary["requests"], told


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default="build/release/bin/spaceport-bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    plain, h2 = free_port(), free_port()
    rounds = {name: [] for name in ("wrk", "ours h1", "h2load", "ours h2", "late p50", "late p90", "open")}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "nginx.conf").write_text(NGINX.format(folder=folder, plain=plain, h2=h2, body="x" * 1024))
        server = subprocess.Popen(on_core(0, ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]), stderr=subprocess.DEVNULL)
        try:
            until_open(h2)
            one, two = f"http://127.0.0.1:{plain}/", f"http://127.0.0.1:{h2}/"
            for _ in range(options.rounds):
                rounds["wrk"].append(wrk(one, options.seconds))
                rounds["ours h1"].append(ours(options.program, one, options.seconds, "50")[0])
                rounds["h2load"].append(h2load(two, options.seconds))
                rounds["ours h2"].append(ours(options.program, two, options.seconds, "10", "-m", "10", "--h2c")[0])
                cost, told = ours(options.program, one, options.seconds, "50", "--rate", "20000")
                rounds["open"].append(cost)
                for part in ("p50", "p90"):
                    rounds[f"late {part}"].append(told["summary"]["lateness"][f"{part}_ns"] / 1000)
        finally:
            server.terminate()
            server.wait()
    median = {name: statistics.median(values) for name, values in rounds.items()}
    for name, values in rounds.items():
        print(f"{name:10} {median[name]:8.2f} us   ({', '.join(f'{value:.2f}' for value in values)})")
    ratios = {"wrk": median["ours h1"] / median["wrk"], "h2load": median["ours h2"] / median["h2load"]}
    for peer, ratio in ratios.items():
        print(f"to {peer:8} {ratio:.2f} (promised: at most {PROMISED[peer]})")
    return 1 if any(ratio > PROMISED[peer] for peer, ratio in ratios.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
