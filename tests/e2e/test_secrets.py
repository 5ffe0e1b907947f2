"""Where the value of a secret must not be: everywhere but in the build's tmpfs and in the app's environment."""
import contextlib
import gzip
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import threading
import zlib

import pytest

import spaces
from node import docker, until
from spaces import BASE, CMD
from tap import Tap

VALUE = "hunter2-must-not-be-found"
DOCKERFILE = f"""\
FROM {BASE}
RUN --mount=type=secret,id=TOKEN,mode=0444,required=true sha256sum /run/secrets/TOKEN > /www/sum
{CMD}"""


@pytest.fixture
def with_secret(node, up):
    return up(args=["--secret", "TOKEN"], env={"TOKEN": VALUE}, dockerfile=DOCKERFILE)


def files_with(needle, folder):
    """Regular files below a folder whose bytes hold the needle."""
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and not path.is_symlink() and needle.encode() in path.read_bytes():
            found.append(str(path))
    return found


def holders(needle, data, name="", depth=6):
    """Names of the files that hold the needle, in archives inside archives, packed or not."""
    found = [name] if needle.encode() in data else []
    if depth == 0:
        return found
    if data[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):
            found += holders(needle, gzip.decompress(data), f"{name}|gunzip", depth - 1)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile():
                    found += holders(needle, archive.extractfile(member).read(), f"{name}/{member.name}", depth - 1)
    return found


def image_of(node, space):
    """Everything that the engine keeps of a Space's image, as one archive: configuration, history and layers."""
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder) / "image.tar"
        docker("save", "-o", saved, node.container(space)["Image"])
        return saved.read_bytes()


def test_the_value_is_in_no_layer_of_the_image_and_not_in_its_history(node, with_secret):
    image = node.container(with_secret)["Image"]

    assert holders(VALUE, image_of(node, with_secret)) == []
    assert VALUE not in docker("history", "--no-trunc", image)
    assert VALUE not in docker("inspect", image)


def test_the_search_finds_a_value_that_a_step_leaves_behind_packed_or_not(node, up):
    leaky = up(args=["--secret", "TOKEN"], env={"TOKEN": VALUE}, dockerfile=f"""\
FROM {BASE}
RUN --mount=type=secret,id=TOKEN,required=true cd /run/secrets && cat TOKEN > /tmp/plain && tar -czf /tmp/packed TOKEN
ENV LEFT=in-the-configuration
{CMD}""")
    image = image_of(node, leaky)

    found = holders(VALUE, image)
    assert any(name.endswith("/tmp/plain") for name in found), found
    assert any("/tmp/packed|gunzip" in name and name.endswith("/TOKEN") for name in found), found
    assert any(name.endswith(".json") for name in holders("in-the-configuration", image))
    assert holders(VALUE, gzip.compress(image)) != [], "layers as newer engines keep them"


def test_the_engine_is_told_the_value_only_where_a_step_or_the_app_asks_for_it(make_node, tmp_path):
    tap = Tap(tmp_path / "e.sock")
    node = make_node(engine=tap.path).start()
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=DOCKERFILE), "--name", "t/x", "--secret", "TOKEN", env={"TOKEN": VALUE})

    sent = [bytes(each) for each in tap.sent if VALUE.encode() in each]
    assert any(b"/build?" in each for each in tap.sent), "the tap saw no build"
    for each in sent:
        session, _, creation = each.partition(b"/containers/create")
        assert each.startswith(b"POST /session") or VALUE.encode() not in session and b"TOKEN=" + VALUE.encode() in creation, each[:3000]
    assert len(sent) == 2, "the build's session and the container"
    assert all(VALUE not in json.dumps({**each, "Env": []}) for each in tap.creations())
    node.cli("rm", "t/x", "--data")


def test_the_value_is_in_no_file_of_ours_not_even_in_the_database(node, with_secret):
    assert files_with("hunter2", node.folder) == []


def test_the_value_is_in_no_answer_of_the_command_line(node, with_secret):
    for command in (["ls", "--json"], ["show", with_secret], ["show", with_secret, "--json"], ["secrets", with_secret],
                    ["secrets", with_secret, "--json"], ["vars", with_secret, "--json"], ["logs", "--build", with_secret],
                    ["logs", with_secret], ["doctor"]):
        done = node.cli(*command, check=False)
        assert VALUE not in done.stdout + done.stderr, command
    assert "TOKEN" in node.cli("secrets", with_secret).stdout, "the name of a secret is no secret"


