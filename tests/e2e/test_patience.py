"""How long is waited: for a step or an app that says nothing as long as it takes, for an engine that does not answer not for ever."""
import signal
import time

import pytest

import spaces
from node import until
from second_engine import SecondEngine
from spaces import BASE, CMD

SILENCE = 66  # longer than a minute, which is how long the body of an answer may stand still elsewhere


def test_a_step_that_says_nothing_for_more_than_a_minute_is_waited_for_and_so_is_an_app(node, up, tmp_path):
    name = up(dockerfile=f"FROM {BASE}\nCMD mkfifo /tmp/f; httpd -p 7860 -h /www; while true; do cat /tmp/f; done\n")
    follower = node.popen("logs", "-f", name)
    began = time.monotonic()
    try:
        silent = up(dockerfile=f"FROM {BASE}\nRUN echo {time.time()} > /www/index.html; sleep {SILENCE}\n{CMD}")

        assert time.monotonic() - began > SILENCE, "the step was cached"
        assert node.request(silent).status == 200
        node.run(name, "echo after a long silence > /tmp/f")
        for line in follower.stdout:
            if "after a long silence" in line:
                break
        else:
            pytest.fail("the log was not followed to the end of the silence")
    finally:
        follower.send_signal(signal.SIGINT)
        follower.wait(20)


def test_an_engine_that_accepts_and_says_nothing_ends_a_build_with_one_error(base, as_root, make_node, tmp_path):
    engine = SecondEngine("mute").start().load(base)
    try:
        node = make_node(engine=engine.socket).start()
        node.cli("up", "-d", spaces.write(tmp_path / "good"), "--name", "t/good")
        engine.daemon.send_signal(signal.SIGSTOP)
        try:
            done = node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/new", check=False, timeout=90)
            assert done.returncode != 0
            assert done.stderr.count("the container engine at") == 1 and "`docker info`" in done.stderr, done.stderr
            assert node.request("t/good").text == "the app\n", "the Space that runs suffered"
            doctor = node.cli("doctor", check=False, timeout=90)
            assert doctor.returncode != 0 and "FAIL engine" in doctor.stdout, doctor.stdout
        finally:
            engine.daemon.send_signal(signal.SIGCONT)
        until(lambda: node.cli("up", "-d", tmp_path / "s", "--name", "t/new", check=False).returncode == 0, 60, "a build afterwards")
        for name in ("t/good", "t/new"):
            node.cli("rm", name, "--data")
    finally:
        engine.remove()
