"""What Spaces mount beside /data: their own, what is shared, folders of the node; and nothing that the node does not offer."""
import json

import pytest

import spaces
from node import Node, docker, until

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    folder.chmod(0o777)
    (folder / "weights").write_text("of the node\n")
    for above in folder.parents:
        if str(above).startswith("/tmp/"):
            above.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def node(base, models):
    made = Node(node_file=f"""volumes:
  cache: {{size: 16Mi}}
  team: {{size: 16Mi, shared: true, spaces: [team/*]}}
  models: {{folder: {models}, read_only: true}}
  inbox: {{folder: {models}}}
""")
    try:
        yield made.start()
    finally:
        made.clean()


@pytest.fixture
def bring_up(node, tmp_path):
    names = []

    def run(name, *volumes, args=(), check=True):
        folder = spaces.write(tmp_path / name.replace("/", "-"), readme=spaces.readme("volumes:", *(f"  - {one}" for one in volumes)))
        names.append(name)
        return node.cli("up", "-d", folder, "--name", name, *args, check=check)
    yield run
    for name in names:
        node.cli("rm", name, "--data", check=False)


def test_each_space_has_its_own_unless_it_is_shared(node, bring_up):
    mounts = ("{source: cache, mountPath: /cache}", "{source: team, mountPath: /team}")
    bring_up("team/a", *mounts)
    bring_up("team/b", *mounts)

    node.run("team/a", "echo mine > /cache/file; echo ours > /team/file")

    assert node.run("team/b", "ls -A /cache | wc -l; cat /team/file; stat -c %u /cache /team") == "0\nours\n1000\n1000\n"
    # It outlives the container, and its size is what was offered.
    node.cli("restart", "team/a")
    assert node.run("team/a", "cat /cache/file") == "mine\n"
    assert "No space left" in node.run("team/a", "dd if=/dev/zero of=/cache/big bs=1M count=40")
    shown = {one["path"]: one for one in node.show("team/a")["volumes"]}
    assert shown["/cache"]["used_bytes"] > 8 << 20 and not shown["/cache"]["shared"] and shown["/team"]["shared"], shown
    assert "/cache (cache): " in node.cli("show", "team/a").stdout
    # What is the Space's own goes with it, what is shared stays, also while nobody has it mounted.
    node.cli("pause", "team/b")
    until(lambda: "container" not in node.show("team/b"), 20, "the pause")
    node.cli("rm", "team/a", "--data")
    node.cli("wake", "team/b")
    until(lambda: node.request("team/b").status == 200, 30, "team/b")
    assert node.run("team/b", "cat /team/file") == "ours\n"
    assert not [one for one in node.leftovers("volume") if "team--a" in one]


def test_read_only_is_read_only_from_inside(node, bring_up, models):
    bring_up("t/reader", "{source: models, mountPath: /models}", "{source: inbox, mountPath: /inbox, readOnly: true}",
             "{source: cache, mountPath: /cache, readOnly: true}")

    assert node.run("t/reader", "cat /models/weights") == "of the node\n"
    for path in ("/models", "/inbox", "/cache"):
        said = node.run("t/reader", f"echo x > {path}/new && echo done; rm {path}/weights && echo done; chmod 777 {path} && echo done; "
                                    f"mount -o remount,rw {path} && echo done; true")
        assert "Read-only file system" in said and "done" not in said, (path, said)
    assert sorted(one.name for one in models.iterdir()) == ["weights"]
    assert {one["path"]: one["read_only"] for one in node.show("t/reader")["volumes"]} == {"/models": True, "/inbox": True, "/cache": True}

    # The same folder can be written to where nobody says otherwise.
    bring_up("t/writer", "{source: inbox, mountPath: /inbox}")
    assert node.run("t/writer", "echo x > /inbox/new && stat -c %u /inbox/new && rm /inbox/new") == "1000\n"


def test_what_the_node_does_not_offer_is_refused_with_its_place_before_anything_runs(node, bring_up):
    for wanted, words in (("{source: modles, mountPath: /x}", 'there is no volume `modles` on this node; did you mean "models"?'),
                          ("{source: team, mountPath: /x}", "the volume `team` is not for t/other")):
        done = bring_up("t/other", wanted, check=False)
        assert done.returncode == 1 and f"README.md:4:14: {words}" in done.stderr, done.stderr
    for wanted in ("{source: /etc, mountPath: /x}", "{source: ../s, mountPath: /x}", "{folder: /etc, mountPath: /x}", "{source: cache, mountPath: /data}"):
        done = bring_up("t/other", wanted, check=False)
        assert done.returncode == 1 and "README.md:4:" in done.stderr, done.stderr
    assert "t/other" not in {one["id"] for one in json.loads(node.cli("ls", "--json").stdout)}


def test_no_volume_of_another_space_can_be_named(node, bring_up):
    bring_up("t/victim", "{source: cache, mountPath: /cache}", args=["--storage", "16Mi"])
    node.run("t/victim", "echo secret > /cache/file; echo secret > /data/file")
    for name in docker("volume", "ls", "-q", "--filter", f"label=spaceport.space=t/victim").split():
        done = bring_up("t/thief", f"{{source: {name}, mountPath: /x}}", check=False)
        assert done.returncode == 1 and "README.md:4:14" in done.stderr, done.stderr


def test_a_change_of_the_mounts_makes_a_new_container_and_one_that_is_gone_says_so(node, bring_up, models, tmp_path):
    bring_up("t/x")
    before = node.show("t/x")["container"]
    bring_up("t/x", "{source: models, mountPath: /models}")
    assert node.show("t/x")["container"] != before
    moved = models.rename(models.with_name("away"))
    try:
        done = node.cli("restart", "t/x", check=False)
        assert done.returncode == 1 and f"the folder {models} of the volume `models` is not there" in node.cli("show", "t/x").stdout
    finally:
        moved.rename(models)


def test_what_it_mounts_comes_out_and_goes_in(node, bring_up, tmp_path):
    bring_up("team/out", "{source: cache, mountPath: /cache}", "{source: team, mountPath: /team, readOnly: true}", "{source: models, mountPath: /models}")
    bring_up("team/in", "{source: cache, mountPath: /cache}", args=["--storage", "16Mi"])
    archive = tmp_path / "cache.tar"
    node.run("team/out", "echo warm > /cache/file")

    exported = node.cli("data", "export", "team/out", "--mount", "/cache", "-o", archive)
    imported = node.cli("data", "import", "team/in", archive, "--mount", "/cache")

    assert "exported /cache of team/out" in exported.stderr and "imported into /cache of team/in: 1 files" in imported.stderr, (exported, imported)
    assert node.run("team/in", "cat /cache/file; stat -c %u /cache/file; ls -A /data | wc -l") == "warm\n1000\n0\n"
    for arguments, words in ((("export", "team/out", "--mount", "/cahce"), 'mounts nothing at `/cahce`; did you mean "/cache"?'),
                             (("export", "team/out"), "team/out has no /data"),
                             (("import", "team/out", archive, "--mount", "/team"), "/team of team/out may only be read"),
                             (("export", "team/out", "--mount", "/models"), "is the folder")):
        done = node.cli("data", *arguments, *(["-o", tmp_path / "none.tar"] if "export" in arguments else []), check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    assert not (tmp_path / "none.tar").exists()
