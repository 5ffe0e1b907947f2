"""Test Spaces: a folder is written in a line, built in half a second. The app is busybox: a web server that runs what it is sent."""
import io
import itertools
import os
import pathlib
import subprocess
import tarfile
import textwrap

from node import DOCKER, ENVIRONMENT, docker

BASE = "spaceport/busybox:e2e"
CMD = 'CMD ["httpd", "-f", "-p", "7860", "-h", "/www"]\n'
DOCKERFILE = f"FROM {BASE}\n{CMD}"
README = "---\nsdk: docker\n---\n"
numbers = itertools.count(1)


def unique(word="app"):
    """An owner/name that no other test uses."""
    return f"t{os.getpid()}/{word}{next(numbers)}"


def make_base():
    """A file system of busybox, a user 1000 and a CGI that runs the lines it is sent: the whole image of most test Spaces."""
    if docker("image", "ls", "-q", BASE):
        return BASE
    applets = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    files = {
        "etc/passwd": (0o644, "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"),
        "etc/group": (0o644, "root:x:0:\nuser:x:1000:\n"),
        "www/index.html": (0o644, "the app\n"),
        "www/cgi-bin/sh": (0o755, "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec 2>&1\n. /dev/stdin\n"),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("home/user", 0o755), ("www/cgi-bin", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            if folder == "home/user":
                entry.uid = entry.gid = 1000
            tar.addfile(entry)
        tar.add("/bin/busybox", "bin/busybox")
        for name, (mode, text) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
        for applet in applets:
            if applet == "busybox":
                continue
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    done = subprocess.run([DOCKER, "import", "--change", "ENV PATH=/bin", "-", BASE], input=buffer.getvalue(),
                          capture_output=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    return BASE


def write(folder, dockerfile=DOCKERFILE, readme=README, files=None):
    """Writes a Space into a folder. None leaves a file out; `files` are beside it, text or bytes by path."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"Dockerfile": dockerfile, "README.md": readme, **(files or {})}.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(textwrap.dedent(content))
    return folder


def readme(*lines):
    return "---\nsdk: docker\n" + "".join(line + "\n" for line in lines) + "---\n"
