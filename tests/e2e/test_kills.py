"""kill -9 at random moments of a node's life: of serve, the gateway, the dialer and the engine. KILLS says how often; the seed is printed,
and SEED repeats a run."""
import json
import os
import random
import signal
import subprocess
import time

import pytest

import spaces
from node import ENVIRONMENT, until
from second_engine import SecondEngine
from spaces import BASE, CMD

KILLS = int(os.environ.get("KILLS", "20"))
PROGRAMS = ["spaceport", "spaceport-gateway", "spaceport-dialer"]
# The engine takes seconds to come back, and all containers go down with it: often enough to be met, seldom enough to leave time for the rest.
VICTIMS = 3 * PROGRAMS + ["dockerd"]


@pytest.fixture
def engine(base, as_root):
    made = SecondEngine("kill").start().load(spaces.BASE)
    try:
        yield made
    finally:
        made.remove()


class World:
    """A Space that is left alone, one that changes all the time, one with two replicas and one that sleeps."""

    def __init__(self, node, engine, folder):
        self.node, self.engine, self.changing = node, engine, folder / "changing"
        node.cli("up", "-d", spaces.write(folder / "steady"), "--name", "t/steady", "--storage", "1Gi")
        node.run("t/steady", "echo kept > /data/file")
        self.write(0)
        node.cli("up", "-d", self.changing, "--name", "t/changing")
        node.cli("up", "-d", spaces.write(folder / "twin"), "--name", "t/twin")
        node.cli("replicas", "t/twin", "2")
        node.cli("up", "-d", spaces.write(folder / "sleeper"), "--name", "t/sleeper")
        until(lambda: self.settled("t/twin", 2), 60, "two replicas")

    def write(self, version):
        spaces.write(self.changing, dockerfile=f"FROM {BASE}\nRUN sleep 0.3; echo {version} > /www/version\n{CMD}")

    def containers(self, name):
        return self.engine.docker("ps", "-aq", "--no-trunc", "--filter", f"label=spaceport.instance={self.node.instance}", "--filter",
                                  f"label=spaceport.space={name}").split()

    def serves(self, name):
        try:
            return self.node.request(name, timeout=5).status == 200
        except OSError:
            return False

    def settled(self, name, replicas=1):
        """It serves, from as many containers as it should, with none beside them, running or not."""
        now = self.node.show(name)
        return (now["stage"] == "RUNNING" and now["replicas"]["serving"] == replicas and len(self.containers(name)) == replicas
                and self.serves(name))

    def all_settled(self):
        return self.settled("t/steady") and self.settled("t/changing") and self.settled("t/twin", 2)

    def asleep(self):
        now = self.node.show("t/sleeper")
        return now["stage"] == "SLEEPING" and len(self.containers("t/sleeper")) <= 1

    def report(self):
        """What there is, for whoever reads of a failure."""
        print(self.node.cli("ls").stdout, self.engine.docker("ps", "-a", "--format", "{{.Names}} {{.Status}}"), self.node.log_end(60), sep="\n")
        print(self.node.cli("logs", "--build", "t/changing", check=False).stdout[-3000:])

    def until(self, condition, seconds, what):
        try:
            until(condition, seconds, what)
        except AssertionError:
            self.report()
            raise

    def words(self, chance, turn):
        return chance.choice([["up", "-d", self.changing, "--name", "t/changing"], ["restart", "t/changing"], ["restart", "t/changing", "--factory"],
                              ["vars", "t/changing", "set", f"TURN={turn}"], ["restart", "t/twin"], ["show", "t/steady"],
                              ["sleep", "t/sleeper", "now"], ["wake", "t/sleeper"]])

    def kill(self, victim):
        if victim == "spaceport":
            self.node.process.kill()
            self.node.process.wait()
        elif victim == "dockerd":
            self.engine.stop(signal.SIGKILL)
        else:
            for pid in self.node.programs(victim):
                os.kill(pid, signal.SIGKILL)

    def mend(self, victim, what):
        if victim == "spaceport":
            assert self.serves("t/steady"), f"{what}: what ran went down with serve"
            self.node.start()
        elif victim == "dockerd":
            self.engine.start()


def test_a_node_survives_kills_at_any_moment(engine, make_node, tmp_path):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    node = make_node(engine=engine.socket).start()
    world = World(node, engine, tmp_path)
    for turn in range(1, KILLS + 1):
        world.write(turn)
        words, victim, delay = world.words(chance, turn), chance.choice(VICTIMS), chance.uniform(0, 1.5)
        what = f"turn {turn} of seed {seed}: {' '.join(map(str, words))}, {victim} killed after {delay:.3f} s"
        action = subprocess.Popen(node.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=ENVIRONMENT)
        time.sleep(delay)  # the moment of the kill is the point of this test
        world.kill(victim)
        world.mend(victim, what)
        action.wait(90)

        world.until(world.all_settled, 90, what)
        assert int(node.request("t/changing", "/version").text) <= turn, what
        assert node.run("t/steady", "cat /data/file") == "kept\n", what
        # Whatever it was told last is what it does: it sleeps, or it serves.
        world.until(lambda: world.asleep() or world.settled("t/sleeper"), 60, what)

    world.write("last")
    node.cli("up", "-d", world.changing, "--name", "t/changing")
    assert node.request("t/changing", "/version").text == "last\n"
    assert world.serves("t/sleeper"), "it does not wake"
    for space in json.loads(node.cli("ls", "--json").stdout):
        node.cli("rm", space["id"], "--data")
    assert engine.docker("ps", "-aq", "--filter", f"label=spaceport.instance={node.instance}") == "", "a container is left"
