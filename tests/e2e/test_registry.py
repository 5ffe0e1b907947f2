"""Base images from a private registry: pulled with the credentials of spaceport.yaml, which are seen nowhere else."""
import pathlib
import tarfile
import tempfile
import threading

import pytest

import spaces
from node import docker
from registry import Registry

WRONG = "not-the-password-at-all"


@pytest.fixture(scope="module")
def registry():
    running = Registry()
    yield running
    running.close()


@pytest.fixture(scope="module")
def private(registry, base):
    """A base image that only the registry has: not this machine, and not the builder's cache."""
    word = spaces.unique("private").replace("/", "-")
    container = docker("create", base, "true")
    local = f"spaceport-test/{word}"
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"{word} from the registry\n")
        file.flush()
        pathlib.Path(file.name).chmod(0o644)
        docker("cp", file.name, f"{container}:/www/origin")
    docker("commit", container, local)
    docker("rm", container)
    there = registry.push(local, word)
    docker("rmi", local)
    return there, f"{word} from the registry\n"


@pytest.fixture
def node_with(registry, make_node, tmp_path):
    """node_with(password=…, user=…, host=…): a node that has these credentials; node_with(): one that has none."""
    def make(password=None, user=Registry.user, host=None):
        if password is None:
            return make_node().start()
        file = tmp_path / "registry.password"
        file.write_text(password + "\n")
        file.chmod(0o600)
        return make_node(node_file=f"registries: [{{host: '{host or registry.host}', username: {user}, "
                                   f"password_file: {file}}}]\n").start()
    return make


def write(tmp_path, image):
    return spaces.write(tmp_path / "s", dockerfile=f"FROM {image}\nRUN true\n{spaces.CMD}")


def test_the_registry_of_these_tests_wants_a_password(registry):
    assert registry.status() == 401
    assert registry.status(registry.user, WRONG) == 401
    assert registry.status(registry.user, registry.password) == 200


def test_a_private_base_image_is_pulled_with_the_credentials_of_the_node_file(registry, private, node_with, tmp_path):
    image, origin = private
    node = node_with(registry.password)

    node.cli("up", "-d", write(tmp_path, image), "--name", "t/private")

    assert node.request("t/private", "/origin").text == origin


def test_an_arg_that_names_a_private_base_image_is_pulled_with_them_too(registry, private, node_with, tmp_path):
    image, origin = private
    node = node_with(registry.password)
    folder = spaces.write(tmp_path / "s", dockerfile=f"ARG IMAGE\nFROM ${{IMAGE}}\n{spaces.CMD}")

    node.cli("up", "-d", folder, "--name", "t/private", "--env", f"IMAGE={image}")

    assert node.request("t/private", "/origin").text == origin


@pytest.mark.parametrize("claim, credentials, words", [
    ("no credentials: it says where they belong", {}, ["registries", "password_file"]),
    ("a wrong password: it says whose", {"password": WRONG}, ["registries", "password_file", Registry.user]),
    ("a wrong user: it says which", {"password": Registry.password, "user": "nobody"}, ["registries", "username", "nobody"]),
    ("credentials of another port are none of this registry's", {"password": Registry.password, "host": "127.0.0.1:1"},
     ["registries", "password_file"]),
])
def test_a_registry_that_refuses_is_one_clear_error(registry, private, node_with, tmp_path, claim, credentials, words):
    image, _ = private
    node = node_with(**credentials)

    done = node.cli("up", "-d", write(tmp_path, image), "--name", "t/refused", check=False)

    assert done.returncode != 0
    for word in ["Dockerfile:1", f"registry {registry.host}", "spaceport.yaml", *words]:
        assert word in done.stderr, f"{word!r} is not in:\n{done.stderr}"
    assert done.stderr.count("does not give") == 1, done.stderr
    assert registry.password not in done.stdout + done.stderr and WRONG not in done.stdout + done.stderr
    assert docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}") == ""


def test_a_password_file_that_is_gone_is_named_when_it_is_needed_and_only_then(registry, private, node_with, tmp_path):
    image, _ = private
    node = node_with(registry.password)
    (tmp_path / "registry.password").unlink()

    done = node.cli("up", "-d", write(tmp_path, image), "--name", "t/private", check=False)
    assert done.returncode != 0
    assert str(tmp_path / "registry.password") in done.stderr and "No such file" in done.stderr, done.stderr

    node.cli("up", "-d", spaces.write(tmp_path / "public"), "--name", "t/public")
    assert node.request("t/public").status == 200


def test_a_password_that_was_corrected_counts_from_the_next_build_on(registry, private, node_with, tmp_path):
    image, origin = private
    node = node_with(WRONG)
    folder = write(tmp_path, image)
    assert node.cli("up", "-d", folder, "--name", "t/private", check=False).returncode != 0

    (tmp_path / "registry.password").write_text(registry.password + "\n")
    node.cli("up", "-d", folder, "--name", "t/private")

    assert node.request("t/private", "/origin").text == origin


def test_the_password_is_in_no_argument_log_file_image_or_history(registry, private, node_with, tmp_path):
    image, _ = private
    node = node_with(registry.password)
    lines, done = [], threading.Event()

    def watch():
        while not done.wait(0.005):
            for entry in pathlib.Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        lines.append((entry / "cmdline").read_bytes())
                        if int(entry.name) in ours:
                            lines.append((entry / "environ").read_bytes())
                    except OSError:
                        continue

    ours = set(node.processes())
    assert ours
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        # The step prints what the builder was given, were it given the password.
        folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {image}\nRUN env; cat /proc/*/environ 2>/dev/null; true\n{spaces.CMD}")
        node.cli("up", "-d", folder, "--name", "t/private")
    finally:
        done.set()
        watcher.join()
    secret = registry.password.encode()

    assert lines and not [line for line in lines if secret in line]
    assert [file for file in node.folder.rglob("*") if file.is_file() and secret in file.read_bytes()] == []
    made = node.container("t/private")["Image"]
    with tempfile.NamedTemporaryFile(suffix=".tar") as saved:
        docker("save", "-o", saved.name, made)
        with tarfile.open(saved.name) as layers:
            members = [member for member in layers if member.isfile()]
            assert members and not [m.name for m in members if secret in layers.extractfile(m).read()]
    for said in (docker("history", "--no-trunc", made), docker("inspect", made), node.cli("logs", "--build", "t/private").stdout,
                 node.cli("show", "t/private", "--json").stdout, node.run("t/private", "env")):
        assert registry.password not in said
