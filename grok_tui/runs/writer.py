"""Appends rows to a run's files so that nothing is ever half written, and nothing stops training.

Each row is one `write` call. On a full disk a write may be short without an error: the stump is
cut off again, the row is counted as lost, and training goes on.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from grok_tui.runs.layout import RunPaths

SCHEMA = 1
WRITER = "trainer"
"""Whose metrics these are where one process trains."""
NON_FINITE = "_nf"
"""Key under which a row spells out the values that JSON cannot hold."""
_SPELLING = {math.inf: "Infinity", -math.inf: "-Infinity"}


class LineWriter:
    """One append-only file of JSON lines with one writer."""

    def __init__(self, path: Path) -> None:
        """Open `path` at its end; a torn last line is closed first.

        Raises:
            OSError: the file cannot be opened.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size
        self._appending = threading.Lock()  # cutting a stump must not cut another thread's line
        self.lost = 0
        """Lines that could not be written."""
        if self._size and os.pread(self._descriptor, 1, self._size - 1) != b"\n":
            self._append(b"\n")

    def write(self, row: Mapping[str, Any], *, sync: bool = False) -> bool:
        """Append one object as a line; return whether it is in the file."""
        written = self._append(msgspec.json.encode(row) + b"\n")
        if not written:
            self.lost += 1
        elif sync:
            self.sync()
        return written

    def _append(self, line: bytes) -> bool:
        with self._appending:
            try:
                written = os.write(self._descriptor, line)
            except OSError:
                return False
            if written == len(line):
                self._size += written
                return True
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            return False

    @property
    def is_linked(self) -> bool:
        """Whether the file still has a name, here or elsewhere."""
        return os.fstat(self._descriptor).st_nlink > 0

    def sync(self) -> None:
        """Wait until the file is on the disk, as far as the disk can."""
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._descriptor)


def as_row(step: float, moment: float | None, values: Mapping[str, float]) -> dict[str, Any]:
    """Return the metrics of one step as they stand in a line."""
    row: dict[str, Any] = {"step": step} if moment is None else {"step": step, "time": moment}
    non_finite = {}
    for name, given in values.items():
        value = float(given)  # NumPy's numbers are no numbers to the encoder
        if math.isfinite(value):
            row[name] = value
        else:
            row[name] = None
            non_finite[name] = _SPELLING.get(value, "NaN")
    if non_finite:
        row[NON_FINITE] = non_finite
    return row


class MetricsWriter:
    """The metrics file of one writer in one session: a header, then one row a step."""

    def __init__(
        self, paths: RunPaths, *, writer: str = WRITER, session: int = 1, resume_step: int = 0
    ) -> None:
        """Start a file.

        Args:
            paths: the run directory.
            writer: who writes; each process has files of its own.
            session: counts the starts of this writer.
            resume_step: older sessions' rows beyond this step are superseded by this session's.

        Raises:
            OSError: the file cannot be made.
        """
        self._lines = LineWriter(paths.metrics(writer, session))
        header = {"_": "open", "v": SCHEMA, "session": session, "resume_step": resume_step}
        self._header: dict[str, Any] | None = {**header, "writer": writer, "time": time.time()}
        self._write_header()

    def _write_header(self) -> None:
        """Write the header, or try again before the next row: without it none is understood."""
        if self._header is not None and self._lines.write(self._header):
            self._header = None

    @property
    def lost(self) -> int:
        """Rows that could not be written."""
        return self._lines.lost

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Append the metrics of one step."""
        row = as_row(step, round(time.time(), 3), values)
        self._write_header()
        if self._header is None:
            self._lines.write(row)

    def sync(self) -> None:
        """Wait until the rows are on the disk."""
        self._lines.sync()

    def close(self) -> None:
        """Sync and close the file."""
        self._lines.close()
