#!/usr/bin/python3
"""What visitors of a running Space notice of a heavy build: latency without a build, and during one for each value of `build.cpu_shares`.

    tests/bench/build_latency.py [--shares 1024 20 2] [--seconds 15] [--rate 200]

One Space (a small server in C that keeps its connections) behind the gateway, asked at a fixed rate on one connection; latency counts from
the moment a request was due. The build is four busy loops for each CPU in one RUN step. The client runs with SCHED_FIFO, so that what it waits for is the serving
side alone. Needs root and the engine; SPACEPORT_BIN names the programs, as for the end-to-end suites.
"""
import argparse
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import spaces  # noqa: E402
from node import Node, until  # noqa: E402
from spaces import BASE, CMD  # noqa: E402

SERVER = r"""
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe app\n";
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7860)};
  struct pollfd fds[64] = {{socket(AF_INET, SOCK_STREAM, 0), POLLIN, 0}};
  int n = 1;
  char in[8192];
  bind(fds[0].fd, (struct sockaddr*)&here, sizeof here);
  listen(fds[0].fd, 64);
  for (;;) {
    poll(fds, n, -1);
    if (fds[0].revents != 0 && n < 64) fds[n++] = (struct pollfd){accept(fds[0].fd, 0, 0), POLLIN, 0};
    for (int i = 1; i < n; i++) {
      if (fds[i].revents == 0) continue;
      if (read(fds[i].fd, in, sizeof in) > 0 && write(fds[i].fd, answer, sizeof answer - 1) > 0) continue;
      close(fds[i].fd);
      fds[i--] = fds[--n];
    }
  }
}
"""
APP = f"FROM {BASE}\nCOPY --chmod=0755 server /bin/server\nCMD [\"server\"]\n"


def ask(node, space, seconds, rate):
    """Latencies in milliseconds, sorted."""
    taken = []
    request = f"GET / HTTP/1.1\r\nHost: {node.host(space)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", node.port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        try:
            begin = time.monotonic()
            for i in range(int(seconds * rate)):
                due = begin + i / rate
                while (left := due - time.monotonic()) > 0:
                    time.sleep(left)
                client.sendall(request)
                answer = b""
                while b"the app\n" not in answer:
                    answer += client.recv(65536)
                taken.append((time.monotonic() - due) * 1000)
        finally:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return sorted(taken)


def tell(what, taken, extra=""):
    at = lambda part: taken[min(len(taken) - 1, int(len(taken) * part))]  # noqa: E731
    print(f"{what:24} median {at(0.5):7.2f} ms   p99 {at(0.99):7.2f} ms   p99.9 {at(0.999):7.2f} ms   {extra}", flush=True)


def measured(shares, chosen, folder):
    node = Node(node_file=f"build: {{cpu_shares: {shares}}}\n").start()
    try:
        node.cli("up", "-d", spaces.write(folder / "app", APP, files={"server": (folder / "server").read_bytes()}), "--name", "t/app")
        if shares == chosen.shares[0]:
            tell("no build", ask(node, "t/app", chosen.seconds, chosen.rate))
        loops = 4 * os.cpu_count()
        dockerfile = (f"FROM {BASE}\nRUN echo {time.time()}; for i in $(seq {loops}); do (while :; do :; done) & done; echo busy; "
                      f"sleep {chosen.seconds + 20}\n{CMD}")
        building = threading.Thread(target=node.cli, args=("up", "-d", spaces.write(folder / "build", dockerfile), "--name", "t/build"),
                                    kwargs={"check": False})
        building.start()
        until(lambda: "\nbusy" in node.cli("logs", "--build", "t/build", check=False).stdout, 30, "the build")
        tell(f"build, cpu_shares {shares}", ask(node, "t/app", chosen.seconds, chosen.rate))
        node.cli("cancel", "t/build")
        building.join()
    finally:
        node.clean()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--shares", type=int, nargs="+", default=[1024, 20, 2])
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--seconds", type=int, default=15)
    arguments.add_argument("--rate", type=int, default=200)
    chosen = arguments.parse_args()
    spaces.make_base()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "server.c").write_text(SERVER)
        subprocess.run(["gcc", "-O2", "-static", "-o", f"{folder}/server", f"{folder}/server.c"], check=True)
        for shares in chosen.shares * chosen.rounds:
            measured(shares, chosen, pathlib.Path(folder))


if __name__ == "__main__":
    main()
