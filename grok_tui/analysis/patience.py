"""Will patience pay? What a run's own weights and its finished relatives say, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from grok_tui.analysis.contraction import Slope, theil_sen
from grok_tui.analysis.forecast import History
from grok_tui.analysis.series import Curve

WINDOW = 1000
"""Steps over which the change of the norm is told."""
STEADY = 0.01
"""Percent over that window below which nobody waits for anything: 5 % would take half a million
steps."""


def norm_slope(norm: Curve, memorised: float, final: float) -> Slope | None:
    """Return how the weight norm has changed over the last half of the time since memorisation."""
    return theil_sen(norm, (memorised + final) / 2, final)


def norm_phrase(slope: Slope | None) -> str | None:
    """Return `weight norm falling 0.4 % per 1 000 steps`, or nothing where it is not measured."""
    if slope is None:
        return None
    share = 100 * abs(slope.rate) * WINDOW
    if share < STEADY or not (slope.shrinks or slope.grows):
        return "weight norm steady"
    size = f"{share:.2g}" if share < 100 else f"{share:.0f}"
    return f"weight norm {'falling' if slope.shrinks else 'growing'} {size} % per 1 000 steps"


def advice(run: History, past: Sequence[History], weight_decay: float | None) -> str:
    """Return what speaks for or against waiting, for a run that has memorised.

    The norm need not fall for a network to grok (arXiv 2310.06110), so the line says what is
    known, and no more.

    Args:
        run: the run, up to now.
        past: finished runs of the same family.
        weight_decay: its weight decay, where it has one; nothing where that is not known.
    """
    slope = norm_slope(run.norm, run.memorised, run.final)
    parts = [f"memorised {_count(run.final - run.memorised)} steps ago ({run.age:.0f}×)"]
    if weight_decay == 0:
        parts.append("no weight decay")
    if (phrase := norm_phrase(slope)) is not None:
        parts.append(phrase)
    parts += _relatives(run, past)
    said = ", ".join(parts)
    if slope is not None and slope.shrinks:
        return f"{said}: keep going"
    if slope is not None and weight_decay == 0 and not any(one.grokked for one in past):
        return f"{said}: nothing here drives it to generalise"
    return said


def _relatives(run: History, past: Sequence[History]) -> list[str]:
    """Return how many finished runs grokked, and how many of these had not by now."""
    if not past:
        return []
    grokked = [one.grokked for one in past if one.grokked is not None]
    later = [step for step in grokked if step > run.final]
    if not grokked:
        return [f"of {len(past)} such runs none grokked"]
    return [f"of {len(past)} such runs {len(grokked)} grokked, {len(later)} later than this"]


def _count(steps: float) -> str:
    return f"{steps:,.0f}".replace(",", " ")
