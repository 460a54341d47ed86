"""The one number in a tensor of a TensorBoard log, if it holds one: TensorFlow's TensorProto.

TensorProto     dtype = 1, tensor_shape = 2, tensor_content = 4, and a list for each kind:
                float_val = 5, double_val = 6, int_val = 7, int64_val = 10, bool_val = 11,
                half_val = 13, uint32_val = 16, uint64_val = 17
TensorShape     dim = 2, of which size = 1
"""

from __future__ import annotations

import struct

from grok_tui.logs.protobuf import BYTES, VARINT, fields, signed, varint

_BFLOAT16, _HALF = 14, 19
_FORMATS = {1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<?"} | {
    _BFLOAT16: "<H",
    17: "<H",
    _HALF: "<e",
    22: "<I",
    23: "<Q",
}
"""By TensorFlow's number of a type, how its bytes are read; the others hold no real number."""
_FLOATS = {5: "<f", 6: "<d"}
_VARINTS = frozenset({7, 10, 11, 13, 16, 17})


def number_in(data: bytes, start: int, end: int) -> float | None:
    """Return the number in the tensor between two positions; nothing if there is not just one.

    Raises:
        ValueError: it is no such message.
    """
    dtype, content, listed = 0, b"", None
    for number, wire, low, high in fields(data, start, end):
        if number == 1 and wire == VARINT:
            dtype = low
        elif number == 2 and wire == BYTES and _size(data, low, high) != 1:
            return None
        elif number == 4 and wire == BYTES:
            content = data[low:high]
        elif number in _FLOATS and wire != VARINT:
            layout = _FLOATS[number]
            if high - low != struct.calcsize(layout):
                return None
            (listed,) = struct.unpack_from(layout, data, low)
        elif number in _VARINTS and wire in (VARINT, BYTES):
            if wire == BYTES:  # a packed list
                low, after = varint(data, low, high)
                if after != high:
                    return None
            listed = _value(dtype, low)
    if dtype not in _FORMATS:
        return None
    return _number(dtype, content) if content else listed


def _size(data: bytes, start: int, end: int) -> int:
    """Return how many numbers a tensor of a shape has."""
    size = 1
    for number, wire, low, high in fields(data, start, end):
        if number == 2 and wire == BYTES:
            sizes = [first for inner, _, first, _ in fields(data, low, high) if inner == 1]
            size *= sizes[0] if sizes else 0
    return size


def _value(dtype: int, varint: int) -> float | None:
    """Return a number that was written as a varint; halves are written as their bits."""
    if dtype in (_HALF, _BFLOAT16):
        return _number(dtype, (varint & 0xFFFF).to_bytes(2, "little"))
    return float(varint if dtype == 23 else signed(varint))


def _number(dtype: int, content: bytes) -> float | None:
    layout = _FORMATS[dtype]
    if len(content) != struct.calcsize(layout):
        return None
    if dtype == _BFLOAT16:  # the upper half of a single
        layout, content = "<f", b"\0\0" + content
    return float(struct.unpack(layout, content)[0])
