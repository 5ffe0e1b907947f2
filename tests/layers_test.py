"""Proves the layers: a folder is a namespace, a target and a layer, and includes only point down.

Runs without arguments from anywhere (ctest label `structure`). First it plants one violation of each kind in a scratch tree and
fails unless each is caught: a checker that finds nothing must not be taken for a clean project. `--headers` compiles every
header alone instead, which takes minutes.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What may stand at the top level, beside dot-files and what git ignores.
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "build",
             "config", "deploy", "gateway", "loadtest", "runtime", "tests"}

# Layer -> the layers whose headers it may include, besides its own. The longest layer that is a prefix of a file's folder is the
# file's layer, so gateway/http/h1 belongs to gateway/http.
SHELVES = {"config", "gateway/net", "gateway/http"}
RUNTIME = ["dialer", "engine", "state", "isolation", "storage", "build", "supervise", "api", "cli"]
LOADTEST = ["measure", "plan", "report", "service", "drive", "command"]
RUNTIME_FLOOR = 4  # dialer, engine, state and isolation stand side by side and know nothing of each other
ALLOWED = {
    "config": set(),
    "gateway/net": set(),
    "gateway/http": {"gateway/net"},
    "gateway/proxy": SHELVES,
    "gateway/control": SHELVES | {"gateway/proxy"},
    "gateway": SHELVES | {"gateway/proxy", "gateway/control"},
    "runtime": SHELVES | {f"runtime/{name}" for name in RUNTIME},
    "loadtest": SHELVES | {f"loadtest/{name}" for name in LOADTEST},
}
for position, name in enumerate(RUNTIME):
    below = [] if position < RUNTIME_FLOOR else RUNTIME[:position]
    ALLOWED[f"runtime/{name}"] = SHELVES | {f"runtime/{lower}" for lower in below}
for position, name in enumerate(LOADTEST):
    ALLOWED[f"loadtest/{name}"] = SHELVES | {f"loadtest/{lower}" for lower in LOADTEST[:position]}

SOURCE = (".hpp", ".cpp")
MAX_LINES = 400
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|common|helpers?|managers?|impl)$")
# One vocabulary: these words are used for opposite sides by different projects, so here they are not used at all.
FORBIDDEN_WORDS = re.compile(r"downstream|backend", re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
TARGET = re.compile(r"\b(?:spaceport_layer|spaceport_program|spaceport_test|spaceport_bench|spaceport_fuzz|add_library|add_executable)"
                    r"\s*\(\s*([\w.-]+)")


def layer_of(path):
    """The layer of a file or include, or None when it belongs to none: 'tests/gateway/net/x.cpp' has the layer of what it tests."""
    folder = pathlib.PurePosixPath(path).parent
    for candidate in (folder, *folder.parents):
        if str(candidate) in ALLOWED:
            return str(candidate)
    return None


def project_files(root):
    """Files that belong to the project: what git does not ignore, or everything but build output where there is no git."""
    if (root / ".git").exists():
        listed = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True, check=True).stdout.decode().split("\0")
        return sorted(name for name in listed if name and (root / name).exists())
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()
                  and file.relative_to(root).parts[0] not in ("build", ".git"))


def read(root, file):
    return (root / file).read_text(encoding="utf-8", errors="replace")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_include(root, file, included):
    """What is wrong with one quoted include of one file, or None."""
    if included.startswith(".") or not (root / included).exists():
        return f'"{included}" is not a path from the root of the project'
    if included.startswith("tests/"):
        return None if file.startswith("tests/") else f'"{included}" belongs to the tests'
    target = layer_of(included)
    if target is None:
        return f'"{included}" is in no layer'
    if file.startswith("tests/"):
        own = layer_of(file[len("tests/"):]) if file.count("/") > 1 else None
        if own is None:
            return None  # tests/fuzz and tests/bench look at several layers
    else:
        own = layer_of(file)
    if own is None:
        return f"{file} is in no layer: name its folder in tests/layers_test.py"
    if target != own and target not in ALLOWED[own]:
        return f'"{included}" points up or sideways: {own} may include {", ".join(sorted(ALLOWED[own])) or "nothing of ours"}'
    return None


def check_includes(root, files):
    for file in files:
        if not file.endswith(SOURCE):
            continue
        text = read(root, file)
        for match in INCLUDE.finditer(text):
            problem = check_include(root, file, match.group(1))
            if problem:
                yield f"{file}:{line_of(text, match.start())}: {problem}"


def check_folders_are_targets(root, files):
    """Every folder of a layer that has sources has a CMakeLists.txt which makes a target named after it, and lists each source."""
    folders = {}
    for file in files:
        if file.endswith(".cpp") and not file.startswith("tests/"):
            folders.setdefault(str(pathlib.PurePosixPath(file).parent), []).append(file)
    for folder, sources in sorted(folders.items()):
        lists = [root / parent / "CMakeLists.txt" for parent in (pathlib.PurePosixPath(folder),
                                                                *pathlib.PurePosixPath(folder).parents)]
        text = "\n".join(file.read_text() for file in lists if file.exists())
        if folder in ALLOWED and "/" in folder:
            own = root / folder / "CMakeLists.txt"
            name = pathlib.PurePosixPath(folder).name
            targets = TARGET.findall(own.read_text()) if own.exists() else []
            if not any(re.search(rf"(^|[_-]){re.escape(name)}$", target) for target in targets):
                yield f"{folder}: no CMake target is named after this folder"
        for source in sources:
            if not re.search(rf"\b{re.escape(pathlib.PurePosixPath(source).name)}\b", text):
                yield f"{source}: no CMakeLists.txt lists it, so nothing compiles it"


def check_names(root, files):
    for file in files:
        parts = pathlib.PurePosixPath(file).parts
        if not parts[0].startswith(".") and parts[0] not in TOP_LEVEL:
            yield f"{file}: {parts[0]} does not belong at the top level"
        stems = [*parts[:-1], pathlib.PurePosixPath(parts[-1]).name.split(".")[0]]
        for stem in stems:
            if FORBIDDEN_NAMES.search(stem):
                yield f"{file}: {stem} says nothing about what is inside; name it after its one main type or verb"


def check_sources(root, files):
    for file in files:
        if not file.endswith(SOURCE + (".py",)):
            continue
        text = read(root, file)
        lines = text.count("\n")
        if lines > MAX_LINES and "generated" not in text.split("\n", 1)[0].lower():
            yield f"{file}: {lines} lines; split it by meaning at {MAX_LINES}"
        if file.endswith(".hpp") and "#pragma once" not in text:
            yield f"{file}: no #pragma once"
        word = FORBIDDEN_WORDS.search(text) if file.endswith(SOURCE) else None
        if word:
            yield f"{file}:{line_of(text, word.start())}: say client, upstream or endpoint, not {word.group(0)}"


def check(root):
    files = project_files(root)
    checks = (check_includes, check_folders_are_targets, check_names, check_sources)
    return [problem for one in checks for problem in one(root, files)]


def plant(root, extra):
    """A small tree that keeps every rule, plus the given files."""
    tree = {
        "config/a.hpp": "#pragma once\n",
        "gateway/CMakeLists.txt": "spaceport_program(spaceport-gateway SOURCES main.cpp)\n",
        "gateway/main.cpp": '#include "gateway/control/a.hpp"\n',
        "gateway/net/CMakeLists.txt": "spaceport_layer(net SOURCES a.cpp)\n",
        "gateway/net/a.cpp": '#include "gateway/net/a.hpp"\n',
        "gateway/net/a.hpp": "#pragma once\n#include <string>\n",
        "gateway/http/h1/a.hpp": '#pragma once\n#include "gateway/net/a.hpp"\n#include "gateway/http/b.hpp"\n',
        "gateway/http/b.hpp": "#pragma once\n",
        "gateway/proxy/a.hpp": '#pragma once\n#include "gateway/http/h1/a.hpp"\n#include "config/a.hpp"\n',
        "gateway/control/a.hpp": '#pragma once\n#include "gateway/proxy/a.hpp"\n',
        "runtime/engine/a.hpp": '#pragma once\n#include "gateway/http/b.hpp"\n',
        "runtime/build/a.hpp": '#pragma once\n#include "runtime/engine/a.hpp"\n',
        "loadtest/a.hpp": '#pragma once\n#include "gateway/http/b.hpp"\n',
        "tests/gateway/net/a_test.cpp": '#include "gateway/net/a.hpp"\n',
        "README.md": "", ".gitignore": "",
    }
    tree.update(extra)
    for name, text in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


VIOLATIONS = {
    "config includes one of our layers": {"config/bad.hpp": '#pragma once\n#include "gateway/net/a.hpp"\n'},
    "net includes http": {"gateway/net/bad.hpp": '#pragma once\n  #  include "gateway/http/b.hpp"\n'},
    "http includes proxy": {"gateway/http/h1/bad.hpp": '#pragma once\n#include "gateway/proxy/a.hpp"\n'},
    "proxy includes control": {"gateway/proxy/bad.hpp": '#pragma once\n#include "gateway/control/a.hpp"\n'},
    "runtime includes proxy": {"runtime/engine/bad.hpp": '#pragma once\n#include "gateway/proxy/a.hpp"\n'},
    "engine includes build, a layer above": {"runtime/engine/bad.hpp": '#pragma once\n#include "runtime/build/a.hpp"\n'},
    "loadtest includes runtime": {"loadtest/bad.hpp": '#pragma once\n#include "runtime/engine/a.hpp"\n'},
    "a test reaches above what it tests": {"tests/gateway/net/bad.cpp": '#include "gateway/proxy/a.hpp"\n'},
    "an include relative to the file": {"gateway/net/bad.hpp": '#pragma once\n#include "a.hpp"\n'},
    "an include that climbs": {"gateway/net/bad.hpp": '#pragma once\n#include "../net/a.hpp"\n'},
    "the product includes a test": {"gateway/net/bad.hpp": '#pragma once\n#include "tests/gateway/net/a_test.cpp"\n'},
    "a folder without its target": {"gateway/proxy/bad.cpp": "", "gateway/proxy/CMakeLists.txt": "# bad.cpp\n"},
    "a source that nothing compiles": {"gateway/net/bad.cpp": ""},
    "a folder with an empty name": {"gateway/utils/a.hpp": "#pragma once\n"},
    "a file with an empty name": {"gateway/net/pool_manager.hpp": "#pragma once\n"},
    "a stranger at the top level": {"docs/a.md": ""},
    "a file too long": {"gateway/net/bad.hpp": "#pragma once\n" + "\n" * MAX_LINES},
    "a header without a guard": {"gateway/net/bad.hpp": "\n"},
    "a word outside the vocabulary": {"gateway/net/bad.hpp": "#pragma once\nstruct Backend;\n"},
}


def self_test():
    for violation, extra in {"nothing planted": {}, **VIOLATIONS}.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            plant(root, extra)
            found = check(root)
        if not extra and found:
            return "the checker complains about a clean tree: " + "; ".join(found)
        if extra and len(found) != 1:
            return f"planted: {violation}; expected one complaint, got: " + ("; ".join(found) or "none")
    return None


def compiles_alone(header):
    """Compiles one header as if it were the whole program, with the definitions of project_options; its errors, or None."""
    command = ["g++", "-std=c++20", "-fcoroutines", "-fsyntax-only", f"-I{ROOT}", "-DBOOST_ASIO_SEPARATE_COMPILATION",
               "-DBOOST_ASIO_NO_DEPRECATED", '-DSPACEPORT_VERSION="0"', "-x", "c++", os.devnull, "-include", str(ROOT / header)]
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode == 0 else f"{header} does not compile alone:\n" + "\n".join(done.stderr.splitlines()[:6])


def check_headers():
    headers = [file for file in project_files(ROOT) if file.endswith(".hpp") and not file.startswith("tests/")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [problem for problem in pool.map(compiles_alone, headers) if problem]


def main():
    broken = self_test()
    if broken:
        print(f"layers_test does not test: {broken}")
        return 2
    problems = check_headers() if sys.argv[1:] == ["--headers"] else check(ROOT)
    print("\n".join(problems) if problems else "layers: every include points down, every folder is a target")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
