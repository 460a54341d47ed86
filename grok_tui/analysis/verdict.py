"""What is said about a run: events with dates, and one word for the whole.

The words and the JSON form are a contract with other tools.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from grok_tui.analysis.scale import Basis

Order: TypeAlias = Literal["before", "after", "unordered"]
"""When complexity peaked, seen from the grok step."""


class Outcome(StrEnum):
    """The verdict in one word."""

    GROKKED = "grokked"
    PARTIALLY_GROKKED = "partially_grokked"
    MEMORISED = "memorised"
    GENERALISED = "generalised"
    NOT_FITTED = "not_fitted"
    COLLAPSED = "collapsed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a step, and was certain at a later one."""

    kind: str
    step: float
    seen_at: float
    low: float | None = None
    """Start of the interval that the step lies in, where it has one."""
    high: float | None = None
    rise: tuple[float, float] | None = None
    """First and last step of the rise that a transition consists of."""
    shape: str | None = None
    """Of a delayed rise: `sharp`, `gradual` or `staircase`."""
    is_provisional: bool = False
    """Whether the log ended before it was certain; more rows may take it back."""

    @property
    def begin(self) -> float:
        """The first step that it may have happened at."""
        return self.step if self.low is None else self.low

    @property
    def end(self) -> float:
        """The last step that it may have happened at."""
        return self.step if self.high is None else self.high

    def to_json(self) -> dict[str, Any]:
        """Return the contract's form."""
        said = {"kind": self.kind, "step": whole(self.step), "seen_at": whole(self.seen_at)}
        return {**said, "provisional": True} if self.is_provisional else said

    def dated(self) -> dict[str, int | float | None]:
        """Return its step and interval for JSON."""
        return {"step": whole(self.step), "low": whole(self.low), "high": whole(self.high)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that the curves of a run say up to its last step."""

    outcome: Outcome = Outcome.UNDECIDED
    basis: Basis | None = None
    final_step: float | None = None
    events: tuple[Event, ...] = ()
    milestones: dict[str, float] = field(default_factory=dict)
    rising_since: float | None = None
    """Where a rise began that is not confirmed yet."""
    is_threshold_artefact: bool = False
    """Whether the test loss fell steadily while the accuracy seemed to wait and to jump."""

    @property
    def memorised(self) -> Event | None:
        """The fitting of the training set; its interval ends at the step that it was seen at."""
        return next((event for event in self.events if event.kind == "memorised"), None)

    @property
    def memorised_step(self) -> float | None:
        """The first step at which the training set was seen to be fitted."""
        return self.memorised.step if self.memorised else None

    @property
    def arrival(self) -> Event | None:
        """The transition of the test curve: grokked, partially grokked or generalised."""
        arrivals = [e for e in self.events if e.kind in ARRIVALS]
        return arrivals[-1] if arrivals else None

    @property
    def grok(self) -> Event | None:
        """The delayed transition; nothing for one that came together with the training set."""
        arrival = self.arrival
        return arrival if arrival and arrival.kind != "generalised" else None

    @property
    def delay_ratio(self) -> float | None:
        """How many times later the test curve arrived than the training curve."""
        if self.arrival is None or self.memorised_step is None:
            return None
        return self.arrival.step / max(self.memorised_step, 1.0)

    @property
    def delay_interval(self) -> tuple[float, float] | None:
        """Between which ratios the delay lies, by the intervals of both dates."""
        arrival, memorised = self.arrival, self.memorised
        if arrival is None or memorised is None or arrival.low is None or arrival.high is None:
            return None
        return (
            arrival.low / max(memorised.step, 1.0),
            arrival.high / max(memorised.low or 0.0, 1.0),
        )

    @property
    def complexity_peak(self) -> Event | None:
        """Where complexity was highest, once it has clearly fallen."""
        peaks = [event for event in self.events if event.kind == "complexity_peak"]
        return peaks[-1] if peaks else None

    @property
    def peak_and_grok(self) -> Order | None:
        """Whether complexity peaked before it grokked; intervals that overlap have no order."""
        peak, grok = self.complexity_peak, self.grok
        if peak is None or grok is None:
            return None
        if peak.end < grok.begin:
            return "before"
        return "after" if peak.begin > grok.end else "unordered"

    def to_json(self) -> dict[str, Any]:
        """Return the contract's form."""
        grok, ratio, delays = self.grok, self.delay_ratio, self.delay_interval
        return {
            "verdict": str(self.outcome),
            "memorised_step": whole(self.memorised_step),
            "grok": grok and {**grok.dated(), "shape": grok.shape},
            "delay_ratio": None if ratio is None else round(ratio, 1),
            "delay_interval": delays and [round(delay, 1) for delay in delays],
            "rising_since": whole(self.rising_since),
            "threshold_artefact": self.is_threshold_artefact,
            "final_step": whole(self.final_step),
            "basis": self.basis,
            "milestones": {name: whole(step) for name, step in self.milestones.items()},
            "events": [event.to_json() for event in (*self.events, *self._onset())],
        }

    def _onset(self) -> tuple[Event, ...]:
        """Return the beginning of a rise that goes on, which later rows may take back."""
        if self.rising_since is None or self.final_step is None:
            return ()
        return (Event("onset", self.rising_since, self.final_step, is_provisional=True),)


DELAYED_ARRIVALS = ("grokked", "partially_grokked")
ARRIVALS = (*DELAYED_ARRIVALS, "generalised")


def whole(step: float | None) -> int | float | None:
    """Return a step as an integer where it is one (some logs count fractions of epochs)."""
    return int(step) if step is not None and step == int(step) else step
