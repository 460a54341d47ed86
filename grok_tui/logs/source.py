"""What every log looks like to the rest of the program: a source, read in bounded batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

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
    """New values by canonical metric name, such as `train/accuracy`."""
    more: bool = False
    """Whether there is more to read at once."""
    rewound: bool = False
    """Whether the log starts again: all that was read before this batch is void."""
    bad_lines: int = 0
    """Lines that could not be read, since the start."""
    left_out: str | None = None
    """What else was left out because there is too much of it."""


class Source(Protocol):
    """A log that is read a piece at a time."""

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return what is new: at most about `max_rows` rows, in about `max_seconds` seconds."""
        ...


def join(batches: Sequence[Batch]) -> dict[str, Column]:
    """Return the columns of consecutive batches as one."""
    parts: dict[str, list[Column]] = {}
    for batch in batches:
        for name, column in batch.columns.items():
            parts.setdefault(name, []).append(column)
    return {
        name: Column(
            np.concatenate([part.rows for part in found]),
            np.concatenate([part.steps for part in found]),
            np.concatenate([part.times for part in found]),
            np.concatenate([part.values for part in found]),
        )
        for name, found in parts.items()
    }


class ColumnBuilder:
    """Collects rows of numbers into columns."""

    def __init__(self) -> None:
        self._cells: dict[str, tuple[list[int], list[float], list[float], list[float]]] = {}

    def add(self, row: int, step: float, time: float, values: Mapping[str, float]) -> None:
        """Add one row of the log."""
        for name, value in values.items():
            cells = self._cells.get(name)
            if cells is None:
                cells = self._cells[name] = ([], [], [], [])
            cells[0].append(row)
            cells[1].append(step)
            cells[2].append(time)
            cells[3].append(value)

    def build(self) -> dict[str, Column]:
        """Return the collected columns."""
        return {
            name: Column(
                np.asarray(rows, dtype=np.int64),
                np.asarray(steps, dtype=np.float64),
                np.asarray(times, dtype=np.float64),
                np.asarray(values, dtype=np.float64),
            )
            for name, (rows, steps, times, values) in self._cells.items()
        }
