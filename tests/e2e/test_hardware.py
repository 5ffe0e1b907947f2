"""`hardware`: what a Space runs on, and another flavor for it."""
import json

import pytest

import spaces
from node import until
from podman import beyond_podman
from spaces import BASE, CMD

FLAVORS = """flavors:
  small: {cpu: 1, memory: 256Mi}
  large: {cpu: 2, memory: 512Mi}
"""


@pytest.fixture(scope="module")
def own(base):
    from node import Node
    node = Node(node_file=FLAVORS)
    try:
        yield node.start()
    finally:
        node.clean()


@pytest.fixture
def name(own, tmp_path):
    name = spaces.unique()
    own.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", name, "--hardware", "small")
    yield name
    own.cli("rm", name, "--data", check=False)


def test_it_shows_what_the_space_has_and_what_the_node_offers(own, name):
    shown = json.loads(own.cli("hardware", name, "--json").stdout)

    assert (shown["hardware"], shown["cpus"], shown["memory_bytes"], shown["gpus"]) == ("small", 1, 256 << 20, 0)
    offered = {flavor["name"]: flavor for flavor in shown["flavors"]}
    assert offered["large"]["memory_bytes"] == 512 << 20 and offered["t4-small"]["gpus"] == 1
    lines = own.cli("hardware", name).stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == ["small"], lines
    assert "0.25 GiB" in lines[-1]


def test_a_change_makes_a_new_container_of_the_same_image_without_a_build(own, name):
    before = own.container(name)
    built = own.show(name)["deployment"]

    own.cli("hardware", name, "large")

    def replaced():
        try:
            return own.container(name)["Id"] != before["Id"] and own.container(name)
        except AssertionError:  # two for a moment: the old one serves until the new one does
            return None
    after = until(replaced, 20, "the new container alone")
    assert after["HostConfig"]["Memory"] == 512 << 20 and after["HostConfig"]["NanoCpus"] == 2_000_000_000
    assert after["Image"] == before["Image"] and own.show(name)["deployment"] == built
    assert own.run(name, "echo $MEMORY") == "512Mi\n"


def test_the_same_flavor_again_touches_nothing(own, name):
    before = own.container(name)["Id"]

    done = own.cli("hardware", name, "small")

    assert done.stdout == "RUNNING\n"
    assert own.container(name)["Id"] == before


def test_a_paused_space_stays_paused_and_has_it_when_it_wakes(own, name):
    own.cli("pause", name)
    until(lambda: "container" not in own.show(name), 20, "no container")

    assert own.cli("hardware", name, "large").stdout == "PAUSED\n"

    assert own.show(name)["stage"] == "PAUSED"
    own.cli("wake", name)
    assert own.container(name)["HostConfig"]["Memory"] == 512 << 20


@pytest.mark.parametrize("wrong, meant", [("smal", "small"), ("t4-smal", "t4-small"), ("cpu-bsic", "cpu-basic")])
def test_an_unknown_flavor_gets_a_suggestion_and_changes_nothing(own, name, wrong, meant):
    before = own.container(name)["Id"]

    done = own.cli("hardware", name, wrong, check=False)

    assert done.returncode != 0 and done.stdout == ""
    assert f'there is no hardware `{wrong}`; did you mean "{meant}"?' in done.stderr and "choose one of" in done.stderr, done.stderr
    assert own.show(name)["hardware"] == "small" and own.container(name)["Id"] == before


@beyond_podman("gives no GPUs, which is said in other words")
def test_a_gpu_flavor_without_a_gpu_is_one_clear_error_and_the_old_container_serves(own, name):
    before = own.container(name)["Id"]

    done = own.cli("hardware", name, "t4-small", check=False)

    assert done.returncode == 1
    assert "no GPU is available on this node" in done.stderr, done.stderr
    assert own.container(name)["Id"] == before and own.request(name).status == 200
    own.cli("hardware", name, "small")
    assert own.show(name)["message"] == ""


def test_a_flavor_given_while_it_is_built_is_the_one_that_it_gets(own, tmp_path):
    name = spaces.unique()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo {name}; sleep 2\n{CMD}")
    up = own.popen("up", "-d", folder, "--name", name, "--hardware", "small")
    try:
        until(lambda: name in own.cli("ls").stdout, 20, "the Space")
        own.cli("hardware", name, "large")
    finally:
        said, _ = up.communicate(timeout=60)

    assert up.returncode == 0, said
    assert own.container(name)["HostConfig"]["Memory"] == 512 << 20
    own.cli("rm", name, "--data")


def test_what_the_readme_suggests_is_said_and_never_given_by_itself(own, tmp_path):
    name = spaces.unique()
    folder = spaces.write(tmp_path / "s", readme=spaces.readme("suggested_hardware: large"))
    try:
        said = own.cli("up", "-d", folder, "--name", name).stderr
        assert "README.md suggests the hardware large" in said and f"`spaceport hardware {name} large`" in said, said
        assert own.show(name)["hardware"] == "" and own.show(name)["suggested_hardware"] == "large"
        assert "suggests the hardware large" in own.cli("show", name).stdout

        own.cli("hardware", name, "large")
        assert own.show(name)["hint"] == "" and own.show(name)["hardware"] == "large"

        spaces.write(folder, readme=spaces.readme("suggested_hardware: huge"))
        assert "suggests" not in own.cli("up", "-d", folder, "--name", name).stderr, "it was chosen"
        own.cli("rm", name, "--data")
        said = own.cli("up", "-d", folder, "--name", name).stderr
        assert "`huge`, which this node does not have" in said and "small" in said, said
    finally:
        own.cli("rm", name, "--data", check=False)
