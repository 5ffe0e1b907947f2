"""A container engine of our own in a network namespace of its own, which tests may stop, kill and start again."""
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile

from node import ENVIRONMENT, until


class SecondEngine:
    """`size`: its disk is a file system of its own, and that small (`64m`); `arguments`: more for dockerd."""

    def __init__(self, name, path="/usr/sbin:/usr/bin:/sbin:/bin", size=None, arguments=()):
        self.name, self.path, self.arguments = f"sp{name}{os.getpid()}", path, arguments
        self.home = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir="/tmp"))
        self.socket = self.home / "docker.sock"
        self.environment = {**ENVIRONMENT, "DOCKER_HOST": f"unix://{self.socket}"}
        self.log = open(self.home / "log", "wb")
        self.daemon = None
        if size:
            (self.home / "data").mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.home / "data"], check=True)
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)

    def answers(self):
        return subprocess.run(["curl", "-fsS", "--max-time", "5", "--unix-socket", self.socket, "http://e/_ping"],
                              capture_output=True).returncode == 0

    def start(self):
        # `ip netns exec` would remount /sys and hide the control groups.
        self.daemon = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.name}", "env", "-i", f"PATH={self.path}", "dockerd", "--host",
             f"unix://{self.socket}", "--data-root", self.home / "data", "--exec-root", self.home / "exec", "--pidfile",
             self.home / "pid", *self.arguments], stdout=self.log, stderr=self.log)
        try:
            until(self.answers, 40, "the second engine")
        except AssertionError:
            raise AssertionError((self.home / "log").read_text(errors="replace")[-3000:])
        return self

    def stop(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        self.daemon.wait(60)
        if number == signal.SIGKILL:
            self.stop_containerd()

    def processes(self):
        """Everything that runs for it: its containerd, and a shim for each container."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and f"{self.home}/".encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def stop_containerd(self):
        """What a killed engine leaves behind; it would not start beside it. Containers go on under their shims."""
        pid = int((self.home / "exec/containerd/containerd.pid").read_text())
        # It may notice by itself that its engine is gone, and be faster.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        until(lambda: pid not in self.processes(), 20, "containerd ending")
        # Nobody may be there to reap it, and the next engine would take the zombie for one that runs.
        for stale in ("pid", "exec/containerd/containerd.pid"):
            (self.home / stale).unlink(missing_ok=True)

    def docker(self, *arguments, input=None):
        done = subprocess.run(["/usr/bin/docker", *map(str, arguments)], input=input, env=self.environment,
                              capture_output=True, check=True)
        return done.stdout.decode().strip()

    def load(self, image):
        """An image of the common engine."""
        saved = subprocess.run(["/usr/bin/docker", "save", image], capture_output=True, env=ENVIRONMENT, check=True).stdout
        self.docker("load", input=saved)
        return self

    def remove(self):
        if self.daemon.poll() is None:
            self.stop()
        self.log.close()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        mounted = [line.split()[1] for line in open("/proc/mounts") if line.split()[1].startswith(f"{self.home}/")]
        subprocess.run(["umount", *reversed(mounted)], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name])
        subprocess.run(["rm", "-rf", "--one-file-system", self.home])
