"""A machine outside: a network namespace behind a link of the node, with addresses that are nobody's. Real servers answer there."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from node import until


class Outside:
    node, address = "203.0.113.1", "203.0.113.2"  # of documentation: whoever has them means it

    def __init__(self):
        self.name, self.link, self.servers = f"spout{os.getpid()}", f"spo{os.getpid()}", []

    def ip(self, words):
        subprocess.run(["ip", *words.split()], check=True)

    def set_up(self):
        for words in (f"netns add {self.name}", f"link add {self.link} type veth peer name out netns {self.name}",
                      f"addr add {self.node}/24 dev {self.link}", f"link set {self.link} up",
                      f"-n {self.name} addr add {self.address}/24 dev out", f"-n {self.name} link set out up",
                      f"-n {self.name} link set lo up", f"-n {self.name} route add default via {self.node}"):
            self.ip(words)
        return self

    def web(self, address, port=80):
        """A server on an address of this machine, to which the node knows the way: it says "outside"."""
        if address != self.address:
            # Another test may have asked for it already.
            subprocess.run(["ip", "-n", self.name, "addr", "add", address, "dev", "lo"], capture_output=True)
            self.ip(f"route replace {address} via {self.address} dev {self.link}")
        folder = tempfile.mkdtemp(prefix="sp-out-", dir="/tmp")
        pathlib.Path(folder, "index.html").write_text("outside\n")
        self.servers.append((subprocess.Popen(["ip", "netns", "exec", self.name, "/bin/busybox", "httpd", "-f", "-p", f"{address}:{port}",
                                               "-h", folder], stderr=subprocess.DEVNULL), folder))
        # From the node, which nothing keeps from it: that a Space does not reach it says something only then.
        until(lambda: fetch(f"http://{address}:{port}/") == "outside\n", 10, f"a server on {address}:{port}")
        return f"http://{address}:{port}/"

    def remove(self):
        for server, folder in self.servers:
            server.kill()
            server.wait()
            shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["ip", "link", "del", self.link], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


def fetch(url, *prefix, patience=3):
    return subprocess.run([*prefix, "curl", "-gfsS", "-m", str(patience), url], capture_output=True, text=True).stdout
