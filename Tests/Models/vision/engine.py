"""A llama-server with the demo vision model, asked over its Unix socket."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "packaging" / "models" / "demo-vision"
# What nothing here may take longer than, in seconds; usual answers take a hundredth of it.
PATIENCE = 60.0
MARKER = "<__picture__>"

Part = str | bytes


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class Engine:
    """A running llama-server; ended with `close`."""

    def __init__(self, *flags: str):
        self._home = tempfile.TemporaryDirectory(prefix="baton-vision-")
        self._socket = os.path.join(self._home.name, "http.sock")
        log = os.path.join(self._home.name, "log")
        program = pathlib.Path(os.environ["BATON_ENGINE_PREFIX"]) / "bin" / "llama-server"
        arguments = [
            "--model", FOLDER / "model.gguf", "--mmproj", FOLDER / "projector.gguf",
            "--host", self._socket, "--offline", "--no-ui", "--parallel", "1", "--fit", "off",
            "--ctx-size", "4096", "--cache-ram", "0", "--jinja",
            # Several would wait for each other at every step wherever processors are busy.
            "--threads", "1", "--threads-batch", "1", *flags,
        ]  # fmt: skip
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                [program, *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LLAMA_MEDIA_MARKER": MARKER},
            )
        end = time.monotonic() + PATIENCE
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > end:
                said = pathlib.Path(log).read_text(errors="replace")
                self.close()
                raise AssertionError(f"llama-server does not start:\n{said[-3000:]}")
            time.sleep(0.02)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._home.cleanup()

    def _healthy(self) -> bool:
        connection = _Connection(self._socket)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        return False

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON; fails unless it is a 200."""
        with contextlib.closing(_Connection(self._socket)) as connection:
            connection.request("POST", path, json.dumps(body))
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                raise AssertionError(f"{path}: {response.status} {text[:500]!r}")
            return json.loads(text)

    def chat(self, *turns: list[Part], **more: Any) -> dict[str, Any]:
        """The whole answer to turns of user and assistant by turns; bytes are pictures."""
        messages = [
            {"role": ("user", "assistant")[place % 2], "content": [_part(part) for part in turn]}
            for place, turn in enumerate(turns)
        ]
        body = {"messages": messages, "temperature": 0, "max_tokens": 64, "cache_prompt": False}
        return self.post("/v1/chat/completions", {**body, **more})

    def ask(self, *parts: Part) -> str:
        """What is answered to one turn."""
        return self.chat(list(parts))["choices"][0]["message"]["content"]


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind = "png" if part.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(part).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{data}"}}
