"""A request with a picture to the vision service against a bare llama-server with the same picture.

The picture is a photo-like JPEG of 1920×1080. Both ways are asked for the same answer; the bare one
reads the file by itself. Only one of the two computes at a time.
"""

import base64
import io
import json
import random
import re
import urllib.request

from asking import Connection
from baton import Failed
from language import STORE, Bare, Language, in_turns
from PIL import Image, ImageDraw, ImageFilter
from report import middle, publish, quantile

ROUNDS = 30
MODEL = "demo-vision"
WORDS = "What colour is this?"


def photo(seed):
    """A shaded ground with soft shapes and noise, mostly green, as a JPEG."""
    dice = random.Random(seed)
    ground = Image.linear_gradient("L").resize((1920, 1080)).point(lambda level: level // 4)
    picture = Image.merge("RGB", [ground, ground.point(lambda level: level + 150), ground])
    drawing = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, size = dice.randrange(1920), dice.randrange(1080), dice.randrange(20, 90)
        colour = tuple(dice.randrange(256) for _ in range(3))
        drawing.ellipse((x, y, x + size, y + size), fill=colour)
    noise = Image.effect_noise((1920, 1080), 24).convert("RGB")
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), noise, 0.08)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return base64.b64encode(file.getvalue()).decode()


def body(model, picture):
    """The same request for both ways."""
    parts = [
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{picture}"}},
        {"type": "text", "text": WORDS},
    ]
    return {
        "model": model, "messages": [{"role": "user", "content": parts}], "temperature": 0,
        "max_tokens": 8,
    }


class Eyes(Language):
    """The vision service by itself, with the demo models."""

    def __init__(self):
        super().__init__("vision", vision=f"model:\n  stores: {json.dumps([str(STORE)])}\n")

    def __enter__(self):
        try:
            self.wait_ready(self.status_port, self.vision_port)
        except BaseException:
            self.__exit__()
            raise
        return self


def timings(port, picture):
    """Milliseconds of each step, as `Server-Timing` tells them."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(body(MODEL, picture)).encode()
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
        field = answer.headers["Server-Timing"]
    return {name: float(value) for name, value in re.findall(r"(\w+);dur=([0-9.]+)", field)}


def main():
    """Asks both in turns, each time for another picture, which nobody has in a cache."""
    pictures = [photo(seed) for seed in range(ROUNDS)]
    with Eyes() as eyes:
        with Bare(eyes.engine(MODEL)) as bare:
            ways = [Connection(eyes.vision_port), Connection(bare.port)]
            pairs = []
            for number, picture in enumerate(pictures):
                pair = [0.0, 0.0]
                for place, way in in_turns(number, *ways):
                    answer = way.ask("/v1/chat/completions", body(MODEL, picture))
                    said = answer.value()["choices"][0]["message"]["content"]
                    if said != "green":
                        raise Failed(f"the answer is {said!r}")
                    pair[place] = answer.seconds * 1000
                pairs.append(pair)
        steps = [timings(eyes.vision_port, picture) for picture in pictures[:10]]
    added = [ours - direct for ours, direct in pairs[2:]]
    ours, direct = (quantile(0.5, column) for column in zip(*pairs[2:]))
    decode, resize = (
        quantile(0.5, [step[name] for step in steps]) for name in ("decode", "resize")
    )
    middle(
        "vision_image_added_ms",
        added,
        "ms",
        bar=5,
        note=f"p50 and quartiles of {len(added)} pictures of 1920×1080, each asked of both:"
        f" {ours:.1f} ms, llama-server by itself {direct:.1f}; decoding {decode:.1f}, resizing {resize:.1f}",
    )


main()
publish()
