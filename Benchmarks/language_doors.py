"""Streams by the APIs of OpenAI and Anthropic against a bare llama-server's: how soon, how fast.

Both have the same file, arguments and requests, and take turns, request by request.
"""

import json
import time

from asking import Connection
from baton import Failed
from language import FIRST_TOKENS, RANDOM, Directly, Language, Text, ask_all, first_texts, wish
from report import middle, publish, quantile, samples

ROUNDS = 20


class Door:
    """A client of the language service by one of its other APIs."""

    def __init__(self, language, model):
        self._connection = Connection(language.language_port)
        self._language = language
        self._model = model
        self._requests = 0

    def chat(self, messages, tokens):
        """Has an answer of so many tokens at most written."""
        body = {"model": self._model, "messages": messages, "max_tokens": tokens, "stream": True}
        self._requests += 1
        request = f"{type(self).__name__}-{self._requests}"
        answer = self._connection.ask(self.path, body | self.more, X_Request_ID=request)
        parts, generated = [], 0
        for moment, line in answer.lines():
            word, _, content = line.partition(b": ")
            if word != b"data" or content.strip() == b"[DONE]":
                continue
            event = json.loads(content)
            generated = self.generated(event) or generated
            text = self.text(event)
            if text:
                parts.append((moment, text))
        return Text(answer, parts, generated, self._prompt_ms(request))

    def _prompt_ms(self, request):
        """What the engine took for a prompt, which these APIs do not tell: the log does."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            fields = self._language.logged(request)
            if fields:
                return float(fields["prompt_ms"])
            time.sleep(0.001)
        raise Failed(f"the log has no line of request {request}")


class OpenAI(Door):
    """A client that speaks to OpenAI."""

    name = "openai"
    path, more = "/v1/chat/completions", {"stream_options": {"include_usage": True}}

    @staticmethod
    def text(event):
        """The text of an event."""
        return event["choices"][0]["delta"].get("content") if event["choices"] else None

    @staticmethod
    def generated(event):
        """The tokens that the last event tells."""
        return (event.get("usage") or {}).get("completion_tokens")


class Anthropic(Door):
    """A client that speaks to Anthropic."""

    name = "anthropic"
    path, more = "/v1/messages", {}

    @staticmethod
    def text(event):
        """The text of an event."""
        return event.get("delta", {}).get("text")

    @staticmethod
    def generated(event):
        """The tokens that the last event but one tells."""
        return event.get("usage", {}).get("output_tokens")


def first_token(ways):
    """Milliseconds from the request to the first text, less what the engine took for the prompt."""
    *doors, bare = zip(*[[text.around_ms for text in row] for row in first_texts(ways)])
    for way, ours in zip(ways, doors):
        middle(
            f"language_{way.name}_first_token_added_ms",
            [a - b for a, b in zip(ours, bare)],
            "ms",
            bar=1,
            note=f"p50 and quartiles of {FIRST_TOKENS} rows of prompts: what is left"
            f" without the engine's own time for the prompt is {quantile(0.5, ours):.2f} ms,"
            f" llama-server's {quantile(0.5, bare):.2f}",
        )


def decode(ways):
    """Tokens a second of one stream after its first token."""
    rounds = [ask_all(ways, number, wish(number), 64) for number in range(ROUNDS)]
    *doors, bare = zip(
        *[[text.rate for text in texts] for texts in rounds]
    )
    for way, ours in zip(ways, doors):
        samples(
            f"language_{way.name}_decode",
            [a / b for a, b in zip(ours, bare)],
            "x",
            bar=0.98,
            higher_is_better=True,
            note=f"{quantile(0.5, ours):.1f} tokens/s, llama-server {quantile(0.5, bare):.1f}",
        )


def main():
    """Both doors beside the engine itself: how soon, and how fast."""
    with Language() as language:
        language.load(RANDOM)
        doors = OpenAI(language, RANDOM), Anthropic(language, RANDOM)
        ways = *doors, Directly(language.socket(RANDOM))
        first_token(ways)
        decode(ways)


main()
publish()
