"""One instance of Spaceport under test: its own state folder, its own port, the real programs and the real engine."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

ROOT = pathlib.Path(os.environ.get("SPACEPORT_ROOT", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("SPACEPORT_BIN", ROOT / "build/dev/bin"))
DOCKER = "/usr/bin/docker"
# SPACEPORT_ENGINE: the socket of another engine than docker's, for what runs without one of its own.
ENGINE = os.environ.get("SPACEPORT_ENGINE")
# SPACEPORT_MUTANT: tests/mutate says in it which check is to be missing. TSAN_OPTIONS: tests/run, where to report.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "DOCKER_BUILDKIT": "1",
               **({"DOCKER_HOST": f"unix://{ENGINE}"} if ENGINE else {}),
               **{key: value for key, value in os.environ.items() if key in ("SPACEPORT_MUTANT", "TSAN_OPTIONS")}}


def until(condition, seconds=30, what="the condition"):
    """Waits for a condition with a deadline, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not hold within {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def docker(*arguments, check=True, **options):
    done = subprocess.run([DOCKER, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout.strip()


def remove_fence(instance):
    """The rules of a network that a killed `serve` has left behind, as a network that we remove ourselves does."""
    bridge, chain = f"sp-{instance[:8]}", f"SPACEPORT-{instance[:8]}"
    for tool in ("iptables", "ip6tables"):
        for words in (["-D", "PREROUTING", "-i", bridge, "-j", chain], ["-F", chain], ["-X", chain]):
            subprocess.run([tool, "-w", "5", "-t", "mangle", *words], capture_output=True, env=ENVIRONMENT)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def __repr__(self):
        return f"<{self.status} {self.text[:300]!r}>"


class Node:
    """`spaceport serve` in a scratch folder; what people type, as methods."""

    def __init__(self, node_file="", engine=None, arguments=(), without=None, own_programs=False):
        self.port = free_port()
        # Short, because socket paths are; open for the gateway's account, which must reach its sockets.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sp-e2e-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.state = self.folder / "s"
        self.state.mkdir(mode=0o711)
        lines = ["domain: localhost", "listeners:", f"  - address: 127.0.0.1:{self.port}"]
        # At the end: what is said of a line of `node_file` names the same one with every engine.
        named = f"engine: {engine or ENGINE}\n" if engine or ENGINE else ""
        (self.state / "spaceport.yaml").write_text("\n".join(lines) + "\n" + node_file + named)
        self.log = self.folder / "serve.log"
        self.process = None
        self.arguments = arguments  # of serve
        self.bin = BIN
        if without or own_programs:  # a program that is not installed; programs that a test may take away
            self.bin = self.folder / "bin"
            self.bin.mkdir(mode=0o755)
            for program in {"spaceport", "spaceport-gateway", "spaceport-dialer"} - {without}:
                shutil.copy(BIN / program, self.bin)

    def command(self, *arguments):
        return [str(self.bin / "spaceport"), "--state", str(self.state), *map(str, arguments)]

    def cli(self, *arguments, env=None, check=True, timeout=240, input=None, cwd=None):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=timeout, cwd=cwd,
                              env={**ENVIRONMENT, **(env or {})}, input=input if input is not None else "")
        if check and done.returncode != 0:
            raise AssertionError(f"spaceport {' '.join(map(str, arguments))}: exit {done.returncode}\n"
                                 f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n---- serve\n{self.log_end()}")
        return done

    def popen(self, *arguments, env=None, **options):
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env={**ENVIRONMENT, **(env or {})}, **options)

    def log_end(self, lines=25):
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command("serve", *self.arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=ENVIRONMENT, start_new_session=True)
        def answers():
            assert self.process.poll() is None, f"serve ended with {self.process.returncode}:\n{self.log_end()}"
            return self.cli("ls", check=False).returncode == 0
        until(answers, 30, "spaceport serve answering")
        return self

    def stop(self, signal_number=signal.SIGTERM):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal_number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"serve did not stop on {signal.Signals(signal_number).name}:\n{self.log_end()}")

    def running(self):
        """Processes of ours that name this instance's folder, each with its program."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                program = os.readlink(entry / "exe")
                if str(self.state).encode() in (entry / "cmdline").read_bytes() and program.startswith(str(self.bin)):
                    found[int(entry.name)] = os.path.basename(program)
        return found

    def processes(self):
        return list(self.running())

    def programs(self, name):
        return [pid for pid, program in self.running().items() if program == name]

    @property
    def instance(self):
        with contextlib.suppress(sqlite3.Error):
            connection = sqlite3.connect(f"file:{self.state / 'state.db'}?mode=ro", uri=True)
            row = connection.execute("SELECT value FROM meta WHERE key = 'instance'").fetchone()
            connection.close()
            return row[0] if row else None
        return None

    def leftovers(self, kind="ps"):
        listing = {"ps": ("ps", "-aq"), "volume": ("volume", "ls", "-q"), "network": ("network", "ls", "-q"),
                   "image": ("image", "ls", "-q")}[kind]
        return sorted(set(docker(*listing, "--filter", f"label=spaceport.instance={self.instance}").split()))

    def clean(self):
        """Ends and removes everything of this instance, whatever state a test left it in."""
        instance = self.instance
        problem = None
        try:
            self.stop()
        except AssertionError as error:
            problem = error
        deadline = time.monotonic() + 15
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if instance:
            remove_fence(instance)
            for kind, remove in (("ps", ("rm", "-f", "-v")), ("network", ("network", "rm")), ("volume", ("volume", "rm", "-f")),
                                 ("image", ("rmi", "-f"))):
                things = self.leftovers(kind)
                if things:
                    docker(*remove, *things, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        if problem:
            raise problem

    def host(self, space):
        return f"{space.replace('/', '-')}.localhost:{self.port}"

    def request(self, space, path="/", method="GET", body=None, headers=None, host=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Host": host or self.host(space), **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def run(self, space, script):
        """Runs shell lines inside the app of a busybox Space, through the gateway, with the app's own environment and rights."""
        answer = self.request(space, "/cgi-bin/sh", "POST", script)
        assert answer.status == 200, f"{answer!r}\n{self.log_end()}"
        return answer.text

    def container(self, space):
        """What the engine says of the one running container of a Space."""
        ids = docker("ps", "-q", "--no-trunc", "--filter", f"label=spaceport.instance={self.instance}",
                     "--filter", f"label=spaceport.space={space}").split()
        assert len(ids) == 1, ids
        return json.loads(docker("inspect", ids[0]))[0]

    def show(self, space):
        return json.loads(self.cli("show", space, "--json").stdout)
