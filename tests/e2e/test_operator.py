"""What an operator sees: what every Space uses and did."""
import json
import pathlib
import signal
import subprocess
import sys

from node import until
from terminal import Terminal
from visitors import Visitors

sys.path.insert(0, str(pathlib.Path(__file__).parent / "gateway"))
import prometheus  # noqa: E402


def top(node, name):
    return next(row for row in json.loads(node.cli("top", "--json").stdout) if row["id"] == name)


def test_top_shows_who_uses_the_machine_and_who_is_visited(node, up):
    name, calm = up(), up()
    with Visitors(lambda: node.run(name, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i"), 1):
        busy = until(lambda: (row := top(node, name))["requests_per_second"] > 0 and row["cpu_percent"] > 5 and row, 30, "a busy Space")
        rows = json.loads(node.cli("top", "--json").stdout)
    assert busy["p99_ms"] > 1 and busy["memory_bytes"] > 100_000 and busy["replicas"] == "1/1" and busy["stage"] == "RUNNING"
    assert rows[0]["id"] == name, "the busiest comes first"
    idle = top(node, calm)
    assert idle["cpu_percent"] < 5 and idle["requests_per_second"] == 0


def test_top_is_one_table_where_there_is_no_terminal(node, up):
    name = up()
    lines = node.cli("top").stdout.splitlines()
    assert lines[0].split() == ["SPACE", "STAGE", "REPL", "CPU%", "MEMORY", "REQ/S", "P99", "BUSY", "IDLE", "DATA"]
    assert any(line.startswith(name) for line in lines)


def test_events_are_the_stages_that_it_went_through(node, up):
    name = up()
    node.cli("pause", name)
    until(lambda: node.cli("events", name).stdout.rstrip().endswith("PAUSED"), 20, "the last one")
    words = [line.split()[2] for line in node.cli("events", name).stdout.splitlines()]
    for earlier, later in (("BUILDING", "APP_STARTING"), ("APP_STARTING", "RUNNING"), ("RUNNING", "PAUSED")):
        assert words.index(earlier) < words.index(later), words


def test_metrics_of_every_space_beside_the_gateways(node, up):
    name = up()
    page = subprocess.run(["curl", "-sS", "--max-time", "10", "--unix-socket", node.state / "run/api.sock", "http://s/metrics"],
                          capture_output=True, text=True, check=True).stdout
    families = prometheus.read(page)
    assert f'space="{name}"' in page
    assert {"spaceport_space_cpu_seconds_total", "spaceport_space_memory_bytes", "spaceport_space_replicas", "spaceport_space_stage"} <= set(families)


def test_top_is_drawn_anew_each_second_until_it_is_interrupted(node, up):
    name = up()
    terminal = Terminal(node.command("top"), columns=100, rows=20)
    try:
        terminal.read(until=name)
        terminal.read(until="\x1b[")  # drawn over
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.wait() == 0
        assert any(name in line for line in terminal.screen()), terminal.screen()
        assert max(len(line) for line in terminal.screen()) <= 100
    finally:
        terminal.close()
