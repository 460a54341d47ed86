"""Short texts and signs that several places of the app show."""

from __future__ import annotations

from grok_tui.analysis.verdict import Outcome
from grok_tui.runs.record import State
from grok_tui.runs.status import Status

STATE_SIGNS: dict[State, str] = {
    State.STARTING: "◌",
    State.RUNNING: "●",
    State.PAUSING: "‖",
    State.PAUSED: "‖",
    State.RESUMING: "●",
    State.STOPPING: "■",
    State.STOPPED: "■",
    State.FINISHED: "✓",
    State.CRASHED: "✗",
    State.LOST: "✗",
    State.STALE: "?",
    State.UNREADABLE: "!",
}
ON_THE_WAY = frozenset({State.STARTING, State.PAUSING, State.RESUMING, State.STOPPING})

OUTCOMES: dict[Outcome, str] = {
    Outcome.GROKKED: "⚑ grokked",
    Outcome.PARTIALLY_GROKKED: "⚑ partly",
    Outcome.MEMORISED: "memorised",
    Outcome.GENERALISED: "generalised",
    Outcome.NOT_FITTED: "not fitted",
    Outcome.COLLAPSED: "collapsed",
    Outcome.UNDECIDED: "–",
}


def state_text(state: State) -> str:
    """Return a state with its sign, and with dots while it is on the way."""
    return f"{STATE_SIGNS[state]} {state}{'…' if state in ON_THE_WAY else ''}"


def why(status: Status) -> str:
    """Return a state with the reason for it."""
    colon = "" if status.state is State.STOPPED else ":"
    return f"{status.state}{colon} {status.reason}"


def duration(seconds: float) -> str:
    """Return a duration as 0:03, 12:07 or 3:02:01."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(seconds: float) -> str:
    """Return an age in the largest fitting unit: now, 5m, 3h, 12d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return "now"
