"""Which runs the list shows, in which order and with which columns."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grok_tui.config import is_neutral
from grok_tui.errors import UsageError
from grok_tui.runs.host import this_host
from grok_tui.tui.widgets.run_columns import Column, Order, columns_for, setting
from grok_tui.watch.query import WORDS, Query, parse
from grok_tui.watch.settings import FlatSettings, differing, short_names
from grok_tui.watch.view import RunView

HIDDEN_SETTINGS = ("name", "steps")
"""Settings that other columns show."""
FIRST_SETTING = "optimizer.weight_decay"
MOST_SETTINGS = 8
"""No screen has room for more of them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list shows."""

    runs: Sequence[RunView]
    columns: Sequence[Column]
    archived: int
    """Runs that are left out because they were archived."""
    problem: str | None
    """Why the query filters nothing, or what may have been meant where it leaves nothing."""


class Listing:
    """Filters, sorts and lays out; what did not change is not computed again."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Show all runs, the newest first; `clock` returns seconds since the epoch."""
        self.query = ""
        self.order = Order()
        self.shows_archived = False
        self._clock = clock
        self._settings = FlatSettings()
        self._seen: list[object] = []
        self._columns: list[Column] = []

    def of(self, runs: Sequence[RunView]) -> Listed:
        """Return what is shown of these runs, which come newest first."""
        query, problem = self._parsed(runs)
        found = [run for run in runs if query.matches(run)]
        archived = sum(run.notes.archived for run in found)
        if archived and not (self.shows_archived or query.asks_archived):
            found = [run for run in found if not run.notes.archived]
        else:
            archived = 0
        if runs and not found and problem is None:
            problem = _nothing_found(query, archived)
        return Listed(self.order.sorted(found), self._columns_of(found), archived, problem)

    def problem_of(self, query: str, runs: Sequence[RunView]) -> str | None:
        """Return what is wrong with a query."""
        try:
            parse(query, self._keys(runs))
        except UsageError as error:
            return str(error)
        return None

    def _parsed(self, runs: Sequence[RunView]) -> tuple[Query, str | None]:
        if not self.query.strip():
            return Query(), None
        try:
            return parse(self.query, self._keys(runs)), None
        except UsageError as error:
            return Query(), f"{error}; all runs are shown"

    def _keys(self, runs: Sequence[RunView]) -> set[str]:
        return set[str]().union(*(self._settings.of(run).keys() for run in runs))

    def _columns_of(self, runs: Sequence[RunView]) -> list[Column]:
        filled = _filled(runs)
        seen: list[object] = list(filled.values())
        for run in runs:
            seen += (run.config, run.live, run.notes, run.device)
        # A run that was read again has the same settings in other objects.
        is_new = len(seen) != len(self._seen) or any(
            new is not old and new != old for new, old in zip(seen, self._seen, strict=True)
        )
        self._seen = seen
        if is_new:
            # A run that cannot be read has no settings at all, which is no difference.
            values = differing([self._settings.of(run) for run in runs if run.config])
            varying = [key for key in values if key not in HIDDEN_SETTINGS]
            varying = sorted(varying, key=_importance)[:MOST_SETTINGS]
            names = short_names(varying)
            settings = [setting(k, names[k], values[k], self._settings) for k in varying]
            columns = columns_for(runs, settings, clock=self._clock, host=this_host().name)
            self._columns = [each for each in columns if filled.get(each.key, True)]
        return self._columns


def _importance(key: str) -> int:
    """Return a rank: weight decay comes first, and last what no result depends on."""
    if key == FIRST_SETTING:
        return 0
    return 2 if is_neutral(key) and key != "seed" else 1


def _filled(runs: Sequence[RunView]) -> dict[str, bool]:
    """Return of columns that may have nothing in them whether they have."""
    return {
        "phases": any(run.verdict.final_step is not None for run in runs),
        "train": any(len(run.curve("train/accuracy")) for run in runs),
        "delay": any(run.verdict.delay_ratio is not None for run in runs),
    }


def _nothing_found(query: Query, archived: int) -> str:
    if archived:
        return f"the {archived} that match are archived: A shows them"
    for word in query.words:
        near = difflib.get_close_matches(word, WORDS, n=1, cutoff=0.7)
        if near:
            return f"no run is called {word!r}; did you mean {near[0]}?"
    return "no run is like that"
