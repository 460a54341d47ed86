"""Following one TensorBoard event file: whole records, from where the last read ended.

Zeros or half a record at the end are normal life: network file systems show a block before its
content arrives. Only what stays wrong for a minute, with more behind it, is damaged.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

import msgspec

from grok_tui.files import open_regular
from grok_tui.logs.event_file import (
    FRAME_BYTES,
    HEADER_BYTES,
    MAX_RECORD_BYTES,
    Frames,
    frame,
    is_intact,
    next_header,
)

READ_BYTES = 1 << 20
"""Bytes per read call, unless one record takes more."""
HEAD_BYTES, LAST_BYTES = 4096, 256
"""How much of the start, and of what was read last, is compared to tell a file that was replaced by
its own continuation, as rsync does it, from another one."""
PATIENCE_S = 60.0
"""Bytes that are wrong for longer than this are damaged, not late."""
RETRY_S, LONGEST_RETRY_S = 0.25, 8.0
"""How long bytes that are wrong are left alone: twice as long each time."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class TailMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far an event file was read."""

    offset: Count
    digest: str
    """Of the bytes at the start and before the offset."""
    damages: Count
    damaged_bytes: Count
    too_long: Count


@dataclass(frozen=True, slots=True)
class Records:
    """What one read gave: whole records."""

    data: bytes = b""
    starts: tuple[int, ...] | list[int] = ()
    """Where in `data` each record's header begins."""
    end: int = 0
    """Where in `data` the last record ends."""
    is_checked: bool = False
    """Whether the checksum of each record was compared, as it is where the file ends."""
    more: bool = False
    rewound: bool = False


