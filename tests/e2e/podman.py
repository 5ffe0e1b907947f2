"""Podman's engine of its own for a test: its own folders, its own socket, nothing shared with the engine that runs here.

As a program it runs a command beside such an engine: `podman.py COMMAND...`, with its socket in SPACEPORT_ENGINE.
"""
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

import spaces
from node import DOCKER, ENGINE, ENVIRONMENT, until

PODMAN = "/usr/bin/podman"
# What a machine without a systemd session and with control groups of version 1 needs.
CONTAINERS = """[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{folder}/tmp"
[network]
network_config_dir = "{folder}/networks"
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
"""


def beyond_podman(why):
    """Marks what a module asks of docker that podman does not do."""
    return pytest.mark.skipif(ENGINE is not None, reason=f"podman {why}")


class Podman:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sp-podman-", dir="/var/tmp"))
        self.socket = self.folder / "p.sock"
        (self.folder / "containers.conf").write_text(CONTAINERS.format(folder=self.folder))
        driver = "overlay" if self.can_overlay() else "vfs"
        (self.folder / "storage.conf").write_text(f'[storage]\ndriver = "{driver}"\nrunroot = "{self.folder}/run"\ngraphroot = "{self.folder}/root"\n')
        self.environment = {**ENVIRONMENT, "CONTAINERS_CONF": str(self.folder / "containers.conf"),
                            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf")}
        self.log = self.folder / "log"
        self.process = None
        self.bridges, self.ruled = self.links(), bool(self.rules())

    def can_overlay(self):
        """Not where our folder lies on an overlay itself, as on a machine that is a container."""
        tried = self.folder / "tried"
        for name in ("lower", "upper", "work", "merged"):
            (tried / name).mkdir(parents=True)
        options = f"lowerdir={tried}/lower,upperdir={tried}/upper,workdir={tried}/work"
        mounted = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, tried / "merged"], capture_output=True).returncode == 0
        if mounted:
            subprocess.run(["umount", tried / "merged"], check=True)
        return mounted

    @staticmethod
    def links():
        return {name for name in os.listdir("/sys/class/net") if name.startswith("cni-podman")}

    @staticmethod
    def rules():
        """What its network plugins leave in the packet filter: jumps and chains of their own."""
        listed = subprocess.run(["iptables", "-w", "5", "-S"], capture_output=True, text=True, env=ENVIRONMENT).stdout
        return [line for line in listed.splitlines() if "CNI-" in line]

    def forget_rules(self):
        chains = [line.split()[1] for line in self.rules() if line.startswith("-N CNI-")]
        jumps = [line for line in self.rules() if line.startswith("-A FORWARD ")]
        for words in ([["-D", *shlex.split(line)[1:]] for line in jumps] + [["-F", chain] for chain in chains] + [["-X", chain] for chain in chains]):
            subprocess.run(["iptables", "-w", "5", *words], capture_output=True, env=ENVIRONMENT)

    def run(self, *arguments, input=None, check=True):
        done = subprocess.run([PODMAN, *map(str, arguments)], input=input, capture_output=True, env=self.environment, timeout=100)
        assert not check or done.returncode == 0, f"podman {' '.join(map(str, arguments))}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PODMAN, "system", "service", "-t", "0", f"unix://{self.socket}"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.environment, cwd=self.folder, start_new_session=True)
        until(self.socket.exists, 20, "podman's socket")
        return self

    def import_base(self):
        """The image of most test Spaces, as the other engine has it."""
        container = subprocess.run([DOCKER, "create", spaces.make_base(), "true"], capture_output=True, check=True, env=ENVIRONMENT).stdout.decode().strip()
        image = subprocess.run([DOCKER, "export", container], capture_output=True, check=True, env=ENVIRONMENT).stdout
        subprocess.run([DOCKER, "rm", container], capture_output=True, env=ENVIRONMENT)
        self.run("import", "--change", "ENV PATH=/bin", "-", f"docker.io/{spaces.BASE}", input=image)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def remove(self):
        self.run("rm", "-f", "-a", "-v", "-t", "0", check=False)
        self.run("network", "prune", "-f", check=False)
        self.run("volume", "prune", "-f", check=False)
        self.stop()
        if not self.ruled:
            self.forget_rules()
        for link in self.links() - self.bridges:
            subprocess.run(["ip", "link", "del", link], capture_output=True)
        # The folder of its driver stays mounted on itself.
        subprocess.run(["umount", self.folder / "root/overlay"], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not any(str(self.folder) in line for line in open("/proc/mounts")), "something of podman's is still mounted"
        assert os.path.exists("/var/run/docker.sock"), "the other engine is gone"


def main():
    engine = Podman()
    try:
        engine.import_base()
        return subprocess.run(sys.argv[1:], env={**os.environ, "SPACEPORT_ENGINE": str(engine.start().socket)}).returncode
    finally:
        engine.remove()


if __name__ == "__main__":
    sys.exit(main())
