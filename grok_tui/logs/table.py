"""Anybody's CSV, TSV or JSONL as a source: columns found by their names."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from grok_tui.errors import UsageError
from grok_tui.logs.columns import PERCENT_ABOVE, Columns, Meaning, is_axis, names_split
from grok_tui.logs.numbers import is_step, number
from grok_tui.logs.source import Batch, ColumnBuilder
from grok_tui.logs.tail import Tail

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
MAX_COLUMNS = 10_000
"""A table with more columns than this is not a log of training."""
MAX_RESTARTS = 10
"""So often a log is read again because a later row told what its columns mean."""
DELIMITERS = ",;\t"


class Decoder(Protocol):
    """Turns lines into rows of named numbers."""

    def rows(self, lines: Iterable[bytes]) -> Iterable[Mapping[str, float] | None]:
        """Yield a row for each data line, or nothing for one that cannot be read."""
        ...


class TableSource:
    """A growing CSV, TSV or JSONL file."""

    def __init__(self, path: Path, *, complete: bool = False) -> None:
        """Read a path that the user gave; `complete` says that nobody writes to it any more."""
        self._tail = Tail(path, follow=True, complete=complete)
        self._forget()

    def _forget(self) -> None:
        """Know nothing of the file: it is another one now."""
        self._names: dict[str, None] = {}
        self._columns = Columns()
        self._meaning = Meaning()
        self._percent = False
        self._restarts = 0
        self._begin()

    def _begin(self) -> None:
        """Stand at the first line, with what is known of the columns."""
        self._decoder: Decoder = decoder_for(self._tail.path)
        self._row = 0
        self._bad_lines = 0

    @property
    def column_names(self) -> list[str]:
        """All columns seen so far, in the order of their first appearance."""
        return list(self._names)

    @property
    def meaning(self) -> Meaning:
        """What the columns seen so far mean."""
        return self._meaning

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows that are new.

        Raises:
            OSError: the file cannot be read.
        """
        deadline = time.monotonic() + max_seconds
        builder, rewound, first_row = ColumnBuilder(), False, self._row
        more = True
        while more and self._row - first_row < max_rows and time.monotonic() < deadline:
            lines = self._tail.read()
            if lines.rewound:
                builder, rewound, first_row = ColumnBuilder(), True, 0
                self._forget()
            more = lines.more
            self._bad_lines += lines.skipped
            if not self._add(builder, lines.lines):
                self._tail = Tail(self._tail.path, follow=True, complete=self._tail.complete)
                self._begin()
                builder, rewound, first_row, more = ColumnBuilder(), True, 0, True
        return Batch(builder.build(), more=more, rewound=rewound, bad_lines=self._bad_lines)

    def _add(self, builder: ColumnBuilder, lines: Iterable[bytes]) -> bool:
        """Add rows; return false when all must be read again, because these say what it means.

        A percent scale shows late in a log that starts near zero, and so does a test column where
        the test set is seldom evaluated.
        """
        for row in self._decoder.rows(lines):
            if row is None:
                self._bad_lines += 1
                continue
            fresh = [name for name in row if name not in self._names]
            if fresh and not self._learn(fresh):
                return False
            self._row += 1
            meaning = self._meaning
            step = row.get(meaning.step) if meaning.step else self._row - 1
            if step is None or not is_step(step):
                self._bad_lines += 1
                continue
            values = {
                name: row[column] for name, column in meaning.metrics.items() if column in row
            }
            if self._percent:
                values = {n: v / 100 if "accuracy" in n else v for n, v in values.items()}
            elif any(v > PERCENT_ABOVE for n, v in values.items() if "accuracy" in n):
                self._percent = True
                return False
            builder.add(self._row, step, row.get(meaning.time or "", math.nan), values)
        return True

    def _learn(self, fresh: list[str]) -> bool:
        """Take new columns into account; return false when rows were read without knowing them."""
        if len(self._names) >= MAX_COLUMNS or self._restarts >= MAX_RESTARTS:
            return True
        self._names.update(dict.fromkeys(fresh))
        self._columns.add(fresh)
        before, self._meaning = self._meaning, self._columns.meaning()
        if self._row == 0 or self._meaning == before:
            return True
        self._restarts += 1
        return False


def decoder_for(path: Path) -> Decoder:
    """Return the decoder that a file name asks for.

    Raises:
        UsageError: no format has this ending.
    """
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return _JsonLines()
    if suffix in (".csv", ".tsv"):
        return _Delimited()
    raise UsageError(f"{path}: unknown kind of log; readable are {', '.join(SUFFIXES)}")


class _Delimited:
    """A header line, then one line a row; empty cells are missing values.

    What separates the cells is what the header has most of, whatever the file is called.
    """

    def __init__(self) -> None:
        self._delimiter: str | None = None
        self._header: list[str] | None = None

    def rows(self, lines: Iterable[bytes]) -> Iterable[Mapping[str, float] | None]:
        raw = (line.decode("utf-8", "replace").removeprefix("\ufeff") for line in lines)
        texts = [text.rstrip("\r") for text in raw]
        if self._delimiter is None:
            header = next((text for text in texts if text.strip()), None)
            if header is None:
                return
            self._delimiter = max(DELIMITERS, key=header.count)
        reader = csv.reader(texts, delimiter=self._delimiter)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield None
                continue
            if not any(cells):
                continue
            if self._header is None:
                self._header = [cell.strip() for cell in cells[:MAX_COLUMNS]]
                continue
            if self._delimiter == ";":  # where commas are decimal points
                cells = [cell.replace(",", ".") for cell in cells]
            yield _numbers(zip(self._header, cells, strict=False))


class _JsonLines:
    """One JSON object a line; bare NaN and Infinity are accepted, as Python writes them."""

    def rows(self, lines: Iterable[bytes]) -> Iterable[Mapping[str, float] | None]:
        for line in lines:
            if line.strip():
                row = decode_object(line)
                yield None if row is None else _numbers(list(row.items())[:MAX_COLUMNS])


def decode_object(line: bytes) -> dict[str, object] | None:
    """Return the JSON object in a line, or nothing when there is none."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            row = json.loads(line)  # reads NaN, Infinity and 1e999, which msgspec refuses
        except (ValueError, RecursionError):
            return None
    return row if isinstance(row, dict) else None


def _numbers(cells: Iterable[tuple[str, object]]) -> dict[str, float]:
    """Keep the cells that hold numbers; where another one names the split, as `train_loss`."""
    numbers: dict[str, float] = {}
    listed = list(cells)
    split = next((cell for name, cell in listed if names_split(name, cell)), None)
    for name, cell in listed:
        if split is not None and not is_axis(name):
            name = f"{split}_{name}"
        if isinstance(cell, str):
            percent = cell.endswith("%")
            try:
                numbers[name] = float(cell.rstrip("%")) / (100 if percent else 1)
            except ValueError:
                continue
        elif (value := number(cell)) is not None:
            numbers[name] = value
    return numbers
