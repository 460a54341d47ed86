"""Starts one run or several, now or when there is a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grok_tui.config import why_not_together
from grok_tui.launch.local import start, start_together
from grok_tui.launch.queue import enqueue
from grok_tui.launch.request import Request
from grok_tui.runs.layout import RunPaths


@dataclass(frozen=True, slots=True)
class Started:
    """Runs that were made."""

    runs: tuple[RunPaths, ...]
    waiting: tuple[int, ...] = ()
    """How many runs waited after each of them was queued; nothing where they were started."""
    reason: str | None = None
    """Why they were queued although nobody asked for it."""


def start_all(asked: Sequence[Request], root: Path, *, wait_for_place: bool) -> Started:
    """Make runs and start them: seeds of one setting in one process, where that can be.

    Args:
        asked: what is to be trained; several differ in their seeds only.
        root: the folder of all runs.
        wait_for_place: whether they are queued. Seeds that cannot share a process are, too.

    Raises:
        GrokTuiError: a run cannot be made or started.
        OSError: its folder cannot be written.
    """
    reason = why_not_together(asked[0].config) if len(asked) > 1 else None
    runs = tuple(each.create(root) for each in asked)
    if wait_for_place or reason:
        waiting = tuple(enqueue(run) for run in runs)
        return Started(runs, waiting, None if wait_for_place else reason)
    if len(runs) == 1:
        start(runs[0])
    else:
        start_together(runs)
    return Started(runs)
