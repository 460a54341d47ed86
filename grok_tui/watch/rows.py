"""The curves and the verdict of one run, from a source that is read a piece at a time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import numpy as np

from grok_tui.analysis.judge import JUDGED, Judge
from grok_tui.analysis.phases import first_learnt
from grok_tui.analysis.series import Curve, Series
from grok_tui.analysis.verdict import Verdict
from grok_tui.logs.order import in_step_order
from grok_tui.logs.source import Batch, Column, Mark, Source, join
from grok_tui.store.log import StoredLog
from grok_tui.store.state import Judged
from grok_tui.text import safe

BATCH_ROWS = 20_000
BATCH_SECONDS = 0.1
"""Bounds of one read, so that no run keeps others waiting."""
JUDGED_ROWS = 50_000
"""Rows from the cache that are judged in one go."""
COMMIT_EVERY_S = 20.0
"""Between two times that what was read of a log is kept; reading so much again takes a moment."""
MOST_RESTARTS = 10
"""So often a log is put into the order of its steps anew because training was begun again in it; a
log that counts from the start in each epoch would be read for ever."""


class Table(Protocol):
    """Holds the columns of one log."""

    @property
    def series(self) -> Mapping[str, Series]:
        """The metrics by name, each in the order of its steps."""
        ...

    def times(self) -> Curve:
        """Return the seconds since the epoch over the steps."""
        ...

    def take(self, columns: Mapping[str, Column]) -> None:
        """Add what a source has read."""
        ...

    def rewind(self) -> None:
        """Forget everything."""
        ...


class InMemory:
    """The columns of a log that is not kept in the cache."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self._times = Series()

    def times(self) -> Curve:
        """Return the seconds since the epoch over the steps."""
        return self._times.curve()

    def take(self, columns: Mapping[str, Column]) -> None:
        """Add what a source has read."""
        for name, column in columns.items():
            self.series.setdefault(name, Series()).append(column.steps, column.values)
        longest = max(columns.values(), key=lambda column: len(column.rows), default=None)
        if longest is not None:
            known = np.isfinite(longest.times)
            self._times.append(longest.steps[known], longest.times[known])

    def rewind(self) -> None:
        """Forget everything."""
        self.series, self._times = {}, Series()


