"""Podman's likeness of the engine's API instead of docker: what its capabilities allow works, and what they do not is said."""
import io
import json
import subprocess
import tarfile

import pytest

import spaces
from node import ENVIRONMENT, Node, until
from podman import Podman
from spaces import BASE, CMD

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture(scope="module")
def podman():
    made = Podman()
    try:
        made.import_base()
        yield made.start()
    finally:
        made.remove()


@pytest.fixture(scope="module")
def node(podman):
    made = Node(engine=podman.socket)
    try:
        yield made.start()
    finally:
        for one in json.loads(made.cli("ls", "--json", check=False).stdout or "[]"):
            made.cli("rm", one["id"], "--data", check=False)
        made.clean()


@pytest.fixture
def up(node, tmp_path):
    names = []

    def bring_up(*arguments, name=None, check=True, env=None, **content):
        name = name or spaces.unique()
        names.append(name)
        done = node.cli("up", "-d", spaces.write(tmp_path / name.replace("/", "-"), **content), "--name", name, *arguments, check=check, env=env)
        return name if check else done
    yield bring_up
    for name in names:
        node.cli("rm", name, "--data", check=False)


def test_a_space_is_built_and_served_with_its_variables_and_secrets(node, up):
    name = up("--env", "COLOUR=red", "--secret", "TOKEN", env={"TOKEN": "hunter2"}, dockerfile=f"FROM {BASE}\nARG COLOUR\nRUN echo $COLOUR > /www/colour; echo out of the build\n{CMD}")

    assert node.request(name, "/colour").text == "red\n"
    assert node.run(name, "id -u; echo $COLOUR $TOKEN $SPACE_ID; grep -c 'CapEff:.0*$' /proc/self/status; grep NoNewPrivs /proc/self/status") == f"1000\nred hunter2 {name}\n1\nNoNewPrivs:\t1\n"
    log = node.cli("logs", "--build", name).stdout
    assert "RUN echo $COLOUR > /www/colour" in log and "out of the build" in log and "hunter2" not in log, log


def test_steps_of_a_build_do_not_have_the_network_of_the_node(node, up):
    name = up(dockerfile=f"FROM {BASE}\nRUN ls /sys/class/net > /www/links\n{CMD}")

    assert set(node.request(name, "/links").text.split()) <= {"lo", "eth0"}


def test_limits_hold(node, up):
    name = up()

    assert int(node.run(name, "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null").split()[0]) == 4 << 30


def test_data_is_sized_survives_and_is_exported(node, up):
    name = up("--storage", "24Mi")
    node.run(name, "echo kept > /data/file")
    assert "No space left" in node.run(name, "dd if=/dev/zero of=/data/big bs=1M count=64; rm /data/big")

    node.cli("restart", name)

    assert node.run(name, "cat /data/file; stat -c %u /data") == "kept\n1000\n"
    done = subprocess.run(node.command("data", "export", name), capture_output=True, env=ENVIRONMENT)
    assert done.returncode == 0 and tarfile.open(fileobj=io.BytesIO(done.stdout)).getnames() == ["file"], done.stderr
    assert node.show(name)["volumes"][0]["used_bytes"] < 1 << 20


def test_what_a_space_leaves_is_its_own(node, podman, up):
    name, other = up("--storage", "24Mi"), up("--storage", "24Mi")
    node.run(other, "echo kept > /data/file")
    node.cli("pause", other)
    until(lambda: other not in podman.run("ps", "--format", "{{.Labels}}"), 20, "the other's container gone")

    node.cli("rm", name, "--data")

    # Steps of a build that others share stay, as a cache.
    until(lambda: not podman.run("images", "-q", "--filter", "dangling=false", "--filter", f"label=spaceport.space={name}"), 20, "its image gone")
    assert podman.run("volume", "ls", "-q", "--filter", f"label=spaceport.space={name}") == ""
    node.cli("wake", other)
    until(lambda: node.request(other).status == 200, 30, "the other")
    assert node.run(other, "cat /data/file") == "kept\n"


def test_a_space_reaches_no_other(node, podman, up):
    name, other = up(), up()
    address = podman.run("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", node.show(other)["container"])

    ask = f"{{ timeout 2 wget -q -O /tmp/got http://{address}:7860/ || echo closed > /tmp/got; cat /tmp/got; }} 2> /dev/null"
    assert node.run(other, ask) == "the app\n" and node.run(name, ask) == "closed\n"
    # Its bridge came with the first container, so that only the next look finds it.
    found = {one["name"]: one for one in json.loads(node.cli("doctor", "--json", check=False).stdout)}
    assert found["network"]["detail"] == "this node, its metadata service and other Spaces are closed to Spaces", found["network"]


def test_it_sleeps_wakes_pauses_crashes_and_goes(node, up):
    name = up()
    node.cli("sleep", name, "now")
    assert node.show(name)["stage"] == "SLEEPING"
    assert node.request(name).status == 200 and node.show(name)["stage"] == "RUNNING"
    node.cli("pause", name)
    until(lambda: node.request(name).status == 503, 20, "the pause")
    node.cli("wake", name)
    # The app ends, and another container takes its place.
    before = node.show(name)["container"]
    node.run(name, "(sleep 0.2; kill 1 $(pidof httpd)) > /dev/null 2>&1 &")
    until(lambda: node.show(name).get("container", before) != before and node.request(name).status == 200, 30, "a new container")
    node.cli("rm", name)
    assert node.cli("show", name, check=False).returncode == 1


def test_what_it_cannot_is_said(node, podman, up):
    done = up("--secret", "TOKEN", env={"TOKEN": "x"}, check=False, dockerfile=f"FROM {BASE}\nRUN --mount=type=secret,id=TOKEN,required=true cat /run/secrets/TOKEN\n{CMD}")
    assert done.returncode == 1 and "cannot give secrets to a build" in done.stdout + done.stderr, done.stdout + done.stderr
    done = up(check=False, dockerfile=f"FROM {BASE}\nRUN echo before; exit 7\n{CMD}")
    assert done.returncode == 1 and "exit status 7" in done.stdout + done.stderr, done.stdout + done.stderr
    assert "buildah" not in podman.run("ps", "-a", "--external", "--format", "{{.Command}}"), "the container of a step is left"
    done = up("--gpus", "1", check=False)
    assert done.returncode == 1 and "this engine gives no GPU to a container" in done.stdout + done.stderr, done.stdout + done.stderr
    found = {one["name"]: one for one in json.loads(node.cli("doctor", "--json", check=False).stdout)}
    assert not found["BuildKit"]["ok"], found["BuildKit"]


def test_a_new_serve_adopts_what_runs(node, up):
    name = up()
    before = node.show(name)["container"]
    node.stop()
    node.start()
    assert until(lambda: node.request(name).status == 200, 10, "the Space") and node.show(name)["container"] == before
