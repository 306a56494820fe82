"""A registry on loopback, as small as one can be: manifests, blobs in ranges, uploads, plain files."""

import contextlib
import hashlib
import http.server
import json
import threading
import uuid
from typing import Any, Self


class Loopback:
    """A server on a free port, until the end of its `with`."""

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """The registry as it stands in models' names."""
        return f"127.0.0.1:{self._server.server_address[1]}"


class LoopbackHandler(http.server.BaseHTTPRequestHandler):
    """Answers with a status, fields and a body, and says nothing of it."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def answer(self, status: int, body: bytes = b"", **fields: str) -> None:
        """Answers; a field's name is written with `_` for `-`."""
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # Whoever asks may have left meanwhile.
        with contextlib.suppress(ConnectionError):
            if self.command != "HEAD":
                self.write(body)

    def write(self, body: bytes) -> None:
        """Sends a body."""
        self.wfile.write(body)


class Registry(Loopback):
    """What it holds can be looked at."""

    def __init__(self) -> None:
        self.manifests: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.ranges: list[str] = []
        # While it is clear, the second half of what is downloaded comes byte by byte.
        self.gate = threading.Event()
        self.gate.set()
        holder = self

        class Handler(_Handler):
            registry = holder

        super().__init__(Handler)

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        super().__exit__()


class _Handler(LoopbackHandler):
    registry: Registry

    def write(self, body: bytes) -> None:
        """Sends a body; the second half of a blob as the gate lets it."""
        half = len(body) // 2 if self.command == "GET" and "/blobs/" in self.path else 0
        self.wfile.write(body[:half])
        while 0 < half < len(body) and not self.registry.gate.wait(0.1):
            self.wfile.write(body[half : half + 1])
            half += 1
        self.wfile.write(body[half:])

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _missing(self) -> None:
        self.answer(404, json.dumps({"errors": [{"message": "not here"}]}).encode())

    def do_GET(self) -> None:
        """Gives a manifest, a blob or a file."""
        kind, _, name = self.path.rpartition("/")
        if kind.endswith("/manifests"):
            content = self.registry.manifests.get(self.path)
        elif kind.endswith("/blobs"):
            content = self.registry.blobs.get(name)
        else:
            content = self.registry.files.get(self.path)
        if content is None:
            return self._missing()
        wanted = self.headers.get("Range")
        if wanted is None:
            return self.answer(200, content)
        self.registry.ranges.append(wanted)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last) + 1]
        span = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
        return self.answer(206, part, Content_Range=span)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Begins an upload."""
        self.answer(202, Location=f"{self.path}{uuid.uuid4()}", Range="0-0")

    def do_PATCH(self) -> None:
        """Takes a part of an upload."""
        content = self.registry.files.setdefault(self.path, b"") + self._body()
        self.registry.files[self.path] = content
        self.answer(202, Location=self.path, Range=f"0-{len(content) - 1}")

    def do_PUT(self) -> None:
        """Ends an upload, or takes a manifest."""
        place, _, query = self.path.partition("?")
        content = self._body()
        if "/manifests/" in place:
            self.registry.manifests[place] = content
            return self.answer(201)
        content = self.registry.files.pop(place, b"") + content
        name = "sha256:" + hashlib.sha256(content).hexdigest()
        if name not in query.replace("%3A", ":"):
            return self.answer(400)
        self.registry.blobs[name] = content
        return self.answer(201)
