"""/data: kept when the Space has storage, gone when it has none, and nobody else's."""
import spaces
from node import docker
from spaces import BASE, CMD

STORAGE = ["--storage", "1Gi"]


def test_data_is_writable_by_uid_1000(node, up):
    name = up(args=STORAGE)

    assert node.run(name, "echo mine > /data/file && stat -c %u /data /data/file && cat /data/file") == "1000\n1000\nmine\n"


def test_the_app_is_told_whether_what_it_writes_is_kept(node, up):
    assert node.run(up(args=STORAGE), "echo $PERSISTENT_STORAGE_ENABLED") == "true\n"
    assert node.run(up(), "echo ${PERSISTENT_STORAGE_ENABLED:-no}") == "no\n"


def test_data_survives_a_restart(node, up):
    name = up(args=STORAGE)
    node.run(name, "echo kept > /data/file; echo lost > /tmp/file")

    node.cli("restart", name)

    assert node.run(name, "cat /data/file; cat /tmp/file 2>/dev/null || echo gone") == "kept\ngone\n"


def test_data_survives_a_rebuild(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder, args=STORAGE)
    node.run(name, "echo kept > /data/file")

    spaces.write(folder, dockerfile=f"FROM {BASE}\nRUN echo second > /www/built\n{CMD}")
    up(name=name, folder=folder)

    assert node.request(name, "/built").text == "second\n"
    assert node.run(name, "cat /data/file") == "kept\n"


def test_data_survives_rm_and_a_new_up(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder, args=STORAGE)
    node.run(name, "echo kept > /data/file")

    node.cli("rm", name)
    up(name=name, folder=folder, args=STORAGE)

    assert node.run(name, "cat /data/file") == "kept\n"


def test_rm_with_data_takes_the_data_too(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s")
    name = up(folder=folder, args=STORAGE)
    node.run(name, "echo secret > /data/file")
    before = node.leftovers("volume")

    node.cli("rm", name, "--data")

    assert len(node.leftovers("volume")) == len(before) - 1
    up(name=name, folder=folder, args=STORAGE)
    assert node.run(name, "ls /data | wc -l") == "0\n"


def test_without_storage_what_was_written_is_gone_after_a_restart(node, up):
    name = up(dockerfile=f"FROM {BASE}\nRUN mkdir -p /data && chmod 777 /data\n{CMD}")
    assert node.run(name, "echo written > /data/file && cat /data/file") == "written\n"

    node.cli("restart", name)

    assert node.run(name, "cat /data/file 2>/dev/null || echo gone") == "gone\n"


def test_an_image_with_a_data_folder_of_its_own_works_with_storage_too(node, up):
    name = up(args=STORAGE, dockerfile=f"FROM {BASE}\nRUN mkdir -p /data && chmod 777 /data\n{CMD}")

    node.run(name, "echo kept > /data/file")
    node.cli("restart", name)

    assert node.run(name, "cat /data/file") == "kept\n"


def test_an_image_whose_data_folder_is_roots_does_not_lock_uid_1000_out(node, up):
    name = up(args=STORAGE, dockerfile=f"FROM {BASE}\nRUN mkdir -p /data && chmod 700 /data && echo shipped > /data/shipped\n{CMD}")

    assert node.run(name, "echo mine > /data/file && cat /data/file") == "mine\n"


def test_the_data_of_one_space_is_never_visible_to_another(node, up):
    alice, bob = up(args=STORAGE), up(args=STORAGE)
    node.run(alice, "echo of-alice > /data/file")

    assert node.run(bob, "ls -A /data | wc -l") == "0\n"
    mounts = [{mount["Name"] for mount in node.container(name)["Mounts"]} for name in (alice, bob)]
    assert mounts[0] and mounts[1] and mounts[0].isdisjoint(mounts[1])


def test_two_names_with_one_slug_do_not_meet_in_one_volume_or_host(node, up):
    """`a-b/c` and `a/b-c` make the same host label: the second gets another, and nothing else of them coincides."""
    stem = spaces.unique().replace("/", "")
    first, second = f"{stem}-b/c", f"{stem}/b-c"
    up(name=first, args=STORAGE)
    node.run(first, "echo of-first > /data/file")

    up(name=second, args=STORAGE)

    assert node.run(first, "echo $SPACE_ID; cat /data/file") == f"{first}\nof-first\n", "the first lost its host name or its data"
    seen = {name: node.container(name) for name in (first, second)}
    host, = [line.split("=", 1)[1] for line in seen[second]["Config"]["Env"] if line.startswith("SPACE_HOST=")]
    assert host.startswith(f"{node.host(first).split('.')[0]}-"), host
    answer = node.request(second, "/cgi-bin/sh", "POST", "echo $SPACE_ID; ls -A /data | wc -l", host=f"{host}:{node.port}")
    assert answer.text == f"{second}\n0\n"
    for what in (lambda one: one["Mounts"][0]["Name"], lambda one: one["Config"]["Hostname"], lambda one: one["Name"]):
        assert what(seen[first]) != what(seen[second])


def test_every_volume_is_labelled_as_ours(node, up):
    name = up(args=STORAGE)

    volume = node.container(name)["Mounts"][0]["Name"]
    assert docker("volume", "inspect", volume, "--format", '{{index .Labels "spaceport.instance"}}') == node.instance
