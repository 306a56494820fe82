"""The demo model with weights of 16 bits, as models are before they are quantized."""

import pathlib
import struct

from gguf import F16, Q8_0, UINT32, read

# Numbers that share a scale in Q8_0, and the bytes of such a block.
_BLOCK, _BYTES = 32, 34
# GGUF's number for files whose weights are mostly of 16 bits.
_MOSTLY_F16 = 1


def made_of(demo: pathlib.Path) -> bytes:
    """The GGUF with weights of 16 bits.

    Args:
        demo: The demo model's GGUF, in Q8_0.
    """
    model = read(demo)
    for tensor in model.tensors:
        if tensor.kind == Q8_0:
            count = 1
            for length in tensor.shape:
                count *= length
            tensor.kind, tensor.data = F16, _widened(tensor.data[: count // _BLOCK * _BYTES])
    model.entries["general.file_type"] = struct.pack("<II", UINT32, _MOSTLY_F16)
    return model.file


def _widened(blocks: bytes) -> bytes:
    parts = []
    for scale, *steps in struct.iter_unpack(f"<e{_BLOCK}b", blocks):
        parts.append(struct.pack(f"<{_BLOCK}e", *(scale * step for step in steps)))
    return b"".join(parts)
