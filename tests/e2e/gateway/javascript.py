"""Programs of Node.js beside the gateway: packages of npm in the versions named here, and processes that say what they see in lines of JSON."""
import json
import os
import pathlib
import shutil
import subprocess
import threading

from wire import until

SCRIPTS = pathlib.Path(__file__).parent / "node"
VERSIONS = {"ws": "8.23.0", "eventsource": "3.0.7", "socket.io": "4.8.4", "@grpc/grpc-js": "1.14.7", "grpc-health-check": "2.1.0"}


def install(folder, *packages):
    """A folder with these packages and our scripts."""
    assert shutil.which("npm"), "npm is not installed: deploy/install node"
    wanted = {name: VERSIONS[name] for name in packages}
    (folder / "package.json").write_text(json.dumps({"name": "clients", "private": True, "dependencies": wanted}))
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, check=True, timeout=240)
    for script in SCRIPTS.iterdir():
        shutil.copy(script, folder)
    return folder


class Program:
    """A script that runs. `said` is what it has printed so far, a value a line."""

    def __init__(self, folder, script, *arguments, trusts=None):
        environment = {**os.environ, **({"NODE_EXTRA_CA_CERTS": str(trusts)} if trusts else {})}
        self.process = subprocess.Popen(["node", script, *map(str, arguments)], cwd=folder, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.said, self.complaints = [], []
        self.threads = [threading.Thread(target=self.listen, daemon=True), threading.Thread(target=self.hear_complaints, daemon=True)]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def listen(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def hear_complaints(self):
        for line in self.process.stderr:
            self.complaints.append(line)

    def wait_for(self, condition, within=20):
        """The first value that fits."""
        found = until(lambda: next((one for one in list(self.said) if condition(one)), None), within)
        assert found is not None, (self.said[-20:], "".join(self.complaints[-20:]))
        return found

    def port(self):
        """Servers say it first."""
        return self.wait_for(lambda one: isinstance(one, int))

    def result(self, within=60):
        """The last value of a script that ends by itself."""
        code = self.process.wait(within)
        for thread in self.threads:
            thread.join(5)
        assert code == 0, "".join(self.complaints)
        return self.said[-1]

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
