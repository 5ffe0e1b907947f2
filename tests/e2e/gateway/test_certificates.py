"""Sessions that go on, certificates that change while the gateway runs, and certificates of clients."""
import json
import os
import signal
import socket
import ssl
import subprocess

import pytest

from conftest import PLAIN, certificate, with_tls
from test_operation import admin
from wire import until

REQUEST = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def client(version=None, own=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    if own:
        context.load_cert_chain(own[1], own[0])
    return context


def dial(gateway, context, name="a.test", session=None, port=None):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port or gateway.port), 5), server_hostname=name, session=session)


def ask(tls):
    """One exchange; the status. With TLS 1.3 the tickets come with it."""
    tls.sendall(REQUEST)
    answer = tls.recv(65536)
    while b"\r\n\r\n" not in answer:
        more = tls.recv(65536)
        if not more:
            raise ConnectionResetError
        answer += more
    return int(answer.split()[1])


def session_of(gateway, context, name="a.test", port=None):
    """The session that a new connection leaves, and whether it was the one of before."""
    with dial(gateway, context, name, port=port) as tls:
        assert ask(tls) == 200
        return tls.session


def goes_on(gateway, context, session, name="a.test", port=None):
    with dial(gateway, context, name, session, port) as tls:
        assert ask(tls) == 200
        return tls.session_reused


# Sessions

@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_a_session_goes_on_at_every_worker_after_a_reload_and_a_rotation(make_gateway, origin, tmp_path, version):
    text = with_tls(PLAIN.replace("workers: 1", "workers: 4"), *certificate(tmp_path, "a.test"))
    gateway = make_gateway(text, origin=origin.port)
    context = client(version)
    session = session_of(gateway, context)
    # The kernel spreads connections over the workers: 40 that all meet the one of before would be an odd coincidence.
    assert all(goes_on(gateway, context, session) for _ in range(40))

    assert admin(gateway, "POST", "/v1/reload").status == 200
    assert all(goes_on(gateway, context, session) for _ in range(10))

    assert admin(gateway, "POST", "/v1/tickets/rotate").status == 200
    assert all(goes_on(gateway, context, session) for _ in range(10))
    assert admin(gateway, "POST", "/v1/tickets/rotate").status == 200
    assert not any(goes_on(gateway, context, session) for _ in range(10))


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_rule_59_a_session_does_not_go_on_under_another_certificate_or_policy(make_gateway, origin, tmp_path, version):
    made = [certificate(tmp_path, name) for name in ("a.test", "b.test")]
    listed = ", ".join(f"{{certificate: {cert}, private_key: {key}}}" for key, cert in made)
    authority = Authority(tmp_path)
    second = f'{{address: "127.0.0.1:0", tls: {{certificates: [{listed}], client_ca: {authority.cert}, client_certificate: request}}}}'
    gateway = make_gateway(PLAIN.replace('"127.0.0.1:{port}"}', '"127.0.0.1:{port}", tls: {certificates: [%s]}}, %s' % (listed, second)),
                           origin=origin.port)
    asking = next(int(one.rsplit(":", 1)[1]) for one in json.loads(admin(gateway, "GET", "/v1/status").text)["listeners"]
                  if one != f"127.0.0.1:{gateway.port}")
    context = client(version)
    for here, there in (("a.test", "b.test"), ("b.test", "a.test")):
        session = session_of(gateway, context, here)
        assert goes_on(gateway, context, session, here)
        assert not goes_on(gateway, context, session, there)
        assert not goes_on(gateway, context, session, here, asking)


# Certificates that change

def shown(gateway):
    """The serial number of the certificate that a new connection sees."""
    with dial(gateway, client()) as tls:
        return serial(tls.getpeercert(True))


def serial(der):
    return subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-serial"], input=der, capture_output=True, check=True).stdout


def serial_of(cert):
    return subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-serial"], capture_output=True, check=True).stdout


