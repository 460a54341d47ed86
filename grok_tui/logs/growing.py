"""Following a file that grows: the bytes after those that were used, if it is still the same file.

The file is opened anew for every read: on network file systems only an open asks the server for
the true size. A copy with the same content, as rsync puts in a file's place, counts as the same.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from grok_tui.files import open_regular, when_fresh
from grok_tui.logs.numbers import is_count
from grok_tui.logs.source import Mark
from grok_tui.logs.tail import HOLES_FACTOR

HEAD_BYTES = 4096
"""How much of the file's start is compared to notice that it was replaced."""
BEFORE_BYTES = 256
"""How much before the place that was reached is compared: starts of logs are often alike."""
SMALL_BYTES = 1 << 20
"""Holes in a file up to this size cost nothing to read."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read gave."""

    data: bytes
    at_end: bool = True
    """Whether the file ends with these bytes."""
    rewound: bool = False
    """Whether this is another file than the one that was read so far."""


class GrowingFile:
    """Reads a file from where the last use of its bytes ended."""

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        """Follow `path`, which need not exist yet; `follow` says whether it may be a link."""
        self.path = path
        self.offset = 0
        """Bytes that were used."""
        self._follow = follow
        self._head = b""
        self._before = b""
        self._seen: tuple[int, ...] | None = None

    def read(self, max_bytes: int) -> Piece:
        """Return the bytes that follow those that were used.

        Raises:
            OSError: the file is there but cannot be read.
        """
        return when_fresh(lambda: self._read(max_bytes))

    def _read(self, max_bytes: int) -> Piece:
        try:
            descriptor = open_regular(self.path, follow=self._follow)
        except FileNotFoundError:
            return Piece(b"", rewound=self._forget())
        try:
            status = os.fstat(descriptor)
            if status.st_size > max(SMALL_BYTES, HOLES_FACTOR * status.st_blocks * 512):
                raise OSError(f"{self.path.name} is mostly holes ({status.st_size >> 20} MiB)")
            rewound = self._was_replaced(descriptor, status) and self._forget()
            data = os.pread(descriptor, max_bytes, self.offset)
        finally:
            os.close(descriptor)
        return Piece(data, at_end=self.offset + len(data) >= status.st_size, rewound=rewound)

    def use(self, data: bytes, count: int) -> None:
        """Say that the first `count` of the bytes that were read will not be needed again."""
        if len(self._head) < HEAD_BYTES:
            self._head += data[: min(count, HEAD_BYTES - len(self._head))]
        fresh = data[max(0, count - BEFORE_BYTES) : count]
        self._before = (self._before + fresh)[-BEFORE_BYTES:]
        self.offset += count

    def mark(self) -> Mark:
        """Return the place that was reached, and how to know it again."""
        return {
            "offset": self.offset,
            "head": _digest(self._head),
            "before": _digest(self._before),
        }

    def resume(self, mark: object) -> bool:
        """Go on from a mark; return false if it does not fit the file."""
        offset = mark.get("offset") if isinstance(mark, dict) else None
        if not is_count(offset):
            return False
        head, before = self._around(offset)
        if self._forget() or len(head) < min(offset, HEAD_BYTES):
            return False
        if mark != {"offset": offset, "head": _digest(head), "before": _digest(before)}:
            return False
        self.offset, self._head, self._before = offset, head, before
        return True

    def _forget(self) -> bool:
        had_read = self.offset > 0
        self.offset, self._head, self._before, self._seen = 0, b"", b"", None
        return had_read

    def _was_replaced(self, descriptor: int, status: os.stat_result) -> bool:
        seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen:
            return False
        self._seen = seen
        # The size alone proves nothing: network file systems tell an old one for a while.
        return (self._head, self._before) != _bytes_around(descriptor, self.offset)

    def _around(self, offset: int) -> tuple[bytes, bytes]:
        try:
            descriptor = open_regular(self.path, follow=self._follow)
        except OSError:
            return b"", b""
        try:
            return _bytes_around(descriptor, offset)
        finally:
            os.close(descriptor)


def _bytes_around(descriptor: int, offset: int) -> tuple[bytes, bytes]:
    """Return the start of a file and what stands before a place in it."""
    before = min(offset, BEFORE_BYTES)
    head = os.pread(descriptor, min(offset, HEAD_BYTES), 0)
    return head, os.pread(descriptor, before, offset - before)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read_start(path: Path, max_bytes: int) -> bytes:
    """Return the first bytes of a file that a user named or that lies in a folder of theirs.

    Raises:
        OSError: it cannot be read.
    """
    descriptor = open_regular(path, follow=True)
    try:
        return os.pread(descriptor, max_bytes, 0)
    finally:
        os.close(descriptor)
