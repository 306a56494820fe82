"""What the tests of conversations on a terminal share."""

import http.server
import json
import pathlib
import tempfile
import threading
from typing import Any

import installation
from case import LanguageTest
from terminal import PROMPT, Terminal

HINT = "Send a message (/? for help)"


def run(home: pathlib.Path, words: list[str], port: int, **options: Any) -> Terminal:
    """A program on a terminal, `baton` of the build or another by its path, with folders of its own
    below `home`."""
    if not words[0].startswith("/"):
        words = [str(installation.PROGRAMS / "baton"), *words]
    more = options.pop("environment", {})
    places = {name: str(home / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "RUNTIME")}
    environment = {
        "HOME": str(home),
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "TMPDIR": str(home),
        **{f"BATON_{name}_DIR": place for name, place in places.items()},
        **more,
    }
    return Terminal(words, environment, **options)


class SessionTest(LanguageTest):
    """Tests of conversations with the models of one installation."""

    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory(prefix="session-", dir=self.baton.home)
        self.home = pathlib.Path(self.enterContext(place))

    def run_baton(self, *words: str, **options: Any) -> Terminal:
        """The command line, asking this installation."""
        return self.enterContext(run(self.home, list(words), self.baton.port, **options))

    def talk(self, model: str = "demo", **options: Any) -> Terminal:
        """A conversation that waits for the first line."""
        terminal = self.run_baton("run", model, **options)
        terminal.waits()
        terminal.shows(PROMPT + HINT)
        return terminal

    def plain(self, words: list[str], given: str = "", code: int = 0) -> tuple[str, str]:
        """What a command writes to files; its terminal is left alone, and nothing is drawn."""
        streams: dict[str, Any] = {}
        for name in ("stdin", "stdout", "stderr"):
            streams[name] = self.enterContext(open(self.home / name, "w+b"))
        streams["stdin"].write(given.encode())
        streams["stdin"].seek(0)
        terminal = self.run_baton(*words, **streams)
        terminal.ends(code)
        self.assertEqual(terminal.written, "")
        output, errors = (
            (self.home / name).read_text(encoding="utf-8") for name in ("stdout", "stderr")
        )
        self.assertNotIn("\x1b", output + errors)
        self.assertNotIn("\r", output + errors)
        return output, errors

    def messages(self, model: str) -> list[tuple[str, str]]:
        """What was said in a conversation that was saved, and by whom."""
        shown = self.post("/api/show", model=model).json
        return [(entry["role"], entry["content"]) for entry in shown.get("messages") or []]

    def saved(self, terminal: Terminal) -> list[tuple[str, str]]:
        """What was said so far, as the server is told it."""
        terminal.ask("/save kept", "Created new model 'kept'")
        self.addCleanup(self.client.delete, "kept")
        return self.messages("kept")


class Halting:
    """A server that answers a chat with one word and then does what it is told; until the end of
    its `with`."""

    def __init__(self) -> None:
        # "wait", "break" or "refuse": what follows the word.
        self.next = "wait"
        holder = self

        class Handler(_Handler):
            server_state = holder

        self._over = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.port = self._server.server_address[1]

    def __enter__(self) -> "Halting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Takes no more connections, and ends those that wait."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> None:
        """Waits until nobody needs the rest of an answer."""
        self._over.wait(installation.PATIENCE)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: Halting

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        # Whoever comes later finds out whether somebody listens.
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Is there."""
        self._answer(200, {})

    do_GET = do_HEAD

    def do_POST(self) -> None:
        """Tells of a model that completes, and begins answers."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/show":
            return self._answer(200, {"capabilities": ["completion"], "details": {}})
        if self.path != "/api/chat":
            return self._answer(200, {"done": True})
        if self.server_state.next == "refuse":
            return self._answer(503, {"error": "no room"})
        line = json.dumps({"message": {"role": "assistant", "content": "word "}, "done": False})
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(f"{len(line) + 1:x}\r\n{line}\n\r\n".encode())
        if self.server_state.next == "wait":
            self.server_state.wait()
        # In the middle of a chunk.
        self.wfile.write(b"10\r\nhalf")
        self.close_connection = True
