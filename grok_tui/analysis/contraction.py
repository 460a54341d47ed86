"""How fast a curve shrinks: the slope of its logarithm, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray

ENOUGH = 10
"""Fewest points for a slope: a rank interval of 95 % needs about as many."""
MOST = 200
"""Points that the slope is taken of at most: all pairs of these are 20 000."""
Z = 1.96


@dataclass(frozen=True, slots=True)
class Slope:
    """Change of the natural logarithm per step; negative where the curve shrinks."""

    rate: float
    low: float
    high: float
    """95 % interval."""

    @property
    def shrinks(self) -> bool:
        """Whether the curve shrinks for certain."""
        return self.high < 0

    @property
    def grows(self) -> bool:
        """Whether the curve grows for certain."""
        return self.low > 0


def theil_sen(curve: Curve, start: float, end: float) -> Slope | None:
    """Return the Theil-Sen slope of ln(value) between two steps, or nothing for too few points.

    The interval is Sen's, by the ranks of the pairwise slopes.
    """
    inside = (curve.steps >= start) & (curve.steps <= end) & (curve.values > 0)
    inside &= np.isfinite(curve.values)
    x, y = curve.steps[inside], np.log(curve.values[inside])
    if len(x) < ENOUGH:
        return None
    picked = np.linspace(0, len(x) - 1, min(len(x), MOST)).astype(int)
    x, y = x[picked], y[picked]
    slopes = _pairwise(x, y)
    n = len(x)
    spread = Z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = (int((len(slopes) + sign * spread) / 2) for sign in (-1, 1))
    return Slope(
        float(np.median(slopes)),
        float(slopes[max(low, 0)]),
        float(slopes[min(high, len(slopes) - 1)]),
    )


def _pairwise(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the slopes between all pairs of points, sorted."""
    first, second = np.triu_indices(len(x), 1)
    return np.sort((y[second] - y[first]) / np.maximum(x[second] - x[first], 1e-12))
