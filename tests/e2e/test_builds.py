"""What a Space may expect of its build: variables, secrets, the documented patterns of Dockerfiles, the context, the network."""
import socket
import subprocess

import spaces
from node import DOCKER, ENVIRONMENT, until
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
