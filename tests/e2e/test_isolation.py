"""What a hostile app reaches from inside its container: nothing of the node, of its neighbours, of other networks, of the kernel."""
import http.server
import json
import os
import re
import socket
import subprocess
import threading

import pytest

import spaces
from node import ENVIRONMENT, Node, docker, until
from outside import Outside, fetch
from podman import beyond_podman
from spaces import BASE
from tap import Tap

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture(scope="module")
def outside():
    made = Outside()
    try:
        yield made.set_up()
    finally:
        made.remove()


def bring_up(node, folder, word):
    name = spaces.unique(word)
    node.cli("up", "-d", spaces.write(folder), "--name", name)
    return name


@pytest.fixture(scope="module")
def hostile(node, tmp_path_factory):
    name = bring_up(node, tmp_path_factory.mktemp("s"), "hostile")
    yield name
    node.cli("rm", name, "--data", check=False)


@pytest.fixture(scope="module")
def neighbour(node, tmp_path_factory):
    name = bring_up(node, tmp_path_factory.mktemp("s"), "neighbour")
    yield name
    node.cli("rm", name, "--data", check=False)


@pytest.fixture(scope="module")
def open_node(base):
    """A node whose owner has opened what can be opened."""
    made = Node(node_file="defaults: {egress: {private: true, ports: [80, 7860], allow: ['10.123.45.68:9000']}}\n")
    try:
        yield made.start()
    finally:
        made.clean()


@pytest.fixture(scope="module")
def opened(open_node, tmp_path_factory):
    return bring_up(open_node, tmp_path_factory.mktemp("s"), "opened")


