"""Which log the rows of one run are read from: its own, or that which a launched program writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grok_tui.logs.columns import Meaning
from grok_tui.logs.correction import Correction
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.source import Source
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import Record
from grok_tui.store.log import StoredLog
from grok_tui.text import safe
from grok_tui.watch.own_logs import OwnLogs, may_have_logs, said_of
from grok_tui.watch.stored import stored


class RowsOrigin:
    """The log that is read now, and what its names are taken for."""

    def __init__(self, paths: RunPaths) -> None:
        """Begin with the rows in a run directory itself."""
        self._paths = paths
        self._own_logs: OwnLogs | None = None
        self._correction: Correction | None = None
        self._interpreted: Interpreted | None = None
        self.log: LogRef | None = None
        """The log of the program; nothing for rows in the run directory."""
        self.problem: str | None = None
        """Why that log cannot be read."""

    def find(
        self, record: Record, is_live: Callable[[], bool], last_sign: float | None
    ) -> LogRef | None:
        """Return the log that a launched program writes itself, where it writes no rows here.

        Args:
            record: the run's record as it is now.
            is_live: returns whether the program may still write.
            last_sign: when its heartbeat was written last, in seconds since the epoch.
        """
        if not may_have_logs(record):
            return None
        if self._own_logs is None:
            self._own_logs = OwnLogs(self._paths, record)
        return self._own_logs.look(record, is_live=is_live(), last_sign=last_sign)

    def is_corrected(self, log: LogRef | None) -> bool:
        """Return whether what was said of the run, or of this log, is another thing now."""
        said = self._correction
        return said is not None and said != said_of(self._paths.root, log)

    def turn_to(self, log: LogRef | None, record: Record | None) -> None:
        """Read this log from now on; metrics of somebody's own program are named as they like."""
        self.log = log
        is_ours = record is None or record.program is None
        self._correction = None if is_ours else said_of(self._paths.root, log)

    def open(self) -> Source:
        """Return the metrics, from their beginning."""
        if self._correction is None:
            return RunSource(self._paths)
        self._interpreted = Interpreted(self._open_named, correction=self._correction)
        return self._interpreted

    def _open_named(self) -> Source:
        return RunSource(self._paths) if self.log is None else format_of(self.log).open(self.log)

    def stored(self) -> StoredLog | None:
        """Return what the cache has of it, as it is understood now."""
        if self.log is None:
            return stored("run", self._paths.root)
        return stored(self.log.format, self.log.path, self.log.run)

    def blame(self, error: Exception) -> None:
        """Say that the log could not be read."""
        self.problem = safe(f"{self.place}: {error}")

    @property
    def place(self) -> Path | None:
        """Where the log of the program lies."""
        return self.log.place if self.log else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a program gives its metrics, safe to show."""
        return self._interpreted.shown_names if self._interpreted else ()

    @property
    def meaning(self) -> Meaning | None:
        """What they are taken for; nothing for a run of our own."""
        return self._interpreted.meaning if self._interpreted else None
