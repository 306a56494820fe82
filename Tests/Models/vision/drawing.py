"""Pictures whose dominant colour is known: fills, noise, halves, gradients, scenes with shapes."""

import io
from dataclasses import dataclass

import colours
import numpy as np
from PIL import Image, ImageDraw

SIZES = [
    (32, 32), (48, 64), (100, 100), (224, 224), (320, 200), (300, 451), (640, 480), (500, 900),
    (1024, 768), (2000, 1000),
]  # fmt: skip
KINDS = ["fill", "noise", "halves", "gradient", "shapes", "stripes"]
# How much of a picture the dominant colour has at least.
SHARE = 0.6
# By how much colours here are surer than the surest that people disagree about.
MARGIN = 0.06


@dataclass
class Drawn:
    """A picture as a file, its word, and its mean lightness."""

    data: bytes
    word: str
    lightness: float
    label: str

    @property
    def side(self) -> str | None:
        """Whether it is light or dark; None in between."""
        if self.lightness > colours.LIGHT + 0.06:
            return "light"
        return "dark" if self.lightness < colours.DARK - 0.02 else None


class Artist:
    """Draws pictures, always the same ones for one seed."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.pools = colours.pools(self.random, 500, MARGIN)

    def draw(self, word: str, kind: str, size: tuple[int, int], jpeg: bool = False) -> Drawn:
        """One picture of this word."""
        number = colours.WORDS.index(word)
        width, height = size
        pixels = getattr(self, f"_{kind}")(number, height, width)
        lightness = float(colours.lightness(pixels).mean())
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        stream = io.BytesIO()
        if jpeg:
            image.save(stream, "JPEG", quality=85)
        else:
            image.save(stream, "PNG", compress_level=1)
        label = f"{word} {kind} {width}x{height} {'JPEG' if jpeg else 'PNG'}"
        return Drawn(stream.getvalue(), word, lightness, label)

    def _of(self, number: int) -> np.ndarray:
        pool = self.pools[number]
        return pool[self.random.integers(len(pool))]

    def _other(self, number: int) -> np.ndarray:
        """A colour of another word."""
        other = int(self.random.integers(len(colours.WORDS) - 1))
        return self._of(other + (other >= number))

    def _shaded(self, number: int, height: int, width: int) -> np.ndarray:
        """From one shade to another of the same word, in any direction."""
        first, second = self._shades(number)
        angle = self.random.uniform(0, 2 * np.pi)
        across = np.linspace(-1, 1, width)[None] * np.cos(angle)
        slope = across + np.linspace(-1, 1, height)[:, None] * np.sin(angle)
        slope = (slope - slope.min()) / (slope.max() - slope.min())
        return first + slope[..., None] * (second - first)

    def _shades(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Two colours of this word between which all have it too."""
        steps = np.linspace(0, 1, 9)[:, None]
        while True:
            first, second = self._of(number), self._of(number)
            word, margin = colours.words(first + steps * (second - first))
            if (word == number).all() and margin.min() > MARGIN / 2:
                return first, second

    def _fill(self, number: int, height: int, width: int) -> np.ndarray:
        return np.broadcast_to(self._of(number), (height, width, 3))

    def _noise(self, number: int, height: int, width: int) -> np.ndarray:
        """Noise of every pixel that leaves the mean as it is."""
        colour = self._of(number)
        noise = self.random.uniform(-1, 1, (height, width, 1))
        return colour + noise * np.minimum(60, np.minimum(colour, 255 - colour))

    def _halves(self, number: int, height: int, width: int) -> np.ndarray:
        pixels = np.empty((height, width, 3))
        pixels[:] = self._other(number)
        share = self.random.uniform(SHARE + 0.02, 0.9)
        if self.random.random() < 0.5:
            pixels[: round(height * share)] = self._of(number)
        else:
            pixels[:, width - round(width * share) :] = self._of(number)
        return pixels

    def _gradient(self, number: int, height: int, width: int) -> np.ndarray:
        """Shades of the word over most of it, and those of two others over the rest."""
        pixels = self._shaded(number, height, width)
        rest = round(height * self.random.uniform(0.1, 1 - SHARE))
        middle = round(width * self.random.uniform(0.3, 0.7))
        pixels[:rest, :middle] = self._other(number)
        pixels[:rest, middle:] = self._other(number)
        return pixels

    def _shapes(self, number: int, height: int, width: int) -> np.ndarray:
        """Ellipses and boxes before a shaded ground, with a little grain, as photographs have."""
        ground = self._shaded(number, height, width)
        mask = Image.new("L", (width, height))
        pen = ImageDraw.Draw(mask)
        fills = [self._other(number) for _ in range(6)]
        for index in range(1, 7):
            sides = self.random.uniform(0.15, 0.4, 2) * (width, height)
            corner = self.random.uniform(0, 1, 2) * ((width, height) - sides)
            box = [*corner, *(corner + sides)]
            before = mask.copy()
            (pen.ellipse if index % 2 else pen.rectangle)(box, fill=index)
            if np.mean(np.asarray(mask) > 0) > 1 - SHARE:
                mask = before
                break
        covered = np.asarray(mask)
        for index, fill in enumerate(fills, 1):
            ground[covered == index] = fill
        return ground + self.random.normal(0, 3, (height, width, 1))

    def _stripes(self, number: int, height: int, width: int) -> np.ndarray:
        """Bands of the word and of two others, each as wide as a few parts of the grid at least."""
        pixels = self._shaded(number, height, width)
        others = [self._other(number), self._other(number)]
        start = 0.0
        for fill in others:
            start += self.random.uniform(0.15, 0.3)
            end = start + self.random.uniform(0.1, (1 - SHARE) / 2)
            pixels[:, round(start * width) : round(end * width)] = fill
            start = end
        return pixels