class Listener(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class Says(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the node\n")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def service():
    """A service of the node on all of its addresses, as most listen: its port."""
    server = Listener(("::", 0), Says)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(10)


def reach(node, space, *urls, patience=5):
    """What the app of a Space gets from each of them; all at once, because what is closed does not answer at all."""
    script = "".join(f"( timeout {patience} wget -q -O /tmp/got{i} '{url}' 2>/dev/null || echo closed > /tmp/got{i} ) &\n" for i, url in enumerate(urls))
    said = node.run(space, f"{script}wait\n" + "".join(f"echo $(cat /tmp/got{i})\n" for i in range(len(urls))))
    return dict(zip(urls, said.splitlines(), strict=True))


def closed(node, space, *urls):
    seen = reach(node, space, *urls, patience=1)
    return set(seen.values()) == {"closed"} or seen


def address_of(node, space):
    return next(one["IPAddress"] for one in node.container(space)["NetworkSettings"]["Networks"].values())


def addresses_of_this_machine():
    links = json.loads(subprocess.run(["ip", "-j", "-4", "addr"], capture_output=True, check=True).stdout)
    return {one["local"] for link in links for one in link["addr_info"] if link["ifname"] != "lo"}


def rules(node, tool="iptables"):
    done = subprocess.run([tool, "-w", "5", "-t", "mangle", "-S"], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    return [line for line in done.stdout.splitlines() if f"SPACEPORT-{node.instance[:8]}" in line]


def test_the_internet_is_open(node, hostile, outside):
    url = outside.web(outside.address)

    assert reach(node, hostile, url) == {url: "outside"}


def test_the_services_of_the_node_are_closed_on_each_of_its_addresses(node, hostile, outside, service):
    urls = [f"http://{address}:{service}/" for address in sorted(addresses_of_this_machine())]
    assert len(urls) >= 3 and all(fetch(url) == "the node\n" for url in urls), "there would be nothing to reach"

    assert closed(node, hostile, *urls) is True


@beyond_podman("gives a network no resolver of its own")
def test_neighbours_are_closed_by_address_and_by_name(node, hostile, neighbour):
    name = node.container(neighbour)["Name"].strip("/")
    found = node.run(hostile, f"nslookup {name} 127.0.0.11")
    assert address_of(node, neighbour) in found, "the engine's resolver does not answer any more: " + found
    urls = [f"http://{address_of(node, neighbour)}:7860/", f"http://{name}:7860/"]

    assert closed(node, hostile, *urls) is True


def test_services_for_metadata_are_closed(node, hostile, outside):
    urls = [outside.web("169.254.169.254"), outside.web("168.63.129.16")]

    assert closed(node, hostile, *urls) is True


def test_private_networks_are_closed(node, hostile, outside):
    assert closed(node, hostile, outside.web("10.123.45.67")) is True


def test_what_the_owner_opens_is_open_and_nothing_else(open_node, opened, outside):
    outside.web(outside.address)
    open_urls = [outside.web("10.123.45.66"), outside.web("10.123.45.68", 9000)]
    closed_urls = [outside.web("10.123.45.66", 9000), outside.web("169.254.169.253")]

    assert set(reach(open_node, opened, *open_urls).values()) == {"outside"}
    assert closed(open_node, opened, *closed_urls) is True


def test_where_private_networks_are_open_neighbours_and_other_instances_are_closed_all_the_same(open_node, opened, node, neighbour, tmp_path):
    beside = bring_up(open_node, tmp_path / "s", "beside")

    urls = [f"http://{address_of(open_node, beside)}:7860/", f"http://{address_of(node, neighbour)}:7860/"]
    assert closed(open_node, opened, *urls) is True


def test_the_node_is_closed_over_ipv6_too(node, hostile, service):
    """Spaces have no IPv6 of the engine's; what comes over their bridge is kept from the node all the same."""
    bridge, name = f"sp-{node.instance[:8]}", f"spsix{os.getpid()}"
    inside = ["ip", "netns", "exec", name]

    def ip(words):
        subprocess.run(["ip", *words.split()], check=True)
    try:
        for words in (f"netns add {name}", f"link add spv{os.getpid()} type veth peer name six netns {name}",
                      f"link set spv{os.getpid()} master {bridge} up", f"-n {name} link set six up"):
            ip(words)
        own = until(lambda: re.search(r"(fe80::\S+)/64 scope link *$", subprocess.run(
            ["ip", "-6", "addr", "show", "dev", bridge, "-tentative"], capture_output=True, text=True).stdout, re.MULTILINE), 10, "an address of the bridge")[1]
        until(lambda: "fe80" in subprocess.run(["ip", "-n", name, "-6", "addr", "show", "dev", "six", "-tentative"], capture_output=True,
                                               text=True).stdout, 10, "an address beside it")
        assert fetch(f"http://[{own}%25{bridge}]:{service}/") == "the node\n", "there would be nothing to reach"

        assert fetch(f"http://[{own}%25six]:{service}/", *inside, patience=1) == ""
        found = subprocess.run(["ip", "-n", name, "-6", "neigh", "show", "dev", "six"], capture_output=True, text=True).stdout
        assert f"{own} lladdr" in found, f"the link itself does not work: {found}"
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["ip", "link", "del", f"spv{os.getpid()}"], capture_output=True)


def flush(node):
    chain, bridge = f"SPACEPORT-{node.instance[:8]}", f"sp-{node.instance[:8]}"
    for words in (["-D", "PREROUTING", "-i", bridge, "-j", chain], ["-F", chain], ["-X", chain]):
        subprocess.run(["iptables", "-w", "5", "-t", "mangle", *words], check=True, env=ENVIRONMENT)


def test_rules_come_back_with_the_engine_and_go_with_the_network(make_node, tmp_path):
    tap = Tap(tmp_path / "e.sock")
    node = make_node(engine=tap.path).start()
    before = rules(node)
    assert sum("PREROUTING" in rule for rule in before) == 1 and len(before) > 10, before
    assert len(rules(node, "ip6tables")) > 8

    tap.die()
    flush(node)
    assert not rules(node)
    tap.alive = True
    until(lambda: rules(node) == before, 20, "the same rules again")

    # And once only, however often they are set.
    bring_up(node, tmp_path / "s", "kept")
    node.stop()
    assert rules(node) == before, "its containers go on"
    node.start()
    assert rules(node) == before
    node.cli("rm", next(one["id"] for one in json.loads(node.cli("ls", "--json").stdout)), "--data")
    node.stop()
    assert not rules(node) and not rules(node, "ip6tables")


def test_spaces_without_a_network_need_no_rules(make_node):
    node = make_node(node_file="defaults: {network: none}\n").start()
    found = {one["name"]: one for one in json.loads(node.cli("doctor", "--json", check=False).stdout)}
    assert found["network"]["ok"] and found["network"]["detail"] == "Spaces have none"
    assert not rules(node)


def test_without_iptables_it_is_said_once_and_by_doctor(make_node, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    mounts = ["unshare", "--mount", "sh", "-c", f"mount --bind {folder} /usr/sbin && exec \"$@\"", "sh"]
    node = make_node()
    command = node.command
    node.command = lambda *arguments: [*(mounts if arguments[:1] == ("serve",) else []), *command(*arguments)]
    node.start()

    assert node.log.read_text().count("there is no iptables here") == 1, node.log_end()
    found = {one["name"]: one for one in json.loads(node.cli("doctor", "--json", check=False).stdout)}
    assert not found["network"]["ok"] and "there is no iptables here" in found["network"]["detail"] and "apt-get install iptables" in found["network"]["fix"]
    assert found["/data"]["ok"] and "mkfs.ext4" in found["/data"]["detail"] and found["/data"]["fix"], found


ESCAPES = {
    "mount": "mkdir -p /tmp/m && mount -t tmpfs none /tmp/m && echo done",
    "mount proc": "mkdir -p /tmp/p && mount -t proc none /tmp/p && echo done",
    "mount control groups": "mkdir -p /tmp/c && mount -t cgroup -o memory cgroup /tmp/c && echo done",
    "remount": "mount -o remount,rw /proc/sys && echo done",
    "device": "mknod /tmp/disk b 254 0 && echo done",
    "memory device": "mknod /tmp/mem c 1 1 && echo done",
    "kernel setting": "v=$(cat /proc/sys/kernel/core_pattern) && echo \"$v\" > /proc/sys/kernel/core_pattern && echo done",
    "name of the machine": "hostname elsewhere && echo done",
    "release agent": "for f in $(find /sys/fs/cgroup -name release_agent); do echo '' > $f && echo done; done",
    "own limit": "for f in $(find /sys/fs/cgroup -name memory.limit_in_bytes -o -name memory.max); do echo 9999999999 > $f && echo done; done",
    "module": "insmod /bin/busybox && echo done",
    "namespaces": "unshare -r id -u && echo done",
    "other processes": "nsenter -t 1 -m true && echo done",
    "chroot": "chroot / true && echo done",
    "another user": "chown 0 /tmp && echo done",
    "network settings": "ip addr add 10.99.99.99/32 dev lo && echo done",
}


NO_ESCAPES_OF_PODMAN = {"namespaces": [beyond_podman("lets a process make a user namespace")]}


@pytest.mark.parametrize("script", [pytest.param(script, id=name, marks=NO_ESCAPES_OF_PODMAN.get(name, ())) for name, script in ESCAPES.items()])
def test_it_does_not_get_out_by(node, hostile, script):
    said = node.run(hostile, f"( {script} ) 2>&1; true")

    assert "done" not in said.split(), said


def test_it_finds_no_socket_no_device_and_no_process_of_anybody_else(node, hostile, neighbour):
    said = node.run(hostile, "find / -xdev -type s 2>/dev/null; find /run /var/run -name '*.sock' 2>/dev/null; true")
    assert said == "", said
    devices = node.run(hostile, "find /dev -type b -o -type c | sort").split()
    assert not [one for one in devices if not re.fullmatch(r"/dev/(console|full|null|ptmx|pts/\S+|random|tty|urandom|zero)", one)], devices
    processes = node.run(hostile, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "httpd" in processes and "dockerd" not in processes and "spaceport" not in processes
    # The app, its init, and what this very request runs.
    assert int(node.run(hostile, "ls -d /proc/[0-9]* | wc -l")) < 12


def test_it_does_not_find_the_secret_of_a_neighbour(node, hostile, up):
    secret = f"sekrit-{os.urandom(8).hex()}"
    victim = up(args=["--secret", "TOKEN", "--storage", "16Mi"], env={"TOKEN": secret})
    assert node.run(victim, "echo $TOKEN > /data/file; cat /data/file") == secret + "\n"
    image = node.container(victim)["Image"]

    # What lies open to it: its files, its processes, its engine's labels and the images that it could build upon.
    half = secret[: len(secret) // 2], secret[len(secret) // 2:]
    found = node.run(hostile, f"p={half[0]}; p=$p{half[1]}; grep -rlF -e $p /data /home /tmp /etc /www /run /var /proc/[0-9]*/environ 2>/dev/null | grep -v self; true")
    assert found == "", found
    assert secret not in docker("image", "inspect", image) and secret not in docker("history", "--no-trunc", image)
    assert secret not in json.dumps(node.container(victim)["Config"]["Labels"])


def test_a_busy_loop_takes_no_more_than_its_share(make_node, tmp_path):
    small = make_node(node_file="defaults: {cpu: 0.2}\n").start()
    name = bring_up(small, tmp_path / "s", "busy")

    said = small.run(name, "timeout 2 sh -c 'while :; do :; done'; cat /sys/fs/cgroup/cpu*/cpu.stat /sys/fs/cgroup/cpu.stat 2>/dev/null")

    seen = dict(line.split() for line in said.splitlines() if len(line.split()) == 2)
    assert int(seen["nr_throttled"]) >= 5, said


@beyond_podman("keeps one file of a log, and cuts all of it")
def test_a_log_that_is_filled_takes_no_more_than_its_files(make_node, tmp_path):
    small = make_node(node_file="defaults: {log_max_size: 64Ki, log_max_files: 2}\n").start()
    name = bring_up(small, tmp_path / "s", "loud")

    assert small.run(name, "yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | head -n 50000 > /proc/1/fd/1; echo $?") == "0\n"

    log = os.path.dirname(small.container(name)["LogPath"])
    until(lambda: any(one.endswith(".log.1") for one in os.listdir(log)), 20, "a second file")
    sizes = {one: os.path.getsize(f"{log}/{one}") for one in os.listdir(log) if "-json.log" in one}
    assert len(sizes) <= 2 and sum(sizes.values()) < 2 * (64 << 10) + 4096, sizes


@pytest.fixture(scope="module")
def small_disk(base):
    made = Node(node_file="defaults: {disk: 32Mi, volumes: plain}\n")
    try:
        yield made.start()
    finally:
        made.clean()


FILLS = {
    "one large file": "dd if=/dev/zero of=/tmp/big bs=1M count=48",
    "many empty files": "mkdir /tmp/m; cd /tmp/m; i=0; while [ $i -lt 2500 ]; do : > $i; i=$((i+1)); done",
    "a deep file": "d=/tmp; for i in $(seq 9); do d=$d/dddddddddddddddddddddddd; done; mkdir -p $d; dd if=/dev/zero of=$d/big bs=1M count=48",
}


def stage_of(node, space, stage):
    """What `show` says once it is in this stage."""
    return until(lambda: (lambda one: one if one["stage"] == stage else None)(node.show(space)), 40, f"{space} in stage {stage}")


def test_a_disk_that_is_filled_ends_the_workload_and_no_other(small_disk, tmp_path):
    modest = bring_up(small_disk, tmp_path / "s", "modest")
    small_disk.run(modest, "dd if=/dev/zero of=/tmp/some bs=1M count=24 2>/dev/null")
    greedy = {bring_up(small_disk, tmp_path / "s", "greedy"): script for script in FILLS.values()}
    for name, script in greedy.items():
        small_disk.run(name, f"({script}) >/dev/null 2>&1; true")

    for name in greedy:
        shown = stage_of(small_disk, name, "RUNTIME_ERROR")
        assert shown["message"].startswith("Workload evicted, storage limit exceeded (32M)\n"), shown["message"]
    until(lambda: len(small_disk.leftovers()) == 1, 20, "their containers gone")
    assert small_disk.run(modest, "stat -c %s /tmp/some") == f"{24 << 20}\n"
    # None is tried again by itself; its owner begins anew.
    name = next(iter(greedy))
    assert small_disk.request(name).status == 503 and small_disk.show(name)["stage"] == "RUNTIME_ERROR"
    small_disk.cli("restart", name)
    assert small_disk.run(name, "ls -A /tmp") == ""


def test_data_of_a_plain_volume_ends_the_workload_when_it_is_too_much(small_disk, tmp_path):
    name = spaces.unique("full")
    small_disk.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", name, "--storage", "16Mi")
    small_disk.run(name, "dd if=/dev/zero of=/data/big bs=1M count=24 2>/dev/null")

    shown = stage_of(small_disk, name, "RUNTIME_ERROR")

    assert shown["message"].startswith("Workload evicted, storage limit exceeded (16M)\n") and "/data" in shown["message"]
    small_disk.cli("up", "-d", tmp_path / "s", "--name", name, "--storage", "64Mi")
    assert small_disk.run(name, "stat -c %s /data/big") == f"{24 << 20}\n", "what it had is still there"
    small_disk.cli("rm", name, "--data")
