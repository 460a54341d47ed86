"""Cuts a run into phases for the ribbon under the charts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Verdict


class PhaseKind(StrEnum):
    """What the network is doing."""

    FITTING = "fitting"
    MEMORISED = "memorised"
    RISING = "rising"
    GENERALISED = "generalised"
    COLLAPSED = "collapsed"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of steps; each phase ends where the next one begins."""

    kind: PhaseKind
    start: float
    end: float


def phases(verdict: Verdict) -> tuple[Phase, ...]:
    """Return the phases of a run in order, from step 0 to its last step."""
    if verdict.final_step is None:
        return ()
    changes = sorted(_changes(verdict), key=lambda change: change[1])
    ends = [start for _, start in changes[1:]] + [verdict.final_step]
    return tuple(
        Phase(kind, start, end)
        for (kind, start), end in zip(changes, ends, strict=True)
        if end > start
    )


def _changes(verdict: Verdict) -> list[tuple[PhaseKind, float]]:
    changes = [(PhaseKind.FITTING, 0.0)]
    arrived = False
    rise_starts = [event.rise[0] for event in verdict.events if event.rise]
    for event in verdict.events:
        if event.kind == "memorised":  # a test curve that rises already is no memorisation
            if all(event.step < start for start in rise_starts):
                changes.append((PhaseKind.MEMORISED, event.step))
        elif event.rise is not None:
            changes += [(PhaseKind.RISING, event.rise[0]), (PhaseKind.GENERALISED, event.rise[1])]
            arrived = True
        elif event.kind in ("relapsed", "collapsed"):
            changes.append((PhaseKind.COLLAPSED, event.step))
        elif event.kind == "recovered":
            kind = PhaseKind.GENERALISED if arrived else PhaseKind.MEMORISED
            changes.append((kind, event.step))
    if verdict.rising_since is not None:
        changes.append((PhaseKind.RISING, verdict.rising_since))
    return changes


class Learning(StrEnum):
    """The four phases of a phase diagram (Liu et al., arXiv 2205.10343)."""

    COMPREHENSION = "comprehension"
    GROKKING = "grokking"
    MEMORIZATION = "memorization"
    CONFUSION = "confusion"


LEARNT, IN_TIME, LAG = 0.9, 1e5, 1e3
"""Liu et al.'s thresholds: accuracies of 90 % within 100 000 steps, and with the test accuracy less
than 1 000 steps behind it is comprehension."""


def learning(train: Curve, test: Curve) -> Learning | None:
    """Return the phase that accuracies belong to in a phase diagram; nothing without them."""
    if not len(train) or not len(test):
        return None
    return phase_of(first_learnt(train), first_learnt(test), IN_TIME)


def phase_of(fitted: float | None, arrived: float | None, budget: float) -> Learning:
    """Return the phase of a run in a phase diagram.

    Args:
        fitted: the first step at which the train accuracy was 90 %, or nothing.
        arrived: the same of the test accuracy.
        budget: steps that each run of the diagram has; what was learnt later was not, and the lag
            is the same share of it as Liu et al.'s.
    """
    if fitted is None or fitted > budget:
        return Learning.CONFUSION
    if arrived is None or arrived > budget:
        return Learning.MEMORIZATION
    is_together = arrived - fitted < LAG / IN_TIME * budget
    return Learning.COMPREHENSION if is_together else Learning.GROKKING


def first_learnt(accuracy: Curve) -> float | None:
    """Return the first step at which an accuracy was 90 %."""
    steps = accuracy.steps[accuracy.values >= LEARNT]
    return float(steps[0]) if len(steps) else None
