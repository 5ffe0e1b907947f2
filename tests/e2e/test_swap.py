"""Frozen Spaces give their memory back where the machine has swap, and wake as they were."""
import contextlib
import os
import pathlib
import re
import subprocess
import time

import pytest

import spaces
from node import until

GROUPS = pathlib.Path("/sys/fs/cgroup")
HELD = 48 << 20  # what a Space is given to hold


def swap_free():
    lines = dict(line.split(":", 1) for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    return int(lines["SwapFree"].split()[0]) << 10


def tool(*command):
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})


@contextlib.contextmanager
def swap(folder, mebibytes=256):
    """A swap file for as long as it lasts."""
    file = folder / "swap"
    try:
        with open(file, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as made:
            os.posix_fallocate(made.fileno(), 0, mebibytes << 20)
        for command in ("mkswap", "swapon"):
            done = tool(command, str(file))
            if done.returncode != 0:
                pytest.skip(f"this machine gets no swap: {command}: {done.stderr.strip()}")
        yield
    finally:
        tool("swapoff", str(file))
        file.unlink(missing_ok=True)


def usage(node, name):
    """What the container of a Space holds of the machine's memory."""
    groups = pathlib.Path(f"/proc/{node.container(name)['State']['Pid']}/cgroup").read_text()
    if first := re.search(r"^\d+:memory:(.*)$", groups, re.M):
        return int(pathlib.Path(f"{GROUPS}/memory{first[1]}/memory.usage_in_bytes").read_text())
    unified = re.search(r"^0::(.*)$", groups, re.M)[1]
    return int(pathlib.Path(f"{GROUPS}{unified}/memory.current").read_text())


def bring_up_with_data(node, up):
    """A Space with data in shared memory and in the file cache, and what the data adds up to."""
    name = up()
    sum_of_data = node.run(name, "dd if=/dev/urandom of=/dev/shm/data bs=1M count=32 2>/dev/null; "
                                 "dd if=/dev/urandom of=/tmp/data bs=1M count=16 2>/dev/null; sync; md5sum /dev/shm/data /tmp/data")
    assert usage(node, name) > HELD
    return name, sum_of_data


def freeze(node, name):
    until(lambda: node.cli("sleep", name, "now", check=False).returncode == 0, 20, "it sleeping")
    assert node.container(name)["State"]["Status"] == "paused"


@pytest.fixture
def no_swap():
    if swap_free() != 0:
        pytest.skip("this machine has swap of its own")


def test_what_is_frozen_leaves_its_memory_to_others_and_wakes_as_it_was(node, up, tmp_path):
    name, data = bring_up_with_data(node, up)
    with swap(tmp_path):
        freeze(node, name)
        until(lambda: usage(node, name) < HELD // 4, 20, "its memory in swap")
        assert node.container(name)["State"]["Status"] == "paused"

        began = time.monotonic()
        assert node.request(name).status == 200
        assert time.monotonic() - began < 5
        assert node.run(name, "md5sum /dev/shm/data /tmp/data") == data

        # Awake it keeps what it holds, and the next sleep takes it again.
        assert usage(node, name) > HELD // 2
        freeze(node, name)
        until(lambda: usage(node, name) < HELD // 4, 20, "its memory in swap again")
        node.cli("rm", name)


def test_without_swap_nothing_is_done(no_swap, node, up, tmp_path):
    name, data = bring_up_with_data(node, up)
    before = usage(node, name)
    freeze(node, name)
    # One after the other: when the next one has been dealt with, this one has been looked at.
    other, _ = bring_up_with_data(node, up)
    with swap(tmp_path):
        freeze(node, other)
        until(lambda: usage(node, other) < HELD // 4, 20, "the other one's memory in swap")
        node.cli("rm", other)
    assert usage(node, name) > before * 0.9, "its files are to be read again"
    assert node.run(name, "md5sum /dev/shm/data /tmp/data") == data


def test_who_wakes_waits_for_nothing_and_keeps_what_was_not_taken_yet(node, up, tmp_path):
    # It holds what takes the kernel seconds: a program that cannot get rid of what it has read.
    large, holds = 400 << 20, "(dd bs=400M count=1 if=/dev/urandom 2>/dev/null | sleep 10000) &"
    name = up(dockerfile=f"FROM {spaces.BASE}\nCMD {holds} exec httpd -f -p 7860 -h /www\n")
    until(lambda: usage(node, name) > large, 60, "the app holding that much")
    other, _ = bring_up_with_data(node, up)
    with swap(tmp_path, 1024):
        freeze(node, name)
        began = time.monotonic()
        assert node.request(name).status == 200
        assert time.monotonic() - began < 1
        # One after the other: now nothing of it goes on any more.
        freeze(node, other)
        until(lambda: usage(node, other) < HELD // 4, 20, "the other one's memory in swap")
        assert usage(node, name) > large // 2
        for one in (name, other):
            node.cli("rm", one)


def test_a_serve_that_finds_it_frozen_goes_on(make_node, tmp_path):
    one = make_node().start()
    one.cli("up", "-d", spaces.write(tmp_path / "app"), "--name", "t/x")
    one.run("t/x", "dd if=/dev/urandom of=/dev/shm/data bs=1M count=48")
    assert usage(one, "t/x") > HELD
    freeze(one, "t/x")
    one.stop()
    with swap(tmp_path):
        one.start()
        until(lambda: usage(one, "t/x") < HELD // 4, 20, "its memory in swap")
        assert one.request("t/x").status == 200
