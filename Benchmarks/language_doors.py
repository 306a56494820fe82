"""Streams by the APIs of OpenAI and Anthropic against a bare llama-server's: how soon, how fast.

Both have the same file, arguments and requests, and take turns, request by request.
"""

import json

from asking import Connection
from baton import Failed
from language import DEMO, RANDOM, Bare, Directly, Language, Text, conversation, in_turns
from report import figure, publish, quantile, samples

FIRST_TOKENS = 60
ROUNDS = 10


class Door:
    """A client of the language service by one of its other APIs."""

    def __init__(self, language, model):
        self._connection = Connection(language.language_port)
        self._model = model

    def chat(self, messages, tokens):
        """Has an answer of so many tokens at most written."""
        body = {"model": self._model, "messages": messages, "max_tokens": tokens, "stream": True}
        answer = self._connection.ask(self.path, body | self.more)
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
        return Text(answer, parts, generated, 0)


class OpenAI(Door):
    """A client that speaks to OpenAI."""

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

    path, more = "/v1/messages", {}

    @staticmethod
    def text(event):
        """The text of an event."""
        return event.get("delta", {}).get("text")

    @staticmethod
    def generated(event):
        """The tokens that the last event but one tells."""
        return event.get("usage", {}).get("output_tokens")


def ask_both(ways, number, tokens):
    """The text of each way, in the order of the ways; they must be the same."""
    texts = [None] * len(ways)
    for place, way in in_turns(number, *ways):
        texts[place] = way.chat(conversation(f"{100 + number} stories, please."), tokens)
    if len({(text.text, text.tokens) for text in texts}) != 1:
        raise Failed(f"the texts differ: {[(text.text, text.tokens) for text in texts]}")
    return texts


def first_token(name, ways):
    """Milliseconds from the request to the first text, of a model that needs nearly none."""
    pairs = [ask_both(ways, number, 4) for number in range(FIRST_TOKENS)]
    differences = [ours.first_ms - bare.first_ms for ours, bare in pairs]
    ours, bare = (quantile(0.5, [text.first_ms for text in column]) for column in zip(*pairs))
    figure(
        f"language_{name}_first_token_added_ms",
        quantile(0.5, differences),
        "ms",
        bar=1,
        spread=(quantile(0.25, differences), quantile(0.75, differences)),
        note=f"p50 and quartiles of {FIRST_TOKENS} prompts, each asked of both: {ours:.2f} ms,"
        f" llama-server {bare:.2f}",
    )


def decode(name, ways):
    """Tokens a second of one stream after its first token."""
    rates = []
    for number in range(ROUNDS):
        texts = ask_both(ways, number, 64)
        rates.append([(text.tokens - 1) / (text.last - text.first) for text in texts])
    ours, bare = (quantile(0.5, column) for column in zip(*rates))
    samples(
        f"language_{name}_decode",
        [a / b for a, b in rates],
        "x",
        bar=0.98,
        higher_is_better=True,
        note=f"{ours:.1f} tokens/s, llama-server {bare:.1f}",
    )


def main():
    """Each door with both models."""
    for model, measure in ((DEMO, first_token), (RANDOM, decode)):
        with Language() as language:
            language.load(model)
            with Bare(language.engine(model)) as bare:
                for name, door in (("openai", OpenAI), ("anthropic", Anthropic)):
                    measure(name, (door(language, model), Directly(bare)))


main()
publish()
