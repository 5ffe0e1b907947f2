"""One clear error for each mistake, a code that is not 0, and nothing half-started left behind."""
import signal
import socket
import subprocess
import time

import pytest

import spaces
from node import docker, until
from spaces import BASE, CMD
from tap import Tap


def refused(node, done, *words):
    """The command failed, said all the words on stderr, and left no container and no Space."""
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    for word in words:
        assert word.lower() in done.stderr.lower(), f"{word!r} is not in:\n{done.stderr}"
    assert "terminate called" not in said and "std::" not in said, said


def nothing_of(node, name):
    assert docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}",
                  "--filter", f"label=spaceport.space={name}") == ""


@pytest.mark.parametrize("claim, readme, words", [
    ("broken YAML is told with file, line and column", "---\nsdk: docker\napp_port: [7860\n---\n", ["README.md:"]),
    ("a tab that indents is told with its line", "---\nsdk: docker\nroutes:\n\t- {path: /a, port: 1}\n---\n", ["README.md:4:"]),
    ("another sdk is named, with what is possible", "---\nsdk: gradio\n---\n", ["README.md:2:", "gradio", "docker"]),
    ("no sdk is told", "---\ntitle: x\n---\n", ["README.md", "sdk"]),
    ("no front matter is told", "# just a page\n", ["README.md", "Missing configuration in README"]),
    ("a port that is too small is told in the hub's words", spaces.readme("app_port: 80"),
     ["README.md:3:", '"app_port" must be greater than or equal to 1025']),
    ("a port that is too large is told", spaces.readme("app_port: 70000"), ["README.md:3:", "app_port", "65535"]),
    ("a port that is no number is told", spaces.readme("app_port: http"), ["README.md:3:", "app_port"]),
    ("a route's port out of range is told", spaces.readme("routes: [{path: /a, port: 0}]"), ["README.md:3:", "port"]),
    ("a route without a leading slash is told", spaces.readme("routes: [{path: a, port: 8000}]"), ["README.md:3:", "path"]),
    ("two routes that collide are both told", spaces.readme("routes:", "  - {path: /a, port: 1}", "  - {path: /a/, port: 2}"),
     ["README.md:5:", "/a", "lines 4 and 5"]),
    ("a colour outside the list is told in the hub's words", spaces.readme("colorFrom: brown"),
     ["README.md:3:", '"colorFrom" must be one of [red, yellow, green, blue, indigo, purple, pink, gray]']),
    ("every problem is told at once", spaces.readme("app_port: 80", "colorFrom: brown"), ["README.md:3:", "README.md:4:"]),
])
def test_front_matter(node, up, claim, readme, words):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, readme=readme, check=False)

    refused(node, done, *words)
    nothing_of(node, name)


def test_an_unknown_key_gets_a_suggestion_and_the_space_runs(node, up):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, readme=spaces.readme("app_prot: 7861"), check=False)

    assert done.returncode == 0, done.stderr
    assert "README.md:3:" in done.stderr and "app_prot" in done.stderr and "app_port" in done.stderr
    assert node.request(name).status == 200


@pytest.mark.parametrize("missing, words", [
    ({"dockerfile": None}, ["Dockerfile"]),
    ({"readme": None}, ["README.md"]),
    ({"dockerfile": ""}, ["Dockerfile"]),
    ({"dockerfile": "RUN true\n"}, ["Dockerfile", "FROM"]),
])
def test_a_file_that_is_missing_or_empty_is_named(node, up, missing, words):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, **missing)

    refused(node, done, *words)
    nothing_of(node, name)


def test_a_folder_that_is_not_there_is_named(node):
    refused(node, node.cli("up", "-d", "/no/such/folder", check=False), "/no/such/folder")


