"""Another gateway in the place of the one that runs, under `serve`: nobody who asks notices."""
import concurrent.futures
import os
import pathlib
import shutil
import signal
import sys

import pytest

import spaces
from node import until

sys.path.append(str(pathlib.Path(__file__).parent / "gateway"))

from load import Load  # noqa: E402


@pytest.fixture
def node(make_node, tmp_path):
    """One whose programs are in a folder of their own, so that they can be replaced."""
    one = make_node(own_programs=True)
    one.start()
    one.cli("up", "-d", spaces.write(tmp_path / "app"), "--name", "t/app")
    until(lambda: one.request("t/app").status == 200, 30, "the Space")
    return one


def replace(node, program):
    """As a package manager does."""
    path = pathlib.Path(node.bin) / program
    shutil.copy(path, path.with_suffix(".new"))
    os.rename(path.with_suffix(".new"), path)
    return path


def renewed(node, times=1):
    return node.log.read_text().count("the gateway is renewed") == times


def test_a_signal_renews_the_gateway_and_loses_nobody(node):
    before, = node.programs("spaceport-gateway")
    with Load(node.port, node.host("t/app")) as load:
        load.further()
        for times in (1, 2):
            node.process.send_signal(signal.SIGUSR2)
            until(lambda: renewed(node, times), 20, "another gateway")
            load.further(100)
    assert load.failures == []
    until(lambda: len(node.programs("spaceport-gateway")) == 1, 40, "the end of those before")
    assert node.programs("spaceport-gateway") != [before]
    # It is looked after like the one before, and hears of what changes.
    node.cli("restart", "t/app")
    until(lambda: node.request("t/app").status == 200, 30, "the Space")
    os.kill(node.programs("spaceport-gateway")[0], signal.SIGKILL)
    until(lambda: node.request("t/app").status == 200, 30, "the Space, from a gateway that was started again")


def test_what_changes_meanwhile_is_told_to_both(node, tmp_path):
    for turn in range(1, 6):
        action = node.popen("up", "-d", spaces.write(tmp_path / "other", readme=spaces.readme(f"title: {turn}")), "--name", f"t/other{turn}")
        seen = node.log.read_text()
        while action.poll() is None:
            node.process.send_signal(signal.SIGUSR2)
            until(lambda: node.log.read_text().count("the gateway is") > seen.count("the gateway is"), 20, "an end of it")
            seen = node.log.read_text()
        assert action.returncode == 0, action.stdout.read()
        assert node.request(f"t/other{turn}").status == 200
    assert "not renewed" not in node.log.read_text()


def test_serve_renews_a_gateway_whose_program_has_been_replaced(node):
    before, = node.programs("spaceport-gateway")
    with Load(node.port, node.host("t/app")) as load:
        load.further()
        node.process.kill()
        node.process.wait()
        path = replace(node, "spaceport-gateway")
        node.start()
        until(lambda: renewed(node), 20, "another gateway")
        load.further(100)
    assert load.failures == []
    until(lambda: len(node.programs("spaceport-gateway")) == 1, 40, "the end of the one before")
    now, = node.programs("spaceport-gateway")
    assert now != before and os.stat(f"/proc/{now}/exe").st_ino == path.stat().st_ino


def test_serve_leaves_a_gateway_alone_that_is_as_new_as_it_can_be(node):
    before = node.programs("spaceport-gateway")
    node.process.kill()
    node.process.wait()
    node.start()
    assert node.request("t/app").status == 200
    assert node.programs("spaceport-gateway") == before and "renewed" not in node.log.read_text()


def test_a_gateway_that_does_not_come_up_changes_nothing(node):
    before = node.programs("spaceport-gateway")
    path = pathlib.Path(node.bin) / "spaceport-gateway"
    path.rename(path.with_suffix(".good"))
    path.write_text("#!/bin/sh\necho broken\nexit 1\n")
    path.chmod(0o755)
    with Load(node.port, node.host("t/app"), each=1) as load:
        load.further()
        node.process.send_signal(signal.SIGUSR2)
        until(lambda: "the gateway is not renewed, the one before goes on" in node.log.read_text(), 20, "its words")
        load.further()
    path.with_suffix(".good").rename(path)
    assert load.failures == [] and node.programs("spaceport-gateway") == before
    node.process.send_signal(signal.SIGUSR2)
    until(lambda: renewed(node), 20, "another gateway")
    assert node.request("t/app").status == 200


def test_who_waits_for_a_space_to_wake_is_served_across_a_renewal(make_node, tmp_path):
    node = make_node(node_file="defaults: {stop_after: 1s}\n").start()
    slow = f"FROM {spaces.BASE}\nCMD sleep 4; exec httpd -f -p 7860 -h /www\n"
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=slow), "--name", "t/x")
    until(lambda: node.cli("sleep", "t/x", "now", check=False).returncode == 0, 20, "it sleeping")
    until(lambda: "container" not in node.show("t/x"), 30, "it being stopped")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        visitor = pool.submit(lambda: node.request("t/x", timeout=60).status)
        until(lambda: node.show("t/x")["stage"] == "APP_STARTING", 20, "it waking")
        before = node.programs("spaceport-gateway")
        node.process.send_signal(signal.SIGUSR2)
        until(lambda: node.programs("spaceport-gateway") and node.programs("spaceport-gateway")[-1] not in before
              or len(node.programs("spaceport-gateway")) > 1, 20, "a new gateway")
        assert visitor.result(60) == 200
