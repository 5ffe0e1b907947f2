"""/data out as a tar archive and in from one, and how full it is, whatever the Space does meanwhile."""
import io
import json
import os
import subprocess
import tarfile
import threading

import pytest

import spaces
from node import ENVIRONMENT, docker, until

pytestmark = pytest.mark.usefixtures("as_root")
STORAGE = ["--storage", "32Mi"]


def archive(*members):
    """A tar of (name, content) and of TarInfo with their own wishes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members:
            entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def link(name, target, kind=tarfile.SYMTYPE):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry, b""


def data(node, *arguments, input=b"", timeout=120):
    done = subprocess.run(node.command("data", *arguments), input=input, capture_output=True, timeout=timeout, env=ENVIRONMENT)
    done.said = done.stderr.decode()
    return done


def export(node, name, *arguments):
    done = data(node, "export", name, *arguments)
    assert done.returncode == 0, done.said
    return tarfile.open(fileobj=io.BytesIO(done.stdout))


def volume(node, name):
    return next(one for one in node.show(name)["volumes"] if one["path"] == "/data")


def test_how_full_data_is_is_shown_by_show_ls_top_and_metrics(node, up):
    name = up(args=STORAGE)
    before = volume(node, name)
    assert before["used_bytes"] < 1 << 20 and 16 << 20 < before["size_bytes"] < 32 << 20 and not before["read_only"], before

    node.run(name, "dd if=/dev/zero of=/data/big bs=1M count=5 2>/dev/null; sync")

    used = volume(node, name)["used_bytes"]
    assert before["used_bytes"] + (5 << 20) <= used < before["used_bytes"] + (6 << 20)
    listed = next(one for one in json.loads(node.cli("ls", "--json").stdout) if one["id"] == name)
    assert listed["volumes"] == [volume(node, name)]
    assert "/data: 0.0" in node.cli("show", name).stdout and " GiB used" in node.cli("show", name).stdout
    row = next(one for one in json.loads(node.cli("top", "--json").stdout) if one["id"] == name)
    assert row["volume_used_bytes"] == used and row["volume_size_bytes"] == before["size_bytes"]
    page = subprocess.run(["curl", "-sS", "--unix-socket", node.state / "run/api.sock", "http://s/metrics"], capture_output=True, text=True).stdout
    assert f'spaceport_volume_used_bytes{{space="{name}",path="/data"}}' in page
    assert f'spaceport_volume_size_bytes{{space="{name}",path="/data"}} {before["size_bytes"]}' in page
    # Also of one that nothing has mounted; what was in use is written down when it is let go.
    node.cli("pause", name)
    until(lambda: "container" not in node.show(name), 20, "the pause")
    until(lambda: volume(node, name) == {**before, "used_bytes": used}, 10, "the same use")


def test_what_is_exported_is_what_is_imported(node, up, tmp_path):
    name, other = up(args=STORAGE), up(args=STORAGE)
    node.run(name, "cd /data; mkdir -p a/b; echo one > a/b/file; chmod 640 a/b/file; ln -s a/b l; ln a/b/file second; "
                   "ln -s /etc/passwd out; dd if=/dev/zero of=holes bs=1 count=1 seek=20M 2>/dev/null; touch -d @1000000000 a/b/file")

    saved = tmp_path / "data.tar"
    done = data(node, "export", name, "-o", str(saved))
    assert done.returncode == 0 and "exported" in done.said, done.said
    assert saved.stat().st_size < 1 << 20, "holes are not packed"
    done = data(node, "import", other, str(saved))
    assert done.returncode == 0 and "imported" in done.said, done.said

    listing = "cd /data; find . | sort; cat a/b/file; readlink l out; stat -c '%u %g %a %Y %h' a/b/file; stat -c '%s %b' holes"
    assert node.run(other, listing) == node.run(name, listing)
    assert "1000 1000 640 1000000000 2" in node.run(other, listing)
    with tarfile.open(saved) as tar:
        assert tar.getmember("a/b/file").uid == 1000 and tar.getmember("out").issym() and tar.getmember("out").size == 0
    # What is packed is as old as what is unpacked by GNU tar, and by us again from its archive.
    subprocess.run(["tar", "-xf", saved, "-C", tmp_path], check=True)
    assert (tmp_path / "a/b/file").read_text() == "one\n"
    packed = subprocess.run(["tar", "-C", tmp_path, "-cf", "-", "--owner=0", "a"], check=True, capture_output=True).stdout
    done = data(node, "import", other, "-", input=packed)
    assert done.returncode != 0 and "`a/b/file` is there already" in done.said and "--replace" in done.said, done.said
    done = data(node, "import", other, "-", "--replace", input=packed)
    assert done.returncode == 0, done.said
    assert node.run(other, "stat -c %u /data/a/b/file") == "1000\n"


def test_a_part_is_exported_by_its_path(node, up):
    name = up(args=STORAGE)
    node.run(name, "cd /data; mkdir -p a/b c; echo 1 > a/b/x; echo 2 > c/y; ln -s / out")

    assert export(node, name, "--path", "a/b").getnames() == ["a/b", "a/b/x"]
    for path in ("../x", "/etc", "out/etc", "none"):
        done = data(node, "export", name, "--path", path)
        assert done.returncode != 0 and done.stdout == b"" and path.strip("/") in done.said, done.said


def test_it_can_be_exported_and_imported_whatever_it_does(node, up, tmp_path):
    """Frozen, stopped and paused; and what comes in is there when it runs again."""
    name = up(args=STORAGE)
    node.run(name, "echo kept > /data/file")
    node.cli("sleep", name, "now")
    assert node.show(name)["stage"] == "SLEEPING"
    assert export(node, name).extractfile("file").read() == b"kept\n"
    assert node.show(name)["stage"] == "SLEEPING", "nobody was woken"
    assert data(node, "import", name, "-", input=archive(("while frozen", b"1"))).returncode == 0
    assert node.run(name, "cat '/data/while frozen'") == "1"

    node.cli("pause", name)
    until(lambda: "container" not in node.show(name), 20, "the pause")
    assert export(node, name).extractfile("file").read() == b"kept\n"
    assert data(node, "import", name, "-", input=archive(("while paused", b"2"))).returncode == 0
    image = next((node.state / "volumes").glob(f"*{name.split('/')[1]}-data.ext4"))
    until(lambda: not subprocess.run(["losetup", "-n", "-j", image], capture_output=True, text=True).stdout, 10, "the device let go")
    node.cli("wake", name)
    assert node.run(name, "cat /data/file '/data/while paused'; stat -c %u '/data/while paused'") == "kept\n21000\n"

    # A Space whose app has never run has a /data all the same.
    fresh = spaces.unique()
    node.cli("up", "-d", spaces.write(tmp_path / "broken", dockerfile="FROM scratch\nCMD [\"/none\"]\n"), "--name", fresh, *STORAGE, check=False)
    assert data(node, "import", fresh, "-", input=archive(("first", b"3"))).returncode == 0
    assert export(node, fresh).getnames() == ["first"]
    node.cli("rm", fresh, "--data")


def test_a_plain_volume_is_exported_and_imported_and_bounded(make_node, tmp_path):
    node = make_node(node_file="defaults: {volumes: plain}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x", "--storage", "1Mi")
    node.run("t/x", "echo kept > /data/file")

    assert export(node, "t/x").extractfile("file").read() == b"kept\n"
    assert data(node, "import", "t/x", "-", input=archive(("more", b"x"))).returncode == 0
    assert node.run("t/x", "stat -c %u /data/more") == "1000\n"
    full = data(node, "import", "t/x", "-", input=archive(("half", bytes(700 << 10)), ("rest", bytes(700 << 10))))
    assert full.returncode != 0 and "there is room for" in full.said and "1 files, folders and links" in full.said, full.said
    assert node.run("t/x", "ls /data") == "file\nhalf\nmore\n"
    assert volume(node, "t/x")["size_bytes"] == 1 << 20
    until(lambda: 700 << 10 < (volume(node, "t/x")["used_bytes"] or 0) < 1 << 20, 10, "what was imported is counted")
    # Also where nobody else looks: the disk of a Space that does not run is not watched.
    node.cli("pause", "t/x")
    until(lambda: "container" not in node.show("t/x"), 20, "the pause")
    assert data(node, "import", "t/x", "-", "--replace", input=archive(("more", bytes(100 << 10)))).returncode == 0
    assert 800 << 10 < volume(node, "t/x")["used_bytes"] < 1 << 20


HOSTILE = {
    "absolute": ([("/tmp/sp-hostile", b"x")], "is an absolute path"),
    "climbing": ([("../../sp-hostile", b"x")], "leads out of it"),
    "through its own link": ([link("way", "/tmp"), ("way/sp-hostile", b"x")], "nothing is written through one"),
    "another name of outside": ([link("x", "../../etc/passwd", tarfile.LNKTYPE)], "leads out of it"),
    "a device": ([link("d", "", tarfile.BLKTYPE)], "neither file, folder nor link"),
    "larger than all": ([("big", bytes(40 << 20))], "there is room for"),
    "no archive": (None, "it is no tar archive"),
}


def test_a_hostile_archive_is_one_clear_error_and_writes_nothing_outside(node, up):
    name = up(args=STORAGE)
    before = set(os.listdir("/tmp"))
    for word, (members, reason) in HOSTILE.items():
        for replace in ([], ["--replace"]):
            content = archive(("fine", b"x"), *members) if members else os.urandom(5000)
            done = data(node, "import", name, "-", *replace, input=content)
            assert done.returncode == 1 and reason in done.said and done.said.count("\n") == 2, (word, done.said)
            if members:
                assert "were written before it, `" in done.said, done.said
            node.run(name, "cd /data && rm -rf ./*")
    assert not [one for one in set(os.listdir("/tmp")) - before if "hostile" in one]
    assert node.run(name, "ls -A /data | wc -l") == "0\n"


def test_a_full_data_says_so_and_says_what_is_there(node, up):
    name = up(args=STORAGE)
    # Members without their size before them cannot be refused before: many small ones.
    content = archive(*((f"f{i}", os.urandom(1 << 20)) for i in range(40)))

    done = data(node, "import", name, "-", input=content)

    assert done.returncode == 1 and "room" in done.said and "--storage" in done.said, done.said
    there = int(node.run(name, "ls /data | wc -l"))
    assert f"{there} files" in done.said and 5 < there < 40, done.said
    assert node.show(name)["stage"] == "RUNNING"


def test_an_export_is_not_lured_out_by_links_of_the_app(node, up):
    """The app swaps a folder for a link to /etc all the time: the node's /etc is never in the archive."""
    name = up(args=STORAGE)
    node.run(name, "cd /data; mkdir -p d/sub; echo mine > d/passwd; ln -s /etc e; echo mine > keep; "
                   "(i=0; while [ $i -lt 3000 ]; do mv d t && mv e d && mv d e && mv t d; i=$((i+1)); done) > /dev/null 2>&1 &")
    for _ in range(20):
        for member in export(node, name):
            assert not member.name.startswith("e/") and (not member.isfile() or member.size < 10), member


