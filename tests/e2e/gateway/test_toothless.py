"""The audit must bite: the same corpus against packaged proxies, each known to let something irregular through.

A clean sheet for one of them would mean that the recording origin looks away. Nothing else is claimed about them.
"""
import shutil
import socket
import subprocess
import time

import pytest

from conftest import free_port
from test_corpus import CORPUS, INDEX
from wire import Ended, Wire

HAPROXY = """
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
listen a
  bind 127.0.0.1:{port}
  server o 127.0.0.1:{origin}
"""
NGINX = """
daemon off; pid {folder}/pid; error_log stderr crit; worker_processes 1;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; client_header_timeout 1s; client_body_timeout 1s;
  server {
    listen 127.0.0.1:{port};
    location / { proxy_pass http://127.0.0.1:{origin}; proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection ""; proxy_read_timeout 1s; }
  }
}
"""
H2O = """
listen: {host: 127.0.0.1, port: {port}}
http1-request-timeout: 1
hosts:
  default:
    paths:
      /: {proxy.reverse.url: "http://127.0.0.1:{origin}/", proxy.timeout.io: 1000, proxy.preserve-host: ON}
"""
PEERS = {"haproxy": (HAPROXY, ["haproxy", "-f", "{file}"]), "nginx": (NGINX, ["nginx", "-c", "{file}"]), "h2o": (H2O, ["h2o", "-c", "{file}"])}


def path_of(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/local/sbin")


@pytest.fixture(params=PEERS)
def peer(request, origin, tmp_path):
    text, arguments = PEERS[request.param]
    program = path_of(arguments[0])
    assert program, f"{arguments[0]} is not installed: deploy/install tests"
    port, file = free_port(), tmp_path / "peer.conf"
    for key, value in {"port": port, "origin": origin.port, "folder": tmp_path}.items():
        text = text.replace("{%s}" % key, str(value))
    file.write_text(text)
    tmp_path.chmod(0o755)
    process = subprocess.Popen([program, *(one.replace("{file}", str(file)) for one in arguments[1:])], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.02)
    yield port
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def strike(port, origin, data):
    """Sends the bytes and gives the proxy a moment; what the origin complained of."""
    origin.clear()
    with Wire(port, 0.3) as wire:
        try:
            wire.send(data)
            wire.answer()
        except (Ended, OSError, AssertionError, ValueError):
            pass
    return list(origin.irregularities)


def test_the_audit_finds_known_irregularities_of_packaged_proxies(peer, origin):
    found = {}
    for entry in INDEX:
        if complaints := strike(peer, origin, (CORPUS / entry["file"]).read_bytes()):
            found[entry["file"]] = complaints
    assert found, "nothing irregular found: the audit is toothless"
    print(len(found), "files:", dict(list(found.items())[:8]))
