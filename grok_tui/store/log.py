"""One log as it was read so far, kept in the cache: open it, take what is new, commit.

What is kept is never the only copy: whatever is missing, damaged, of another version or of another
log is made anew by reading the log from its start.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from grok_tui import paths
from grok_tui.analysis.series import EMPTY, Curve, Series
from grok_tui.boot import boot_id
from grok_tui.logs.source import Column, Mark
from grok_tui.store.columns import Columns
from grok_tui.store.folder import Folder, keep_small
from grok_tui.store.mapped import DamagedError
from grok_tui.store.state import Judged, State, read_state, write_state

MOST_BYTES = 2 << 30
"""Of all logs together on the disk, about."""
LEAST_VALUES = 20_000
"""A log with fewer values is read as fast as it is opened from the cache."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """Which log it is, and who reads it."""

    format: str
    path: str
    device: int
    inode: int
    run: str | None
    reader: str

    @classmethod
    def of(cls, format_: str, path: Path, run: str | None = None, *, reader: str = "") -> LogKey:
        """Return the key of a log that is there.

        Args:
            format_: its format.
            path: the file or folder that it lies in.
            run: which of the runs in it, where there are several.
            reader: version of what reads it, and how: what another one made is not used.

        Raises:
            OSError: it is not there.
        """
        status = path.stat()
        real = os.path.realpath(path)
        return cls(format_, real, status.st_dev, status.st_ino, run, reader)

    @property
    def name(self) -> str:
        """The name of its folder in the cache."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    @property
    def text(self) -> str:
        """All of it as one text."""
        return repr(astuple(self))


class StoredLog:
    """The columns of one log; those of a long one lie on the disk, and take little memory.

    One process at a time writes to the cache. Others, and this one where it cannot, go on in
    memory from what was kept last.
    """

    def __init__(self, key: LogKey, *, root: Path | None = None) -> None:
        """Open what is kept of a log; nothing where that is of no use.

        Args:
            key: which log.
            root: the cache; by default that of the user.
        """
        self._key = key
        self._root = root or paths.cache() / "columns"
        self._folder: Folder | None = None
        self._columns = Columns(self._new_file)
        self._files: frozenset[str] = frozenset()
        self.mark: Mark | None = None
        """Where the source stood when this was kept; nothing where it has to begin at its start."""
        self.judged: Judged | None = None
        """What was said of the rows that were kept."""
        self.note: str | None = None
        """Why nothing is kept, where that is so."""
        self._open()

    def _open(self) -> None:
        try:
            self._folder = Folder(self._root / self._key.name)
        except OSError as error:
            self._give_up(error)
        if self._folder is None or not self._folder.is_held:
            return
        try:
            state = read_state(self._folder.state, self._key.text)
            self._columns = Columns.load(state, self._folder)
            self.mark, self.judged, self._files = state.mark, state.judged, state.files
            os.utime(self._folder.state)  # used lately
            if self._folder.is_ours:
                self._folder.sweep(self._files)
        except (DamagedError, FileNotFoundError):
            self.rewind()
        except OSError as error:
            self.rewind()
            self._give_up(error)

    def _new_file(self) -> Path:
        if self._folder is None:
            raise OSError(self.note)
        return self._folder.new_file()

    def _give_up(self, error: OSError) -> None:
        """Keep nothing from now on."""
        self.note = f"nothing is kept in {self._root}: {error.strerror or error}"
        self._let_go(error)

    def _let_go(self, why: OSError) -> None:
        if self._folder is None:
            return
        for array in self._columns.arrays():
            array.stay_in_memory(why)
        self._folder.release()
        self._folder = None

    @property
    def series(self) -> Mapping[str, Series]:
        """The metrics by name, each in the order of its steps."""
        return {name: each.series for name, each in self._columns.by_name.items()}

    def columns(self, names: Container[str] | None = None) -> dict[str, Column]:
        """Return all that was taken of some metrics, or of all, in the order of the log."""
        found = self._columns.by_name.items()
        return {name: each.column() for name, each in found if names is None or name in names}

    def last_steps(self) -> dict[str, float]:
        """Return the step of the newest row of each metric."""
        found = self._columns.by_name.items()
        return {name: each.last_step for name, each in found if each.values.size}

    def times(self) -> Curve:
        """Return the seconds since the epoch over the steps of the metric with most values."""
        found = self._columns.by_name.values()
        longest = max(found, key=lambda each: each.values.size, default=None)
        if longest is None:
            return EMPTY
        column = longest.column()
        known = np.isfinite(column.times)
        if known.all():
            return Curve(column.steps, column.times)
        return Curve(column.steps[known], column.times[known])

    def take(self, columns: Mapping[str, Column]) -> None:
        """Add what the source has read."""
        self._columns.take(columns)

    def rewind(self) -> None:
        """Forget everything: the log begins anew. What was kept stays until the next commit."""
        self._columns = Columns(self._new_file)
        self.mark = self.judged = None

    def commit(self, mark: Mark, judged: Judged | None = None) -> None:
        """Keep all that was taken, where the source stands after it, and what was said of it.

        Whoever opens the log then finds all of this, or all of the last commit, also if this
        process is killed meanwhile. A short log is not kept.
        """
        folder = self._folder
        if folder is None or not self._is_worth_it(folder):
            return
        try:
            if not folder.is_held:
                folder.hold()
            if folder.is_ours:
                self._commit(folder, mark, judged)
        except OSError as error:
            self._give_up(error)

    def _is_worth_it(self, folder: Folder) -> bool:
        found = self._columns.by_name.values()
        return folder.is_held or sum(each.values.size for each in found) >= LEAST_VALUES

    def _commit(self, folder: Folder, mark: Mark, judged: Judged | None) -> None:
        rows, columns = self._columns.kept()
        state = State(self._key.text, mark, rows, columns, boot=boot_id(), judged=judged)
        write_state(folder.state, state)
        self.mark, self.judged = mark, judged
        if state.files != self._files:
            folder.sweep(state.files)
            self._files = state.files
        keep_small(self._root, MOST_BYTES)

    def close(self) -> None:
        """Let others write; what was taken since the last commit is not kept."""
        self._let_go(OSError("closed"))
