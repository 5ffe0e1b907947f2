"""/data as a file system of its own: it holds what was asked for, grows, and outlives what goes wrong around it."""
import os
import pathlib
import re
import subprocess

import pytest

import spaces
from node import docker, until

pytestmark = pytest.mark.usefixtures("as_root")


def images(node):
    return sorted((node.state / "volumes").glob("*.ext4"))


def device_of(node, image):
    """The loop device that the file is behind; empty: none."""
    return subprocess.run(["losetup", "-n", "-O", "NAME", "-j", image], capture_output=True, text=True, check=True).stdout.split()


def room(node, name):
    """MiB of /data as the app sees them."""
    blocks, size = node.run(name, "stat -f -c '%b %S' /data").split()
    return int(blocks) * int(size) >> 20


def test_data_holds_what_was_asked_for_and_no_more(node, up):
    name, other = up(args=["--storage", "24Mi"]), up(args=["--storage", "24Mi"])

    said = node.run(name, "dd if=/dev/zero of=/data/big bs=1M count=64")

    assert "No space left on device" in said, said
    assert 16 << 20 < int(node.run(name, "stat -c %s /data/big")) < 24 << 20
    # It is nobody else's trouble, and of the app itself only while it lasts.
    assert node.run(other, "dd if=/dev/zero of=/data/some bs=1M count=8 2>/dev/null && echo written") == "written\n"
    assert node.show(name)["stage"] == "RUNNING"
    assert node.run(name, "rm /data/big && echo more > /data/more && cat /data/more") == "more\n"


def test_no_program_and_no_device_of_it_is_more_than_a_file(node, up):
    name = up(args=["--storage", "16Mi"])

    options = node.run(name, "grep ' /data ' /proc/mounts").split()[3].split(",")

    assert {"nosuid", "nodev"} <= set(options), options


def test_data_survives_a_machine_that_was_switched_off(make_node, tmp_path):
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x", "--storage", "16Mi")
    node.run("t/x", "echo kept > /data/file; sync")
    image, = images(node)
    before = device_of(node, image)
    assert len(before) == 1

    # Everything ends; another file gets the device.
    for pid in node.processes():
        os.kill(pid, 9)
    node.process.wait()
    docker("kill", *docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}").split())
    until(lambda: not device_of(node, image), 20, "the device let go")
    other = tmp_path / "other"
    other.write_bytes(bytes(1 << 20))
    subprocess.run(["losetup", before[0], other], check=True)
    try:
        node.start()
        until(lambda: node.request("t/x").status == 200, 30, "the Space again")
        assert node.run("t/x", "cat /data/file") == "kept\n"
        assert device_of(node, image) not in ([], before)
        node.cli("rm", "t/x", "--data")
        until(lambda: not device_of(node, image), 20, "the device let go")
        assert not images(node) and not list((node.state / "volumes").iterdir())
    finally:
        subprocess.run(["losetup", "-d", before[0]], check=True)


def test_data_grows_and_never_shrinks(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder, args=["--storage", "16Mi"])
    node.run(name, "echo kept > /data/file")
    small = room(node, name)

    less = up(name=name, folder=folder, args=["--storage", "8Mi"], check=False)
    assert less.returncode != 0 and "--storage 8Mi is less than the 16Mi" in less.stderr and "can only grow" in less.stderr, less.stderr
    assert node.show(name)["storage_bytes"] == 16 << 20 and node.show(name)["stage"] == "RUNNING"

    before = node.container(name)["Id"]
    said = node.cli("up", "-d", folder, "--name", name, "--storage", "64Mi").stderr
    assert node.run(name, "cat /data/file") == "kept\n"
    assert room(node, name) > small + 40
    # Where the kernel lets us, it happens below the running container; else that stops first, and it is said.
    may = int(re.search(r"CapBnd:\s*(\S+)", pathlib.Path("/proc/self/status").read_text())[1], 16) >> 24 & 1
    assert (node.container(name)["Id"] == before) == bool(may)
    assert ("/data cannot grow to 64Mi while it is used" in said) != bool(may), said
    assert node.show(name)["stage"] == "RUNNING"
    # The same size again is no change at all.
    before = node.container(name)["Id"]
    said = node.cli("up", "-d", folder, "--name", name, "--storage", "64Mi").stderr
    assert node.container(name)["Id"] == before and "cannot grow" not in said


def test_a_plain_volume_from_before_goes_on(node, up, tmp_path):
    name = spaces.unique("old")
    volume = f"spaceport-{node.instance[:8]}-{name.replace('/', '--')}-data"
    docker("volume", "create", "--label", f"spaceport.instance={node.instance}", "--label", f"spaceport.space={name}", volume)
    where = docker("volume", "inspect", volume, "--format", "{{.Mountpoint}}")
    with open(f"{where}/file", "w") as file:
        file.write("of years ago\n")

    up(name=name, args=["--storage", "64Mi"])

    assert node.run(name, "cat /data/file; echo new > /data/new && stat -c %u /data/new") == "of years ago\n1000\n"
    assert not [one for one in images(node) if name.split("/")[1] in one.name]


def test_a_volume_whose_engine_forgot_it_keeps_its_data(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder, args=["--storage", "16Mi"])
    node.run(name, "echo kept > /data/file")
    volume = node.container(name)["Mounts"][0]["Name"]
    node.cli("rm", name)
    docker("volume", "rm", volume)

    up(name=name, folder=folder, args=["--storage", "16Mi"])

    assert node.run(name, "cat /data/file") == "kept\n"
