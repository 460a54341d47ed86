"""Will it grok, and when? From the finished runs of the same family, or not at all.

Two laws are known that a forecast can stand on: the delay is a multiple of the memorisation step,
and the weight norm shrinks steadily from memorisation to a level at which the network generalises
(norm first passage: T − t = ln(V / V*) / r). Neither holds everywhere (the norm grows in some runs
that grok), so the user's own finished runs decide: each law forecasts each of these from the
others, and the one that would have had the narrower intervals is used, with its errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeAlias

import numpy as np

from grok_tui.analysis.contraction import theil_sen
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import whole

FEWEST = 8
"""Finished runs that a forecast needs: with fewer no error of theirs bounds four fifths."""
LEVEL, Z80 = 0.8, 1.2816
"""How often the interval should hold the date, and the normal quantile that belongs to it."""
ARRIVED = 0.8
"""Share of the gap at which a rise is over, as in the verdict."""
MISLED = 0.4
"""Of the way that is left, in log step, such a curve misses by less in four of five rises: measured
on 30 runs of ten presets, from where 0.4 and 0.6 of the gap were closed."""
FOOT = 0.05
"""Below this share of the gap, and above 1 minus it, noise is all that the logit shows."""
FEWEST_RISEN = 5
"""Evaluations of a rise that a curve with two parameters is fitted to."""


@dataclass(frozen=True, slots=True)
class History:
    """What a run tells about its delay."""

    memorised: float
    """Step at which the training set was fitted."""
    grokked: float | None
    """Step at which it grokked; nothing for one that has not."""
    final: float
    """The newest step."""
    norm: Curve = EMPTY
    """Length of the weight vector."""

    def until(self, step: float) -> History:
        """Return what was known at an earlier step."""
        size = int(np.searchsorted(self.norm.steps, step, "right"))
        norm = Curve(self.norm.steps[:size], self.norm.values[:size])
        return replace(self, grokked=None, final=step, norm=norm)

    @property
    def age(self) -> float:
        """How many times as long as to memorise it has trained."""
        return self.final / max(self.memorised, 1.0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a run should grok, and how sure that is."""

    step: float
    low: float
    high: float
    level: float
    """Share of the past runs that lay within such an interval."""
    law: str
    """`norm` or `delay`; `rise` for one that has begun to rise, which is no forecast any more."""
    runs: int
    """Finished runs that it stands on."""
    made_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the forecast as values for JSON."""
        return {
            "step": whole(round(self.step)),
            "low": whole(round(self.low)),
            "high": whole(round(self.high)),
            "level": round(self.level, 2),
            "law": self.law,
            "runs": self.runs,
            "made_at": whole(self.made_at),
        }


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why there is no forecast."""

    reason: str


Law: TypeAlias = Callable[[History, Sequence[History]], float | None]
"""Returns the step at which a run should grok, by others that did; nothing where it fails."""


def by_delay(run: History, others: Sequence[History]) -> float | None:
    """Forecast by the others' middle delay, as a multiple of the memorisation step."""
    ratios = [other.grokked / max(other.memorised, 1.0) for other in others if other.grokked]
    return max(run.memorised, 1.0) * median(ratios)


def by_norm(run: History, others: Sequence[History]) -> float | None:
    """Forecast by the run's own shrinking, down to where the others' weights were.

    The speed is that of the last half of the plateau so far; nothing where it does not shrink.
    """
    middle = (run.memorised + run.final) / 2
    slope = theil_sen(run.norm, middle, run.final)
    falls = [fall for other in others if (fall := _fall(other)) is not None]
    if slope is None or not slope.shrinks or 2 * len(falls) < len(others):
        return None
    return run.memorised + max(median(falls), 0.0) / -slope.rate


LAWS: dict[str, Law] = {"delay": by_delay, "norm": by_norm}


