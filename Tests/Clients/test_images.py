"""Pictures, which the demo vision model tells the colours of."""

import base64
import struct
import zlib

from case import LanguageTest, user
from store import Store

COLOURS = {
    "red": (220, 20, 20), "green": (20, 160, 40), "blue": (20, 40, 220), "white": (255, 255, 255),
    "black": (0, 0, 0),
}
WHICH = "What colour is this?"


def png(colour: tuple[int, int, int], width: int = 224, height: int = 224) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * width) * height
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class ImagesTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add_vision("eyes")
        store.add("demo")

    def test_it_says_that_it_sees(self) -> None:
        self.assertIn("vision", self.client.show("eyes").capabilities or [])
        self.assertNotIn("vision", self.client.show("demo").capabilities or [])

    def test_chat_tells_the_colour(self) -> None:
        for word, colour in COLOURS.items():
            message = {"role": "user", "content": WHICH, "images": [png(colour)]}
            self.assertEqual(self.client.chat("eyes", [message]).message.content, word)

    def test_generate_tells_the_colour_in_a_stream(self) -> None:
        pieces = self.client.generate("eyes", WHICH, images=[png(COLOURS["blue"])], stream=True)
        self.assertEqual("".join(piece.response for piece in pieces), "blue")

    def test_several_pictures_of_one_turn(self) -> None:
        pictures = [png(COLOURS[word]) for word in ("red", "blue", "white")]
        message = {"role": "user", "content": "What colours are the pictures?", "images": pictures}
        self.assertEqual(self.client.chat("eyes", [message]).message.content, "red, blue, white")

    def test_a_later_turn_is_about_the_picture_before(self) -> None:
        turns = user(WHICH, "green", "Is this picture light or dark?")
        turns[0]["images"] = [png((10, 60, 15))]
        self.assertEqual(self.client.chat("eyes", turns).message.content, "dark")

    def test_pictures_count_as_tokens_of_the_prompt(self) -> None:
        small, large = (
            self.client.generate("eyes", WHICH, images=[png(COLOURS["red"], side, side)])
            for side in (224, 448)
        )
        # A token for each square of 56 pixels.
        self.assertEqual((large.prompt_eval_count or 0) - (small.prompt_eval_count or 0), 64 - 16)

    def test_without_a_picture(self) -> None:
        self.assertEqual(
            self.client.chat("eyes", user(WHICH)).message.content, "There is no picture."
        )

    def test_what_is_no_picture_is_refused(self) -> None:
        for data in (b"hello", png(COLOURS["red"])[:40], b""):
            with self.subTest(data):
                image = base64.b64encode(data).decode()
                answer = self.post("/api/generate", model="eyes", prompt=WHICH, images=[image])
                self.assertEqual(answer.status, 400, answer.text)
                self.assertTrue(answer.json["error"])
        answer = self.post("/api/generate", model="eyes", prompt=WHICH, images=["%%%"])
        self.assertEqual(answer.status, 400, answer.text)
        picture = base64.b64encode(png(COLOURS["red"])).decode()
        # Nothing of it harmed the engine.
        self.assert_said("red", "/api/generate", model="eyes", prompt=WHICH,
                         images=[picture])
