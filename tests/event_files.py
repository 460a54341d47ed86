"""TensorBoard event files for tests, byte by byte, and what a reader makes of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path

from crc32c import crc32c

from grok_tui.logs.event_source import EventSource
from grok_tui.logs.source import Batch, Column, ResumableSource, join

TIME = 1.7e9
"""When step 0 was written; each step takes a second."""


def framed(event: bytes) -> bytes:
    """Return the record of an event."""
    length = struct.pack("<Q", len(event))
    return length + _checksum(length) + event + _checksum(event)


def scalar(step: int, tag: str | bytes, value: float) -> bytes:
    """Return the record of a plain scalar."""
    return values(step, {tag: value})


def values(step: int, scalars: dict[str | bytes, float]) -> bytes:
    """Return the record of a step with several plain scalars."""
    return framed(event(step, b"".join(field(1, plain(*each)) for each in scalars.items())))


def plain(tag: str | bytes, value: float) -> bytes:
    """Return a value of a summary."""
    raw = tag.encode() if isinstance(tag, str) else tag
    return field(1, raw) + b"\x15" + struct.pack("<f", value)


def event(step: int, summary: bytes) -> bytes:
    """Return an event with a summary."""
    written = b"\x10" + varint(step) if step else b""
    return b"\x09" + struct.pack("<d", TIME + step) + written + field(5, summary)


def start(step: int) -> bytes:
    """Return the record that takes back all from a step on."""
    time = b"\x09" + struct.pack("<d", TIME + step)
    return framed(time + b"\x10" + varint(step) + field(7, b"\x08\x01"))


def field(number: int, content: bytes) -> bytes:
    """Return a field of a message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Return a number as protobuf writes it."""
    value &= (1 << 64) - 1
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _checksum(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def read(path: Path, max_rows: int = 10**6) -> Batch:
    """Return all of a finished run's log."""
    return read_on(EventSource(path, complete=True), max_rows)


def read_on(source: ResumableSource, max_rows: int = 10**6) -> Batch:
    """Return all that a source has to give now."""
    batches: list[Batch] = []
    while not batches or batches[-1].more:
        batches.append(source.read(max_rows, 60))
    return joined(batches)


def read_with_marks(make: type[EventSource], path: Path, max_rows: int) -> Batch:
    """Return a log that is read by another source, from a mark, after each batch."""
    source: ResumableSource = make(path, complete=True)
    batches = [source.read(max_rows, 60)]
    while batches[-1].more:
        mark = json.loads(json.dumps(source.mark()))
        fresh = make(path, complete=True)
        if fresh.resume(mark):
            source = fresh
        batches.append(source.read(max_rows, 60))
    return joined(batches)


def joined(batches: list[Batch]) -> Batch:
    """Return consecutive batches as one; what came before a rewind does not count."""
    begin = max((n for n, batch in enumerate(batches) if batch.rewound), default=0)
    last = batches[-1]
    columns = join(batches[begin:])
    rewound = any(batch.rewound for batch in batches)
    return Batch(columns, last.more, rewound, last.bad_lines, last.left_out)


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    """Return steps and values of a metric."""
    column = batch.columns.get(name)
    return [] if column is None else pairs(column)


def pairs(column: Column) -> list[tuple[float, float]]:
    """Return steps and values."""
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


def write(path: Path, records: Iterable[bytes]) -> Path:
    """Write an event file."""
    path.write_bytes(b"".join(records))
    return path


def append(path: Path, *records: bytes) -> None:
    """Add records to an event file."""
    with path.open("ab") as file:
        file.write(b"".join(records))
