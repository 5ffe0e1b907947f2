"""The README is true: what its blocks say is run, as they stand, against a node of this test."""
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

import spaces
from node import BIN, ENVIRONMENT, ROOT, until

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.M | re.S)


def blocks(kind, marker):
    return [text for language, text in BLOCKS if language == kind and marker in text]


def tour():
    """The commands of the tour, without their comments."""
    text = "".join(blocks("sh", "spaceport "))
    return [line.split("  #")[0].strip() for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def home(node, tmp_path_factory):
    """A folder in which `spaceport` is the command people type, with the state of the test's node."""
    folder = tmp_path_factory.mktemp("readme")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "spaceport").write_text(f'#!/bin/sh\nexec {BIN}/spaceport --state {node.state} "$@"\n')
    (commands / "spaceport").chmod(0o755)
    (commands / "spaceport-gateway").symlink_to(BIN / "spaceport-gateway")
    environment = {**ENVIRONMENT, "PATH": f"{commands}:{ENVIRONMENT['PATH']}"}
    yield folder, environment
    subprocess.run(["spaceport", "rm", "local/my-space", "--data"], env=environment, cwd=folder, capture_output=True)


def runs(home, line, seconds=120):
    """Runs a line; one that follows something is ended after a moment with Ctrl-C, as a person does."""
    folder, environment = home
    follows = line.startswith("spaceport up my-space") or " -f " in line
    process = subprocess.Popen(["sh", "-c", f"exec {line}" if "=" not in line.split()[0] else line], cwd=folder,
                               env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, start_new_session=True)
    if follows:
        # `up` has done its work when it says the address; `logs -f` has when it is still there.
        while "up" in line and "http://" not in (said := process.stdout.readline()):
            assert said, f"{line} ended"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=seconds)
    # A load test says with 4 that the machine was too busy to be believed: it has run all the same.
    good = (0, 4) if line.startswith("spaceport bench") else (0,)
    assert follows or process.returncode in good, f"{line}\n{said}"
    return said


def test_every_command_of_the_tour_runs(home, node):
    folder, environment = home
    lines = tour()
    assert len(lines) > 12

    for line in lines:
        if line == "spaceport init my-space":
            runs(home, line)
            # Its Dockerfile begins with an image of a public registry, which is not there: the rest is the same.
            shutil.rmtree(folder / "my-space")
            runs(home, "spaceport init --template busybox my-space")
            continue
        said = runs(home, line)
        if line.startswith("spaceport up -d"):
            assert until(lambda: node.request("local/my-space").status == 200, 10, line)
        if line == "spaceport secrets local/my-space":
            assert said.split() == ["TOKEN"], "the secret of an earlier line"
    assert node.cli("show", "local/my-space", check=False).returncode != 0, "the last line removes it"


def test_the_front_matter_of_the_tour_is_accepted(home):
    folder, environment = home
    matter = blocks("yaml", "app_port: 7860")[0]
    target = folder / "matter"
    runs(home, f"spaceport init --template busybox {target}")
    (target / "README.md").write_text(matter)

    said = runs(home, f"spaceport up -d {target} --name local/my-space")

    assert "README.md:" not in said


def test_the_line_of_a_build_with_a_secret_works(node, up):
    line = blocks("dockerfile", "--mount=type=secret")[0]
    # A git that writes down what it is asked: the address in the README is nobody's.
    git = "RUN printf '#!/bin/sh\\necho \"$@\" > /www/asked\\n' > /bin/git && chmod 755 /bin/git\n"

    name = up(args=["--secret", "TOKEN"], env={"TOKEN": "let-me-in"}, dockerfile=f"FROM {spaces.BASE}\n{git}{line}{spaces.CMD}")

    assert node.request(name, "/asked").text.strip() == "clone https://user:let-me-in@example.com/private.git"


def test_the_gateway_file_and_its_commands(home):
    folder, _ = home
    (folder / "gateway.yaml").write_text(blocks("yaml", "upstreams:")[0])
    lines = [line.split("  #")[0].strip() for line in blocks("sh", "spaceport-gateway check")[0].splitlines()]

    assert "no errors" in runs(home, lines[0])
    assert "/api" in runs(home, lines[1])
    assert lines[2] == "spaceport-gateway run gateway.yaml"


def test_the_two_commands_are_there():
    for line in blocks("sh", "deploy/quickstart")[0].splitlines():
        program = ROOT / line.split()[0]
        assert os.access(program, os.X_OK), program


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", README)
    assert len(links) > 4

    for path, anchor in links:
        assert (ROOT / path).is_file(), path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.M)
            assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings], anchor


def test_the_picture_is_small_enough_to_load_at_once():
    picture = (ROOT / "deploy/picture.png").read_bytes()

    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000


def test_the_map_names_every_folder_and_every_preset():
    folders = set(re.findall(r"^\| `(\w+)/` \|", README, re.M))
    presets = {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"] if not preset.get("hidden")}
    named = set(re.findall(r"`(\w+)`", re.search(r"CMake presets (.*?), whose", README, re.S)[1]))

    assert folders == {entry.name for entry in ROOT.iterdir() if entry.is_dir() and not entry.name.startswith(".")} - {"build"}
    assert named == presets
