"""Spaces on a machine that has a GPU of NVIDIA's: they compute on it, never share it by accident, and give it back.

Nothing but the driver is needed: where NVIDIA's container toolkit is not installed, `gpu_hook.py` stands in for it.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

import node as nodes
import spaces
from node import until
from second_engine import SecondEngine
from spaces import BASE

HERE = pathlib.Path(__file__).parent
GPUS = pathlib.Path("/proc/driver/nvidia/gpus")
HOOK = "nvidia-container-runtime-hook"
COUNT = 2_000_000
SUM = str((COUNT - 1) * COUNT * (2 * COUNT - 1) // 6)
HELD = 2048

pytestmark = pytest.mark.skipif(not (GPUS.is_dir() and any(GPUS.iterdir())), reason="this machine has no GPU of NVIDIA's")


def told_of(what):
    """What the driver says of each GPU."""
    texts = [(one / "information").read_text() for one in sorted(GPUS.iterdir())]
    return [re.search(rf"^{what}:\s*(.*?)\s*$", text, re.M)[1] for text in texts]


def uuids():
    return told_of("GPU UUID")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The program, and what it needs of the machine's libraries: a file system without the driver."""
    folder = tmp_path_factory.mktemp("app")
    subprocess.run(["cc", "-O2", "-o", folder / "cuda", HERE / "gpu_app.c", "-ldl"], check=True)
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    driver = re.search(r"libcuda\.so\.1 .*x86-64.* => (\S+)", known)[1]
    files = {"bin/cuda": (folder / "cuda").read_bytes()}
    for program in (folder / "cuda", driver):
        wanted = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(0x", wanted):
            if "nvidia" not in library:
                place = "lib64" if "ld-linux" in library else "usr/lib/x86_64-linux-gnu"
                files[f"{place}/{os.path.basename(library)}"] = pathlib.Path(library).read_bytes()
    return files


def gpu_space(folder, app, command="exec httpd -f -p 7860 -h /www", build=""):
    places = "ENV PATH=/bin:/usr/bin LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu:/usr/lib64"
    dockerfile = f'FROM {BASE}\nCOPY --chmod=755 root/ /\n{places}\n{build}CMD ["sh", "-c", "{command}"]\n'
    return spaces.write(folder, dockerfile=dockerfile, files={f"root/{name}": content for name, content in app.items()})


@pytest.fixture(scope="module")
def engine(base, tmp_path_factory):
    tools = tmp_path_factory.mktemp("tools")
    path = nodes.ENVIRONMENT["PATH"]
    if shutil.which(HOOK, path=path) is None:
        shutil.copy(HERE / "gpu_hook.py", tools / HOOK)
        (tools / HOOK).chmod(0o755)
        path = f"{tools}:{path}"
    made = SecondEngine("device", path).start()
    # `doctor` looks for the hook where the engine does.
    before, nodes.ENVIRONMENT["PATH"] = nodes.ENVIRONMENT["PATH"], path
    try:
        yield made.load(base)
    finally:
        nodes.ENVIRONMENT["PATH"] = before
        made.remove()


@pytest.fixture
def gpu_node(engine, make_node):
    """The node file does not say what GPUs there are."""
    node = make_node(engine=engine.socket).start()
    yield node
    for name in ("t/first", "t/second"):
        node.cli("rm", name, "--data", check=False)


@pytest.fixture
def folder(tmp_path, app):
    return gpu_space(tmp_path / "s", app)


@pytest.fixture(scope="module")
def on_host(tmp_path_factory, app):
    """Runs the program beside all containers."""
    program = tmp_path_factory.mktemp("host") / "cuda"
    program.write_bytes(app["bin/cuda"])
    program.chmod(0o755)
    return lambda *words: subprocess.run([program, *words], capture_output=True, text=True, timeout=60).stdout.strip()


def took(what, began):
    print(f"{what}: {(time.monotonic() - began) * 1000:.0f} ms")


def container(engine, space):
    ids = engine.docker("ps", "-q", "--no-trunc", "--filter", f"label=spaceport.space={space}").split()
    assert len(ids) == 1, ids
    return ids[0]


def message(node, space):
    shown = node.cli("show", space, "--json", check=False)
    return json.loads(shown.stdout)["message"] or "" if shown.returncode == 0 else ""


def waits(node, space):
    return f"it waits for GPUs: it wants 1 GPU, and 0 of {len(uuids())} are free" in message(node, space)


def test_an_app_computes_on_its_gpu_with_the_rights_of_every_space(gpu_node, engine, folder):
    began = time.monotonic()
    gpu_node.cli("up", "-d", folder, "--name", "t/first", "--gpus", "1")
    took("`up` of a Space with a GPU", began)

    said = gpu_node.run("t/first", f"id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; cuda squares {COUNT}")
    print(said)
    assert said.split() == ["1000", "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1", SUM], said
    if shutil.which("nvidia-smi", path=nodes.ENVIRONMENT["PATH"]):
        listed = gpu_node.run("t/first", "nvidia-smi -L")
        print(listed)
        assert [one for one in uuids() if one in listed] == uuids()[:1], "one GPU, and the first"
    label = engine.docker("inspect", "--format", '{{index .Config.Labels "spaceport.gpus"}}', container(engine, "t/first"))
    assert label == "0"


def test_a_space_without_gpus_reaches_none_and_neither_does_a_build(gpu_node, engine, app, tmp_path):
    build = f"RUN ls /dev > /www/built; cuda squares {COUNT} >> /www/built 2>&1 || true\n"
    gpu_node.cli("up", "-d", gpu_space(tmp_path / "s", app, build=build), "--name", "t/second")
    gpu_node.cli("up", "-d", gpu_space(tmp_path / "g", app, build=build + "RUN true\n"), "--name", "t/first", "--gpus", "1")

    for space in ("t/first", "t/second"):
        built = gpu_node.request(space, "/built").text
        assert "null" in built and "nvidia" not in built and SUM not in built, built
    alone = gpu_node.run("t/second", f"ls /dev; cuda squares {COUNT}; mknod /tmp/gpu c 195 0")
    print(alone)
    assert "nvidia" not in alone and SUM not in alone and "Operation not permitted" in alone
    # A node that it came by in another way is of no use: the control group's filter stands before it.
    pid = engine.docker("inspect", "--format", "{{.State.Pid}}", container(engine, "t/second"))
    os.mknod(f"/proc/{pid}/root/dev/nvidia0", 0o20666, os.makedev(195, 0))
    os.chmod(f"/proc/{pid}/root/dev/nvidia0", 0o666)
    opened = ": < /dev/nvidia0 && echo opened"
    assert "Operation not permitted" in gpu_node.run("t/second", opened)
    assert gpu_node.run("t/first", opened) == "opened\n", "the same words in the Space that has it"


def test_a_gpu_that_is_used_is_waited_for_and_a_sleeping_space_frees_its_memory(gpu_node, folder, app, tmp_path, on_host):
    keeps = gpu_space(tmp_path / "k", app, f"cuda hold {HELD} > /tmp/held & exec httpd -f -p 7860 -h /www")
    before = int(on_host("free"))
    gpu_node.cli("up", "-d", keeps, "--name", "t/first", "--gpus", "all")
    until(lambda: "holding" in gpu_node.run("t/first", "cat /tmp/held"), 30, "the memory taken")
    during = int(on_host("free"))
    assert during < before - HELD, "what the app took is missing"
    second = gpu_node.popen("up", "-d", folder, "--name", "t/second", "--gpus", "1")
    until(lambda: waits(gpu_node, "t/second"), 30, "the second saying that it waits")
    print(gpu_node.cli("show", "t/second").stdout)
    # `serve` knows who has it after a crash, too.
    gpu_node.stop(signal.SIGKILL)
    gpu_node.start()
    until(lambda: waits(gpu_node, "t/second"), 30, "the second waiting on")
    assert gpu_node.request("t/first").text == "the app\n"

    began = time.monotonic()
    until(lambda: gpu_node.cli("sleep", "t/first", "now", check=False).returncode == 0, 20, "it sleeping")
    until(lambda: gpu_node.show("t/second")["stage"] == "RUNNING", 30, "the second taking over")
    took("from `sleep` of the one to the other running", began)
    with contextlib.suppress(subprocess.TimeoutExpired):
        second.wait(20)

    after = int(on_host("free"))
    print(f"free memory of the GPU: {before} MiB before, {during} with the app, {after} when it sleeps")
    assert after > before - HELD // 4
    assert gpu_node.run("t/second", f"cuda squares {COUNT}").strip() == SUM
    gpu_node.cli("rm", "t/second", "--data")
    # Who comes to the sleeping one wakes it, and it takes what it needs again.
    began = time.monotonic()
    assert gpu_node.request("t/first", headers={"Accept": "*/*"}).text == "the app\n"
    took("first byte from the sleeping Space", began)
    until(lambda: "holding" in gpu_node.run("t/first", "cat /tmp/held"), 30, "the memory taken again")
    assert int(on_host("free")) < before - HELD


def test_a_gpu_is_given_by_its_uuid(gpu_node, folder):
    refused = gpu_node.cli("up", "-d", folder, "--name", "t/second", "--gpus", "device=GPU-00000000-dead", check=False)
    assert refused.returncode != 0 and "not enough hardware capacity" in refused.stderr, refused.stderr

    gpu_node.cli("up", "-d", folder, "--name", "t/first", "--gpus", f"device={uuids()[-1]}")

    assert gpu_node.run("t/first", f"cuda squares {COUNT}").strip() == SUM
    # Its number is taken with it.
    again = gpu_node.popen("up", "-d", folder, "--name", "t/second", "--gpus", f"device={len(uuids()) - 1}")
    until(lambda: "it waits for GPUs" in message(gpu_node, "t/second"), 30, "the second waiting")
    gpu_node.cli("rm", "t/second", "--data")
    again.wait(30)


def test_a_new_version_takes_the_gpu_of_the_old_one(gpu_node, folder):
    gpu_node.cli("up", "-d", folder, "--name", "t/first", "--gpus", "all")
    began = time.monotonic()
    gpu_node.cli("restart", "t/first")
    took("`restart` of a Space with a GPU", began)

    assert gpu_node.run("t/first", f"cuda squares {COUNT}").strip() == SUM


def test_doctor_and_show_name_the_gpu(gpu_node, folder):
    gpu_node.cli("up", "-d", folder, "--name", "t/first", "--gpus", "1")

    shown = gpu_node.cli("show", "t/first").stdout
    print(shown)
    assert gpu_node.show("t/first")["gpus_held"] == ["0"]
    told = gpu_node.cli("doctor", check=False).stdout
    print(told)
    line, = [line for line in told.splitlines() if " GPU " in line]
    assert line.startswith("ok "), line
    assert f"{len(uuids())} GPU" in line and told_of("Model")[0] in line and "asked for by t/first" in line, line
    assert gpu_node.cli("hardware", "t/first").stdout.endswith(" and 1 GPU here (the node's defaults: it named no flavor)\n")
