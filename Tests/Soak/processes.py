"""What the kernel tells of processes."""

import pathlib

PROC = pathlib.Path("/proc")


def children(parent):
    """The child processes of a process, by number; empty when it has ended."""
    found = []
    for task in _listed(PROC / str(parent) / "task"):
        found += [int(word) for word in (_read(task / "children") or b"").split()]
    return found


def state(process):
    """The letter of a process's state, and the moment of its start, which tells it from a later one
    of the same number; None when it has ended, also when only nobody has asked for its result.
    """
    text = _read(PROC / str(process) / "stat")
    if text is None:
        return None
    words = text.rsplit(b")", 1)[1].split()
    letter = words[0].decode()
    return None if letter in "ZX" else (letter, int(words[19]))


def carrying(text):
    """Processes that were started with this text in their environment."""
    found = []
    for entry in _listed(PROC):
        if entry.name.isdigit() and text in (_read(entry / "environ") or b""):
            found.append(int(entry.name))
    return found


def name(process):
    """What the kernel calls a process."""
    return (_read(PROC / str(process) / "comm") or b"?").decode().strip()


def leftovers(report):
    """What a manager has left once nobody asks for anything, in words; None when it is nothing."""
    if report["tickets"]:
        return f"tickets are left: {report['tickets']}"
    known = {model["pid"] for model in report["models"] if "pid" in model}
    for process in children(report["pid"]):
        now = state(process)
        if now and now[0] == "T":
            return f"process {process} is still stopped"
        if now and process not in known:
            return f"process {process} belongs to no model"
    return None


def _listed(folder):
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(path):
    """What a file of the kernel's holds; None when its process has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return None
