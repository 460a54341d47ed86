"""What has happened to runs since somebody began to watch: each event is told once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from grok_tui.analysis.wording import sentence, steps
from grok_tui.runs.record import State
from grok_tui.watch.view import RunView, Snapshot


class Kind(StrEnum):
    """What a person who looks elsewhere wants to know."""

    GROKKED = "grokked"
    FINISHED = "finished"
    CRASHED = "crashed"
    DIVERGED = "diverged"
    DISK_FULL = "disk full"


BAD = frozenset({Kind.CRASHED, Kind.DIVERGED, Kind.DISK_FULL})
"""Those that somebody has to do something about."""


_EACH_SESSION = frozenset({Kind.FINISHED, Kind.CRASHED})
"""Those that happen again when a run was resumed; the others stay true of it."""


@dataclass(frozen=True, slots=True)
class News:
    """One event of one run."""

    kind: Kind
    text: str
    """A sentence that is safe to show."""
    run: Path
    """The directory of the run."""


class Newsroom:
    """Compares snapshots."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Begin to watch now; `clock` returns seconds since the epoch."""
        self._since = clock()
        self._views: dict[Path, RunView] = {}
        self._known: dict[Path, set[tuple[Kind, int]]] = {}

    def read(self, snapshot: Snapshot) -> list[News]:
        """Return what the snapshot shows that had not happened when its run was seen first."""
        return [] if snapshot.shows_samples else [n for run in snapshot.runs for n in self._of(run)]

    def _of(self, run: RunView) -> Iterator[News]:
        if run.is_loading or self._views.get(run.path) is run:
            return
        self._views[run.path] = run
        facts = dict(_facts(run))
        events = {kind: (kind, run.session if kind in _EACH_SESSION else 0) for kind in facts}
        if run.path not in self._known:
            is_new = run.created is not None and run.created >= self._since
            self._known[run.path] = set() if is_new else set(events.values())
        known = self._known[run.path]
        for kind, event in events.items():
            if event not in known:
                known.add(event)
                yield News(kind, f"{run.id}: {facts[kind]}", run.path)


def _facts(run: RunView) -> Iterator[tuple[Kind, str]]:
    """Yield what is so with a run, each with a sentence."""
    state = run.status.state
    if run.verdict.grok is not None and not run.verdict.grok.is_provisional:
        yield Kind.GROKKED, sentence(run.verdict, run.curves, is_live=run.status.is_live)
    if state is State.FINISHED:
        yield Kind.FINISHED, f"finished at step {steps(run.step)}"
    if state in (State.CRASHED, State.LOST):
        yield Kind.CRASHED, f"{state}: {run.status.reason or 'nobody knows why'}"
    for name in ("train/loss", "test/loss"):
        last = run.curve(name).last
        if last is not None and not math.isfinite(last):
            yield Kind.DIVERGED, f"diverged: {name.replace('/', ' ')} is {last}"
            break
    if run.lost_rows:
        yield Kind.DISK_FULL, f"{steps(run.lost_rows)} rows are lost: is the disk full?"
