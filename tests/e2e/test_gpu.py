"""GPUs without one: the request that the engine gets, and the error of a node that has none."""
import json
import os
import pathlib
import subprocess
import threading

import pytest

import spaces
from node import ENVIRONMENT, docker, until
from second_engine import SecondEngine


def has_gpu():
    return pathlib.Path("/dev/nvidiactl").exists()


class Creations:
    """Watches the engine for containers of this node that are created, and keeps what `inspect` said while they were there."""

    def __init__(self, instance):
        self.seen = []
        self.process = subprocess.Popen(
            ["/usr/bin/docker", "events", "--filter", "type=container", "--filter", "event=create",
             "--filter", f"label=spaceport.instance={instance}", "--format", "{{.ID}}"],
            stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        for line in self.process.stdout:
            said = docker("inspect", line.strip(), check=False)
            if said:
                self.seen += json.loads(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.thread.join()


@pytest.mark.skipif(has_gpu(), reason="this machine has a GPU")
@pytest.mark.parametrize("gpus, count", [("all", -1), ("2", 2)])
def test_a_node_without_a_gpu_says_so_and_leaves_no_container(node, up, gpus, count):
    name = spaces.unique("gpu")
    up.names.add(name)
    with Creations(node.instance) as creations:
        done = up(name=name, args=["--gpus", gpus], check=False)

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "GPU" in said and "nvidia" in said.lower(), said
    until(lambda: not docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}",
                             "--filter", f"label=spaceport.space={name}"), 10, "the failed container removed")
    for container in creations.seen:
        request, = container["HostConfig"]["DeviceRequests"]
        assert request["Count"] == count
        assert request["Capabilities"] == [["gpu"]]


def test_a_space_without_gpus_asks_for_no_device(node, up):
    name = up()

    assert not node.container(name)["HostConfig"]["DeviceRequests"]


@pytest.mark.skipif(has_gpu(), reason="this machine has a GPU")
def test_the_build_of_a_gpu_space_needs_no_gpu(node, up):
    name = spaces.unique("gpu")
    up.names.add(name)
    up(name=name, args=["--gpus", "all"], check=False, dockerfile=f"""\
FROM {spaces.BASE}
RUN ls /dev | grep -c nvidia > /www/built || echo "built without"
{spaces.CMD}""")

    assert "built without" in node.cli("logs", "--build", name).stdout


def test_a_number_of_gpus_that_is_none_is_refused(up):
    done = up(args=["--gpus", "many"], check=False)

    assert done.returncode != 0
    assert "--gpus" in done.stderr and "many" in done.stderr


@pytest.fixture
def engine_with_hook(tmp_path):
    """A second engine, in a network namespace of its own, that believes to have NVIDIA's runtime hook."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    hook = tmp_path / "bin/nvidia-container-runtime-hook"
    hook.parent.mkdir()
    record = tmp_path / "hook.json"
    hook.write_text(f"""#!/bin/sh
state=$(cat)
pid=$(echo "$state" | sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
bundle=$(echo "$state" | sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')
cp "$bundle/config.json" {record}
root=$(sed 's/.*"root":{{"path":"\\([^"]*\\)".*/\\1/' "$bundle/config.json")
nsenter -t "$pid" -m mknod -m 666 "$root/dev/nvidia0" c 1 3
""")
    hook.chmod(0o755)
    engine = SecondEngine("gpu", f"{hook.parent}:/usr/sbin:/usr/bin:/sbin:/bin").start()
    try:
        yield engine.load(spaces.BASE), record
    finally:
        engine.remove()


def test_an_engine_with_the_runtime_hook_gives_the_device_to_the_app(engine_with_hook, make_node, tmp_path):
    engine, record = engine_with_hook
    node = make_node(engine=engine.socket).start()
    folder = spaces.write(tmp_path / "s")

    node.cli("up", "-d", folder, "--name", "t/gpu", "--gpus", "1")

    assert "/dev/nvidia0" in node.run("t/gpu", "ls /dev/nvidia0")
    assert "NVIDIA_VISIBLE_DEVICES=0" in record.read_text()
    node.cli("rm", "t/gpu", "--data")
