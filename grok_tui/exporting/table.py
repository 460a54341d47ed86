"""The metrics of a log as a table with a row a step, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from grok_tui.arrays import FloatArray, IntArray
from grok_tui.logs.source import Column
from grok_tui.runs.reader import MAX_NAME
from grok_tui.text import safe

BLOCK_ROWS = 8192
"""Rows of a block: memory does not grow with the log beyond its columns."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The values that one metric has in a block."""

    places: IntArray
    """Rows of the block, of shape (k,)."""
    values: FloatArray
    """Of shape (k,); may hold not-a-number and infinities."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of the table."""

    steps: FloatArray
    """Of shape (n,), rising."""
    times: FloatArray
    """Seconds since the epoch, of shape (n,); not-a-number where the log has none."""
    cells: Mapping[str, Cells]


class Table:
    """All metrics of a log by step; of two values of one step the later one counts."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        """Take columns whose rows stand in the order in which they were written."""
        self.columns: dict[str, Column] = {}
        for name, column in columns.items():
            self.columns.setdefault(safe(name, MAX_NAME), _last_of_each_step(column))
        parts = [column.steps for column in self.columns.values()]
        self.steps: FloatArray = np.unique(np.concatenate(parts)) if parts else np.empty(0)
        """All steps, of shape (rows,), rising."""

    @property
    def has_whole_steps(self) -> bool:
        """Whether all steps are whole numbers."""
        return bool((self.steps == np.floor(self.steps)).all())

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """Give the rows, at most `size` of them at a time."""
        for start in range(0, len(self.steps), size):
            yield self._block(self.steps[start : start + size])

    def _block(self, steps: FloatArray) -> Block:
        times, cells = np.full(len(steps), np.nan), {}
        for name, column in self.columns.items():
            first = int(np.searchsorted(column.steps, steps[0]))
            end = int(np.searchsorted(column.steps, steps[-1], side="right"))
            if first == end:
                continue
            places = np.searchsorted(steps, column.steps[first:end]).astype(np.int64)
            cells[name] = Cells(places, column.values[first:end])
            is_new = np.isnan(times[places])
            times[places[is_new]] = column.times[first:end][is_new]
        return Block(steps, times, cells)


def _last_of_each_step(column: Column) -> Column:
    order = np.argsort(column.steps, kind="stable")
    steps = column.steps[order]
    order = order[np.append(steps[1:] != steps[:-1], True)] if len(steps) else order
    return Column(
        column.rows[order], column.steps[order], column.times[order], column.values[order]
    )
