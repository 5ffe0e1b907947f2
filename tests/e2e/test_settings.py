"""Settings of the node and of a Space: each does what it says, or its absence is told."""
import concurrent.futures
import json
import pathlib
import threading
import time

import pytest

import spaces
from node import docker, until
from podman import beyond_podman
from spaces import BASE, CMD


def test_builds_take_turns(make_node, tmp_path):
    node = make_node(node_file="build: {parallel: 1}\n").start()
    # Each build leaves the moments of its one step; two at a time would overlap.
    dockerfile = "FROM {}\nRUN echo {}; cut -d' ' -f1 /proc/uptime > /www/began; sleep 1; cut -d' ' -f1 /proc/uptime > /www/ended\n{}"
    names = ["t/one", "t/two", "t/three"]
    ups = [threading.Thread(target=node.cli, args=("up", "-d", spaces.write(tmp_path / name, dockerfile.format(BASE, name + str(
        tmp_path), CMD)), "--name", name)) for name in names]
    for each in ups:
        each.start()
    for each in ups:
        each.join()

    spans = sorted((float(node.request(name, "/began").text), float(node.request(name, "/ended").text)) for name in names)
    assert all(earlier[1] <= later[0] for earlier, later in zip(spans, spans[1:])), spans
    assert any("waiting for " in node.cli("logs", "--build", name).stdout for name in names)
    for name in names:
        node.cli("rm", name, "--data")


