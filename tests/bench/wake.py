#!/usr/bin/python3
"""What sleep costs, and how fast Spaces wake: `wake.py wake`, `wake.py asleep` and `wake.py holding`. Real containers on the
real engine; SPACEPORT_BIN names the folder of the programs. Prints one JSON object.

wake    50 Spaces (SPACES), each asked by one visitor, first one after the other, then all at once; once frozen and once stopped. The app is
        busybox's web server, so that what is measured is ours and the engine's.
asleep  500 frozen Spaces (SPACES): memory of serve and gateway for each, their processor time over SECONDS, and what the containers hold in
        memory and in swap.
holding one Space that holds 63 MiB in shared memory, frozen and woken 20 times (WAKES): the first byte, and how long it takes to read all
        that it holds. Where the machine has swap, that is where it comes from.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import spaces  # noqa: E402
from node import Node, docker, until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def stages(node):
    return {space["id"]: space["stage"] for space in json.loads(node.cli("ls", "--json").stdout)}


def bring_up(node, count):
    names = [f"t/s{i}" for i in range(count)]
    folder = spaces.write(node.folder / "app")

    def up(name):
        node.cli("up", "-d", folder, "--name", name, timeout=900)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(up, names))
    return names


def lay_to_sleep(node, names):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: until(lambda: node.cli("sleep", name, "now", check=False).returncode == 0, 60, "sleep"), names))


def stopped(node):
    return not docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}")


def first_byte(node, name):
    began = time.monotonic()
    answer = node.request(name, timeout=60)
    assert answer.status == 200, answer
    return (time.monotonic() - began) * 1000


def summary(times):
    times = sorted(times)
    return {"p50_ms": round(statistics.median(times), 1), "p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))], 1),
            "most_ms": round(times[-1], 1)}


def measure_wake(count):
    node = Node(node_file="defaults: {stop_after: never}\n").start()
    try:
        names = bring_up(node, count)
        result = {}
        for state in ("frozen", "stopped"):
            if state == "stopped":
                node.stop()
                file = node.state / "spaceport.yaml"
                file.write_text(file.read_text().replace("stop_after: never", "stop_after: 1s"))
                node.start()
            for how, visitors in (("one by one", 1), ("all at once", count)):
                until(lambda: set(stages(node).values()) == {"RUNNING"}, 120, "all running")
                lay_to_sleep(node, names)
                if state == "stopped":
                    until(lambda: stopped(node), 120, "all stopped")
                with concurrent.futures.ThreadPoolExecutor(visitors) as crowd:
                    result[f"{state}, {how}"] = summary(crowd.map(lambda name: first_byte(node, name), names))
        return {"spaces": count, **result}
    finally:
        node.clean()


def memory_and_time(pid):
    """Anonymous memory in kB, and processor time in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = int(next(line for line in rollup.splitlines() if line.startswith("Private_Dirty:")).split()[1])
    return kilobytes, (int(fields[11]) + int(fields[12])) / TICKS


def meminfo(key):
    return int(re.search(rf"^{key}: +(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.M)[1])


def held(node):
    """What the containers hold, in kB: in memory and in swap."""
    ids = docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}").split()
    pids = docker("inspect", "-f", "{{.State.Pid}}", *ids).split()
    memory = swap = 0
    for pid in pids:
        groups = pathlib.Path(f"/proc/{pid}/cgroup").read_text()
        if first := re.search(r"^\d+:memory:(.*)$", groups, re.M):
            folder = pathlib.Path("/sys/fs/cgroup/memory" + first[1])
            memory += int((folder / "memory.usage_in_bytes").read_text())
            swap += int(re.search(r"^total_swap (\d+)$", (folder / "memory.stat").read_text(), re.M)[1])
        else:
            folder = pathlib.Path("/sys/fs/cgroup" + re.search(r"^0::(.*)$", groups, re.M)[1])
            memory += int((folder / "memory.current").read_text())
            swap += int((folder / "memory.swap.current").read_text())
    return memory // 1024, swap // 1024


def settled(node):
    """The same once the kernel has taken what it takes."""
    seen = held(node)
    while True:
        time.sleep(2)
        now = held(node)
        if abs(now[0] - seen[0]) * 100 <= seen[0]:
            return now
        seen = now


def measure_holding(wakes):
    node = Node(node_file="defaults: {stop_after: never}\n").start()
    try:
        name, first, all_of_it = bring_up(node, 1)[0], [], []
        node.run(name, "dd if=/dev/urandom of=/dev/shm/data bs=1M count=63")
        for _ in range(wakes):
            lay_to_sleep(node, [name])
            memory, swap = settled(node)
            first.append(first_byte(node, name))
            began = time.monotonic()
            node.run(name, "cat /dev/shm/data > /dev/null")
            all_of_it.append((time.monotonic() - began) * 1000)
        return {"wakes": wakes, "swap_of_the_machine_kb": meminfo("SwapTotal"), "frozen_kb": memory, "frozen_in_swap_kb": swap,
                "first_byte": summary(first), "all_that_it_holds": summary(all_of_it)}
    finally:
        node.clean()


def measure_asleep(count, seconds):
    node = Node(node_file="defaults: {stop_after: never}\n").start()
    try:
        ours = {"serve": node.process.pid, "gateway": node.programs("spaceport-gateway")[0]}
        bring_up(node, 5)  # what is made once is not counted
        before = {name: memory_and_time(pid)[0] for name, pid in ours.items()}
        names = bring_up(node, count + 5)
        lay_to_sleep(node, names)
        memory, swap = settled(node)
        begin = {name: memory_and_time(pid) for name, pid in ours.items()}
        time.sleep(seconds)
        end = {name: memory_and_time(pid) for name, pid in ours.items()}
        return {"spaces": count, "seconds": seconds,
                **{f"{name}_kb_per_space": round((begin[name][0] - before[name]) / count, 1) for name in ours},
                **{f"{name}_cpu_percent": round((end[name][1] - begin[name][1]) / seconds * 100, 2) for name in ours},
                "swap_of_the_machine_kb": meminfo("SwapTotal"), "containers_kb_per_space": round(memory / len(names), 1),
                "containers_in_swap_kb_per_space": round(swap / len(names), 1)}
    finally:
        node.clean()


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) == 2 else ""
    spaces.make_base()
    if what == "wake":
        print(json.dumps(measure_wake(int(os.environ.get("SPACES", "50"))), indent=2))
    elif what == "asleep":
        print(json.dumps(measure_asleep(int(os.environ.get("SPACES", "500")), int(os.environ.get("SECONDS", "30"))), indent=2))
    elif what == "holding":
        print(json.dumps(measure_holding(int(os.environ.get("WAKES", "20"))), indent=2))
    else:
        sys.exit(__doc__)
