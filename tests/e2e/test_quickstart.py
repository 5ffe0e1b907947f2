"""The README's first command, as a stranger runs it."""
import pathlib
import socket
import subprocess

from node import BIN, ENVIRONMENT, ROOT, docker


def quickstart(*arguments, programs=None):
    """With the programs in a folder; else with what it builds itself, which `tests/run` has done before."""
    given = {} if programs is None else {"SPACEPORT_BIN": str(programs)}
    return subprocess.run(["bash", ROOT / "deploy/quickstart", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env={**ENVIRONMENT, **given}, timeout=1500)


def containers():
    return docker("ps", "-aq", "--filter", "label=spaceport.space=local/hello")


def test_quickstart_check_proves_the_example_and_leaves_nothing(node, up):
    # Another instance, with a Space of the same name: what the check removes must not be its.
    other = up("local/hello")
    before = containers()

    done = quickstart("--check")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "every claim is true" in done.stdout
    assert "using the programs" not in done.stdout, "what people build was not what was checked"
    assert "FALSE" not in done.stdout
    assert containers() == before
    assert node.request(other).text == "the app\n"


def test_quickstart_tells_at_once_that_its_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = quickstart("--port", port, programs=BIN)

    assert done.returncode == 1
    assert f"port {port} is in use by something else" in done.stderr
    assert "installing" not in done.stdout
    assert not pathlib.Path(f"/var/lib/spaceport-{port}").exists()


def test_quickstart_tells_that_a_state_folder_has_another_port(tmp_path):
    (tmp_path / "spaceport.yaml").write_text("listeners:\n  - address: 127.0.0.1:18001\n")

    done = quickstart("--check", "--port", 1800, "--state", tmp_path, programs=BIN)

    assert done.returncode == 1
    assert "names another port than 1800" in done.stderr


def test_quickstart_tells_a_wrong_option():
    done = quickstart("--port", "many", programs=BIN)

    assert done.returncode == 2
    assert "--port N" in done.stderr
