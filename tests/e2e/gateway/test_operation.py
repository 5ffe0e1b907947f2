"""Drain, TLS, the commands and the feed."""
import asyncio
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess

from conftest import BIN, PLAIN
from wire import Wire, get, until


GET = "GET {} HTTP/1.1\r\nHost: a.test\r\n\r\n"
TWO = PLAIN.replace("  - {host: a.test, path: /,", "  - {host: b.test, path: /, upstream: app}\n  - {host: a.test, path: /,")


# Life

def test_sigterm_lets_an_exchange_finish_and_refuses_new_ones(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    go = asyncio.Event()

    async def slow(call):
        await call.body()
        await asyncio.wait_for(go.wait(), 5)
        await call.answer(b"done")
    origin.script["/slow"] = slow
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/slow"))
        assert until(lambda: origin.complete())
        gateway.signal(signal.SIGTERM)
        assert until(lambda: refuses(gateway.port))
        origin.loop.call_soon_threadsafe(go.set)
        assert wire.answer().body == b"done"
    assert gateway.process.wait(5) == 0


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def certificate(folder, name):
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def test_rule_74_the_certificate_is_chosen_by_sni(make_gateway, origin, tmp_path):
    made = {name: certificate(tmp_path, name) for name in ("a.test", "b.test")}
    listed = ", ".join(f"{{certificate: {cert}, private_key: {key}}}" for key, cert in made.values())
    secure = TWO.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [%s]}' % listed)
    gateway = make_gateway(secure, origin=origin.port)
    for name, (_, cert) in made.items():
        trust = ssl.create_default_context(cafile=str(cert))
        trust.set_alpn_protocols(["http/1.1"])
        with trust.wrap_socket(socket.create_connection(("127.0.0.1", gateway.port), 5), server_hostname=name) as tls:
            assert tls.selected_alpn_protocol() == "http/1.1" and tls.version() in ("TLSv1.2", "TLSv1.3")
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            assert b"200" in tls.recv(65536)
    assert origin.messages[0].get("x-forwarded-proto") == "https"


def test_rule_74_old_tls_versions_are_refused(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    secure = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [{certificate: %s, private_key: %s}]}' % (cert, key))
    gateway = make_gateway(secure, origin=origin.port)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                          input=b"", capture_output=True, timeout=10)
    assert done.returncode != 0


# Commands and the feed

def command(*arguments):
    return subprocess.run([BIN / "spaceport-gateway", *arguments], capture_output=True, text=True, timeout=10)


def test_check_names_every_problem_with_its_place(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("listeners: [{address: \"127.0.0.1:99999\"}]\nroutes:\n  - {host: a.test, path: /, upsteam: x}\n")
    done = command("check", str(file))
    text = done.stdout + done.stderr
    assert done.returncode == 1
    assert re.search(rf"{re.escape(str(file))}:1:\d+: ", text) and re.search(rf"{re.escape(str(file))}:3:\d+: ", text)
    assert "upstream" in text


def test_check_accepts_a_good_file(gateway):
    assert command("check", str(gateway.path)).returncode == 0


def test_explain_names_the_route(gateway):
    done = command("explain", str(gateway.path), "http://a.test/strip/x")
    assert done.returncode == 0 and "/strip" in done.stdout and "app" in done.stdout
    assert command("explain", str(gateway.path), "http://nobody.test/").returncode != 0


class Admin(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def admin(gateway, method, path, content=None):
    one = Admin(gateway.admin)
    one.request(method, path, json.dumps(content) if content is not None else None, {"Content-Type": "application/json"})
    answer = one.getresponse()
    answer.text = answer.read()
    one.close()
    return answer


def test_a_site_can_be_put_and_deleted_while_running(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    site = {"hosts": ["fed.test"], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{origin.port}"]}], "state": "ready"}
    done = admin(gateway, "PUT", "/v1/sites/one", site)
    assert done.status in (200, 201, 204), done.text
    assert until(lambda: get(gateway.port, host="fed.test").status == 200)
    assert admin(gateway, "DELETE", "/v1/sites/one").status in (200, 204)
    assert until(lambda: get(gateway.port, host="fed.test").status == 404)
    assert get(gateway.port).status == 200


def test_a_malformed_site_changes_nothing(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    assert admin(gateway, "PUT", "/v1/sites/one", {"hosts": "fed.test", "what": 1}).status == 400
    assert get(gateway.port, host="fed.test").status == 404
