"""A change that nobody sees: the new version takes over when it answers, the old one ends what it is doing."""
import time

import spaces
from node import docker, until
from spaces import BASE, CMD
from visitors import Visitors, visiting

SLOW = "sleep 1; echo slow"


def containers(node, name):
    return docker("ps", "-q", "--no-trunc", "--filter", f"label=spaceport.instance={node.instance}", "--filter", f"label=spaceport.space={name}").split()


def version(number):
    return f"FROM {BASE}\nRUN echo {number} > /www/version\n{CMD}"


def test_no_request_fails_while_code_variables_secrets_and_hardware_change(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=version(1))
    name = up(folder=folder)
    changes = [(["vars", name, "set", "A=1"], {}), (["secrets", name, "set", "B"], {"B": "hidden"}), (["hardware", name, "cpu-upgrade"], {}),
               (["restart", name], {})]
    with visiting(node, name, ("echo quick", "quick\n"), (SLOW, "slow\n")) as (quick, slow):
        for words, env in changes:
            before = containers(node, name)
            node.cli(*words, env=env)
            until(lambda: before[0] not in containers(node, name) and node.show(name)["stage"] == "RUNNING", 60, f"{words[0]} taking effect")
        spaces.write(folder, dockerfile=version(2))
        node.cli("up", "-d", folder, "--name", name)
        assert node.request(name, "/version").text == "2\n"
    assert quick.seen["good"] > 50 and slow.seen["good"] > 5, (quick.seen, slow.seen)
    assert node.run(name, "echo $A $B") == "1 hidden\n"


def test_a_long_answer_of_the_old_version_comes_to_its_end(node, up):
    name = up()
    old, = containers(node, name)
    with Visitors(lambda: node.run(name, "echo begun; sleep 4; echo ended"), 1) as visitor:
        until(lambda: "sleep 4" in docker("top", old), 20, "the answer under way")
        node.cli("restart", name)
        assert len(containers(node, name)) == 2, "the old one was not left to end what it does"
        visitor.done.set()
    assert set(visitor.seen) == {"begun\nended\n"}
    until(lambda: old not in containers(node, name), 20, "the old one leaving")


def test_what_does_not_end_is_cut_off_after_the_time_to_drain(make_node, tmp_path):
    node = make_node(node_file="defaults: {drain: 1s}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    old, = containers(node, "t/x")
    with Visitors(lambda: node.request("t/x", "/cgi-bin/sh", "POST", "echo begun; sleep 60"), 1) as visitor:
        until(lambda: "sleep 60" in docker("top", old), 20, "the answer under way")
        visitor.done.set()
        node.cli("restart", "t/x")
        began = time.monotonic()
        until(lambda: old not in containers(node, "t/x"), 20, "the old one leaving")
        assert time.monotonic() - began < 15, "it kept its container for longer than it may"


def test_only_what_must_restart_restarts(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", readme=spaces.readme("custom_headers:", "  cross-origin-opener-policy: same-origin"))
    name = up(folder=folder)
    before = containers(node, name)
    spaces.write(folder, readme=spaces.readme("custom_headers:", "  cross-origin-opener-policy: unsafe-none", "routes:", "  - {path: /again, port: 7860, strip_prefix: true}"))

    node.cli("up", "-d", folder, "--name", name)

    assert node.request(name).headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert node.request(name, "/again/").status == 200
    assert containers(node, name) == before
    node.cli("vars", name, "set", "A=1")
    until(lambda: before[0] not in containers(node, name), 60, "a container with the variable")
    now = containers(node, name)
    node.cli("restart", name)
    assert containers(node, name)[0] not in now, "who asks for a restart gets one"


def test_a_new_version_that_does_not_start_leaves_the_old_one_alone(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=version(1))
    name = up(folder=folder)
    with visiting(node, name, ("cat /www/version", "1\n")) as (visitors,):
        spaces.write(folder, dockerfile=f"FROM {BASE}\nCMD exit 3\n")
        assert node.cli("up", "-d", folder, "--name", name, check=False).returncode == 1
        spaces.write(folder, dockerfile=f"FROM {BASE}\nRUN exit 4\n{CMD}")
        assert node.cli("up", "-d", folder, "--name", name, check=False).returncode == 1
    assert visitors.seen["good"] > 5
    assert node.show(name)["stage"] == "RUNNING"

    # It is the version that the Space has, also when its container dies.
    docker("kill", *containers(node, name))
    until(lambda: node.request(name, "/version").text == "1\n", 30, "the version before, started again")
