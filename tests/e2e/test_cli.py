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
    name = up(dockerfile=f"FROM {BASE}\nCMD echo started; exec httpd -f -p 7860 -h /www\n")
    follower = node.popen("logs", "-f", name)
    try:
        assert follower.stdout.readline() == "started\n"
        node.cli("restart", name)
        assert follower.stdout.readline() == "started\n", "the new container's"
        assert follower.poll() is None
        node.cli("pause", name)
        assert follower.wait(20) == 1
        assert "PAUSED" in follower.stdout.read()
    finally:
        follower.kill()
        follower.wait()


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


def commands(node):
    """The commands that `--help` lists, without those that are other programs."""
    listed = node.cli("--help").stdout.split("Subcommands:")[1].split("\n\n")[0]
    return sorted({line.split()[0] for line in listed.splitlines() if line.strip()} - {"gateway", "bench"})


def documents(text):
    """What a program reads: a JSON document in each line."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_command_takes_json_and_what_it_prints_parses(node, up, tmp_path):
    name = up(dockerfile=f"FROM {BASE}\nCMD printf 'one\\n\\377two\\n'; exec httpd -f -p 7860 -h /www\n", args=["--storage", "10Mi"])
    other = tmp_path / "other"
    runs = {  # command: its arguments, and what the last document must hold
        "init": (["--template", "busybox", other], "wrote"), "up": (["-d", other, "--name", f"{name}2"], "stage"),
        "ls": ([], None), "show": ([name], "stage"), "open": ([name], "url"), "logs": ([name], "line"), "doctor": ([], None),
        "restart": ([name], "stage"), "pause": ([name], "stage"), "wake": ([name], "stage"), "hardware": ([name], "flavors"),
        "top": ([], None), "events": ([name], None), "deployments": ([name], None), "sleep": ([name], "sleep_after"),
        "replicas": ([name], "wanted"), "data": (["export", name, "-o", tmp_path / "data.tar"], "bytes"),
        "vars": ([name, "set", "A=1"], "set"), "rollback": ([name, 1], "stage"), "secrets": ([name, "set", "S"], "set"), "rm": ([f"{name}2", "--data"], "event"),
    }
    assert sorted([*runs, "serve", "cancel"]) == commands(node), "a command that this test does not know"
    for command, (arguments, key) in runs.items():
        done = node.cli(command, *arguments, "--json", env={"S": "x"})
        found = documents(done.stdout)
        assert found and done.stderr == "", (command, done)
        assert key is None or key in found[-1], (command, found)
    for arguments in (["vars", name], ["secrets", name], ["vars", name, "unset", "A"], ["hardware", name, "cpu-basic"],
                      ["logs", name, "--build"]):
        assert documents(node.cli("--json", *arguments).stdout), arguments
    assert {"event": "output", "line": "\N{REPLACEMENT CHARACTER}two"} in documents(node.cli("logs", name, "--json").stdout)


def test_serve_with_json_says_where_it_serves(make_node):
    node = make_node()
    serve = subprocess.Popen(node.command("serve", "--json"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        said = json.loads(serve.stdout.readline())
    finally:
        serve.terminate()
        serve.wait(30)

    assert said["listeners"] == [f"127.0.0.1:{node.port}"] and said["api"].endswith("api.sock")


def test_with_json_an_error_is_text_on_stderr_and_the_output_stays_empty(node):
    for arguments in (["show", "no/body"], ["up", "-d", "/no/such/folder"], ["logs", "no/body"], ["rm", "no/body"], ["hardware", "no/body"]):
        done = node.cli(*arguments, "--json", check=False)

        assert done.returncode == 1 and done.stdout == "", done
        assert done.stderr.startswith("spaceport: ") and "\n  next: " in done.stderr, done


@pytest.mark.parametrize("typed, meant", [
    (["lss"], "ls"), (["pu"], "up"), (["docter"], "doctor"), (["secret", "x"], "secrets"), (["Restart", "x"], "restart"),
    (["up", "--detatch"], "--detach"), (["up", "--storge=1Gi"], "--storage"), (["ls", "--jsn"], "--json"), (["--stat", "x", "ls"], "--state"),
    (["logs", "x", "--flow"], "--follow"), (["rm", "x", "--dta"], "--data")])
def test_a_slip_gets_a_suggestion_one_line_and_the_next_step(node, typed, meant):
    done = node.cli(*typed, check=False)

    assert done.returncode == 2 and done.stdout == ""
    what, next_step = done.stderr.splitlines()
    assert f'did you mean "{meant}"?' in what, done.stderr
    assert next_step.startswith("  next: `spaceport ") and "--help`" in next_step


@pytest.mark.parametrize("typed, words", [
    (["slumber", "x"], ["no command `slumber`"]), (["up", "--quite-different"], ["no option `--quite-different`"]), (["ls", "more"], ["`more` is one word too many"]),
    (["show"], ["SPACE is required"]), (["up", "--env"], ["--env"]), (["serve", "--endpoints", "odd"], ["--endpoints", "odd"]), (["--json"], ["subcommand"])])
def test_what_cannot_be_a_slip_is_told_without_one(node, typed, words):
    done = node.cli(*typed, check=False)

    assert done.returncode == 2 and len(done.stderr.splitlines()) == 2
    assert "did you mean" not in done.stderr and all(word in done.stderr for word in words), done.stderr


def test_an_unknown_space_gets_the_nearest_one(node, up):
    name = up(name=f"t{os.getpid()}/colourful")
    owner, word = name.split("/")

    for typed in (f"{owner}/colorful", f"{owner}/colourfull", f"other/{word}", word):
        done = node.cli("show", typed, check=False)
        assert done.returncode == 1
        full = typed if "/" in typed else f"local/{typed}"
        assert f'there is no Space `{full}`; did you mean "{name}"?' in done.stderr, done.stderr
    assert "did you mean" not in node.cli("show", "something/else-entirely", check=False).stderr


@pytest.mark.parametrize("name", ["a b", "a/b/c", "../x", "a%2fb", "a?b", ""])
def test_a_word_that_can_be_no_space_is_told_and_asks_nobody(node, name):
    done = node.cli("show", name, check=False)

    assert done.returncode == 1 and "cannot be the name of a Space" in done.stderr


def test_open_prints_the_address_and_opens_it_on_a_desktop(node, up, tmp_path):
    name = up()
    url = f"http://{node.host(name)}/"
    assert node.cli("open", name).stdout == url + "\n"

    opener = tmp_path / "xdg-open"
    opener.write_text(f"#!/bin/sh\necho opened $1 > {tmp_path}/opened\n")
    opener.chmod(0o755)
    node.cli("open", name, env={"DISPLAY": ":9", "PATH": f"{tmp_path}:/usr/bin:/bin"})

    assert (tmp_path / "opened").read_text() == f"opened {url}\n"


def test_spaceport_alone_is_a_short_way_in(node):
    done = subprocess.run([BIN / "spaceport"], capture_output=True, text=True)

    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) < 15 and max(map(len, lines)) <= 80
    named = {line.split()[1] for line in lines if line.startswith("  spaceport ")}
    assert {"init", "up", "ls", "logs", "doctor"} <= named <= set(commands(node))


def test_the_help_of_every_command_has_an_example_that_its_options_accept(node):
    for command in commands(node):
        done = node.cli(command, "--help")
        examples = [line for line in done.stdout.splitlines() if line.startswith("Example: ")]
        assert len(examples) == 1 and examples[0].startswith(f"Example: spaceport {command}"), (command, done.stdout)
        # --help stands last: everything before it has been understood.
        assert node.cli(*examples[0].split()[2:], "--help").returncode == 0
        words = examples[0].split()[2:]
        assert node.cli(*words, "--not-an-option", check=False).stderr.startswith("spaceport: there is no option `--not-an-option`")


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

    for command in ("init", "up", "serve", "ls", "show", "logs", "restart", "pause", "wake", "rm", "vars", "secrets", "hardware", "open", "doctor"):
        assert command in done.stdout


def test_the_sibling_programs_are_subcommands(node, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("listeners: [{address: '127.0.0.1:1'}]\nupstreams: {}\nroutes: [{path: /, upstream: nobody}]\n")

    done = subprocess.run([BIN / "spaceport", "gateway", "check", file], capture_output=True, text=True)

    assert done.returncode == 1
    assert f"{file}:3:" in done.stdout + done.stderr