@pytest.mark.parametrize("name", ["UPPER case/x", "a/b/c", "-a/b", "a/b.git", "a/" + "x" * 100, "a/../b", "a/b--c"])
def test_a_name_that_breaks_the_rule_is_refused(node, tmp_path, name):
    folder = spaces.write(tmp_path / "s")

    done = node.cli("up", "-d", folder, "--name", name, check=False)

    refused(node, done, "name")
    assert name not in node.cli("ls").stdout


@pytest.mark.parametrize("arguments, words", [
    (["--env", "NOVALUE"], ["NOVALUE", "K=V"]),
    (["--env", "1X=y"], ["1X"]),
    (["--secret", "NOT_THERE"], ["NOT_THERE"]),
    (["--secret-file", "/no/such/file"], ["/no/such/file"]),
    (["--storage", "lots"], ["--storage", "lots"]),
    (["--storage", "-1"], ["--storage"]),
    (["--no-such-option"], ["--no-such-option"]),
])
def test_a_wrong_option_is_told(node, up, arguments, words):
    refused(node, up(args=arguments, check=False), *words)


def test_an_unknown_command_is_told(node):
    refused(node, node.cli("lunch", check=False), "lunch")


@pytest.mark.parametrize("command", ["show", "logs", "restart", "pause", "wake", "rm", "vars", "secrets"])
def test_a_space_that_is_not_there_is_told(node, command):
    refused(node, node.cli(command, "no/body", check=False), "no/body")


def test_an_app_that_ends_at_once_is_told_with_its_last_words(node, up):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, dockerfile=f"FROM {BASE}\nCMD [\"sh\", \"-c\", \"echo no model found >&2; exit 9\"]\n")

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "exit code 9" in said and "no model found" in said
    until(lambda: node.request(name).status == 503, 10, "a failure page")


def test_an_app_that_never_listens_is_told_with_the_port(node, up):
    done = up(check=False, readme=spaces.readme("startup_duration_timeout: 2s"), dockerfile=f"FROM {BASE}\nCMD [\"sleep\", \"600\"]\n")

    assert done.returncode != 0
    assert "7860" in done.stdout + done.stderr and "app_port" in done.stdout + done.stderr


def test_an_engine_that_is_not_there_is_told_with_its_socket(make_node, tmp_path):
    node = make_node(engine=tmp_path / "no.sock")
    folder = spaces.write(tmp_path / "s")

    done = node.cli("up", "-d", folder, "--name", "t/x", check=False, timeout=60)

    refused(node, done, "no.sock")
    doctor = node.cli("doctor", check=False, timeout=60)
    assert doctor.returncode != 0
    assert "no.sock" in doctor.stdout + doctor.stderr
    until(lambda: not node.processes() or node.process, 20, "no process left")


@pytest.mark.parametrize("known", [False, True], ids=["at once", "known to be gone"])
def test_an_engine_that_dies_in_the_middle_of_a_build_ends_it_with_one_error(make_node, tmp_path, known):
    engine = Tap(tmp_path / "e.sock")
    node = make_node(engine=tmp_path / "e.sock").start()
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo begun-{time.time()} && sleep 60\n{CMD}")
    up = node.popen("up", "-d", folder, "--name", "t/x")
    lines = []
    for line in up.stdout:
        lines.append(line)
        if "begun-" in line and "RUN" not in line:
            break
    if known:
        engine.alive = False
        engine.hang_up(b"/events?")
        until(lambda: "what needs it waits until it answers" in node.log.read_text(), 20, "serve missing the engine")
    engine.die()
    rest, _ = up.communicate(timeout=60)

    assert up.returncode != 0, "".join(lines) + rest
    assert "engine" in rest.lower(), rest
    engine.alive = True
    until(lambda: node.cli("ls", check=False).returncode == 0, 30, "serve living on")
    spaces.write(folder)
    until(lambda: node.cli("up", "-d", folder, "--name", "t/x", check=False).returncode == 0, 60, "a build after the engine is back")
    node.cli("rm", "t/x", "--data")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_during_a_build_leaves_nothing(make_node, tmp_path, stop):
    node = make_node()
    stamp = f"begun-{time.time()}"
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN echo {stamp} && sleep 97\n{CMD}")
    up = node.popen("up", folder, "--name", "t/x", start_new_session=True)
    for line in up.stdout:
        if stamp in line and "RUN" not in line:
            break
    up.send_signal(stop)
    up.communicate(timeout=60)

    assert up.returncode != 0
    until(lambda: not node.processes(), 20, "our programs ending")
    assert node.leftovers("ps") == []
    until(lambda: not subprocess.run(["pgrep", "-f", "^sleep 97"], capture_output=True).stdout, 20, "the build's step ending")
    assert not (node.state / "run/api.sock").exists(), "somebody could still think that serve runs"


