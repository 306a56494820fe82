"""The vocabulary and the form of conversations: ChatML with pictures, as Qwen2-VL has it."""

import sys
from collections.abc import Iterable
from pathlib import Path

import regex
import talk

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo-model"))
import vocabulary  # noqa: E402

SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|image_pad|>",
]  # fmt: skip
NOTHING, START, END, VISION_START, VISION_END, _ = range(len(SPECIAL))
SIZE = 512

# Splits as llama.cpp does for `tokenizer.ggml.pre = qwen2`.
_PIECE = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# llama-server puts a marker in the place of each picture and joins the parts before it comes here,
# and the engine sets the tokens around pictures. Others hand over lists of parts.
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message['role'] + '\\n' -}}"
    "{%- if message['content'] is string -%}{{- message['content'] -}}"
    "{%- else -%}{%- for part in message['content'] -%}"
    "{%- if part['type'] in ['image', 'image_url'] -%}"
    "{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}"
    "{%- elif 'text' in part -%}{{- part['text'] -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{- '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)

Token = int | talk.Picture


class Vocabulary(vocabulary.Vocabulary):
    """Tokens of texts, and of whole dialogues with pictures between them."""

    def __init__(self, merges: list[tuple[str, str]]):
        super().__init__(merges)
        merged = [first + second for first, second in merges]
        self.tokens = SPECIAL + list(vocabulary.BYTES) + merged
        self.numbers = {token: number for number, token in enumerate(self.tokens)}

    def encode(self, text: str) -> list[int]:
        numbers: list[int] = []
        for piece in _PIECE.findall(text):
            if piece not in self._known:
                letters = [vocabulary.CHARACTERS[byte] for byte in piece.encode()]
                self._known[piece] = [self.numbers[part] for part in self._merged(letters)]
            numbers += self._known[piece]
        return numbers

    def turn(self, role: str, parts: list[str | talk.Picture]) -> list[Token]:
        """One turn with its end; texts beside each other are joined, as nothing is between them."""
        tokens: list[Token] = [START, *self.encode(f"{role}\n")]
        for part in parts:
            if isinstance(part, str):
                tokens += self.encode(part)
            else:
                tokens += [VISION_START, part, VISION_END]
        return [*tokens, END, *self.encode("\n")]

    def lesson(self, dialogue: talk.Dialogue) -> tuple[list[Token], list[bool]]:
        """A whole dialogue, and for each token whether the model should learn to say it."""
        tokens: list[Token] = []
        if dialogue.system is not None:
            tokens += self.turn("system", [dialogue.system])
        said = [False] * len(tokens)
        opening = [START, *self.encode("assistant\n")]
        for parts, answer in dialogue.turns:
            asked = [*self.turn("user", parts), *opening]
            answered = [*self.encode(answer), END]
            after = self.encode("\n")
            tokens += asked + answered + after
            said += [False] * len(asked) + [True] * len(answered) + [False] * len(after)
        return tokens, said


def learn(dialogues: Iterable[talk.Dialogue]) -> Vocabulary:
    """The vocabulary that shortens the texts of these dialogues most."""
    texts = ["system\n", "user\n", "assistant\n"] * 1000
    for dialogue in dialogues:
        for parts, answer in dialogue.turns:
            texts += [part for part in parts if isinstance(part, str)] + [answer]
    merges = vocabulary.learn(texts).merges
    # A line's end is a piece of its own here, so merges that hold one would never be used.
    usual = [pair for pair in merges if not any("Ċ" in part for part in pair)]
    return Vocabulary(usual[: SIZE - len(SPECIAL) - len(vocabulary.BYTES)])
