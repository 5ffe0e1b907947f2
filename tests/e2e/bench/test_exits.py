"""What scripts rely on: exit codes, messages, and files."""
import csv
import json
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from conftest import BENCH


def test_good_is_0_and_a_broken_objective_is_99(serve, bench, tmp_path):
    server = serve("--service-time", "5ms")
    good = bench("run", server.url, "-n", 1200, "-c", 10, "--slo", "p99<2s", "--slo", "errors<1%", "--csv", tmp_path / "requests.csv")
    with open(tmp_path / "requests.csv", newline="") as file:
        requests = list(csv.DictReader(file))
    assert len(requests) == 1200
    assert all(one["status"] == "200" and one["ending"] == "answered" and int(one["response_ns"]) >= 5e6 for one in requests)
    assert "are not in" not in good.out
    assert good.code == 0, good.out
    assert "✓ p99<2s" in good.out
    bad = bench("run", server.url, "-n", 1200, "-c", 10, "--slo", "p50<1ms")
    assert bad.code == 99
    assert "✗ p50<1ms" in bad.out


def test_an_objective_that_is_lost_ends_the_run(serve, bench):
    server = serve("--status", "503:50")
    began = time.monotonic()
    done = bench("run", server.url, "--rate", 100, "--duration", "30s", "--slo", "errors<1%", "--abort-on-fail")
    assert time.monotonic() - began < 15
    assert done.code in (99, 4)
    assert "cannot be held any more" in done.out


def test_a_server_without_one_good_answer_is_not_good(serve, bench):
    done = bench("run", serve("--status", "503:100").url, "-n", 50, "-c", 5)
    assert done.code == 99
    assert "503:50" in done.out


def test_nobody_there_is_3(bench):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        done = bench("run", url, "-n", 5)
    assert done.code == 3
    assert "Connection refused" in done.err
    assert "Requests/sec" not in done.out
    assert not done.path.exists()


def test_ctrl_c_reports_what_there_is(serve, tmp_path):
    server = serve("--service-time", "5ms")
    kept = tmp_path / "partial.json"
    running = subprocess.Popen([BENCH, "run", server.url, "--rate", "100", "--duration", "60s", "--json", kept, "--no-progress",
                                "--prometheus-listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = re.search(r"http://127\.0\.0\.1:\d+/metrics", running.stderr.readline())[0]

    def seen():
        with urllib.request.urlopen(url, timeout=5) as answer:
            found = re.search(r"^spaceport_bench_ended_total\{.*\} (\d+)$", answer.read().decode(), re.M)
            return int(found[1]) if found else 0

    # The numbers of the run can be scraped while it goes on.
    until = time.monotonic() + 20
    while seen() < 150 and time.monotonic() < until:
        time.sleep(0.2)
    assert 150 <= seen() < 1000
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Requests/sec:" in out
    assert json.loads(kept.read_text())["interrupted"] is True


@pytest.mark.parametrize("words, says", [
    (["run", "--hedaer", "x"], 'did you mean "--header"'),
    (["rnu", "http://127.0.0.1/"], 'did you mean "run"'),
    (["run", "http://127.0.0.1:1/", "-t", "4"], "--threads N or --timeout TIME"),
    (["run", "http://127.0.0.1:1/", "--slo", "p99<5"], "needs a unit"),
    (["run", "http://192.0.2.1/"], "--i-own-this-target"),
    (["run", "http://127.0.0.1:1/", "--json", "/none/x.json"], "there is no folder /none"),
    (["run", "http://127.0.0.1:1/", "--background", "http://127.0.0.1:1/ --rat 5"], '--background: there is no option `--rat`; did you mean "--rate"?'),
    (["run", "http://127.0.0.1:1/", "--read-rate", "fast"], "--read-rate fast: must be bytes a second"),
    (["compare", "http://127.0.0.1:1/"], "two URLs"),
    (["capacity", "http://127.0.0.1:1/"], "--slo"),
    (["run", "http://127.0.0.1:1/", "--prometheus-listen", "here"], "must be HOST:PORT"),
    (["wake"], "--space NAME"),
    (["replay", "/dev/null", "http://127.0.0.1:1/", "--affinity", "me"], "must be client or none"),
    (["serve", "--stall", "4s"], "AFTER:FOR"),
    (["serve", "--delay", "1ms:60,2ms:50"], "more than 100 %"),
    (["scenario"], "needs a file"),
    (["report", "/dev/null"], "--json"),
    (["diff", "/dev/null", "/dev/null"], "--json"),
])
def test_mistakes_are_2_and_say_what_to_do(words, says):
    done = subprocess.run([BENCH, *words], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert done.stdout == ""


def test_a_line_of_targets_that_is_wrong_has_its_place(tmp_path):
    targets = tmp_path / "targets.txt"
    targets.write_text("GET http://127.0.0.1/\n\nGET\n")
    done = subprocess.run([BENCH, "run", "--targets", targets], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert f"{targets}:3: must be METHOD URL" in done.stderr


def test_results_add_up_and_are_compared(serve, bench, tmp_path):
    server = serve("--service-time", "5ms")
    files = []
    for name in ("a", "b"):
        done = bench("run", server.url, "-n", 1500, "-c", 10)
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(done.path.read_text())
    both = bench("report", *files, "--json", tmp_path / "both.json")
    assert both.code == 0, both.err
    assert "200:3,000" in both.out
    same = bench("diff", *files, "--fail-if", "p99>+200%")
    assert same.code == 0, same.out + same.err
    slower = bench("run", serve("--service-time", "15ms").url, "-n", 1500, "-c", 10)
    files.append(tmp_path / "slower.json")
    slower.path.rename(files[-1])
    worse = bench("diff", files[0], files[-1], "--fail-if", "p50>+50%")
    assert worse.code == 99, worse.out
    all_formats = bench("report", files[0], "--csv-windows", tmp_path / "r.csv", "--hlog", tmp_path / "r.hlog", "--hgrm", tmp_path / "r.hgrm",
                        "--prometheus", tmp_path / "r.prom", "--html", tmp_path / "r.html")
    assert all_formats.code == 0, all_formats.err
    assert "HISTF" in (tmp_path / "r.hlog").read_text()
    assert "1/(1-Percentile)" in (tmp_path / "r.hgrm").read_text()
    assert "uPlot" in (tmp_path / "r.html").read_text()


def test_a_scenario_is_a_command_line(serve, bench, tmp_path):
    scenario = tmp_path / "s.yaml"
    scenario.write_text("question: quick?\ncommand: run\nflags: {url: '{target}/', requests: 20, connections: 2, slo: ['errors<1%']}\n")
    done = bench("scenario", scenario, serve().url, "--no-progress")
    assert done.code == 0, done.err
    assert "200:20" in done.out
