"""What the tests share: an installation for each class of them, models, and ways to ask."""

import contextlib
import dataclasses
import http.client
import json
import unittest
from collections.abc import Iterator
from typing import Any

import ollama
from installation import Installation
from store import Store

PLAIN = "{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}<|end|>{{ end }}<|assistant|>"
TOOLS = (
    "{{ if .Tools }}<|system|>{{ .Tools }}<|end|>{{ end }}{{ range .Messages }}<|{{ .Role }}|>"
    '{{ .Content }}{{ if .ToolCalls }}{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", '
    '"parameters": {{ .Function.Arguments }}}{{ end }}{{ end }}<|end|>{{ end }}<|assistant|>'
)
THINKING = (
    "{{ range .Messages }}<|{{ .Role }}|>{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}"
    "{{ .Content }}<|end|>{{ end }}<|assistant|>"
)

SUM = "What is 3 plus 4?"
STORY = "Tell me a story."
# The token that ends an answer must not come: the text goes on up to its limit. The dice keep
# equal tokens apart, of which more than thirty in a row would end it.
ENDLESS = {
    "logit_bias": [[1, False]], "num_predict": 8000, "temperature": 3, "top_p": 1, "seed": 7,
    "repeat_penalty": 1.5,
}

Message = dict[str, Any]


def user(*texts: str) -> list[Message]:
    """A conversation; the user's turns and the assistant's alternate."""
    return [
        {"role": ("user", "assistant")[index % 2], "content": text}
        for index, text in enumerate(texts)
    ]


@dataclasses.dataclass
class Answer:
    """What came of a request."""

    status: int
    kind: str
    text: str

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.text)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The objects of a stream, one a line."""
        return [json.loads(line) for line in self.text.splitlines()]


class LanguageTest(unittest.TestCase):
    """Tests of one installation with the models of `fill`."""

    maxDiff = None
    baton: Installation
    client: ollama.Client
    # More of `language.yaml`, section by section.
    language: dict[str, Any] = {}
    # `catalogue.yaml`.
    catalogue: dict[str, Any] = {}

    @classmethod
    def fill(cls, store: Store) -> None:
        """Makes the models; the demo model alone where a class says nothing else."""
        store.add("demo")

    @classmethod
    def setUpClass(cls) -> None:
        cls.baton = cls.enterClassContext(Installation(cls.fill, cls.language, cls.catalogue))
        cls.client = cls.baton.client()

    # Raw HTTP.

    def send(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sends a request and reads the whole answer."""
        with contextlib.closing(self.baton.connection()) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            kind = answer.headers.get_content_type()
            return Answer(answer.status, kind, answer.read().decode())

    def post(self, path: str, **members: Any) -> Answer:
        """Posts an object; members are sent as they are, `stream` too."""
        return self.send("POST", path, json.dumps(members))

    @contextlib.contextmanager
    def stream(self, path: str, **members: Any) -> Iterator[http.client.HTTPResponse]:
        """An answer that is read line by line; the client leaves at the end."""
        with contextlib.closing(self.baton.connection()) as connection:
            connection.request("POST", path, json.dumps(members))
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            yield answer

    # What must hold.

    def assert_refused(self, status: int, error: str, path: str, **members: Any) -> None:
        """A request is refused with a status and exactly these words."""
        answer = self.post(path, **members)
        self.assertEqual((answer.status, answer.json["error"]), (status, error))
        self.assertEqual(answer.kind, "application/json")

    def assert_said(self, text: str, path: str, **members: Any) -> dict[str, Any]:
        """A request is answered with a text; the answer is returned."""
        answer = self.post(path, **members, stream=False)
        self.assertEqual(answer.status, 200, answer.text)
        reply = answer.json
        said = reply["message"]["content"] if path == "/api/chat" else reply["response"]
        self.assertEqual(said, text)
        return reply