def test_without_a_network_a_space_still_answers(make_node, tmp_path):
    node = make_node(node_file="defaults: {network: none}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    assert node.container("t/x")["HostConfig"]["NetworkMode"] == "none"
    assert node.request("t/x").text == "the app\n"
    assert node.run("t/x", "cat /proc/net/dev | grep -c :") == "1\n", "nothing but the loopback"
    node.cli("rm", "t/x", "--data")


def test_a_network_of_the_engine_is_joined(make_node, tmp_path):
    node = make_node(node_file="defaults: {network: spaceport-e2e-own}\n")
    docker("network", "create", "spaceport-e2e-own")
    try:
        node.start()
        node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
        assert list(node.container("t/x")["NetworkSettings"]["Networks"]) == ["spaceport-e2e-own"]
        assert node.request("t/x").status == 200
        node.cli("rm", "t/x", "--data")
    finally:
        docker("network", "rm", "spaceport-e2e-own", check=False)


def test_a_network_that_is_not_there_is_told(make_node, tmp_path):
    node = make_node(node_file="defaults: {network: not-there}\n").start()

    done = node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x", check=False)

    assert done.returncode != 0
    assert "not-there" in done.stdout + done.stderr
    node.cli("rm", "t/x", "--data")


def test_no_network_and_published_ports_exclude_each_other(make_node):
    node = make_node(node_file="defaults: {network: none}\n", arguments=["--endpoints", "published"])
    done = node.cli("serve", "--endpoints", "published", check=False, timeout=30)

    assert done.returncode != 0
    assert "network: none" in done.stderr and "published" in done.stderr, done.stderr


def test_a_space_has_no_more_requests_at_once_than_the_node_file_allows(make_node, tmp_path):
    node = make_node(node_file="defaults: {max_in_flight: 2, queue: {length: 0}}\nlimits: {connections: 100, connections_per_client: 50}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")

    wait = "echo came >> /tmp/came; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo went"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        held = [pool.submit(node.run, "t/x", wait) for _ in range(2)]
        container = node.container("t/x")["Id"]
        try:
            until(lambda: docker("exec", container, "cat", "/tmp/came", check=False).count("came") == 2, 20, "two requests in the app")
            third = node.request("t/x")
            assert third.status == 503 and third.headers["x-gateway-error"] == "saturated", third
        finally:
            docker("exec", container, "touch", "/tmp/go")
        assert [one.result(20) for one in held] == ["went\n"] * 2
    until(lambda: node.request("t/x").text == "the app\n", 10, "a place")
    assert "connections_per_client: 50" in next(node.state.rglob("gateway.yaml")).read_text(), "the gateway has the node's limits"
    node.cli("rm", "t/x", "--data")


CARD = """\
---
title: Every key
emoji: 🚀
colorFrom: red
colorTo: gray
sdk: docker
sdk_version: 4.10
python_version: "3.10"
app_file: app.py
app_build_command: npm run build
app_port: 8080
base_path: /docs
fullWidth: false
header: mini
short_description: A demo
thumbnail: https://example.com/a.png
pinned: true
models: [gpt2, a/b]
datasets: [c/d]
tags: [x, y]
license: other
license_name: mine
license_link: LICENSE
duplicated_from: a/c
suggested_hardware: t4-small
suggested_storage: small
hf_oauth: false
hf_oauth_scopes: [email]
hf_oauth_expiration_minutes: 480
hf_oauth_authorized_org: acme
hf_oauth_redirect_path: /cb
disable_embedding: true
startup_duration_timeout: 1m
custom_headers: {cross-origin-embedder-policy: require-corp, cross-origin-opener-policy: same-origin, cross-origin-resource-policy: same-site}
preload_from_hub: [gpt2]
metaTitle: M
description: D
dev-mode-folder: /app
routes:
  - {path: /api, port: 8000, strip_prefix: true}
expose: [9200]
---
# Text
"""


def test_a_space_with_every_key_there_is_runs_and_each_that_does_something_does_it(node, up):
    name = spaces.unique()
    up.names.add(name)
    done = up(name=name, check=False, readme=CARD, dockerfile=f"FROM {BASE}\nRUN mkdir /api && echo api > /api/index.html\n"
                                                             "CMD httpd -p 8000 -h /api; httpd -p 9200 -h /api; exec httpd -f -p 8080 -h /www\n")

    assert done.returncode == 0, done.stderr
    assert "README.md:" not in done.stderr, "a key is not known, or its value is refused"
    answer = node.request(name)
    assert answer.text == "the app\n"
    for field, value in {"cross-origin-embedder-policy": "require-corp", "cross-origin-opener-policy": "same-origin",
                         "cross-origin-resource-policy": "same-site", "content-security-policy": "frame-ancestors 'self'"}.items():
        assert answer.headers[field] == value, (field, answer.headers)
    assert node.run(name, "echo $SPACE_TITLE $PORT $ACCELERATOR") == "Every key 8080 none\n", "suggested hardware is never assigned"
    assert node.request(name, "/api/").text == "api\n"
    label, rest = node.host(name).split(".", 1)
    assert node.request(name, host=f"{label}--9200.{rest}").text == "api\n"
    # What is not done is told.
    assert "preload_from_hub is not served here" in done.stdout + done.stderr


@beyond_podman("keeps one file of a log, and cuts all of it")
def test_the_log_of_an_app_is_kept_within_its_size_and_its_newest_lines_are_there(make_node, tmp_path):
    node = make_node(node_file="defaults: {log_max_size: 100k, log_max_files: 2}\n").start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    log = node.container("t/x")["LogPath"]

    # To where the app itself prints.
    node.run("t/x", "i=0; while [ $i -lt 6000 ]; do echo line $i of many, and some more to fill it; i=$((i+1)); done > /proc/1/fd/1 || "
                    "echo cannot")

    def lines():
        return node.cli("logs", "t/x").stdout
    until(lambda: "line 5999 of many" in lines(), 20, "the newest line")
    kept = sum(file.stat().st_size for file in pathlib.Path(log).parent.glob("*-json.log*"))
    assert 50_000 < kept < 2 * 100_000 + 20_000, kept
    assert "line 0 of many" not in lines()
    node.cli("rm", "t/x", "--data")


def test_signing_in_without_a_provider_is_told_and_sets_nothing(node, up):
    name = up(readme=spaces.readme("hf_oauth: true"))

    assert "hf_oauth: true is not served here" in node.cli("logs", "--build", name).stdout
    assert node.run(name, "env | grep -c -e OAUTH -e OPENID") == "0\n"


def test_signing_in_with_a_provider_of_ones_own_gets_the_scopes(node, up):
    name = up(readme=spaces.readme("hf_oauth: true", "hf_oauth_scopes: [email]"),
              args=["--env", "OAUTH_CLIENT_ID=me", "--env", "OPENID_PROVIDER_URL=https://id.example.test", "--secret", "OAUTH_CLIENT_SECRET"],
              env={"OAUTH_CLIENT_SECRET": "x"})

    assert "hf_oauth" not in node.cli("logs", "--build", name).stdout
    assert node.run(name, "echo $OAUTH_SCOPES") == "openid profile email\n"


def interfaces(node, name):
    return {line.split(":")[0].strip() for line in node.request(name, "/built").text.splitlines() if ":" in line}


@pytest.mark.parametrize("network", ["default", pytest.param("none", marks=beyond_podman("builds with a network only")), "host"])
def test_the_network_of_build_steps_is_the_one_of_the_node_file(make_node, tmp_path, network):
    node = make_node(node_file=f"build: {{network: {network}}}\n").start()
    dockerfile = f"FROM {BASE}\nRUN echo {time.time()}; cat /proc/net/dev > /www/built\n{CMD}"
    node.cli("up", "-d", spaces.write(tmp_path / "s", dockerfile=dockerfile), "--name", "t/x")

    ours = {line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line}
    seen = interfaces(node, "t/x")
    if network == "none":
        assert "lo" in seen and "eth0" not in seen and "docker0" not in seen, seen
    elif network == "host":
        assert "docker0" in seen and {"lo", "docker0"} <= ours & seen, seen
    else:
        assert "eth0" in seen and "docker0" not in seen, seen
    node.cli("rm", "t/x", "--data")


def test_a_network_of_builds_that_the_builder_does_not_know_is_told(make_node):
    node = make_node(node_file="build: {network: mine}\n")

    done = node.cli("serve", check=False, timeout=30)

    assert done.returncode != 0
    assert "spaceport.yaml:4:" in done.stderr and "default" in done.stderr and "host" in done.stderr, done.stderr
