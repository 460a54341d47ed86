"""The records of a TensorBoard event file: the length, the bytes, and a checksum of each.

As in TensorFlow's record writer: 8 bytes of length, 4 of its checksum, the bytes, 4 of theirs. A
checksum is a CRC32C, turned by 15 bits and shifted by a constant.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

HEADER_BYTES = 12
FRAME_BYTES = HEADER_BYTES + 4
"""What a record takes besides its own bytes."""
MAX_RECORD_BYTES = 64 << 20
"""A longer record is skipped: scalars take some fifty bytes, and it would have to be held whole."""

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MAX_KNOWN = 1 << 16
_NO_LENGTH = 1 << 48
"""Bytes that no disk holds."""
_known_lengths: dict[bytes, int] = {}
"""Headers whose checksum is right: a log has few lengths, and a look-up is all that a record costs
then."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The whole records at the start of some bytes."""

    starts: list[int]
    """Where the header of each begins."""
    end: int
    """Where the last one ends."""
    next_bytes: int = 0
    """Length, with its frame, of the record that follows and is not all there; 0 if unknown."""
    is_damaged: bool = False
    """Whether what follows is no header."""


def frame(data: bytes, limit: int) -> Frames:
    """Find the whole records that stand one after the other from the first byte on.

    Args:
        data: part of an event file that begins with a header.
        limit: so many records at most.
    """
    starts: list[int] = []
    position = 0
    for _ in range(limit):
        header = data[position : position + HEADER_BYTES]
        length = _known_lengths.get(header)
        if length is None:
            if len(header) < HEADER_BYTES:
                break
            length = length_of(header)
            if length is None:
                return Frames(starts, position, is_damaged=True)
        following = position + length + FRAME_BYTES
        if following > len(data):
            return Frames(starts, position, next_bytes=length + FRAME_BYTES)
        starts.append(position)
        position = following
    return Frames(starts, position)


def length_of(header: bytes) -> int | None:
    """Return the length that a header tells, or nothing if its checksum is wrong."""
    length: int
    length, checksum = _HEADER.unpack(header)
    if length >= _NO_LENGTH:  # as in any text, for which no checksum need be loaded
        return None
    if _masked(_crc32c()(header[:8])) != checksum:
        return None
    if len(_known_lengths) >= _MAX_KNOWN:
        _known_lengths.clear()
    _known_lengths[header] = length
    return length


def is_intact(data: bytes, start: int, end: int) -> bool:
    """Return whether the checksum of the record between two positions is right."""
    checksum: int
    (checksum,) = _CHECKSUM.unpack_from(data, end - 4)
    return _masked(_crc32c()(data[start + HEADER_BYTES : end - 4])) == checksum


def next_header(data: bytes) -> int | None:
    """Return where the first header stands whose checksum is right, if there is one."""
    if len(data) < HEADER_BYTES:
        return None
    # Every position is tried; a length of 0 is what a stretch of zeros would give.
    lengths = np.ndarray((len(data) - HEADER_BYTES + 1,), "<u8", data, 0, (1,))
    for position in np.flatnonzero((lengths > 0) & (lengths <= MAX_RECORD_BYTES)).tolist():
        if length_of(data[position : position + HEADER_BYTES]) is not None:
            return int(position)
    return None


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


@cache
def _crc32c() -> Callable[[bytes], int]:
    from crc32c import crc32c  # its import takes 50 ms

    return crc32c
