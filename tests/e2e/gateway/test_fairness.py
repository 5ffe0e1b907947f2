"""One Space that stalls, floods and dawdles takes nobody else down: 200 Spaces over the feed, one of them hostile."""
import asyncio
import json
import subprocess
import sys
import time

import pytest

SPACES = 200
RATE = 100  # requests a second to the well-behaved Spaces
ROUNDS = 2  # to each of them
DESCRIPTORS = 1024

FILE = """
workers: 2
listeners: [{address: "127.0.0.1:{port}"}]
timeouts: {header: 10s, idle: 10s, connect: 1s, first_byte: 60s, body: 60s, tunnel: 5s, upstream_idle: 10s, drain: 300ms}
admin: {socket: "{admin}"}
"""


# The hostile clients, in a process of their own.

async def stall(port):
    """Asks, and waits for an answer that never comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /stall HTTP/1.1\r\nHost: hostile.test\r\n\r\n")
    answer = await reader.read(4096)
    writer.close()
    return answer


async def dawdle(port):
    """Sends a long body a byte at a time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /stall HTTP/1.1\r\nHost: hostile.test\r\nContent-Length: 1000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def flood(port):
    """Asks again and again, on a new connection each time."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /stall HTTP/1.1\r\nHost: hostile.test\r\nConnection: close\r\n\r\n")
            await asyncio.wait_for(reader.read(4096), 0.5)
            writer.close()
        except (OSError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(0.02)


async def be_hostile(port):
    tasks = [asyncio.ensure_future(dawdle(port)) for _ in range(20)] + [asyncio.ensure_future(stall(port)) for _ in range(DESCRIPTORS // 2)]
    await asyncio.sleep(1)
    print("attacking", flush=True)
    tasks += [asyncio.ensure_future(flood(port)) for _ in range(6)]
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(3600)


# The others

async def ask(port, space):
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: space{space}.test\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.endswith(b"ok\n"), time.monotonic() - began


async def visit(port):
    """Requests to all well-behaved Spaces at a steady rate. How many failed, and the 99th percentile of the others."""
    async def one(at, space):
        await asyncio.sleep(at)
        try:
            return await asyncio.wait_for(ask(port, space), 5)
        except (OSError, asyncio.TimeoutError):
            return False, 5.0
    total = ROUNDS * (SPACES - 1)
    results = await asyncio.gather(*[one(i / RATE, i % (SPACES - 1)) for i in range(total)])
    times = sorted(took for _, took in results)
    return sum(not good for good, _ in results), times[int(total * 0.99)]


@pytest.fixture
def hostile_origin():
    from origin import Origin
    made = Origin()

    async def never(call):
        await call.gone()
        call.close()
    made.script["/stall"] = never
    yield made
    made.stop()


def test_one_hostile_space_of_200_takes_nobody_down(make_gateway, origin, hostile_origin):
    from test_operation import admin
    gateway = make_gateway(FILE, prefix=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"])
    for space in range(SPACES - 1):
        site = {"hosts": [f"space{space}.test"], "routes": [{"endpoints": [f"127.0.0.1:{origin.port}"]}]}
        assert admin(gateway, "PUT", f"/v1/sites/space{space}", site).status == 200
    site = {"hosts": ["hostile.test"], "routes": [{"endpoints": [f"127.0.0.1:{hostile_origin.port}"]}]}
    assert admin(gateway, "PUT", "/v1/sites/hostile", site).status == 200
    failed, calm = asyncio.run(visit(gateway.port))
    assert failed == 0

    attack = subprocess.Popen([sys.executable, __file__, str(gateway.port)], stdout=subprocess.PIPE)
    try:
        assert attack.stdout.readline() == b"attacking\n"
        failed, attacked = asyncio.run(visit(gateway.port))
        sites = {one["id"]: one for one in json.loads(admin(gateway, "GET", "/v1/status").text)["sites"]}
    finally:
        attack.kill()
        attack.wait()
    places = sites["hostile"]["routes"][0]["places"]
    print(f"p99 {calm * 1000:.1f} ms calm, {attacked * 1000:.1f} ms attacked; {places}")
    # It has all that it may have, and somebody was sent away: the attack was one.
    assert places["in_flight"] == places["max_in_flight"] == DESCRIPTORS // 8 and places["refused"] > 0, places
    assert failed == 0
    # Near: what the attackers' own work takes from the two cores is in it, too.
    assert attacked < 3 * calm + 0.1, (calm, attacked)


if __name__ == "__main__":
    asyncio.run(be_hostile(int(sys.argv[1])))
