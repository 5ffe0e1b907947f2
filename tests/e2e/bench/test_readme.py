"""loadtest/README.md is true: its commands are run as they stand there, four times as fast, and its table names what there is."""
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from conftest import BENCH, BIN, Done

README = (pathlib.Path(os.environ.get("SPACEPORT_ROOT", pathlib.Path(__file__).parents[3])) / "loadtest/README.md").read_text()
TOUR = re.search(r"^```sh\n(.*?)^```", README, re.M | re.S)[1].splitlines()
FASTER = 4


def command(line, port):
    """The words of a line of the tour: without its comment, on a free port, its spans shorter."""
    text = line.split("  #")[0].strip().removesuffix("&").replace(":8090", f":{port}")
    for flag in ("--duration", "--stall"):
        text = re.sub(rf"(?<={flag} )\S+", lambda spans: re.sub(r"(\d+)s", lambda n: f"{int(n[1]) * 1000 // FASTER}ms", spans[0]), text)
    return text.split()


@pytest.fixture
def tour(monkeypatch):
    """tour(line): runs a line of the README, with `spaceport-bench` on the PATH; that ends with & goes on until the test is over."""
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    background = []

    def run(line, folder):
        words = command(line, port)
        assert words[0] == "spaceport-bench"
        if line.split("  #")[0].strip().endswith("&"):
            background.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
            assert "serving on" in background[-1].stderr.readline()
            return None
        return Done([*words[1:], "--no-progress"], folder, 60)

    yield run
    for process in background:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stderr.close()


def test_the_tour_says_what_its_comments_say(tour, tmp_path):
    """Half a second of stall in two and a half, and again: a fifth of visitors waits for up to that long, p90 is 20 ms and half of it. Of
    ten that wait for each other ten requests see it."""
    assert len(TOUR) == 3
    server, rated, closed = TOUR

    assert tour(server, tmp_path) is None
    seen = tour(rated, tmp_path)
    assert seen.code in (0, 4), seen.err
    assert "p90 1.02 s" in rated and seen.row("Response")["p90"] == pytest.approx(1020 / FASTER + 20 * (1 - 1 / FASTER), rel=0.3)

    hidden = tour(closed, tmp_path)
    assert hidden.code in (0, 4), hidden.err
    times = hidden.row("Response")
    assert times["max"] > 1600 / FASTER, "there was one"
    assert times["p90"] < 400 / FASTER, "the stall is nearly gone"


def test_the_table_names_every_command():
    told = subprocess.run([BENCH, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  (\w+) ", told.split("Subcommands:")[1], re.M)) | {"scenario"}
    rows = re.findall(r"^\| (`.*?) \|", README, re.M)
    assert {re.match(r"\w+", name)[0] for row in rows for name in re.findall(r"`([^`]+)`", row)} == commands


def test_the_exit_codes_are_those_of_the_program():
    line = re.search(r"^Exit codes: (.*?)\n\n", README, re.M | re.S)[1]
    told = subprocess.run([BENCH], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"(\d+) ", line)) - {"1"} == set(re.findall(r"\b(\d+) [a-z]", told.split("Exit codes:")[1]))
