#!/usr/bin/env python3
"""Writes corpus/: one file of raw bytes for each hostile request, and index.json with what must come of it.

Run it after changing the table, and commit what it writes; test_corpus.py fails when the two differ.
"""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus"
HOST = "Host: a.test\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
cases = []


def raw(first="GET / HTTP/1.1", fields="", body="", host=HOST):
    return f"{first}\r\n{host}{fields}\r\n{body}"


def case(rule, name, data, **expect):
    data = data.encode("latin-1") if isinstance(data, str) else data
    cases.append(({"file": f"{rule:02}-{name}.http", "rule": rule, **expect}, data))


def refuse(rule, name, data, status=400, closes=True):
    """Answered with `status`, nothing complete reaches the origin, and the connection ends."""
    case(rule, name, data, verdict="refused", status=[status], closes=closes)


def forward(rule, name, data, messages=1, **seen):
    """Reaches the origin. seen: target, has {name: value}, lacks [name], body, method."""
    case(rule, name, data, verdict="forwarded", messages=messages, **seen)


def post(fields, body="", version="1.1"):
    return raw(f"POST / HTTP/{version}", fields, body)


# 3a. Framing
refuse(1, "length-then-chunked", post("Content-Length: 5\r\n" + CHUNKED, "0\r\n\r\n"))
refuse(1, "chunked-then-length", post(CHUNKED + "Content-Length: 5\r\n", "0\r\n\r\n"))
refuse(1, "smuggled-request", post("Content-Length: 6\r\n" + CHUNKED, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"))
refuse(1, "length-zero-and-chunked", post("Content-Length: 0\r\n" + CHUNKED, "0\r\n\r\n"))
refuse(2, "chunked-and-length-in-1.0", post(CHUNKED + "Content-Length: 5\r\n", "0\r\n\r\n", "1.0"))
refuse(2, "chunked-in-1.0", post(CHUNKED, "0\r\n\r\n", "1.0"))
refuse(3, "gzip-chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501)
refuse(3, "unknown-coding", post("Transfer-Encoding: cow\r\n", "0\r\n\r\n"), 501)
# A coding that we do not know is refused when its line is read, before the length beside it counts.
refuse(3, "unknown-coding-and-length", post("Transfer-Encoding: cow\r\nContent-Length: 5\r\n", "hello"), 501)
for name, value in {"chunked-gzip": "chunked, gzip", "identity": "identity", "leading-comma": ",chunked", "trailing-comma": "chunked,",
                    "twice": "chunked, chunked", "vertical-tab": "\x0bchunked", "empty": "", "parameter": "chunked;q=1",
                    "quoted": '"chunked"', "inner-space": "chun ked"}.items():
    refuse(3, f"te-{name}", post(f"Transfer-Encoding: {value}\r\n", "0\r\n\r\n"))
# A token like any other: a coding that we do not have, and no list that lies.
refuse(3, "te-suffix", post("Transfer-Encoding: chunkedd\r\n", "0\r\n\r\n"), 501)
forward(3, "te-nominated", post("Connection: transfer-encoding\r\n" + CHUNKED, "2\r\nhi\r\n0\r\n\r\n"), body="hi")
forward(3, "te-blanks-around", post("Transfer-Encoding: \t chunked \t\r\n", "2\r\nhi\r\n0\r\n\r\n"), body="hi")
refuse(3, "te-two-lines", post(CHUNKED + CHUNKED, "0\r\n\r\n"))
refuse(3, "te-two-lines-identity", post(CHUNKED + "Transfer-Encoding: identity\r\n", "0\r\n\r\n"))
forward(3, "te-case", post("Transfer-Encoding: ChUnKeD\r\n", "2\r\nhi\r\n0\r\n\r\n"), body="hi")
refuse(4, "two-equal-lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"))
refuse(4, "two-lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "hi!"))
refuse(4, "length-list", post("Content-Length: 2, 2\r\n", "hi"))
for name, value in {"plus": "+5", "minus": "-1", "hex": "0x5", "underscore": "5_0", "space": "5 5", "empty": "", "decimal": "5.0",
                    "exponent": "5e0", "letter": "5a", "overflow-63": "9223372036854775808", "overflow-64": "18446744073709551616",
                    "huge": "9" * 40, "quoted": '"5"', "comma": "5,", "superscript": "\xb2"}.items():
    refuse(5, f"length-{name}", post(f"Content-Length: {value}\r\n", "hello"))
forward(5, "length-leading-zeros", post("Content-Length: 0005\r\n", "hello"), body="hello")
forward(5, "length-zero", post("Content-Length: 0\r\n"), body="")
for name, size in {"hex-prefix": "0x5", "underscore": "0_5", "plus": "+5", "minus": "-5", "leading-space": " 5", "trailing-space": "5 ",
                   "overflow": "1" + "0" * 16, "wrap": "ffffffffffffffff1", "empty": "", "letter": "g", "nul": "5\0", "tab": "5\t"}.items():
    refuse(6, f"chunk-{name}", post(CHUNKED, f"{size}\r\nhello\r\n0\r\n\r\n"))
refuse(6, "chunk-seventeen-digits", post(CHUNKED, "0" * 16 + "5\r\nhello\r\n0\r\n\r\n"))
forward(6, "chunk-sixteen-digits", post(CHUNKED, "0" * 15 + "5\r\nhello\r\n" + "0" * 16 + "\r\n\r\n"), body="hello")
refuse(6, "chunk-largest", post(CHUNKED, "ffffffffffffffff\r\nhello"))
forward(6, "chunk-upper-case-hex", post(CHUNKED, "A\r\n0123456789\r\n0\r\n\r\n"), body="0123456789")
forward(6, "chunk-leading-zeros", post(CHUNKED, "0005\r\nhello\r\n0\r\n\r\n"), body="hello")
refuse(7, "chunk-line-bare-lf", post(CHUNKED, "5\nhello\r\n0\r\n\r\n"))
refuse(7, "chunk-data-bare-lf", post(CHUNKED, "5\r\nhello\n0\r\n\r\n"))
refuse(7, "chunk-data-too-long", post(CHUNKED, "5\r\nhelloo\r\n0\r\n\r\n"))
refuse(7, "chunk-data-too-short", post(CHUNKED, "6\r\nhello\r\n0\r\n\r\n"))
refuse(7, "last-chunk-bare-lf", post(CHUNKED, "5\r\nhello\r\n0\n\r\n"))
refuse(7, "chunk-line-bare-cr", post(CHUNKED, "5\rX\nhello\r\n0\r\n\r\n"))
refuse(7, "chunk-end-bare-lf", post(CHUNKED, "5\r\nhello\r\n0\r\n\n"))
forward(8, "chunk-extension", post(CHUNKED, '5;a=b;c="d"\r\nhello\r\n0;z\r\n\r\n'), body="hello")
refuse(8, "chunk-extension-line", post(CHUNKED, "5;" + "a" * 5000 + "\r\nhello\r\n0\r\n\r\n"))
refuse(8, "chunk-extensions-sum", post(CHUNKED, ("1;" + "a" * 3000 + "\r\nx\r\n") * 7 + "0\r\n\r\n"))
refuse(8, "chunk-extension-bare-lf", post(CHUNKED, "5;a\nb\r\nhello\r\n0\r\n\r\n"))
refuse(8, "chunk-extension-bare-cr", post(CHUNKED, "5;a\rb\r\nhello\r\n0\r\n\r\n"))
refuse(8, "chunk-extension-nul", post(CHUNKED, "5;a\0b\r\nhello\r\n0\r\n\r\n"))
forward(9, "trailer", post(CHUNKED + "Trailer: X-Sum\r\n", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), body="hello")
forward(9, "trailer-forbidden", post(CHUNKED, "2\r\nhi\r\n0\r\nHost: evil\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n"
                                     "Connection: close\r\nAuthorization: x\r\nCookie: a=b\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), body="hi",
        no_trailers=["host", "content-length", "transfer-encoding", "connection", "authorization", "cookie", "x-forwarded-for"])
forward(9, "trailer-conditions", post(CHUNKED, "0\r\nIf-Match: x\r\nIf-None-Match: x\r\nRange: x\r\nX_Under: 1\r\nX-Sum: 1\r\n\r\n"),
        no_trailers=["if-match", "if-none-match", "range", "x_under"])
forward(9, "trailer-routing", post(CHUNKED, "0\r\nForwarded: for=1\r\nX-Real-IP: 1\r\nX-Original-URL: /\r\nVia: 1.1 x\r\nTrailer: x\r\nUpgrade: h2c\r\nProxy: x\r\n\r\n"),
        no_trailers=["forwarded", "x-real-ip", "x-original-url", "via", "trailer", "upgrade", "proxy"])
refuse(9, "trailer-count", post(CHUNKED, "0\r\n" + "".join(f"X-{i}: 1\r\n" for i in range(40)) + "\r\n"))
refuse(9, "trailer-bytes", post(CHUNKED, "0\r\n" + "".join(f"X-{i}: {'y' * 1000}\r\n" for i in range(10)) + "\r\n"))
refuse(9, "trailer-name", post(CHUNKED, "0\r\nX Y: 1\r\n\r\n"))
refuse(9, "trailer-fold", post(CHUNKED, "0\r\nX: 1\r\n 2\r\n\r\n"))
refuse(9, "trailer-nul", post(CHUNKED, "0\r\nX: 1\0\r\n\r\n"))
refuse(9, "trailer-bare-lf", post(CHUNKED, "0\r\nX: 1\n\r\n"))
refuse(10, "request-line-bare-lf", "GET / HTTP/1.1\nHost: a.test\r\n\r\n")
refuse(10, "field-bare-lf", "GET / HTTP/1.1\r\nHost: a.test\nX: 1\r\n\r\n")
refuse(10, "end-bare-lf", "GET / HTTP/1.1\r\nHost: a.test\r\n\n")
refuse(10, "all-bare-lf", "GET / HTTP/1.1\nHost: a.test\n\n")
refuse(10, "bare-cr-in-value", raw(fields="X: a\rb\r\n"))
refuse(10, "bare-cr-in-name", raw(fields="X\ra: b\r\n"))
refuse(10, "bare-cr-in-request-line", "GET /\r HTTP/1.1\r\nHost: a.test\r\n\r\n")
refuse(10, "bare-cr-line-end", "GET / HTTP/1.1\rHost: a.test\r\n\r\n")
refuse(10, "cr-cr-lf", "GET / HTTP/1.1\r\nHost: a.test\r\nX: 1\r\r\n\r\n")
for name, byte in {"nul": "\0", "bell": "\x07", "escape": "\x1b", "delete": "\x7f", "vertical-tab": "\x0b", "form-feed": "\x0c", "backspace": "\x08"}.items():
    refuse(11, f"value-{name}", raw(fields=f"X: a{byte}b\r\n"))
forward(11, "value-tab", raw(fields="X: a\tb\r\n"), has={"x": "a\tb"})
forward(11, "value-obs-text", raw(fields="X: \xe9\xff\x80\r\n"), has={"x": "\xe9\xff\x80"})
refuse(12, "fold-space", raw(fields="X: a\r\n b\r\n"))
refuse(12, "fold-tab", raw(fields="X: a\r\n\tb\r\n"))
refuse(12, "fold-of-host", "GET / HTTP/1.1\r\nHost: a.test\r\n .evil\r\n\r\n")
refuse(12, "fold-of-te", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"))
refuse(12, "fold-empty", raw(fields="X: a\r\n \r\n"))
refuse(13, "space-before-colon", raw(fields="X : a\r\n"))
refuse(13, "tab-before-colon", raw(fields="X\t: a\r\n"))
refuse(13, "length-space-colon", post("Content-Length : 5\r\n", "hello"))
refuse(13, "te-space-colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"))
refuse(13, "space-after-request-line", "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n")
refuse(13, "blank-after-request-line", "GET / HTTP/1.1\r\n \r\nHost: a.test\r\n\r\n")
for name, line in {"empty": ": a", "no-colon": "novalue", "parenthesis": "X(: a", "slash": "X/Y: a", "at": "X@: a", "quote": 'X": a',
                   "obs": "X\xe9: a", "nul": "X\0: a", "comma": "X,Y: a", "bracket": "X[0]: a", "semicolon": "X;: a", "equals": "X=: a"}.items():
    refuse(14, f"name-{name}", raw(fields=line + "\r\n"))
forward(14, "name-underscore", raw(fields="X_Auth_User: root\r\nX_Forwarded_For: 1.1.1.1\r\n"), lacks=["x_auth_user", "x_forwarded_for"])
forward(14, "name-dot", raw(fields="X.Auth.User: root\r\n"), lacks=["x.auth.user"])
forward(14, "name-unusual-token", raw(fields="X!#$%&'*+-^`|~9: a\r\n"), has={"x!#$%&'*+-^`|~9": "a"})
forward(15, "one-leading-crlf", "\r\n" + raw())
forward(15, "two-leading-crlf", "\r\n\r\n" + raw())
refuse(15, "three-leading-crlf", "\r\n\r\n\r\n" + raw())
refuse(15, "leading-lf", "\n" + raw())
for name, first in {"two-spaces-before-target": "GET  / HTTP/1.1", "two-spaces-before-version": "GET /  HTTP/1.1", "tab": "GET\t/\tHTTP/1.1",
                    "trailing-space": "GET / HTTP/1.1 ", "leading-space": " GET / HTTP/1.1", "extra-word": "GET / x HTTP/1.1"}.items():
    refuse(15, name, raw(first))
for name, method in {"parenthesis": "G(T", "at": "G@T", "obs": "G\xe9T", "nul": "G\0T", "long": "A" * 33, "colon": "GET:", "empty": ""}.items():
    refuse(16, f"method-{name}", raw(f"{method} / HTTP/1.1"))
forward(16, "method-unknown", raw("PROPFIND / HTTP/1.1"), method="PROPFIND")
forward(16, "method-lower-case", raw("get / HTTP/1.1"), method="get")
forward(16, "method-32", raw("A" * 32 + " / HTTP/1.1"), method="A" * 32)
refuse(16, "trace", raw("TRACE / HTTP/1.1"), 405, closes=False)
refuse(16, "connect", "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n", 405, closes=False)
refuse(16, "connect-other", "CONNECT evil.test:25 HTTP/1.1\r\nHost: evil.test:25\r\n\r\n", 405, closes=False)
for name, version in {"0.9": "HTTP/0.9", "lower-case": "http/1.1", "1.2": "HTTP/1.2", "two-digits": "HTTP/1.10", "zero": "HTTP/01.1", "space": "HTTP/ 1.1",
                      "none": "", "word": "HTTPS/1.1", "sign": "HTTP/+1.1", "letter": "HTTP/1.x"}.items():
    refuse(17, f"version-{name}", raw(f"GET / {version}"), 400)
refuse(17, "version-missing", "GET /\r\n")
refuse(17, "version-2.0", raw("GET / HTTP/2.0"), 505)
refuse(17, "version-3.0", raw("GET / HTTP/3.0"), 505)
# The preface is HTTP/2 where a connection begins, and nowhere else.
refuse(18, "http2-preface-in-lower-case", "pri * http/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
refuse(18, "tls-hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(505))
refuse(19, "long-target", raw("GET /" + "a" * 17000 + " HTTP/1.1"), 414)
refuse(19, "long-field", raw(fields="X: " + "a" * 9000 + "\r\n"), 431)
refuse(19, "long-name", raw(fields="X" * 9000 + ": a\r\n"), 431)
refuse(19, "long-head", raw(fields="".join(f"X-{i}: {'a' * 1000}\r\n" for i in range(80))), 431)
refuse(19, "many-fields", raw(fields="".join(f"X-{i}: a\r\n" for i in range(120))), 431)
refuse(19, "head-never-ends", "GET / HTTP/1.1\r\nHost: a.test\r\nX: ", 408)
case(19, "nothing-sent", "", verdict="silent")
refuse(20, "host-missing", raw(host=""))
refuse(20, "host-twice", raw(host=HOST + HOST))
refuse(20, "host-twice-different", raw(host=HOST + "Host: evil.test\r\n"))
for name, value in {"comma": "a.test, evil.test", "userinfo": "user@a.test", "percent": "a%2etest", "port-too-large": "a.test:65536", "port-word": "a.test:http",
                    "space": "a .test", "slash": "a.test/x", "question": "a.test?x", "hash": "a.test#x", "quote": 'a".test', "obs": "a\xe9.test",
                    "bracket": "[::1", "two-ports": "a.test:80:80", "backslash": "a.test\\x", "port-minus": "a.test:-1", "less": "<a.test>"}.items():
    refuse(20, f"host-{name}", raw(host=f"Host: {value}\r\n"))
for name, value in {"nul": "a.test\0", "tab": "a\t.test", "two-dots": "a..test", "dots-at-the-end": "a.test..", "port-zero": "a.test:0", "port-plus": "a.test:+80",
                    "zone": "[fe80::1%25eth0]", "bracket-name": "[a.test]", "literal-and-more": "[::1]x", "long": "a" * 254, "at-the-end": "a.test@"}.items():
    refuse(20, f"host-{name}", raw(host=f"Host: {value}\r\n"))
refuse(20, "host-missing-behind-absolute-form", raw("GET http://a.test/ HTTP/1.1", host=""))
refuse(20, "host-empty-behind-absolute-form", raw("GET http://a.test/ HTTP/1.1", host="Host:\r\n"))
forward(20, "host-port-empty", raw(host="Host: a.test:\r\n"))
forward(20, "host-upper-case", raw(host="Host: A.TEST\r\n"))
forward(20, "host-trailing-dot", raw(host="Host: a.test.\r\n"))
forward(20, "host-port", raw(host="Host: a.test:8080\r\n"))
refuse(20, "host-unknown", raw(host="Host: nobody.test\r\n"), 404, closes=False)
refuse(20, "host-empty", raw(host="Host:\r\n"))
# HTTP/1.0 knows no Host: the request is well formed, and no route is for "any host" here.
refuse(20, "host-missing-in-1.0", "GET / HTTP/1.0\r\n\r\n", 404)
forward(21, "absolute-form", raw("GET http://a.test/x?y=z HTTP/1.1"), target="/x?y=z")
forward(21, "absolute-form-no-path", raw("GET http://a.test HTTP/1.1"), target="/")
forward(21, "absolute-form-query-only", raw("GET http://a.test?y HTTP/1.1"), target="/?y")
forward(21, "absolute-form-scheme-case", raw("GET HTTP://a.test/x HTTP/1.1"), target="/x")
forward(21, "absolute-form-default-port", raw("GET http://a.test:80/x HTTP/1.1"), target="/x")
forward(21, "absolute-form-in-1.0", raw("GET http://a.test/x HTTP/1.0", host=""), target="/x")
forward(21, "absolute-form-normalised", raw("GET http://A.test.//y/../x HTTP/1.1"), target="/x")
refuse(21, "absolute-form-other-port", raw("GET http://a.test:81/ HTTP/1.1"))
refuse(21, "absolute-form-other-host", raw("GET http://evil.test/ HTTP/1.1"))
refuse(21, "absolute-form-https", raw("GET https://a.test/ HTTP/1.1"))
refuse(21, "absolute-form-ftp", raw("GET ftp://a.test/ HTTP/1.1"))
refuse(21, "absolute-form-userinfo", raw("GET http://u:p@a.test/ HTTP/1.1"))
refuse(21, "absolute-form-no-host", raw("GET http:///x HTTP/1.1"))
case(22, "options-asterisk", raw("OPTIONS * HTTP/1.1"), verdict="refused", status=[204], closes=False)
case(22, "options-absolute-without-path", raw("OPTIONS http://a.test HTTP/1.1"), verdict="refused", status=[204], closes=False)
forward(22, "options-with-path", raw("OPTIONS /x HTTP/1.1"), target="/x")
refuse(22, "asterisk-and-more", raw("OPTIONS *x HTTP/1.1"))
refuse(22, "asterisk-and-query", raw("OPTIONS *?x HTTP/1.1"))
refuse(22, "get-asterisk", raw("GET * HTTP/1.1"))
refuse(22, "authority-form", raw("GET a.test:80 HTTP/1.1"))
refuse(22, "relative", raw("GET x HTTP/1.1"))
refuse(22, "query-only", raw("GET ?x HTTP/1.1"))
for name, char in {"quote": '"', "less": "<", "greater": ">", "backslash": "\\", "caret": "^", "backtick": "`", "brace": "{", "close-brace": "}", "bar": "|",
                   "hash": "#", "obs": "\xe9", "delete": "\x7f", "nul": "\0", "control": "\x01"}.items():
    refuse(23, f"target-{name}", raw(f"GET /a{char}b HTTP/1.1"))
    if char in "\\^`{}|":  # what browsers leave in a query
        forward(23, f"query-{name}", raw(f"GET /a?x{char}b HTTP/1.1"), target=f"/a?x%{ord(char):02X}b")
    else:
        refuse(23, f"query-{name}", raw(f"GET /a?{char}b HTTP/1.1"))

# 3b. Path
for name, path in {"zz": "/%zz", "short": "/%a", "bare": "/a%", "nul": "/a%00b", "half": "/%4"}.items():
    refuse(24, f"escape-{name}", raw(f"GET {path} HTTP/1.1"))
for name, path in {"cr": "/a%0db", "lf": "/a%0Ab"}.items():
    refuse(24, f"escape-{name}", raw(f"GET {path} HTTP/1.1"))
refuse(24, "escape-crlf-in-rewritten-path", raw("GET /strip/a%0d%0ab HTTP/1.1"))
for name, (path, result) in {"unreserved": ("/%61%2d%7e", "/a-~"), "hex-case": ("/%c3%a9", "/%C3%A9"), "dot": ("/a/./b", "/a/b"), "dot-dot": ("/a/../b", "/b"),
                             "encoded-dots": ("/a/%2e%2E/b", "/b"), "last-dot-dot": ("/a/b/..", "/a/"), "query-untouched": ("/a?b=%61/../c", "/a?b=%61/../c"),
                             "last-dot": ("/a/.", "/a/")}.items():
    forward(25, f"normalise-{name}", raw(f"GET {path} HTTP/1.1"), target=result)
forward(25, "double-slash", raw("GET /a//b HTTP/1.1"), target="/a/b")
for name, path in {"above-root": "/../x", "encoded-above-root": "/%2e%2e/x", "deep-above-root": "/a/../../x"}.items():
    refuse(25, name, raw(f"GET {path} HTTP/1.1"))
forward(25, "normalise-once", raw("GET /%252e%252e/x HTTP/1.1"), target="/%252e%252e/x")
forward(25, "double-slash-first", raw("GET //evil.test/x HTTP/1.1"), target="/evil.test/x")
forward(26, "matched-is-forwarded", raw("GET /x/../strip/y HTTP/1.1"), target="/y")
forward(26, "encoded-prefix-is-matched", raw("GET /%73trip/y HTTP/1.1"), target="/y")
forward(27, "encoded-slash-kept", raw("GET /a%2fb HTTP/1.1"), target="/a%2Fb")
forward(27, "encoded-slash-is-no-segment", raw("GET /strip%2fy HTTP/1.1"), target="/strip%2Fy")
forward(27, "encoded-backslash-kept", raw("GET /a%5cb HTTP/1.1"), target="/a%5Cb")
forward(27, "encoded-slash-behind-dots", raw("GET /strip/%2e%2e%2fx HTTP/1.1"), target="/..%2Fx")
forward(28, "strip", raw("GET /strip/x?y HTTP/1.1"), target="/x?y")
forward(28, "strip-to-root", raw("GET /strip HTTP/1.1"), target="/")
# Slashes are merged and dot segments removed before anything is matched: nothing of them is left to strip a prefix from.
forward(28, "strip-leaves-double-slash", raw("GET /strip//evil.test/x HTTP/1.1"), target="/evil.test/x")
forward(28, "strip-leaves-dot-segment", raw("GET /strip/%2e%2e/x HTTP/1.1"), target="/x")
forward(28, "strip-whole-segments-only", raw("GET /stripx HTTP/1.1"), target="/stripx")
forward(29, "parameters-literal", raw("GET /a;b=c/d;e HTTP/1.1"), target="/a;b=c/d;e")
forward(29, "case-sensitive", raw("GET /STRIP/x HTTP/1.1"), target="/STRIP/x")

# 3c. Hop-by-hop
forward(30, "nominated", raw(fields="Connection: X-Secret, close\r\nX-Secret: 1\r\n"), lacks=["x-secret"])
forward(30, "nominated-case", raw(fields="CONNECTION: x-SECRET\r\nX-Secret: 1\r\n"), lacks=["x-secret"])
forward(30, "nominated-two-lines", raw(fields="Connection: keep-alive\r\nConnection: X-Secret\r\nX-Secret: 1\r\n"), lacks=["x-secret"])
forward(30, "leftovers", raw(fields="Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers, gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
        lacks=["keep-alive", "proxy-connection", "te", "upgrade", "http2-settings"])
for name in ("X_Forwarded_For", "X.Real.IP", "X-Request-ID", "Via", "True-Client-IP", "X-Original-URL", "X-Forwarded-Proto"):
    refuse(31, f"nominates-{name.lower()}", raw(fields=f"Connection: close, {name}\r\n"))
refuse(31, "nominates-no-token", raw(fields="Connection: a b\r\n"))
forward(30, "nominated-trailer", post("Connection: X-Secret\r\n" + CHUNKED, "0\r\nX-Secret: 1\r\n\r\n"), no_trailers=["x-secret"])
for name in ("Host", "Content-Length", "Content-Type", "Cookie", "Authorization", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"):
    refuse(31, f"nominates-{name.lower()}", raw(fields=f"Connection: {name}\r\n"))
forward(32, "proxy-fields", raw(fields="Proxy: http://evil.test\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: Basic\r\n"),
        lacks=["proxy", "proxy-authorization", "proxy-authenticate"])
forward(33, "via-added", raw(), contains={"via": "spaceport"})
forward(33, "via-appended", raw(fields="Via: 1.1 other\r\n"), contains={"via": "spaceport"})
refuse(33, "via-loop", raw(fields="Via: 1.1 spaceport, 1.1 spaceport, 1.1 spaceport\r\n"), 508, closes=False)
case(33, "max-forwards-at-its-end", raw("OPTIONS /x HTTP/1.1", "Max-Forwards: 0\r\n"), verdict="refused", status=[204], closes=False)
forward(33, "max-forwards-counted", raw("OPTIONS /x HTTP/1.1", "Max-Forwards: 7\r\n"), has={"max-forwards": "6"})
forward(34, "h2c-upgrade", raw(fields="Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
        lacks=["upgrade", "http2-settings"])
forward(34, "other-upgrade", raw(fields="Connection: Upgrade\r\nUpgrade: irc\r\n"), lacks=["upgrade"])
WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
refuse(34, "websocket-without-key", raw(fields=WEBSOCKET.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")))
refuse(34, "websocket-two-keys", raw(fields=WEBSOCKET + "Sec-WebSocket-Key: eGhlIHNhbXBsZSBub25jZQ==\r\n"))
refuse(34, "websocket-key-nominated", raw(fields=WEBSOCKET.replace("Connection: ", "Connection: Sec-WebSocket-Key, ")))
# What asks for a WebSocket and cannot have one is an ordinary request without its Upgrade (RFC 9110 §7.8: a server may ignore it).
forward(34, "websocket-post", raw("POST / HTTP/1.1", WEBSOCKET + "Content-Length: 0\r\n"), lacks=["upgrade"])
forward(34, "websocket-1.0", raw("GET / HTTP/1.0", WEBSOCKET), lacks=["upgrade"])
refuse(35, "websocket-with-length", raw(fields=WEBSOCKET + "Content-Length: 5\r\n", body="hello"))
refuse(35, "websocket-with-chunked", raw(fields=WEBSOCKET + CHUNKED, body="0\r\n\r\n"))
forward(35, "request-behind-refused-upgrade", raw(fields=WEBSOCKET) + raw("GET /second HTTP/1.1"), messages=2)
for name, value in {"other": "200-ok", "list": "100-continue, x", "empty": "", "parameter": "100-continue;q=1"}.items():
    refuse(37, f"expect-{name}", post(f"Expect: {value}\r\nContent-Length: 2\r\n", "hi"), 417)
forward(37, "expect-without-body", raw(fields="Expect: 100-continue\r\n"), lacks=["expect"])
forward(37, "expect-in-1.0", post("Expect: 100-continue\r\nContent-Length: 2\r\n", "hi", "1.0"), body="hi", lacks=["expect"])
forward(37, "expect-case", post("Expect: 100-Continue\r\nContent-Length: 2\r\n", "hi"), body="hi")

# 3d. Bodies
refuse(42, "body-cut", post("Content-Length: 10\r\n", "hello"), 408)
refuse(42, "chunked-cut", post(CHUNKED, "5\r\nhello\r\n"), 408)
refuse(43, "length-over-limit", raw("POST /limited HTTP/1.1", "Content-Length: 100000\r\n"), 413)
refuse(43, "chunks-over-limit", raw("POST /limited HTTP/1.1", CHUNKED, "400\r\n" + "a" * 1024 + "\r\n1\r\na\r\n0\r\n\r\n"), 413, closes=False)  # the body is whole: the connection is in step
forward(44, "get-with-body", raw(fields="Content-Length: 5\r\n", body="hello"), body="hello", method="GET")
forward(44, "delete-with-chunked-body", raw("DELETE / HTTP/1.1", CHUNKED, "5\r\nhello\r\n0\r\n\r\n"), body="hello")
forward(44, "body-holds-a-request", post("Content-Length: 36\r\n", "GET /smuggled HTTP/1.1\r\nHost: a.te\r\n"), messages=1)
forward(47, "http-1.0", raw("GET / HTTP/1.0"))
forward(47, "pipelined", raw("GET /1 HTTP/1.1") + raw("GET /2 HTTP/1.1") + raw("GET /3 HTTP/1.1"), messages=3)
forward(47, "pipelined-after-body", post("Content-Length: 2\r\n", "hi") + raw("GET /2 HTTP/1.1"), messages=2)
forward(47, "pipelined-after-chunks", post(CHUNKED, "2\r\nhi\r\n0\r\n\r\n") + raw("GET /2 HTTP/1.1"), messages=2)

# 3g. Identity
forward(70, "spoofed", raw(fields="X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 1\r\n"
                                  "Forwarded: for=6.6.6.6;host=evil.test\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Prefix: /evil\r\n"),
        has={"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", "x-forwarded-host": "a.test"}, without=["6.6.6.6", "evil"])
for name in ("X-Client-IP", "True-Client-IP", "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Client-Cert"):
    forward(70, name.lower(), raw(fields=f"{name}: 6.6.6.6\r\n"), lacks=[name.lower()])
for name in ("X-FORWARDED_For", "x.forwarded.host", "True_Client_IP", "X_Client-IP", "X.Original.URL", "X-Forwarded-Anything", "X_Forwarded-Ssl"):
    forward(70, f"spelled-{name.lower()}", raw(fields=f"{name}: 6.6.6.6\r\n"), without=["6.6.6.6"])
forward(70, "spelled-otherwise", raw(fields="x-fOrWaRdEd-fOr: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX.Real.IP: 6.6.6.6\r\n"), without=["6.6.6.6"])


def index():
    return json.dumps([entry for entry, _ in cases], indent=1) + "\n"


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.http"):
        old.unlink()
    for entry, data in cases:
        (FOLDER / entry["file"]).write_bytes(data)
    (FOLDER / "index.json").write_text(index())
    print(len(cases), "cases,", len({entry["file"] for entry, _ in cases}), "files")


if __name__ == "__main__":
    main()
