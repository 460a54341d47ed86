"""The columns of one log in the cache: rows that metrics share, and the values of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grok_tui.analysis.growing import Growing
from grok_tui.analysis.series import Series, is_rising
from grok_tui.logs.source import Column
from grok_tui.store.folder import Folder
from grok_tui.store.mapped import DamagedError, Kept, Mapped, NewFile
from grok_tui.store.state import KeptColumn, KeptRows, State

_SLAB = 1 << 16
LEVELS = 2
"""Of a pyramid so many levels are kept: those above have a thousandth of the values."""


class Rows:
    """Number, step and time of rows that hold values of the same metrics."""

    def __init__(self, rows: Mapped, steps: Mapped, times: Mapped) -> None:
        self.arrays = (rows, steps, times)
        self._newest: Column | None = None

    @classmethod
    def new(cls, new_file: NewFile) -> Rows:
        """Return no rows."""
        return cls(Mapped("i8", new_file), Mapped("f8", new_file), Mapped("f8", new_file))

    def __len__(self) -> int:
        return self.arrays[0].size

    @property
    def steps(self) -> Growing:
        """The training steps."""
        return self.arrays[1]

    def take(self, size: int, column: Column) -> bool:
        """Add the rows of a column that had `size` rows until now.

        Returns:
            Whether they are these rows: false where other ones have come after the first `size`.
        """
        fresh = (column.rows, column.steps, column.times)
        if len(self) == size:
            for array, items in zip(self.arrays, fresh, strict=True):
                array.append(items)
            self._newest = column
            return True
        newest = self._newest
        if newest is not None and len(self) - size == len(newest.rows) == len(column.rows):
            known = (newest.rows, newest.steps, newest.times)
            if all(each is other for each, other in zip(known, fresh, strict=True)):
                return True
        return len(self) - size == len(column.rows) and all(
            np.array_equal(array.view[size:], items, equal_nan=array.dtype.kind == "f")
            for array, items in zip(self.arrays, fresh, strict=True)
        )

    def begin(self, size: int, new_file: NewFile) -> Rows:
        """Return a copy of the first rows."""
        copy = Rows.new(new_file)
        for source, array in zip(self.arrays, copy.arrays, strict=True):
            for start in range(0, size, _SLAB):
                array.append(source.view[start : min(start + _SLAB, size)])
        return copy


class StoredColumn:
    """One metric: what the log says in its order, and the series that is shown of it."""

    def __init__(
        self, rows: Rows, values: Mapped, levels: Sequence[Mapped], *, is_rising: bool
    ) -> None:
        self.rows, self.values, self.levels = rows, values, levels
        self.is_rising = is_rising
        self.series = Series(rows.steps, values, levels) if is_rising else Series()
        if not is_rising:
            self.series.append(rows.steps.view[: values.size], values.view)

    def stand_on(self, rows: Rows) -> None:
        """Share other rows, which begin with the same."""
        self.rows = rows
        if self.is_rising:
            self.series.stand_on(rows.steps)

    def append(self, column: Column) -> None:
        """Add values, whose rows are there already."""
        before = self.rows.steps.view[: self.values.size][-1:]
        if self.is_rising and not is_rising(before, column.steps):
            early, self.series = self.series.curve(), Series()
            self.series.append(early.steps, early.values)
            self.is_rising = False
        self.values.append(column.values)
        if self.is_rising:
            self.series.grow()
        else:
            self.series.append(column.steps, column.values)

    @property
    def last_step(self) -> float:
        """The step of the newest row."""
        return float(self.rows.steps.view[self.values.size - 1])

    def column(self) -> Column:
        """Return what the log says, in its order."""
        rows, steps, times = (array.view[: self.values.size] for array in self.rows.arrays)
        return Column(rows, steps, times, np.asarray(self.values.view, dtype=np.float64))


class Columns:
    """All columns of a log."""

    def __init__(self, new_file: NewFile) -> None:
        """Start without any."""
        self._new_file = new_file
        self.by_name: dict[str, StoredColumn] = {}

    def take(self, columns: Mapping[str, Column]) -> None:
        """Add what a source has read."""
        split: dict[tuple[int, int], list[Rows]] = {}
        for name, column in columns.items():
            known = self.by_name.get(name)
            size = known.values.size if known else 0
            old = known.rows if known else None
            others = split.setdefault((id(old), size), [])
            rows = next(
                (r for r in [*([old] if old else []), *others] if r.take(size, column)), None
            )
            if rows is None:
                rows = old.begin(size, self._new_file) if old else Rows.new(self._new_file)
                rows.take(size, column)
                others.append(rows)
            if known is None:
                known = self.by_name[name] = self._new_column(rows)
            elif rows is not old:
                known.stand_on(rows)
            known.append(column)

    def _new_column(self, rows: Rows) -> StoredColumn:
        levels = [Mapped("block", self._new_file) for _ in range(LEVELS)]
        return StoredColumn(rows, Mapped("f4", self._new_file), levels, is_rising=True)

    def kept(self) -> tuple[list[KeptRows], list[KeptColumn]]:
        """Save what is much, and return where everything is.

        Raises:
            OSError: it cannot be saved.
        """
        shared = list({id(each.rows): each.rows for each in self.by_name.values()}.values())
        places = {id(rows): place for place, rows in enumerate(shared)}
        return (
            [KeptRows(*(array.kept() for array in rows.arrays)) for rows in shared],
            [
                KeptColumn(
                    name,
                    places[id(each.rows)],
                    each.values.kept(),
                    [level.kept() for level in each.levels],
                    each.is_rising,
                )
                for name, each in self.by_name.items()
            ],
        )

    def arrays(self) -> list[Mapped]:
        """Return all arrays."""
        found: dict[int, Mapped] = {}
        for each in self.by_name.values():
            for array in (*each.rows.arrays, each.values, *each.levels):
                found[id(array)] = array
        return list(found.values())

    @classmethod
    def load(cls, state: State, folder: Folder) -> Columns:
        """Return the columns that were kept.

        Raises:
            DamagedError: they are not what was kept.
            OSError: they cannot be read.
        """
        columns = cls(folder.new_file)

        def load(kept: Kept) -> Mapped:
            return Mapped.load(
                kept,
                folder.path,
                folder.new_file,
                is_trusted=state.is_trusted,
                is_ours=folder.is_ours,
            )

        shared = [Rows(load(each.rows), load(each.steps), load(each.times)) for each in state.rows]
        for each in state.columns:
            if not 0 <= each.place < len(shared):
                raise DamagedError
            rows, values = shared[each.place], load(each.values)
            levels = [load(level) for level in each.levels]
            is_whole = len({array.size for array in rows.arrays}) == 1 and len(levels) == LEVELS
            if not is_whole or values.size > len(rows):
                raise DamagedError
            columns.by_name[each.name] = StoredColumn(
                rows, values, levels, is_rising=each.is_rising
            )
        return columns
