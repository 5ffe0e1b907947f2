"""spaceport-bench on a running node: a Space by both of its ways, asleep, and while it is deployed."""
import json
import pathlib
import subprocess

import pytest

import spaces
from node import BIN, until


def bench(node, command, *arguments, timeout=120, state=True):
    of_node = ["--state", str(node.state)] if state else []
    return subprocess.run([BIN / "spaceport", "bench", command, *of_node, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def told(done, codes=(0,)):
    assert done.returncode in codes, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_space_is_reached_by_its_name_through_the_gateway_and_by_its_namespace(node, up, tmp_path):
    name = up()
    for way in ([], ["--direct"]):
        # The machine of a test may be too busy to be believed (4): the answers are what this is about.
        done = bench(node, "run", "--space", name, "--rate", 100, "--duration", "2s", "--no-progress", "--json", tmp_path / "r.json", *way)
        told(done, (0, 4))
        result = json.loads((tmp_path / "r.json").read_text())
        assert result["settings"]["space"] == name
        assert "200:200" in done.stdout, done.stdout
        used = {part["name"]: part["points"] for part in result["usage"]}
        assert set(used) == {"generator", "gateway", "container"}, "who uses the machine is on the same axis"
        assert all(len(points) >= 2 for points in used.values())
        # What it takes to run a shell for each answer, 200 times, for the kernel counts in hundredths of a second; and the way that passes the gateway by costs it nothing.
        assert sum(point["cores"] for point in used["container"]) > 0
        if way:
            assert sum(point["cores"] for point in used["gateway"]) < sum(point["cores"] for point in used["container"])


def test_what_the_gateway_adds_is_measured_on_one_schedule(node, up, tmp_path):
    name = up()
    done = bench(node, "compare", "--space", name, "--rate", 20, "--duration", "4s", "--no-progress", "--json", tmp_path / "c.json")
    text = told(done, (0, 4))
    assert "direct" in text and "gateway" in text
    both = json.loads((tmp_path / "c.json").read_text())
    assert both["schema"] == "spaceport-bench/1"
    assert text.count("80 requests") == 2, text
    assert both["differences"]["server_parts_ns"] == {} and "`server_timing: true` in its node file" in text


def test_the_gateway_says_where_the_time_goes_that_it_adds(make_node, tmp_path):
    node = make_node(node_file="server_timing: true\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    done = bench(node, "compare", "--space", "t/x", "--rate", 20, "--duration", "4s", "--no-progress", "--json", tmp_path / "c.json")
    text = told(done, (0, 4))
    found = json.loads((tmp_path / "c.json").read_text())["differences"]
    parts, total = found["server_parts_ns"], found["total"]
    assert {"gateway-queue", "gateway-connect"} <= parts.keys() and not any(name.endswith("app") for name in parts), parts
    # What it waited for the app is in both ways; the rest of the difference is told too, so that nothing is hidden.
    assert sum(parts.values()) + found["other_ns"] == pytest.approx(total["two_ns"] - total["one_ns"], abs=1)
    assert 0 <= parts["gateway-connect"] < 50e6, parts
    assert "gateway-connect" in text and "server_timing" not in text, text
    node.cli("rm", "t/x", "--data")


def test_one_space_is_hammered_while_another_is_measured(node, up, tmp_path):
    quiet, noisy = up(), up()
    scenario = pathlib.Path(__file__).parents[2] / "loadtest/scenarios/noisy-neighbour.yaml"
    done = bench(node, "scenario", scenario, *(node.show(name)["url"] for name in (quiet, noisy)), "--warmup", "500ms", "--duration", "3s",
                 "--no-progress", "--json", tmp_path / "n.json", state=False)
    # How slow it became is the machine's business too (4, 99); what the quiet one's visitors got is not.
    told(done, (0, 4, 99))
    result = json.loads((tmp_path / "n.json").read_text())
    assert result["summary"]["error_percent"] == 0 and list(result["summary"]["codes"]) == ["200"], done.stdout
    assert 200 < result["summary"]["requests"] < 400
    beside = result["background"][0]
    assert beside["title"].startswith(node.show(noisy)["url"].rstrip("/")) and beside["summary"]["requests"] > 1000, beside["title"]


def test_a_space_that_sleeps_is_woken_once_for_all_who_come(node, up, tmp_path):
    name = up()
    for rest in ("frozen", "stopped"):
        done = bench(node, "wake", "--space", name, "--trials", 2, "--burst", "1,5", "--rest", rest, "--json", tmp_path / "w.json", timeout=200)
        told(done)
        told_in_json = json.loads((tmp_path / "w.json").read_text())
        assert told_in_json["floor"]["most_per_second"] > 0 and "Machine floor: lateness" in done.stdout
        bursts = told_in_json["bursts"]
        assert [burst["visitors"] for burst in bursts] == [1, 5]
        for burst in bursts:
            assert burst["wakes"] == burst["trials"] == 2
            assert burst["asleep"]["count"] == burst["awake"]["count"] == 2 * burst["visitors"]
            assert burst["asleep"]["failed"] == burst["awake"]["failed"] == 0
        # A start of the engine takes what a thaw does not.
        if rest == "stopped":
            assert bursts[0]["asleep"]["min_ns"] > 100e6


def test_a_deploy_under_load_is_told_apart_from_one_that_is_noticed(node, up, tmp_path):
    name = up()
    done = bench(node, "deploy", "--space", name, "--rate", 20, "--before", "1s", "--after", "1s", "--no-progress", "--json", tmp_path / "d.json",
                 "--", *node.command("vars", name, "set", "A=B"))
    told(done, (0, 4))
    result = json.loads((tmp_path / "d.json").read_text())
    assert [mark["text"] for mark in result["marks"]] == ["the command began", "the command ended with exit code 0"]
    until(lambda: node.show(name)["stage"] == "RUNNING", 60, "the new version")

    noticed = bench(node, "deploy", "--space", name, "--rate", 20, "--before", "1s", "--after", "1s", "--no-progress", "--", *node.command("pause", name))
    assert noticed.returncode in (99, 4), noticed.stdout
    assert "✗ errors<=0%" in noticed.stdout

    failed = bench(node, "deploy", "--space", name, "--rate", 20, "--before", "100ms", "--after", "100ms", "--no-progress", "--", "/none")
    assert failed.returncode == 1 and "/none cannot be run: No such file" in failed.stderr


def test_a_space_that_is_not_there_is_said_to_be(node):
    done = bench(node, "run", "--space", spaces.unique())
    assert done.returncode == 2
    assert "next:" in done.stderr
    # The instance may stand in front, where the other commands have it.
    early = subprocess.run([*node.command(), "bench", "run", "--space", spaces.unique()], capture_output=True, text=True, timeout=30)
    assert early.returncode == 2, early.stderr
    alone = subprocess.run([BIN / "spaceport-bench", "run", "--space", "x", "--state", "/none"], capture_output=True, text=True, timeout=30)
    assert alone.returncode == 3
    assert "no `spaceport serve` answers on /none/run/api.sock" in alone.stderr
