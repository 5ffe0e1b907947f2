"""`doctor` with exactly one thing broken at a time: it is named with its fix, and the exit code is not 0."""
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import subprocess
import threading

import pytest

import spaces
from node import until
from tap import Tap


def findings(node):
    """What `doctor --json` found, by name; the text says the same, and the exit code whether all is well."""
    as_json = node.cli("doctor", "--json", check=False, timeout=60)
    found = {finding["name"]: finding for finding in json.loads(as_json.stdout)}
    as_text = node.cli("doctor", check=False, timeout=60)
    assert as_text.returncode == as_json.returncode == (0 if all(one["ok"] for one in found.values()) else 1), as_text.stdout
    for name, one in found.items():
        assert f"{'ok   ' if one['ok'] else 'FAIL '}{name} " in as_text.stdout, as_text.stdout
        assert not one["fix"] or f"-> {one['fix']}" in as_text.stdout, as_text.stdout
    return found


def broken(node, name):
    """The one finding that is not ok."""
    found = findings(node)
    assert [one["name"] for one in found.values() if not one["ok"]] == [name], found
    assert found[name]["fix"], "no fix is named"
    return found[name]


def port_name(node):
    return f"port 127.0.0.1:{node.port}"


def test_a_healthy_node_has_no_finding(node):
    found = findings(node)

    assert all(one["ok"] for one in found.values()), found
    assert {"engine", "BuildKit", "GPU", "builds", "dialer", "state folder", "spaceport-gateway", "spaceport-dialer", "network", "/data", "users", port_name(node)} == set(found)
    assert found[port_name(node)]["detail"] == "ours" and found["dialer"]["detail"] == "answers"


def test_before_serve_runs_everything_is_looked_at_and_nothing_is_made(make_node):
    node = make_node()
    before = sorted(node.state.iterdir())

    found = findings(node)

    assert all(one["ok"] for one in found.values()), found
    assert found[port_name(node)]["detail"] == "free" and found["dialer"]["detail"] == "can run here"
    assert sorted(node.state.iterdir()) == before


def test_an_engine_that_is_not_there(make_node, tmp_path):
    found = broken(make_node(engine=tmp_path / "no.sock"), "engine")

    assert "no.sock" in found["detail"] and "start" in found["fix"], found


def test_an_engine_that_went_away_under_serve(make_node, tmp_path):
    tap = Tap(tmp_path / "e.sock")
    node = make_node(engine=tap.path).start()
    tap.die()

    found = broken(node, "engine")

    assert "e.sock" in found["detail"], found


class OldEngine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """An engine without BuildKit sessions, as podman is one."""
    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path.endswith("/_ping"):
                answer = "OK"
            elif self.path.endswith("/version"):
                answer = json.dumps({"Version": "4.3.1", "ApiVersion": "1.41", "Components": [{"Name": "Podman Engine"}]})
            else:
                answer = json.dumps({"NCPU": 2, "MemTotal": 1 << 33, "Runtimes": {}})
            self.send_response(200)
            self.send_header("Api-Version", "1.41")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_HEAD = do_GET

        def address_string(self):
            return "local"

        def log_message(self, *_):
            pass


def test_an_engine_without_buildkit(make_node, tmp_path):
    server = OldEngine(str(tmp_path / "old.sock"), OldEngine.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        found = broken(make_node(engine=tmp_path / "old.sock"), "BuildKit")
    finally:
        server.shutdown()
        server.server_close()

    assert "Docker 20.10 or newer" in found["fix"]


def test_a_port_that_somebody_else_has(make_node):
    node = make_node()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", node.port))
        taken.listen()

        found = broken(node, port_name(node))

    assert f"ss -ltnp sport = :{node.port}" in found["fix"] and "listeners" in found["fix"]


def test_a_port_that_our_gateway_still_has_is_no_fault(make_node):
    node = make_node().start()
    node.process.kill()
    node.process.wait()

    found = findings(node)

    assert found[port_name(node)]["ok"] and found[port_name(node)]["detail"] == "our gateway has it", found


def test_a_gateway_that_cannot_be_started_again(make_node):
    node = make_node(own_programs=True)
    for program in ("spaceport", "spaceport-gateway", "spaceport-dialer"):
        assert (node.bin / program).exists()
    node.start()
    (node.bin / "spaceport-gateway").rename(node.bin / "away")
    os.kill(node.programs("away")[0], signal.SIGKILL)
    found = until(lambda: [one for one in [findings(node)] if not one[port_name(node)]["ok"]], 10, "the gateway missed")[0]

    assert "gateway.log" in found[port_name(node)]["fix"]
    assert not found["spaceport-gateway"]["ok"] and "install it beside spaceport" in found["spaceport-gateway"]["fix"]


@pytest.mark.parametrize("program", ["spaceport-gateway", "spaceport-dialer"])
def test_a_program_that_is_not_installed(make_node, program):
    found = broken(make_node(without=program), program)

    assert program in found["detail"] and "install it beside spaceport" in found["fix"]


def test_a_dialer_that_hangs(make_node):
    node = make_node().start()
    pid, = node.programs("spaceport-dialer")
    os.kill(pid, signal.SIGSTOP)
    try:
        found = broken(node, "dialer")
    finally:
        os.kill(pid, signal.SIGCONT)

    assert found["detail"] == "does not answer" and "dialer.log" in found["fix"]
    until(lambda: all(one["ok"] for one in findings(node).values()), 20, "all well again")


def test_a_gpu_is_missed_only_by_whoever_asks_for_one(make_node, tmp_path):
    node = make_node().start()
    assert findings(node)["GPU"]["ok"]
    if pathlib.Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a GPU: what its absence means is tested by cli_test")
    assert node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/gpu", "--gpus", "1", check=False).returncode != 0

    found = broken(node, "GPU")

    assert "t/gpu" in found["detail"] and "spaceport hardware t/gpu cpu-basic" in found["fix"]
    node.stop()
    assert "t/gpu" in broken(node, "GPU")["detail"], "it is remembered when serve does not run"
    node.start()
    node.cli("rm", "t/gpu", "--data")
    assert findings(node)["GPU"]["ok"]


def test_a_state_folder_that_is_full(make_node):
    node = make_node()
    config = (node.state / "spaceport.yaml").read_text()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", node.state], check=True)
    try:
        (node.state / "spaceport.yaml").write_text(config)
        found = broken(node, "state folder")
    finally:
        subprocess.run(["umount", "-l", node.state], check=True)

    assert "MiB free" in found["detail"] and found["fix"] == "free some disk space"


def test_a_state_folder_that_cannot_be_written(make_node):
    node = make_node()
    subprocess.run(["mount", "--bind", node.state, node.state], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", node.state], check=True)
    try:
        found = broken(node, "state folder")
    finally:
        subprocess.run(["umount", "-l", node.state], check=True)

    assert "cannot be written" in found["detail"] and "--state DIR" in found["fix"]