class EventTail:
    """Reads an event file's new records; notices when the file was replaced or cut."""

    def __init__(self, path: Path, *, complete: bool, clock: Callable[[], float]) -> None:
        """Follow `path`.

        Args:
            path: the file; it need not exist yet.
            complete: whether nobody writes any more, so that what is wrong stays so.
            clock: returns the time in seconds since the epoch.
        """
        self._path = path
        self._complete = complete
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Stand at the beginning of the file."""
        self._offset = 0
        self._identity: tuple[int, int] | None = None
        self._head = self._last = b""
        self._read_bytes = READ_BYTES
        self._damages = self._damaged_bytes = 0
        self.too_long = 0
        self._wait_for: tuple[float, int] | None = None
        self._settled = 0  # bytes before this offset will not change any more
        self._go_on()

    def _go_on(self) -> None:
        """Forget what was wrong: the bytes at the offset have been read, or given up."""
        self._retry_at = self._retry_s = 0.0
        self._searched = 1
        self._is_hopeless = False

    @property
    def damages(self) -> int:
        """Stretches of bytes that cannot be read."""
        return self._damages + self._is_hopeless

    @property
    def damaged_bytes(self) -> int:
        """Bytes that were skipped because they cannot be read."""
        return self._damaged_bytes

    def read(self, limit: int) -> Records:
        """Return the next records, at most `limit` of them and about 1 MiB.

        Raises:
            OSError: the file is there but cannot be read.
        """
        if self._clock() < self._retry_at:
            return Records()
        try:
            descriptor = open_regular(self._path, follow=True)
        except FileNotFoundError:
            return Records(rewound=self._forget())
        try:
            rewound = self._was_replaced(descriptor) and self._forget()
            records = self._read_from_offset(descriptor, limit)
            self._remember(descriptor)
        finally:
            os.close(descriptor)
        return replace(records, rewound=rewound)

    def mark(self) -> TailMark:
        """Return where this reader stands."""
        return TailMark(
            offset=self._offset,
            digest=_digest(self._head, self._last),
            damages=self._damages,
            damaged_bytes=self._damaged_bytes,
            too_long=self.too_long,
        )

    def resume(self, mark: TailMark) -> bool:
        """Go on from a mark; return false if this is another file now."""
        try:
            descriptor = open_regular(self._path, follow=True)
        except OSError:
            return False
        try:
            if os.fstat(descriptor).st_size < mark.offset:
                return False
            self._offset = mark.offset
            self._remember(descriptor)
        finally:
            os.close(descriptor)
        self._damages, self._damaged_bytes = mark.damages, mark.damaged_bytes
        self.too_long = mark.too_long
        return _digest(self._head, self._last) == mark.digest

    def _forget(self) -> bool:
        had_read = self._offset > 0
        self.restart()
        return had_read

    def _was_replaced(self, descriptor: int) -> bool:
        status = os.fstat(descriptor)
        identity, known = (status.st_dev, status.st_ino), self._identity
        self._identity = identity
        # A size below what was read proves nothing: network file systems tell an old one.
        if known == identity and status.st_size == self._offset:
            return False
        return (self._head, self._last) != self._ends(descriptor)

    def _remember(self, descriptor: int) -> None:
        self._head, self._last = self._ends(descriptor)

    def _ends(self, descriptor: int) -> tuple[bytes, bytes]:
        """Return the first bytes of the file and the last ones before the offset."""
        last = min(self._offset, LAST_BYTES)
        head = os.pread(descriptor, min(self._offset, HEAD_BYTES), 0)
        return head, os.pread(descriptor, last, self._offset - last)

    def _read_from_offset(self, descriptor: int, limit: int) -> Records:
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, self._read_bytes, self._offset)
        at_end = self._offset + len(data) >= size
        frames = frame(data, limit)
        is_checked = frames.is_damaged or at_end
        if is_checked:
            frames = _checked(data, frames)
        if frames.starts:
            self._offset += frames.end
            self._read_bytes = READ_BYTES
            self._go_on()
            more = frames.is_damaged or not at_end or len(frames.starts) == limit
            return Records(data, frames.starts, frames.end, is_checked, more)
        if frames.is_damaged:
            return Records(more=self._is_settled(descriptor) and self._search(descriptor, size))
        return Records(more=self._make_room(frames.next_bytes, size))

    def _make_room(self, next_bytes: int, size: int) -> bool:
        """See to it that the next read gets past a long record, once it is all there."""
        if not next_bytes or self._offset + next_bytes > size:
            return False
        if next_bytes - FRAME_BYTES <= MAX_RECORD_BYTES:
            self._read_bytes = next_bytes
        else:
            self._offset += next_bytes
            self.too_long += 1
        return True

    def _is_settled(self, descriptor: int) -> bool:
        """Return whether the bytes at the offset, which are wrong, have had the time to change."""
        now, status = self._clock(), os.fstat(descriptor)
        if self._complete or now - status.st_mtime >= PATIENCE_S:
            self._settled = status.st_size
        elif self._wait_for is None:
            self._wait_for = (now + PATIENCE_S, status.st_size)
        elif now >= self._wait_for[0]:
            self._settled = self._wait_for[1]
            self._wait_for = None
        if self._offset < self._settled:
            return True
        self._pause()
        return False

    def _pause(self) -> None:
        self._retry_s = min(2 * self._retry_s or RETRY_S, LONGEST_RETRY_S)
        self._retry_at = self._clock() + self._retry_s

    def _search(self, descriptor: int, size: int) -> bool:
        """Look for the next record behind bytes that are damaged; return whether to read on."""
        begin = self._offset + self._searched
        data = os.pread(descriptor, READ_BYTES, begin)
        found = next_header(data)
        if found is not None:
            self._damages += 1
            self._damaged_bytes += begin + found - self._offset
            self._offset = begin + found
            self._go_on()
            return True
        self._searched += max(0, len(data) - HEADER_BYTES + 1)
        if begin + len(data) < size:
            return True
        self._is_hopeless = True  # as far as is known: it may grow
        self._pause()
        return False


def _checked(data: bytes, frames: Frames) -> Frames:
    """Return the frames before the first record whose checksum is wrong."""
    ends = [*frames.starts[1:], frames.end]
    for number, (start, end) in enumerate(zip(frames.starts, ends, strict=False)):
        if not is_intact(data, start, end):
            return Frames(frames.starts[:number], start, is_damaged=True)
    return frames


def _digest(*parts: bytes) -> str:
    return blake2b(b"".join(parts), digest_size=16).hexdigest()
