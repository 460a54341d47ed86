"""Following a text file that grows: complete lines only, from where the last read ended.

The file is opened anew for every read: on network file systems only an open asks the server for
the true size. A last line without its line break is normal life while somebody writes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grok_tui.files import open_regular, when_fresh
from grok_tui.logs.source import Mark
from grok_tui.logs.whole_lines import whole_lines

READ_BYTES = 1 << 20
"""Bytes per read call."""
MAX_LINE_BYTES = 1 << 20
"""A longer line is skipped and counted: it is no metrics row, and would have to be held whole."""
LONGEST_SKIPPED_BYTES = 1 << 28
"""A file with a line beyond this is no log at all, and not worth the time of reading on."""
HOLES_FACTOR = 1000
"""A file is mostly holes if it is this many times as long as what the disk holds of it; file
systems that compress come to a few dozen."""
HEAD_BYTES = 4096
"""How much of the file's start is compared to notice that it was replaced."""
LAST_BYTES = 256
"""How much of what was read last is compared, too, when another process goes on reading."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What one read gave: complete lines without their line breaks."""

    lines: list[bytes]
    more: bool = False
    rewound: bool = False
    skipped: int = 0
    """Lines left out because they are too long."""
    is_cut: bool = False
    """Whether nobody writes any more, and the file ends in a line that may not be whole."""


class LineSource(Protocol):
    """Gives the lines of a file that are new."""

    def read(self) -> Lines:
        """Return the next lines.

        Raises:
            OSError: the file cannot be read.
        """
        ...

    def mark(self) -> Mark:
        """Return how far the file was read."""
        ...

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another file now."""
        ...


class Tail:
    """Reads a file's new lines; notices when the file was replaced or cut."""

    def __init__(self, path: Path, *, follow: bool = False, complete: bool = False) -> None:
        """Follow `path`.

        Args:
            path: the file; it need not exist yet.
            follow: whether `path` may be a link.
            complete: whether nobody writes any more, so that a last line without a line break
                counts if it is surely whole.
        """
        self.path = path
        self._follow = follow
        self.complete = complete
        self._restart()

    def _restart(self) -> None:
        self._offset = 0
        self._identity: tuple[int, int] | None = None
        self._head = self._last = b""
        self._in_long_line = False
        self._long_bytes = 0

    def read(self) -> Lines:
        """Return the next lines, at most about 1 MiB of them.

        Raises:
            OSError: the file is there but cannot be read.
        """
        return when_fresh(self._read)

    def _read(self) -> Lines:
        try:
            descriptor = open_regular(self.path, follow=self._follow)
        except FileNotFoundError:
            return Lines([], rewound=self._forget())
        try:
            rewound = self._was_replaced(descriptor) and self._forget()
            return self._read_from_offset(descriptor, rewound)
        finally:
            os.close(descriptor)

    def _advance(self, data: bytes) -> None:
        """Stand behind the data, and remember what the file is known by."""
        if self._offset == 0:
            self._head = data[:HEAD_BYTES]
        self._offset += len(data)
        self._last = (self._last + data[-LAST_BYTES:])[-LAST_BYTES:]

    def mark(self) -> Mark:
        """Return how far the file was read, and by what to know it again."""
        return {
            "offset": self._offset,
            "head_bytes": len(self._head),
            "digest": _digest(self._head, self._last),
            "in_long_line": self._in_long_line,
        }

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another file now."""
        offset, head_bytes = mark.get("offset"), mark.get("head_bytes")
        if not (isinstance(offset, int) and isinstance(head_bytes, int) and not self._offset):
            return False
        if not 0 <= head_bytes <= min(offset, HEAD_BYTES):
            return False
        if offset == 0:
            return True
        try:
            descriptor = open_regular(self.path, follow=self._follow)
        except OSError:
            return False
        try:
            status = os.fstat(descriptor)
            if status.st_size < offset:
                return False
            head = os.pread(descriptor, head_bytes, 0)
            last = os.pread(descriptor, min(offset, LAST_BYTES), max(0, offset - LAST_BYTES))
        except OSError:
            return False
        finally:
            os.close(descriptor)
        if _digest(head, last) != mark.get("digest"):
            return False
        self._offset, self._head, self._last = offset, head, last
        self._identity = (status.st_dev, status.st_ino)
        self._in_long_line = mark.get("in_long_line") is True
        return True

    def _forget(self) -> bool:
        had_read = self._offset > 0
        self._restart()
        return had_read

    def _was_replaced(self, descriptor: int) -> bool:
        status = os.fstat(descriptor)
        identity = (status.st_dev, status.st_ino)
        if self._identity is None:
            self._identity = identity
            return False
        if identity != self._identity:
            return True
        if status.st_size == self._offset:
            return False
        # A size below what was read proves nothing: network file systems tell an old one.
        last = os.pread(descriptor, len(self._last), self._offset - len(self._last))
        return last != self._last or os.pread(descriptor, len(self._head), 0) != self._head

    def _read_from_offset(self, descriptor: int, rewound: bool) -> Lines:
        status = os.fstat(descriptor)
        self._identity = (status.st_dev, status.st_ino)
        if status.st_size > READ_BYTES and _is_mostly_holes(status):
            raise OSError(f"{self.path.name} is mostly holes ({status.st_size >> 20} MiB)")
        data = os.pread(descriptor, READ_BYTES, self._offset)
        at_end = self._offset + len(data) >= status.st_size
        is_last = self.complete and at_end
        lines, end = whole_lines(data, is_end=is_last)
        is_cut = is_last and end < len(data)
        if end == 0 and len(data) >= MAX_LINE_BYTES:  # inside a line that is too long
            self._advance(data)
            skipped = 0 if self._in_long_line else 1
            self._in_long_line = True
            self._long_bytes += len(data)
            if self._long_bytes > LONGEST_SKIPPED_BYTES:
                raise OSError(f"{self.path.name} has a line of {self._long_bytes >> 20} MiB")
            return Lines([], more=not at_end, rewound=rewound, skipped=skipped)
        if end == 0:
            return Lines([], rewound=rewound, is_cut=is_cut)
        if self._in_long_line:
            lines = lines[1:]
            self._in_long_line, self._long_bytes = False, 0
        self._advance(data[:end])
        return Lines(lines, more=not at_end, rewound=rewound, is_cut=is_cut)


def _digest(head: bytes, last: bytes) -> str:
    return hashlib.blake2b(head + last, digest_size=16).hexdigest()


def _is_mostly_holes(status: os.stat_result) -> bool:
    return status.st_size > HOLES_FACTOR * max(status.st_blocks, 1) * 512
