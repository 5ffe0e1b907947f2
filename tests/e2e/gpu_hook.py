#!/usr/bin/python3
"""A stand-in for NVIDIA's container toolkit, for engines of tests on machines that have a GPU and not the toolkit.

The engine runs it as `nvidia-container-runtime-hook prestart` before a container's first process, with the container's state on
standard input. It does of the real one what computing needs: device nodes, the driver's libraries, and the device filter of the
container's control group. What it gives is what NVIDIA_VISIBLE_DEVICES says, of which the last one counts.
"""
import ctypes
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_RDONLY, MS_REMOUNT, MS_BIND = 0x20000, 1, 32, 4096
GPUS = pathlib.Path("/proc/driver/nvidia/gpus")
LIBRARIES = re.compile(r"^\s*(lib(?:cuda|nvidia-(?:ml|ptxjitcompiler|nvvm|gpucomp))\.so\S*) .*x86-64.* => (\S+)$", re.M)
TO = "usr/lib/x86_64-linux-gnu"


def checked(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def gpus():
    """Minor numbers by number and by UUID."""
    found = {}
    for number, folder in enumerate(sorted(GPUS.iterdir())):
        text = (folder / "information").read_text()
        minor = int(re.search(r"Device Minor:\s*(\d+)", text)[1])
        found[str(number)] = found[re.search(r"GPU UUID:\s*(\S+)", text)[1]] = minor
    return found


def devices(visible):
    """(name, major, minor) of what `visible` asks for, and of what belongs to every GPU."""
    there = gpus()
    minors = set(there.values()) if visible == "all" else {there[one] for one in visible.split(",")}
    chosen = [(f"nvidia{minor}", 195, minor) for minor in sorted(minors)] + [("nvidiactl", 195, 255)]
    for name in ("nvidia-uvm", "nvidia-uvm-tools"):
        if os.path.exists(f"/dev/{name}"):
            number = os.stat(f"/dev/{name}").st_rdev
            chosen.append((name, os.major(number), os.minor(number)))
    return chosen


def instruction(code, target=0, source=0, offset=0, value=0):
    return struct.pack("=BBhi", code, target | source << 4, offset, value)


def allowing(numbers, rest):
    """The filter `rest`, behind one that lets these character devices pass."""
    load, mask, unlike, put, leave = 0x61, 0x57, 0x55, 0xB7, 0x95
    rules = b"".join(instruction(unlike, 2, offset=3, value=major) + instruction(unlike, 3, offset=2, value=minor)
                     + instruction(put, 0, value=1) + instruction(leave) for major, minor in numbers)
    return (instruction(load, 2, 1) + instruction(mask, 2, value=0xFFFF)
            + instruction(unlike, 2, offset=2 + len(rules) // 8, value=2)  # not a character device
            + instruction(load, 2, 1, 4) + instruction(load, 3, 1, 8) + rules + rest)


def bpf(command, attributes):
    """bpf(2); answers its result and what it has written into the attributes."""
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    return checked(LIBC.syscall(321, command, buffer, 128), f"bpf {command}"), buffer.raw


def widen_filter(group, numbers):
    """Puts another filter in the place of each that the engine has made; version 2 knows no list that could be added to."""
    load, attach, open_id, info, query = 5, 8, 13, 15, 16
    kind, point, several, replace = 15, 6, 2, 4
    folder = os.open(group, os.O_RDONLY)
    ids = (ctypes.c_uint32 * 16)()
    _, answer = bpf(query, struct.pack("=IIIIQI", folder, point, 0, 0, ctypes.addressof(ids), len(ids)))
    for number in ids[:struct.unpack_from("=I", answer, 24)[0]]:
        old, _ = bpf(open_id, struct.pack("=I", number))
        code = ctypes.create_string_buffer(1 << 16)
        place = struct.pack("=8xQIIQQ", 0, 0, len(code), 0, ctypes.addressof(code))
        about = ctypes.create_string_buffer(place.ljust(128, b"\0"), 128)
        bpf(info, struct.pack("=IIQ", old, len(about), ctypes.addressof(about)))
        program = allowing(numbers, code.raw[:struct.unpack_from("=I", about.raw, 20)[0]])
        held, license = ctypes.create_string_buffer(program, len(program)), ctypes.create_string_buffer(b"GPL")
        new, _ = bpf(load, struct.pack("=IIQQ", kind, len(program) // 8, ctypes.addressof(held), ctypes.addressof(license)))
        bpf(attach, struct.pack("=IIIII", folder, new, point, several | replace, old))


def allow(pid, numbers):
    groups = pathlib.Path(f"/proc/{pid}/cgroup").read_text()
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        widen_filter("/sys/fs/cgroup" + re.search(r"^0::(.*)$", groups, re.M)[1], numbers)
        return
    group = re.search(r"^\d+:devices:(.*)$", groups, re.M)[1]
    for major, minor in numbers:
        pathlib.Path(f"/sys/fs/cgroup/devices{group}/devices.allow").write_text(f"c {major}:{minor} rw")


def bind(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    checked(LIBC.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND, None), f"bind {source}")
    checked(LIBC.mount(None, os.fsencode(target), None, MS_BIND | MS_REMOUNT | MS_RDONLY, None), f"read-only {source}")


def main():
    state = json.load(sys.stdin)
    config = json.loads((pathlib.Path(state["bundle"]) / "config.json").read_text())
    environment = dict(line.split("=", 1) for line in config["process"]["env"] if "=" in line)
    visible = environment.get("NVIDIA_VISIBLE_DEVICES", "void")
    if visible in ("", "void", "none"):
        return
    root = pathlib.Path(state["bundle"]) / config["root"]["path"]
    wanted = devices(visible)
    allow(state["pid"], [(major, minor) for _, major, minor in wanted])
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    files = {f"{TO}/{name}": os.path.realpath(path) for name, path in LIBRARIES.findall(known)}
    for folder in os.environ["PATH"].split(":"):
        if os.path.exists(f"{folder}/nvidia-smi"):
            files.setdefault("usr/bin/nvidia-smi", os.path.realpath(f"{folder}/nvidia-smi"))
    # From here on in the container's own view, in which its root is not yet the root.
    checked(LIBC.setns(os.open(f"/proc/{state['pid']}/ns/mnt", os.O_RDONLY), CLONE_NEWNS), "setns")
    for name, major, minor in wanted:
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        os.chmod(root / "dev" / name, 0o666)
    for target, source in files.items():
        bind(source, root / target)


main()
