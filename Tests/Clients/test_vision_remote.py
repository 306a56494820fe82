"""Pictures at addresses, where fetching them is allowed."""

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from test_images import COLOURS, png
from vision_case import ANALYZE, CHAT, WHICH_PART, VisionTest, image, turn

PICTURE = png(COLOURS["blue"])


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the path, and remembers what was asked."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        name, _, rest = self.path[1:].partition("/")
        ways: dict[str, Callable[[str], None]] = {
            "picture": self._picture, "to": self._redirect, "loop": self._loop,
            "status": lambda code: self._reply(int(code), b""), "endless": self._endless,
            "slow": self._slow, "long": self._long, "page": self._page,
        }
        with contextlib.suppress(OSError):
            ways[name](rest)

    def _reply(self, status: int, body: bytes, **fields: str) -> None:
        self.send_response(status)
        for field, value in fields.items():
            self.send_header(field, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _picture(self, _: str) -> None:
        self._reply(200, PICTURE)

    def _page(self, _: str) -> None:
        self._reply(200, b"<html>a secret page</html>")

    def _redirect(self, rest: str) -> None:
        self._reply(302, b"", Location=rest)

    def _loop(self, _: str) -> None:
        self._reply(302, b"", Location=self.path)

    def _long(self, _: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 30))
        self.end_headers()
        self.wfile.write(b"\0" * (64 << 10))

    def _endless(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"\0" * (1 << 20))

    def _slow(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"\0")
            time.sleep(0.05)

    def log_message(self, *_: Any) -> None:
        pass


class RemoteTest(VisionTest):
    """Tests with a server of pictures on this machine."""

    server: http.server.ThreadingHTTPServer

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        cls.addClassCleanup(cls.server.server_close)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        super().setUpClass()

    def setUp(self) -> None:
        _Handler.seen.clear()

    def place(self, path: str, host: str = "127.0.0.1") -> str:
        """An address of the server of pictures."""
        return f"http://{host}:{self.server.server_port}/{path}"

    def refuse_address(self, address: str, code: str = "image_address_forbidden") -> None:
        """A picture at an address is refused."""
        with self.subTest(address):
            self.refuse(400, code, WHICH_PART, image(address))


class AllowedTest(RemoteTest):
    vision = {
        "limits": {"max_image_size": "1MiB"},
        "images": {"remote": {
            "enabled": True, "schemes": ["http", "https"], "networks": ["127.0.0.1"],
            "hosts": ["127.0.0.1", "127.0.0.2", "localhost", "*.localhost", "no-such-name.invalid"],
            "timeout": "2s", "redirects": 2,
        }},
    }

    def test_a_picture(self) -> None:
        for host in ("127.0.0.1", "localhost"):
            self.assert_said("blue", WHICH_PART, image(self.place("picture", host)))
        answer = self.post(ANALYZE, images=[self.place("picture")], prompt="What colour is this?")
        result = answer.json["results"][0]
        self.assertEqual((result["analysis"], result["image_url"]), ("blue", self.place("picture")))

    def test_redirections(self) -> None:
        self.assert_said("blue", WHICH_PART, image(self.place("to//picture")))
        self.assert_said(
            "blue", WHICH_PART, image(self.place(f"to/{self.place('to//picture')}"))
        )
        self.refuse_address(self.place("loop"))
        self.refuse_address(self.place("to//to//to//picture"))
        _Handler.seen.clear()
        for target in (
            # Neither host nor network is allowed, or the scheme is none.
            "http://169.254.169.254/latest/meta-data/", "http://example.org/picture",
            "http://10.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/",
            f"http://127.0.0.2:{self.server.server_port}/picture",
            f"http://[::1]:{self.server.server_port}/picture",
            f"http://[::ffff:127.0.0.1]:{self.server.server_port}/picture",
            f"http://user@127.0.0.1:{self.server.server_port}/picture",
        ):
            self.refuse_address(self.place(f"to/{target}"))
        self.assertNotIn("/picture", _Handler.seen)

    def test_hosts_and_schemes(self) -> None:
        for address in (
            "http://example.org/x.png", "http://0.0.0.0/", "http://[::1]/", "http://127.0.0.3/",
            self.place("picture", "user:word@127.0.0.1"), self.place("picture", "[::ffff:7f00:1]"),
            "http:///x", "http://", "http:127.0.0.1", "https://", "http://127.0.0.1:99999/",
        ):
            self.refuse_address(address)
        self.assertEqual(_Handler.seen, [])

    def test_names_that_lead_to_forbidden_addresses(self) -> None:
        # The host is allowed by its name, and the address that it has is not.
        self.refuse_address(self.place("picture", "127.0.0.2"))
        self.refuse_address("http://no-such-name.invalid/x.png", "image_fetch_failed")
        self.assertEqual(_Handler.seen, [])

    def test_limits(self) -> None:
        for path in ("endless", "long"):
            self.refuse(413, "image_too_large", WHICH_PART, image(self.place(path)))
        self.refuse_address(self.place("slow"), "image_fetch_failed")
        for status in (204, 404, 500):
            self.refuse_address(self.place(f"status/{status}"), "image_fetch_failed")
        self.refuse_address(self.place("picture").replace("http:", "https:"), "image_fetch_failed")

    def test_what_is_fetched_and_no_picture_stays_here(self) -> None:
        error = self.refuse(400, "unsupported_image", WHICH_PART, image(self.place("page")))
        self.assertNotIn("secret", error["message"])

    def test_nobody_there(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            self.refuse_address(f"http://127.0.0.1:{port}/", "image_fetch_failed")


class PublicOnlyTest(RemoteTest):
    """Fetching is allowed, but nobody has allowed a network of one's own."""

    vision = {"images": {"remote": {"enabled": True, "schemes": ["http", "https"],
                                    "timeout": "2s"}}}

    def test_private_addresses(self) -> None:
        port = self.server.server_port
        for host in (
            "127.0.0.1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "0", "0.0.0.0",
            "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
            "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "192.168.0.1",
            "100.64.0.1", "169.254.169.254", "[::ffff:169.254.169.254]", "0xa9fea9fe",
            "2852039166", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]",
        ):
            with self.subTest(host):
                answer = self.post(
                    CHAT, model="demo-vision",
                    messages=[turn(image(f"http://{host}:{port}/picture"))],
                )
                self.assertEqual(answer.status, 400, answer.text)
                # Not every resolver knows this name when it ends with a dot.
                known = {"image_address_forbidden"} | (
                    {"image_fetch_failed"} if host.endswith(".") else set()
                )
                self.assertIn(answer.json["error"]["code"], known)
        self.assertEqual(_Handler.seen, [])


class DefaultsTest(RemoteTest):
    """Without any setting only `https` would be fetched, and nothing is."""

    def test_nothing_is_fetched(self) -> None:
        self.refuse_address(self.place("picture"), "remote_images_off")
        self.assertEqual(_Handler.seen, [])
