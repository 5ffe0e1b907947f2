"""GPUs without one: the request that the engine gets, and the error of a node that has none."""
import json
import pathlib

import pytest

import spaces
from node import docker, until
from second_engine import SecondEngine
from spaces import BASE, CMD
from tap import Tap

DRIVER = pathlib.Path("/proc/driver/nvidia/gpus")
PROGRAMS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]


def is_nvidias(program):
    return program.name.startswith("nvidia")


@pytest.fixture(scope="module")
def engine_without_gpu(base, tmp_path_factory):
    """The common engine; on a machine with a GPU one that does not find NVIDIA's programs."""
    if not any(is_nvidias(program) for folder in PROGRAMS for program in pathlib.Path(folder).iterdir()):
        yield "/var/run/docker.sock"
        return
    programs = tmp_path_factory.mktemp("programs")
    for folder in PROGRAMS:
        for program in pathlib.Path(folder).iterdir():
            if not is_nvidias(program) and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    engine = SecondEngine("nogpu", str(programs)).start()
    try:
        yield engine.load(base).socket
    finally:
        engine.remove()


@pytest.mark.parametrize("option, value, count", [("--gpus", "all", -1), ("--gpus", "2", 2), ("--hardware", "t4-small", 1),
                                                  ("--hardware", "a10g-largex2", 2)])
def test_a_node_without_a_gpu_says_so_and_leaves_no_container(engine_without_gpu, make_node, tmp_path, option, value, count):
    tap = Tap(tmp_path / "e.sock", engine_without_gpu)
    # Where the driver shows GPUs, they are counted and asked for by number: then there are enough.
    counted = 4 if DRIVER.is_dir() else None
    node = make_node(engine=tap.path, node_file=f"gpus: {counted}\n" if counted else "").start()

    done = node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/gpu", option, value, check=False)

    assert done.returncode != 0
    assert "no GPU is available on this node" in done.stderr and "nvidia-container-toolkit" in done.stderr, done.stderr
    created = tap.creations()
    assert created, "no container was created"
    for container in created:
        request, = container["HostConfig"]["DeviceRequests"]
        asked = len(request["DeviceIDs"]) if counted else request["Count"]
        assert asked == (counted if counted and count == -1 else count)
        assert request["Capabilities"] == [["gpu"]]
    until(lambda: not docker("-H", f"unix://{engine_without_gpu}", "ps", "-aq", "--filter",
                             f"label=spaceport.instance={node.instance}"), 10, "the failed container removed")


def test_a_space_without_gpus_asks_for_no_device(node, up):
    name = up()

    assert not node.container(name)["HostConfig"]["DeviceRequests"]


def test_a_number_of_gpus_that_is_none_is_refused(up):
    done = up(args=["--gpus", "many"], check=False)

    assert done.returncode != 0
    assert "--gpus" in done.stderr and "many" in done.stderr


@pytest.fixture
def engine_with_hook(tmp_path):
    """A second engine, in a network namespace of its own, that believes to have NVIDIA's runtime hook."""
    hook = tmp_path / "bin/nvidia-container-runtime-hook"
    hook.parent.mkdir()
    record = tmp_path / "hook.json"
    hook.write_text(f"""#!/bin/sh
state=$(cat)
pid=$(echo "$state" | sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
bundle=$(echo "$state" | sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')
cat "$bundle/config.json" >> {record}
echo >> {record}
root=$(sed 's/.*"root":{{"path":"\\([^"]*\\)".*/\\1/' "$bundle/config.json")
nsenter -t "$pid" -m mknod -m 666 "$root/dev/nvidia0" c 1 3
""")
    hook.chmod(0o755)
    engine = SecondEngine("gpu", f"{hook.parent}:/usr/sbin:/usr/bin:/sbin:/bin").start()
    try:
        yield engine.load(spaces.BASE), record
    finally:
        engine.remove()


