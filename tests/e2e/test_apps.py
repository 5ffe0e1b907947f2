"""Real apps as Spaces, each in a container of its own kind: FastAPI, Node with socket.io, Nginx in front inside, git with a secret."""
import json
import shutil
import subprocess

import pytest

import spaces
from node import ROOT, until

DEBIAN = "spaceport/debian:bookworm"
APT = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends"


@pytest.fixture(scope="module", autouse=True)
def images():
    subprocess.run(["bash", ROOT / "deploy/base-image", "python"], check=True)


def test_fastapi_with_a_second_server(node, up):
    name = up(folder=ROOT / "deploy/examples/hello", args=["--env", "GREETING=hi", "--storage", "1Gi"])

    assert "Hello, Spaceport" in node.request(name).text
    assert json.loads(node.request(name, "/api/hello?name=you").body)["message"] == "hello, you"
    assert json.loads(node.request(name, "/env").body)["greeting"] == "hi"
    assert json.loads(node.request(name, "/whoami").body)["uid"] == 1000


def test_node_with_socket_io(node, up, tmp_path):
    assert shutil.which("npm"), "npm is not installed: deploy/install node"
    folder = spaces.write(tmp_path / "node", readme=spaces.readme("app_port: 3000"), dockerfile=f"""\
FROM {DEBIAN}
RUN {APT} nodejs && useradd -m -u 1000 user
USER user
WORKDIR /home/user/app
COPY --chown=user . .
CMD ["node", "server.js"]
""", files={"package.json": '{"name": "app", "private": true, "dependencies": {"socket.io": "^4"}}\n', "server.js": """\
        const server = require("http").createServer((request, response) => response.end("node\\n"));
        const io = new (require("socket.io").Server)(server);
        io.on("connection", (socket) => socket.on("say", (text, reply) => reply(text.toUpperCase())));
        server.listen(3000, "localhost");
        """})
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, check=True, timeout=240)
    name = up(folder=folder)

    assert node.request(name).text == "node\n"
    # Engine.IO by hand: a session by polling, then a message and its acknowledgement.
    opened = node.request(name, "/socket.io/?EIO=4&transport=polling").text
    session = json.loads(opened[1:])["sid"]
    path = f"/socket.io/?EIO=4&transport=polling&sid={session}"
    assert node.request(name, path, "POST", "40").text == "ok"
    assert node.request(name, path).text.startswith("40")
    assert node.request(name, path, "POST", '420["say","quiet"]').text == "ok"
    assert node.request(name, path).text == '430["QUIET"]'


def test_nginx_inside_the_container_on_app_port(node, up):
    name = up(dockerfile=f"""\
FROM {DEBIAN}
RUN {APT} nginx-light python3-minimal python3 && useradd -m -u 1000 user
COPY nginx.conf /etc/nginx/nginx.conf
COPY --chown=user one /one
COPY --chown=user two /two
USER user
CMD ["sh", "-c", "python3 -m http.server 8001 -d /one & python3 -m http.server 8002 -d /two & exec nginx -g 'daemon off;'"]
""", files={"one/index.html": "one\n", "two/index.html": "two\n", "nginx.conf": """\
        pid /tmp/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
          uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
          server {
            listen 7860;
            location / { proxy_pass http://127.0.0.1:8001/; }
            location /two/ { proxy_pass http://127.0.0.1:8002/; }
          }
        }
        """})

    # Nginx listens before the servers behind it do: its own 502 until then is its answer, not ours.
    until(lambda: node.request(name, "/").text == "one\n", 30, "the first server behind Nginx")
    until(lambda: node.request(name, "/two/").text == "two\n", 30, "the second server behind Nginx")


def test_git_clones_from_a_secret_remote(node, up, web, tmp_path):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    work, bare = tmp_path / "work", tmp_path / "repo.git"
    subprocess.run([*git, "init", "-q", work], check=True)
    (work / "model.txt").write_text("weights\n")
    subprocess.run([*git, "-C", work, "add", "."], check=True)
    subprocess.run([*git, "-C", work, "commit", "-q", "-m", "model"], check=True)
    subprocess.run([*git, "clone", "-q", "--bare", work, bare], check=True)
    subprocess.run(["git", "-C", bare, "update-server-info"], check=True)
    for file in bare.rglob("*"):
        if file.is_file():
            web.files[f"/private-6f1c/{file.relative_to(tmp_path)}"] = file.read_bytes()
    name = up(args=["--secret", "REMOTE"], env={"REMOTE": f"{web.url}/private-6f1c/repo.git"}, dockerfile=f"""\
FROM {DEBIAN} AS source
RUN {APT} git ca-certificates
RUN --mount=type=secret,id=REMOTE,mode=0444,required=true \\
    git clone -q "$(cat /run/secrets/REMOTE)" /model && rm -rf /model/.git
FROM {spaces.BASE}
COPY --from=source /model/model.txt /www/model.txt
{spaces.CMD}""")

    assert node.request(name, "/model.txt").text == "weights\n"
