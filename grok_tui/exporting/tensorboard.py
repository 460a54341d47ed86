"""TensorBoard's event files: TFRecord frames around the five message fields that scalars need.

A frame is the length of its message (8 bytes), that length's checksum, the message and its
checksum, each checksum a CRC32C that is rotated and shifted, so that one of a checksum differs
(tensorflow/core/lib/io/record_writer.h). The messages are those of event.proto and summary.proto.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import BinaryIO

from grok_tui.errors import UsageError
from grok_tui.exporting.table import Table

_VERSION = b"brain.Event:2"
_MASK_DELTA = 0xA282EAD8
# Keys of fields: the number of the field, shifted, and how it is written.
_WALL_TIME = b"\x09"  # Event.wall_time = 1, eight bytes
_STEP = b"\x10"  # Event.step = 2, a varint
_FILE_VERSION = b"\x1a"  # Event.file_version = 3, with its length
_SUMMARY = b"\x2a"  # Event.summary = 5, with its length
_VALUE = b"\x0a"  # Summary.value = 1, with its length
_TAG = b"\x0a"  # Summary.Value.tag = 1, with its length
_SIMPLE_VALUE = b"\x15"  # Summary.Value.simple_value = 2, four bytes


def event_file(folder: Path, table: Table) -> Path:
    """Return a file that TensorBoard knows for one of its own, the same for the same log.

    Raises:
        UsageError: a step is no whole number.
    """
    if not table.has_whole_steps:
        raise UsageError("tensorboard counts whole steps, and this log has others: use csv")
    first = next(table.blocks(1)).times[0]
    return folder / f"events.out.tfevents.{0 if math.isnan(first) else int(first)}.grok-tui"


def write_tensorboard(table: Table, file: BinaryIO) -> None:
    """Write an event a step, with the values of all its metrics as 32-bit numbers."""
    tags = {name: _field(_TAG, name.encode()) + _SIMPLE_VALUE for name in table.columns}
    is_first = True
    for block in table.blocks():
        values: list[list[bytes]] = [[] for _ in block.steps]
        for name, found in block.cells.items():
            for place, value in zip(found.places.tolist(), found.values.tolist(), strict=True):
                values[place].append(_field(_VALUE, tags[name] + _single(value)))
        for step, time, row in zip(block.steps.tolist(), block.times.tolist(), values, strict=True):
            moment = _WALL_TIME + struct.pack("<d", 0.0 if math.isnan(time) else time)
            if is_first:
                file.write(_frame(moment + _field(_FILE_VERSION, _VERSION)))
                is_first = False
            event = moment + _STEP + _varint(int(step)) + _field(_SUMMARY, b"".join(row))
            file.write(_frame(event))


def _single(value: float) -> bytes:
    """Return a value as 32 bits; one beyond their range is infinite."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def _field(key: bytes, content: bytes) -> bytes:
    return key + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1  # negative ones as their complement of two
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _frame(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + _checksum(length) + message + _checksum(message)


def _checksum(content: bytes) -> bytes:
    from crc32c import crc32c

    crc = crc32c(content)
    masked = ((crc >> 15) | (crc << 17)) + _MASK_DELTA
    return struct.pack("<I", masked & 0xFFFFFFFF)
