"""What people see while a Space is built: drawn over itself on a terminal, plain lines elsewhere."""
import re
import time

import pytest

import spaces
from spaces import BASE, CMD
from terminal import Terminal


@pytest.fixture
def terminal(node, up):
    """terminal(arguments…): `spaceport` with the arguments on a terminal of its own."""
    opened = []

    def run(*arguments, **options):
        opened.append(Terminal(node.command(*arguments), **options))
        return opened[-1]
    yield run
    for one in opened:
        one.close()


def space(up, tmp_path, *steps):
    name = spaces.unique("term")
    up.names.add(name)
    dockerfile = f"FROM {BASE}\n" + "".join(f"RUN {step}\n" for step in steps) + CMD
    return name, spaces.write(tmp_path / "s", dockerfile=dockerfile)


def test_running_steps_are_drawn_over_and_every_step_stands_at_the_end(terminal, up, tmp_path):
    stamp = time.time()
    name, folder = space(up, tmp_path, f"echo first-{stamp}", "for i in 1 2 3; do echo tick $i; sleep 0.4; done", "echo third")
    shown = terminal("up", "-d", folder, "--name", name)

    assert shown.wait(90) == 0, shown.written
    # The elapsed time of the slow step was drawn again and again, in place, with its last output.
    times = re.findall(r"=> \[3/4\] RUN for.*?(\d+\.\d)s", shown.written)
    assert len(set(times)) > 5, times
    assert shown.written.count("\x1b[J") > 8
    assert "=> => tick 2" in shown.written
    screen = shown.screen()
    for number, word in ((2, "echo first"), (3, "for i in"), (4, "echo third")):
        found = [line for line in screen if f"[{number}/4] RUN {word}" in line]
        assert len(found) == 1 and re.search(r"\d+\.\d+s$", found[0]), (number, screen)
    assert not any("=> => tick" in line or "BUILDING" in line for line in screen), "what went on is gone at the end"
    assert any(line == "RUNNING" for line in screen) and screen[-2].startswith("http://"), screen


def test_cached_steps_are_marked(terminal, up, tmp_path):
    name, folder = space(up, tmp_path, f"echo {time.time()}")
    up(name=name, folder=folder)

    shown = terminal("up", "-d", folder, "--name", name)

    assert shown.wait(90) == 0, shown.written
    assert any(line.startswith(" => CACHED [2/2] RUN echo") for line in shown.screen()), shown.screen()


@pytest.mark.parametrize("columns, rows", [(20, 6), (40, 10), (200, 50)])
def test_no_line_wraps_and_nothing_of_the_build_is_obeyed(terminal, up, tmp_path, columns, rows):
    evil = r"printf '\033[2J\033[H\007\033]0;title\007%s\r%s\n' " + "x" * 300 + " 日本語" * 30 + f" # {time.time()}"
    name, folder = space(up, tmp_path, evil + "; sleep 0.5", "echo " + "long" * 100)
    shown = terminal("up", "-d", folder, "--name", name, columns=columns, rows=rows)

    assert shown.wait(90) == 0, shown.written
    screen = shown.screen()  # it refuses control characters and commands that are not of our drawing
    assert "title" not in "".join(re.findall(r"\x1b\].*?\x07", shown.written))
    steps = [line for line in screen if line.startswith(" =>")]
    assert len([line for line in steps if re.search(r"\ds$", line)]) == len(steps) >= 2, screen


def test_more_steps_at_once_than_rows_lose_nothing(terminal, up, tmp_path):
    stages = "".join(f"FROM {BASE} AS s{i}\nRUN echo {time.time()}-{i}; sleep 3; echo {i} > /one\n" for i in range(9))
    copies = "".join(f"COPY --from=s{i} /one /www/{i}\n" for i in range(9))
    name = spaces.unique("term")
    up.names.add(name)
    folder = spaces.write(tmp_path / "s", dockerfile=stages + f"FROM {BASE}\n{copies}{CMD}")
    shown = terminal("up", "-d", folder, "--name", name, rows=6)

    assert shown.wait(120) == 0, shown.written
    for i in range(9):
        assert len([line for line in shown.screen() if f"[s{i} 2/2] RUN" in line]) == 1, shown.screen()


