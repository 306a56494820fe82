"""Pictures as a vision tower meets them: mean colours of quarters of patches, without any pixels.

A scene is mostly of one colour word and the rest of others; some quarters lie across the border of
two regions, some in the black bars that llama-server adds to pictures whose sides do not fit its
grid.
"""

import functools
from dataclasses import dataclass

import numpy as np

import colours

# A token is made of a square of four patches, each of which is seen as four quarters.
TOKENS, PATCHES, QUARTERS = 8, 4, 4
# Quarters are drawn in pairs.
PAIRS = TOKENS * PATCHES * QUARTERS // 2
MARGIN = 0.03
POOL = 3000


@dataclass
class Scenes:
    """Scenes with what should be said about them.

    patches: (count, TOKENS, PATCHES, QUARTERS, 3) mean colours from 0 to 255. words: the number of
    the dominant word. light: 1 where light, 0 where dark, -1 where either is right.
    """

    patches: np.ndarray
    words: np.ndarray
    light: np.ndarray


@functools.cache
def _pools() -> list[np.ndarray]:
    return colours.pools(np.random.default_rng(0), POOL, MARGIN)


class Painter:
    """Draws scenes, always the same ones for one seed."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.pools = _pools()

    def scenes(self, count: int) -> Scenes:
        made = [self._scene() for _ in range(count)]
        patches, words, light = (np.stack(part) for part in zip(*made))
        return Scenes(patches.astype(np.float32), words, light)

    def _scene(self) -> tuple[np.ndarray, int, int]:
        random, many = self.random, PAIRS
        word = int(random.integers(len(colours.WORDS)))
        dominant = many if random.random() < 0.3 else int(random.integers(34, many + 1))
        regions = [self._region(word, dominant)]
        others = [other for other in range(len(colours.WORDS)) if other != word]
        left = many - dominant
        while left:
            # No other region may come near the dominant one.
            size = int(min(left, random.integers(2, dominant - 6)))
            other = others.pop(int(random.integers(len(others))))
            regions.append(self._region(other, size))
            left -= size
        picture = np.concatenate(regions)
        lightness = float(colours.lightness(picture).mean())
        if len(regions) > 1:
            self._blur(picture, dominant)
        self._add_bars(picture, regions)
        light = 1 if lightness > colours.LIGHT else 0 if lightness < colours.DARK else -1
        picture = np.repeat(picture, 2, 0) + random.normal(0, random.choice([0, 3]), (2 * many, 3))
        patches = random.permutation(picture.reshape(-1, QUARTERS, 3))
        picture = np.clip(patches, 0, 255).reshape(TOKENS, PATCHES, QUARTERS, 3)
        return picture, word, light

    def _region(self, word: int, size: int) -> np.ndarray:
        """Quarters of one word: the same colour, or shades of it, or anything that has the word."""
        random, pool = self.random, self.pools[word]
        kind = random.random()
        if kind < 0.2:
            return pool[random.integers(0, len(pool), size)]
        base = np.repeat(pool[random.integers(0, len(pool))][None], size, 0)
        if kind < 0.5:
            return base
        slope = np.linspace(-1, 1, size)[:, None] * random.normal(0, 20, 3)
        varied = np.clip(base + slope + random.normal(0, random.uniform(1, 8), base.shape), 0, 255)
        same, margin = colours.words(varied)
        return np.where(((same == word) & (margin > MARGIN / 2))[:, None], varied, base)

    def _blur(self, picture: np.ndarray, dominant: int) -> None:
        """Some quarters lie across the border; as many on this side as on that."""
        border = int(self.random.integers(0, min(9, len(picture) - dominant + 1)))
        for step in range(border):
            share = self.random.uniform(0, 0.5)
            inside, outside = dominant - 1 - step, dominant + step
            first, second = picture[inside].copy(), picture[outside].copy()
            picture[inside] = first + (second - first) * share
            picture[outside] = second + (first - second) * share

    def _add_bars(self, picture: np.ndarray, regions: list[np.ndarray]) -> None:
        """Bars take from every region alike, and never so much that black would be more."""
        if self.random.random() < 0.6:
            return
        share = self.random.uniform(0, 0.28)
        share = min(share, max(0.0, len(regions[0]) / len(picture) - 0.35))
        bars = np.flatnonzero(self.random.random(len(picture)) < share)
        covered = np.where(self.random.random(len(bars)) < 0.5, 1, self.random.random(len(bars)))
        picture[bars] *= 1 - covered[:, None]
