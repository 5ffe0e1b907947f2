"""Every hostile request of corpus/ against the gateway, with the strict recording origin behind it."""
import collections
import json
import pathlib

import pytest

import make_corpus
from conftest import PLAIN, Gateway
from wire import Ended, Wire, until

CORPUS = pathlib.Path(__file__).parent / "corpus"
INDEX = json.loads((CORPUS / "index.json").read_text())
RULES = collections.defaultdict(list)
for entry in INDEX:
    RULES[entry["rule"]].append(entry)


@pytest.fixture(scope="module")
def gateway(shared_origin, tmp_path_factory):
    """The files are HTTP/1, on a port that speaks nothing else (rule 18)."""
    text = PLAIN.replace('"127.0.0.1:{port}"', '"127.0.0.1:{port}", http2: false')
    one = Gateway(tmp_path_factory.mktemp("corpus"), text, origin=shared_origin.port)
    yield one
    one.stop()


def talk(port, data, answers, patience=0.05):
    """Sends the bytes; the answers that came, and how it went on: open, closed."""
    got = []
    with Wire(port, 4) as wire:
        try:
            wire.send(data)
        except ConnectionError:
            pass  # refused before everything was sent: the answer may have come nevertheless
        try:
            while len(got) < answers:
                got.append(wire.answer("GET"))
        except (Ended, ConnectionError):
            return got, True
        except TimeoutError:
            return got, False
        # One answer more would be a message that nobody meant.
        closed = wire.closed(patience)
        assert not wire.buffer, f"behind {got}: {wire.buffer[:100]!r}"
        return got, closed


def check_seen(entry, origin):
    message = origin.complete()[0]
    if "target" in entry:
        assert message.target == entry["target"]
    if "method" in entry:
        assert message.method == entry["method"]
    if "body" in entry:
        assert message.body.decode("latin-1") == entry["body"]
    for name, value in entry.get("has", {}).items():
        assert message.all(name) == [value]
    for name, value in entry.get("contains", {}).items():
        assert value in ", ".join(message.all(name))
    for name in entry.get("lacks", ()):
        assert message.all(name) == []
    for text in entry.get("without", ()):
        assert not [field for field in message.fields if text in field[1]]
    for name in entry.get("no_trailers", ()):
        assert name not in dict(message.trailers)


def run(entry, gateway, origin):
    data = (CORPUS / entry["file"]).read_bytes()
    verdict = entry["verdict"]
    intended = entry.get("messages", 1) if verdict == "forwarded" else 0
    ends = verdict == "refused" and entry["closes"]
    answers, closed = talk(gateway.port, data, max(intended, 1), 2 if ends else 0.05)
    statuses = [answer.status for answer in answers]
    if verdict == "silent":
        assert statuses == [] and closed
    elif verdict == "forwarded":
        assert statuses == [200] * intended
        assert until(lambda: len(origin.complete()) >= intended)
        check_seen(entry, origin)
    else:
        assert statuses == entry["status"]
        assert closed or not ends, "the connection stayed open"
        assert origin.complete() == [], "a refused request reached the origin whole"
    assert len(origin.complete()) <= intended
    assert origin.irregularities == []


def rule_test(entries):
    @pytest.mark.parametrize("entry", entries, ids=[one["file"][3:-5] for one in entries])
    def test(entry, gateway, origin):
        run(entry, gateway, origin)
        assert gateway.process.poll() is None

    return test


for number, entries_of_rule in sorted(RULES.items()):
    globals()[f"test_rule_{number:02}"] = rule_test(entries_of_rule)


def test_corpus_is_what_make_corpus_writes():
    assert (CORPUS / "index.json").read_text() == make_corpus.index()
    assert len({entry["file"] for entry in INDEX}) == len(INDEX) >= 150
    for entry, data in make_corpus.cases:
        assert (CORPUS / entry["file"]).read_bytes() == data
