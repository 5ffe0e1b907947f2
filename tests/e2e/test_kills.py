"""kill -9 at random moments of a node's life. KILLS says how often; the seed is printed, and SEED repeats a run."""
import os
import random
import signal
import subprocess
import time

import spaces
from node import ENVIRONMENT, docker, until
from spaces import BASE, CMD

KILLS = int(os.environ.get("KILLS", "40"))


def folder_of(path, version):
    return spaces.write(path, dockerfile=f"FROM {BASE}\nRUN sleep 0.3; echo {version} > /www/version\n{CMD}")


def containers(node, name):
    return docker("ps", "-q", "--no-trunc", "--filter", f"label=spaceport.instance={node.instance}", "--filter", f"label=spaceport.space={name}").split()


def answer(node, name, path="/"):
    try:
        return node.request(name, path, timeout=5)
    except OSError:
        return None


def served(node, name, path="/"):
    got = answer(node, name, path)
    return got if got is not None and got.status == 200 else None


def settled(node, name):
    """Serves, from one container, with nothing under way."""
    return node.show(name)["stage"] == "RUNNING" and len(containers(node, name)) == 1 and served(node, name)


def test_a_node_survives_kills_at_any_moment(make_node, tmp_path):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "steady"), "--name", "t/steady", "--storage", "1Gi")
    node.run("t/steady", "echo kept > /data/file")
    changing = tmp_path / "changing"
    node.cli("up", "-d", folder_of(changing, 0), "--name", "t/changing")

    for turn in range(1, KILLS + 1):
        folder_of(changing, turn)
        words = chance.choice([["up", "-d", changing, "--name", "t/changing"], ["restart", "t/changing"], ["restart", "t/changing", "--factory"],
                               ["vars", "t/changing", "set", f"TURN={turn}"], ["show", "t/steady"]])
        victim = chance.choice(["spaceport", "spaceport-gateway", "spaceport-dialer"])
        delay = chance.uniform(0, 1.5)
        what = f"turn {turn}: {' '.join(map(str, words))}, {victim} killed after {delay:.3f} s"
        # A process group of its own: what it does in our place must not outlive the turn.
        action = subprocess.Popen(node.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=ENVIRONMENT)
        time.sleep(delay)  # the moment of the kill is the point of this test
        if victim == "spaceport":
            node.process.kill()
            node.process.wait()
        else:
            for pid in node.programs(victim):
                os.kill(pid, signal.SIGKILL)
        action.wait(60)
        if victim == "spaceport":
            assert served(node, "t/steady"), f"{what}: what ran went down with serve"
            node.start()

        until(lambda: settled(node, "t/steady") and settled(node, "t/changing"), 60, what)
        assert int(node.request("t/changing", "/version").text) <= turn, what
        assert node.run("t/steady", "cat /data/file") == "kept\n", what

    node.cli("up", "-d", folder_of(changing, "last"), "--name", "t/changing")
    assert node.request("t/changing", "/version").text == "last\n"
    for name in ("t/steady", "t/changing"):
        node.cli("rm", name, "--data")
    assert docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}") == "", "a container is left"
