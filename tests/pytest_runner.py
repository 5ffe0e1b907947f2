"""Runs pytest on one module or folder for ctest, and leaves a JUnit report where tests/run asks for one."""
import os
import sys

import pytest


def main():
    name, path = sys.argv[1], sys.argv[2]
    arguments = ["-q", "-p", "no:cacheprovider", "--durations=5", "--durations-min=2", "--tb=short", path]
    folder = os.environ.get("SPACEPORT_PYTEST_RESULTS")
    if folder:
        os.makedirs(folder, exist_ok=True)
        arguments.append(f"--junitxml={folder}/{name}.xml")
    code = pytest.main(arguments)
    # A module without a test is a mistake in the lists, never a success.
    return 1 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main())
