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
from grok_tui.logs.columns import PERCENT_ABOVE, Meaning, understand
from grok_tui.logs.numbers import is_step, number
from grok_tui.logs.source import Batch, ColumnBuilder
from grok_tui.logs.tail import Tail

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
MAX_COLUMNS = 10_000
"""A table with more columns than this is not a log of training."""


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
        self._restart(percent=False)

    def _restart(self, *, percent: bool) -> None:
        self._decoder: Decoder = decoder_for(self._tail.path)
        self._names: dict[str, None] = {}
        self._meaning = understand(())
        self._row = 0
        self._bad_lines = 0
        self._percent = percent

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
                self._restart(percent=False)
            more = lines.more
            self._bad_lines += lines.skipped
            if not self._add(builder, lines.lines):
                # A percent scale shows late in a log that starts near zero: read it all again.
                self._tail = Tail(self._tail.path, follow=True, complete=self._tail.complete)
                self._restart(percent=True)
                builder, rewound, first_row, more = ColumnBuilder(), True, 0, True
        return Batch(builder.build(), more=more, rewound=rewound, bad_lines=self._bad_lines)

    def _add(self, builder: ColumnBuilder, lines: Iterable[bytes]) -> bool:
        """Add rows; return false when they show that the accuracies are in percent."""
        for row in self._decoder.rows(lines):
            if row is None:
                self._bad_lines += 1
                continue
            fresh = [name for name in row if name not in self._names]
            if fresh and len(self._names) < MAX_COLUMNS:
                self._names.update(dict.fromkeys(fresh))
                self._meaning = understand(fresh).keeping(self._meaning)
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
                return False
            builder.add(self._row, step, row.get(meaning.time or "", math.nan), values)
        return True


def decoder_for(path: Path) -> Decoder:
    """Return the decoder that a file name asks for.

    Raises:
        UsageError: no format has this ending.
    """
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return _JsonLines()
    if suffix in (".csv", ".tsv"):
        return _Delimited("\t" if suffix == ".tsv" else ",")
    raise UsageError(f"{path}: unknown kind of log; readable are {', '.join(SUFFIXES)}")


class _Delimited:
    """A header line, then one line a row; empty cells are missing values."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._header: list[str] | None = None

    def rows(self, lines: Iterable[bytes]) -> Iterable[Mapping[str, float] | None]:
        texts = (line.decode("utf-8", "replace").removeprefix("\ufeff") for line in lines)
        reader = csv.reader((text.rstrip("\r") for text in texts), delimiter=self._delimiter)
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
            else:
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
    """Keep the cells that hold numbers."""
    numbers: dict[str, float] = {}
    for name, cell in cells:
        if isinstance(cell, str):
            try:
                numbers[name] = float(cell)
            except ValueError:
                continue
        elif (value := number(cell)) is not None:
            numbers[name] = value
    return numbers
