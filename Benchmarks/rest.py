"""Waits until programs compute no more, so that none is measured beside another one's last work."""

import contextlib
import os
import time

from baton import Failed
from processes import PROC, processes

_PAUSE, _PATIENCE = 0.004, 5


def wait_for_rest(program):
    """Until no process of this program that was begun here, or by what was, computes any more."""
    pids = _begun_here(program)
    end = time.monotonic() + _PATIENCE
    before = None
    while time.monotonic() < end:
        used = [_nanoseconds(pid) for pid in pids]
        if used == before:
            return
        before = used
        time.sleep(_PAUSE)
    raise Failed(f"{program} computes, and nobody has asked it anything")


def _begun_here(program):
    """The processes of a program whose line of parents begins here."""
    everything = list(processes())
    found, wave = [], {os.getpid()}
    while wave:
        children = [process for process in everything if process.parent in wave]
        found += children
        wave = {process.pid for process in children}
    return [each.pid for each in found if each.line and os.path.basename(each.line[0]) == program]


def _nanoseconds(pid):
    """What the threads of a process have computed."""
    total = 0
    with contextlib.suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
    return total
