"""Where namespaces cannot be entered: ports published on 127.0.0.1 (`serve --endpoints published`)."""
import json
import re

import pytest

import spaces
from node import until
from spaces import BASE


@pytest.fixture
def published(make_node, base):
    return make_node(arguments=["--endpoints", "published"]).start()


def test_a_space_answers_and_says_how_it_is_reached(published, tmp_path):
    published.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    assert published.request("t/x").text == "the app\n"
    bindings = published.container("t/x")["HostConfig"]["PortBindings"]
    assert [binding["HostIp"] for binding in bindings["7860/tcp"]] == ["127.0.0.1"]
    assert published.show("t/x")["endpoints"] == "published"
    doctor = json.loads(published.cli("doctor", "--json", check=False).stdout)
    found, = [finding for finding in doctor if finding["name"] == "dialer"]
    assert "published" in found["detail"] and "it was asked for" in found["detail"], found
    assert not any("dialer" in open(f"/proc/{pid}/cmdline").read().split("\0")[0] for pid in published.processes())
    published.cli("rm", "t/x", "--data")


def test_a_server_on_localhost_only_gets_the_documented_page(published, tmp_path):
    local = f'FROM {BASE}\nCMD ["httpd", "-f", "-p", "127.0.0.1:7860", "-h", "/www"]\n'
    said = published.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=local), "--name", "t/x")
    assert "let it listen on 0.0.0.0" in said.stdout + said.stderr

    answer = published.request("t/x", headers={"Accept": "text/html"})

    assert answer.status == 502, answer
    assert re.search("upstream|connection", answer.text), answer
    assert "127.0.0.1:7860 only" in published.show("t/x")["warning"], published.show("t/x")
    published.cli("rm", "t/x", "--data")


def test_a_restart_and_a_new_serve_keep_it_reachable(published, tmp_path):
    published.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    before = published.container("t/x")["Id"]
    published.cli("restart", "t/x")
    until(lambda: published.leftovers() != [before[:12]] and len(published.leftovers()) == 1, 20, "the new container alone")
    assert published.request("t/x").status == 200

    kept = published.container("t/x")["Id"]
    published.process.kill()
    published.process.wait()
    published.start()
    until(lambda: published.show("t/x")["stage"] == "RUNNING", 20, "the Space adopted")
    assert published.container("t/x")["Id"] == kept
    assert published.request("t/x").status == 200
    published.cli("rm", "t/x", "--data")


def test_a_dialer_that_cannot_run_leads_to_published_ports_and_is_not_left_behind(make_node, tmp_path, as_root, base):
    node = make_node(without="spaceport-dialer").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    assert node.request("t/x").status == 200
    assert "published" in node.cli("show", "t/x", "--json").stdout
    assert "the dialer does not answer" in node.log.read_text()
    doctor = json.loads(node.cli("doctor", "--json", check=False).stdout)
    assert any(finding["name"] == "dialer" and "the dialer does not answer" in finding["detail"] for finding in doctor), doctor
    node.cli("rm", "t/x", "--data")
