"""Numbers that can be checked: the stall that other tools hide, a generator that stood still, rates, and what the server itself says."""
import csv
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import BENCH


def test_a_frozen_server_is_seen_as_visitors_see_it(serve, bench):
    """loadtest.md 4.1: 20 ms, frozen from 4 s to 6 s of ten, 200 requests a second: a fifth of all wait for up to two seconds."""
    server = serve("--service-time", "20ms", "--stall", "4s:2s")
    done = bench("run", server.url, "--rate", 200, "--duration", "10s")
    assert done.code in (0, 4), done.err
    times = done.row("Response")
    assert times["p50"] == pytest.approx(20, rel=0.25)
    assert times["p90"] == pytest.approx(1020, rel=0.05)
    assert times["p99"] == pytest.approx(1920, rel=0.03)
    assert times["max"] == pytest.approx(2020, rel=0.03)
    assert "Requests/sec:     200." in done.out


def test_a_generator_that_stood_still_is_not_believed(serve, tmp_path):
    server = serve("--service-time", "2ms")
    running = subprocess.Popen([BENCH, "run", server.url, "--rate", "200", "--duration", "5s", "--no-progress"], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    running.send_signal(signal.SIGSTOP)
    time.sleep(1.2)
    running.send_signal(signal.SIGCONT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode == 4
    assert out.startswith("INVALID (generator)")
    assert "requests began late" in out
    assert "Requests/sec:" in out, "the numbers are shown all the same"


def test_a_closed_loop_agrees_with_wrk(serve, bench):
    """Throughput within a tenth, where the server is the limit: ten connections, each answered after 5 ms."""
    server = serve("--service-time", "5ms")
    wrk = subprocess.run(["wrk", "-t1", "-c10", "-d3", server.url], capture_output=True, text=True, timeout=30, check=True).stdout
    theirs = float(re.search(r"Requests/sec:\s+([\d.]+)", wrk).group(1))
    done = bench("run", server.url, "-c", 10, "--duration", "3s", "--warmup", "none")
    ours = float(re.search(r"Requests/sec:\s+([\d.,]+)", done.out).group(1).replace(",", ""))
    assert ours == pytest.approx(theirs, rel=0.1)


def test_answers_that_are_late_are_lower_bounds(serve, bench):
    """A quarter of all answers takes longer than anybody waits: p90 is known to be at least the time limit, and no more."""
    server = serve("--delay", "5s:25")
    done = bench("run", server.url, "--rate", 100, "--duration", "2s", "--timeout", "500ms", "--drain", "1s")
    line = next(line for line in done.out.splitlines() if line.startswith("Response"))
    assert "≥ 500 ms" in line, done.out
    assert re.search(r"\d+ timed out", done.out)


def assert_has_floor(bench, done, result):
    """What this machine can measure at best stands in the report, in its file, and in a report that is made of the file."""
    assert result["floor"]["most_per_second"] > 0 and result["floor"]["round_trip_p50_ns"] > 0
    line = next(line for line in done.out.splitlines() if line.startswith("Machine floor: "))
    kept = done.path.with_name("kept.json")
    kept.write_bytes(done.path.read_bytes())
    assert line in bench("report", kept).out


def test_the_capacity_of_a_server_that_slows_down_with_its_load_is_found(serve, bench):
    """10 ms and 1 ms more for each other request in service: with r a second n = r (10 + n) / 1000 are in service, so that the time is
    10 / (1 - r / 1000) ms. It is 25 ms at 600 a second."""
    server = serve("--service-time", "10ms", "--delay-each", "1ms")
    done = bench("capacity", server.url, "--slo", "p50<25ms", "--from", 400, "--trial", "1s", "--longest-trial", "2s", "--precision", "10%",
                 timeout=180)
    assert done.code in (0, 4), done.err
    found = done.result
    assert found["lower_per_second"] == pytest.approx(600, rel=0.15), done.out
    assert found["upper_per_second"] > found["lower_per_second"]
    assert_has_floor(bench, done, found["base"])


def test_a_millisecond_more_is_found_and_none_is_not(serve, bench):
    quick, slow = serve("--service-time", "2ms"), serve("--service-time", "3ms")

    last = None

    def added(one, two):
        nonlocal last
        done = last = bench("compare", one.url, two.url, "--rate", 100, "--duration", "4s")
        assert done.code in (0, 4), done.err
        line = next(line for line in done.out.splitlines() if line.startswith("p50 "))
        value, low, high = (float(number) * {"ns": 1e-6, "µs": 1e-3, "ms": 1}[unit] for number, unit in re.findall(r"([+-][\d.]+) (ns|µs|ms)", line))
        return value, low, high

    value, low, high = added(quick, slow)
    assert value == pytest.approx(1, abs=0.15)
    assert low > 0.5 and high < 1.5
    assert_has_floor(bench, last, last.result["one"])
    value, low, high = added(quick, quick)
    assert abs(value) < 0.15, "the server beside itself"


def test_a_log_is_replayed_with_its_own_timing(serve, bench, tmp_path):
    server = serve()
    log = tmp_path / "access.log"
    # Two seconds: one a tenth of a second, and a POST that is not asked again.
    lines = ['{"time":"2026-01-31T12:00:%02d.%03dZ","host":"a.test","method":"%s","path":"/%d","status":200,"total_ms":0}'
             % (i // 10, i % 10 * 100, "POST" if i == 5 else "GET", i) for i in range(21)]
    log.write_text("\n".join(lines) + "\n")
    began = time.monotonic()
    done = bench("replay", log, server.url, "--speed", 2)
    took = time.monotonic() - began
    assert done.code in (0, 4), done.err
    assert "status 200: 20 then, 20 now" in done.out
    assert 1.0 < took < 4
    assert bench("replay", log, server.url, "--speed", 10, "--unsafe-methods").out.count("21 now") == 1

    def fresh(affinity):
        """The clients of whom a request went over a connection that had carried none before."""
        done = bench("replay", log, server.url, "--speed", 10, "--affinity", affinity, "--csv", tmp_path / "requests.csv")
        assert ("3 clients, each with connections of its own" in done.out) == (affinity == "client")
        with open(tmp_path / "requests.csv", newline="") as file:
            requests = list(csv.DictReader(file))
        assert len(requests) == 20
        return {int(one["target"]) % 3 for one in requests if one["reused"] == "0"}

    # The log names three clients, in turns: each has a connection of his own, or all share the one that is free (on a machine that does
    # not stand still for a moment, which makes a second one).
    gets = [line for line in lines if "GET" in line]
    log.write_text("".join(line.replace('"host"', f'"client":"10.0.0.{i % 3}","host"') + "\n" for i, line in enumerate(gets)))
    assert fresh("client") == {0, 1, 2}
    assert any(len(fresh("none")) == 1 for _ in range(5))


def test_memory_does_not_grow_with_the_number_of_requests(serve):
    server = serve()

    def peak(duration):
        run = subprocess.Popen([BENCH, "run", server.url, "-c", "4", "--duration", duration, "--warmup", "none", "--no-progress", "--quiet"])
        _, _, usage = os.wait4(run.pid, 0)
        return usage.ru_maxrss

    short, long = peak("1s"), peak("4s")
    # Four times as many requests: the windows of three more seconds, and nothing for each request.
    assert long < short + 6 * 1024, f"{short} kB and {long} kB"