def forecast(run: History, past: Sequence[History], level: float = LEVEL) -> Forecast | Abstention:
    """Forecast a run that has memorised and does not rise yet.

    The interval is that of leave-one-out conformal prediction on |ln(forecast / truth)|: each
    finished run is forecast from the others, at the age that this run has now; those that had
    grokked by that age say nothing of one that has not.

    Args:
        run: the run, up to now.
        past: finished runs of the same family.
        level: how often the interval should hold the date.
    """
    grokked = [one for one in past if one.grokked is not None]
    if len(grokked) < FEWEST:
        return Abstention(f"{_more(FEWEST - len(grokked))} of this family needed that grokked")
    alike = [one for one in grokked if (one.grokked or 0.0) > run.age * max(one.memorised, 1.0)]
    if len(alike) < FEWEST:
        return Abstention(
            f"it has taken {run.age:.0f} times as long as to memorise, and {len(alike)} of the"
            f" {len(grokked)} finished runs that grokked took longer: too few to tell"
        )
    found = [made for law in LAWS if (made := _by_law(law, run, alike, level)) is not None]
    if not found:
        return Abstention("no law holds for the finished runs of this family")
    return min(found, key=lambda made: made.high / max(made.low, 1.0))


def nowcast(test: Curve, memorised: float, rising_since: float) -> Forecast | Abstention:
    """Tell when a rise that has begun will have closed 0.8 of its gap.

    It is no forecast: a logistic curve in the logarithm of the step, fitted to what has risen so
    far, is followed to 0.8. Real rises are no logistic curves, and the interval is never narrower
    than the errors that this made.

    Args:
        test: the test accuracy.
        memorised: step at which the training set was fitted.
        rising_since: step at which the rise began.
    """
    finite = np.isfinite(test.values)
    steps, values = test.steps[finite], test.values[finite]
    plateau = values[(steps >= memorised) & (steps < rising_since)]
    base = float(np.median(plateau)) if len(plateau) else 0.0
    share = (values - base) / max(1 - base, 1e-9)
    inside = (steps >= rising_since) & (share > FOOT) & (share < 1 - FOOT)
    x, y = np.log(np.maximum(steps[inside], 1.0)), np.log(share[inside] / (1 - share[inside]))
    if len(x) < FEWEST_RISEN:
        return Abstention(f"the rise has {len(x)} evaluations, and {FEWEST_RISEN} are needed")
    weights = np.sqrt(share[inside] * (1 - share[inside]))  # the logit is least sure at its ends
    (slope, offset), covariance = np.polyfit(x, y, 1, w=weights, cov=True)
    if slope <= 0:
        return Abstention("the rise has paused")
    middle = (math.log(ARRIVED / (1 - ARRIVED)) - offset) / slope
    gradient = np.array([-middle / slope, -1 / slope])
    width = Z80 * math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
    if not math.isfinite(width) or width > 2:
        return Abstention("the rise is too noisy to be followed")
    width = max(width, MISLED * (middle - x[-1]))
    low, high = (max(math.exp(middle + sign * width), steps[-1]) for sign in (-1, 1))
    step = min(max(math.exp(middle), low), high)
    return Forecast(step, low, high, LEVEL, "rise", 0, float(steps[-1]))


def _by_law(name: str, run: History, past: Sequence[History], level: float) -> Forecast | None:
    law = LAWS[name]
    step = law(run, past)
    errors = []
    for index, one in enumerate(past):
        assert one.grokked is not None
        then = one.until(run.age * max(one.memorised, 1.0))
        guessed = law(then, [*past[:index], *past[index + 1 :]])
        errors.append(math.inf if guessed is None else abs(math.log(guessed / one.grokked)))
    rank = math.ceil((len(errors) + 1) * level)
    if step is None or rank > len(errors):
        return None
    width = sorted(errors)[rank - 1]
    low = max(step * math.exp(-width), run.final)  # it has not grokked until now
    if not math.isfinite(width) or step * math.exp(width) <= low:
        return None
    high = step * math.exp(width)
    return Forecast(min(max(step, low), high), low, high, level, name, len(past), run.final)


def _fall(run: History) -> float | None:
    """Return by how much the logarithm of the norm fell between memorisation and grokking."""
    assert run.grokked is not None
    if not len(run.norm):
        return None
    at = np.interp([run.memorised, run.grokked], run.norm.steps, run.norm.values)
    return float(math.log(at[0] / at[1])) if np.isfinite(at).all() and at.min() > 0 else None


def _more(count: int) -> str:
    return f"{count} more finished run{'s' if count > 1 else ''}"
