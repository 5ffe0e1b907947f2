"""Chromium without a window, for as long as a page takes that reports by itself."""
import os
import shutil
import subprocess

# All names are this machine, every certificate will do, and it asks nobody else on the network.
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
           "--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--disable-extensions", "--disable-default-apps", "--remote-debugging-port=0"]


class Browser:
    """`with Browser(folder, address):` its profile lies in the folder. `output` is where it complains."""

    def __init__(self, folder, address):
        assert shutil.which("chromium"), "chromium is not installed: deploy/install tests"
        self.output = folder / "chromium.log"
        with open(self.output, "wb") as log:
            self.process = subprocess.Popen(["chromium", *OPTIONS, f"--user-data-dir={folder / 'profile'}", address], stdout=log, stderr=log,
                                            env={**os.environ, "HOME": str(folder)}, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
