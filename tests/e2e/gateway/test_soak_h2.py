"""Everything that goes wrong over HTTP/2, towards clients and apps: every answer is right or clearly failed, and nothing is left over."""
import asyncio
import collections
import itertools
import random
import types

import h2.errors

from conftest import certificate, free_port
from h2client import trusting
from h2origin import H2Origin
from h2visit import Broken, H2Visit
from origin import Origin
from soak import Soak, content
from test_soak import APP as H1_APP

FILE = """
workers: 2
listeners:
  - {address: "127.0.0.1:{port}"}
  - {address: "127.0.0.1:{secure}", tls: {certificates: [{certificate: {cert}, private_key: {key}}]}}
upstreams:
  app: {endpoints: ["127.0.0.1:{origin}"]}
  nobody: {endpoints: ["127.0.0.1:{nobody}"]}
  streams: {endpoints: ["127.0.0.1:{streams}"], protocol: h2c}
  wild: {endpoints: ["127.0.0.1:{wild}"], protocol: h2c}
routes:
  - {host: a.test, path: /, upstream: app}
  - {host: a.test, path: /refused, upstream: nobody}
  - {host: a.test, path: /h2, upstream: streams, strip_prefix: true}
  - {host: a.test, path: /wild, upstream: wild, strip_prefix: true}
timeouts: {header: 2s, idle: 3s, connect: 1s, first_byte: 3s, body: 2s, tunnel: 5s, upstream_idle: 1s, drain: 3s}
access_log: off
admin: {socket: "{admin}"}
"""


# What the app over h2c does, by path: faults of a stream, which the others on its connection must not notice.

async def good(stream):
    asked = dict(pair.split("=") for pair in stream.target.split("?")[1].split("&"))
    await stream.answer(await stream.body() or content(int(asked["seed"]), int(asked["size"])))


async def resets(stream):
    await stream.body()
    stream.reset()


async def refuses(stream):
    stream.reset(h2.errors.ErrorCodes.REFUSED_STREAM)


async def stalls(stream):
    await stream.body()
    await stream.gone()


async def resets_inside(stream):
    await stream.body()
    stream.head(fields=[("content-length", "100000")])
    await stream.send(b"x" * 50000)
    stream.reset()


async def resets_what_has_no_length(stream):
    await stream.body()
    stream.head()
    await stream.send(b"x" * 5000)
    stream.reset(h2.errors.ErrorCodes.CANCEL)


async def stalls_inside(stream):
    await stream.body()
    stream.head(fields=[("content-length", "100000")])
    await stream.send(b"x" * 50000)
    await stream.gone()


async def flood(stream):
    stream.head()
    while True:
        await stream.send(b"x" * 0x4000)


# The wild one: faults of a connection, which take everybody on it along.

async def garbage(stream):
    stream.connection.garbage()
    await stream.gone()


async def garbage_inside(stream):
    stream.head(fields=[("content-length", "100000")])
    await stream.send(b"x" * 5000)
    stream.connection.garbage()
    await stream.gone()


async def aborts(stream):
    stream.connection.abort()


async def leaves(stream):
    """A GOAWAY that does not take this stream, and finishes the others."""
    stream.connection.goodbye(max(0, stream.number - 2))
    await asyncio.sleep(0.2)
    stream.connection.writer.close()


async def leaves_inside(stream):
    """A GOAWAY that takes this stream, and an end before its answer is whole."""
    stream.head(fields=[("content-length", "100000")])
    await stream.send(b"x" * 5000)
    stream.connection.goodbye(stream.number, h2.errors.ErrorCodes.INTERNAL_ERROR)
    stream.connection.writer.close()


async def freezes(stream):
    await stream.connection.freeze(4)


STREAMS = {"/good": good, "/resets": resets, "/refuses": refuses, "/stalls": stalls, "/resets-inside": resets_inside, "/no-length": resets_what_has_no_length,
           "/stalls-inside": stalls_inside, "/flood": flood}
WILD = {"/good": good, "/garbage": garbage, "/garbage-inside": garbage_inside, "/aborts": aborts, "/leaves": leaves, "/leaves-inside": leaves_inside,
        "/freezes": freezes}

# What visitors do on a stream of a connection that they have. Each says what was wrong with what it got.

numbers = itertools.count(1)
SIZES = [0, 1, 1000, 30_000, 200_000]


def reads(path):
    async def stream(visit):
        seed, size = next(numbers), random.choice(SIZES)
        answer = await visit.ask(f"{path}?seed={seed}&size={size}")
        if (answer.status, bytes(answer.body), answer.ended) != (200, content(seed, size), True):
            return f"{answer.status}, {len(answer.body)} of {size} bytes, {answer.reset}"
    return stream


