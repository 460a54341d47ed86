"""Parquet tables, which are written once: read a batch of rows at a time, by pyarrow."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.arrays import FloatArray
from grok_tui.errors import UsageError
from grok_tui.files import open_regular
from grok_tui.logs.columns import Meaning, understand
from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.growing import read_start
from grok_tui.logs.numbers import LARGEST_STEP, MAX_METRICS, is_count
from grok_tui.logs.source import Batch, Column, Mark, join
from grok_tui.text import safe

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

SUFFIX = ".parquet"
_MAGIC = b"PAR1"
_BATCH_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a table."""

    columns: dict[str, Column]
    rows: int
    bad: int
    """Rows that are damaged or have no step."""


class ParquetSource:
    """One table. When it was written again, it is read again from its start."""

    def __init__(self, path: Path) -> None:
        """Read a path that the user gave."""
        self._path = path
        self._begin()

    def _begin(self) -> None:
        self._identity: list[int] | None = None
        self._parts: Iterator[_Part] | None = None
        self._row = 0
        self._bad = 0
        self._is_done = False

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return rows that were not read yet.

        Raises:
            OSError: the file cannot be read, or is no whole table (yet).
        """
        deadline = time.monotonic() + max_seconds
        rewound = self._look()
        first_row, columns = self._row, list[Batch]()
        while self._identity and not self._is_done and self._row - first_row < max_rows:
            part = self._next()
            if part is None:
                self._is_done = True
                break
            columns.append(Batch(part.columns))
            self._row += part.rows
            self._bad += part.bad
            if time.monotonic() >= deadline:
                break
        more = self._identity is not None and not self._is_done
        return Batch(join(columns), more, rewound, self._bad)

    def _look(self) -> bool:
        """Notice that the file is another one; return whether rows were read of the old one."""
        identity = _identity(self._path)
        if identity == self._identity:
            return False
        had_read = self._row > 0
        self._begin()
        self._identity = identity
        return had_read

    def _next(self) -> _Part | None:
        if self._parts is None:
            self._parts = _parts(self._path, self._row)
        try:
            return next(self._parts, None)
        except OSError:
            self._parts = None  # a generator that raised would say that it is done
            raise

    def mark(self) -> Mark:
        """Return how many rows were read, and of which file."""
        return {"row": self._row, "bad": self._bad, "identity": self._identity}

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false if the file was written since."""
        row, bad, identity = mark.get("row"), mark.get("bad"), mark.get("identity")
        self._begin()
        if not is_count(row) or not is_count(bad) or identity != _identity(self._path):
            return False
        self._identity, self._row, self._bad = identity, row, bad
        return True


def _identity(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def _parts(path: Path, first_row: int) -> Iterator[_Part]:
    """Yield the rows of a table from one of them on.

    Raises:
        OSError: the file is no whole table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with os.fdopen(open_regular(path, follow=True), "rb") as file:
        try:
            table = pq.ParquetFile(file)
            names = _numeric(table.schema_arrow)
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise OSError(f"{path.name} is no whole Parquet file: {safe(error)}") from None
        meaning, start = understand(names), 0
        for group in range(table.num_row_groups):
            end = start + max(table.metadata.row_group(group).num_rows, 0)
            done = max(start, first_row)
            try:
                for batch in _batches(table, group, names, done - start) if done < end else ():
                    yield _part(batch, done, meaning)
                    done += batch.num_rows
            except (pa.ArrowException, OSError, ValueError, MemoryError):
                yield _Part({}, max(end - done, 0), max(end - done, 0))
            start = end


def _batches(
    table: pq.ParquetFile, group: int, names: Sequence[str], skipped: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a group after the first ones."""
    for batch in table.iter_batches(_BATCH_ROWS, row_groups=[group], columns=list(names)):
        if skipped < batch.num_rows:
            yield batch.slice(skipped)
        skipped = max(skipped - batch.num_rows, 0)


def _numeric(schema: pa.Schema) -> list[str]:
    """Return the names of the columns of numbers and moments; of two of one name, none."""
    import pyarrow.types as kinds

    counts = Counter(schema.names)
    tests = (kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_timestamp)
    names = [
        one.name
        for one in schema
        if counts[one.name] == 1 and any(test(one.type) for test in tests)
    ]
    return names[:MAX_METRICS]


def _part(batch: pa.RecordBatch, first_row: int, meaning: Meaning) -> _Part:
    rows = np.arange(first_row, first_row + batch.num_rows, dtype=np.int64)
    cells = {name: _floats(batch.column(name)) for name in batch.schema.names}
    steps = cells.pop(meaning.step) if meaning.step else rows.astype(np.float64)
    times = cells.pop(meaning.time) if meaning.time else np.full(len(rows), np.nan)
    is_step = np.abs(steps) <= LARGEST_STEP  # false for not-a-number
    columns: dict[str, Column] = {}
    for name, values in cells.items():
        (at,) = np.nonzero(is_step & ~_missing(batch.column(name)))
        if len(at):
            columns[name] = Column(rows[at], steps[at], times[at], values[at])
    return _Part(columns, len(rows), int(np.count_nonzero(~is_step)))


def _missing(column: pa.Array) -> np.typing.NDArray[np.bool_]:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _floats(column: pa.Array) -> FloatArray:
    """Return numbers, or moments as seconds since the epoch; missing ones are not-a-number."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        microseconds = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return _floats(microseconds) / 1e6
    floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(floats, dtype=np.float64)


class ParquetFormat:
    """One log a table."""

    name = "parquet"
    title = "Parquet table"

    def find(self, folder: Folder) -> Found:
        """Return the tables that lie in a folder."""
        files = frozenset(name for name in folder.files if name.endswith(SUFFIX))
        return Found(tuple(LogRef(folder.path / name, self.name) for name in sorted(files)), files)

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the table in a file."""
        is_ours = path.suffix == SUFFIX or read_start(path, len(_MAGIC)) == _MAGIC
        return (LogRef(path, self.name),) if is_ours else ()

    def open(self, log: LogRef, *, complete: bool = False) -> ParquetSource:  # noqa: ARG002
        """Return the reader of a table, which is whole or not one.

        Raises:
            UsageError: pyarrow is not installed.
        """
        if find_spec("pyarrow") is None:
            raise UsageError(
                f"{log.path}: Parquet is read by pyarrow; pip install 'grok-tui[parquet]'"
            )
        return ParquetSource(log.path)


FORMAT = ParquetFormat()
