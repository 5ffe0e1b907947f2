"""Rules 48 to 58 over HTTP/2 against the gateway, with the strict recording origin behind it: whatever a client puts into fields and
frames, the origin is sent HTTP/1 without a flaw, and never more messages than were meant."""
import collections

import pytest

import h2wire
from h2wire import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PROTOCOL_ERROR, H2, block, frame
from test_corpus import CORPUS, INDEX
from wire import until

GET = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a.test")]
POST = [(":method", "POST"), *GET[1:]]
RESET = "malformed"
CASES = collections.defaultdict(list)


def case(rule, name, fields, expected, *body, trailers=None, **seen):
    """`expected`: RESET, a status of ours, or 200 with what the origin must have seen. Each of `body` is a DATA frame; the last frame ends
    the stream."""
    CASES[rule].append((name, fields, expected, body, trailers, seen))


def without(name):
    return [one for one in GET if one[0] != name]


def having(name, value, base=tuple(GET)):
    return [(key, value if key == name else old) for key, old in base]


for name, field in {"upper-case": ("X-A", "1"), "empty": ("", "1"), "colon": ("x:a", "1"), "space": ("x a", "1"), "tab": ("x\ta", "1"), "crlf": ("x\r\nevil", "1"),
                    "nul": ("x\0", "1"), "delete": ("x\x7f", "1"), "obs": ("x\xe9", "1"), "parenthesis": ("x(", "1"), "line": ("x: 1\r\ny", "1"),
                    "value-nul": ("x", "a\0b"), "value-cr": ("x", "a\rb"), "value-lf": ("x", "a\nb"), "value-split": ("x", "1\r\nevil: 1"),
                    "value-request": ("x", "1\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n"), "value-space": ("x", " a"), "value-space-behind": ("x", "a "),
                    "value-tab": ("x", "\ta"), "value-escape": ("x", "a\x1bb"), "cookie-split": ("cookie", "a=1\r\nevil: 1")}.items():
    case(48, name, [*GET, field], RESET)
case(48, "unusual-token", [*GET, ("x!#$%&'*+-^`|~9", "a")], 200, has={"x!#$%&'*+-^`|~9": "a"})
case(48, "obs-text", [*GET, ("x", "\xe9\xff")], 200, has={"x": "\xe9\xff"})
case(48, "inner-tab", [*GET, ("x", "a\tb")], 200, has={"x": "a\tb"})
case(48, "disguised", [*GET, ("x_auth_user", "root"), ("x.real.ip", "6.6.6.6")], 200, lacks=["x_auth_user", "x.real.ip"])
for name, value in (("connection", "close"), ("connection", "x-secret"), ("proxy-connection", "keep-alive"), ("keep-alive", "timeout=5"),
                    ("transfer-encoding", "chunked"), ("transfer-encoding", "identity"), ("upgrade", "h2c"), ("upgrade", "websocket"), ("te", "gzip"),
                    ("te", "trailers, deflate")):
    case(49, f"{name}-{value[:9]}", [*GET, (name, value)], RESET)
