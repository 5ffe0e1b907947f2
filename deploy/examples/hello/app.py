"""The first server, on app_port: the page, and what the Space sees of its own surroundings."""
import hashlib
import os
import pathlib

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse

from traffic import router

app = FastAPI(title="hello")
app.include_router(router)
here = pathlib.Path(__file__).parent
counter_file = pathlib.Path("/data/counter")


@app.get("/")
def page():
    return FileResponse(here / "page.html", media_type="text/html")


@app.get("/env")
def environment():
    """The variable itself, since variables are public; of the secret only a hash, so that a test can compare it."""
    secret = os.environ.get("HELLO_SECRET")
    return {
        "greeting": os.environ.get("GREETING", "hello"),
        "secret_seen": secret is not None,
        "secret_sha256": hashlib.sha256(secret.encode()).hexdigest()[:12] if secret is not None else None,
        "space": {key: value for key, value in sorted(os.environ.items())
                  if key.startswith("SPACE_") or key in ("CPU_CORES", "MEMORY", "ACCELERATOR", "PORT", "SYSTEM")},
    }


@app.get("/whoami")
def whoami():
    status = dict(line.split(":\t", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines()
                  if ":\t" in line)
    return {"uid": os.getuid(), "gid": os.getgid(), "capabilities": status["CapEff"],
            "no_new_privileges": status["NoNewPrivs"] == "1"}


def counted():
    try:
        return int(counter_file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


@app.get("/data")
def data():
    return {"count": counted(), "persistent": os.path.ismount("/data")}


@app.post("/data")
def count_up():
    if not counter_file.parent.is_dir():
        return {"count": None, "persistent": False, "reason": "there is no /data: give the Space storage"}
    scratch = counter_file.with_suffix(".new")
    scratch.write_text(str(counted() + 1))
    scratch.replace(counter_file)
    return data()


@app.get("/headers")
def headers(request: Request):
    return dict(request.headers)
