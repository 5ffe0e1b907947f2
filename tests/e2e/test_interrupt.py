"""Ctrl-C at any moment of `up`: a code that is not 0, one clear line, nothing half-started left behind, nothing lost."""
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

import spaces
from node import ENVIRONMENT, docker, until
from spaces import BASE, CMD
from tap import Tap

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
NEVER_LISTENS = 'CMD ["sleep", "600"]\n'


def running_step(stamp):
    return subprocess.run(["pgrep", "-f", f"^sleep {stamp}"], capture_output=True).stdout


class Moment:
    """An `up` that has come to a moment."""

    def __init__(self, node, tap, folder, moment, *arguments, name="t/x", env=None):
        self.node, self.name = node, name
        self.stamp = f"97.{time.time_ns()}"
        dockerfile = {
            "uploading": f"FROM {BASE}\nCOPY large /\n{CMD}",
            "building": f"FROM {BASE}\nRUN sleep {self.stamp}\n{CMD}",
            "starting": f"FROM {BASE}\nRUN echo {self.stamp}\n{NEVER_LISTENS}",
            "running": f"FROM {BASE}\nRUN echo two-{self.stamp} > /www/index.html\n{CMD}",
        }[moment]
        spaces.write(folder, dockerfile=dockerfile, files={"large": os.urandom(8 << 20)} if moment == "uploading" else None)
        before = docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}").split()
        if moment == "uploading":
            tap.stall_after = 1 << 20
        self.process = node.popen("up", folder, "--name", name, *arguments, start_new_session=True, env=env)
        if moment == "uploading":
            assert tap.stalled.wait(30), "nothing was uploaded"
        elif moment == "building":
            until(lambda: running_step(self.stamp), 30, "the step running")
        elif moment == "starting":
            def starts():
                listed = docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}").split()
                return [one for one in listed if one not in before]
            until(starts, 40, "a container that starts")
        else:
            for line in self.process.stdout:
                if line.startswith("http://"):
                    break

    def ended_by(self, number):
        """Sends the signal; answers the one line that says what became of it."""
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 128 + number, said
        lines = [line for line in said.splitlines() if f"interrupted ({signal.Signals(number).name})" in line]
        assert len(lines) == 1 and lines[0].startswith(f"spaceport: {self.name}: "), said
        assert not running_step(self.stamp), "the step of the build goes on"
        return lines[0]


@pytest.fixture
def tap(tmp_path):
    tap = Tap(tmp_path / "e.sock")
    yield tap
    tap.stall_after = None
    tap.die()


@pytest.fixture
def fresh(make_node, tap):
    """A node that does not run: `up` starts what it needs."""
    return make_node(engine=tap.path)


def nothing_is_left(node):
    assert node.processes() == []
    for kind in ("ps", "network", "image", "volume"):
        assert node.leftovers(kind) == [], kind
    assert not (node.state / "run/api.sock").exists()
    node.start()
    assert json.loads(node.cli("ls", "--json").stdout) == []
    assert not [file.name for file in (node.state / "logs").iterdir() if file.name.startswith("t-x")]


@pytest.mark.parametrize("moment, number, detach", [
    ("uploading", INT, []), ("uploading", HUP, ["-d"]),
    ("building", INT, []), ("building", TERM, []), ("building", HUP, []), ("building", INT, ["-d"]),
    ("starting", INT, []), ("starting", TERM, ["-d"]), ("starting", HUP, []),
])
def test_before_it_ran_nothing_is_left(fresh, tap, tmp_path, moment, number, detach):
    up = Moment(fresh, tap, tmp_path / "s", moment, *detach, "--secret", "TOKEN", env={"TOKEN": "x"})

    assert "nothing of it is left" in up.ended_by(number)

    nothing_is_left(fresh)