def test_a_step_that_fails_keeps_its_output_on_the_screen(terminal, up, tmp_path):
    name, folder = space(up, tmp_path, "echo the reason; sleep 0.2; exit 3")
    shown = terminal("up", "-d", folder, "--name", name)

    assert shown.wait(90) == 1
    screen = "\n".join(shown.screen())
    assert "=> ERROR [2/2] RUN echo the reason" in screen and "=> => the reason" in screen, screen


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_that_knows_only_lines_gets_lines(terminal, up, tmp_path, env):
    name, folder = space(up, tmp_path, f"printf 'said \\033[31m%s\\n' {time.time()}")
    shown = terminal("up", "-d", folder, "--name", name, env=env)

    assert shown.wait(90) == 0
    assert "\x1b" not in shown.written
    assert "--> [2/2] RUN printf" in shown.written and "    said " in shown.written


def test_no_color_takes_the_colours_and_not_the_drawing(terminal, up, tmp_path):
    name, folder = space(up, tmp_path, f"sleep 0.4; echo {time.time()}")
    shown = terminal("up", "-d", folder, "--name", name, env={"NO_COLOR": "1"})

    assert shown.wait(90) == 0
    assert "\x1b[J" in shown.written and not re.search(r"\x1b\[[0-9;]*m", shown.written)


def test_a_pipe_gets_the_plain_lines(node, up, tmp_path):
    name, folder = space(up, tmp_path, f"echo said {time.time()}")

    said = node.cli("up", "-d", folder, "--name", name).stdout

    assert "\x1b" not in said
    assert "--> [2/2] RUN echo said" in said and "    DONE " in said and "\nRUNNING\n" in said


def test_a_factory_restart_is_drawn_too(terminal, up, tmp_path):
    name, folder = space(up, tmp_path, "sleep 0.4")
    up(name=name, folder=folder)

    shown = terminal("restart", "--factory", name)

    assert shown.wait(90) == 0, shown.written
    assert any(line.startswith(" => [2/2] RUN sleep") for line in shown.screen()), shown.screen()
    assert len(set(re.findall(r"=> \[2/2\] RUN sleep 0.4 +(\d+\.\d)s", shown.written))) > 1


def test_a_build_log_on_a_terminal_is_not_obeyed(terminal, up, tmp_path):
    name, folder = space(up, tmp_path, r"printf '\033[2Jgone\007\n'" + f" # {time.time()}")
    up(name=name, folder=folder)

    shown = terminal("logs", "--build", name)

    assert shown.wait(30) == 0
    assert "gone" in shown.written and "\x1b" not in shown.written and "\x07" not in shown.written


def test_bytes_that_are_no_text_do_not_end_the_progress(node, up, tmp_path):
    name, folder = space(up, tmp_path, r"printf 'a\377b\n'" + f" # {time.time()}")

    done = node.cli("up", "-d", folder, "--name", name, "--json")

    assert "a\N{REPLACEMENT CHARACTER}b" in done.stdout
    assert '"stage":"RUNNING"' in done.stdout


def test_a_prompt_for_a_secret_that_is_interrupted_gives_the_echo_back(terminal, node, tmp_path):
    import termios
    shown = terminal("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/never", "--secret", "TOKEN")
    shown.read("TOKEN: ")
    assert not termios.tcgetattr(shown.master)[3] & termios.ECHO
    shown.type("\x03")

    assert shown.wait(20) == 130
    assert "interrupted (SIGINT): nothing was changed" in shown.written
    assert termios.tcgetattr(shown.master)[3] & termios.ECHO
    assert "t/never" not in node.cli("ls").stdout
