"""The rows of one run in a table `metrics` of an SQLite file, as a source."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grok_tui.logs.database import columns_of, opened
from grok_tui.logs.numbers import MAX_METRICS, is_count, is_step
from grok_tui.logs.source import Batch, ColumnBuilder, Mark

if TYPE_CHECKING:
    import sqlite3

PAGE_ROWS = 10_000
PAGE_BYTES = 1 << 26
"""Rows are asked for in pages of about this size, or what one row has."""

Row = tuple[Any, ...]
Parse = Callable[[Row], tuple[float, float, Mapping[str, float]]]
"""Turns the cells of a row into step, time and values; a ValueError if they make no sense."""


class DatabaseSource:
    """Reads rows in the order in which they were written."""

    def __init__(
        self,
        path: Path,
        run: str,
        run_columns: Sequence[str],
        columns: Sequence[str],
        parse: Parse,
        *,
        by_index: bool,
    ) -> None:
        """Read the rows of a run.

        Args:
            path: the SQLite file.
            run: what stands in the column that names the run.
            run_columns: what this column may be called, the best first.
            columns: the columns that make a row.
            parse: what makes sense of them.
            by_index: whether there is an index by the run alone; by another one, each look for
                new rows would sort all rows of the run.
        """
        self._path = path
        self._run, self._run_columns = run, run_columns
        self._columns, self._parse = columns, parse
        self._table = "metrics" if by_index else "metrics NOT INDEXED"
        self._begin()

    def _begin(self) -> None:
        self._reached: int | None = None
        self._digest = ""
        self._bad = 0
        self._names: set[str] = set()
        self._left_out: str | None = None

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows that are new.

        Raises:
            OSError: the file cannot be read now.
        """
        deadline = time.monotonic() + max_seconds
        builder, rewound, count, more = ColumnBuilder(), False, 0, True
        while more and count < max_rows and time.monotonic() < deadline:
            limit = min(max_rows - count, PAGE_ROWS)
            rows, is_another, more = self._page(limit)
            if is_another:
                builder, rewound, count = ColumnBuilder(), True, 0
            for row in rows:
                self._add(builder, row)
            count += len(rows)
        return Batch(builder.build(), more, rewound, self._bad, self._left_out)

    def _page(self, limit: int) -> tuple[list[Row], bool, bool]:
        """Return new rows, whether all that was read before is void, and whether there are more."""
        try:
            with opened(self._path) as connection:
                select = self._select(connection)
                is_another = not self._stands(connection, select)
                if is_another:
                    self._begin()
                rows, more = self._rows(connection, select, limit)
        except FileNotFoundError:
            had_read = self._reached is not None
            self._begin()
            return [], had_read, False
        if rows:
            if type(rows[-1][0]) is not int:
                raise OSError(f"{self._path.name} has a table of metrics that is none")
            self._reached, self._digest = rows[-1][0], _digest(rows[-1])
        return rows, is_another, more

    def _select(self, connection: sqlite3.Connection) -> str:
        columns = columns_of(connection, "metrics")
        run_column = next((name for name in self._run_columns if name in columns), None)
        if run_column is None or not columns.issuperset(self._columns):
            raise OSError(f"{self._path.name} has no table of metrics")
        listed = ", ".join(f'"{name}"' for name in self._columns)
        return f'SELECT rowid, {listed} FROM {self._table} WHERE "{run_column}" = ?'

    def _rows(
        self, connection: sqlite3.Connection, select: str, limit: int
    ) -> tuple[list[Row], bool]:
        reached = -(1 << 63) if self._reached is None else self._reached
        found = connection.execute(
            f"{select} AND rowid > ? ORDER BY rowid LIMIT ?", (self._run, reached, limit)
        )
        rows: list[Row] = []
        size = 0
        for row in found:
            rows.append(row)
            size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
            if size > PAGE_BYTES:
                return rows, True
        return rows, len(rows) == limit

    def _stands(self, connection: sqlite3.Connection, select: str) -> bool:
        """Return whether the row that was read last is there as it was.

        `VACUUM` may number rows anew, and a file may be replaced by another one.
        """
        if self._reached is None:
            return True
        row = connection.execute(f"{select} AND rowid = ?", (self._run, self._reached)).fetchone()
        return row is not None and _digest(row) == self._digest

    def _add(self, builder: ColumnBuilder, row: Row) -> None:
        try:
            step, moment, values = self._parse(row[1:])
        except (ValueError, OverflowError):
            self._bad += 1
            return
        if not is_step(step):
            self._bad += 1
            return
        if not self._names.issuperset(values):
            values = {name: value for name, value in values.items() if self._has_room(name)}
        builder.add(row[0], step, moment, values)

    def _has_room(self, name: str) -> bool:
        if name not in self._names and len(self._names) >= MAX_METRICS:
            self._left_out = f"all but {MAX_METRICS} metrics"
            return False
        self._names.add(name)
        return True

    def mark(self) -> Mark:
        """Return which row was read last."""
        return {"row": self._reached, "digest": self._digest, "bad": self._bad}

    def resume(self, mark: Mark) -> bool:
        """Go on after the row of a mark; return false if it is not there, or another one."""
        row, digest, bad = mark.get("row"), mark.get("digest"), mark.get("bad")
        if not (row is None or is_count(row)) or not isinstance(digest, str) or not is_count(bad):
            return False
        self._begin()
        self._reached, self._digest = row, digest
        try:
            with opened(self._path) as connection:
                stands = self._stands(connection, self._select(connection))
        except OSError:
            stands = False
        if stands:
            self._bad = bad
        else:
            self._begin()
        return stands


def _digest(row: Row) -> str:
    return hashlib.blake2b(repr(row).encode("utf-8", "replace"), digest_size=16).hexdigest()
