"""Lays dialogues into rows to train with, several in each."""

import random
from dataclasses import dataclass, field

import chat
import language
import numpy as np
import scenes
import talk

LENGTH = 192
ROWS = 12
LEARNT = 640
# As many rows are filled at the same time.
OPEN = 12
# A picture has 8 to 4096 tokens that hardly differ. As many stand for all of them.
SHOWN = 3
FEWEST, MOST = 6, 2600


@dataclass
class _Row:
    tokens: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    positions: list[tuple[int, int, int]] = field(default_factory=list)
    repeats: list[float] = field(default_factory=list)


class Lessons:
    """Fills rows with dialogues and hands them out in batches."""

    def __init__(self, talker: talk.Talker, vocabulary: chat.Vocabulary, seed: int):
        self.talker = talker
        self.vocabulary = vocabulary
        self.random = random.Random(seed)
        self.open = [_Row() for _ in range(OPEN)]
        self.full: list[_Row] = []

    def batch(self) -> tuple[language.Rows, np.ndarray, np.ndarray]:
        """Rows, and the places in them that are learnt with their targets (-1: none)."""
        while len(self.full) < ROWS:
            self._add(self._laid(*self.vocabulary.lesson(self.talker.dialogue())))
        batch, self.full = self.full[:ROWS], self.full[ROWS:]
        targets = np.array([_padded(row.targets, -1) for row in batch]).reshape(-1)
        places = np.flatnonzero(targets >= 0)[:LEARNT]
        # A fixed number, or the network would be compiled for each.
        room = np.zeros(LEARNT - len(places), places.dtype)
        rows = language.Rows(
            tokens=np.array([_padded(row.tokens, 0) for row in batch]),
            groups=np.array([_padded(row.groups, 0) for row in batch]),
            pictures=np.array([_padded(row.pictures, (-1, 0)) for row in batch]),
            positions=np.moveaxis(
                np.array([_padded(row.positions, (0, 0, 0)) for row in batch], np.float32), -1, 0
            ),
            repeats=np.array([_padded(row.repeats, 1.0) for row in batch], np.float32),
        )
        return rows, np.append(places, room), np.append(targets[places], room - 1)

    def _laid(self, tokens: list[chat.Token], said: list[bool]) -> _Row:
        """One dialogue as a row of its own, with positions as llama-server gives them."""
        row, position = _Row(), 0
        following = [*tokens[1:], 0]
        learnt = [*said[1:], False]
        for token, next_, learn in zip(tokens, following, learnt):
            if isinstance(token, int):
                row.tokens.append(token)
                row.targets.append(next_ if learn and isinstance(next_, int) else -1)
                row.pictures.append((-1, 0))
                row.positions.append((position,) * 3)
                row.repeats.append(1.0)
                position += 1
            else:
                position += self._show(row, token, position)
        row.groups = [0] * len(row.tokens)
        return row

    def _show(self, row: _Row, picture: talk.Picture, position: int) -> int:
        """A few tokens in the place of a picture's many; returns by how much positions advance."""
        many = FEWEST * (MOST / FEWEST) ** (self.random.random() ** 1.5)
        ratio = 2 ** self.random.uniform(-1.3, 1.3)
        columns = max(1, round((many * ratio) ** 0.5))
        lines = max(1, round((many / ratio) ** 0.5))
        cells = sorted(self.random.randrange(columns * lines) for _ in range(SHOWN))
        for cell in cells:
            row.tokens.append(0)
            row.targets.append(-1)
            row.pictures.append((picture.number, self.random.randrange(scenes.TOKENS)))
            line, column = divmod(cell, columns)
            row.positions.append((position, position + line, position + column))
            row.repeats.append(columns * lines / SHOWN)
        return max(columns, lines)

    def _add(self, dialogue: _Row) -> None:
        needed = len(dialogue.tokens)
        if needed > LENGTH:
            return
        if all(len(row.tokens) + needed > LENGTH for row in self.open):
            fullest = max(self.open, key=lambda row: len(row.tokens))
            self.open.remove(fullest)
            self.full.append(fullest)
            self.open.append(_Row())
        row = next(row for row in self.open if len(row.tokens) + needed <= LENGTH)
        group = row.groups[-1] + 1 if row.groups else 1
        row.tokens += dialogue.tokens
        row.targets += dialogue.targets
        row.groups += [group] * needed
        row.pictures += dialogue.pictures
        row.positions += dialogue.positions
        row.repeats += dialogue.repeats


def _padded(values: list, filling: object) -> list:
    return values + [filling] * (LENGTH - len(values))
