"""A model that says how well texts answer a question, made of the demo model.

What it says means nothing, but it is always the same: the demo model's layers under an architecture
that llama.cpp lets rank, with a last layer of fixed numbers.
"""

import math
import pathlib
import struct
from typing import Any

UINT32, STRING, ARRAY = 4, 8, 9
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
F32 = 0
ALIGNMENT = 32
# llama.cpp's number for a model that ranks.
RANK = 4


class _Reader:
    """Takes a GGUF's head apart without understanding the values."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> Any:
        """The next numbers."""
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values if len(values) > 1 else values[0]

    def text(self) -> str:
        """The next text."""
        length = self.take("<Q")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def skip(self, kind: int) -> None:
        """Passes over a value."""
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            kind, count = self.take("<IQ")
            for _ in range(count):
                self.skip(kind)
        else:
            self.at += SIZES[kind]


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _padding(length: int) -> bytes:
    return b"\0" * (-length % ALIGNMENT)


def _numbers(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def made_of(demo: pathlib.Path) -> bytes:
    """The GGUF of the model that ranks.

    Args:
        demo: The demo model's GGUF.
    """
    reader = _Reader(demo.read_bytes())
    reader.at = 8
    tensor_count, entry_count = reader.take("<QQ")
    numbers: dict[str, int] = {}
    entries = b""
    for _ in range(entry_count):
        key = reader.text()
        start = reader.at
        kind = reader.take("<I")
        if kind == UINT32:
            numbers[key] = struct.unpack_from("<I", reader.data, reader.at)[0]
        reader.skip(kind)
        value = reader.data[start : reader.at]
        if key == "general.architecture":
            value = struct.pack("<I", STRING) + _text("qwen3")
        entries += _text(key.replace("llama.", "qwen3.", 1)) + value
    entries += _text("qwen3.pooling_type") + struct.pack("<II", UINT32, RANK)
    entries += _text("qwen3.classifier.output_labels")
    entries += struct.pack("<IIQ", ARRAY, STRING, 2) + _text("yes") + _text("no")

    tensors = []
    for _ in range(tensor_count):
        name = reader.text()
        shape = [reader.take("<Q") for _ in range(reader.take("<I"))]
        tensors.append((name, shape, *reader.take("<IQ")))
    start = reader.at + len(_padding(reader.at))
    ends = sorted(offset for *_, offset in tensors)[1:] + [len(reader.data) - start]
    length = dict(zip(sorted(offset for *_, offset in tensors), ends))
    blobs = [
        (name, shape, kind, reader.data[start + offset : start + length[offset]])
        for name, shape, kind, offset in tensors
    ]
    width = numbers["llama.embedding_length"]
    head = width // numbers["llama.attention.head_count"]
    for block in range(numbers["llama.block_count"]):
        for part in ("q", "k"):
            name = f"blk.{block}.attn_{part}_norm.weight"
            blobs.append((name, [head], F32, _numbers([1.0] * head)))
    rows = [math.sin(7 * index + 1) / 10 for index in range(2 * width)]
    blobs.append(("cls.output.weight", [width, 2], F32, _numbers(rows)))

    descriptions, body = b"", b""
    for name, shape, kind, data in blobs:
        descriptions += _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        descriptions += struct.pack("<IQ", kind, len(body))
        body += data + _padding(len(data))
    counts = struct.pack("<IQQ", 3, len(blobs), entry_count + 2)
    start_of_file = b"GGUF" + counts + entries + descriptions
    return start_of_file + _padding(len(start_of_file)) + body
