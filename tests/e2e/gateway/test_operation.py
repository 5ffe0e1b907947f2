"""Drain, TLS, the commands and the feed."""
import asyncio
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess

from conftest import BIN, PLAIN, certificate, with_tls
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
    except ConnectionResetError:
        pass  # it was in the queue when the listener closed; the next one will be refused
    return False


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
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=origin.port)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                          input=b"", capture_output=True, timeout=10)
    assert done.returncode != 0


def test_rule_74_an_unknown_name_gets_the_first_certificate(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=origin.port)
    trust = ssl.create_default_context(cafile=str(cert))
    trust.check_hostname = False
    for name in ("nobody.test", None):
        with trust.wrap_socket(socket.create_connection(("127.0.0.1", gateway.port), 5), server_hostname=name) as tls:
            assert ("DNS", "a.test") in tls.getpeercert()["subjectAltName"]


def test_rule_74_without_a_common_protocol_there_is_an_alert(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=origin.port)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-alpn", "acme-tls/1"], input=b"", capture_output=True, timeout=10)
    assert b"alert number 120" in done.stderr


def test_rule_74_no_early_data_is_taken(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=origin.port)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-tls1_3", "-ign_eof"], capture_output=True, timeout=30,
                          input=b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
    offered = re.findall(rb"Max Early Data: (\d+)", done.stdout)
    assert offered and set(offered) == {b"0"}


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
        # A gateway opens it after its listeners.
        assert until(lambda: self.sock.connect_ex(self.path) == 0)


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


