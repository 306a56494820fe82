"""GGUF files taken apart and put together again, without understanding most values."""

import dataclasses
import pathlib
import struct
from typing import Any

UINT32, STRING, ARRAY = 4, 8, 9
F32, F16, Q8_0 = 0, 1, 8
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ALIGNMENT = 32


@dataclasses.dataclass
class Tensor:
    """Numbers and how they are stored."""

    name: str
    shape: list[int]
    kind: int
    data: bytes


@dataclasses.dataclass
class Model:
    """A file's entries, each with its type and value as bytes, and its tensors."""

    entries: dict[str, bytes]
    tensors: list[Tensor]

    def number(self, key: str) -> int:
        """An entry that is a number of 32 bits."""
        return struct.unpack("<II", self.entries[key])[1]

    @property
    def file(self) -> bytes:
        """The whole file."""
        entries = b"".join(text(key) + value for key, value in self.entries.items())
        descriptions, body = b"", b""
        for tensor in self.tensors:
            count = len(tensor.shape)
            descriptions += text(tensor.name) + struct.pack(f"<I{count}Q", count, *tensor.shape)
            descriptions += struct.pack("<IQ", tensor.kind, len(body))
            body += tensor.data + _padding(len(tensor.data))
        counts = struct.pack("<IQQ", 3, len(self.tensors), len(self.entries))
        head = b"GGUF" + counts + entries + descriptions
        return head + _padding(len(head)) + body


def text(value: str) -> bytes:
    """A text as it stands in a file."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def read(path: pathlib.Path) -> Model:
    """Reads a file."""
    reader = _Reader(path.read_bytes())
    reader.at = 8
    tensor_count, entry_count = reader.take("<QQ")
    entries = {}
    for _ in range(entry_count):
        key = reader.text()
        start = reader.at
        reader.skip(reader.take("<I"))
        entries[key] = reader.data[start : reader.at]
    described = []
    for _ in range(tensor_count):
        name = reader.text()
        shape = [reader.take("<Q") for _ in range(reader.take("<I"))]
        described.append((name, shape, *reader.take("<IQ")))
    start = reader.at + len(_padding(reader.at))
    begins = sorted(offset for *_, offset in described)
    ends = dict(zip(begins, begins[1:] + [len(reader.data) - start]))
    return Model(
        entries,
        [
            Tensor(name, shape, kind, reader.data[start + offset : start + ends[offset]])
            for name, shape, kind, offset in described
        ],
    )


class _Reader:
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
            self.at += _SIZES[kind]


def _padding(length: int) -> bytes:
    return b"\0" * (-length % _ALIGNMENT)
