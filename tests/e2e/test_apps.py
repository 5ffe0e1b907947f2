"""Real apps as Spaces, each in a container of its own kind: FastAPI, Node with socket.io, Nginx in front inside, git with a secret."""
import io
import json
import shutil
import subprocess
import time
import zipfile

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
    # The Space runs when app_port listens; the other server may take a moment longer.
    until(lambda: node.request(name, "/api/hello?name=you").status == 200, 30, "the second server")
    assert json.loads(node.request(name, "/api/hello?name=you").body)["message"] == "hello, you"
    assert json.loads(node.request(name, "/env").body)["greeting"] == "hi"
    assert json.loads(node.request(name, "/whoami").body)["uid"] == 1000


NPM_INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
SERVER = """\
const server = require("http").createServer((request, response) => response.end("node\\n"));
const io = new (require("socket.io").Server)(server);
io.on("connection", (socket) => {
  socket.on("say", (text, reply) => reply(text.toUpperCase(), socket.conn.transport.name));
  socket.on("size", (bytes, reply) => reply(bytes.length));
  socket.on("leave", () => socket.disconnect(true));
});
server.listen(3000, "localhost");
"""
# One visit by the real client: what it was answered, over which transport, before and after the upgrade.
CLIENT = """\
const [host, port, transports] = process.argv.slice(2);
// Names below localhost are 127.0.0.1, whatever the resolver of this machine thinks of them.
const lookup = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const agent = new (require("http").Agent)({ lookup });
const socket = require("socket.io-client").io(`http://${host}:${port}`, { agent, transports: transports.split(","), reconnection: false });
const seen = {};
const fail = (why) => { console.error(why); process.exit(1); };
setTimeout(() => fail("nothing more happened; until then: " + JSON.stringify(seen)), 20000);
socket.on("connect_error", (error) => fail(error.stack));
let upgraded = Promise.resolve();
// Here and not below: on a slow machine the upgrade is over before the namespace is connected.
socket.io.on("open", () => {
  seen.first = socket.io.engine.transport.name;
  if (transports.includes(",")) upgraded = new Promise((done) => socket.io.engine.once("upgrade", done));
});
socket.on("connect", () => {
  socket.emit("say", "quiet", async (text, transport) => {
    seen.said = text;
    await upgraded;
    socket.emit("say", "again", (text, transport) => {
      Object.assign(seen, { again: text, transport });
      socket.emit("size", Buffer.alloc(300000), (size) => {
        seen.size = size;
        socket.on("disconnect", (why) => { console.log(JSON.stringify({ ...seen, why })); process.exit(0); });
        socket.emit("leave");
      });
    });
  });
});
"""


@pytest.fixture(scope="module")
def socket_io_client(tmp_path_factory):
    assert shutil.which("npm"), "npm is not installed: deploy/install node"
    folder = tmp_path_factory.mktemp("client")
    (folder / "package.json").write_text('{"name": "client", "private": true, "dependencies": {"socket.io-client": "^4"}}\n')
    (folder / "client.js").write_text(CLIENT)
    subprocess.run(NPM_INSTALL, cwd=folder, check=True, timeout=240)
    return folder / "client.js"


def test_node_with_socket_io(node, up, tmp_path, socket_io_client):
    folder = spaces.write(tmp_path / "node", readme=spaces.readme("app_port: 3000"), dockerfile=f"""\
FROM {DEBIAN}
RUN {APT} nodejs && useradd -m -u 1000 user
USER user
WORKDIR /home/user/app
COPY --chown=user . .
CMD ["node", "server.js"]
""", files={"package.json": '{"name": "app", "private": true, "dependencies": {"socket.io": "^4"}}\n', "server.js": SERVER})
    subprocess.run(NPM_INSTALL, cwd=folder, check=True, timeout=240)
    name = up(folder=folder)
    assert node.request(name).text == "node\n"
    host, port = node.host(name).split(":")

    def visit(transports):
        done = subprocess.run(["node", socket_io_client, host, port, transports], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    talk = {"said": "QUIET", "again": "AGAIN", "size": 300000, "why": "io server disconnect"}
    # As every browser begins: by polling, then the upgrade to a WebSocket on a second connection.
    assert visit("polling,websocket") == {"first": "polling", "transport": "websocket", **talk}
    assert visit("websocket") == {"first": "websocket", "transport": "websocket", **talk}
    assert visit("polling") == {"first": "polling", "transport": "polling", **talk}


def wheel(name, source):
    """A package of one module, as pip takes it from an index."""
    info, buffer = f"{name}-1.0.dist-info", io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return buffer.getvalue()


def test_apt_and_pip_install_during_a_build_as_the_documentation_shows(node, up):
    """apt from Debian's mirror, which is the way out; pip as uid 1000 from an index that stands in the image."""
    file = "tinyword-1.0-py3-none-any.whl"
    # Never the same twice: what an earlier run has left in the engine's cache would prove nothing.
    name = up(dockerfile=f"""\
FROM {DEBIAN}
RUN : {time.time_ns()} && {APT} python3 python3-pip && useradd -m -u 1000 user
COPY index /index
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH
WORKDIR $HOME/app
COPY --chown=user ./requirements.txt requirements.txt
RUN python3 -m http.server 8099 --bind 127.0.0.1 --directory /index & \\
    pip install --no-cache-dir --break-system-packages --index-url http://127.0.0.1:8099/simple -r requirements.txt
COPY --chown=user . .
CMD ["python3", "app.py"]
""", files={"requirements.txt": "tinyword==1.0\n", f"index/{file}": wheel("tinyword", "WORD = 'from the index'\n"),
            "index/simple/tinyword/index.html": f'<a href="/{file}">{file}</a>\n',
            "app.py": """\
            import http.server, tinyword

            class App(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(f"{tinyword.WORD} {tinyword.__file__}".encode())

            http.server.HTTPServer(("", 7860), App).serve_forever()
            """})

    said = node.request(name).text
    assert said.startswith("from the index /home/user/.local/"), said
    log = node.cli("logs", "--build", name).stdout
    assert "Successfully installed tinyword-1.0" in log
    assert "Setting up python3-pip" in log, "apt did the work"


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
