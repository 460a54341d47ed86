"""What is in a log: each of its metrics with how many values it has, and where they lie."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grok_tui.errors import UsageError
from grok_tui.logs.columns import Meaning
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.source import Batch, Column, Source, join
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import RunSource, read_columns
from grok_tui.runs.record import read_record
from grok_tui.watch.discovery import Place
from grok_tui.watch.judgement import log_of
from grok_tui.watch.own_logs import said_of

OWN_FORMAT = "grok-tui"
_ROWS, _SECONDS = 100_000, 60.0


@dataclass(slots=True)
class Extent:
    """One metric of one run, by the name and in the scale of its log."""

    metric: str
    count: int = 0
    first: tuple[float, float] = (math.nan, math.nan)
    """Step and value of the first row that has it."""
    last: tuple[float, float] = (math.nan, math.nan)
    low: float = math.nan
    """The lowest value that is a number."""
    high: float = math.nan

    def add(self, column: Column) -> None:
        """Take more values into account."""
        if not len(column.steps):
            return
        if not self.count:
            self.first = (float(column.steps[0]), float(column.values[0]))
        self.last = (float(column.steps[-1]), float(column.values[-1]))
        self.count += len(column.steps)
        self.low = float(np.fmin(self.low, np.fmin.reduce(column.values)))
        self.high = float(np.fmax(self.high, np.fmax.reduce(column.values)))

    def to_json(self) -> dict[str, Any]:
        """Return it as values for JSON."""
        return {
            "metric": self.metric,
            "count": self.count,
            "first": list(self.first),
            "last": list(self.last),
            "min": self.low,
            "max": self.high,
        }


@dataclass(frozen=True, slots=True)
class Inventory:
    """One run and its metrics."""

    place: Place
    format: str
    metrics: tuple[Extent, ...]
    bad_lines: int = 0
    left_out: str | None = None


def take_inventory(place: Place) -> Inventory:
    """Read a run to its end.

    Raises:
        UsageError: it cannot be read.
    """
    extents: dict[str, Extent] = {}
    bad_lines, left_out = 0, None
    try:
        log = _log_of(place)
        for batch in _batches(_source(place.path, log)):
            if batch.rewound:
                extents.clear()
            for name, column in batch.columns.items():
                extents.setdefault(name, Extent(name)).add(column)
            bad_lines, left_out = batch.bad_lines, batch.left_out
    except OSError as error:
        raise UsageError(f"cannot read {place.path}: {error.strerror or error}") from None
    format_ = log.format if log else OWN_FORMAT
    return Inventory(place, format_, tuple(extents.values()), bad_lines, left_out)


def meaning_of(place: Place) -> tuple[list[str], Meaning]:
    """Read a run to its end, and return its metrics' own names and what they are taken for.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        log = _log_of(place)
        said = said_of(place.path, log)
        source = Interpreted(lambda: _source(place.path, log), correction=said)
        for _ in _batches(source):
            pass
    except OSError as error:
        raise UsageError(f"cannot read {place.path}: {error.strerror or error}") from None
    return source.names, source.meaning


def corrected_columns(paths: RunPaths) -> dict[str, Column]:
    """Return all metrics of a run by name, in the order in which they were written.

    Those of somebody's own program are named as all views of it do, if their meaning was told or
    a log of its own holds them.

    Raises:
        OSError: the directory cannot be read.
        UnreadableError: its record cannot be.
    """
    log = _log_of(Place(paths.root, paths.root))
    correction = said_of(paths.root, log)
    if read_record(paths.record).program is None or not (correction or log):
        return read_columns(paths)
    found = list[Batch]()
    for batch in _batches(Interpreted(lambda: _source(paths.root, log), correction=correction)):
        found = [batch] if batch.rewound else [*found, batch]
    return join(found)


def _log_of(place: Place) -> LogRef | None:
    """Return what a place is read from, where that is no run directory's own rows."""
    return place.log or log_of(place.path)


def _source(path: Path, log: LogRef | None) -> Source:
    if log is None:
        return RunSource(RunPaths(path))
    return format_of(log).open(log, complete=True)


def _batches(source: Source) -> Iterator[Batch]:
    more = True
    while more:
        batch = source.read(_ROWS, _SECONDS)
        more = batch.more
        yield batch