def test_the_value_is_in_nobodys_arguments_while_it_is_built_and_run(node, up):
    seen, done = [], threading.Event()

    def watch():
        while not done.is_set():
            for entry in pathlib.Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        line = (entry / "cmdline").read_bytes()
                    except OSError:
                        continue
                    if VALUE.encode() in line:
                        seen.append(line)
            done.wait(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        up(args=["--secret", "TOKEN"], env={"TOKEN": VALUE}, dockerfile=DOCKERFILE.replace("sha256sum", "sleep 0.3; sha256sum"))
    finally:
        done.set()
        watcher.join()
    assert seen == []


def test_the_value_is_in_no_environment_of_our_programs(node, with_secret):
    for pid in node.processes():
        assert VALUE.encode() not in pathlib.Path(f"/proc/{pid}/environ").read_bytes(), pid


def test_a_value_on_the_command_line_is_refused(node, up):
    done = up(args=["--secret", f"TOKEN={VALUE}"], check=False)

    assert done.returncode != 0
    assert VALUE not in done.stdout + done.stderr
    assert "--secret TOKEN" in done.stdout + done.stderr


def test_a_step_that_prints_a_secret_finds_it_masked_in_log_and_error(node, up):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, args=["--secret", "TOKEN"], env={"TOKEN": VALUE}, dockerfile=f"""\
FROM {BASE}
RUN --mount=type=secret,id=TOKEN,required=true echo "using $(cat /run/secrets/TOKEN)"; exit 3
{CMD}""")

    assert done.returncode != 0
    assert "using " in done.stdout + done.stderr
    assert VALUE not in done.stdout + done.stderr
    assert VALUE not in node.cli("logs", "--build", name, check=False).stdout


def test_what_is_told_of_an_app_that_printed_its_secret_and_ended_does_not_repeat_it(node, up):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, args=["--secret", "TOKEN"], env={"TOKEN": f"{VALUE}\nand a second line"},
              dockerfile=f"FROM {BASE}\nCMD [\"sh\", \"-c\", \"echo I was given $TOKEN; exit 3\"]\n")

    said = done.stdout + done.stderr
    assert done.returncode != 0 and "exit code 3" in said and "I was given ***" in said, said
    page = node.request(name, headers={"Accept": "text/html"}).text
    for told in (said, page, node.log.read_text(), node.cli("logs", name).stdout, node.cli("show", name, "--json").stdout):
        assert VALUE not in told and "second line" not in told, told
    assert files_with("hunter2", node.folder) == []


def test_an_engine_error_does_not_quote_a_secret(node, up):
    done = up(check=False, args=["--secret", "TOKEN"], env={"TOKEN": VALUE}, dockerfile=f"FROM {BASE}\nCMD [\"/no/such/program\"]\n")

    assert done.returncode != 0
    assert VALUE not in done.stdout + done.stderr + node.log.read_text()


def test_the_key_and_the_database_are_for_the_owner_alone(node, with_secret):
    for file in ("secrets.key", "state.db"):
        assert (node.state / file).stat().st_mode & 0o077 == 0, file


def test_two_tenants_with_the_same_dockerfile_do_not_get_each_others_secret(node, up):
    """The value of a secret is not part of the builder's own cache key: the second tenant would get the first one's layer."""
    leaky = f"FROM {BASE}\nRUN --mount=type=secret,id=TOKEN,required=true cat /run/secrets/TOKEN > /www/built\n{CMD}"
    alice = up(args=["--secret", "TOKEN"], env={"TOKEN": "of-alice"}, dockerfile=leaky)
    bob = up(args=["--secret", "TOKEN"], env={"TOKEN": "of-bob"}, dockerfile=leaky)

    assert node.request(alice, "/built").text == "of-alice"
    assert node.request(bob, "/built").text == "of-bob"


def test_a_changed_secret_is_built_with_again(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=DOCKERFILE)
    name = up(folder=folder, args=["--secret", "TOKEN"], env={"TOKEN": "first"})
    before = node.request(name, "/sum").text

    up(name=name, folder=folder, args=["--secret", "TOKEN"], env={"TOKEN": "second"})

    assert node.request(name, "/sum").text != before


def test_two_tenants_do_not_share_a_cache_mount(node, up):
    dockerfile = f"FROM {BASE}\nARG WHO\nRUN --mount=type=cache,target=/cache ls /cache > /www/built; touch /cache/$WHO\n{CMD}"
    up(args=["--env", "WHO=alice"], dockerfile=dockerfile)
    bob = up(args=["--env", "WHO=bob"], dockerfile=dockerfile)

    assert node.request(bob, "/built").text == ""


def test_one_name_on_two_instances_does_not_share_a_cache_mount(node, up, make_node, tmp_path):
    dockerfile = f"FROM {BASE}\nARG WHO\nRUN --mount=type=cache,target=/cache ls /cache > /www/built; touch /cache/$WHO\n{CMD}"
    name = up(args=["--env", "WHO=alice"], dockerfile=dockerfile)
    other = make_node().start()
    other.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=dockerfile), "--name", name, "--env", "WHO=bob")

    assert other.request(name, "/built").text == ""
    other.cli("rm", name, "--data")


