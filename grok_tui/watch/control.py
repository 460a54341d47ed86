"""Which commands a run can hear now, and how: the same answer for keys and the command line."""

from __future__ import annotations

from enum import Enum, auto

from grok_tui.remote.address import is_copy
from grok_tui.runs.program import REFUSED
from grok_tui.runs.record import ENDED, State
from grok_tui.runs.spool import Verb
from grok_tui.watch.view import ProgramView, RunView

RESUMABLE = frozenset({State.STOPPED, State.PARKED, State.CRASHED, State.LOST})
"""States of a run whose process is gone, but which can go on from its newest checkpoint."""
THAWING = ("resume", "stop", "park")
"""Commands that a frozen run can be given: they let it go on first."""
ENDING = ("stop", "park")


class Way(Enum):
    """How a command reaches a run."""

    SPOOL = auto()
    """Its trainer hears it between two steps."""
    PROCESS = auto()
    """It gets a new process, which hears what the spool holds."""
    THAW = auto()
    """Its process is frozen and has to go on first."""
    QUEUE = auto()
    """It has no process yet: it is taken out of the queue."""
    HOLD = auto()
    """It waits for Slurm: its job stays in the queue and is not begun."""


COPY = "this is a copy of a run on another machine: it is read only"


def way(verb: Verb, run: RunView) -> Way:
    """Return how a command reaches a run, for commands that `why_not` has nothing against."""
    state = run.status.state
    is_gone = state in RESUMABLE or (verb == "extend" and state is State.FINISHED)
    if verb in ("resume", "extend") and is_gone and not run.is_sample:
        return Way.PROCESS
    if state is State.FROZEN:
        return Way.THAW
    if state is State.QUEUED and verb == "stop":
        return Way.QUEUE
    if state is State.QUEUED and verb == "park" and run.job is not None:
        return Way.HOLD
    return Way.SPOOL


def why_not(verb: Verb, run: RunView) -> str | None:
    """Return why a command cannot be carried out now, or nothing when it can."""
    state = run.status.state
    if run.is_sample:
        return "this is a recorded sample: there is nothing to control"
    if is_copy(run.path):
        return COPY
    if run.format is not None:
        return f"another program writes this log ({run.format}): it is read only"
    if run.program is not None:
        reason = REFUSED.get(verb) or _why_no_restart(verb, run, run.program)
        if reason:
            return reason
    if way(verb, run) in (Way.PROCESS, Way.QUEUE, Way.HOLD):
        return None
    if state is State.FROZEN:
        return None if verb in THAWING else "the run is frozen: resume it first"
    if state is State.QUEUED:
        chance = "stopped" if run.job is None else "stopped or parked"
        return f"the run waits in the queue: it can only be {chance}"
    if state in ENDED:
        return f"this run has ended ({state}): there is nothing to {verb}"
    if not run.status.is_live:
        return f"nobody would hear it: the run is {state}"
    if state in (State.STOPPING, State.PARKING):
        return f"the run is {state} already"
    if verb not in ENDING and state is State.STARTING:
        return "the run is still starting"
    return None


def _why_no_restart(verb: Verb, run: RunView, program: ProgramView) -> str | None:
    """Return why a program that is gone cannot be started again, where that is what is asked."""
    if way(verb, run) is not Way.PROCESS or (program.is_launched and not program.why_no_restart):
        return None
    where = f" in {program.folder}" if program.folder else ""
    why = f"{program.why_no_restart}; " if program.why_no_restart and program.is_launched else ""
    return f"{why}its program is not grok-tui's: start it again{where}: {program.command}"


def why_not_signal(run: RunView, *, freezing: bool) -> str | None:
    """Return why a run's process cannot be frozen or killed now, or nothing when it can."""
    if run.is_sample:
        return "this is a recorded sample: there is nothing to control"
    if is_copy(run.path):
        return COPY
    if run.format is not None:
        return f"another program writes this log ({run.format}): it is read only"
    if not run.status.is_live:
        return f"it has no process: it is {run.status.state}"
    if freezing and run.status.state is State.FROZEN:
        return "it is frozen already; space lets it go on"
    return None
