"""Rows of somebody else's SQLite file, read without changing it or anything beside it.

Opening a file in SQLite's write-ahead mode makes files beside it, unless it is told that nobody
writes; and nobody does where the log of writes is not there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.growing import read_start
from grok_tui.text import safe

if TYPE_CHECKING:
    import sqlite3

Runs = Iterable[tuple[str, str | None]]
"""Id and name of runs."""
SUFFIXES = (".db", ".sqlite", ".sqlite3")

MAX_RUNS = 100_000
"""So many runs of one file are told."""

WRITE_AHEAD = "-wal"
"""What a file beside a database is called that holds what was written to it last."""
_MAGIC = b"SQLite format 3\0"
_MODE_AT, _WRITE_AHEAD_MODE = 18, 2
_HEADER_BYTES = 100
_WAIT_S = 0.2
"""How long a writer may hold a lock: a later read comes soon."""
_LONGEST_S = 20.0
"""What takes longer to answer is a trap and no log."""
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY")
_LIMIT_LENGTH = 0  # sqlite3.SQLITE_LIMIT_LENGTH
_LONGEST_VALUE = 1 << 24
_INSTRUCTIONS = 10_000
"""SQLite's instructions between two looks at the clock."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that can only read, and closes at the end.

    Raises:
        BlockingIOError: a writer has locked it.
        OSError: the file cannot be read, or is no database.
    """
    import sqlite3

    header = read_start(path, _HEADER_BYTES)
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise OSError(f"{path.name} is no SQLite file")
    log = path.with_name(f"{path.name}{WRITE_AHEAD}")
    is_idle = header[_MODE_AT] == _WRITE_AHEAD_MODE and not (log.exists() and log.stat().st_size)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if is_idle else ''}"
    try:
        with contextlib.closing(sqlite3.connect(uri, timeout=_WAIT_S, uri=True)) as connection:
            _bound(connection)
            yield connection
    except sqlite3.Error as error:
        kind = BlockingIOError if error.sqlite_errorname in _BUSY else OSError
        raise kind(f"{path.name}: {_reason(error)}") from None
    except ValueError as error:  # a null in the path, a number beyond SQLite's
        raise OSError(f"{path.name}: {safe(error)}") from None


def _reason(error: sqlite3.Error) -> str:
    if error.sqlite_errorname == "SQLITE_READONLY_ROLLBACK":
        return (
            "its writer died in the middle of a write; open it once with the program that made it"
        )
    return safe(error)


def _bound(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + _LONGEST_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS)
    connection.setlimit(_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = off")


def logs_in(
    path: Path, format_name: str, runs: Callable[[sqlite3.Connection], Runs]
) -> tuple[LogRef, ...]:
    """Return a log for each run in a file, or none if it is no database that can be read.

    Raises:
        OSError: the file cannot be read now.
    """
    if read_start(path, len(_MAGIC)) != _MAGIC:
        return ()
    try:
        with opened(path) as connection:
            logs = [LogRef(path, format_name, run, name) for run, name in runs(connection)]
            return tuple(dict.fromkeys(logs))  # a damaged page may tell of a run twice
    except BlockingIOError:
        raise
    except OSError:
        return ()


def logs_beside(
    folder: Folder, format_name: str, runs: Callable[[sqlite3.Connection], Runs]
) -> tuple[LogRef, ...]:
    """Return the logs in all databases of a folder.

    Raises:
        BlockingIOError: a writer has locked one.
    """
    found: list[LogRef] = []
    for name in sorted(folder.files):
        if name.endswith(SUFFIXES):
            try:
                found += logs_in(folder.path / name, format_name, runs)
            except BlockingIOError:
                raise
            except OSError:  # a FIFO, somebody else's
                continue
    return tuple(found)


def columns_of(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Return the names of the columns of a real table, or none if there is no such table."""
    kinds = connection.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,))
    if not [sql for kind, sql in kinds if kind == "table" and _is_plain(sql)]:
        return frozenset()
    return frozenset(str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")'))


def _is_plain(sql: object) -> bool:
    """Return whether a table is no virtual one, which runs code."""
    return isinstance(sql, str) and sql[:12].upper() == "CREATE TABLE"
