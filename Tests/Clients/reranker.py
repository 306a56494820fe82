"""A model that says how well texts answer a question, made of the demo model.

What it says means nothing, but it is always the same: the demo model's layers under an architecture
that llama.cpp lets rank, with a last layer of fixed numbers.
"""

import math
import pathlib
import struct

from gguf import ARRAY, F32, STRING, UINT32, Tensor, read, text

# llama.cpp's number for a model that ranks.
RANK = 4


def made_of(demo: pathlib.Path) -> bytes:
    """The GGUF of the model that ranks.

    Args:
        demo: The demo model's GGUF.
    """
    model = read(demo)
    width = model.number("llama.embedding_length")
    head = width // model.number("llama.attention.head_count")
    for block in range(model.number("llama.block_count")):
        for part in ("q", "k"):
            name = f"blk.{block}.attn_{part}_norm.weight"
            model.tensors.append(Tensor(name, [head], F32, _numbers([1.0] * head)))
    rows = [math.sin(7 * index + 1) / 10 for index in range(2 * width)]
    model.tensors.append(Tensor("cls.output.weight", [width, 2], F32, _numbers(rows)))
    model.entries = {
        key.replace("llama.", "qwen3.", 1): value for key, value in model.entries.items()
    }
    model.entries["general.architecture"] = struct.pack("<I", STRING) + text("qwen3")
    model.entries["qwen3.pooling_type"] = struct.pack("<II", UINT32, RANK)
    labels = struct.pack("<IIQ", ARRAY, STRING, 2) + text("yes") + text("no")
    model.entries["qwen3.classifier.output_labels"] = labels
    return model.file


def _numbers(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)
