"""What a Space may expect of its build: variables, secrets, the documented patterns of Dockerfiles, the context, the network."""
import contextlib
import json
import pathlib
import socket
import subprocess

import pytest

import spaces
from node import DOCKER, ENVIRONMENT, docker, until
from second_engine import SecondEngine
from spaces import BASE, CMD

SECRET = "s3cr3t-of-the-build"


def build_log(node, name):
    return node.cli("logs", "--build", name).stdout


def test_a_variable_is_a_build_arg_where_the_dockerfile_has_the_arg_and_an_environment_variable_at_run_time(node, up):
    name = up(args=["--env", "MODEL=tiny", "--env", "OTHER=unasked"],
              dockerfile=f"FROM {BASE}\nARG MODEL\nRUN echo \"$MODEL ${{OTHER:-none}}\" > /www/built\n{CMD}")

    assert node.request(name, "/built").text == "tiny none\n"
    assert node.run(name, "echo $MODEL $OTHER") == "tiny unasked\n"


def test_an_arg_before_from_chooses_the_image_and_is_not_seen_after_it(node, up):
    name = up(args=["--env", f"IMAGE={BASE}"],
              dockerfile=f"ARG IMAGE=does/not:exist\nFROM ${{IMAGE}}\nRUN echo \"<$IMAGE>\" > /www/built\n{CMD}")

    assert node.request(name, "/built").text == "<>\n"


def test_an_arg_before_from_is_seen_after_it_where_it_is_named_again(node, up):
    dockerfile = f"ARG WORD=of-the-file\nFROM {BASE}\nARG WORD\nRUN echo $WORD > /www/built\n{CMD}"

    assert node.request(up(dockerfile=dockerfile), "/built").text == "of-the-file\n"
    assert node.request(up(dockerfile=dockerfile, args=["--env", "WORD=of-the-owner"]), "/built").text == "of-the-owner\n"


def test_an_arg_keeps_its_default_without_a_variable(node, up):
    name = up(dockerfile=f"FROM {BASE}\nARG MODEL=default\nRUN echo $MODEL > /www/built\n{CMD}")

    assert node.request(name, "/built").text == "default\n"


def test_a_secret_is_a_file_at_build_with_the_mode_that_was_asked_for(node, up):
    name = up(args=["--secret", "TOKEN"], env={"TOKEN": SECRET}, dockerfile=f"""\
FROM {BASE}
RUN chown 1000:1000 /www
USER user
RUN --mount=type=secret,id=TOKEN,mode=0444,required=true \\
    stat -c %a /run/secrets/TOKEN > /www/mode && sha256sum < /run/secrets/TOKEN > /www/sum
{CMD}""")

    expected = subprocess.run(["sha256sum"], input=SECRET, capture_output=True, text=True).stdout
    assert node.request(name, "/mode").text == "444\n"
    assert node.request(name, "/sum").text == expected


def test_a_secret_is_not_a_build_arg(node, up):
    name = up(args=["--secret", "TOKEN"], env={"TOKEN": SECRET},
              dockerfile=f"FROM {BASE}\nARG TOKEN=nothing\nRUN echo $TOKEN > /www/built\n{CMD}")

    assert node.request(name, "/built").text == "nothing\n"


def test_a_secret_is_an_environment_variable_at_run_time(node, up):
    name = up(args=["--secret", "TOKEN"], env={"TOKEN": SECRET})

    assert node.run(name, "echo $TOKEN") == SECRET + "\n"


def test_a_secret_from_a_file_is_taken_as_it_is(node, up, tmp_path):
    file = tmp_path / "secrets.env"
    file.write_text(f"TOKEN={SECRET}\nSECOND=two words = and more\n")

    name = up(args=["--secret-file", file])

    assert node.run(name, 'echo "$TOKEN"; echo "$SECOND"') == f"{SECRET}\ntwo words = and more\n"


def test_a_missing_required_secret_fails_the_build_and_is_named(up):
    done = up(check=False, dockerfile=f"FROM {BASE}\nRUN --mount=type=secret,id=HUB_TOKEN,required=true true\n{CMD}")

    assert done.returncode != 0
    assert "HUB_TOKEN" in done.stdout + done.stderr
    assert "--secret HUB_TOKEN" in done.stdout + done.stderr, "it does not say what to do"


def test_a_missing_optional_secret_is_no_file(node, up):
    name = up(dockerfile=f"FROM {BASE}\nRUN --mount=type=secret,id=MAYBE ls /run/secrets/MAYBE > /www/built 2>&1 || "
                         f"echo absent > /www/built\n{CMD}")

    assert node.request(name, "/built").text == "absent\n"


