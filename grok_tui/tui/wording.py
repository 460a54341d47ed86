"""Short texts and signs that several places of the app show."""

from __future__ import annotations

from grok_tui.analysis.verdict import Outcome
from grok_tui.runs.record import State
from grok_tui.runs.status import Status

STATE_SIGNS: dict[State, str] = {
    State.QUEUED: "…",
    State.STARTING: "◌",
    State.RUNNING: "●",
    State.PAUSING: "‖",
    State.PAUSED: "‖",
    State.FROZEN: "❄",
    State.RESUMING: "●",
    State.STOPPING: "■",
    State.STOPPED: "■",
    State.PARKING: "▽",
    State.PARKED: "▽",
    State.FINISHED: "✓",
    State.CRASHED: "✗",
    State.LOST: "✗",
    State.STALE: "?",
    State.UNREADABLE: "!",
    State.LIVE: "●",
    State.QUIET: "○",
}
DAY_S = 86400
LONGEST_S = 99 * 365 * DAY_S
"""Durations beyond this come from a speed near zero, and say no more than that."""
_UNITS = (
    (365 * DAY_S, 365 * DAY_S, "y"),
    (100 * DAY_S, 7 * DAY_S, "w"),
    (DAY_S, DAY_S, "d"),
    (3600, 3600, "h"),
    (60, 60, "m"),
)
"""From how many seconds on an age is told in a unit, and the seconds of the unit."""

ON_THE_WAY = frozenset(
    {State.STARTING, State.PAUSING, State.RESUMING, State.STOPPING, State.PARKING}
)

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
    """Return a state with the reason for it, as a sentence."""
    colon = "" if status.state in (State.STOPPED, State.PARKED) else ":"
    more = "; see its stdout.log" if status.state is State.CRASHED else ""
    return f"{status.state}{colon} {status.reason}{more}."


def duration(seconds: float) -> str:
    """Return a duration as 0:03, 12:07, 3:02:01 or 12d."""
    if not seconds < LONGEST_S:
        return ">99y"
    if seconds >= 10 * DAY_S:
        return age(seconds)
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(seconds: float) -> str:
    """Return an age in at most three characters: now, 5m, 3h, 12d, 20w, 2y."""
    for start, size, unit in _UNITS:
        if seconds >= start:
            return f"{int(seconds // size)}{unit}"
    return "now"