case(49, "chunked-with-body", [*POST, ("transfer-encoding", "chunked")], RESET, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n")
case(49, "te-trailers", [*GET, ("te", "trailers")], 200, lacks=["te"])
case(49, "leftovers", [*GET, ("proxy", "x"), ("http2-settings", "AA"), ("proxy-authorization", "x")], 200, lacks=["proxy", "http2-settings", "proxy-authorization"])
for name in (":method", ":scheme", ":path"):
    case(50, f"no-{name[1:]}", without(name), RESET)
    case(50, f"two-{name[1:]}s", [*GET, next(one for one in GET if one[0] == name)], RESET)
    case(50, f"late-{name[1:]}", [*without(name), ("x", "1"), next(one for one in GET if one[0] == name)], RESET)
    case(50, f"trailer-{name[1:]}", POST, RESET, "a", trailers=[(name, "/")])
for name, fields in {"two-authorities": [*GET, (":authority", "evil.test")], "unknown": [*GET, (":evil", "1")], "status": [*GET, (":status", "200")], "no-name": [*GET, (":", "1")],
                     "empty-path": having(":path", ""), "relative": having(":path", "x"), "absolute": having(":path", "http://a.test/"), "asterisk": having(":path", "*"),
                     "empty-method": having(":method", ""), "query-only": having(":path", "?x"), "nothing": []}.items():
    case(50, name, fields, RESET)
case(50, "options-asterisk", having(":path", "*", having(":method", "OPTIONS")), 204)
for name, path in {"space": "/a b", "split": "/ HTTP/1.1\r\nevil: 1\r\n\r\n", "version": "/ HTTP/1.1", "hash": "/a#b", "backslash": "/a\\b", "obs": "/\xe9", "nul": "/\0", "tab": "/\t",
                   "escape": "/%zz", "escaped-nul": "/%00", "escaped-crlf": "/%0d%0ax", "above": "/../x", "escaped-above": "/%2e%2e/x", "query-split": "/?a b"}.items():
    case(51, f"path-{name}", having(":path", path), {RESET, 400})
case(51, "path-long", having(":path", "/" + "a" * 9000), 414)
for name, method in {"space": "G T", "split": "GET / HTTP/1.1\r\nevil: 1\r\n\r\n", "long": "A" * 33, "nul": "G\0T", "obs": "G\xe9T", "colon": "GET:"}.items():
    case(51, f"method-{name}", having(":method", method), {RESET, 400})
case(51, "method-trace", having(":method", "TRACE"), 405)
case(51, "method-unknown", having(":method", "PROPFIND"), 200, method="PROPFIND")
for scheme in ("https", "ftp", "", "http\r\n"):
    case(51, f"scheme-{scheme.strip() or 'empty'}{len(scheme)}", having(":scheme", scheme), {RESET, 400})
case(51, "normalised", having(":path", "/a/%2e%2E/b//%61?x=%61/../{"), 200, target="/b/a?x=%61/../%7B")
case(51, "encoded-slash", having(":path", "/strip%2fy"), 200, target="/strip%2Fy")
for name, value in {"empty": "", "user": "u@a.test", "list": "a.test, evil.test", "port": "a.test:99999", "slash": "a.test/x", "escape": "a%2etest", "split": "a.test\r\nevil: 1",
                    "space": "a .test", "two-dots": "a..test", "bracket": "[::1"}.items():
    case(52, f"authority-{name}", having(":authority", value), {RESET, 400})
    case(52, f"host-{name}", [*without(":authority"), ("host", value)], {RESET, 400})
case(52, "none", without(":authority"), {RESET, 400})
case(52, "differ", [*GET, ("host", "evil.test")], 400)
case(52, "two-hosts", [*without(":authority"), ("host", "a.test"), ("host", "a.test")], {RESET, 400})
case(52, "host-alone", [*without(":authority"), ("host", "A.Test.")], 200)
case(52, "both", [*GET, ("host", "a.test:80")], 200)
case(52, "unknown", having(":authority", "nobody.test"), 404)
for name, (length, *pieces) in {"short": ("5", "1234"), "long": ("5", "123456"), "pieces": ("5", "123", "123"), "none": ("5",), "plus": ("+5", "12345"), "list": ("5, 5", "12345"),
                                "hex": ("0x5", "12345"), "empty": ("", "1"), "huge": ("9" * 30, "1"), "smuggled": ("4", "GET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n")}.items():
    case(53, name, [*POST, ("content-length", length)], RESET, *pieces)
# What is stated to be empty is whole with its head: that much is forwarded, and no more.
case(53, "zero", [*POST, ("content-length", "0")], RESET, "1", meant=2)
case(53, "two-lengths", [*POST, ("content-length", "5"), ("content-length", "5")], RESET, "12345")
case(53, "right", [*POST, ("content-length", "5")], 200, "123", "45", body="12345", has={"content-length": "5"}, lacks=["transfer-encoding"])
case(54, "chunked", POST, 200, "ab", "", "c", body="abc", has={"transfer-encoding": "chunked"}, lacks=["content-length"])
case(54, "empty-post", POST, 200, has={"content-length": "0"}, lacks=["transfer-encoding"])
case(54, "get", GET, 200, lacks=["content-length", "transfer-encoding"])
case(54, "body-holds-a-request", POST, 200, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n")
case(54, "trailers", POST, 200, "a", trailers=[("x-sum", "7"), ("host", "evil"), ("authorization", "x"), ("x_under", "1")], sum="7")
case(54, "expect", [*POST, ("expect", "100-continue")], 200, "ab", body="ab", has={"expect": "100-continue"})
case(54, "expect-other", [*POST, ("expect", "200-ok")], 417, "ab")
case(55, "crumbs", [*GET, ("cookie", "a=1"), ("x", "1"), ("cookie", "b=2")], 200, has={"cookie": "a=1; b=2"})
case(55, "ninety-crumbs", [*GET, *[("cookie", "a=1")] * 90, *[("x", "1")] * 15], 200)
case(55, "too-many-crumbs", [*GET, *[("cookie", "a=1")] * 300], 431)
case(55, "too-long-crumbs", [*GET, *[("cookie", "a" * 4000)] * 5], 431)
case(64, "too-many-fields", [*GET, *[("x", "1")] * 101], 431)
for name, field in {"upper-case": ("X", "1"), "split": ("x", "1\r\ny: 2"), "connection": ("connection", "close"), "empty": ("", "1"), "space": ("x", " a"), "length": ("content-length", "9")}.items():
    case(57, f"trailer-{name}", POST, RESET, "a", trailers=[field])
case(58, "connect", [(":method", "CONNECT"), (":authority", "a.test:80")], 405)
case(58, "connect-elsewhere", [(":method", "CONNECT"), (":authority", "evil.test:25")], 405)
case(58, "connect-whole", having(":method", "CONNECT"), RESET)
case(58, "protocol-without-connect", [*GET, (":protocol", "websocket")], RESET)
case(58, "protocol-other", [*having(":method", "CONNECT"), (":protocol", "connect-udp")], 501)
case(58, "protocol-empty", [*having(":method", "CONNECT"), (":protocol", "")], RESET)


def frames(stream, fields, body=(), trailers=None):
    """The request as frames; the last one ends it."""
    text, out = block(fields), b""
    pieces = [text[at:at + 16000] for at in range(0, len(text), 16000)] or [b""]
    last = not body and trailers is None
    for position, piece in enumerate(pieces):
        flags = (END_HEADERS if position == len(pieces) - 1 else 0) | (END_STREAM if last and position == 0 else 0)
        out += frame(CONTINUATION if position else HEADERS, flags, stream, piece)
    for position, piece in enumerate(body):
        out += frame(DATA, END_STREAM if trailers is None and position == len(body) - 1 else 0, stream, h2wire.raw(piece))
    if trailers is not None:
        out += frame(HEADERS, END_HEADERS | END_STREAM, stream, block(trailers))
    return out


def check_seen(message, seen):
    for name in ("target", "method"):
        if name in seen:
            assert getattr(message, name) == seen[name]
    if "body" in seen:
        assert message.body.decode("latin-1") == seen["body"]
    for name, value in seen.get("has", {}).items():
        assert message.all(name) == [value]
    for name in seen.get("lacks", ()):
        assert message.all(name) == []
    if "sum" in seen:
        assert message.trailers == [("x-sum", seen["sum"])]


def run(gateway, origin, fields, expected, body, trailers, seen):
    with H2(gateway.port) as client:
        client.send(frames(1, fields, body, trailers))
        answer = client.answer(1)
        came = RESET if answer.reset == PROTOCOL_ERROR else answer.status
        assert came in (expected if isinstance(expected, set) else {expected}), answer
        # The connection serves the next stream as if nothing had been.
        client.get(3, "/next")
        assert client.answer(3).status == 200
    intended = seen.get("meant", 2 if expected == 200 else 1)
    assert until(lambda: len(origin.complete()) >= intended)
    assert [one.target for one in origin.complete()][-1] == "/next"
    if expected == 200:
        check_seen(origin.complete()[0], seen)
    assert len(origin.complete()) == intended
    assert origin.irregularities == []
    assert gateway.process.poll() is None


def rule_test(cases):
    @pytest.mark.parametrize("one", cases, ids=[case[0] for case in cases])
    def test(one, gateway, origin):
        run(gateway, origin, *one[1:])

    return test


for number, cases_of_rule in sorted(CASES.items()):
    globals()[f"test_rule_{number:02}"] = rule_test(cases_of_rule)


def translated(data):
    """A hostile HTTP/1 request as fields and a body of HTTP/2, with every byte that is in it."""
    first, *lines = data.split(b"\r\n\r\n")[0].split(b"\r\n")
    method, _, target = first.partition(b" ")
    fields = [line.partition(b":")[::2] for line in lines]
    host = next((value.strip() for name, value in fields if name.lower() == b"host"), b"a.test")
    rest = [(name.lower(), value.strip(b" ")) for name, value in fields if name.lower() not in (b"host", b"connection")]
    pseudo = [(b":method", method), (b":scheme", b"http"), (b":path", target.rpartition(b" ")[0] or target), (b":authority", host)]
    return [*pseudo, *rest], data.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("entry", INDEX, ids=[one["file"][:-5] for one in INDEX])
def test_what_is_hostile_in_http_1_is_no_less_so_here(entry, gateway, origin):
    fields, body = translated((CORPUS / entry["file"]).read_bytes())
    with H2(gateway.port) as client:
        client.send(frames(1, fields, [body[:16000]] if body else ()))
        client.answer(1)
        client.get(3, "/next")
        assert client.answer(3).status == 200
    assert until(lambda: any(one.target == "/next" for one in origin.complete()))
    assert len(origin.messages) <= 2
    assert origin.irregularities == []