def uploads(path):
    async def stream(visit):
        body = content(next(numbers), random.choice(SIZES[1:]))
        answer = await visit.ask(f"{path}?seed=0&size=0", "POST", body)
        if (answer.status, bytes(answer.body), answer.ended) != (200, body, True):
            return f"{answer.status}, {len(answer.body)} of {len(body)} bytes came back, {answer.reset}"
    return stream


def fails(target, status, method="GET"):
    """The app fails before its answer: a page of ours, whole, with this status."""
    async def stream(visit):
        answer = await visit.ask(target, method, b"hello" if method == "POST" else b"")
        if answer.status != status or not answer.ended or b'"code"' not in answer.body:
            return f"{answer}"
    return stream


def is_cut(target):
    """The app fails inside its answer: ours is reset, and must not end."""
    async def stream(visit):
        answer = await visit.ask(target)
        # A reset may overtake what was sent before it, the head included.
        if answer.ended and answer.status != 502 or answer.status not in (0, 200, 502):
            return f"{answer.status}, {len(answer.body)} bytes, {answer.ended}"
    return stream


def is_reset_by_us(target, method="GET"):
    """At any moment."""
    async def stream(visit):
        number = visit.start(target, method, end=method == "GET")
        try:
            if method == "POST":
                await visit.send(number, b"x" * random.randint(1, 60_000), end=False)
            wanted = random.choice([0, 0, 1, 50_000])
            await visit.until(number, lambda answer: target.endswith("stalls") or method == "POST" or len(answer.body) >= wanted)
            visit.reset(number)
        except Broken:
            return "the gateway reset it first"
    return stream


async def tunnels(visit):
    number = visit.tunnel("/tunnel")
    message = content(next(numbers), random.choice([10, 100_000]))
    try:
        await visit.until(number, lambda answer: answer.status)
        await visit.send(number, message, end=False)
        answer = await visit.until(number, lambda answer: len(answer.body) == len(message))
    except Broken:
        return f"broken: {visit.answers[number].status}, {len(visit.answers[number].body)} bytes"
    if random.random() < 0.5:
        visit.reset(number)
    else:
        # Its last bytes and its end in one frame, as browsers send a Close frame.
        visit.h2.send_data(number, b"bye", end_stream=True)
        visit.flush()
        try:
            answer = await visit.until(number, lambda answer: answer.ended)
        except Broken:
            pass
        if not answer.ended or bytes(answer.body) != message + b"bye":
            return f"{len(answer.body)} of {len(message) + 3} bytes, ended: {answer.ended}"


async def tunnel_breaks(visit):
    number = visit.tunnel("/tunnel-resets")
    try:
        await visit.until(number, lambda answer: answer.status)
        await visit.send(number, b"x", end=False)
        await visit.until(number, lambda answer: answer.ended)
    except Broken:
        pass
    answer = visit.answers[number]
    if answer.status not in (0, 200) or answer.body or not answer.reset:
        return f"{answer}"


def outcome(wild):
    """Where connections fail, an answer is right, or a page, or reset: never an end that is none."""
    async def stream(visit):
        seed, size = next(numbers), random.choice(SIZES)
        answer = await visit.ask(f"/wild/{wild}?seed={seed}&size={size}")
        right = wild == "good" and answer.status == 200 and bytes(answer.body) == content(seed, size)
        failed = answer.reset or answer.status in (502, 503, 504) and b'"code"' in answer.body
        WILDLY[wild, "right" if answer.ended and right else "failed"] += 1
        if not (answer.ended and (right or failed) or failed and not answer.ended):
            return f"{answer.status}, {len(answer.body)} of {size} bytes, ended: {answer.ended}, reset: {answer.reset}"
    return stream


WILDLY = collections.Counter()
# (what, how often, what it is called)
KINDS = [(reads("/good"), 20, "reads"), (reads("/h2/good"), 20, "reads h2c"), (uploads("/good"), 8, "uploads"), (uploads("/h2/good"), 8, "uploads h2c"),
         (fails("/dies", 502), 3, "dies"), (fails("/dies", 502, "POST"), 3, "dies with an upload"), (fails("/garbage", 502), 3, "garbage"),
         (fails("/refused", 502), 3, "refused"), (fails("/stalls", 504), 1, "stalls"), (is_cut("/reset-inside"), 3, "reset inside"),
         (is_cut("/reset-inside-chunks"), 3, "reset inside chunks"), (is_cut("/stalls-inside"), 1, "stalls inside"),
         (fails("/h2/resets", 502), 3, "h2c resets"), (fails("/h2/refuses", 502), 3, "h2c refuses"), (fails("/h2/stalls", 504), 1, "h2c stalls"),
         (is_cut("/h2/resets-inside"), 4, "h2c resets inside"), (is_cut("/h2/no-length"), 4, "h2c resets without a length"),
         (is_cut("/h2/stalls-inside"), 1, "h2c stalls inside"),
         (is_reset_by_us("/flood"), 4, "we reset"), (is_reset_by_us("/h2/flood"), 4, "we reset h2c"), (is_reset_by_us("/stalls"), 3, "we reset what stalls"),
         (is_reset_by_us("/h2/stalls"), 3, "we reset h2c that stalls"), (is_reset_by_us("/good?seed=1&size=1", "POST"), 3, "we reset an upload"),
         (is_reset_by_us("/h2/good?seed=1&size=1", "POST"), 3, "we reset an upload h2c"), (tunnels, 6, "tunnels"), (tunnel_breaks, 3, "tunnel breaks")]


