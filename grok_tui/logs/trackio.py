"""Trackio's projects: an SQLite file each, with the metrics of a step in a row, or an inbox."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.files import first_names
from grok_tui.logs.database import MAX_RUNS, Runs, columns_of, logs_beside, logs_in
from grok_tui.logs.database_rows import DatabaseSource, Row
from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.nested import flat_numbers
from grok_tui.logs.numbers import number
from grok_tui.logs.source import ResumableSource
from grok_tui.logs.trackio_inbox import INBOX, InboxSource, runs_in, writers_in

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = ("step", "timestamp", "metrics")
MAX_FILES = 10_000
"""Files beside an inbox that are looked at."""
_RUN_COLUMNS = ("run_id", "run_name")
"""Older releases tell runs apart by name only."""


class TrackioFormat:
    """One log a run of a project."""

    name = "trackio"
    title = "Trackio"

    def find(self, folder: Folder) -> Found:
        """Return the runs of all projects that lie in a folder."""
        if folder.path.name == INBOX and (writers := writers_in(folder)):
            return Found(self._in_inbox(folder.path, writers), folders=writers)
        logs = logs_beside(folder, self.name, _runs)
        return Found(logs, frozenset(log.path.name for log in logs))

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the runs of a project."""
        return logs_in(path, self.name, _runs)

    def _in_inbox(self, inbox: Path, writers: frozenset[str]) -> tuple[LogRef, ...]:
        """Return the runs in an inbox that were not imported, as a running dashboard does."""
        found = runs_in(inbox, writers)
        try:
            files = frozenset(first_names(inbox.parent, MAX_FILES))
            logs = logs_beside(Folder(inbox.parent, files, frozenset()), self.name, _runs)
        except OSError:  # no reason to hide anything
            logs = ()
        imported = {log.run for log in logs}
        runs = ((run, name) for run, name in found.items() if run not in imported)
        return tuple(LogRef(inbox, self.name, run, name) for run, name in runs)

    def open(self, log: LogRef, *, complete: bool = False) -> ResumableSource:  # noqa: ARG002
        """Return the reader of a run; rows are whole or not there, whoever writes."""
        if log.path.name == INBOX:
            return InboxSource(log.path, log.run or "", _row)
        return DatabaseSource(
            log.path, log.run or "", _RUN_COLUMNS, _COLUMNS, _parse, by_index=False
        )


def _runs(connection: sqlite3.Connection) -> Runs:
    """Return the runs that have metrics, one look into the index each."""
    columns = columns_of(connection, "metrics")
    if not columns.issuperset({*_COLUMNS, "run_name"}):
        return []
    column = next(name for name in _RUN_COLUMNS if name in columns)
    return list(_distinct(connection, column))


def _distinct(connection: sqlite3.Connection, column: str) -> Iterator[tuple[str, str | None]]:
    # The bytes of an id say where to go on: damaged ones are no text that could be asked for.
    select = (
        f"SELECT CAST({column} AS BLOB), {column}, run_name FROM metrics"
        f" WHERE {column} > CAST(? AS TEXT) ORDER BY {column} LIMIT 1"
    )
    seen = {b""}
    raw = b""
    while len(seen) <= MAX_RUNS:
        row = connection.execute(select, (raw,)).fetchone()
        if row is None or not isinstance(row[1], str) or row[0] in seen:
            return  # no more, or a damaged index that goes round in circles
        raw, run, name = row
        seen.add(raw)
        if "\N{REPLACEMENT CHARACTER}" not in run:
            yield run, str(name)


def _parse(row: Row) -> tuple[float, float, dict[str, float]]:
    step, moment, text = row
    try:
        metrics = json.loads(text) if isinstance(text, str | bytes) else None
    except RecursionError:
        metrics = None
    return _row((step, moment, metrics))


def _row(row: Row) -> tuple[float, float, dict[str, float]]:
    step, moment, metrics = row
    if not isinstance(metrics, dict):
        raise ValueError("no JSON object")
    values = dict(pair for name, value in metrics.items() for pair in flat_numbers(name, value))
    at = number(step)
    return math.nan if at is None else at, _seconds(moment), values


def _seconds(moment: object) -> float:
    """Return a moment in ISO 8601 as seconds since the epoch, or not-a-number."""
    try:
        return datetime.fromisoformat(str(moment)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


FORMAT = TrackioFormat()