def test_an_engine_with_the_runtime_hook_gives_the_device_to_the_app_and_not_to_its_build(engine_with_hook, make_node, tmp_path):
    engine, record = engine_with_hook
    node = make_node(engine=engine.socket).start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN ls /dev > /www/built; env >> /www/built\n{CMD}")

    node.cli("up", "-d", folder, "--name", "t/gpu", "--gpus", "1")

    assert "/dev/nvidia0" in node.run("t/gpu", "ls /dev/nvidia0")
    given = record.read_text().splitlines()
    assert len(given) == 1, "the hook ran for more than the app"
    assert "NVIDIA_VISIBLE_DEVICES=0" in given[0] and "SPACE_ID=t/gpu" in given[0]
    built = node.request("t/gpu", "/built").text
    assert "null" in built and "nvidia" not in built.lower(), built
    node.cli("rm", "t/gpu", "--data")


@pytest.fixture
def engine_with_default_runtime(tmp_path):
    """A second engine whose containers all go through a runtime called `nvidia`, as on many machines with GPUs."""
    runtime, record = tmp_path / "nvidia-container-runtime", tmp_path / "runtime.json"
    runtime.write_text(f"""#!/bin/sh
bundle=
for word in "$@"; do
  [ "$bundle" = next ] && bundle=$word
  [ "$word" = --bundle ] && bundle=next
done
[ -n "$bundle" ] && cat "$bundle/config.json" >> {record} && echo >> {record}
exec runc "$@"
""")
    runtime.chmod(0o755)
    engine = SecondEngine("runtime", arguments=["--add-runtime", f"nvidia={runtime}", "--default-runtime", "nvidia"]).start()
    try:
        yield engine.load(spaces.BASE), record
    finally:
        engine.remove()


def test_no_image_and_no_variable_gets_a_gpu_from_a_default_runtime_of_nvidias(engine_with_default_runtime, make_node, tmp_path):
    engine, record = engine_with_default_runtime
    node = make_node(engine=engine.socket).start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nENV NVIDIA_VISIBLE_DEVICES=all\n{CMD}")

    node.cli("up", "-d", folder, "--name", "t/plain", "--env", "NVIDIA_VISIBLE_DEVICES=0")

    app, = [json.loads(line)["process"]["env"] for line in record.read_text().splitlines() if "SPACE_ID=t/plain" in line]
    assert [word for word in app if word.startswith("NVIDIA_VISIBLE_DEVICES=")] == ["NVIDIA_VISIBLE_DEVICES=void"]
    node.cli("rm", "t/plain", "--data")


@pytest.fixture
def one_gpu(engine_with_hook, make_node):
    engine, record = engine_with_hook
    return engine, record, make_node(engine=engine.socket, node_file="gpus: 1\n").start()


def test_a_gpu_that_is_taken_is_waited_for_and_never_given_twice(one_gpu, tmp_path):
    engine, record, node = one_gpu
    folder = spaces.write(tmp_path / "s")
    node.cli("up", "-d", folder, "--name", "t/first", "--gpus", "1")
    waits = node.popen("up", "-d", folder, "--name", "t/second", "--gpus", "1")
    until(lambda: node.cli("show", "t/second", "--json", check=False).returncode == 0
          and "it waits for GPUs: it wants 1 GPU, and 0 of 1 are free" in node.show("t/second")["message"], 30, "it saying so")
    assert node.show("t/second")["stage"] == "APP_STARTING"
    assert len(record.read_text().splitlines()) == 1

    node.cli("rm", "t/first", "--data")

    assert waits.wait(60) == 0, waits.stdout.read()
    assert "/dev/nvidia0" in node.run("t/second", "ls /dev/nvidia0")
    assert "NVIDIA_VISIBLE_DEVICES=0" in record.read_text().splitlines()[-1]
    # Its own next version needs what it has: the old one makes room.
    node.cli("restart", "t/second")
    assert node.show("t/second")["stage"] == "RUNNING"
    # Asleep it keeps nothing.
    until(lambda: node.cli("sleep", "t/second", "now", check=False).returncode == 0, 20, "it sleeping")
    node.cli("up", "-d", folder, "--name", "t/third", "--gpus", "device=0")
    node.stop()
    node.start()
    refused = node.cli("up", "-d", folder, "--name", "t/fourth", "--gpus", "2", check=False)
    assert refused.returncode != 0 and "not enough hardware capacity: it wants 2 GPUs, this node has 1" in refused.stderr, refused.stderr
    for name in ("t/second", "t/third", "t/fourth"):
        node.cli("rm", name, "--data", check=False)
