"""A byte-level BPE vocabulary, split the way llama.cpp splits for `tokenizer.ggml.pre = gpt-2`.

Every byte is a token, so every text can be written. No merge holds a digit: numbers are read and
written digit by digit, which is what sums need.
"""

from collections import Counter

import regex

BEGIN, END, SYSTEM, USER, ASSISTANT = range(5)
SPECIAL = ["<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
SIZE = 1024

_PIECE = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


def _visible_bytes():
    """The character that stands for each byte in such vocabularies: itself where it is visible."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {
        byte: chr(256 + index) for index, byte in enumerate(others)
    }


CHARACTERS = _visible_bytes()
BYTES = {character: byte for byte, character in CHARACTERS.items()}


def pieces(text):
    """The parts of a text that no token crosses, each a tuple of characters for bytes."""
    for piece in _PIECE.findall(text):
        yield tuple(CHARACTERS[byte] for byte in piece.encode())


class Vocabulary:
    """Tokens and merges; turns texts and dialogues into tokens and back."""

    def __init__(self, merges):
        self.merges = merges
        self.tokens = SPECIAL + list(BYTES) + [first + second for first, second in merges]
        self.numbers = {token: number for number, token in enumerate(self.tokens)}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._known = {}

    def encode(self, text):
        numbers = []
        for piece in pieces(text):
            if piece not in self._known:
                self._known[piece] = [self.numbers[part] for part in self._merged(list(piece))]
            numbers += self._known[piece]
        return numbers

    def decode(self, numbers):
        text = "".join(self.tokens[number] for number in numbers if number >= len(SPECIAL))
        return bytes(BYTES[character] for character in text).decode(errors="replace")

    def prompt(self, system, turns, question):
        """What the chat template makes of a conversation that waits for an answer."""
        numbers = [BEGIN]
        if system is not None:
            numbers += [SYSTEM, *self.encode(system), END]
        for asked, answered in turns:
            numbers += [USER, *self.encode(asked), END]
            numbers += [ASSISTANT, *self.encode(answered), END]
        return numbers + [USER, *self.encode(question), END, ASSISTANT]

    def lesson(self, dialogue):
        """A whole dialogue, and for each token whether the model should learn to say it."""
        numbers = [BEGIN]
        if dialogue.system is not None:
            numbers += [SYSTEM, *self.encode(dialogue.system), END]
        said = [False] * len(numbers)
        for question, answer in dialogue.turns:
            asked = [USER, *self.encode(question), END, ASSISTANT]
            answered = [*self.encode(answer), END]
            numbers += asked + answered
            said += [False] * len(asked) + [True] * len(answered)
        return numbers, said

    def _merged(self, parts):
        while len(parts) > 1:
            ranked = [self.ranks.get(pair, SIZE) for pair in zip(parts, parts[1:])]
            best = min(ranked)
            if best == SIZE:
                break
            at = ranked.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts


def learn(texts):
    """The vocabulary whose merges shorten these texts most, one merge after another."""
    counts = Counter(piece for text in texts for piece in pieces(text))
    words = [[list(piece), count] for piece, count in sorted(counts.items()) if len(piece) > 1]
    merges = []
    while len(merges) < SIZE - len(SPECIAL) - 256:
        pairs = Counter()
        for parts, count in words:
            for pair in zip(parts, parts[1:]):
                pairs[pair] += count
        # Of equally frequent pairs the first in the alphabet: the result must not vary.
        allowed = [
            (-count, pair)
            for pair, count in pairs.items()
            if not any(character.isdigit() for part in pair for character in part)
        ]
        first, second = min(allowed)[1]
        merges.append((first, second))
        for word in words:
            parts = word[0]
            at = 0
            while at < len(parts) - 1:
                if parts[at] == first and parts[at + 1] == second:
                    parts[at : at + 2] = [first + second]
                at += 1
    return Vocabulary(merges)
