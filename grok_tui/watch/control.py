"""Which commands a run can hear now: the same answer for keys and for the command line."""

from __future__ import annotations

from grok_tui.runs.record import ENDED, State
from grok_tui.runs.spool import Verb
from grok_tui.watch.view import RunView


def why_not(verb: Verb, run: RunView) -> str | None:
    """Return why a command cannot be sent to a run now, or nothing when it can."""
    state = run.status.state
    if run.is_sample:
        return "this is a recorded sample: there is nothing to control"
    if state in ENDED:
        return f"this run has ended ({state}): there is nothing to {verb}"
    if not run.status.is_live:
        return f"nobody would hear it: the run is {state}"
    if state is State.STOPPING:
        return "the run is stopping already"
    if verb != "stop" and state is State.STARTING:
        return "the run is still starting"
    return None
