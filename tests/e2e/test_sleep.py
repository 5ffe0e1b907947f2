"""Spaces that nobody visits sleep, and wake before anyone notices."""
import concurrent.futures
import json
import os
import signal
import time

import pytest

import spaces
from node import docker, until
from tap import Tap
from visitors import Visitors


def containers(node, name):
    """Of a Space: the state of each container, by id."""
    lines = docker("ps", "-a", "--no-trunc", "--filter", f"label=spaceport.instance={node.instance}", "--filter",
                   f"label=spaceport.space={name}", "--format", "{{.ID}} {{.State}}").splitlines()
    return dict(line.split() for line in lines)


def states(node, name):
    return list(containers(node, name).values())


def stage(node, name):
    return node.show(name)["stage"]


def stages(node, name):
    return [event["event"] for event in json.loads(node.cli("events", name, "--json").stdout)]


def lay_to_sleep(node, name):
    # Whoever was served a moment ago may still be on the way out.
    until(lambda: node.cli("sleep", name, "now", check=False).returncode == 0, 20, "it sleeping")
    assert stage(node, name) == "SLEEPING"


def test_without_visitors_it_is_frozen_and_the_next_one_finds_it_as_it_was(node, up):
    name = up()
    node.run(name, "echo kept > /tmp/file")
    before = containers(node, name)

    node.cli("sleep", name, "1s")
    until(lambda: stage(node, name) == "SLEEPING", 30, "it falling asleep")
    assert states(node, name) == ["paused"]

    assert node.run(name, "cat /tmp/file") == "kept\n", "it is another container"
    assert stage(node, name) == "RUNNING"
    assert containers(node, name) == before


def test_a_visitor_now_and_then_keeps_it_awake(node, up):
    name = up()
    node.cli("sleep", name, "2s")
    with Visitors(lambda: node.run(name, "sleep 0.5; echo here"), 1) as visitor:
        until(lambda: visitor.seen["here\n"] > 10, 60, "visits")
    assert set(visitor.seen) == {"here\n"}
    assert "SLEEPING" not in stages(node, name)


def test_a_long_answer_that_goes_on_keeps_it_awake(node, up):
    name = up()
    node.cli("sleep", name, "1s")
    assert node.run(name, "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.4; done").endswith("10\n")
    assert "SLEEPING" not in stages(node, name)


def test_it_wakes_once_however_many_wait(node, up):
    name = up()
    lay_to_sleep(node, name)
    with concurrent.futures.ThreadPoolExecutor(50) as crowd:
        seen = list(crowd.map(lambda _: node.request(name).status, range(50)))
    assert seen == [200] * 50
    assert stages(node, name).count("RUNNING") == 2, stages(node, name)


def test_asleep_for_long_it_is_stopped_and_started_again_for_the_next_visitor(make_node, tmp_path):
    node = make_node(node_file="defaults: {stop_after: 1s}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    lay_to_sleep(node, "t/x")
    until(lambda: containers(node, "t/x") == {}, 30, "it being stopped")
    assert stage(node, "t/x") == "SLEEPING"

    assert node.request("t/x").status == 200, "the visitor was not held until it was up"
    assert stage(node, "t/x") == "RUNNING"


def test_who_only_looks_does_not_wake_it(node, up):
    name = up()
    lay_to_sleep(node, name)
    assert node.request(name, method="HEAD").status == 503
    assert node.request(name, headers={"User-Agent": "Slackbot-LinkExpanding 1.0"}).status == 503
    assert stage(node, name) == "SLEEPING"


def test_a_browser_is_shown_a_page_that_asks_again(make_node, tmp_path):
    node = make_node(node_file="defaults: {stop_after: 1s}\n").start()
    slow = f"FROM {spaces.BASE}\nCMD sleep 4; exec httpd -f -p 7860 -h /www\n"
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=slow), "--name", "t/x")
    lay_to_sleep(node, "t/x")
    until(lambda: containers(node, "t/x") == {}, 30, "it being stopped")
    browser = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}

    began = time.monotonic()
    page = node.request("t/x", headers=browser)

    assert page.status == 503 and "refresh" in page.text.lower(), page
    assert 1.5 < time.monotonic() - began < 4
    assert "Retry-After" in page.headers
    until(lambda: node.request("t/x", headers=browser).status == 200, 30, "the app")


