"""A terminal for a program under test: a pty of a known size, what was written to it, and the screen that it leaves."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from node import ENVIRONMENT

COMMAND = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Terminal:
    def __init__(self, command, columns=80, rows=24, env=None):
        self.columns, self.rows = columns, rows
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.written = ""
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                        env={**ENVIRONMENT, "TERM": "xterm-256color", **(env or {})})
        os.close(slave)

    def read(self, until=None, seconds=60):
        """Reads until a text was written, or to the end."""
        deadline = time.monotonic() + seconds
        while until is None or until not in self.written:
            assert time.monotonic() < deadline, f"{until!r} was not written:\n{self.written[-2000:]}"
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the program is gone, and with it the other end
                piece = b""
            if not piece:
                break
            self.written += piece.decode(errors="replace")
        return self.written

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, seconds=60):
        self.read(seconds=seconds)
        return self.process.wait(seconds)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)

    def screen(self):
        """The lines as a person sees them at the end, with what has scrolled away above. A line that is too long wraps."""
        lines, row, column, lowest = [[]], 0, 0, 0

        def put(character):
            nonlocal row, column
            if column == self.columns:
                row, column = row + 1, 0
            while len(lines) <= row:
                lines.append([])
            lines[row] += [" "] * (column + 1 - len(lines[row]))
            lines[row][column] = character
            column += 1
        at = 0
        while at < len(self.written):
            command = COMMAND.match(self.written, at)
            if command:
                at = command.end()
                number = int(command[1] or 1) if command[1].isdigit() or not command[1] else 0
                if command[2] == "A":
                    # No cursor gets back to what has scrolled away.
                    lowest = max(lowest, row)
                    row = max(row - number, lowest - self.rows + 1, 0)
                elif command[2] == "J":
                    lines[row] = lines[row][:column]
                    del lines[row + 1:]
                elif command[2] == "K":
                    lines[row] = lines[row][:column]
                else:
                    assert command[2] == "m", f"a command that this terminal does not know: {command[0]!r}"
                continue
            character = self.written[at]
            at += 1
            if character == "\n":
                row += 1
                while len(lines) <= row:
                    lines.append([])
            elif character == "\r":
                column = 0
            else:
                assert character.isprintable(), f"a control character reached the terminal: {character!r}"
                put(character)
        return ["".join(line).rstrip() for line in lines]
