"""The README's first command, as a stranger runs it."""
import subprocess

from node import BIN, ENVIRONMENT, ROOT, docker


def test_quickstart_check_proves_the_example_and_leaves_nothing():
    before = docker("ps", "-aq")

    done = subprocess.run(["bash", ROOT / "deploy/quickstart", "--check"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**ENVIRONMENT, "SPACEPORT_BIN": str(BIN)}, timeout=420)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "every claim is true" in done.stdout
    assert "FALSE" not in done.stdout
    assert docker("ps", "-aq") == before


def test_quickstart_tells_a_wrong_option():
    done = subprocess.run(["bash", ROOT / "deploy/quickstart", "--port", "many"], capture_output=True, text=True, env=ENVIRONMENT)

    assert done.returncode == 2
    assert "--port N" in done.stderr