def test_a_site_of_more_than_8_mib_is_refused(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    assert admin(gateway, "PUT", "/v1/sites/one", "x" * (8 << 20)).status == 413
    assert admin(gateway, "PUT", "/v1/sites/one", "x" * 1000).status == 400


FED = PLAIN.replace("routes:", "feed: {hold: {wait}}\nroutes:")


def put(gateway, origin):
    site = {"hosts": ["fed.test"], "routes": [{"path": "/", "endpoints": [f"127.0.0.1:{origin.port}"]}]}
    assert admin(gateway, "PUT", "/v1/sites/one", site).status == 200


def test_who_connects_before_the_feed_is_complete_waits_for_it(make_gateway, origin):
    gateway = make_gateway(FED, origin=origin.port, wait="30s")
    with Wire(gateway.port) as known, Wire(gateway.port) as unknown:
        known.send(GET.format("/").replace("a.test", "fed.test"))
        unknown.send(GET.format("/").replace("a.test", "nobody.test"))
        put(gateway, origin)
        status = json.loads(admin(gateway, "GET", "/v1/status").text)
        assert status["requests"] == 0 and not status["complete"], "somebody was answered before all sites were known"
        assert admin(gateway, "POST", "/v1/complete").status == 200
        assert known.answer().status == 200
        assert unknown.answer().status == 404
    assert json.loads(admin(gateway, "GET", "/v1/status").text)["complete"]
    # A reload and a second word change nothing.
    assert admin(gateway, "POST", "/v1/reload").status == 200
    assert admin(gateway, "POST", "/v1/complete").status == 200
    assert get(gateway.port, host="fed.test").status == 200


def test_a_feed_that_does_not_come_ends_the_wait_but_denies_no_host(make_gateway, origin):
    gateway = make_gateway(FED, origin=origin.port, wait="300ms")
    answer = get(gateway.port, host="fed.test")
    assert answer.status == 503 and answer.get("x-gateway-error") == "waking" and int(answer.get("retry-after")) > 0
    assert get(gateway.port).status == 200, "what the file itself routes"
    assert get(gateway.port, "/", host="a.test:1").status == 200
    put(gateway, origin)
    assert get(gateway.port, host="fed.test").status == 200, "one that was told is served at once"
    assert get(gateway.port, host="nobody.test").status == 503
    assert admin(gateway, "POST", "/v1/complete").status == 200
    assert get(gateway.port, host="nobody.test").status == 404
    assert "not all sites have been told yet" in gateway.output()


# Reload and listeners

def ended(gateway):
    """Has the last reload been reported?"""
    return "reloaded" in gateway.output()


def test_reload_keeps_listeners_and_connections_that_did_not_change(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    with Wire(gateway.port) as wire:
        wire.send(GET.format("/1"))
        assert wire.answer().status == 200
        inode = listening(gateway.port)
        gateway.write(TWO.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}"}, {address: "127.0.0.2:{port}"'), origin=origin.port)
        gateway.signal(signal.SIGHUP)
        assert until(lambda: ended(gateway)), gateway.output()
        assert get(gateway.port, host="b.test").status == 200
        with Wire(gateway.port, host="127.0.0.2") as other:
            other.send(GET.format("/2"))
            assert other.answer().status == 200
        wire.send(GET.format("/3"))
        assert wire.answer().status == 200
    assert listening(gateway.port) == inode, "the socket was opened again"


def listening(port):
    """The inode of the socket that listens on 127.0.0.1:port."""
    with open("/proc/net/tcp") as table:
        return [line.split()[9] for line in table if line.split()[1] == f"0100007F:{port:04X}" and line.split()[3] == "0A"]


def test_rule_14_27_and_34_have_settings(make_gateway, origin):
    strict = PLAIN.replace("path: /, upstream: app}", "path: /, upstream: app, websocket: false, escaped_slash: refuse}") + "unsafe_names: refuse\n"
    gateway = make_gateway(strict, origin=origin.port)
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    assert get(gateway.port, fields=upgrade).status == 200 and origin.messages[-1].get("upgrade") is None
    assert get(gateway.port, "/a%2Fb").get("x-gateway-error") == "bad_path"
    assert get(gateway.port, fields="X_Auth_User: root\r\n").get("x-gateway-error") == "bad_field_name"
    # A reload changes them all, for the connections to come.
    gateway.write(PLAIN + "unsafe_names: keep\n", origin=origin.port)
    gateway.signal(signal.SIGHUP)
    assert until(lambda: get(gateway.port, "/a%2Fb").status == 200)
    assert get(gateway.port, fields="X_Auth_User: root\r\nX_Forwarded_For: 6.6.6.6\r\n").status == 200
    assert origin.messages[-1].get("x_auth_user") == "root" and origin.messages[-1].get("x_forwarded_for") is None


def test_a_reload_changes_the_deadlines_of_clients(make_gateway, origin):
    gateway = make_gateway(PLAIN.replace("header: 1s", "header: 60s"), origin=origin.port)
    gateway.write(PLAIN.replace("header: 1s", "header: 500ms"), origin=origin.port)
    gateway.signal(signal.SIGHUP)
    assert until(lambda: ended(gateway)), gateway.output()
    with Wire(gateway.port) as wire:
        wire.send("GET / HTTP/1.1\r\n")
        assert wire.answer().status == 408


def test_reload_with_a_port_that_is_taken_names_it_and_keeps_the_old_configuration(make_gateway, origin):
    gateway = make_gateway(PLAIN, origin=origin.port)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        gateway.write(TWO.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}"}, {address: "127.0.0.1:%d"' % port), origin=origin.port)
        gateway.signal(signal.SIGHUP)
        assert until(lambda: "not reloaded" in gateway.output())
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in gateway.output()
    assert get(gateway.port).status == 200
    assert get(gateway.port, host="b.test").status == 404, "half of the new file is in force"


def test_a_start_with_a_port_that_is_taken_says_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "gateway.yaml"
        file.write_text(f'listeners: [{{address: "127.0.0.1:{port}"}}]\n')
        done = command("run", str(file))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr


def test_rule_71_trust_holds_for_a_port_that_the_system_chose(make_gateway, origin):
    file = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}"}, {address: "127.0.0.1:0", trusted_proxies: ["127.0.0.0/8"]')
    gateway = make_gateway(file, origin=origin.port)
    chosen = json.loads(admin(gateway, "GET", "/v1/status").text)["listeners"]
    port = next(int(one.rsplit(":", 1)[1]) for one in chosen if one != f"127.0.0.1:{gateway.port}")
    for at in (port, gateway.port):
        get(at, fields="X-Forwarded-For: 9.9.9.9\r\n")
    assert [one.get("x-real-ip") for one in origin.messages] == ["9.9.9.9", "127.0.0.1"]
