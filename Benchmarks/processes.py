"""The processes of this machine."""

import contextlib
import pathlib
import typing

PROC = pathlib.Path("/proc")


class Process(typing.NamedTuple):
    """A process as it was a moment ago."""

    pid: int
    parent: int
    line: list


def processes():
    """All of them, but those that end meanwhile."""
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
            # Behind the name, which may have blanks.
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            yield Process(int(entry.name), parent, line)
