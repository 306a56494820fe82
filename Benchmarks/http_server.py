"""The programs of the HTTP benchmarks: the bare server, the server under test, and the load."""

import contextlib
import os
import subprocess

from baton import RELEASE, Failed, free_ports, output

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server program; ends when its standard input is closed, at the end of its `with`."""

    def __init__(self, words, port=None):
        self._words = words
        self.port = port

    def __enter__(self):
        self.process = subprocess.Popen(
            self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline().strip()
        if not line:
            raise Failed(f"{self._words[0]} did not start")
        if self.port is None:
            self.port = int(line)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def processor_time(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def bare(body):
    """A libmicrohttpd server in C that answers every request with `body`."""
    (port,) = free_ports(1)
    return Server([str(RELEASE / "http-bare-benchmark"), str(port), body], port)


def ours():
    """The server that every service uses, with the benchmark's routes."""
    return Server([str(RELEASE / "http-benchmark")])


def load(mode, port, path, count, seconds=0):
    """Runs the load generator to its end; returns what it measured."""
    program = RELEASE / "http-load-benchmark"
    return output(program, mode, port, path, count, seconds, timeout=seconds + 60)


@contextlib.contextmanager
def held(mode, port, path, count, seconds=0):
    """Runs the load generator and keeps its connections open; yields the line it printed."""
    words = [str(RELEASE / "http-load-benchmark"), mode, port, path, count, seconds]
    process = subprocess.Popen(
        [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise Failed(f"http-load-benchmark {mode} ended early")
        yield line
    finally:
        process.stdin.close()
        process.wait(60)
