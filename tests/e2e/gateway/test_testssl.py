"""testssl.sh, the tool that people judge TLS by, finds nothing but that nobody trusts the test's certificate."""
import json
import shutil
import subprocess

import pytest

from conftest import PLAIN, certificate, with_tls

# What is about the certificate that the test makes for itself: two days long, and nobody vouches for it.
OF_THE_TEST = {"cert_chain_of_trust", "cert_expirationStatus", "cert_notAfter", "cert_revocation"}


@pytest.mark.skipif(not shutil.which("testssl"), reason="needs testssl.sh")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_testssl_finds_nothing(make_gateway, origin, tmp_path, version):
    key, cert = certificate(tmp_path, "a.test")
    gateway = make_gateway(with_tls(PLAIN, key, cert).replace("tls: {", 'tls: {min_version: "%s", ' % version), origin=origin.port)
    found = tmp_path / "found.json"
    # -p -s -f -P -U: protocols, ciphers, forward secrecy, preferences, vulnerabilities; -S: the certificate and the server's defaults.
    done = subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--jsonfile", found,
                           "--ip", "127.0.0.1", "-p", "-s", "-f", "-P", "-S", "-U", f"a.test:{gateway.port}"],
                          capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    findings = json.loads(found.read_text())
    assert len(findings) > 40, done.stdout[-3000:]
    said = {one["id"]: one for one in findings}
    assert said["TLS1_3"]["severity"] == "OK"
    bad = [one for one in findings if one["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL") and one["id"] not in OF_THE_TEST]
    assert not bad, json.dumps(bad, indent=1)
