"""Earlier versions of a Space: which are kept, and going back to one of them."""
import json
import threading

import spaces
from node import docker, until
from spaces import BASE, CMD


def version(word, extra=""):
    return f"FROM {BASE}\nRUN echo {word} > /www/version\n{extra}{CMD}"


def deploy(node, folder, name, word, readme=spaces.README, args=()):
    node.cli("up", "-d", spaces.write(folder, version(word), readme), "--name", name, *args)


def history(node, name):
    return json.loads(node.cli("deployments", name, "--json").stdout)


def test_a_space_goes_back_to_the_version_before_with_its_card_and_the_settings_of_now(node, up, tmp_path):
    name = up(dockerfile=version("first"), readme=spaces.readme("title: The first"), args=["--env", "WORD=old"])
    deploy(node, tmp_path / "s", name, "second", spaces.readme("title: The second"), ["--env", "WORD=new"])
    assert node.request(name, "/version").text == "second\n"

    node.cli("rollback", name)

    assert node.request(name, "/version").text == "first\n"
    assert node.run(name, "echo $SPACE_TITLE, $WORD") == "The first, new\n"
    newest, second, first = history(node, name)
    assert (newest["n"], newest["image_of"], newest["serves"], newest["image"]) == (3, 1, True, first["image"])
    assert not second["serves"] and second["image"] != first["image"]
    shown = node.show(name)
    assert (shown["deployment"], shown["serving_deployment"], shown["image"]) == (3, 3, first["image"])
    assert [line.split()[0] for line in node.cli("deployments", name).stdout.splitlines()] == ["NUMBER", "3", "2", "1"]
    assert "image of 1" in node.cli("deployments", name).stdout

    # A setting makes a new container, and no new image of a folder that holds what was gone back from.
    node.cli("vars", name, "set", "WORD=newest")
    until(lambda: node.request(name, "/cgi-bin/sh", "POST", "echo $WORD").text == "newest\n", 30, "the new setting")
    assert node.request(name, "/version").text == "first\n"
    assert len(history(node, name)) == 3

    node.cli("rollback", name, "2")
    assert node.request(name, "/version").text == "second\n"


def test_nobody_notices_a_rollback(node, up, tmp_path):
    name = up(dockerfile=version("first"))
    deploy(node, tmp_path / "s", name, "second")
    answers, done = [], threading.Event()

    def ask():
        while not done.is_set():
            answers.append((node.request(name, "/version").status, node.request(name, "/version").text))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        node.cli("rollback", name, "1")
    finally:
        done.set()
        asking.join()

    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers} <= {"first\n", "second\n"}


def test_a_rollback_that_does_not_start_leaves_what_serves(node, up, tmp_path):
    name = up(dockerfile=f"FROM {BASE}\nCMD [\"sh\", \"-c\", \"test $GOOD = yes && exec httpd -f -p 7860 -h /www\"]\n", args=["--env", "GOOD=yes"])
    deploy(node, tmp_path / "s", name, "second", args=["--env", "GOOD=no"])

    done = node.cli("rollback", name, "1", check=False)

    assert done.returncode == 1 and "exit code 1" in done.stderr, done
    assert node.request(name, "/version").text == "second\n"
    shown = node.show(name)
    assert shown["stage"] == "RUNNING" and shown["serving_deployment"] == 2, shown
    assert "exit code 1" in shown["reason"]


def test_what_cannot_be_gone_back_to_says_what_there_is_instead(node, up):
    name = up(dockerfile=version("only"))

    for arguments, words in (((), "no earlier version"), (("7",), "has no deployment 7"), (("1",), "deployment 1 of")):
        done = node.cli("rollback", name, *arguments, check=False)
        assert done.returncode != 0 and words in done.stderr and "images are kept of 1" in done.stderr, done.stderr
    assert node.request(name, "/version").text == "only\n"


def test_only_the_newest_images_are_kept_and_the_serving_one_always(make_node, tmp_path):
    node = make_node(node_file="keep_images: 2\n").start()
    for word in ("first", "second", "third"):
        deploy(node, tmp_path / "s", "t/x", word)

    def kept():
        return [each["n"] for each in history(node, "t/x") if each["image"]]

    until(lambda: kept() == [3, 2], 20, "two kept images")
    images = {each["image"] for each in history(node, "t/x") if each["image"]}
    assert {docker("inspect", "--format", "{{.Id}}", image) for image in node.leftovers("image")} == images

    node.cli("rollback", "t/x", "2")
    deploy(node, tmp_path / "s", "t/x", "fourth")
    until(lambda: kept() == [5, 4, 2], 20, "the image that was gone back to")
    refused = node.cli("rollback", "t/x", "3", check=False)
    assert "it is not kept any more" in refused.stderr
    node.cli("rollback", "t/x", "4")
    assert node.request("t/x", "/version").text == "second\n"


def test_a_rollback_outlives_a_crash_of_serve(make_node, tmp_path):
    node = make_node().start()
    for word in ("first", "second"):
        deploy(node, tmp_path / "s", "t/x", word)
    node.cli("rollback", "t/x")
    since = node.show("t/x")["since"]

    node.process.kill()
    node.process.wait()
    node.start()

    assert node.show("t/x")["since"] == since, "its stage began before"
    assert node.request("t/x", "/version").text == "first\n"
    node.cli("restart", "t/x")
    assert node.request("t/x", "/version").text == "first\n"
