"""Benchmark pages: rendered text whose every character is known.

Three kinds, in equal parts: letters in several sizes, receipts with figures, dense paragraphs.
The same seed makes the same pages everywhere the same fonts are installed.
"""

import io
import random

import numpy
from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/"
WORDS = (
    "river stone market window paper garden engine signal harbour winter copper ladder music "
    "travel bridge silver morning letter number device camera printer kitchen station ticket "
    "orange velvet quiet simple bright narrow gentle public ancient modern open closed every "
    "between under after before with from into over and the for not you that this have are was"
).split()


def _line(rng, kind):
    if kind == "receipt":
        name = " ".join(rng.choice(WORDS).capitalize() for _ in range(rng.randint(1, 3)))
        return f"{name}  {rng.randint(1, 9)} x {rng.randint(1, 99)}.{rng.randint(0, 99):02d}"
    words = [rng.choice(WORDS) for _ in range(rng.randint(3, 9))]
    if rng.random() < 0.3:
        words.insert(rng.randrange(len(words)), str(rng.randint(10, 99999)))
    text = " ".join(words)
    return text[0].upper() + text[1:] + rng.choice([".", ",", "", "?", ":"])


def page(seed):
    """Returns the PNG bytes of a page and its lines of text."""
    rng = random.Random(seed)
    kind = ("letter", "receipt", "dense")[seed % 3]
    size = (1000, 1400) if kind != "receipt" else (800, 1200)
    image = Image.new("RGB", size, (255, 255, 255) if seed % 2 else (246, 244, 238))
    draw = ImageDraw.Draw(image)
    lines = []
    y = 60
    while y < size[1] - 80:
        points = {"letter": rng.choice([22, 24, 28, 36]), "receipt": 26, "dense": 20}[kind]
        face = rng.choice(["DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf"])
        font = ImageFont.truetype(FONTS + face, points)
        text = _line(rng, kind)
        while draw.textlength(text, font=font) > size[0] - 140:
            text = text.rsplit(" ", 1)[0]
        draw.text((70, y), text, font=font, fill=(20, 20, 30))
        lines.append(" ".join(text.split()))
        y += int(points * {"letter": 1.7, "receipt": 1.6, "dense": 1.5}[kind])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue(), lines


def label(seed):
    """Returns the PNG bytes of a small picture with a line of text, and that line."""
    rng = random.Random(seed)
    text = _line(rng, "receipt")
    image = Image.new("RGB", (320, 320), (255, 255, 255))
    font = ImageFont.truetype(FONTS + "DejaVuSans.ttf", 20)
    ImageDraw.Draw(image).text((12, 150), text, font=font, fill=(20, 20, 30))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue(), text


def errors(truth, read):
    """Edit distance between two texts, and the length of the true one."""
    a, b = (
        numpy.frombuffer(" ".join(lines).encode("utf-32-le"), numpy.uint32)
        for lines in (truth, read)
    )
    steps = numpy.arange(len(b) + 1)
    row = steps.copy()
    for x in a:
        change = numpy.concatenate(([row[0] + 1], numpy.minimum(row[1:] + 1, row[:-1] + (b != x))))
        # An insertion costs one a step from any place before: a running minimum does them all.
        row = numpy.minimum.accumulate(change - steps) + steps
    return int(row[-1]), len(a)
