"""Waits until programs compute no more, so that none is measured beside another one's last work."""

import contextlib
import os
import pathlib
import time

from baton import Failed

_PAUSE, _PATIENCE = 0.004, 5
_PROCESSES = pathlib.Path("/proc")


def wait_for_rest(program):
    """Until no process of this program that was begun here, or by what was, computes any more."""
    pids = [pid for pid in _begun_here() if _program(pid) == program]
    end = time.monotonic() + _PATIENCE
    before = None
    while time.monotonic() < end:
        used = [_nanoseconds(pid) for pid in pids]
        if used == before:
            return
        before = used
        time.sleep(_PAUSE)
    raise Failed(f"{program} computes, and nobody has asked it anything")


def _begun_here():
    parents = {}
    for entry in _PROCESSES.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # Behind the name, which may have blanks.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found, wave = [], [os.getpid()]
    while wave:
        wave = [pid for pid, parent in parents.items() if parent in wave]
        found += wave
    return found


def _program(pid):
    with contextlib.suppress(OSError):
        line = (_PROCESSES / str(pid) / "cmdline").read_bytes()
        return pathlib.Path(line.split(b"\0")[0].decode()).name
    return None


def _nanoseconds(pid):
    """What the threads of a process have computed."""
    total = 0
    with contextlib.suppress(OSError):
        for task in (_PROCESSES / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
    return total
