"""A strict reader of the text format of Prometheus, version 0.0.4. Refuses what `promtool check metrics` refuses, and more:
families whose lines are not together, histograms that are not cumulative, counters that do not end in _total."""
import dataclasses
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({NAME}) ((?:[^\\]|\\[\\n])+)\Z")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)\Z")
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? ([0-9.e+-]+|\+Inf|NaN)\Z")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


@dataclasses.dataclass
class Family:
    name: str
    help: str
    kind: str
    samples: dict = dataclasses.field(default_factory=dict)  # (name, labels) -> value


def unescape(text):
    return re.sub(r"\\.", lambda found: ESCAPES[found[0]], text)


def labels_of(text):
    pairs = [(name, unescape(value)) for name, value in re.findall(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', text or "")]
    assert len(dict(pairs)) == len(pairs), f"a label twice: {text}"
    return frozenset(pairs)


def read(text):
    """{name: Family}; an AssertionError says what is wrong."""
    assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
    families, at = {}, None
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("#"):
            about, kind = HELP.match(line), TYPE.match(next(lines))
            assert about and kind and about[1] == kind[1], line
            assert about[1] not in families, f"{about[1]} twice"
            at = families[about[1]] = Family(about[1], about[2], kind[2])
            continue
        found = SAMPLE.match(line)
        assert found, f"not a sample: {line}"
        suffixes = ("_bucket", "_sum", "_count") if at.kind == "histogram" else ("",)
        assert found[1] in [at.name + suffix for suffix in suffixes], f"{found[1]} inside {at.name}"
        key = found[1], labels_of(found[2])
        assert key not in at.samples, f"twice: {line}"
        at.samples[key] = float(found[3])
    for family in families.values():
        check(family)
    return families


def check(family):
    assert family.samples, f"{family.name} is empty"
    assert (family.kind == "counter") == family.name.endswith("_total"), family.name
    assert all(value >= 0 for value in family.samples.values())
    if family.kind != "histogram":
        return
    rows = {}
    for (name, labels), value in family.samples.items():
        rest = frozenset(one for one in labels if one[0] != "le")
        rows.setdefault(rest, {})[name.removeprefix(family.name), dict(labels).get("le")] = value
    for row in rows.values():
        buckets = sorted((float(le), value) for (suffix, le), value in row.items() if suffix == "_bucket")
        assert buckets[-1][0] == float("inf") and buckets[-1][1] == row["_count", None] and ("_sum", None) in row
        assert [value for _, value in buckets] == sorted(value for _, value in buckets), "not cumulative"


def value(families, name, **labels):
    """The value of one sample; 0 when it is not there."""
    full = name if name.startswith("process_") else f"spaceport_gateway_{name}"
    family = families.get(full) or families.get(re.sub("_(bucket|sum|count)$", "", full))
    return family.samples.get((full, frozenset(labels.items())), 0.0) if family else 0.0
