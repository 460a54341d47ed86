"""Some rows of a table as arrays: what decoders give, and what a source makes columns of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import FloatArray, IntArray

BoolArray: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cells:
    """The numbers of one column."""

    rows: IntArray | None
    """The rows of the block that have one; nothing for all of them."""
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows."""

    rows: int = 0
    columns: Mapping[str, Cells] = field(default_factory=dict)
    """By the order in which the columns first have a number."""
    bad_lines: int = 0

    def whole(self, name: str) -> FloatArray:
        """Return a column's number in every row, of shape (rows,), or not-a-number."""
        cells = self.columns.get(name)
        if cells is not None and cells.rows is None:
            return cells.values
        values = np.full(self.rows, np.nan)
        if cells is not None:
            values[cells.rows] = cells.values
        return values

    def where(self, kept: BoolArray) -> Block:
        """Return some of the rows; `kept` has shape (rows,)."""
        place = np.cumsum(kept) - 1
        columns: dict[str, Cells] = {}
        for name, cells in self.columns.items():
            if cells.rows is None:
                columns[name] = Cells(None, cells.values[kept])
            elif len(rows := cells.rows[kept[cells.rows]]):
                columns[name] = Cells(place[rows], cells.values[kept[cells.rows]])
        return Block(int(np.count_nonzero(kept)), columns)


def block_of_rows(rows: Iterable[Mapping[str, float] | None]) -> Block:
    """Return rows as a block; nothing stands for a bad line, and an empty row for none at all."""
    cells: dict[str, tuple[list[int], list[float]]] = {}
    count = bad_lines = 0
    for row in rows:
        if row is None:
            bad_lines += 1
        if not row:
            continue
        for name, value in row.items():
            column = cells.get(name)
            if column is None:
                column = cells[name] = ([], [])
            column[0].append(count)
            column[1].append(value)
        count += 1
    columns = {
        name: Cells(
            None if len(places) == count else np.asarray(places, dtype=np.int64),
            np.asarray(values, dtype=np.float64),
        )
        for name, (places, values) in cells.items()
    }
    return Block(count, columns, bad_lines)


def block_of_array(
    names: Sequence[str], array: FloatArray, is_value: BoolArray | None = None
) -> Block:
    """Return an array of shape (rows, columns) as a block.

    A column without a name is left out, and so is a row of empty cells. These are what is
    not-a-number, or where `is_value`, of the same shape, is false.
    """
    named = [index for index, name in enumerate(names) if name]
    columns_first = np.ascontiguousarray(array.T[named])
    has = ~np.isnan(columns_first) if is_value is None else is_value.T[named]
    if not has.all():
        is_row = has.any(axis=0)
        columns_first, has = columns_first[:, is_row], has[:, is_row]
    columns: dict[str, Cells] = {}
    first: dict[str, int] = {}
    for index, values, here in zip(named, columns_first, has, strict=True):
        name = names[index]
        if not here.any():
            continue
        if here.all():
            columns[name], first[name] = Cells(None, values), 0
        else:
            rows = np.flatnonzero(here)
            columns[name], first[name] = Cells(rows, values[rows]), int(rows[0])
    ordered = {name: columns[name] for name in sorted(columns, key=first.__getitem__)}
    return Block(columns_first.shape[1], ordered)


def float_array(numbers: Sequence[float | None]) -> FloatArray:
    """Return numbers as an array, with not-a-number for nothing."""
    try:
        return np.fromiter(numbers, np.float64, len(numbers))
    except TypeError:  # nothing is no number
        return np.array(numbers, dtype=np.float64)
