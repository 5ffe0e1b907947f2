"""Our histograms beside those of npm's hdr-histogram-js: each reads what the other wrote, and both say the same of it."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
OURS = pathlib.Path(os.environ.get("SPACEPORT_BIN", HERE.parents[2] / "build/dev/bin")) / "histogram_exchange"


def ours(what, text=""):
    done = subprocess.run([OURS, what], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def said():
    return ours("say")


@pytest.fixture(scope="module")
def theirs(said, tmp_path_factory):
    assert shutil.which("npm"), "npm is not installed: deploy/install node"
    folder = tmp_path_factory.mktemp("hdr")
    for file in (HERE / "node").iterdir():
        shutil.copy(file, folder)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, check=True, timeout=200)
    done = subprocess.run(["node", "exchange.js"], cwd=folder, input=json.dumps(said), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def same(one, other):
    assert one["total"] == other["total"]
    assert one["percentiles"] == other["percentiles"]
    assert one["mean"] == pytest.approx(other["mean"], rel=1e-12)
    assert one["deviation"] == pytest.approx(other["deviation"], rel=1e-9)


def test_what_we_wrote_is_read_there_and_says_the_same(said, theirs):
    assert len(theirs["said"]) == 10
    for mine, read in zip(said["histograms"], theirs["said"]):
        same(mine, read["decoded"])


def test_the_same_values_recorded_there_say_the_same(said, theirs):
    for mine, read in zip(said["histograms"], theirs["said"]):
        same(mine, read["anew"])


def test_a_correction_adds_what_is_added_there(said, theirs):
    corrected = [(mine, read["anew"]) for mine, read in zip(said["histograms"], theirs["said"]) if mine["interval"]]
    assert len(corrected) == 1
    mine, read = corrected[0]
    assert mine["total"] > len(mine["values"])
    same(mine, read)


def test_what_was_written_there_is_read_here(said, theirs):
    read = ours("read", "".join(one["text"] + "\n" for one in theirs["said"]))
    assert len(read) == len(said["histograms"])
    for mine, one in zip(said["histograms"], read):
        same(mine, one)


def test_percentile_tables_are_the_same(said, theirs):
    for mine, read in zip(said["histograms"], theirs["said"]):
        ours_lines, their_lines = mine["table"].splitlines(), read["table"].splitlines()
        # The extremes of the last lines are rounded as each language does it, and the digits there are as many as the histogram's.
        assert len(ours_lines) == len(their_lines)
        assert ours_lines[:2] == their_lines[:2]
        for line, other in zip(ours_lines[2:-3], their_lines[2:-3]):
            line, other = line.split(), other.split()
            assert float(line[0]) == pytest.approx(float(other[0]), abs=0.006)
            assert float(line[1]) == pytest.approx(float(other[1]), abs=1.1e-12)
            assert line[2] == other[2]
            assert [float(word) for word in line[3:]] == pytest.approx([float(word) for word in other[3:]], abs=0.011)
        assert ours_lines[-1] == their_lines[-1]


def test_a_log_of_ours_is_read_there(said, theirs):
    plain, tagged = theirs["lines"]
    assert (plain["tag"], plain["begin"], plain["end"]) == ("NO TAG", 1700000000250, 1700000001250)
    assert (tagged["tag"], tagged["begin"]) == ("gateway", 1700000001250)
    same(said["intervals"][0], plain)
    same(said["intervals"][1], tagged)


def test_a_log_from_there_is_read_here(said, theirs):
    log = ours("log", theirs["written"])
    assert log["start"] == 1700000000250000000
    assert [(one["tag"], one["begin"], one["length"]) for one in log["intervals"]] == [("js", 1500000000, 1000000000)]
    same(said["histograms"][0], log["intervals"][0])