def test_one_tenants_builds_share_their_cache_mount(node, up, tmp_path):
    dockerfile = f"FROM {BASE}\nARG WHO\nRUN --mount=type=cache,target=/cache ls /cache > /www/built; touch /cache/$WHO\n{CMD}"
    folder = spaces.write(tmp_path / "s", dockerfile=dockerfile)
    name = up(folder=folder, args=["--env", "WHO=first"])
    up(name=name, folder=folder, args=["--env", "WHO=second"])

    assert node.request(name, "/built").text == "first\n"


def test_the_builders_own_settings_are_not_seen_in_the_image(node, with_secret):
    image = json.loads(docker("inspect", node.container(with_secret)["Image"]))[0]

    said = json.dumps(image["Config"]) + docker("history", "--no-trunc", image["Id"])
    assert "BUILDKIT_CACHE_MOUNT_NS" not in json.dumps(image["Config"])
    assert "cache-salt" not in node.run(with_secret, "cat /etc/hosts")
    assert VALUE not in said


def test_a_secret_reaches_only_its_own_space(node, up, with_secret):
    other = up()

    assert node.run(other, "env | grep -c TOKEN") == "0\n"


def test_a_terminal_is_asked_for_a_secret_that_is_not_in_the_environment(node, up, tmp_path):
    name = spaces.unique()
    up.names.add(name)
    folder = spaces.write(tmp_path / "s")
    controller, terminal = os.openpty()
    process = subprocess.Popen(node.command("up", "-d", folder, "--name", name, "--secret", "TOKEN"), stdin=terminal, stdout=terminal,
                               stderr=terminal, start_new_session=True, env={"PATH": "/usr/bin:/bin", "TERM": "dumb"})
    os.close(terminal)
    shown = b""
    answered = False
    while process.poll() is None:
        try:
            shown += os.read(controller, 4096)
        except OSError:
            break
        if b"TOKEN" in shown and not answered:
            os.write(controller, VALUE.encode() + b"\n")
            answered = True
    assert process.wait(60) == 0, shown.decode(errors="replace")
    os.close(controller)
    assert VALUE.encode() not in shown, "the terminal showed what was typed"
    assert node.run(name, "echo $TOKEN") == VALUE + "\n"


def test_after_a_rotation_every_secret_is_there_and_the_key_before_opens_none(node, with_secret):
    before = (node.state / "secrets.key").read_bytes()

    assert json.loads(node.cli("secrets", "rotate-key", "--json").stdout) == {"rotated": True}

    assert (node.state / "secrets.key").read_bytes() != before
    assert (node.state / "secrets.key").stat().st_mode & 0o777 == 0o600
    node.cli("restart", with_secret)
    assert node.run(with_secret, "echo $TOKEN") == VALUE + "\n"


def test_a_key_file_that_others_may_read_is_refused_with_what_to_do(make_node):
    node = make_node().start()
    node.stop()
    (node.state / "secrets.key").chmod(0o640)

    done = node.cli("serve", check=False, timeout=20)

    assert done.returncode != 0 and "may be read by others" in done.stderr and f"chmod 600 {node.state}/secrets.key" in done.stderr


def test_what_no_environment_can_hold_is_refused_before_it_is_stored(node, up):
    name = up()
    for value, words in (("x" * 65537, "the secret TOKEN has 65537 bytes, and may have 65536"),):
        done = node.cli("secrets", name, "set", "TOKEN", env={"TOKEN": value}, check=False)
        assert done.returncode != 0 and words in done.stderr, done.stderr
    assert node.cli("secrets", name).stdout == ""

    node.cli("secrets", name, "set", "TOKEN", env={"TOKEN": "x" * 65536})
    until(lambda: node.request(name, "/cgi-bin/sh", "POST", "echo ${#TOKEN}").text == "65536\n", 30, "the longest value in the app")


def in_memory(pid, needle):
    """How often a process holds a text in what it may write."""
    found = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if "w" not in rights:
                continue
            begin, end = (int(part, 16) for part in place.split("-"))
            with contextlib.suppress(OSError, ValueError):
                memory.seek(begin)
                found += memory.read(end - begin).count(needle)
    return found


def test_the_memory_of_serve_holds_a_value_no_longer_than_it_is_needed(make_node, tmp_path):
    node = make_node().start()
    value = "planted-" + os.urandom(12).hex()
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=DOCKERFILE), "--name", "t/x", "--secret", "TOKEN", env={"TOKEN": value})
    node.cli("secrets", "t/x", "set", "SECOND", env={"SECOND": value + "-2"})
    until(lambda: node.request("t/x", "/cgi-bin/sh", "POST", "echo $SECOND").text == f"{value}-2\n", 30, "the second secret")

    # Nobody keeps the environment of a container, or the document that it came in. What may be left are pages of the network that the next
    # request or answer writes over: of the API, of the engine, of the session of a build.
    until(lambda: in_memory(node.process.pid, b"SECOND=" + value.encode() + b"-2\0") == 0, 10, "the end of the environment")
    until(lambda: in_memory(node.process.pid, value.encode()) <= 6, 10, "the end of the other copies")
    # The search finds what is there.
    assert in_memory(node.process.pid, b"t/x") > 0
