"""Where a run was taken up again, and the branches that it left by going back to a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grok_tui.analysis.series import Curve
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import is_step, number
from grok_tui.logs.source import ColumnBuilder
from grok_tui.logs.tail import Tail
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.metrics_header import resume_step_of
from grok_tui.runs.reader import MAX_FILES

MAX_ROWS = 200_000
"""Rows of left branches that are read: more than a screen shows by far."""


@dataclass(frozen=True, slots=True)
class Session:
    """One process that recorded metrics."""

    writer: str
    number: int
    path: Path
    resume_step: float
    """The step of the checkpoint that it went on from."""


def sessions(paths: RunPaths) -> list[Session]:
    """Return the sessions of a run, older ones first; files that cannot be read are left out.

    Raises:
        OSError: the directory cannot be listed.
    """
    found = []
    for writer, count, path in paths.metrics_files()[:MAX_FILES]:
        try:
            step = resume_step_of(path)
        except OSError:
            continue
        if step is not None and math.isfinite(step):
            found.append(Session(writer, count, path, step))
    return found


def restarts(found: list[Session]) -> tuple[float, ...]:
    """Return the steps from which on a later process trained, in their order."""
    first = {session.writer: session.number for session in reversed(found)}
    later = (session for session in found if session.number > first[session.writer])
    return tuple(sorted({session.resume_step for session in later}))


def left_branches(found: list[Session]) -> tuple[Mapping[str, Curve], ...]:
    """Return the metrics that a later session superseded, a mapping for each session left.

    Raises:
        OSError: a file cannot be read.
    """
    branches = []
    for session in found:
        later = [
            other.resume_step
            for other in found
            if other.writer == session.writer and other.number > session.number
        ]
        if later:
            branch = _beyond(session.path, min(later))
            if branch:
                branches.append(branch)
    return tuple(branches)


def _beyond(path: Path, last_kept: float) -> dict[str, Curve]:
    """Return what a file has beyond a step."""
    tail, builder, more, count = Tail(path, complete=True), ColumnBuilder(), True, 0
    while more and count < MAX_ROWS:
        lines = tail.read()
        more = lines.more
        for line in lines.lines:
            row = decode_object(line) or {}
            step = number(row.get("step"))
            if step is None or not is_step(step) or step <= last_kept:
                continue
            cells = {name: number(cell) for name, cell in row.items() if not name.startswith("_")}
            values = {name: cell for name, cell in cells.items() if cell is not None}
            count += 1
            builder.add(count, step, math.nan, values)
    columns = builder.build()
    return {
        name: Curve(column.steps, column.values)
        for name, column in columns.items()
        if name not in ("step", "time")
    }
