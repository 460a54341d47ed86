"""Records in the framing of a `.wandb` file: blocks of 32 KiB, as LevelDB writes its logs.

Each block holds chunks of a CRC, a length, a kind and data; a record that is longer than what is
left of a block goes on in the next one. The CRC is a plain CRC-32 over kind and data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from zlib import crc32

MAGIC = b":W&B\xe1\xbe\x00"
"""What a file starts with; its first block is shorter by this."""
BLOCK_BYTES = 1 << 15
MAX_RECORD_BYTES = 1 << 24
"""A longer record is left out: no row of metrics is, and it would have to be held whole."""

_HEADER = struct.Struct("<IHB")
_KIND_AT = 6
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def records(data: bytes, offset: int, at: int = 0) -> Iterator[tuple[bytes | None, int]]:
    """Yield each whole record, or nothing for a place that is damaged.

    Args:
        data: bytes of the file.
        offset: where in the file they stand.
        at: where in them a record or a block starts.

    Yields:
        The record, and the number of bytes up to its end. What is damaged or cut in the block that
        the data end in may still be on its way, and is not told.
    """
    view = memoryview(data)
    parts, length = list[bytes](), 0
    while True:
        block_end = at + BLOCK_BYTES - (offset + at) % BLOCK_BYTES
        if block_end - at < _HEADER.size:  # too little room for a chunk was left empty
            at = block_end
            continue
        if at + _HEADER.size > len(data):
            return
        crc, size, kind = _HEADER.unpack_from(data, at)
        start, end = at + _HEADER.size, at + _HEADER.size + size
        if end <= min(block_end, len(data)) and crc32(view[at + _KIND_AT : end]) == crc:
            if kind in (_FULL, _FIRST):
                if parts:
                    yield None, at
                parts, length = [], 0
            if kind in (_FIRST, _MIDDLE) and (parts or kind == _FIRST):
                parts.append(data[start:end])
                length += size
            elif kind == _FULL:
                yield data[start:end], end
            elif kind == _LAST and parts:
                yield b"".join([*parts, data[start:end]]), end
                parts = []
            else:  # the rest of a record whose start is lost, or a kind that is not known
                yield b"", end
            at = end
            if length > MAX_RECORD_BYTES and parts:
                yield None, at
                parts = []
        elif block_end >= len(data):
            return
        else:
            yield None, block_end
            at, parts = block_end, []
