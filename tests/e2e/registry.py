"""A private registry: Debian's docker-registry on a port of 127.0.0.1, which the engine talks plain HTTP to, behind a password."""
import crypt
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

from node import docker, free_port, until

PROGRAM = "/usr/bin/docker-registry"


class Registry:
    """Answers only to `user` with `password`, and keeps what it said in `log`. Ends, with all its images, in `close`."""

    user, password = "puller", "p4ssw0rd-of-the-registry"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sp-registry-"))
        self.host = f"127.0.0.1:{free_port()}"
        self.log = self.folder / "log"
        # The registry knows bcrypt only.
        (self.folder / "htpasswd").write_text(f"{self.user}:{crypt.crypt(self.password, crypt.mksalt(crypt.METHOD_BLOWFISH))}\n")
        (self.folder / "config.yml").write_text(f"""\
version: 0.1
storage: {{filesystem: {{rootdirectory: {self.folder}/images}}}}
http: {{addr: "{self.host}"}}
auth: {{htpasswd: {{realm: test, path: {self.folder}/htpasswd}}}}
""")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([PROGRAM, "serve", self.folder / "config.yml"], stdout=log, stderr=log)
        until(lambda: self.status() == 401, 20, "the registry answering")

    def status(self, *credentials):
        """Of its front page, with what credentials are given."""
        asked = urllib.request.Request(f"http://{self.host}/v2/")
        if credentials:
            asked.add_header("Authorization", "Basic " + b64encode(":".join(credentials).encode()).decode())
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def push(self, image, name):
        """Puts a local image into the registry, and leaves none of its name on this machine. Returns how a Dockerfile calls it."""
        there = f"{self.host}/{name}"
        docker("tag", image, there)
        # The client's configuration is in a folder of its own: whoever runs the tests keeps theirs.
        client = ("--config", self.folder / "client")
        docker(*client, "login", "-u", self.user, "--password-stdin", self.host, input=self.password)
        docker(*client, "push", "-q", there)
        docker("rmi", there)
        return there

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
