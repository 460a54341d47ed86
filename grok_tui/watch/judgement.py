"""Judges logs once, from beginning to end: run directories, and those of other programs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import Curve, Series
from grok_tui.analysis.verdict import Verdict
from grok_tui.errors import UsageError
from grok_tui.logs.columns import METRICS, Meaning
from grok_tui.logs.correction import correction_of
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.order import in_step_order
from grok_tui.logs.source import Batch, Column, join
from grok_tui.runs.host import this_host
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.discovery import Place, need_places
from grok_tui.watch.follower import Follower
from grok_tui.watch.view import RunView

_ROWS, _SECONDS = 100_000, 60.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A log, what it says, and the curves that say it."""

    path: Path
    verdict: Verdict
    curves: Mapping[str, Curve]
    run: str | None = None
    """Which of the runs in a table was judged, where there are several."""
    is_live: bool = False
    """Whether more may come."""
    meaning: Meaning | None = None
    """Which columns of a table were judged; nothing where a run directory holds them itself."""
    superseded: int = 0
    """Rows of a table that were left out, because training was begun again before them."""
    left_out: str | None = None
    """What else of a log was left out, as it may be damaged."""


def judge(path: Path) -> Judgement:
    """Read a run directory or a log to its end and judge it.

    Raises:
        UsageError: it cannot be read, holds several runs, or has no train and test curve.
    """
    places = need_places([path])
    if len(places) > 1:
        listed = ", ".join(str(place.path) for place in places[:5])
        raise UsageError(f"{path} holds {len(places)} runs: give one of them, such as {listed}")
    return judge_place(places[0])


def judge_place(place: Place) -> Judgement:
    """Read a run or a log that was found to its end and judge it.

    Raises:
        UsageError: it cannot be read, or has no train and test curve.
    """
    return _judge_run(place.path) if place.log is None else _judge_log(place.path, place.log)


def read_run(path: Path) -> RunView:
    """Return a run with all that is in its directory now."""
    follower = Follower(path, this_host(), time.time, is_stored=True)
    follower.poll()
    while follower.view.is_loading and follower.view.status.state is not State.UNREADABLE:
        follower.poll()
    follower.close()
    return follower.view


def log_of(path: Path) -> LogRef | None:
    """Return the log that a launched program writes itself and that its run is read from."""
    return Follower(path, this_host(), time.time).find_log()


def look_up(path: Path) -> RunView:
    """Return what a run is and does, without its curves."""
    return Follower(path, this_host(), time.time).view


def _judge_run(path: Path) -> Judgement:
    run = read_run(path)
    if run.status.state is State.UNREADABLE:
        raise UsageError(f"{path}: {run.status.reason}")
    meaning = run.meaning if run.log else None
    return Judgement(path, run.verdict, run.curves, is_live=run.status.is_live, meaning=meaning)


def _judge_log(path: Path, log: LogRef) -> Judgement:
    source = Interpreted(
        lambda: format_of(log).open(log, complete=True), correction=correction_of(log.path)
    )
    batches, more, left_out = list[Batch](), True, None
    while more:
        try:
            batch = source.read(_ROWS, _SECONDS)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        judged = {name: batch.columns[name] for name in METRICS if name in batch.columns}
        batches = [*([] if batch.rewound else batches), Batch(judged)]
        more, left_out = batch.more, batch.left_out
    if not source.meaning.is_usable():
        raise UsageError(f"{path} {_missing(source)}")
    found = join(batches)
    columns = in_step_order(found)
    superseded = max((len(found[n].rows) - len(columns[n].rows) for n in found), default=0)
    judge_ = Judge()
    judge_.feed(columns)
    return Judgement(
        log.path,
        judge_.verdict(is_over=True),
        _curves(columns),
        run=log.run,
        meaning=source.meaning,
        superseded=superseded,
        left_out=left_out,
    )


def _curves(columns: Mapping[str, Column]) -> dict[str, Curve]:
    series = {name: Series() for name in columns}
    for name, column in columns.items():
        series[name].append(column.steps, column.values)
    return {name: grown.curve() for name, grown in series.items()}


def _missing(source: Interpreted) -> str:
    """Return why a table cannot be judged."""
    if source.meaning.rivals:
        pairs = ", ".join(safe(pair, 80) for pair in source.meaning.rivals[:6])
        return f"has several pairs of curves ({pairs}): say which with `grok-tui meaning`"
    step = source.meaning.step
    names = source.names if step is None else [step, *source.names]
    if source.names and source.names == [f"column {i + 1}" for i in range(len(source.names))]:
        return (
            "has no header, so that nobody knows what its columns mean: put a line above them,"
            " such as step,train_acc,val_acc"
        )
    found = ", ".join(safe(name, 40) for name in names[:12])
    if not found:
        return "has no rows with numbers in them"
    return (
        "needs a train and a test column of one quantity, such as train_acc and val_acc"
        f" or loss and val_loss; columns with numbers in them are: {found}"
    )
