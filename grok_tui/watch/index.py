"""What was known of runs when they were read last, so that a list of thousands opens at once.

A disposable SQLite file in the user's cache: whatever is wrong with it, everything is read again.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grok_tui import paths
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.files import make_private
from grok_tui.logs.correction import correction_of
from grok_tui.logs.line_patterns import configured
from grok_tui.watch.sharing import shared
from grok_tui.watch.view import RunView

_DECIDING = ("analysis", "logs", "runs", "store", "watch")
"""Folders of the program whose code decides what is known of a run."""
MOST_ROWS = 200_000
"""Rows beyond this are dropped, those first that were not looked up for longest."""
MOST_FILES = 10_000
"""Files of one run that its signature is made of."""
_BUSY_S = 2.0
"""How long another monitor's writing is waited for."""
_KEPT = re.compile(r"(train|test)/(accuracy|loss)|(complexity|robustness)/[^/]*")
"""The metrics whose newest value a list may show, look for or sort by."""


class Index:
    """Views of runs by path, each with the signature of the files that it was read from."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the index; one that cannot be had is empty and forgets everything."""
        self._file = file or paths.cache() / "index.sqlite"
        self._decoder = msgspec.json.Decoder(RunView, dec_hook=_decode_part)
        self._database: sqlite3.Connection | None = None
        for _ in range(2):
            try:
                self._database = self._open()
                break
            except (OSError, sqlite3.Error):
                self._discard()

    @property
    def is_usable(self) -> bool:
        """Whether what is put in can be got out again."""
        return self._database is not None

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def get(self, path: Path, signature: str) -> RunView | None:
        """Return what is known of a run whose files have not changed since."""
        rows = self._ask("SELECT signature, view FROM runs WHERE path = ?", _key(path))
        for known, data in rows:
            return self._decoded(path, data) if known == signature else None
        return None

    def under(self, root: Path, newest: int = -1) -> dict[Path, tuple[str, RunView]]:
        """Return signature and view of the newest runs in a folder, whether still true or not.

        Args:
            root: the folder.
            newest: how many; all of them by default.
        """
        start = _key(root).rstrip("/") + "/"
        rows = self._ask(
            "SELECT path, signature, view FROM runs WHERE rowid IN"
            " (SELECT rowid FROM runs WHERE path >= ? AND path < ? ORDER BY created DESC LIMIT ?)",
            start,
            start[:-1] + "0",  # the character after the slash
            newest,
        )
        found = {}
        for key, signature, data in rows:
            path = root / key.removeprefix(start)
            if (view := self._decoded(path, data)) is not None:
                found[path] = (signature, view)
        return found

    def put(self, path: Path, signature: str, view: RunView) -> None:
        """Remember a run that was read to its end; one whose name is no UTF-8 is read each time."""
        try:
            data = msgspec.json.encode(summarised(view), enc_hook=_encode_part)
        except UnicodeEncodeError:
            return
        self._tell(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)",
            _key(path),
            signature,
            view.created,
            data,
            time.time(),
        )

    def _decoded(self, path: Path, data: bytes) -> RunView | None:
        try:
            view = self._decoder.decode(data)
            return replace(view, path=path, config=shared(view.config))
        except (msgspec.MsgspecError, ValueError, TypeError):
            return None

    def _ask(self, query: str, *values: object) -> Iterator[Any]:
        """Yield what is found, row by row: those of thousands of runs are many megabytes."""
        if self._database is None:
            return
        try:
            yield from self._database.execute(query, values)
        except sqlite3.Error:  # damaged, full, or locked by somebody for long
            self.close()

    def _tell(self, statement: str, *values: object) -> None:
        for _ in self._ask(statement, *values):
            pass

    def _open(self) -> sqlite3.Connection:
        make_private(self._file.parent)
        database = sqlite3.connect(
            self._file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        with contextlib.suppress(OSError):
            self._file.chmod(0o600)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")  # it is disposable
        (known,) = database.execute("PRAGMA user_version").fetchone()
        if known != version():
            database.execute("DROP TABLE IF EXISTS runs")
            database.execute(
                "CREATE TABLE runs"
                " (path TEXT PRIMARY KEY, signature TEXT, created REAL, view BLOB, put REAL)"
            )
            database.execute("CREATE INDEX newest ON runs (path, created)")
            database.execute(f"PRAGMA user_version = {version()}")
        (count,) = database.execute("SELECT count(*) FROM runs").fetchone()
        if count > MOST_ROWS:
            database.execute(
                "DELETE FROM runs WHERE path IN (SELECT path FROM runs ORDER BY put LIMIT ?)",
                (count - MOST_ROWS // 2,),
            )
        return database

    def _discard(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._file.with_name(self._file.name + suffix).unlink()


def summarised(view: RunView) -> RunView:
    """Return a view with the last points of those curves only that a list shows."""
    ends = {n: _end(curve) for n, curve in view.curves.items() if _KEPT.fullmatch(n)}
    return replace(
        view, curves=ends, times=_end(view.times), log_names=(), meaning=None, is_summary=True
    )


def signature(path: Path, *, depth: int = 1) -> str | None:
    """Return what changes whenever a run's or a log's files do, or what is said of their metrics.

    Args:
        path: the run directory, or the place of a log.
        depth: how many folders deep its files lie.

    Returns:
        The signature; nothing for one that is gone.
    """
    digest = blake2b(read_as(path).encode("utf-8", "replace"), digest_size=16)
    try:
        for name, status in sorted(_files(path, depth), key=lambda found: found[0]):
            identity = (name, status.st_size, status.st_mtime_ns, status.st_ino)
            digest.update(repr(identity).encode("utf-8", "replace"))
    except OSError:
        return None
    return digest.hexdigest()


def read_as(path: Path) -> str:
    """Return what differs when the same files are read differently: what the user said of them."""
    expressions, _ = configured()
    return correction_of(path).key + "".join(expressions)


def _files(path: Path, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    if not path.is_dir():
        yield path.name, (path if path.exists() else path.parent).stat()
        return
    with os.scandir(path) as entries:
        for entry in itertools.islice(entries, MOST_FILES):
            if depth > 1 and entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), depth - 1)
            yield entry.name, entry.stat(follow_symlinks=False)


def _key(path: Path) -> str:
    return str(path.absolute()).encode("utf-8", "replace").decode()


def _end(curve: Curve) -> Curve:
    # Copies: a part of an array keeps all of it.
    return Curve(curve.steps[-1:].copy(), curve.values[-1:].copy()) if len(curve) else EMPTY


@cache
def version() -> int:
    """Return a number that differs between versions of the program, which may judge differently."""
    package = Path(__file__).parent.parent
    files = sorted(file for folder in _DECIDING for file in (package / folder).glob("*.py"))
    stats = [(file.name, file.stat()) for file in files]
    told = [(name, status.st_size, status.st_mtime_ns) for name, status in stats]
    return int.from_bytes(blake2b(repr(told).encode(), digest_size=3).digest())


def _encode_part(part: Any) -> Any:
    if isinstance(part, Path):
        return str(part)
    if isinstance(part, Curve):
        return [[float(step), _number(v)] for step, v in zip(part.steps, part.values, strict=True)]
    raise NotImplementedError(type(part).__name__)


def _number(value: float) -> float | str:
    return float(value) if np.isfinite(value) else str(float(value))


def _decode_part(kind: type, part: Any) -> Any:
    if kind is Path:
        return Path(part)
    points = np.array(part, dtype=np.float64).reshape(-1, 2)
    return Curve(points[:, 0], points[:, 1])