class Live:
    """Certificates as certbot keeps them: links in one folder that lead to the newest pair in another."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.key, self.cert = folder / "privkey.pem", folder / "fullchain.pem"
        self.renew()

    def renew(self, good=True):
        self.count += 1
        made = self.folder / f"archive{self.count}"
        made.mkdir()
        key, cert = certificate(made, "a.test")
        if not good:
            cert.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        for live, new in ((self.cert, cert), (self.key, key)):
            fresh = self.folder / "fresh"
            fresh.symlink_to(new)
            fresh.rename(live)
        return cert


def test_a_certificate_that_was_renewed_is_in_force_without_a_word(make_gateway, origin, tmp_path):
    live = Live(tmp_path)
    gateway = make_gateway(with_tls(PLAIN, live.key, live.cert), origin=origin.port)
    with dial(gateway, client()) as before:
        assert ask(before) == 200
        # The gateway's own file is not read again: this would be refused.
        gateway.write("nonsense: [")
        new = serial_of(live.renew())
        assert until(lambda: shown(gateway) == new, 10), gateway.output()
        assert ask(before) == 200, "a connection that was there was hurt"
    assert gateway.output().count("certificate files have changed and are loaded") == 1


def test_a_bad_certificate_changes_nothing_and_is_one_error(make_gateway, origin, tmp_path):
    live = Live(tmp_path)
    gateway = make_gateway(with_tls(PLAIN, live.key, live.cert), origin=origin.port)
    old = shown(gateway)
    live.renew(good=False)
    assert until(lambda: "what was loaded before stays in force" in gateway.output(), 10)
    assert shown(gateway) == old
    assert gateway.output().count("cannot use the certificate") == 1, gateway.output()
    answer = admin(gateway, "POST", "/v1/reload")
    problems = json.loads(answer.text)["problems"]
    assert answer.status == 400 and len(problems) == 1 and str(live.cert) in problems[0]
    assert shown(gateway) == old
    # The next good one is taken.
    new = serial_of(live.renew())
    assert until(lambda: shown(gateway) == new, 10), gateway.output()


def test_what_a_reload_has_refused_is_not_tried_again(make_gateway, origin, tmp_path):
    live = Live(tmp_path)
    gateway = make_gateway(with_tls(PLAIN, live.key, live.cert), origin=origin.port)
    live.renew(good=False)
    assert admin(gateway, "POST", "/v1/reload").status == 400
    assert not until(lambda: "what was loaded before stays in force" in gateway.output(), 3), "the same error twice"


@pytest.mark.parametrize("how", ["SIGHUP", "POST /v1/reload"])
def test_a_reload_reads_certificates_again(make_gateway, origin, tmp_path, how):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert), origin=origin.port)
    certificate(tmp_path, "a.test")
    if how == "SIGHUP":
        gateway.signal(signal.SIGHUP)
        assert until(lambda: "reloaded" in gateway.output())
    else:
        assert admin(gateway, "POST", "/v1/reload").status == 200
    assert shown(gateway) == serial_of(cert)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_gateway_that_is_not_root_any_more_is_handed_its_keys(make_gateway, origin, tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    key, cert = certificate(folder, "a.test")
    key.chmod(0o600)
    folder.chmod(0o700)
    for above in (tmp_path, *tmp_path.parents):
        above.chmod(above.stat().st_mode | 0o011)
    gateway = make_gateway(with_tls(PLAIN, key, cert) + "user: nobody\n", origin=origin.port)
    os.chmod(gateway.path.parent, 0o755)
    # It answers on its sockets a moment before it is somebody else.
    assert until(lambda: os.stat(f"/proc/{gateway.process.pid}").st_uid != 0)
    old = shown(gateway)
    certificate(folder, "a.test")
    key.chmod(0o600)
    # It says what it cannot do, and goes on.
    answer = admin(gateway, "POST", "/v1/reload")
    assert answer.status == 200, answer.text
    warnings = json.loads(answer.text)["warnings"]
    assert any("Permission denied; what was loaded before stays in force" in one for one in warnings)
    assert shown(gateway) == old
    files = {str(one): one.read_text() for one in (key, cert)}
    assert admin(gateway, "POST", "/v1/reload", {"files": {**files, str(key): "nonsense"}}).status == 400
    assert admin(gateway, "POST", "/v1/reload", {"flies": files}).status == 400
    assert shown(gateway) == old
    assert admin(gateway, "POST", "/v1/reload", {"files": files}).status == 200
    assert shown(gateway) == serial_of(cert)


# Certificates of clients

class Authority:
    """Vouches for clients."""

    def __init__(self, folder, name="clients"):
        self.folder = folder
        self.key, self.cert = folder / f"{name}.key", folder / f"{name}.ca"
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", self.key, "-out", self.cert)

    def issue(self, subject, usage="clientAuth", days="2"):
        key, ask, cert, more = (self.folder / f"client.{end}" for end in ("key", "csr", "pem", "ext"))
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", key, "-out", ask)
        more.write_text(f"extendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        run("x509", "-req", "-in", ask, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", days, "-extfile", more, "-out", cert)
        return key, cert


def run(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def asking(folder, authority, mode):
    key, cert = certificate(folder, "a.test")
    return PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", tls: {certificates: [{certificate: %s, private_key: %s}], client_ca: %s%s}'
                         % (cert, key, authority.cert, mode))


def refused(gateway, context):
    """In TLS 1.3 a client hears of it only when it asks for something."""
    try:
        with dial(gateway, context) as tls:
            ask(tls)
    except (ssl.SSLError, ConnectionError):
        return True
    return False


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_a_client_without_a_good_certificate_is_refused_where_one_is_required(make_gateway, origin, tmp_path, version):
    authority, other = Authority(tmp_path), Authority(tmp_path, "others")
    gateway = make_gateway(asking(tmp_path, authority, ""), origin=origin.port)
    assert refused(gateway, client(version))
    assert refused(gateway, client(version, other.issue("/CN=stranger")))
    assert refused(gateway, client(version, authority.issue("/CN=a server", usage="serverAuth")))
    assert not origin.messages
    own = authority.issue("/O=Ours/CN=good")
    with dial(gateway, client(version, own)) as tls:
        assert ask(tls) == 200
    print_ = run("x509", "-in", own[1], "-noout", "-fingerprint", "-sha256").decode().strip().split("=")[1].replace(":", "").lower()
    assert origin.messages[-1].get("x-forwarded-client-cert") == f'Hash={print_};Subject="CN=good,O=Ours"'


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_where_a_certificate_is_only_asked_for_a_good_one_is_told_and_none_is_served(make_gateway, origin, tmp_path, version):
    authority, other = Authority(tmp_path), Authority(tmp_path, "others")
    gateway = make_gateway(asking(tmp_path, authority, ", client_certificate: request"), origin=origin.port)
    forged = REQUEST.replace(b"\r\n\r\n", b"\r\nX-Forwarded-Client-Cert: Hash=00\r\nX_Forwarded_Client_Cert: Hash=00\r\n\r\n")
    for own, told in ((None, None), (authority.issue("/CN=good"), "CN=good")):
        with dial(gateway, client(version, own)) as tls:
            tls.sendall(forged)
            assert b" 200 " in tls.recv(65536)
        message = origin.messages[-1]
        said = message.get("x-forwarded-client-cert")
        assert (told in said and "Hash=00" not in said) if told else said is None
        assert message.get("x_forwarded_client_cert") is None
    assert refused(gateway, client(version, other.issue("/CN=stranger")))


def test_a_session_brings_its_certificate_along(make_gateway, origin, tmp_path):
    authority = Authority(tmp_path)
    gateway = make_gateway(asking(tmp_path, authority, ""), origin=origin.port)
    context = client(own=authority.issue("/CN=good"))
    session = session_of(gateway, context)
    first = origin.messages[-1].get("x-forwarded-client-cert")
    assert goes_on(gateway, context, session)
    assert origin.messages[-1].get("x-forwarded-client-cert") == first


# What TLS there is

def test_rule_74_a_listener_may_demand_tls_1_3(make_gateway, origin, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert).replace("tls: {", 'tls: {min_version: "1.3", '), origin=origin.port)
    assert refused(gateway, client(ssl.TLSVersion.TLSv1_2))
    assert not refused(gateway, client(ssl.TLSVersion.TLSv1_3))
