"""What the tests of readers of other people's logs share."""

from __future__ import annotations

import os
import random
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from grok_tui.logs.formats import Folder, Format, LogRef
from grok_tui.logs.source import Batch, Column, ResumableSource, join

HOW_MANY = pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.slow)])
"""How many files a test reads that are cut, and how many with a flipped bit."""


def needs(*packages: str) -> pytest.MarkDecorator:
    """Skip where a package is missing; it is not imported here, since its warnings are errors."""
    missing = [name for name in packages if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def folder_at(path: Path) -> Folder:
    """Return a folder as those who look for logs see it."""
    entries = list(path.iterdir())
    return Folder(
        path,
        frozenset(entry.name for entry in entries if entry.is_file()),
        frozenset(entry.name for entry in entries if entry.is_dir() and not entry.is_symlink()),
    )


def read_all(source: ResumableSource, max_rows: int = 10**6) -> Batch:
    """Return all that there is to read as one batch."""
    batches, rewound, more = list[Batch](), False, True
    while more:
        batch = source.read(max_rows, 60)
        rewound |= batch.rewound
        batches = [batch] if batch.rewound else [*batches, batch]
        more = batch.more
    return Batch(join(batches), False, rewound, batch.bad_lines, batch.left_out)


def read_in_pieces(format_: Format, log: LogRef, max_rows: int) -> dict[str, Column]:
    """Return a log's columns, read by a new reader for each piece, as other processes would."""
    batches, more, mark = list[Batch](), True, None
    while more:
        source = format_.open(log)
        assert mark is None or source.resume(mark)
        batches.append(source.read(max_rows, 60))
        mark, more = source.mark(), batches[-1].more
    return join(batches)


def assert_same(found: Mapping[str, Column], wanted: Mapping[str, Column]) -> None:
    assert found.keys() == wanted.keys()
    for name, column in wanted.items():
        for field in ("rows", "steps", "times", "values"):
            np.testing.assert_array_equal(getattr(found[name], field), getattr(column, field))


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


def damaged(data: bytes, count: int) -> Iterator[bytes]:
    """Yield a file so many times cut at a random place, and as often with a flipped bit."""
    yield from truncated(data, count)
    yield from flipped(data, count)


def truncated(data: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(0)
    for _ in range(count):
        yield data[: chance.randrange(len(data))]


def flipped(data: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(1)
    for _ in range(count):
        at = chance.randrange(len(data))
        yield data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def complaints(format_: Format, log: LogRef, count: int) -> list[str]:
    """Damage a log's file, and return what is said where it cannot be read."""
    found = list[str]()
    for content in damaged(log.path.read_bytes(), count):
        log.path.write_bytes(content)
        with suppress(OSError):
            format_.logs_in(log.path)
        try:
            read_all(format_.open(log))
        except OSError as error:
            found.append(str(error))
    assert all(text.isprintable() for text in found), "each is a line"
    return found


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a program of another ecosystem in a session of its own, which is killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            kill(process)


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line that a program prints."""
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return line.rstrip()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a program and what it started, as a machine that runs out of memory does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, content: bytes) -> bytes:
    """Return a field of a protocol buffer that has bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def history(step: int, items: Sequence[tuple[str, str]], kind: int = 2) -> bytes:
    """Return a record of W&B with a row: pairs of a name, in parts at its dots, and JSON.

    A summary, which W&B writes after each row, is of kind 3.
    """
    everything = [*items, ("_step", str(step)), ("_timestamp", f"{1000 + step}.5")]
    row = b"".join(
        field(1, b"".join(field(2, part.encode()) for part in name.split(".")) + field(16, value))
        for name, value in ((name, text.encode()) for name, text in everything)
    )
    return b"\x08" + varint(step) + field(kind, row + field(2, b"\x08" + varint(step)))


def wandb_file(records: Sequence[bytes], header: bytes = b":W&B\xe1\xbe\x00") -> bytes:
    """Return records in W&B's framing."""
    out = bytearray(header)
    for record in records:
        kind, rest = 1, record
        while True:
            left = (1 << 15) - len(out) % (1 << 15)
            if left < 7:
                out += bytes(left)
                continue
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if kind == 1 else (3 if rest else 4)
            out += struct.pack("<IHB", crc32(bytes([kind]) + part), len(part), kind) + part
            if not rest:
                break
    return bytes(out)
