"""A disk that is full where Spaces live: one clear error, the Spaces that run go on, and what the error advises helps."""
import shutil

import pytest

import spaces
from node import until
from second_engine import SecondEngine
from spaces import BASE, CMD


@pytest.fixture
def engine(base, as_root):
    """An engine with a disk of 48 MiB."""
    made = SecondEngine("full", size="48m").start().load(base)
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture
def node(engine, make_node, tmp_path):
    """A node on it, on which a Space runs already."""
    # A sized volume would lie in the state folder, on another disk.
    node = make_node(engine=engine.socket, node_file="defaults: {volumes: plain}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "good"), "--name", "t/good", "--storage", "1Gi")
    node.run("t/good", "echo kept > /data/file")
    yield node
    node.cli("rm", "t/good", "--data")


def of(engine, node, space):
    return engine.docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}", "--filter", f"label=spaceport.space={space}")


@pytest.mark.parametrize("dockerfile, files, place", [
    # Of a step its program's exit code alone would say nothing.
    (f"FROM {BASE}\nRUN cat /dev/zero > /big\n{CMD}", {}, "Dockerfile:2: "),
    (f"FROM {BASE}\nCOPY big /big\n{CMD}", {"big": b"x" * (64 << 20)}, ""),
], ids=["step", "folder"])
def test_a_build_that_fills_the_engines_disk(engine, node, tmp_path, dockerfile, files, place):
    folder = spaces.write(tmp_path / "s", dockerfile=dockerfile, files=files)

    done = node.cli("up", "-d", folder, "--name", "t/big", check=False)

    assert done.returncode != 0
    assert f"{place}the disk of the engine is full (" in done.stderr, done.stderr
    assert done.stderr.count("the disk of the engine is full") == 1 and "docker builder prune" in done.stderr, done.stderr
    assert of(engine, node, "t/big") == "", "something half-started is left behind"
    assert node.request("t/good").text == "the app\n" and node.run("t/good", "cat /data/file") == "kept\n"
    # What it says to do.
    engine.docker("builder", "prune", "-f")
    node.cli("up", "-d", spaces.write(tmp_path / "small"), "--name", "t/big")
    assert node.request("t/big").status == 200
    node.cli("rm", "t/big", "--data")


def test_a_data_folder_that_fills_up_at_run_time(engine, node):
    said = node.run("t/good", "cat /dev/zero > /data/big; echo ended with $?; echo more > /data/more")

    assert "No space left on device" in said and "ended with 1" in said, said
    assert shutil.disk_usage(engine.home / "data").free < 64 << 10, "it is not full"
    serving = of(engine, node, "t/good")
    assert node.request("t/good").text == "the app\n", "the Space suffered"
    # The old container serves on when no new one can be made, and says why there is none.
    done = node.cli("restart", "t/good", check=False)
    assert done.returncode != 0 and "the disk of the engine is full" in done.stderr, done.stderr
    assert of(engine, node, "t/good") == serving, "something half-started is left behind"
    assert node.run("t/good", "cat /data/file; rm /data/big") == "kept\n"

    node.cli("restart", "t/good")

    until(lambda: of(engine, node, "t/good") not in (serving, ""), 20, "the new container alone")
    assert node.run("t/good", "cat /data/file") == "kept\n"
