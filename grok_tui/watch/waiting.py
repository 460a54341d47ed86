"""Waits for something to become true of a run, by polling its directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from grok_tui.errors import TimedOutError
from grok_tui.runs.host import this_host
from grok_tui.runs.record import ENDED, State
from grok_tui.watch.follower import Follower
from grok_tui.watch.view import RunView

POLL_S = 0.2


def wait_for_run(
    path: Path,
    is_over: Callable[[RunView], bool],
    timeout_s: float | None = None,
    poll_s: float = POLL_S,
) -> RunView:
    """Return the run's first view of which something is true.

    Args:
        path: the run directory.
        is_over: what is waited for; called after each look.
        timeout_s: seconds to wait at most.
        poll_s: seconds between two looks.

    Raises:
        TimedOutError: it did not become true in time.
    """
    follower = Follower(path, this_host(), time.time)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        follower.poll()
        run = follower.view
        if is_over(run):
            return run
        if deadline is not None and time.monotonic() > deadline:
            state = run.status.state
            raise TimedOutError(f"{run.id}: time is over after {timeout_s:g} s; it is {state}")
        if not run.is_loading:
            time.sleep(poll_s)


def has_ended(run: RunView) -> bool:
    """Return whether nothing more will come of a run, and all of it was read."""
    over = ENDED | {State.LOST, State.UNREADABLE}
    return run.status.state in over and (not run.is_loading or run.status.state not in ENDED)


def has_happened(run: RunView, what: str) -> bool:
    """Return whether a run has `grokked`, `memorised` or `finished`."""
    if what == "finished":
        return run.status.state is State.FINISHED
    if what == "memorised":
        return run.verdict.memorised_step is not None
    return any(event.kind == "grokked" for event in run.verdict.events)
