"""What every log looks like to the rest of the program: a source, read in bounded batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from grok_tui.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Column:
    """The new values of one metric; the four arrays have one length."""

    rows: IntArray
    """Number of the row in the log that each value stood in: one row belongs together."""
    steps: FloatArray
    """Training step; not-a-number never occurs."""
    times: FloatArray
    """Seconds since the epoch, or not-a-number where the log has none."""
    values: FloatArray
    """The values; may be not-a-number or infinite."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read of a source gave."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    """New values by the name that the log itself gives the metric, unchanged and unscaled."""
    more: bool = False
    """Whether there is more to read at once."""
    rewound: bool = False
    """Whether the log starts again: all that was read before this batch is void."""
    bad_lines: int = 0
    """Lines that could not be read, since the start."""
    left_out: str | None = None
    """What else was left out, because there is too much of it or because it is damaged."""


class Source(Protocol):
    """A log that is read a piece at a time."""

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return what is new: at most about `max_rows` rows, in about `max_seconds` seconds.

        Raises:
            OSError: the log cannot be read now; a later call may.
        """
        ...


Mark = dict[str, Any]
"""How far a source has read and what it has learnt on the way: numbers, texts, lists and dicts."""


class ResumableSource(Source, Protocol):
    """A source that can go on where another process stopped reading the same log."""

    def mark(self) -> Mark:
        """Return where this source stands, to be given to `resume` of a new one."""
        ...

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now.

        A mark may come from anywhere: one that makes no sense is refused, never an error.
        """
        ...


def join(batches: Sequence[Batch]) -> dict[str, Column]:
    """Return the columns of consecutive batches as one.

    Columns that share their rows, steps and times go on sharing them.
    """
    if len(batches) == 1:
        return dict(batches[0].columns)
    parts: dict[str, list[Column]] = {}
    for batch in batches:
        for name, column in batch.columns.items():
            parts.setdefault(name, []).append(column)
    shared: dict[tuple[int, ...], tuple[IntArray, FloatArray, FloatArray]] = {}
    columns: dict[str, Column] = {}
    for name, found in parts.items():
        key = tuple(id(each) for part in found for each in (part.rows, part.steps, part.times))
        if key not in shared:
            shared[key] = (
                np.concatenate([part.rows for part in found]),
                np.concatenate([part.steps for part in found]),
                np.concatenate([part.times for part in found]),
            )
        columns[name] = Column(*shared[key], np.concatenate([part.values for part in found]))
    return columns


class ColumnBuilder:
    """Collects rows of numbers into columns."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float]] = []
        self._cells: dict[str, tuple[list[int], list[float]]] = {}

    def add(self, row: int, step: float, time: float, values: Mapping[str, float]) -> None:
        """Add one row of the log."""
        place = len(self._rows)
        self._rows.append((row, step, time))
        for name, value in values.items():
            cells = self._cells.get(name)
            if cells is None:
                cells = self._cells[name] = ([], [])
            cells[0].append(place)
            cells[1].append(value)

    def build(self) -> dict[str, Column]:
        """Return the collected columns."""
        if not self._rows:
            return {}
        numbers, at, moments = zip(*self._rows, strict=True)
        rows = np.asarray(numbers, dtype=np.int64)
        steps = np.asarray(at, dtype=np.float64)
        times = np.asarray(moments, dtype=np.float64)
        columns = {}
        for name, (places, cells) in self._cells.items():
            values = np.asarray(cells, dtype=np.float64)
            if len(places) == len(rows):
                columns[name] = Column(rows, steps, times, values)
            else:
                columns[name] = Column(rows[places], steps[places], times[places], values)
        return columns
