"""The metrics of a run directory as a source: all sessions of all writers, as one curve each.

A session that resumed from a step supersedes what older sessions of its writer recorded beyond
that step: those rows are left out here, and stay in the files.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grok_tui.arrays import FloatArray
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import LARGEST_STEP, is_step, number
from grok_tui.logs.source import Batch, Column, ColumnBuilder, Mark, join
from grok_tui.logs.tail import Tail
from grok_tui.runs import metrics_mark
from grok_tui.runs.dense_rows import DenseRows
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.metrics_header import resume_step_of
from grok_tui.runs.metrics_mark import FileMark, MetricsMark
from grok_tui.runs.writer import NON_FINITE

MAX_METRICS = 10_000
"""Metrics of one run that are kept; what has more is no training log."""
MAX_NAME = 256
"""Characters of a metric's name."""
MAX_FILES = 10_000
_PIECE = 256
"""Lines that are decoded together, or one by one where one of them is unusual."""
_WHOLE = (100_000, 60.0)
"""Rows and seconds of one read, where all rows are wanted."""
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
        self._names: dict[str, None] = {}
        self._dense = DenseRows()
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
        batches, last_row = list[Batch](), self._row + max_rows
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
                batches, last_row, rewound = [], max_rows, True
                waiting = list(self._files.values())
                continue
            self._bad_lines += lines.skipped
            for start in range(0, len(lines.lines), _PIECE):
                batches.append(
                    Batch(self._decoded(waiting[0], lines.lines[start : start + _PIECE]))
                )
            if not lines.more:
                waiting.pop(0)
            if self._row >= last_row or time.monotonic() > deadline:
                break
        return Batch(
            join(batches),
            more=bool(waiting),
            rewound=rewound,
            bad_lines=self._bad_lines,
            left_out=self._left_out(),
        )

    def mark(self) -> Mark:
        """Return where this source stands."""
        files = {
            path.name: FileMark(
                file.tail.mark(), _finite(file.last_step), _finite(file.superseded_beyond)
            )
            for path, file in self._files.items()
        }
        names, has_too_many = list(self._names), self._has_too_many
        return metrics_mark.write(
            MetricsMark(self._row, self._bad_lines, has_too_many, names, files)
        )

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another run now."""
        read = metrics_mark.read(mark)
        if read is None or not self._resume(read):
            self._restart()
            return False
        return True

    def _resume(self, mark: MetricsMark) -> bool:
        try:
            self._find_files()
        except OSError:
            return False
        files = {path.name: file for path, file in self._files.items()}
        for name, known in mark.files.items():
            file = files.get(name)
            if file is None or not file.tail.resume(known.tail):
                return False
            file.last_step = -math.inf if known.last_step is None else known.last_step
            is_as_before = _finite(file.superseded_beyond) == known.superseded_beyond
            if not is_as_before and file.last_step > file.superseded_beyond:
                return False
        self._row, self._bad_lines = mark.row, mark.bad_lines
        self._has_too_many = mark.has_too_many
        self._names = dict.fromkeys(mark.names[:MAX_METRICS])
        return True

    def _find_files(self) -> bool:
        """Take new files in; return whether rows that were read before are superseded by them."""
        found = self._paths.metrics_files()[:MAX_FILES]
        fresh = [entry for entry in found if entry[2] not in self._files]
        if not fresh:
            return False
        for writer, session, path in fresh:
            try:
                resume_step = resume_step_of(path)
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

    def _decoded(self, file: _File, lines: Sequence[bytes]) -> dict[str, Column]:
        table = self._dense.decode(lines, list(self._names))
        return self._one_by_one(file, lines) if table is None else self._columns(file, table)

    def _columns(self, file: _File, table: FloatArray) -> dict[str, Column]:
        """Return the columns of rows that hold nothing but step, time and metrics, as `DenseRows`.

        They are what they would be one by one.
        """
        has_step = np.abs(table[0]) <= LARGEST_STEP  # false for not-a-number
        self._bad_lines += int(np.count_nonzero(~has_step))
        file.last_step = max(file.last_step, float(table[0, has_step].max(initial=-math.inf)))
        counts = has_step & (table[0] <= file.superseded_beyond)
        if not counts.all():
            table = table[:, counts]
        (steps, times), values = table[:2], table[2:]
        rows = np.arange(self._row + 1, self._row + len(steps) + 1)
        self._row += len(steps)
        columns = {}
        for name, here, has_value in zip(self._names, values, ~np.isnan(values), strict=True):
            if has_value.all():
                columns[name] = Column(rows, steps, times, here)
            else:
                columns[name] = Column(*(each[has_value] for each in (rows, steps, times, here)))
        return {name: column for name, column in columns.items() if len(column.rows)}

    def _one_by_one(self, file: _File, lines: Sequence[bytes]) -> dict[str, Column]:
        builder = ColumnBuilder()
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
        return builder.build()

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
        self._names[name] = None
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


def read_columns(paths: RunPaths) -> dict[str, Column]:
    """Return all metrics of a run by name, in the order in which they were written.

    Raises:
        OSError: the directory cannot be read.
    """
    source, batches, more = RunSource(paths), list[Batch](), True
    while more:
        batch = source.read(*_WHOLE)
        batches = [batch] if batch.rewound else [*batches, batch]
        more = batch.more
    return join(batches)


def _finite(step: float) -> float | None:
    return step if math.isfinite(step) else None
