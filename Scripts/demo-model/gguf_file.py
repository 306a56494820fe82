"""Writes and reads GGUF version 3: metadata, then tensors, matrices as Q8_0, others F32 or F16."""

import struct

import numpy as np

ALIGNMENT = 32
BLOCK = 32
# Numbers of the format: kinds of values in the metadata, kinds of tensors.
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
F32, F16, Q8_0 = 0, 1, 8
_NUMBERS = {F32: "<f4", F16: "<f2"}
_FORMATS = {UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}


def quantised(matrix):
    """Blocks of 32 numbers: their largest one through 127 as a half, then 32 signed bytes."""
    blocks = matrix.astype(np.float32).reshape(-1, BLOCK)
    scales = np.abs(blocks).max(1, keepdims=True) / 127
    inverse = np.divide(1, scales, out=np.zeros_like(scales), where=scales > 0)
    rounded = np.round(blocks * inverse).astype(np.int8)
    return np.hstack([scales.astype("<f2").view(np.uint8), rounded.view(np.uint8)]).tobytes()


def restored(data, shape):
    """The numbers that an engine sees in place of those that were quantised."""
    blocks = np.frombuffer(data, np.uint8).reshape(-1, BLOCK + 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    return (blocks[:, 2:].view(np.int8) * scales).reshape(shape)


def _string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(kind, value):
    return _string(value) if kind == STRING else struct.pack(_FORMATS[kind], value)


def _entry(key, kind, value):
    start = _string(key)
    if not isinstance(value, list):
        return start + struct.pack("<I", kind) + _value(kind, value)
    values = b"".join(_value(kind, element) for element in value)
    return start + struct.pack("<IIQ", ARRAY, kind, len(value)) + values


def _padding(length):
    return b"\0" * (-length % ALIGNMENT)


def write(path, metadata, tensors, quantise=True):
    """Metadata as (key, kind, value), where a list makes an array; tensors by name.

    Halves stay halves; without `quantise` matrices become F32 too.
    """
    entries = b"".join(_entry(*entry) for entry in metadata)
    descriptions, body = b"", b""
    for name, values in tensors.items():
        kind = Q8_0 if quantise and values.ndim == 2 else F32
        if values.dtype == np.float16:
            kind = F16
        # The format names the length of a row first.
        sizes = values.shape[::-1]
        descriptions += _string(name) + struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        descriptions += struct.pack("<IQ", kind, len(body))
        data = quantised(values) if kind == Q8_0 else values.astype(_NUMBERS[kind]).tobytes()
        body += data + _padding(len(data))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + entries + descriptions
    path.write_bytes(head + _padding(len(head)) + body)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values if len(values) > 1 else values[0]

    def string(self):
        length = self.take("<Q")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            return self.take(_FORMATS[kind])
        kind, count = self.take("<IQ")
        return [self.value(kind) for _ in range(count)]


def read(path):
    """The metadata by key, and the tensors as numbers by name."""
    reader = _Reader(path.read_bytes())
    reader.at = 8
    count, entries = reader.take("<QQ")
    metadata = {}
    for _ in range(entries):
        key = reader.string()
        metadata[key] = reader.value(reader.take("<I"))
    places = []
    for _ in range(count):
        name = reader.string()
        shape = tuple(reader.take("<Q") for _ in range(reader.take("<I")))[::-1]
        places.append((name, shape, *reader.take("<IQ")))
    start = reader.at + len(_padding(reader.at))
    tensors = {}
    for name, shape, kind, offset in places:
        numbers = int(np.prod(shape))
        length = numbers // BLOCK * (BLOCK + 2)
        if kind in _NUMBERS:
            length = numbers * np.dtype(_NUMBERS[kind]).itemsize
        data = reader.data[start + offset : start + offset + length]
        tensors[name] = (
            restored(data, shape)
            if kind == Q8_0
            else np.frombuffer(data, _NUMBERS[kind]).reshape(shape)
        )
    return metadata, tensors
