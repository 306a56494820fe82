"""Baton for a benchmark: `baton up` with folders and ports of its own, and ways to talk to it."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid

from processes import processes

RELEASE = pathlib.Path(__file__).resolve().parent.parent / ".build" / "release"
THREADS = 2
MODEL = "ppocr-v4"
ENGINE_GRAPHS = pathlib.Path(os.environ["BATON_ENGINE_PREFIX"]) / "models" / MODEL

# Ended like this, a benchmark must still stop what it started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Failed(Exception):
    """Something that a benchmark needs did not work."""


class Closed(Failed):
    """The device manager has ended a connection, or was ended itself."""


def output(*command, timeout=300):
    """What a program prints without any input, as JSON."""
    words = [str(word) for word in command]
    ended = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )
    if ended.returncode != 0:
        raise Failed(f"{' '.join(words)}: {ended.stdout}{ended.stderr}")
    return json.loads(ended.stdout)


def form(png):
    """A picture as a browser's form sends it: the type of the content, and the content."""
    mark = uuid.uuid4().hex
    head = (
        f"--{mark}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"page.png\"\r\n"
        "Content-Type: image/png\r\n\r\n"
    )
    content = head.encode() + png + f"\r\n--{mark}--\r\n".encode()
    return f"multipart/form-data; boundary={mark}", content


def free_ports(count):
    """Ports that nobody listens on; somebody else may take them before they are used."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Instance:
    """A running `baton`; stopped at the end of its `with`."""

    def __init__(self, *words, folders=None, device="", ocr="", language="", vision=""):
        """Starts `baton WORDS`; `folders` are searched for models, the rest is more of the files."""
        self._home = tempfile.TemporaryDirectory(prefix="baton-bench-")
        self.home = pathlib.Path(self._home.name)
        self.status_port, self.ocr_port, self.language_port, self.vision_port = free_ports(4)
        names = json.dumps([str(folder) for folder in folders or []])
        (self.home / "device.yaml").write_text(
            f"server:\n  status_port: {self.status_port}\n"
            f"models:\n  folders: {names}\n  defaults:\n    threads: {THREADS}\n{device}",
            encoding="utf-8",
        )
        (self.home / "ocr.yaml").write_text(
            f"server:\n  port: {self.ocr_port}\n{ocr}", encoding="utf-8"
        )
        (self.home / "language.yaml").write_text(
            f"server:\n  port: {self.language_port}\n{language}", encoding="utf-8"
        )
        (self.home / "vision.yaml").write_text(
            f"server:\n  port: {self.vision_port}\n{vision}", encoding="utf-8"
        )
        self._words = [str(RELEASE / "baton"), *(words or ["up", "ocr"])]
        self.start()

    def start(self):
        """Starts the program; its log goes to a file that failures quote."""
        places = {
            f"BATON_{name}_DIR": str(self.home / name.lower())
            for name in ("RUNTIME", "STATE", "CACHE")
        }
        places["BATON_CONFIG_DIR"] = str(self.home)
        with open(self.home / "log", "ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                self._words, env={**os.environ, **places}, stdout=log, stderr=log
            )

    def stop(self):
        """Ends the program and everything it started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                # Its children die with it.
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._home.cleanup()

    def wait_ready(self, *ports, limit=60):
        """Waits until every port says that it is ready; returns seconds since the start."""
        for port in ports or (self.status_port, self.ocr_port):
            while not _is_ready(port):
                if self.process.poll() is not None or time.monotonic() - self.started > limit:
                    raise Failed((self.home / "log").read_text(encoding="utf-8")[-2000:])
                time.sleep(0.002)
        return time.monotonic() - self.started

    def logged(self, request_id):
        """The fields of a request's log line; none while there is none."""
        for line in (self.home / "log").read_text(encoding="utf-8").splitlines()[::-1]:
            fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if fields.get("request_id") == request_id:
                return fields
        return {}

    def pid(self, *words):
        """The process of ours whose arguments are `baton WORDS`."""
        for process in processes():
            if process.line[1:] == list(words) and process.parent == self.process.pid:
                return process.pid
        raise Failed(f"there is no process 'baton {' '.join(words)}'")


def _is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


class Reader:
    """One client of the OCR service, on one connection that is kept open."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def read(self, png):
        """Sends a page and returns the decoded answer."""
        kind, body = form(png)
        self._connection.request("POST", "/v1/ocr/extract", body, {"Content-Type": kind})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise Failed(f"the OCR service answered {answer.status}: {content[:500]!r}")
        return json.loads(content)


class DeviceSocket:
    """A client of the device manager's socket, one request at a time."""

    def __init__(self, path, timeout=120):
        """Connects; `timeout` is how many seconds an answer may take."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._last = 0

    def end(self):
        """Ends the connection, also for a thread that waits for a frame."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def call(self, action, **members):
        """Sends a request and returns its reply; frames of other kinds are passed over."""
        self._last += 1
        frame = {"action": action, "request_id": self._last, **members}
        text = json.dumps(frame).encode()
        try:
            self._socket.sendall(struct.pack(">I", len(text)) + text)
        except ConnectionError:
            # What was received before may still say why.
            pass
        while True:
            reply = self.frame()
            if reply.get("request_id") == self._last:
                break
        if reply.get("status") not in ("ok", "granted"):
            raise Failed(f"'{action}' was answered {reply}")
        return reply

    def frame(self):
        """The next frame, whatever it is."""
        (length,) = struct.unpack(">I", self._receive(4))
        return json.loads(self._receive(length))

    def _receive(self, count):
        content = b""
        while len(content) < count:
            try:
                piece = self._socket.recv(count - len(content))
            except TimeoutError:
                raise Failed("the device manager does not answer") from None
            except ConnectionError:
                piece = b""
            if not piece:
                raise Closed("the device manager closed the connection")
            content += piece
        return content
