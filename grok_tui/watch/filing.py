"""Which runs can be tagged, renamed, archived and thrown away: the same answer everywhere."""

from __future__ import annotations

from grok_tui.remote.address import is_copy
from grok_tui.runs.record import State
from grok_tui.watch.view import RunView


def why_no_notes(run: RunView) -> str | None:
    """Return why nothing can be written about a run, or nothing when it can."""
    if run.is_sample:
        return "this is a recorded sample: it keeps no notes"
    if is_copy(run.path):
        return "this is a copy of a run on another machine: it is read only"
    if run.format is not None:
        return f"another program writes this log ({run.format}): it keeps no notes"
    return None


def why_no_trash(run: RunView) -> str | None:
    """Return why a run cannot be thrown away now, or nothing when it can."""
    if run.is_sample:
        return "this is a recorded sample: it belongs to the program"
    if is_copy(run.path):
        return "this is a copy of a run on another machine: it is read only"
    if run.format is not None:
        return f"another program writes this log ({run.format}): it is left where it is"
    if run.status.is_live:
        return f"{run.id} is {run.status.state}: stop it first"
    if run.status.state is State.QUEUED:
        return f"{run.id} waits in the queue: stop it first"
    if run.status.state is State.STALE:
        return f"{run.id} may live on {run.host}: nothing was heard of it, and nobody said it ended"
    return None
