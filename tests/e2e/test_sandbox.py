"""What an app runs as, what it is given, and what it may not do."""
import re
import subprocess

import pytest

import spaces
from node import until
from podman import beyond_podman
from spaces import BASE, CMD


@pytest.fixture(scope="module")
def app(node, tmp_path_factory):
    name = spaces.unique("sandbox")
    folder = spaces.write(tmp_path_factory.mktemp("s"), readme=spaces.readme("title: My Space"))
    node.cli("up", "-d", folder, "--name", name)
    yield name
    node.cli("rm", name, "--data", check=False)


def status(node, name):
    return dict(re.findall(r"^(\w+):\s+(.*)$", node.run(name, "cat /proc/self/status"), re.MULTILINE))


def test_it_runs_as_uid_1000(node, app):
    assert node.run(app, "id -u; id -g").split()[0] == "1000"


def test_it_runs_as_uid_1000_even_if_the_dockerfile_says_root(node, up):
    name = up(dockerfile=f"FROM {BASE}\nUSER root\n{CMD}")

    assert node.run(name, "id -u") == "1000\n"


def test_it_has_no_capabilities_and_can_gain_none(node, app):
    seen = status(node, app)

    assert int(seen["CapEff"], 16) == 0 and int(seen["CapPrm"], 16) == 0 and int(seen["CapBnd"], 16) == 0
    assert seen["NoNewPrivs"] == "1"
    assert seen["Seccomp"] == "2"


def test_a_setuid_program_gives_it_nothing(node, up, tmp_path):
    # busybox itself would give back what the bit gives it.
    source, program = tmp_path / "who.cpp", tmp_path / "who"
    source.write_text('#include <cstdio>\n#include <unistd.h>\nint main() { std::printf("%d\\n", geteuid()); }\n')
    subprocess.run(["c++", "-static", "-o", program, source], check=True)
    name = up(dockerfile=f"FROM {BASE}\nCOPY who /who\nRUN chmod 4755 /who\n{CMD}", files={"who": program.read_bytes()})

    assert node.run(name, "stat -c %u:%a /who; /who") == "0:4755\n1000\n"


def test_its_memory_cpus_and_processes_are_limited(node, app):
    host = node.container(app)["HostConfig"]

    assert host["Memory"] > 0
    assert host["MemorySwap"] == host["Memory"], "swap would let it have more"
    assert host["NanoCpus"] > 0
    assert host["PidsLimit"] > 0


@beyond_podman("tells the size of a log elsewhere, and keeps one file of it")
def test_its_log_is_rotated(node, app):
    log = node.container(app)["HostConfig"]["LogConfig"]

    assert log["Config"]["max-size"] and int(log["Config"]["max-file"]) >= 1


def test_nothing_but_us_restarts_it_and_nothing_is_published(node, app):
    container = node.container(app)

    assert container["HostConfig"]["RestartPolicy"]["Name"] in ("no", "")
    assert not container["HostConfig"]["Privileged"]
    assert not [port for port, bound in (container["NetworkSettings"]["Ports"] or {}).items() if bound]


def test_zombies_are_reaped_by_an_init(node, app):
    assert node.container(app)["HostConfig"]["Init"] is True


def test_it_has_the_built_in_variables(node, app):
    seen = dict(line.split("=", 1) for line in node.run(app, "env").splitlines() if "=" in line)
    owner, repo = app.split("/")

    assert seen["SPACE_ID"] == app
    assert seen["SPACE_AUTHOR_NAME"] == owner
    assert seen["SPACE_REPO_NAME"] == repo
    assert seen["SPACE_TITLE"] == "My Space"
    assert seen["SPACE_HOST"].startswith(app.replace("/", "-") + ".localhost")
    assert re.fullmatch("[0-9a-f]{24}", seen["SPACE_CREATOR_USER_ID"])
    assert int(seen["CPU_CORES"]) >= 1
    assert re.fullmatch(r"\d+(Gi|Mi)", seen["MEMORY"])
    assert seen["ACCELERATOR"] == "none"
    assert seen["SYSTEM"] == "spaces"
    assert seen["PORT"] == "7860"


def test_a_variable_of_the_owner_cannot_lie_about_the_space(node, up):
    name = up(args=["--env", "SPACE_ID=somebody/else"], check=True)

    assert node.run(name, "echo $SPACE_ID") == name + "\n"


@beyond_podman("does not tell that it was the memory")
def test_an_app_that_takes_too_much_memory_is_ended_and_the_reason_is_told(make_node, tmp_path):
    small = make_node(node_file="defaults: {memory: 32Mi}\n").start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nCMD [\"sh\", \"-c\", \"tail /dev/zero\"]\n")

    done = small.cli("up", "-d", folder, "--name", "t/greedy", check=False)

    assert done.returncode != 0
    assert "Memory limit exceeded" in done.stderr and "--hardware" in done.stderr, done.stderr


def test_a_fork_bomb_stays_in_its_cage(make_node, tmp_path):
    small = make_node(node_file="defaults: {pids: 64}\n").start()
    small.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/bomb")

    # The bomb is bounded, in case nothing else bounds it. What counts is the shell itself: no process is left.
    said = small.run("t/bomb", "(i=0; while [ $i -lt 300 ]; do sleep 5 >/dev/null 2>&1 & i=$((i+1)); done); set -- /proc/[0-9]*; "
                               "echo there are $#")

    assert "can't fork" in said, said
    assert 32 < int(re.search(r"there are (\d+)", said)[1]) <= 64, said
    until(lambda: small.request("t/bomb", "/cgi-bin/sh", "POST", "true").status == 200, 20, "the app answering again")
    small.cli("rm", "t/bomb", "--data")
