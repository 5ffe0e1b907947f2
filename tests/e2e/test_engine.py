"""An engine that goes away while Spaces run, and comes back. Always one of our own, never the common one."""
import json
import signal
import subprocess

import pytest

import spaces
from node import until
from second_engine import SecondEngine


@pytest.fixture
def engine(base, as_root):
    made = SecondEngine("eng").start().load(spaces.BASE)
    try:
        yield made
    finally:
        made.remove()


def serves(node, name):
    try:
        return node.request(name, timeout=5).text == name + "\n"
    except OSError:
        return False


def running(engine, node):
    listing = engine.docker("ps", "--filter", f"label=spaceport.instance={node.instance}", "--format",
                            '{{.Label "spaceport.space"}}')
    return sorted(listing.split())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_an_engine_that_goes_away_and_comes_back_loses_and_doubles_no_space(engine, make_node, tmp_path, how):
    node = make_node(engine=engine.socket).start()
    names = ["t/one", "t/two"]
    for name in names:
        folder = spaces.write(tmp_path / name, dockerfile=f"FROM {spaces.BASE}\nRUN echo {name} > /www/index.html\n{spaces.CMD}")
        node.cli("up", "-d", folder, "--name", name)

    engine.stop(how)
    until(lambda: "what needs it waits until it answers" in node.log.read_text(), 20, "serve saying so")
    # A wish is taken while the engine is away, and something new is refused with the reason.
    refused = node.cli("up", "-d", tmp_path / "t/one", "--name", "t/three", check=False)
    assert refused.returncode != 0 and "no container engine answers" in refused.stderr, refused.stderr
    node.cli("vars", "t/two", "set", "COLOUR=blue")
    engine.start()

    until(lambda: "the container engine answers again" in node.log.read_text(), 30, "serve saying so")
    until(lambda: all(serves(node, name) for name in names), 60, "both Spaces serving again")
    until(lambda: all(space["stage"] == "RUNNING" for space in json.loads(node.cli("ls", "--json").stdout)), 30, "both RUNNING")
    until(lambda: running(engine, node) == names, 20, "one container each")
    until(lambda: node.run("t/two", "echo $COLOUR") == "blue\n", 30, "the wish that was made meanwhile")
    assert node.log.read_text().count("what needs it waits until it answers") == 1, "said once, not every second"
    for name in names:
        node.cli("rm", name, "--data")
    assert engine.docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}") == ""


def test_a_serve_that_starts_before_its_engine_waits_for_it(engine, make_node, tmp_path):
    node = make_node(engine=engine.socket).start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {spaces.BASE}\nRUN echo t/x > /www/index.html\n{spaces.CMD}")
    node.cli("up", "-d", folder, "--name", "t/x")
    node.stop()
    engine.stop()

    node.start()
    assert node.request("t/x").status == 503
    engine.start()

    until(lambda: serves(node, "t/x"), 60, "the Space serving")
    assert running(engine, node) == ["t/x"]
    assert "netns" in node.cli("show", "t/x", "--json").stdout, "how containers are reached does not depend on the moment"
    node.cli("rm", "t/x", "--data")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_an_engine_that_ends_in_the_middle_of_a_build_ends_it_with_one_error(engine, make_node, tmp_path, how):
    node = make_node(engine=engine.socket).start()
    good = spaces.write(tmp_path / "good", dockerfile=f"FROM {spaces.BASE}\nRUN echo t/good > /www/index.html\n{spaces.CMD}")
    node.cli("up", "-d", good, "--name", "t/good")
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {spaces.BASE}\nRUN echo it has begun; sleep 20\n{spaces.CMD}")
    up = node.popen("up", "-d", folder, "--name", "t/new")
    said = ""
    while "    it has begun\n" not in said:
        line = up.stdout.readline()
        assert line, said
        said += line

    engine.stop(how)

    rest, _ = up.communicate(timeout=60)
    assert up.returncode != 0, rest
    assert rest.count("the engine ended the connection in the middle of the build") == 1 and "`docker info`" in rest, rest
    engine.start()
    until(lambda: serves(node, "t/good"), 60, "the Space that ran already serving again")
    assert running(engine, node) == ["t/good"], "something half-started is left behind"
    spaces.write(folder, dockerfile=f"FROM {spaces.BASE}\nRUN echo t/new > /www/index.html\n{spaces.CMD}")
    node.cli("up", "-d", folder, "--name", "t/new")
    assert serves(node, "t/new") and serves(node, "t/good")
    for name in ("t/good", "t/new"):
        node.cli("rm", name, "--data")


def test_a_syntax_line_survives_an_engine_without_any_network(engine, make_node, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=f"# syntax=docker/dockerfile:1\nFROM {spaces.BASE}\nRUN echo t/x > /www/index.html\n"
                                                     f"{spaces.CMD}")
    with pytest.raises(subprocess.CalledProcessError):
        engine.docker("build", folder)  # the engine's own command looks for the frontend's image
    node = make_node(engine=engine.socket).start()

    node.cli("up", "-d", folder, "--name", "t/x")

    assert serves(node, "t/x")
    node.cli("rm", "t/x", "--data")