def test_a_secret_works_as_a_git_remote(node, up, web, tmp_path):
    work = tmp_path / "work"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", work], check=True)
    (work / "model.txt").write_text("weights\n")
    subprocess.run([*git, "-C", work, "add", "."], check=True)
    subprocess.run([*git, "-C", work, "commit", "-q", "-m", "model"], check=True)
    bare = tmp_path / "repo.git"
    subprocess.run([*git, "clone", "-q", "--bare", work, bare], check=True)
    subprocess.run(["git", "-C", bare, "update-server-info"], check=True)
    for file in bare.rglob("*"):
        if file.is_file():
            web.files[f"/x-{SECRET}/{file.relative_to(tmp_path)}"] = file.read_bytes()

    # Busybox has no git, so the step reads the refs that git would read first; test_apps.py clones with the real one.
    name = up(args=["--secret", "REMOTE"], env={"REMOTE": f"{web.url}/x-{SECRET}/repo.git"}, dockerfile=f"""\
FROM {BASE}
RUN --mount=type=secret,id=REMOTE,mode=0444,required=true \\
    wget -q -O /tmp/refs "$(cat /run/secrets/REMOTE)/info/refs" && grep -c refs/heads/main /tmp/refs > /www/built
{CMD}""")

    assert node.request(name, "/built").text == "1\n"
    assert any(path.startswith(f"/x-{SECRET}/repo.git/info/refs") for path, _ in web.seen)


def test_a_secret_works_as_a_bearer_token(node, up, web):
    def private(request):
        return b"private data" if request.headers.get("Authorization") == f"Bearer {SECRET}" else None
    web.files["/model"] = private

    name = up(args=["--secret", "TOKEN"], env={"TOKEN": SECRET}, dockerfile=f"""\
FROM {BASE}
RUN --mount=type=secret,id=TOKEN,mode=0444,required=true \\
    wget -q -O /www/built --header "Authorization: Bearer $(cat /run/secrets/TOKEN)" {web.url}/model
{CMD}""")

    assert node.request(name, "/built").text == "private data"


def test_the_documented_pattern_of_user_1000_works(node, up, web):
    web.files["/added"] = b"from afar\n"

    name = up(files={"app/start.sh": "#!/bin/sh\nexec httpd -f -p 7860 -h /www\n"}, dockerfile=f"""\
FROM {BASE}
USER user
ENV HOME=/home/user
WORKDIR $HOME/app
RUN mkdir content
ADD --chown=user {web.url}/added content/added
COPY --chown=user app/ .
CMD ["sh", "start.sh"]
""")

    assert node.run(name, "cd /home/user/app; stat -c '%n %u' start.sh content content/added; cat content/added; pwd; "
                          "echo new > content/new && cat content/new") == (
        "start.sh 1000\ncontent 1000\ncontent/added 1000\nfrom afar\n/home/user/app\nnew\n")


def test_what_dockerignore_names_never_reaches_the_build(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCOPY . /www/context/\n{CMD}",
              files={".dockerignore": "*.log\nprivate/\n!keep.log\n", "a.log": "a", "keep.log": "kept", "private/key": "k",
                     "app.txt": "app"})

    assert node.run(name, "cd /www/context; find . -type f | sort") == \
        "./.dockerignore\n./Dockerfile\n./README.md\n./app.txt\n./keep.log\n"


