"""An engine that is an HTTP server on a Unix socket, for tests.

usage: http_engine.py SOCKET [LOADING [STATUS]]

`GET /health` is answered LOADING times with 503, then with STATUS (200). `GET /echo` names this
process. `GET /wait` sends a first line and then nothing until its client leaves; `GET /left` says
how many clients have left in such a way.
"""

import os
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler

lock = threading.Lock()
loading = int(sys.argv[2]) if len(sys.argv) > 2 else 0
status = int(sys.argv[3]) if len(sys.argv) > 3 else 200
left = 0


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answers one request."""
        global loading, left
        if self.path == "/health":
            with lock:
                is_loading = loading > 0
                loading -= 1
            self._answer(503 if is_loading else status, "{}")
        elif self.path == "/wait":
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"begun\n")
            self.connection.recv(1)
            with lock:
                left += 1
            self.close_connection = True
        elif self.path == "/left":
            self._answer(200, str(left))
        else:
            self._answer(200, f"pid {os.getpid()}")

    def _answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        # In one piece: who asks for the health reads no further than the status.
        self._headers_buffer.append(b"\r\n" + body)
        self.flush_headers()

    def log_message(self, *_):
        """Says nothing."""


class Server(socketserver.ThreadingUnixStreamServer):
    """Serves any number of connections, each in a thread."""

    daemon_threads = True

    def get_request(self):
        """Takes a connection; the handler wants an address that has a host."""
        connection, _ = super().get_request()
        return connection, ("client", 0)


Server(sys.argv[1], Handler).serve_forever()