@pytest.mark.parametrize("wait", [0, 0.03, 0.1, 0.2, 0.4])
def test_while_serve_starts(fresh, tap, tmp_path, wait):
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\n{NEVER_LISTENS}")
    process = fresh.popen("up", folder, "--name", "t/x", start_new_session=True)
    until(lambda: len(fresh.processes()) > 1, 20, "serve being started")
    time.sleep(wait)  # not to let time pass: each length ends in another step of the start
    process.send_signal(INT)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert said.count("interrupted (SIGINT)") == 1
    nothing_is_left(fresh)


def test_while_a_serve_that_never_answers_is_waited_for(fresh, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    shutil.copy(fresh.bin / "spaceport", programs / "real")
    serve = programs / "spaceport"
    serve.write_text(f"#!/bin/sh\ntouch {programs}/began\nsleep 2\n")
    serve.chmod(0o755)
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\n{CMD}")
    process = subprocess.Popen([programs / "real", "--state", fresh.state, "up", folder, "--name", "t/x"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, start_new_session=True)
    until((programs / "began").exists, 20, "serve being started")
    process.send_signal(INT)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert said.count("interrupted (SIGINT)") == 1 and "did not start" not in said


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_after_it_ran_it_stops_and_keeps_its_data(fresh, tap, tmp_path, number):
    up = Moment(fresh, tap, tmp_path / "s", "running", "--storage", "1Gi")
    assert fresh.run("t/x", "echo kept > /data/file") == ""

    assert "its /data stays" in up.ended_by(number)

    assert fresh.processes() == [] and fresh.leftovers("ps") == [] and fresh.leftovers("network") == []
    fresh.start()
    assert fresh.show("t/x")["stage"] == "PAUSED"
    fresh.cli("wake", "t/x")
    assert fresh.run("t/x", "cat /data/file") == "kept\n"
    fresh.cli("rm", "t/x", "--data")


@pytest.mark.parametrize("moment, number, detach", [
    ("uploading", INT, []), ("building", INT, []), ("building", TERM, ["-d"]), ("starting", INT, []), ("starting", HUP, ["-d"])])
def test_the_version_before_goes_on_as_it_was(fresh, tap, tmp_path, moment, number, detach):
    node = fresh.start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo one > /www/index.html\n{CMD}")
    node.cli("up", "-d", folder, "--name", "t/x", "--storage", "1Gi", "--env", "COLOUR=red", "--hardware", "cpu-basic")
    node.run("t/x", "echo kept > /data/file")
    before, images = node.container("t/x")["Id"], node.leftovers("image")
    up = Moment(node, tap, folder, moment, *detach, "--env", "COLOUR=blue", "--env", "NEW=1", "--secret", "S", "--hardware",
                "cpu-upgrade", env={"S": "x"})

    assert "the version before it goes on" in up.ended_by(number)

    assert node.container("t/x")["Id"] == before
    shown = node.show("t/x")
    assert (shown["stage"], shown["message"], shown["hardware"]) == ("RUNNING", "", "cpu-basic")
    assert node.request("t/x").text == "one\n" and node.run("t/x", "cat /data/file") == "kept\n"
    assert json.loads(node.cli("vars", "t/x", "--json").stdout) == {"COLOUR": "red"}
    assert json.loads(node.cli("secrets", "t/x", "--json").stdout) == []
    assert node.leftovers("image") == images and len(node.leftovers("ps")) == 1
    # It is the wanted one again: started anew when it ends, and by the next serve.
    docker("kill", before)
    until(lambda: node.leftovers("ps") not in ([], [before[:12]]) and node.show("t/x")["stage"] == "RUNNING", 30, "a new container")
    until(lambda: node.request("t/x").text == "one\n", 20, "the version before")
    node.cli("rm", "t/x", "--data")


def test_a_paused_space_is_paused_again(fresh, tap, tmp_path):
    node = fresh.start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo one > /www/index.html\n{CMD}")
    node.cli("up", "-d", folder, "--name", "t/x")
    node.cli("pause", "t/x")
    until(lambda: node.leftovers("ps") == [], 20, "no container")

    assert "it is PAUSED" in Moment(node, tap, folder, "building").ended_by(INT)

    assert node.show("t/x")["stage"] == "PAUSED" and node.leftovers("ps") == []
    node.cli("rm", "t/x", "--data")


def test_the_settings_of_an_earlier_deployment_are_not_undone(fresh, tap, tmp_path):
    node = fresh.start()
    slow = f'FROM {BASE}\nCMD sleep 3; exec httpd -f -p 7860 -h /www\n'
    folder = spaces.write(tmp_path / "s", dockerfile=slow)
    for colour in ("red", "blue"):
        node.cli("up", "-d", folder, "--name", "t/x", "--env", f"COLOUR={colour}")
    running, = until(lambda: [node.leftovers("ps")] if len(node.leftovers("ps")) == 1 else None, 20, "the new container alone")
    docker("kill", *running)
    until(lambda: node.show("t/x")["stage"] == "APP_STARTING", 20, "the start after the crash")

    said = Moment(node, tap, folder, "building", "--env", "COLOUR=green").ended_by(INT)

    assert "the version before it goes on" in said
    assert node.run("t/x", "echo $COLOUR") == "blue\n"
    assert json.loads(node.cli("vars", "t/x", "--json").stdout) == {"COLOUR": "blue"}
    node.cli("rm", "t/x", "--data")


def test_what_its_serve_started_beside_it_stops_too_and_comes_back(fresh, tap, tmp_path):
    node = fresh.start()
    node.cli("up", "-d", spaces.write(tmp_path / "other"), "--name", "t/other")
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo one > /www/index.html\n{CMD}"), "--name", "t/x")
    node.stop()
    docker("rm", "-f", *node.leftovers("ps"))

    Moment(node, tap, tmp_path / "s", "building").ended_by(INT)

    assert node.processes() == [] and node.leftovers("ps") == [] and node.leftovers("network") == []
    node.start()
    until(lambda: {space["stage"] for space in json.loads(node.cli("ls", "--json").stdout)} == {"RUNNING"}, 40, "both back")
    assert node.request("t/x").text == "one\n"
    for name in ("t/other", "t/x"):
        node.cli("rm", name, "--data")


def test_what_ran_before_its_serve_goes_on(fresh, tap, tmp_path):
    node = fresh.start()
    node.cli("up", "-d", spaces.write(tmp_path / "other"), "--name", "t/other")
    node.stop()
    before = node.leftovers("ps")
    assert len(before) == 1, "containers outlive serve"

    Moment(node, tap, tmp_path / "s", "building").ended_by(INT)

    assert node.leftovers("ps") == before
    node.start()
    node.cli("rm", "t/other", "--data")


def test_a_second_ctrl_c_does_not_break_off_the_tidying(fresh, tap, tmp_path):
    up = Moment(fresh, tap, tmp_path / "s", "starting")
    up.process.send_signal(INT)
    for _ in range(5):
        time.sleep(0.02)  # a person who is impatient
        up.process.send_signal(INT)
    said, _ = up.process.communicate(timeout=60)

    assert up.process.returncode == 130, said
    nothing_is_left(fresh)


def test_a_reader_that_is_gone_ends_it_like_an_interruption(fresh, tap, tmp_path):
    loud = f"FROM {BASE}\nRUN echo {time.time_ns()}; while true; do echo loud; sleep 0.05; done\n{CMD}"
    up = fresh.popen("up", spaces.write(tmp_path / "s", dockerfile=loud), "--name", "t/x", start_new_session=True)
    for line in up.stdout:
        if "loud" in line and "RUN" not in line:
            break
    up.stdout.close()

    assert up.wait(60) == 1
    nothing_is_left(fresh)


def test_another_deployment_than_the_interrupted_one_is_left_alone(fresh, tap, tmp_path):
    up = Moment(fresh, tap, tmp_path / "s", "building")

    left = json.loads(subprocess.run(["curl", "-s", "-X", "POST", "--unix-socket", fresh.state / "run/api.sock",
                                      "http://s/v1/spaces/t/x/cancel?deployment=99"], capture_output=True).stdout)

    assert left["given_up"] is False and left["stage"] == "BUILDING"
    assert running_step(up.stamp) and up.process.poll() is None
    up.ended_by(INT)
