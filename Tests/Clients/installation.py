"""`baton up language` with folders, ports and models of a test module's own."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any, TypeVar

import anthropic
import ollama
import openai
import processes
from store import Store

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / ".build" / "debug"
# What nothing here may take longer than, in seconds.
PATIENCE = 30.0

Value = TypeVar("Value")


def eventually(what: str, look: Callable[[], Value | None], limit: float = PATIENCE) -> Value:
    """What `look` returns as soon as it is something; fails after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {limit} seconds")
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on, below those that the kernel gives to clients."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no free port")


class Installation:
    """A running `baton up language`; ended, and its ending examined, at the end of its `with`."""

    def __init__(
        self,
        fill: Callable[[Store], None],
        language: dict[str, Any] | None = None,
        catalogue: dict[str, Any] | None = None,
        vision: dict[str, Any] | None = None,
        user: int | None = None,
    ):
        """Starts it with a store that `fill` fills.

        `language` is more of `language.yaml`, section by section; with `vision`, which is more of
        `vision.yaml`, the vision service is there too. `catalogue` is `catalogue.yaml`. With `user`
        all of it runs as that user, who owns every folder but the store.
        """
        self._home = tempfile.TemporaryDirectory(prefix="baton-clients-")
        self.home = pathlib.Path(self._home.name)
        self.port, self.status_port, self.vision_port = free_port(), free_port(), free_port()
        self._services = ["language"] if vision is None else ["language", "vision"]
        self.user = user
        self.store = Store(self.home / "store")
        fill(self.store)
        self._configure(language or {}, vision or {}, catalogue or {})
        self._start()

    def __enter__(self) -> "Installation":
        try:
            self._wait_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._end()
        finally:
            self._kill()

    # The ways to ask.

    def client(self, **headers: str) -> ollama.Client:
        """Ollama's client; a hyphen in a header's name is written as an underscore."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ollama.Client(f"http://127.0.0.1:{self.port}", headers=named, timeout=PATIENCE)

    def openai(
        self, key: str = "none", *, is_strict: bool = True, port: int | None = None
    ) -> openai.OpenAI:
        """OpenAI's client, which refuses answers that are not as its types have them."""
        return openai.OpenAI(
            api_key=key, base_url=f"http://127.0.0.1:{port or self.port}/v1", timeout=PATIENCE,
            max_retries=0, _strict_response_validation=is_strict,
        )

    def anthropic(self, key: str = "none") -> anthropic.Anthropic:
        """Anthropic's client, as strict."""
        return anthropic.Anthropic(
            api_key=key, base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE,
            max_retries=0, _strict_response_validation=True,
        )

    def connection(self) -> http.client.HTTPConnection:
        """A connection to the language service."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def status(self) -> dict[str, Any]:
        """What the device manager tells of itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.status_port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/v1/device/status")
            return json.loads(connection.getresponse().read())

    def residencies(self, model: str) -> list[dict[str, Any]]:
        """The ways in which a model is in memory, as the device manager tells it."""
        return [
            entry
            for entry in self.status()["models"]
            if entry["name"].rpartition("@")[0] == model and entry["state"] == "ready"
        ]

    def busy_tickets(self) -> list[dict[str, Any]]:
        """The turns that somebody has just now."""
        return [ticket for ticket in self.status()["tickets"] if ticket["state"] == "busy"]

    def log(self) -> str:
        """What the programs have said."""
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")

    # Its life.

    def _configure(
        self, language: dict[str, Any], vision: dict[str, Any], catalogue: dict[str, Any]
    ) -> None:
        # The second one need not be there.
        stores = [str(self.store.folder), str(self.home / "second")]
        # Threads of an engine wait for each other, which takes long where others compute, too.
        loading = {"threads": 1}
        service = {
            "models": {"stores": stores},
            "loading": loading,
            **language,
            "server": {"port": self.port, **language.get("server", {})},
        }
        eyes = {
            **vision,
            "model": {"stores": stores, **vision.get("model", {})},
            "loading": {**loading, **vision.get("loading", {})},
            "server": {"port": self.vision_port, **vision.get("server", {})},
        }
        device = {"server": {"status_port": self.status_port}}
        (self.home / "config").mkdir()
        # JSON is YAML.
        files = {
            "language": service, "vision": eyes, "device": device, "catalogue": catalogue,
        }
        for name, content in files.items():
            path = self.home / "config" / f"{name}.yaml"
            path.write_text(json.dumps(content), encoding="utf-8")

    def _start(self) -> None:
        self._places = {}
        for name in ("config", "state", "cache", "runtime"):
            folder = self.home / name
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
            self._places[f"BATON_{name.upper()}_DIR"] = str(folder)
            if self.user is not None:
                os.chown(folder, self.user, self.user)
        if self.user is not None:
            self.home.chmod(0o711)
        with open(self.home / "log", "ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAMS / "baton"), "up", *self._services],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_as_user(self.user),
            )

    def _environment(self) -> dict[str, str]:
        foreign = ("BATON_LOG", "BATON_MODEL_STORE", "JOURNAL_STREAM", "NOTIFY_SOCKET")
        others = {key: value for key, value in os.environ.items() if key not in foreign}
        return {**others, **self._places}

    def run(
        self, *words: str, user: int | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a verb of the command line that asks this installation, as a user."""
        address = {"OLLAMA_HOST": f"127.0.0.1:{self.port}"}
        return subprocess.run(
            [str(PROGRAMS / "baton"), *words],
            env={**self._environment(), **address, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
            **_as_user(user),
        )

    def _wait_ready(self) -> None:
        def look() -> bool:
            if self._process.poll() is not None:
                raise AssertionError(f"baton has ended:\n{self.log()[-3000:]}")
            ports = (self.port, self.vision_port)[: len(self._services)]
            return all(self._is_ready(port) for port in ports)

        eventually("readiness", look)

    @staticmethod
    def _is_ready(port: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        return False

    def _end(self) -> None:
        """Ends it as a service manager does, and looks whether all of it has gone."""
        known = _descendants(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE)
        assert code == 0, f"baton ended with {code}:\n{self.log()[-3000:]}"

        def is_left(process: int) -> bool:
            now = processes.state(process)
            return now is not None and now[1] == known.get(process, now)[1]

        mark = str(self.home).encode()
        started = {process for process in known if is_left(process)}
        left = started | set(processes.carrying(mark))
        named = [f"{process} {processes.name(process)}" for process in left]
        assert not left, f"processes are left: {named}\n{self.log()[-3000:]}"
        sockets = [path.name for path in self.home.glob("runtime/**/*") if path.is_socket()]
        assert not sockets, f"sockets are left: {sockets}"

    def _kill(self) -> None:
        # Engines and services die with it.
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._home.cleanup()


def _as_user(user: int | None) -> dict[str, Any]:
    """What starts a process as a user who is in no group but his own."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _descendants(parent: int) -> dict[int, tuple[str, int]]:
    """All processes below one, with their states."""
    found = {}
    for process in processes.children(parent):
        now = processes.state(process)
        if now is not None:
            found[process] = now
            found.update(_descendants(process))
    return found
