"""Several runs of one setting: how often they grok, when, and the band that their curves make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.series import EMPTY, Curve

Z_95 = 1.959963984540054
"""Quantile of the normal distribution for intervals of 95 %."""
QUARTILES_FROM = 8
"""From so many curves on a band holds the middle half of them: outliers would widen it for ever."""
MOST_POINTS = 2000
"""Steps of a band: more than any terminal has columns."""


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Return the interval of a success rate by its score (E. B. Wilson, JASA 22, 1927).

    It stays within 0…1 and is not empty where all or none succeeded, as that of the textbook is.

    Args:
        successes: how many succeeded.
        trials: of how many; without any the rate may be everything.
        z: quantile of the normal distribution.
    """
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # Rounding must not keep none of many from being possible, nor all of them.
    low = 0.0 if successes == 0 else (middle - half) / scale
    high = 1.0 if successes == trials else (middle + half) / scale
    return low, high


@dataclass(frozen=True, slots=True)
class Dates:
    """When the runs of a setting grokked, those counted that have not."""

    grokked: tuple[float, ...]
    """Steps, in rising order."""
    censored: tuple[float, ...] = ()
    """Last steps of the runs that have not grokked until then: they may still, or never."""
    training: int = 0
    """How many of the latter still train."""
    at_once: int = 0
    """How many of the latter generalised together with their training set: nothing is to come."""

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.grokked) + len(self.censored)

    @property
    def median(self) -> float | None:
        """The step by which half of the runs have grokked, as `survival_median` has it."""
        return survival_median(self.grokked, self.censored)

    @property
    def words(self) -> str:
        """How often they grok, in words."""
        low, high = (round(100 * end) for end in wilson(len(self.grokked), self.runs))
        seeds = "seed" if self.runs == 1 else "seeds"
        said = f"groks in {len(self.grokked)} of {self.runs} {seeds} ({low}–{high} %)"
        said += f", {self.at_once} generalised at once" if self.at_once else ""
        return f"{said}, {self.training} still training" if self.training else said


def survival_median(dates: Sequence[float], censored: Sequence[float]) -> float | None:
    """Return the step by which half of all runs have done it (Kaplan and Meier, JASA 53, 1958).

    Runs that have not done it count as long as they were watched, and are never dropped: to leave
    them out would make every setting look as if it grokked early.

    Args:
        dates: when runs did it.
        censored: until when others were watched that did not.

    Returns:
        The step; nothing where less than half of them have.
    """
    surviving = 1.0
    ends = sorted([*((at, False) for at in dates), *((at, True) for at in censored)])
    for number, (at, is_censored) in enumerate(ends):  # of one step, dates come first
        if not is_censored:
            surviving *= 1 - 1 / (len(ends) - number)
            if surviving <= 0.5 + 1e-12:
                return at
    return None


@dataclass(frozen=True, slots=True)
class Band:
    """Curves of one setting, put together; all of them reach over all its steps."""

    low: Curve
    middle: Curve
    """The median at each step."""
    high: Curve
    is_quartiles: bool
    """Whether the middle half lies between low and high; else all curves do."""


def band(curves: Sequence[Curve]) -> Band:
    """Return median and band of some curves over the steps that all of them reach.

    Between its own steps each curve is taken to be straight. What is not finite is left out.
    """
    finite = [_finite(curve) for curve in curves]
    is_quartiles = len(finite) >= QUARTILES_FROM
    steps = _common(finite)
    if not len(steps):
        return Band(EMPTY, EMPTY, EMPTY, is_quartiles)
    values = np.stack([np.interp(steps, curve.steps, curve.values) for curve in finite])
    shares = (0.25, 0.5, 0.75) if is_quartiles else (0.0, 0.5, 1.0)
    low, middle, high = np.quantile(values, shares, axis=0)
    return Band(Curve(steps, low), Curve(steps, middle), Curve(steps, high), is_quartiles)


def _finite(curve: Curve) -> Curve:
    kept = np.isfinite(curve.steps) & np.isfinite(curve.values)
    return curve if bool(kept.all()) else Curve(curve.steps[kept], curve.values[kept])


def _common(curves: Sequence[Curve]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the steps of all curves between the last first one and the first last one."""
    if not curves or not all(len(curve) for curve in curves):
        return np.empty(0)
    first = max(float(curve.steps[0]) for curve in curves)
    last = min(float(curve.steps[-1]) for curve in curves)
    steps = np.unique(np.concatenate([curve.steps for curve in curves]))
    steps = steps[(steps >= first) & (steps <= last)]
    if len(steps) > MOST_POINTS:
        steps = steps[np.linspace(0, len(steps) - 1, MOST_POINTS).astype(np.int64)]
    return steps
