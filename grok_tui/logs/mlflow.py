"""MLflow: runs in folders (`mlruns`) and runs in an SQLite file (`mlflow.db`)."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.files import read_regular
from grok_tui.logs.database import MAX_RUNS, Runs, columns_of, logs_beside, logs_in
from grok_tui.logs.database_rows import DatabaseSource, Row
from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.metric_files import MetricFilesSource, Point
from grok_tui.logs.numbers import number
from grok_tui.logs.source import ResumableSource

if TYPE_CHECKING:
    import sqlite3

_META = "meta.yaml"
_MAX_META_BYTES = 1 << 16
_RUN_FOLDERS = frozenset({"metrics", "params", "tags", "inputs", "outputs"})
_TRASH = ".trash"
"""Where experiments go that were deleted."""
_RUN_COLUMNS = ("run_uuid",)
_COLUMNS = ("key", "value", "timestamp", "step", "is_nan")


class MlflowFormat:
    """One log a run, whichever of MLflow's two stores holds it."""

    name = "mlflow"
    title = "MLflow"

    def find(self, folder: Folder) -> Found:
        """Return the run that a folder is, or the runs of the databases in it."""
        if _META in folder.files and "metrics" in folder.folders:
            meta = _meta(folder.path / _META)
            log = LogRef(folder.path, self.name, title=meta.get("run_name"))
            is_deleted = meta.get("lifecycle_stage") == "deleted"
            is_run = not {"run_id", "run_uuid"}.isdisjoint(meta)
            runs = (log,) if is_run and not is_deleted else ()
            return Found(runs, frozenset({_META}), folder.folders & _RUN_FOLDERS)
        logs = logs_beside(folder, self.name, _runs)
        files = frozenset(log.path.name for log in logs)
        return Found(logs, files, folder.folders & {_TRASH})

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the runs in a database."""
        return logs_in(path, self.name, _runs)

    def open(self, log: LogRef, *, complete: bool = False) -> ResumableSource:  # noqa: ARG002
        """Return the reader of a run."""
        if log.run is not None:
            return DatabaseSource(
                log.path, log.run, _RUN_COLUMNS, _COLUMNS, _parse_row, by_index=True
            )
        return MetricFilesSource(log.path / "metrics", _parse_line)


def _meta(path: Path) -> dict[str, str]:
    """Return the texts in a `meta.yaml`, by key; MLflow writes no more of YAML there."""
    text = read_regular(path, _MAX_META_BYTES).decode("utf-8", "replace")
    values: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("  "):  # long texts are broken
            values[key] = f"{values.get(key, '')} {line.strip()}"
        else:
            key, _, value = line.partition(":")
            values[key] = value.strip()
    return {key: _unquoted(value) for key, value in values.items()}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    return value


def _parse_line(line: bytes) -> Point | None:
    """Read `milliseconds value step`, after which newer releases may name a data set."""
    milliseconds, value, *rest = line.split(b" ")
    if len(rest) not in (0, 1, 3):
        raise ValueError("not as many words as a metric has")
    moment = int(milliseconds) / 1000
    return Point(moment, float(int(rest[0])) if rest else 0.0, moment, float(value))


def _runs(connection: sqlite3.Connection) -> Runs:
    """Return the runs that were not deleted, the newest first."""
    if not columns_of(connection, "metrics").issuperset({*_COLUMNS, *_RUN_COLUMNS}):
        return []
    if not columns_of(connection, "runs").issuperset({"run_uuid", "name", "lifecycle_stage"}):
        return []
    rows = connection.execute(
        "SELECT run_uuid, name FROM runs WHERE lifecycle_stage IS NOT 'deleted'"
        " ORDER BY start_time DESC LIMIT ?",
        (MAX_RUNS,),
    )
    return [(run, str(name) if name else None) for run, name in rows if isinstance(run, str)]


def _parse_row(row: Row) -> tuple[float, float, dict[str, float]]:
    key, cell, milliseconds, at, is_nan = row
    step, value, moment = number(at), number(cell), number(milliseconds)
    if step is None or value is None or not isinstance(key, str):
        raise ValueError("no metric")
    if is_nan:
        value = math.nan
    elif abs(value) == sys.float_info.max:  # how MLflow writes infinity there
        value = math.copysign(math.inf, value)
    return step, math.nan if moment is None else moment / 1000, {key: value}


FORMAT = MlflowFormat()