class Rows:
    """Reads what is new each time it is asked, and keeps curves and verdict up to date."""

    def __init__(
        self,
        open_source: Callable[[], Source],
        judge: Callable[[], Judge],
        *,
        is_in_order: bool = True,
        stored: StoredLog | None = None,
    ) -> None:
        """Start with nothing read, or with what the cache has.

        Args:
            open_source: returns a source at the beginning of the log.
            judge: returns a judge without evidence.
            is_in_order: whether steps never fall, as in our own runs. In other logs they may where
                training was begun again: what was superseded is left out then.
            stored: what the cache has of the log, and where it is kept.
        """
        self._open = open_source
        self._new_judge = judge
        self._is_in_order = is_in_order
        self._stored = stored
        self._table: Table = stored or InMemory()
        self._restarts = 0
        self._commit_at = 0.0
        self.bad_lines = 0
        self.left_out: str | None = None
        self.is_loading = True
        """Whether there are rows that were not read yet."""
        self._source = self._open()
        self._collected: list[Batch] | None = None
        self._last_steps: dict[str, float]
        self._judged: Judged | None
        self._unjudged: Iterator[Mapping[str, Column]] | None
        self._forget()
        if stored is not None:
            self._resume(stored)

    def _resume(self, stored: StoredLog) -> None:
        """Go on where the cache ends."""
        mark, resume = stored.mark, getattr(self._source, "resume", None)
        if not mark or resume is None or not resume(mark):
            stored.rewind()
            return
        self._last_steps = stored.last_steps()
        if stored.judged is not None and stored.judged.given == self._judge.given:
            self._judged = stored.judged
        else:
            self._judge_again(stored)

    def _judge_again(self, stored: StoredLog) -> None:
        """Let the judge see all that is stored, a piece at a time; what was said holds so long."""
        self._unjudged = _pieces(stored.columns(JUDGED), JUDGED_ROWS)
        self.is_loading = True

    def start_over(self) -> None:
        """Forget everything, and read from the beginning."""
        self._source = self._open()
        self._collected = None
        self._table.rewind()
        self._forget()

    def close(self) -> None:
        """Keep what was read, and let others write to the cache."""
        if self._stored is not None:
            self._commit()
            self._stored.close()

    def _forget(self) -> None:
        self._learnt: list[float | None] = [None, None]
        self._last_steps = {}
        self._judge = self._new_judge()
        self._judged = self._unjudged = None

    def read(self) -> bool:
        """Read a piece; return whether there was news.

        Raises:
            OSError: the log cannot be read now.
        """
        if self._unjudged is not None:
            for columns in self._unjudged:
                self._weigh(columns)
                return True
            self._unjudged = self._judged = None
        batch = self._source.read(BATCH_ROWS, BATCH_SECONDS)
        was_loading, self.is_loading = self.is_loading, batch.more
        self.bad_lines = batch.bad_lines
        self.left_out = safe(batch.left_out) if batch.left_out else None
        if self._collected is not None:
            return self._collect(batch)
        if batch.rewound:
            self._table.rewind()
            self._forget()
        if self._falls(batch.columns):
            self._begin_collecting()
            return was_loading != self.is_loading
        self._take(batch.columns)
        if not self.is_loading and time.monotonic() >= self._commit_at:
            self._commit()
        return bool(batch.columns) or batch.rewound or was_loading != self.is_loading

    def _commit(self) -> None:
        self._commit_at = time.monotonic() + COMMIT_EVERY_S
        mark: Mark = getattr(self._source, "mark", dict)()
        if self._stored is not None and mark and self._collected is None and not self.is_loading:
            self._stored.commit(mark, self._judged or self._said())

    def _falls(self, columns: Mapping[str, Column]) -> bool:
        """Return whether steps fall in these rows, in a log that is read in order then."""
        if self._is_in_order or self._restarts >= MOST_RESTARTS:
            return False
        return any(
            bool(np.any(np.diff(column.steps, prepend=self._last_steps.get(name, -np.inf)) < 0))
            for name, column in columns.items()
        )

    def _begin_collecting(self) -> None:
        """Read the log again as a whole: what an older row is worth, a later one decides."""
        self._restarts += 1
        self._source, self._collected, self.is_loading = self._open(), [], True

    def _collect(self, batch: Batch) -> bool:
        assert self._collected is not None
        self._collected = [batch] if batch.rewound else [*self._collected, batch]
        if batch.more:
            return False
        found, self._collected = join(self._collected), None
        self._table.rewind()
        self._forget()
        self._take(in_step_order(found))
        self._last_steps = {name: float(column.steps[-1]) for name, column in found.items()}
        return True

    def _said(self) -> Judged:
        """Return all that the judge says of the rows that it has seen."""
        judge = self._judge
        so_far, for_good = judge.verdict(is_over=False), judge.verdict(is_over=True)
        return Judged(judge.given, so_far, for_good, self.learnt())

    def _take(self, columns: Mapping[str, Column]) -> None:
        self._table.take({safe(name): column for name, column in columns.items()})
        for name, column in columns.items():
            if len(column.steps):
                self._last_steps[name] = float(column.steps[-1])
        if self._judged is None:
            self._weigh(columns)
        elif self._stored is not None and not JUDGED.isdisjoint(columns):
            self._judge_again(self._stored)

    def _weigh(self, columns: Mapping[str, Column]) -> None:
        """Judge rows that the table has."""
        self._judge.feed(columns)
        for index, name in enumerate(("train/accuracy", "test/accuracy")):
            if self._learnt[index] is None and name in columns:
                column = columns[name]
                self._learnt[index] = first_learnt(Curve(column.steps, column.values))

    def curves(self) -> dict[str, Curve]:
        """Return the metrics by name as they are now."""
        return {name: series.curve() for name, series in self._table.series.items()}

    def times(self) -> Curve:
        """Return the seconds since the epoch over the steps, as far as the log tells them."""
        return self._table.times()

    def learnt(self) -> tuple[float | None, float | None]:
        """Return the first steps at which train and test accuracy were 90 %."""
        return self._judged.learnt if self._judged else (self._learnt[0], self._learnt[1])

    def verdict(self, *, is_over: bool) -> Verdict:
        """Return what can be said so far, or for good where nothing more will come."""
        if self._judged is None:
            return self._judge.verdict(is_over=is_over)
        return self._judged.for_good if is_over else self._judged.so_far


def _pieces(columns: Mapping[str, Column], rows: int) -> Iterator[Mapping[str, Column]]:
    """Yield columns a number of rows at a time."""
    last = max((int(column.rows[-1]) for column in columns.values() if len(column.rows)), default=0)
    for edges in itertools.pairwise(range(0, last + rows + 1, rows)):
        piece = {}
        for name, column in columns.items():
            start, end = np.searchsorted(column.rows, edges)
            if end > start:
                cut = slice(start, end)
                piece[name] = Column(
                    column.rows[cut], column.steps[cut], column.times[cut], column.values[cut]
                )
        yield piece
