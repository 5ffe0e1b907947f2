"""Many ports behind one: path rules, ports bound to localhost only, and ports that nobody named."""
import json
import socket

import spaces
from node import until
from spaces import BASE

SERVERS = f"""\
FROM {BASE}
RUN mkdir -p /api/v1 /es/es /hidden && echo api > /api/index.html && echo one > /api/v1/one && echo es > /es/es/index.html && \\
    echo hidden > /hidden/index.html
CMD httpd -p 127.0.0.1:8000 -h /api; httpd -p 127.0.0.1:9200 -h /es; httpd -p 9000 -h /hidden; exec httpd -f -p 7860 -h /www
"""
ROUTES = spaces.readme("routes:", "  - {path: /api, port: 8000, strip_prefix: true}", "  - {path: /es, port: 9200}")


def test_a_route_reaches_a_server_on_localhost_only_and_strips_its_prefix(node, up):
    name = up(dockerfile=SERVERS, readme=ROUTES)

    assert node.request(name, "/").text == "the app\n"
    assert node.request(name, "/api/").text == "api\n"
    assert node.request(name, "/api/v1/one").text == "one\n"


def test_a_route_without_strip_prefix_leaves_the_path(node, up):
    name = up(dockerfile=SERVERS, readme=ROUTES)

    assert node.request(name, "/es/").text == "es\n"


def test_a_route_takes_whole_segments_only(node, up):
    name = up(dockerfile=SERVERS, readme=ROUTES)

    assert node.request(name, "/apiary").status == 404  # the app's own 404: the path is not below /api


def test_the_app_may_listen_on_localhost_only(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCMD [\"httpd\", \"-f\", \"-p\", \"127.0.0.1:7860\", \"-h\", \"/www\"]\n")

    assert node.request(name, "/").text == "the app\n"


def test_another_app_port_is_honoured(node, up):
    name = up(readme=spaces.readme("app_port: 3000"),
              dockerfile=f"FROM {BASE}\nCMD httpd -p 7860 -h /etc; exec httpd -f -p $PORT -h /www\n")

    assert node.request(name, "/").text == "the app\n"


def test_a_port_that_nobody_named_is_not_reachable(node, up):
    name = up(dockerfile=SERVERS, readme=ROUTES)
    label, rest = node.host(name).split(".", 1)

    assert "hidden" not in node.request(name, "/", host=f"{label}--9000.{rest}").text
    for path in ("/:9000/", "/hidden/", "//127.0.0.1:9000/", "http://127.0.0.1:9000/"):
        assert "hidden" not in node.request(name, path).text, path
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 9000)) != 0, "it is published on this machine"


def test_an_exposed_port_answers_at_its_own_host_name(node, up):
    name = up(dockerfile=SERVERS, readme=spaces.readme("expose: [9000]"))
    label, rest = node.host(name).split(".", 1)

    assert node.request(name, "/", host=f"{label}--9000.{rest}").text == "hidden\n"


def test_a_space_that_is_not_there_gets_a_failure_page_and_not_anothers_answer(node, up):
    up()

    answer = node.request("no/body")
    assert answer.status in (404, 421)
    assert "the app" not in answer.text


def test_the_domain_itself_shows_an_index_page_that_names_no_space(node, up):
    name = up()
    domain = node.host(name).split(".", 1)[1].split(":")[0]

    page = node.request(None, "/", host=f"{domain}:{node.port}", headers={"Accept": "text/html"})
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    assert f"-&lt;name&gt;.{domain}:{node.port}" in page.text and "Spaceport" in page.text
    assert node.host(name).split(".")[0] not in page.text
    head = node.request(None, "/", "HEAD", host=domain)
    assert head.status == 200 and head.text == "" and int(head.headers["Content-Length"]) > 0
    program = node.request(None, "/", host=domain, headers={"Accept": "application/json"})
    assert json.loads(program.text)["product"] == "Spaceport"
    assert node.request(None, "/x", host=domain).status == 404
    assert node.request(None, "/", host=f"nobody.{domain}").status == 404


def test_a_websocket_to_an_app_that_ends_is_closed_and_not_left_hanging(node, up):
    name = up(dockerfile=f"""\
FROM {BASE}
RUN printf '#!/bin/sh\\nprintf "HTTP/1.1 101 Switching Protocols\\\\r\\\\nUpgrade: websocket\\\\r\\\\nConnection: Upgrade\\\\r\\\\n'\
'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\\\r\\\\n\\\\r\\\\n\\\\201\\\\002hi"; sleep 1000\\n' > /serve && chmod 755 /serve
CMD nc -ll -p 8000 -e /serve & exec httpd -f -p 7860 -h /www
""", readme=spaces.readme("routes: [{path: /ws, port: 8000}]"))

    def opened():
        stream = socket.create_connection(("127.0.0.1", node.port), timeout=30)
        stream.sendall(f"GET /ws HTTP/1.1\r\nHost: {node.host(name)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        head = stream.recv(4096)
        if b" 502 " not in head:
            return stream, head
        stream.close()  # the Space runs when app_port listens; this one is a moment later
        return None
    stream, head = until(opened, 20, "the second server")
    while b"\x02hi" not in head:
        piece = stream.recv(4096)
        assert piece, head
        head += piece
    assert head.startswith(b"HTTP/1.1 101")

    node.cli("rm", name)

    stream.settimeout(20)
    last = b""
    try:
        while piece := stream.recv(4096):
            last += piece
    except ConnectionResetError:
        pass
    # A Close frame with 1012 where the gateway hears of it before the app has gone, which may be a moment earlier.
    assert last in (b"", b"\x88\x02\x03\xf4")
    stream.close()


def test_routes_follow_a_new_readme(node, up, tmp_path):
    folder = spaces.write(tmp_path / "s", dockerfile=SERVERS, readme=ROUTES)
    name = up(folder=folder)
    spaces.write(folder, dockerfile=SERVERS, readme=spaces.readme("routes: [{path: /new, port: 8000, strip_prefix: true}]"))

    up(name=name, folder=folder)

    until(lambda: node.request(name, "/new/v1/one").text == "one\n", 10, "the new route")
    assert node.request(name, "/api/v1/one").status == 404