def test_an_export_of_what_is_written_all_the_time_is_whole(node, up):
    name = up(args=STORAGE)
    node.run(name, "(i=0; while [ $i -lt 2000 ]; do echo $i >> /data/grows; echo $i > /data/changes; rm -f /data/gone; echo > /data/gone; i=$((i+1)); done) > /dev/null 2>&1 &")
    for _ in range(10):
        names = export(node, name).getnames()
        assert "grows" in names, names


@pytest.mark.parametrize("sent", [2 * 512, 5 << 20], ids=["between two files", "in a file"])
def test_an_upload_that_breaks_off_leaves_no_half_of_a_file_and_says_so_in_the_log(node, up, sent):
    name = up(args=STORAGE)
    content = archive(("first", b"x"), ("second", bytes(10 << 20)))
    process = subprocess.Popen(node.command("data", "import", name, "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    process.stdin.write(content[:sent])
    process.stdin.flush()
    until(lambda: node.run(name, "ls /data") == "first\n", 10, "the first file")
    process.kill()
    process.wait()
    until(lambda: f"{name}: the import into /data ended early: the stream broke off" in node.log.read_text(), 10, "a word in the log")
    assert node.run(name, "ls -A /data") == "first\n"
    assert data(node, "import", name, "-", "--replace", input=content).returncode == 0
    assert node.run(name, "ls /data") == "first\nsecond\n"


def test_an_archive_larger_than_memory_streams_through(node, up, tmp_path):
    name = up(args=["--storage", "1Gi"])
    node.run(name, "for i in 1 2 3 4 5 6; do head -c 30000000 /dev/urandom > /data/$i; done")
    serve = node.process.pid
    high = lambda: int(next(line.split()[1] for line in open(f"/proc/{serve}/status") if line.startswith("VmHWM")))
    before = high()
    saved = tmp_path / "data.tar"
    assert data(node, "export", name, "-o", str(saved)).returncode == 0
    assert saved.stat().st_size > 180_000_000
    assert data(node, "import", name, str(saved), "--replace").returncode == 0
    assert high() - before < 40_000, "kB more than before"


def test_a_terminal_gets_no_archive_and_a_file_is_whole_or_not_there(node, up, tmp_path):
    name = up(args=STORAGE)
    saved = tmp_path / "data.tar"
    assert data(node, "export", name, "-o", str(tmp_path / "no/where.tar")).returncode == 1
    assert data(node, "export", "t/none", "-o", str(saved)).returncode == 1 and not list(tmp_path.glob("data.tar*"))
    done = data(node, "export", name, "-o", str(saved), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["notes"] == [] and saved.exists()
    assert oct(saved.stat().st_mode & 0o777) == "0o600"
    without = up()
    for done in (data(node, "export", without), data(node, "import", without, "-", input=archive(("x", b"")))):
        assert done.returncode == 1 and "has no /data" in done.said and "--storage" in done.said, done.said


def test_sockets_and_pipes_are_left_out_and_named(node, up):
    name = up(args=STORAGE)
    node.run(name, "mkfifo /data/pipe; echo x > /data/file")

    done = data(node, "export", name)

    assert done.returncode == 0 and "pipe is neither file, folder nor link and is left out" in done.said, done.said
    assert tarfile.open(fileobj=io.BytesIO(done.stdout)).getnames() == ["file"]
