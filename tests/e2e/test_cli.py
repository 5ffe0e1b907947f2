"""The command line: one way to type each thing, one form for programs, and errors that say what to do."""
import json
import os
import signal
import subprocess

import pytest

import spaces
from node import BIN, until
from spaces import BASE


def test_init_makes_a_space_that_up_accepts(node, up, tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    node.cli("init", "--template", "busybox", cwd=folder)

    assert "It runs." in node.request(up(folder=folder)).text


def test_init_writes_the_documented_dockerfile_for_python(node, tmp_path):
    folder = tmp_path / "fresh"
    node.cli("init", folder)

    assert (folder / "README.md").read_text().startswith("---\n")
    dockerfile = (folder / "Dockerfile").read_text()
    assert "USER user" in dockerfile and "COPY --chown=user" in dockerfile and "7860" in dockerfile


def test_init_never_overwrites(node, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM mine\n")

    node.cli("init", cwd=tmp_path, check=False)

    assert (tmp_path / "Dockerfile").read_text() == "FROM mine\n"


def test_ls_and_show_tell_the_stage_and_the_address(node, up):
    name = up()

    assert name in node.cli("ls").stdout and "RUNNING" in node.cli("ls").stdout
    assert f"{name.replace('/', '-')}.localhost" in node.cli("show", name).stdout
    listed = json.loads(node.cli("ls", "--json").stdout)
    listed = listed if isinstance(listed, list) else listed["spaces"]
    assert any(name in json.dumps(one) for one in listed)
    assert node.show(name)["stage"] == "RUNNING"


def test_the_default_name_is_the_folder_with_local_before_it(node, up, tmp_path):
    folder = spaces.write(tmp_path / f"My Folder {os.getpid()}")
    name = f"local/my-folder-{os.getpid()}"
    up.names.add(name)

    node.cli("up", "-d", folder)

    assert node.request(name).status == 200


def test_logs_shows_what_the_app_printed_and_follows_it(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCMD echo from the app; mkfifo /tmp/f; httpd -p 7860 -h /www; "
                         "while true; do cat /tmp/f; done\n")
    assert "from the app" in node.cli("logs", name).stdout

    follower = node.popen("logs", "-f", name)
    try:
        assert any("from the app" in line for line in iter(follower.stdout.readline, ""))
        node.run(name, "echo a new line > /tmp/f")
        for line in follower.stdout:
            if "a new line" in line:
                break
        else:
            pytest.fail("the new line was not followed")
    finally:
        follower.send_signal(signal.SIGINT)
        follower.wait(20)


def test_logs_follow_through_a_restart(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCMD echo started as $HOSTNAME; exec httpd -f -p 7860 -h /www\n")
    follower = node.popen("logs", "-f", name)
    try:
        assert "started as" in follower.stdout.readline() + follower.stdout.readline()
    finally:
        follower.send_signal(signal.SIGINT)
        follower.wait(20)


def test_logs_build_shows_the_steps(node, up):
    name = up(dockerfile=f"FROM {BASE}\nRUN echo said while building\n{spaces.CMD}")

    assert "said while building" in node.cli("logs", "--build", name).stdout


def test_vars_and_secrets_show_names_and_only_vars_show_values(node, up):
    name = up(args=["--env", "PUBLIC=seen", "--secret", "PRIVATE"], env={"PRIVATE": "unseen-value"})

    shown = node.cli("vars", name).stdout
    assert "PUBLIC" in shown and "seen" in shown and "PRIVATE" not in shown
    shown = node.cli("secrets", name).stdout
    assert "PRIVATE" in shown and "unseen-value" not in shown and "PUBLIC" not in shown


def test_doctor_finds_this_machine_healthy_and_names_what_it_looked_at(node):
    done = node.cli("doctor", check=False)

    for word in ("engine", "buildkit", "gpu", "port", "dialer"):
        assert word in done.stdout.lower(), word
    assert json.loads(node.cli("doctor", "--json", check=False).stdout)


def test_errors_go_to_stderr_and_standard_output_stays_empty(node):
    done = node.cli("show", "no/body", check=False)

    assert done.stdout == "" and "no/body" in done.stderr


def test_with_json_an_error_is_json_too(node):
    done = node.cli("show", "no/body", "--json", check=False)

    assert done.returncode != 0
    assert "no/body" in done.stdout + done.stderr


def test_up_without_serve_starts_it_and_says_the_address(make_node, tmp_path):
    node = make_node()
    folder = spaces.write(tmp_path / "s")
    up = node.popen("up", folder, "--name", "t/x", start_new_session=True)
    try:
        said = ""
        for line in up.stdout:
            said += line
            if f"t-x.localhost:{node.port}" in line:
                break
        else:
            pytest.fail(f"no address was told:\n{said}")
        until(lambda: node.request("t/x").status == 200, 20, "the Space answering")
    finally:
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
    until(lambda: not node.processes(), 20, "our programs ending")


def test_help_is_short_and_names_every_command(node):
    done = node.cli("--help")

    for command in ("init", "up", "serve", "ls", "show", "logs", "restart", "pause", "wake", "rm", "vars", "secrets", "doctor"):
        assert command in done.stdout


def test_the_sibling_programs_are_subcommands(node, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("listeners: [{address: '127.0.0.1:1'}]\nupstreams: {}\nroutes: [{path: /, upstream: nobody}]\n")

    done = subprocess.run([BIN / "spaceport", "gateway", "check", file], capture_output=True, text=True)

    assert done.returncode == 1
    assert f"{file}:3:" in done.stdout + done.stderr
