"""The fields of a protobuf message, without knowing what they mean."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types: how long a field is."""

Field = tuple[int, int, int, int]
"""Number, wire type, and where its bytes begin and end; for a varint, the number that it holds and
where it ends."""


def fields(data: bytes, start: int, end: int) -> Iterator[Field]:
    """Yield the fields of the message between two positions.

    Raises:
        ValueError: these bytes are no message.
    """
    position = start
    while position < end:
        key, position = varint(data, position, end)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, position = varint(data, position, end)
            yield number, wire, value, position
            continue
        if wire == BYTES:
            length, position = varint(data, position, end)
        elif wire == FIXED64:
            length = 8
        elif wire == FIXED32:
            length = 4
        else:
            raise ValueError(f"wire type {wire}")
        begin, position = position, position + length
        if position > end:
            raise ValueError("a field is longer than its message")
        yield number, wire, begin, position


def varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return the number at a position, from 0 to 2^64 - 1, and where it ends.

    Raises:
        ValueError: it does not end where it should.
    """
    value = shift = 0
    while position < end and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
    raise ValueError("a number does not end")


def signed(value: int) -> int:
    """Return a varint as the signed number that it was written from."""
    return value - (1 << 64) if value >> 63 else value
