"""Programs on terminals of their own, and somebody who types there and looks at the screen."""

import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from typing import Any

from screen import Screen

# What nothing here may take longer than, in seconds.
PATIENCE = 60.0

INTERRUPT, END, EDIT, STOP, UP, ENTER = "\x03", "\x04", "\x07", "\x1a", "\x1b[A", "\r"
PROMPT = ">>> "


class Terminal:
    """A program on a terminal; ended at the end of its `with`."""

    def __init__(
        self,
        words: list[str],
        environment: dict[str, str],
        columns: int = 80,
        rows: int = 24,
        **streams: Any,
    ) -> None:
        """Starts a program; `streams` are those of its standard streams that are elsewhere."""
        self.screen = Screen(columns, rows)
        # All that was written, as it came.
        self.written = ""
        self._decoded = b""
        self._ours, self._theirs = pty.openpty()
        self._set_size()
        self._before = termios.tcgetattr(self._theirs)
        usual = {name: self._theirs for name in ("stdin", "stdout", "stderr")}
        self._process = subprocess.Popen(
            words,
            env={"TERM": "xterm", "PATH": os.environ["PATH"], **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(self._theirs, termios.TIOCSCTTY, 0),
            pass_fds=[self._theirs],
            **{**usual, **streams},
        )

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    @property
    def pid(self) -> int:
        """The program's number, which is also that of its group."""
        return self._process.pid

    # Looking.

    def until(self, what: str, look: Callable[[], Any]) -> Any:
        """Reads until `look` finds something, and returns that; fails when it never does."""
        end = time.monotonic() + PATIENCE
        while not (found := look()):
            if not self._read(0.05) and time.monotonic() > end:
                shown = "\n".join(self.screen.lines[-30:])
                raise AssertionError(f"{what}: not within {PATIENCE} seconds; there is:\n{shown}")
        return found

    def shows(self, text: str, times: int = 1) -> None:
        """Waits until a text stands on the screen, or did before it scrolled away, so often."""
        self.until(f"{text!r}", lambda: self.screen.text.count(text) >= times)

    def waits(self, line: str = PROMPT) -> None:
        """Waits until the row of the cursor has this before it."""
        self.until(f"{line!r} before the cursor", lambda: self.screen.before_cursor == line)

    def line(self) -> str:
        """The row in which the cursor is, as far as somebody typed it."""
        return self.screen.lines[self.screen.row]

    # Typing.

    def type(self, keys: str) -> None:
        """Types keys; nothing is waited for."""
        os.write(self._ours, keys.encode())

    def enter(self, line: str) -> None:
        """Types a line into an empty one, sees it there, and sends it."""
        start = self.screen.before_cursor
        self.type(line)
        self.waits(start + line)
        row = self.screen.row
        self.type(ENTER)
        self.until("the next row", lambda: self.screen.row > row)

    def ask(self, line: str, answer: str) -> None:
        """Sends a line, sees that the row after it begins an answer, and the prompt after that."""
        row = self.screen.row
        self.enter(line)
        self.waits()
        found = "\n".join(self.screen.lines[row + 1 : self.screen.row]).strip()
        assert answer in found, f"{line!r} gave {found!r}, not {answer!r}"

    def resize(self, columns: int, rows: int = 24) -> None:
        """Changes the window."""
        while self._read(0):
            pass
        self.screen.resize(columns, rows)
        self._set_size()

    # The program.

    def ends(self, code: int = 0) -> None:
        """Waits until the program has ended; the terminal must be as it was then."""
        self.until("the end", lambda: self._process.poll() is not None)
        while self._read(0):
            pass
        assert self._process.returncode == code, self._process.returncode
        self.is_restored()
        assert not self.screen.modes & {"2004", "1049"}, self.screen.modes

    def is_restored(self) -> None:
        """The terminal's settings must be those from before the program."""
        assert termios.tcgetattr(self._theirs) == self._before, "the settings are others"

    def signal(self, number: int) -> None:
        """Sends the program alone a signal."""
        self._process.send_signal(number)

    def _read(self, wait: float) -> bool:
        if not select.select([self._ours], [], [], wait)[0]:
            return False
        self._decoded += os.read(self._ours, 65_536)
        text = self._decoded.decode(errors="ignore")
        # A character may be cut in two.
        whole = len(text.encode())
        if whole < len(self._decoded) - 3:
            raise AssertionError(f"no UTF-8: {self._decoded!r}")
        self._decoded = self._decoded[whole:]
        self.written += text
        self.screen.feed(text)
        return True

    def _set_size(self) -> None:
        size = struct.pack("HHHH", self.screen.rows, self.screen.columns, 0, 0)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, size)


def script(path: pathlib.Path, *lines: str) -> str:
    """Writes a shell script that can be run; returns its path."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return str(path)
