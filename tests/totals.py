"""Adds up what `tests/run` left in its results folder and prints the totals: the time and the count of each label.

A pytest module is one test to ctest; here each of its test functions counts. A step that is no test (a build that broke)
counts as one failure, so that the last line never says "0 failed" about a run that failed.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_cases(file):
    """Counts the test cases of one JUnit file, ctest's or pytest's, with the names of those that failed."""
    count, names, modules = Count(), [], []
    for case in xml.parse(file).getroot().iter("testcase"):
        name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
            names.append(name)
        elif case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
            count.skipped += 1
        else:
            count.passed += 1
        modules.append(case.get("name"))
    return count, names, modules


def count_label(results, preset, label):
    file = results / f"{preset}-{label}.xml"
    if not file.exists():
        return Count(), []
    count, names, tests = count_cases(file)
    for report in sorted((results / f"pytest-{preset}-{label}").glob("*.xml")):
        if report.stem not in tests:
            continue
        inner, inner_names, _ = count_cases(report)
        if report.stem in names or any(name.endswith("::" + report.stem) for name in names):
            count.failed -= 1
            inner.failed = max(inner.failed, 1)  # the module failed as a whole: say so even when no case did
        elif inner.passed + inner.failed + inner.skipped:
            count.passed -= 1
        else:
            continue
        count.add(inner)
        names += inner_names
    return count, names


def main():
    results, seconds, failed_steps = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    total, failures = Count(), []
    print(f"{'suite':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for line in (results / "times").read_text().splitlines():
        preset, label, spent = line.split()
        count, names = count_label(results, preset, label)
        total.add(count)
        failures += [f"{preset} {label}: {name}" for name in names]
        print(f"{preset + ' ' + label:<18}{count.passed:>8}{count.failed:>8}{count.skipped:>9}{spent:>9}")
    for step in failed_steps:
        if not step.startswith("test "):
            total.failed += 1
            failures.append(step)
    if failed_steps and total.failed == 0:
        total.failed = len(failed_steps)
        failures += failed_steps
    if failures:
        print("\nfailed:")
        print("\n".join("  " + name for name in failures))
    ran = total.passed + total.failed
    percent = 100 * total.passed // ran if ran else 0
    print(f"\n{percent}% tests passed, {total.failed} tests failed out of {ran}")
    print(f"\nTotal Test time (real) = {seconds}.00 sec\n")
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if failed_steps or total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
