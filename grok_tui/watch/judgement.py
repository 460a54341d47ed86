"""Judges logs once, from beginning to end: run directories, and anybody's CSV or JSONL."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import Curve, Series
from grok_tui.analysis.verdict import Verdict
from grok_tui.errors import UsageError
from grok_tui.files import open_regular
from grok_tui.logs.columns import Meaning
from grok_tui.logs.order import in_step_order
from grok_tui.logs.source import Batch, Column, join
from grok_tui.logs.table import SUFFIXES, TableSource
from grok_tui.runs.find import find_runs
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import is_run
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.follower import Follower
from grok_tui.watch.view import RunView

MAX_LOGS = 10_000
_ROWS, _SECONDS = 100_000, 60.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A log, what it says, and the curves that say it."""

    path: Path
    verdict: Verdict
    curves: Mapping[str, Curve]
    is_live: bool = False
    """Whether more may come."""
    meaning: Meaning | None = None
    """Which columns of a table were judged; nothing for a run directory."""
    superseded: int = 0
    """Rows of a table that were left out, because training was begun again before them."""


def find_logs(path: Path) -> list[Path]:
    """Return the logs that a path stands for: itself, or the runs and tables in a folder.

    Raises:
        UsageError: there is nothing that can be read.
    """
    try:
        if path.is_file() or is_run(path):
            return [path]
        if not path.is_dir():
            problem = "is no regular file" if path.exists() else "does not exist"
            raise UsageError(f"{path} {problem}")
        tables = sorted(entry for entry in path.iterdir() if _is_table(entry))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    found = [*find_runs(path), *tables][:MAX_LOGS]
    if not found:
        endings = ", ".join(SUFFIXES)
        raise UsageError(f"{path} has no run directories and no logs ({endings}) in it")
    return found


def _is_table(path: Path) -> bool:
    is_shown = not path.name.startswith(".")  # ours, and those of other programs
    is_named = path.suffix.lower() in SUFFIXES
    return is_shown and is_named and path.is_file() and not path.is_symlink()


def judge(path: Path) -> Judgement:
    """Read a run directory or a table to its end and judge it.

    Raises:
        UsageError: it cannot be read, or has no train and test curve.
    """
    return _judge_run(path) if is_run(path) else _judge_table(path)


def read_run(path: Path) -> RunView:
    """Return a run with all that is in its directory now."""
    follower = Follower(path, this_host(), time.time)
    follower.poll()
    while follower.view.is_loading and follower.view.status.state is not State.UNREADABLE:
        follower.poll()
    return follower.view


def _judge_run(path: Path) -> Judgement:
    run = read_run(path)
    if run.status.state is State.UNREADABLE:
        raise UsageError(f"{path}: {run.status.reason}")
    return Judgement(path, run.verdict, run.curves, run.status.is_live)


def _judge_table(path: Path) -> Judgement:
    if _is_binary(path):
        raise UsageError(f"{path} is binary or UTF-16; a log is text in UTF-8")
    source, batches, more = TableSource(path, complete=True), list[Batch](), True
    while more:
        try:
            batch = source.read(_ROWS, _SECONDS)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        batches = [batch] if batch.rewound else [*batches, batch]
        more = batch.more
    if not source.meaning.is_usable():
        raise UsageError(f"{path} {_missing(source)}")
    found = join(batches)
    columns = in_step_order(found)
    superseded = max((len(found[n].rows) - len(columns[n].rows) for n in found), default=0)
    judge_ = Judge()
    judge_.feed(columns)
    return Judgement(
        path,
        judge_.verdict(is_over=True),
        _curves(columns),
        meaning=source.meaning,
        superseded=superseded,
    )


def _is_binary(path: Path) -> bool:
    try:
        descriptor = open_regular(path, follow=True)
        try:
            return b"\0" in os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


def _curves(columns: Mapping[str, Column]) -> dict[str, Curve]:
    series = {name: Series() for name in columns}
    for name, column in columns.items():
        series[name].append(column.steps, column.values)
    return {name: grown.curve() for name, grown in series.items()}


def _missing(source: TableSource) -> str:
    """Return why a table cannot be judged."""
    if source.meaning.rivals:
        pairs = ", ".join(safe(pair, 80) for pair in source.meaning.rivals[:6])
        return f"has several pairs of curves ({pairs}): keep the columns of one"
    found = ", ".join(safe(name, 40) for name in source.column_names[:12])
    if not found:
        return "has no rows with numbers in them"
    return (
        "needs a train and a test column of one quantity, such as train_acc and val_acc"
        f" or loss and val_loss; columns with numbers in them are: {found}"
    )
