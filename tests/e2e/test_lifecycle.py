"""What outlives what: Spaces outlive crashes of our programs, restarts are without a gap, rm leaves nothing."""
import collections
import datetime
import http.client
import itertools
import json
import os
import signal
import subprocess
import threading
import time

import pytest

import spaces
from node import docker, until
from spaces import BASE, CMD


def test_up_returns_when_the_space_answers(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCMD sleep 1; exec httpd -f -p 7860 -h /www\n")

    assert node.request(name).status == 200


def test_containers_outlive_a_crash_of_serve_and_the_next_serve_adopts_them(make_node, tmp_path):
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    before = node.container("t/x")["Id"]
    gateway = node.programs("spaceport-gateway")

    node.process.kill()
    node.process.wait()
    assert node.request("t/x").status == 200, "the gateway went down with serve"
    node.start()

    assert node.container("t/x")["Id"] == before
    assert node.programs("spaceport-gateway") == gateway, "the gateway was replaced"
    until(lambda: node.show("t/x")["stage"] == "RUNNING", 20, "the Space adopted")
    assert node.request("t/x").status == 200
    node.cli("rm", "t/x", "--data")


def test_the_gateway_and_the_dialer_are_restarted_when_they_die(node, up):
    name = up()
    for program in ("spaceport-gateway", "spaceport-dialer"):
        before, = node.programs(program)
        os.kill(before, signal.SIGKILL)

        def answers():
            try:
                return node.programs(program) not in ([], [before]) and node.request(name, timeout=5).status == 200
            except OSError:
                return False
        until(answers, 30, f"a new {program} that serves")


def test_a_gateway_that_is_killed_refuses_no_connection_and_denies_no_space(node, up):
    name = up()
    outcomes, done = [], threading.Event()

    def visit():
        # One new connection after another; a reset of what was under way is allowed, a refusal is not.
        while not done.is_set():
            try:
                outcomes.append(node.request(name, timeout=20).status)
            except ConnectionRefusedError:
                outcomes.append("refused")
            except OSError:
                outcomes.append("broken")
            except http.client.HTTPException:
                outcomes.append("broken")
    visitors = [threading.Thread(target=visit) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    try:
        for _ in range(3):
            before, = node.programs("spaceport-gateway")
            os.kill(before, signal.SIGKILL)
            until(lambda: node.programs("spaceport-gateway") not in ([], [before]), 30, "a new gateway")
            seen = len(outcomes)
            until(lambda: outcomes[seen:].count(200) > 20, 30, "the Space answering through it")
    finally:
        done.set()
        for visitor in visitors:
            visitor.join()
    assert "refused" not in outcomes, outcomes.count("refused")
    # A 404 or a 503 would be the word of a gateway that had not been told yet what is there.
    assert set(outcomes) <= {200, "broken"}, collections.Counter(outcomes)
    assert outcomes.count("broken") <= 2 * 3 * 2, outcomes.count("broken")
    assert "the gateway has ended; it is started again" in node.log.read_text()


def test_events_tell_every_change_of_every_stage(node, up):
    events = subprocess.Popen(["curl", "-sN", "--max-time", "60", "--unix-socket", node.state / "run/api.sock",
                               "http://s/v1/events"], stdout=subprocess.PIPE, text=True)
    try:
        name = up()
        node.cli("rm", name, "--data")
        stages = []
        for line in events.stdout:
            event = json.loads(line)
            if event.get("space") == name:
                stages.append(event.get("stage", event["event"]))
            if event["event"] == "removed" and event["space"] == name:
                break
    finally:
        events.kill()
        events.wait()
    for earlier, later in (("BUILDING", "APP_STARTING"), ("APP_STARTING", "RUNNING"), ("RUNNING", "removed")):
        assert stages.index(earlier) < stages.index(later), stages


def test_events_begin_with_what_is(node, up):
    name = up()
    done = subprocess.run(["curl", "-sN", "--max-time", "2", "--unix-socket", node.state / "run/api.sock",
                           "http://s/v1/events"], capture_output=True, text=True)
    found = [event for event in map(json.loads, done.stdout.splitlines()) if event.get("space") == name]
    assert found[0]["stage"] == "RUNNING", done.stdout


def test_a_setting_changed_while_paused_does_not_wake_it_and_is_there_when_it_wakes(node, up):
    name = up(dockerfile=f"FROM {BASE}\nARG COLOUR=none\nRUN echo $COLOUR > /www/index.html\n{CMD}", args=["--env", "COLOUR=red"])
    assert node.request(name).text == "red\n"
    node.cli("pause", name)
    node.cli("vars", name, "set", "COLOUR=blue")

    assert node.show(name)["stage"] == "PAUSED"
    node.cli("wake", name)

    until(lambda: node.request(name).text == "blue\n", 30, "the new value built in")


def test_the_gateway_runs_without_root_and_without_capabilities(node):
    for pid in node.programs("spaceport-gateway"):
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status") if ":\t" in line)
        assert status["Uid"].split()[0] != "0"
        assert int(status["CapEff"], 16) == 0


def test_a_container_that_comes_up_while_the_dialer_is_away_is_reached_when_it_is_back(make_node, tmp_path):
    node = make_node(own_programs=True).start()
    dialer, aside = node.bin / "spaceport-dialer", node.folder / "aside"
    pid, = node.programs("spaceport-dialer")
    dialer.rename(aside)
    os.kill(pid, signal.SIGKILL)
    up = node.popen("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    until(lambda: docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}"), 30, "the container")
    assert up.poll() is None

    aside.rename(dialer)

    said, _ = up.communicate(timeout=60)
    assert up.returncode == 0, said
    assert node.request("t/x").status == 200


def test_the_dialer_keeps_one_capability_only(node):
    for pid in node.programs("spaceport-dialer"):
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status") if ":\t" in line)
        assert int(status["CapEff"], 16) == 1 << 21, "CAP_SYS_ADMIN is all it needs"


def test_the_api_is_for_its_owner_alone(node):
    mode = (node.state / "run/api.sock").stat().st_mode

    assert mode & 0o077 == 0


def test_a_container_that_crashes_is_started_again(node, up):
    name = up()
    before = node.container(name)["Id"]

    docker("kill", before)

    def back():
        try:
            return node.request(name).status == 200 and node.container(name)["Id"] != before
        except (AssertionError, OSError):
            return False
    until(back, 40, "a new container that serves")


def test_a_restart_leaves_no_gap(node, up):
    name = up()
    statuses, done = [], threading.Event()

    def visit():
        while not done.is_set():
            statuses.append(node.request(name).status)
    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        node.cli("restart", name)
    finally:
        done.set()
        visitor.join()
    assert set(statuses) == {200}, statuses


def test_a_new_container_gets_none_of_the_old_ones_connections(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo one > /www/index.html\n{CMD}")
    name = up(folder=folder)
    assert node.request(name).text == "one\n"
    spaces.write(folder, dockerfile=f"FROM {BASE}\nRUN echo two > /www/index.html\n{CMD}")
    up(name=name, folder=folder)

    assert {node.request(name).text for _ in range(20)} == {"two\n"}


def test_pause_answers_503_and_wake_brings_it_back(node, up):
    name = up()

    node.cli("pause", name)
    until(lambda: node.request(name).status == 503, 20, "a paused Space refusing")
    node.cli("wake", name)

    until(lambda: node.request(name).status == 200, 30, "the Space answering again")


def test_rm_leaves_nothing_but_the_data(node, up):
    name = up()
    image = node.container(name)["Image"]

    node.cli("rm", name)

    assert docker("ps", "-aq", "--filter", f"label=spaceport.space={name}", "--filter",
                  f"label=spaceport.instance={node.instance}") == ""
    assert node.request(name).status in (404, 421)
    assert name not in node.cli("ls").stdout
    until(lambda: not docker("image", "ls", "-q", "--no-trunc", "--filter", f"label=spaceport.space={name}"), 20,
          f"image {image} removed")


def test_a_stopped_serve_leaves_no_process_and_a_new_one_brings_every_space_back(make_node, tmp_path):
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    node.stop()
    until(lambda: not node.processes(), 20, "our programs ending")
    node.start()

    def back():
        try:
            return node.request("t/x").status == 200
        except OSError:
            return False
    until(back, 30, "the Space answering again")
    node.cli("rm", "t/x", "--data")


def test_after_a_restart_of_the_machine_those_used_last_come_up_first_and_no_more_at_once_than_may(make_node, tmp_path):
    node = make_node(node_file="starts: {parallel: 1}\n").start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nCMD sleep 0.7; exec httpd -f -p 7860 -h /www\n")
    names = ["t/a", "t/b", "t/c"]
    for name in names:
        node.cli("up", "-d", folder, "--name", name)
    last = ["t/b", "t/c", "t/a"]
    for name in reversed(last):
        assert node.request(name).status == 200
        time.sleep(2.1)  # the use of a Space is known by the second
    node.stop()
    for container in node.leftovers():
        docker("kill", container)

    node.start()

    until(lambda: all(node.show(name)["stage"] == "RUNNING" for name in names), 30, "all three")
    began = {name: node.container(name)["State"]["StartedAt"] for name in names}
    assert sorted(names, key=began.get) == last, began
    moments = sorted(datetime.datetime.fromisoformat(one[:26]) for one in began.values())
    assert all((after - before).total_seconds() > 0.7 for before, after in itertools.pairwise(moments)), began


@pytest.mark.parametrize("wait", [0, 0.02, 0.05, 0.1])
def test_a_serve_that_is_stopped_while_it_starts_leaves_no_process(make_node, wait):
    node = make_node()
    serve = subprocess.Popen(node.command("serve"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(node.processes()) > 1, 20, "a program of its own")
    time.sleep(wait)  # each length ends in another step of the start
    serve.terminate()

    assert serve.wait(30) == 0
    assert node.processes() == []


def test_many_spaces_at_once_come_up_side_by_side(node, up, tmp_path):
    names = [spaces.unique("many") for _ in range(5)]
    processes = []
    for name in names:
        up.names.add(name)
        folder = spaces.write(tmp_path / name.replace("/", "-"), dockerfile=f"FROM {BASE}\nRUN echo {name} > /www/index.html\n{CMD}")
        processes.append(node.popen("up", "-d", folder, "--name", name))
    begin = time.monotonic()
    for process in processes:
        said, _ = process.communicate(timeout=180)
        assert process.returncode == 0, said
    assert time.monotonic() - begin < 120

    assert [node.request(name).text.strip() for name in names] == names