def test_a_syntax_line_does_not_ask_a_registry(node, up, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as registry:
        registry.setblocking(False)
        dockerfile = f"# syntax=127.0.0.1:{registry.getsockname()[1]}/frontend:1\nFROM {BASE}\nRUN echo fine > /www/built\n{CMD}"

        def asked():
            try:
                registry.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        name = up(dockerfile=dockerfile)
        assert node.request(name, "/built").text == "fine\n"
        assert not asked(), "the image of the frontend was looked for"
        # The engine's own command asks: this registry would have noticed.
        plain = subprocess.Popen([DOCKER, "build", spaces.write(tmp_path / "plain", dockerfile)], env=ENVIRONMENT,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(asked, 30, "the engine's own build asking for the frontend")
        finally:
            plain.kill()
            plain.wait()


def test_a_build_reaches_the_network(node, up, web):
    web.files["/package"] = b"a package"

    name = up(dockerfile=f"FROM {BASE}\nRUN wget -q -O /www/built {web.url}/package\n{CMD}")

    assert node.request(name, "/built").text == "a package"


def test_data_is_not_there_at_build(node, up):
    name = up(args=["--storage", "1Gi"], dockerfile=f"FROM {BASE}\nRUN ls -d /data > /www/built 2>&1 || echo absent > /www/built\n"
                                                    f"{CMD}")

    assert node.request(name, "/built").text == "absent\n"


def test_a_second_build_of_the_same_folder_is_cached_and_a_factory_restart_is_not(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=f"FROM {BASE}\nRUN head -c 8 /dev/urandom | hexdump > /www/built\n{CMD}")
    name = up(folder=folder)
    first = node.request(name, "/built").text

    up(name=name, folder=folder)
    assert node.request(name, "/built").text == first

    node.cli("restart", "--factory", name)
    assert node.request(name, "/built").text != first


def test_a_failing_step_says_which_line_and_shows_its_output(up):
    done = up(check=False, dockerfile=f"FROM {BASE}\nRUN echo 'the compiler is missing' && exit 7\n{CMD}")

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "the compiler is missing" in said
    assert "exit code: 7" in said
    assert "Dockerfile:2" in said, said


def test_a_dockerfile_that_cannot_be_read_is_told_with_its_line(up):
    done = up(check=False, dockerfile=f"FROM {BASE}\n\nECHO hello\n{CMD}")

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Dockerfile:3" in said, said
    assert "ECHO" in said


def test_progress_is_plain_lines_when_nobody_watches_a_terminal(up, node):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, dockerfile=f"FROM {BASE}\nRUN echo building it\n{CMD}")

    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "RUN echo building it" in done.stdout + done.stderr
    assert "building it" in build_log(node, name)


# What builds may take, and the queue

SLEEPS = f"FROM {BASE}\nRUN echo it sleeps; sleep 60\n{CMD}"


def group_file(controller, name, group="docker/buildkit"):
    """A file of the control group of all builds, in either hierarchy."""
    mount = pathlib.Path("/sys/fs/cgroup")
    one_tree = (mount / "cgroup.controllers").exists()
    names = {"cpu.shares": "cpu.weight", "memory.limit_in_bytes": "memory.max"}
    return mount / (f"{group}/{names[name]}" if one_tree else f"{controller}/{group}/{name}")


def began(node, name, word="it sleeps"):
    until(lambda: f"\n{word}" in node.cli("logs", "--build", name, check=False).stdout, 30, f"the step of {name}")


@pytest.fixture(scope="module")
def own_engine(tmp_path_factory):
    """An engine whose builds nobody else limits or prunes: it keeps its control groups below a name of its own."""
    engine = SecondEngine("builds", arguments=("--cgroup-parent", "spaceport-e2e"))
    try:
        yield engine.start().load(BASE)
    finally:
        engine.remove()
        for folder in [*pathlib.Path("/sys/fs/cgroup").glob("*/spaceport-e2e/buildkit"), *pathlib.Path("/sys/fs/cgroup").glob("*/spaceport-e2e")]:
            with contextlib.suppress(OSError):
                folder.rmdir()


@pytest.fixture
def limited(own_engine, make_node):
    return make_node(engine=own_engine.socket, node_file="build: {memory: 64Mi, cpu: 1.5, cache: 1Mi, control_group: spaceport-e2e/buildkit}\n").start()


def test_a_step_of_a_build_has_the_low_share_of_the_node_file(node, up):
    up(dockerfile=f"FROM {BASE}\nRUN true\n{CMD}")

    assert group_file("cpu", "cpu.shares").read_text().strip() in ("20", "1")
    builds = next(each for each in json.loads(node.cli("doctor", "--json", check=False).stdout) if each["name"] == "builds")
    assert builds["ok"] and builds["detail"] == "cpu_shares 20 (control group docker/buildkit)"


def test_the_steps_of_builds_run_in_the_group_that_is_limited(limited, tmp_path):
    said = limited.cli("up", "-d", spaces.write(tmp_path / "s", f"FROM {BASE}\nRUN grep -o ':/spaceport-e2e/buildkit/' /proc/self/cgroup | "
                                                              f"sort -u; head -c 30000000 /dev/zero | tail -c 1 | wc -c\n{CMD}"), "--name", "t/fits").stdout

    assert ":/spaceport-e2e/buildkit/" in said, said
    assert group_file("memory", "memory.limit_in_bytes", "spaceport-e2e/buildkit").read_text().strip() == str(64 << 20)
    assert limited.request("t/fits").status == 200


def test_a_build_that_needs_more_than_all_may_have_says_so_with_the_key(limited, tmp_path):
    # tail keeps what it was given.
    done = limited.cli("up", "-d", spaces.write(tmp_path / "s", f"FROM {BASE}\nRUN head -c 300000000 /dev/zero | tail -c 300000000 | wc -c; exit 1\n{CMD}"),
                       "--name", "t/large", check=False)

    assert done.returncode != 0
    assert "the build needs more than build.memory = 64Mi: Dockerfile:2" in done.stderr, done.stderr
    assert "build: {memory: ...}` in spaceport.yaml" in done.stderr


def test_the_build_cache_is_pruned_by_size_when_nothing_builds(limited, own_engine, tmp_path):
    def unused():
        listing = json.loads(subprocess.run(["curl", "-fsS", "--unix-socket", own_engine.socket, "http://e/v1.41/system/df"], capture_output=True,
                                            check=True).stdout)
        return sum(each["Size"] for each in listing["BuildCache"] if not each["Shared"] and not each["InUse"])

    name = "t/big"
    limited.cli("up", "-d", spaces.write(tmp_path / "s", f"FROM {BASE}\nRUN head -c 20000000 /dev/urandom > /tmp/x\n{CMD}"), "--name", name)
    limited.cli("up", "-d", spaces.write(tmp_path / "s", f"FROM {BASE}\nRUN head -c 20000001 /dev/urandom > /tmp/x\n{CMD}"), "--name", name)
    limited.cli("rm", name)

    limited.cli("up", "-d", spaces.write(tmp_path / "t", f"FROM {BASE}\nRUN echo last\n{CMD}"), "--name", "t/last")

    until(lambda: "the build cache is pruned to 1Mi" in limited.log.read_text(), 30, "the pruning")
    until(lambda: unused() < 2 << 20, 30, "the end of the pruning")


def test_builds_that_wait_know_how_many_are_before_them_and_can_be_cancelled(make_node, tmp_path):
    node = make_node(node_file="build: {parallel: 1, timeout: 50s}\n").start()
    first = node.popen("up", "-d", spaces.write(tmp_path / "a", SLEEPS), "--name", "t/first")
    began(node, "t/first")

    def behind(name):
        return next((each.get("queued_behind") for each in json.loads(node.cli("ls", "--json").stdout) if each["id"] == name), None)

    second = node.popen("up", "-d", spaces.write(tmp_path / "b", SLEEPS), "--name", "t/second")
    until(lambda: behind("t/second") == 1, 20, "the second in the queue")
    third = node.popen("up", "-d", spaces.write(tmp_path / "c"), "--name", "t/third")
    until(lambda: behind("t/third") == 2, 20, "the third in the queue")
    assert behind("t/first") is None

    assert node.cli("cancel", "t/second").stdout == "BUILD_ERROR\n"
    until(lambda: behind("t/third") == 1, 20, "the third moving up")
    assert node.cli("cancel", "t/first").stdout == "BUILD_ERROR\n"

    said = third.communicate(timeout=60)[0]
    assert third.returncode == 0, said
    assert "waiting for 2 other builds\nwaiting for another build\n" in said, said
    assert behind("t/third") is None
    for process in (first, second):
        assert "it was cancelled" in process.communicate(timeout=20)[0] and process.returncode == 1
    assert "it was cancelled" in node.show("t/first")["message"]
    refused = node.cli("cancel", "t/third", check=False)
    assert refused.returncode == 1 and "nothing of t/third is being built or started" in refused.stderr


def test_what_served_goes_on_when_the_build_of_the_next_version_is_cancelled(node, up, tmp_path):
    name = up(args=["--env", "WORD=first"])
    process = node.popen("up", "-d", spaces.write(tmp_path / "next", SLEEPS), "--name", name, "--env", "WORD=second")
    began(node, name)

    assert node.cli("cancel", name).stdout == "RUNNING\n"

    process.communicate(timeout=20)
    assert node.run(name, "echo $WORD") == "first\n"
    assert node.show(name)["deployment"] == 1


def test_a_build_that_takes_too_long_is_ended_and_the_key_is_named(make_node, tmp_path):
    node = make_node(node_file="build: {timeout: 1500ms}\n").start()
    done = node.cli("up", "-d", spaces.write(tmp_path / "s", SLEEPS), "--name", "t/slow", check=False, timeout=40)

    assert done.returncode != 0
    assert "the build took longer than 1s500ms" in done.stderr, done.stderr
    assert "build: {timeout: ...}` in spaceport.yaml" in done.stderr
