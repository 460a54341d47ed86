"""Waits for something to become true of a run, by polling its directory."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from grok_tui.errors import CannotHappenError, GrokTuiError, TimedOutError
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import ENDED, State
from grok_tui.runs.spool import Acknowledgement, Command, acknowledgement
from grok_tui.watch.follower import Follower
from grok_tui.watch.view import RunView

POLL_S = 0.2
ANSWER_EVERY_S = 0.05
"""Between two looks while somebody waits for an answer."""


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


def wait_for_answer(run: RunView, command: Command, timeout_s: float) -> Acknowledgement:
    """Return what the trainer says to a command.

    Raises:
        TimedOutError: it has not answered in time.
        CannotHappenError: it ended without having heard it.
    """
    paths = RunPaths(run.path)

    def is_over(view: RunView) -> bool:
        return acknowledgement(paths, command.id) is not None or not view.status.is_live

    try:
        view = wait_for_run(run.path, is_over, timeout_s, ANSWER_EVERY_S)
    except TimedOutError:
        message = f"{run.id} has not answered yet; {command.verb} waits in its spool"
        raise TimedOutError(message) from None
    answer = acknowledgement(paths, command.id)
    if answer is None:
        raise CannotHappenError(f"{run.id} is {view.status.state}: it never heard {command.verb}")
    return answer


def wait_for_start(run: RunView, process: subprocess.Popen[bytes], timeout_s: float) -> RunView:
    """Return a run once its new process trains, or has ended.

    Args:
        run: the run as it was before.
        process: the trainer that was started.
        timeout_s: seconds to wait at most.

    Raises:
        TimedOutError: it is still starting.
        GrokTuiError: the process could not begin, or crashed.
    """

    def is_over(view: RunView) -> bool:
        has_begun = view.session > run.session and view.status.state is not State.STARTING
        return has_begun or process.poll() is not None

    view = wait_for_run(run.path, is_over, timeout_s, ANSWER_EVERY_S)
    output = RunPaths(run.path).stdout
    if view.session == run.session:
        raise GrokTuiError(f"{run.id} could not be resumed; its output: {output}")
    if view.status.state is State.CRASHED:
        raise GrokTuiError(f"{run.id} crashed: {view.status.reason}; its output: {output}")
    return view


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