def test_ctrl_c_of_up_stops_what_it_started_and_keeps_the_data(make_node, tmp_path):
    node = make_node()
    folder = spaces.write(tmp_path / "s")
    up = node.popen("up", folder, "--name", "t/x", "--storage", "1Gi", start_new_session=True)

    def answers():
        try:
            return node.request("t/x").status == 200
        except OSError:
            return False
    until(answers, 60, "the Space answering")
    node.run("t/x", "echo kept > /data/file")
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=60)

    until(lambda: not node.processes(), 20, "our programs ending")
    assert docker("ps", "-q", "--filter", f"label=spaceport.instance={node.instance}") == ""
    node.start()
    node.cli("up", "-d", folder, "--name", "t/x")
    assert node.run("t/x", "cat /data/file") == "kept\n"
    node.cli("rm", "t/x", "--data")


def test_a_full_disk_is_one_error_and_loses_nothing(make_node, tmp_path):
    node = make_node()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0711", "tmpfs", node.state], check=True)
    try:
        (node.state / "spaceport.yaml").write_text(f"listeners: [{{address: '127.0.0.1:{node.port}'}}]\n")
        node.start()
        folder = spaces.write(tmp_path / "s")
        node.cli("up", "-d", folder, "--name", "t/first")
        with open(node.state / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass

        # More than what is still free inside the files that are there already.
        done = node.cli("up", "-d", folder, "--name", "t/second", "--env", "MUCH=" + "x" * 60_000, "--env", "MORE=" + "x" * 60_000, check=False)
        refused(node, done, "full", "free some disk space")
        assert len([line for line in done.stderr.splitlines() if "error" in line]) <= 1, done.stderr
        assert "t/second" not in node.cli("ls").stdout, "something half-started is left behind"
        assert node.request("t/first").status == 200, "the first Space suffered"

        (node.state / "filler").unlink()
        node.cli("up", "-d", folder, "--name", "t/second")
        assert node.request("t/second").status == 200
        for name in ("t/first", "t/second"):
            node.cli("rm", name, "--data")
        node.stop()
    finally:
        until(lambda: not node.processes(), 30, "our programs ending")
        subprocess.run(["umount", "-l", node.state], check=True)


def test_a_broken_node_file_is_told_with_file_line_and_column(make_node):
    node = make_node(node_file="defaults: {memory: lots}\nenigne: /x\n")

    done = node.cli("serve", check=False, timeout=30)

    refused(node, done, "spaceport.yaml:4:", "memory", "spaceport.yaml:5:", "enigne", "engine")


def test_two_serves_on_one_folder_are_refused(node):
    refused(node, node.cli("serve", check=False, timeout=30), "serve")


def test_a_port_that_is_taken_is_named(make_node):
    node = make_node()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", node.port))
        taken.listen()

        done = node.cli("serve", check=False, timeout=30)

    refused(node, done, str(node.port))
    assert node.processes() == []


def test_a_space_that_was_good_keeps_serving_when_the_new_build_fails(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder)
    spaces.write(folder, dockerfile=f"FROM {BASE}\nRUN exit 1\n{CMD}")

    assert node.cli("up", "-d", folder, "--name", name, check=False).returncode != 0

    assert node.request(name).status == 200
