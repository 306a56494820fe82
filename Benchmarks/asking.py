"""Requests over plain sockets, with the moment at which each piece of an answer arrived.

`http.client` takes longer for a line of a stream than the programs that are compared.
"""

import bisect
import json
import socket
import time

from baton import Failed

_PIECE = 65536
# How an answer in chunks ends.
_LAST = b"\r\n0\r\n\r\n"


class _Ended(Failed):
    """A connection has ended before a whole answer was there."""


class Answer:
    """An answer: its status, and its content in the pieces that came, each with its moment."""

    def __init__(self, start, arrivals):
        """`arrivals` are moments and bytes, from `start` on."""
        self.start = start
        content = b"".join(piece for _, piece in arrivals)
        head, _, self._body = content.partition(b"\r\n\r\n")
        self._before = len(head) + 4
        self._moments = [moment for moment, _ in arrivals]
        self._ends, end = [], 0
        for _, piece in arrivals:
            end += len(piece)
            self._ends.append(end)
        self.end = self._moments[-1]
        self.status = int(head.split(b" ", 2)[1])
        self._is_chunked = b"transfer-encoding: chunked" in head.lower()

    @property
    def seconds(self):
        """From the request to the last byte."""
        return self.end - self.start

    def lines(self):
        """Each line that is not empty, with the moment at which its end was there."""
        found, rest = [], b""
        for moment, content in self._pieces():
            *whole, rest = (rest + content).split(b"\n")
            found += [(moment, line) for line in whole if line.strip()]
        return found + ([(self.end, rest)] if rest.strip() else [])

    def value(self):
        """The whole content, as JSON."""
        return json.loads(b"".join(content for _, content in self._pieces()))

    def _pieces(self):
        if not self._is_chunked:
            yield self.end, self._body
            return
        at = 0
        while True:
            line = self._body.index(b"\r\n", at)
            length = int(self._body[at:line], 16)
            if length == 0:
                return
            at = line + 2 + length
            yield self._moment(at), self._body[line + 2 : at]
            at += 2

    def _moment(self, offset):
        """When this much of the body was there."""
        return self._moments[bisect.bisect_left(self._ends, self._before + offset)]


class Connection:
    """A connection to a server, made anew when the server has closed it."""

    def __init__(self, place):
        """`place` is a port of this machine, or the path of a socket."""
        self._place = place
        self._socket = None

    def ask(self, path, body, **headers):
        """Posts a JSON body and reads the whole answer; the start is before any connecting."""
        content = json.dumps(body).encode()
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"{lines}Content-Length: {len(content)}\r\n\r\n"
        )
        return self.send(head.encode() + content)

    def send(self, request):
        """Sends these bytes and reads the whole answer."""
        start = time.perf_counter()
        is_kept = self._socket is not None
        try:
            arrivals = self._exchange(request)
        except _Ended:
            if not is_kept:
                raise
            # The server has ended it since the last answer.
            start = time.perf_counter()
            arrivals = self._exchange(request)
        answer = Answer(start, arrivals)
        if answer.status != 200:
            raise Failed(f"the answer is {answer.status}: {arrivals[-1][1][-500:]!r}")
        return answer

    def close(self):
        """Ends the connection, and with it a request that is under way."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request):
        """The pieces of the answer with their moments."""
        if self._socket is None:
            self._socket = self._connected()
        try:
            self._socket.sendall(request)
            return list(self._arrivals())
        except ConnectionError as error:
            self.close()
            raise _Ended(f"a connection ended: {error}") from None

    def _connected(self):
        if isinstance(self._place, int):
            made = socket.create_connection(("127.0.0.1", self._place), timeout=120)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            made = socket.socket(socket.AF_UNIX)
            made.settimeout(120)
            made.connect(self._place)
        return made

    def _arrivals(self):
        head, tail, received, ending = b"", b"", 0, None
        while ending is None or not ending(received, tail):
            piece = self._socket.recv(_PIECE)
            moment = time.perf_counter()
            if not piece:
                raise ConnectionResetError("no whole answer")
            yield moment, piece
            received += len(piece)
            tail = (tail + piece)[-len(_LAST) :]
            if ending is None:
                head += piece
                ending = _ending(head)
        if b"\r\nconnection: close" in head.lower():
            self.close()


def _ending(head):
    """Whether so many bytes, which end like this, are a whole answer; None before the head."""
    fields, blank, _ = head.lower().partition(b"\r\n\r\n")
    if not blank:
        return None
    if b"\r\ncontent-length:" not in fields:
        return lambda _, tail: tail == _LAST
    length = int(fields.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
    return lambda received, _: received >= len(fields) + len(blank) + length