def test_what_is_being_used_is_not_put_to_sleep(node, up):
    name = up()
    with Visitors(lambda: node.run(name, "echo begun; sleep 3; echo ended"), 1) as visitor:
        until(lambda: "sleep 3" in docker("top", *containers(node, name)), 20, "a visitor")
        visitor.done.set()
        refused = node.cli("sleep", name, "now", check=False)
    assert refused.returncode != 0 and "it is being used" in refused.stderr, refused.stderr
    assert set(visitor.seen) == {"begun\nended\n"}


def test_visitors_do_not_wake_what_its_owner_paused(node, up):
    name = up()
    lay_to_sleep(node, name)
    node.cli("pause", name)
    until(lambda: containers(node, name) == {}, 20, "it being stopped")
    assert node.request(name).status == 503
    assert stage(node, name) == "PAUSED"


def test_a_change_does_not_wake_it_and_is_there_behind_the_next_visitor(node, up):
    name = up()
    lay_to_sleep(node, name)
    node.cli("vars", name, "set", "COLOUR=blue")
    assert stage(node, name) == "SLEEPING"

    assert node.run(name, "echo awake") == "awake\n"
    until(lambda: node.run(name, "echo $COLOUR") == "blue\n", 60, "the new value")


def test_a_hundred_changes_of_mind_lose_no_request(node, up):
    name = up()
    with Visitors(lambda: node.request(name, timeout=60).status) as visitors:
        for _ in range(50):
            node.cli("sleep", name, "now", check=False)
    assert set(visitors.seen) == {200}, visitors.seen
    assert visitors.seen[200] > 50


def test_who_wakes_it_while_it_freezes_is_served_whatever_its_owner_says_meanwhile(make_node, tmp_path):
    tap = Tap(tmp_path / "e.sock")
    node = make_node(engine=tap.path).start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    tap.hold = b"/pause"
    falls = node.popen("sleep", "t/x", "now")
    assert tap.stalled.wait(20)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        visitor = pool.submit(node.request, "t/x", timeout=20)
        until(lambda: stage(node, "t/x") == "RUNNING", 10, "the visitor waking it")
        again = node.popen("sleep", "t/x", "now")
        until(lambda: again.poll() is not None or stage(node, "t/x") == "SLEEPING", 10, "the owner being heard")
        tap.hold = None

        assert visitor.result().text == "the app\n"
    assert again.wait(40) != 0 and "it is being used" in again.stdout.read()
    falls.wait(40)


@pytest.mark.parametrize("program", ["spaceport", "spaceport-gateway", "spaceport-dialer"])
def test_it_sleeps_on_when_a_program_dies_and_wakes_all_the_same(make_node, tmp_path, program):
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    lay_to_sleep(node, "t/x")
    before = containers(node, "t/x")
    if program == "spaceport":
        node.process.kill()
        node.process.wait()
        node.start()
    else:
        killed, = node.programs(program)
        os.kill(killed, signal.SIGKILL)
        until(lambda: node.programs(program) not in ([], [killed]), 30, "a new one")
    assert stage(node, "t/x") == "SLEEPING"
    assert containers(node, "t/x") == before and states(node, "t/x") == ["paused"]

    def answers():
        try:
            return node.request("t/x", timeout=20).status == 200
        except OSError:
            return False
    until(answers, 30, "it waking")
    assert list(containers(node, "t/x")) == list(before)


def test_the_time_without_visitors_is_shown_and_kept(make_node, tmp_path):
    node = make_node(node_file="defaults: {sleep: 12h}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    assert "sleeps after 12h" in node.cli("sleep", "t/x").stdout
    node.cli("sleep", "t/x", "never")
    node.stop()
    node.start()
    assert "never sleeps" in node.cli("sleep", "t/x").stdout
    refused = node.cli("sleep", "t/x", "soon", check=False)
    assert refused.returncode != 0 and "30m" in refused.stderr, refused.stderr
