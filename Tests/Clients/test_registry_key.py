"""Registries that want to know whose key asks; signatures are examined by openssl."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import ollama
from case import LanguageTest
from installation import Installation, eventually
from registry import Loopback, LoopbackHandler

KEYGEN, OPENSSL = shutil.which("ssh-keygen"), shutil.which("openssl")
NOTHING = base64.b64encode(
    b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
).decode()


class Doorkeeper(Loopback):
    """A registry with nothing in it; who signs for a token may look."""

    def __init__(self) -> None:
        self.signed: list[bool] = []
        holder = self

        class Handler(LoopbackHandler):
            def do_GET(self) -> None:
                """Gives tokens to whom has signed, and has no model for anybody."""
                host = self.headers["Host"]
                given = self.headers.get("Authorization", "")
                if self.path.startswith("/token?"):
                    holder.signed.append(_is_signed(given, f"http://{host}{self.path}"))
                    token = json.dumps({"token": "t"}).encode()
                    return self.answer(200, token) if holder.signed[-1] else self.answer(401)
                if given == "Bearer t":
                    return self.answer(404)
                realm = f'Bearer realm="http://{host}/token",service="s",scope="x:pull"'
                return self.answer(401, WWW_Authenticate=realm)

        super().__init__(Handler)


def _is_signed(field: str, url: str) -> bool:
    """Whether a field has a public half and its signature of a question."""
    half, _, signature = field.partition(":")
    if not signature:
        return False
    wire = base64.b64decode(half, validate=True)
    assert wire[:19] == b"\0\0\0\x0bssh-ed25519\0\0\0\x20" and len(wire) == 51, wire
    names = list(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query))
    assert names == ["nonce", "scope", "service", "ts"], names
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # The head that X.509 puts before such a half (RFC 8410).
        head = bytes.fromhex("302a300506032b6570032100")
        (folder / "key").write_bytes(head + wire[19:])
        (folder / "text").write_text(f"GET,{url},{NOTHING}")
        (folder / "signature").write_bytes(base64.b64decode(signature, validate=True))
        words = [
            OPENSSL or "", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
            "-inkey", "key", "-in", "text", "-sigfile", "signature",
        ]
        ended = subprocess.run(words, cwd=folder, check=False, capture_output=True)
        return ended.returncode == 0


@unittest.skipUnless(KEYGEN and OPENSSL, "needs ssh-keygen and openssl")
class RegistryKeyTest(LanguageTest):
    registry: Doorkeeper
    key: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.registry = cls.enterClassContext(Doorkeeper())
        cls.key = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "key"
        language = {"registry": {"key": str(cls.key)}}
        cls.baton = cls.enterClassContext(Installation(cls.fill, language))
        cls.client = cls.baton.client()

    def setUp(self) -> None:
        self.registry.signed.clear()
        self.addCleanup(self.key.unlink, missing_ok=True)

    def _make_key(self, *words: str) -> None:
        self.key.unlink(missing_ok=True)
        words = (KEYGEN or "", "-q", "-C", "made for tests", "-f", str(self.key), *words)
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def _pull(self) -> str:
        with self.assertRaises(ollama.ResponseError) as raised:
            self.client.pull(f"{self.registry.host}/library/none", insecure=True)
        return raised.exception.error

    def test_a_question_is_signed_with_the_key_that_is_there(self) -> None:
        # One that came after the service began.
        self._make_key("-t", "ed25519", "-N", "")
        self.assertEqual(self._pull(), "pull model manifest: file does not exist")
        self.assertEqual(self.registry.signed, [True])
        # Another one counts at once.
        self._make_key("-t", "ed25519", "-N", "")
        self._pull()
        self.assertEqual(self.registry.signed, [True, True])

    def test_without_a_key_nothing_is_signed(self) -> None:
        self.assertIn("asks for somebody who may do this", self._pull())
        self.assertEqual(self.registry.signed, [False])

    def test_a_key_that_cannot_be_used_is_told(self) -> None:
        for words, reason in [
            (("-t", "ed25519", "-N", "secret"), "it is locked with a password"),
            (("-t", "ecdsa", "-N", ""), "it is a key of the kind 'ecdsa-sha2-nistp256'"),
        ]:
            with self.subTest(reason):
                self.registry.signed.clear()
                self._make_key(*words)
                self._pull()
                self.assertEqual(self.registry.signed, [False])
                eventually("the log has it", lambda reason=reason: reason in self.baton.log())
                self.assertIn(str(self.key), self.baton.log())

    def test_the_log_has_no_secrets(self) -> None:
        self._make_key("-t", "ed25519", "-N", "")
        self._pull()
        for line in self.key.read_text().splitlines()[1:-1]:
            self.assertNotIn(line, self.baton.log())
        self.assertNotIn("Bearer", self.baton.log())

