"""Which commands a run can hear now: the same answer for keys and for the command line."""

from __future__ import annotations

from grok_tui.runs.record import ENDED, State
from grok_tui.runs.spool import Verb
from grok_tui.watch.view import RunView

RESUMABLE = frozenset({State.STOPPED, State.PARKED, State.CRASHED, State.LOST})
"""States of a run whose process is gone, but which can go on from its newest checkpoint."""


def needs_process(verb: Verb, run: RunView) -> bool:
    """Return whether a command means that the run gets a new process."""
    state = run.status.state
    is_gone = state in RESUMABLE or (verb == "extend" and state is State.FINISHED)
    return verb in ("resume", "extend") and is_gone and not run.is_sample


def why_not(verb: Verb, run: RunView) -> str | None:
    """Return why a command cannot be carried out now, or nothing when it can."""
    state = run.status.state
    if run.is_sample:
        return "this is a recorded sample: there is nothing to control"
    if needs_process(verb, run):
        return None
    if state in ENDED:
        return f"this run has ended ({state}): there is nothing to {verb}"
    if not run.status.is_live:
        return f"nobody would hear it: the run is {state}"
    if state in (State.STOPPING, State.PARKING):
        return f"the run is {state} already"
    if verb not in ("stop", "park") and state is State.STARTING:
        return "the run is still starting"
    return None
