"""What the tests of the vision service share: an installation for each class, and pictures."""

import base64
import contextlib
import http.client
import json
import unittest
from typing import Any

import openai
from case import Answer
from installation import PATIENCE, Installation
from store import Store
from test_images import COLOURS, WHICH, png

CHAT, ANALYZE = "/v1/chat/completions", "/v1/vision/analyze"
# The name that the documented requests have.
DOCUMENTED = "qwen2-vl-2b-instruct"
DEMO = "demo-vision:latest"

Part = dict[str, Any]


def uri(picture: bytes, kind: str = "image/png") -> str:
    """A picture as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


def coloured(word: str, width: int = 224, height: int = 224) -> str:
    """A picture of one colour as a data URI."""
    return uri(png(COLOURS[word], width, height))


def text(words: str) -> Part:
    """A part of text."""
    return {"type": "text", "text": words}


def image(url: str) -> Part:
    """A part with a picture, as OpenAI has it."""
    return {"type": "image_url", "image_url": {"url": url}}


def turn(*parts: Part) -> dict[str, Any]:
    """A turn of a person."""
    return {"role": "user", "content": list(parts)}


class VisionTest(unittest.TestCase):
    """Tests of one installation with the demo vision model."""

    maxDiff = None
    baton: Installation
    openai: openai.OpenAI
    # More of `vision.yaml`, section by section.
    vision: dict[str, Any] = {}

    @classmethod
    def fill(cls, store: Store) -> None:
        """Makes the models."""
        store.add_vision("demo-vision")
        store.add("demo")

    @classmethod
    def setUpClass(cls) -> None:
        cls.baton = cls.enterClassContext(Installation(cls.fill, vision=cls.vision))
        cls.openai = cls.baton.openai(port=cls.baton.vision_port)

    def send(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Answer, http.client.HTTPMessage]:
        """Sends a request and reads the whole answer, and its fields."""
        port = self.baton.vision_port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            kind = answer.headers.get_content_type()
            return Answer(answer.status, kind, answer.read().decode()), answer.headers

    def get(self, path: str) -> Any:
        """What a path says."""
        answer, _ = self.send("GET", path)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def post(self, path: str, **members: Any) -> Answer:
        """Posts an object."""
        return self.send("POST", path, json.dumps(members))[0]

    def ask(self, *parts: Part, **members: Any) -> Any:
        """What is answered to a turn of these parts."""
        wish = {"model": "demo-vision", "messages": [turn(*parts)], **members}
        answer = self.post(CHAT, **wish)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def assert_said(self, words: str, *parts: Part, **members: Any) -> Any:
        """A turn of these parts is answered with these words; the answer is returned."""
        answer = self.ask(*parts, **members)
        self.assertEqual(answer["choices"][0]["message"]["content"], words)
        return answer

    def assert_refused(self, status: int, code: str, answer: Answer) -> dict[str, Any]:
        """An answer is an error in the service's own shape; the error is returned."""
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.kind, "application/json")
        error = answer.json["error"]
        self.assertEqual(error["code"], code, error)
        kind = "invalid_request_error" if status < 500 else "internal_error"
        self.assertEqual(error["type"], kind)
        self.assertTrue(error["message"] and error["request_id"])
        return error

    def refuse(self, status: int, code: str, *parts: Part, **members: Any) -> dict[str, Any]:
        """A turn of these parts is refused; the error is returned."""
        wish = {"model": "demo-vision", "messages": [turn(*parts)], **members}
        return self.assert_refused(status, code, self.post(CHAT, **wish))


WHICH_PART = text(WHICH)