def open_visit(door):
    return H2Visit(door.secure, door.tls) if random.random() < 0.5 else H2Visit(door.port)


async def one(kind, name, visit, door):
    try:
        problem = await asyncio.wait_for(kind(visit), 15)
    except asyncio.TimeoutError:
        answers = [(answer.status, len(answer.body), answer.ended, answer.reset) for answer in visit.answers.values()]
        problem = f"no end within 15 s; on its connection: {answers}"
    door.streams[name] += 1
    if problem:
        return f"{name}: {problem}"


def chosen(many):
    return random.choices(KINDS, [weight for _, weight, _ in KINDS], k=many)


UNTRIED = list(KINDS)


async def asks_for_many_things(door):
    """All on one connection, all at once, and afterwards it is as good as before."""
    async with open_visit(door) as visit:
        kinds = chosen(random.randint(1, 8)) + [UNTRIED.pop() for _ in UNTRIED[:1]]
        problems = await asyncio.gather(*(one(kind, name, visit, door) for kind, _, name in kinds))
        problems.append(await reads("/good")(visit))
        return "; ".join(filter(None, problems))


async def vanishes(door):
    """With everything under way."""
    async with open_visit(door) as visit:
        tasks = [asyncio.ensure_future(kind(visit)) for kind, _, _ in chosen(random.randint(1, 8))]
        await asyncio.wait(tasks, timeout=random.choice([0, 0.001, 0.01, 0.05]))
        visit.vanish() if random.random() < 0.5 else visit.writer.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def does_not_read(door):
    """Opens no window, and leaves."""
    async with open_visit(door) as visit:
        visit.h2.acknowledge_received_data = lambda *_: None
        number = visit.start(random.choice(["/flood", "/h2/flood"]))
        answer = await visit.until(number, lambda answer: len(answer.body) == 65535)
        visit.vanish() if random.random() < 0.5 else visit.reset(number)
        if answer.status != 200:
            return f"{answer}"


async def talks_nonsense(door):
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(random.randint(10, 300)))
    writer.write_eof()
    data = await reader.read()
    writer.close()
    if data and data[3] != 4:
        return f"{data[:40]}"


async def meets_the_wild_one(door):
    async with open_visit(door) as visit:
        kinds = random.choices(list(WILD), [20, 1, 1, 1, 1, 1, 0.3], k=random.randint(1, 4))
        problems = await asyncio.gather(*(one(outcome(wild[1:]), f"wild {wild[1:]}", visit, door) for wild in kinds))
        return "; ".join(filter(None, problems))


VISITS = [(asks_for_many_things, 20), (vanishes, 8), (does_not_read, 3), (talks_nonsense, 3), (meets_the_wild_one, 6)]


def test_faults_leave_nothing_behind(make_gateway, tmp_path):
    key, cert = certificate(tmp_path, "a.test")
    app, streams, wild = Origin(), H2Origin(), H2Origin()
    app.script.update(H1_APP)
    streams.script.update(STREAMS)
    wild.script.update(WILD)
    secure = free_port()
    gateway = make_gateway(FILE, origin=app.port, nobody=free_port(), streams=streams.port, wild=wild.port, secure=secure, key=key, cert=cert)
    door = types.SimpleNamespace(port=gateway.port, secure=secure, tls=trusting(cert), streams=collections.Counter())
    door.tls.set_alpn_protocols(["h2"])
    try:
        Soak(gateway, [app, streams, wild], VISITS, door).leaves_nothing()
        print(dict(door.streams), dict(WILDLY), f"{streams.connections} and {wild.connections} connections over h2c")
        assert set(door.streams) >= {name for _, _, name in KINDS}, "not everything was tried"
        # Its connections did fail, others came, and what they were asked for was there.
        assert WILDLY["good", "right"] > 10 and wild.connections > 5, WILDLY
    finally:
        for origin in (app, streams, wild):
            origin.stop()
