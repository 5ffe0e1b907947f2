"""Proves that the example Space, as the gateway serves it, does what it should. Prints one line for each claim; exits 1 at a false one.

Talks to 127.0.0.1 with the Space's host name: a resolver that knows *.localhost is not needed.
"""
import argparse
import asyncio
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time

import websockets

arguments = None
failures = 0


def claim(text, true, detail=""):
    global failures
    print(f"        {'ok    ' if true else 'FALSE '} {text}" + (f": {detail}" if detail and not true else ""), flush=True)
    failures += not true


def request(path, method="GET", host=None):
    """Status, headers and body of one request; a refused connection is status 0."""
    connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=30)
    try:
        connection.request(method, path, headers={"Host": host or arguments.host})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except OSError as error:
        return 0, {}, str(error).encode()
    finally:
        connection.close()


def fetch_json(path, method="GET"):
    status, _, body = request(path, method)
    try:
        return json.loads(body) if status == 200 else {"status": status, "body": body[:200]}
    except ValueError:
        return {"status": status, "body": body[:200]}


def wait_until_it_answers(seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # RUNNING means that app_port answers; the second server may need a moment more.
        if request("/whoami")[0] == 200 and request("/api/hello")[0] == 200:
            return True
        time.sleep(0.2)
    return False


async def echo(path):
    connect = websockets.connect(f"ws://{arguments.host}{path}", sock=socket.create_connection(("127.0.0.1", arguments.port)),
                                 open_timeout=10)
    async with connect as socket_:
        await socket_.send("ping")
        text = await asyncio.wait_for(socket_.recv(), 10)
        await socket_.send(b"\x00" * 100_000)
        return text == "ping" and await asyncio.wait_for(socket_.recv(), 10) == b"\x00" * 100_000


def websocket_echoes(path):
    try:
        return asyncio.run(echo(path)), ""
    except Exception as error:  # whatever went wrong, the claim is false, and this says why
        return False, repr(error)


def streams(path):
    """Do the events arrive one by one? They are sent 0.4 s apart; buffered, all would come at once."""
    connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=30)
    connection.request("GET", f"{path}?count=3&interval=0.4", headers={"Host": arguments.host})
    answer, times, text = connection.getresponse(), [], b""
    while True:
        piece = answer.read1(65536)
        if not piece:
            break
        times.append(time.monotonic())
        text += piece
    connection.close()
    return text.count(b"data: tick") == 3 and len(times) >= 3 and times[-1] - times[0] > 0.5, f"{len(times)} pieces, {text[:80]}"


def check_first_pass():
    status, headers, body = request("/")
    claim("/ answers from app_port", status == 200 and b"Hello, Spaceport" in body, status)
    answer = fetch_json("/api/hello?name=you")
    claim("/api answers from the second server, on 127.0.0.1 only, without the prefix",
          answer.get("message") == "hello, you" and answer.get("path") == "/hello", answer)
    environment = fetch_json("/env")
    claim("the variable is there at run time", environment.get("greeting") == arguments.greeting, environment)
    expected = hashlib.sha256(os.environ["HELLO_SECRET"].encode()).hexdigest()[:12]
    claim("the secret is there at run time", environment.get("secret_sha256") == expected, environment.get("secret_sha256"))
    me = fetch_json("/whoami")
    claim("it runs as uid 1000", me.get("uid") == 1000, me)
    claim("it has no capabilities and can gain none",
          int(me.get("capabilities", "1"), 16) == 0 and me.get("no_new_privileges") is True, me)
    for path in ("/ws", "/api/ws"):
        true, why = websocket_echoes(path)
        claim(f"the WebSocket at {path} echoes", true, why)
    for path in ("/stream", "/api/stream"):
        true, why = streams(path)
        claim(f"{path} arrives piece by piece", true, why)
    name, _, port = arguments.host.partition(".")
    status, _, body = request("/", host=f"{name}--9000.{port}")
    claim("the unnamed port 9000 is not reachable by host name", status != 200 or b"should not" not in body, status)
    reached = socket.socket()
    published = reached.connect_ex(("127.0.0.1", 9000)) == 0
    reached.close()
    ports = subprocess.run(["docker", "ps", "--filter", "label=spaceport.instance", "--format", "{{.Names}} {{.Ports}}"],
                           capture_output=True, text=True).stdout
    claim("port 9000 is not published on this machine", not (published and "9000->" in ports), ports)


def check_data_is_kept():
    counted = fetch_json("/data", "POST").get("count")
    claim("/data can be written", isinstance(counted, int), counted)
    spaceport = [arguments.restart] + (["--state", arguments.state] if arguments.state else [])
    done = subprocess.run([*spaceport, "restart", arguments.space], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    claim("spaceport restart", done.returncode == 0, done.stderr.strip())
    claim("it answers after the restart", wait_until_it_answers(90))
    kept = fetch_json("/data")
    claim("/data is kept across the restart", kept.get("count") == counted and kept.get("persistent"), kept)


def main():
    global arguments
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", required=True, help="the Space's host name, with the port")
    parser.add_argument("--greeting", required=True)
    parser.add_argument("--restart", required=True, metavar="PROGRAM", help="the spaceport program")
    parser.add_argument("--state", default="")
    parser.add_argument("--space", required=True)
    arguments = parser.parse_args()
    claim("the Space answers", wait_until_it_answers(120))
    if not failures:
        check_first_pass()
        check_data_is_kept()
    print(f"        {failures} false" if failures else "        every claim is true")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
