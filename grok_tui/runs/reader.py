"""The metrics of a run directory as a source: all sessions of all writers, as one curve each.

A session that resumed from a step supersedes what older sessions of its writer recorded beyond
that step: those rows are left out here, and stay in the files.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grok_tui.files import open_regular
from grok_tui.logs.numbers import is_step, number
from grok_tui.logs.source import Batch, ColumnBuilder
from grok_tui.logs.table import decode_object
from grok_tui.logs.tail import Tail
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.writer import NON_FINITE

MAX_METRICS = 10_000
"""Metrics of one run that are kept; what has more is no training log."""
MAX_NAME = 256
"""Characters of a metric's name."""
MAX_FILES = 10_000
_HEADER_BYTES = 4096
_NON_FINITE_VALUES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(slots=True)
class _File:
    """One session of one writer, while it is followed."""

    writer: str
    session: int
    resume_step: float
    tail: Tail
    superseded_beyond: float = math.inf
    last_step: float = -math.inf


class RunSource:
    """Follows the metrics files of a run directory, those that appear later included."""

    def __init__(self, paths: RunPaths) -> None:
        """Follow a run; its directory must exist when it is read."""
        self._paths = paths
        self._problems: dict[Path, str] = {}
        """Why files are left out."""
        self._restart()

    def _restart(self) -> None:
        self._files: dict[Path, _File] = {}
        self._names: set[str] = set()
        self._row = 0
        self._bad_lines = 0
        self._has_too_many = False

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows that are new.

        Raises:
            OSError: the directory cannot be read. A file that cannot is left out, and told of.
        """
        self._problems.clear()
        rewound = self._find_files()
        deadline = time.monotonic() + max_seconds
        builder, last_row = ColumnBuilder(), self._row + max_rows
        waiting = list(self._files.values())
        while waiting:
            try:
                lines = waiting[0].tail.read()  # an older session comes before a newer one
            except OSError as error:
                self._leave_out(waiting.pop(0).tail.path, error)
                continue
            if lines.rewound:  # somebody replaced a file: read everything again
                self._restart()
                self._find_files()
                builder, last_row, rewound = ColumnBuilder(), max_rows, True
                waiting = list(self._files.values())
                continue
            self._bad_lines += lines.skipped
            self._add(builder, waiting[0], lines.lines)
            if not lines.more:
                waiting.pop(0)
            if self._row >= last_row or time.monotonic() > deadline:
                break
        return Batch(
            builder.build(),
            more=bool(waiting),
            rewound=rewound,
            bad_lines=self._bad_lines,
            left_out=self._left_out(),
        )

    def _find_files(self) -> bool:
        """Take new files in; return whether rows that were read before are superseded by them."""
        found = self._paths.metrics_files()[:MAX_FILES]
        fresh = [entry for entry in found if entry[2] not in self._files]
        if not fresh:
            return False
        for writer, session, path in fresh:
            try:
                resume_step = _resume_step(path)
            except OSError as error:
                self._leave_out(path, error)
                continue
            if resume_step is not None:
                self._files[path] = _File(writer, session, resume_step, Tail(path))
        for file in self._files.values():
            file.superseded_beyond = min(
                (
                    later.resume_step
                    for later in self._files.values()
                    if later.writer == file.writer and later.session > file.session
                ),
                default=math.inf,
            )
        if any(file.last_step > file.superseded_beyond for file in self._files.values()):
            self._restart()
            self._find_files()
            return True
        return False

    def _add(self, builder: ColumnBuilder, file: _File, lines: Iterable[bytes]) -> None:
        for line in lines:
            row = decode_object(line)
            if row is None:
                self._bad_lines += 1
                continue
            if "_" in row:  # a header or another note that is no row of metrics
                continue
            step, moment = number(row.get("step")), number(row.get("time"))
            if step is None or not is_step(step):
                self._bad_lines += 1
                continue
            file.last_step = max(file.last_step, step)
            if step > file.superseded_beyond:
                continue
            self._row += 1
            builder.add(self._row, step, math.nan if moment is None else moment, self._values(row))

    def _values(self, row: Mapping[str, object]) -> dict[str, float]:
        values: dict[str, float] = {}
        for name, cell in row.items():
            value = number(cell)
            if value is not None and name not in ("step", "time") and self._is_kept(name):
                values[name] = value
        spelled = row.get(NON_FINITE)
        if isinstance(spelled, Mapping):
            for name, text in spelled.items():
                value = _NON_FINITE_VALUES.get(text) if isinstance(text, str) else None
                if value is not None and self._is_kept(name):
                    values[name] = value
        return values

    def _is_kept(self, name: str) -> bool:
        if name in self._names:
            return True
        if name.startswith("_") or len(name) > MAX_NAME:
            return False
        if len(self._names) >= MAX_METRICS:
            self._has_too_many = True
            return False
        self._names.add(name)
        return True

    def _leave_out(self, path: Path, error: OSError) -> None:
        self._problems[path] = f"{path.name}: {error.strerror}" if error.strerror else str(error)

    def _left_out(self) -> str | None:
        """Return what is not read for a reason that another look does not change."""
        parts = [f"metrics beyond the first {MAX_METRICS}"] if self._has_too_many else []
        parts += list(self._problems.values())[:1]
        if len(self._problems) > 1:
            others = len(self._problems) - 1
            parts.append(f"{others} more file{'s' if others > 1 else ''}")
        return ", ".join(parts) or None


def _resume_step(path: Path) -> float | None:
    """Return the step that a session resumed from, or nothing while its header is not written."""
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:  # deleted meanwhile
        return None
    try:
        first, end, _ = os.pread(descriptor, _HEADER_BYTES, 0).partition(b"\n")
    finally:
        os.close(descriptor)
    if not end:
        return None
    header = decode_object(first) or {}
    if "_" not in header:  # whoever wrote this supersedes nothing
        return math.inf
    return number(header.get("resume_step")) or 0.0
