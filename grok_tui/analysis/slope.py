"""How fast a positive curve grows or decays."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from grok_tui.analysis.derived import Make, derived
from grok_tui.analysis.growing import Growing
from grok_tui.analysis.series import Curve, Series
from grok_tui.arrays import FloatArray

PER_STEPS = 1000.0
"""Steps that slopes are given for."""
REACH = 0.9
"""A slope is taken from the point at this share of its step, or the last one before that."""
FINENESS = 0.001
"""Of a dense curve one point is used for each share that its steps grow by: a hundred of them lie
in the stretch that a slope is taken over, and a chart has no room for more."""
_SLAB = 1 << 16
_TINY = np.finfo(np.float64).tiny


def log_slope(curve: Curve, power: float = 1.0) -> Curve:
    """Return the change per 1000 steps of the natural logarithm of a curve's power.

    Each slope is that over the last tenth of the steps so far, so that none depends on what comes
    later. Values that are not positive are left out, and most of a curve with very many.
    """
    return derived(_with(power), curve)


@cache
def _with(power: float) -> Make:
    return partial(_LogSlope, power)


class _LogSlope:
    """Takes slopes of what is new in a curve."""

    def __init__(self, power: float) -> None:
        self._power = power
        self._taken = 0
        self._share = -np.inf
        self._steps, self._logs = Growing(), Growing()
        self._slopes = Series()

    def take(self, *sources: Curve) -> Curve:
        (curve,) = sources
        self._extend(curve)
        slopes = self._slopes.curve()
        last = curve.steps[-1] if len(curve) else -np.inf
        return slopes.head(int(np.searchsorted(slopes.steps, last, side="right")))

    def _extend(self, curve: Curve) -> None:
        for start in range(self._taken, len(curve), _SLAB):
            end = min(start + _SLAB, len(curve))
            self._add(curve.steps[start:end], curve.at(slice(start, end)))
            self._taken = end

    def _add(self, steps: FloatArray, values: FloatArray) -> None:
        known = self._steps.size
        there = np.isfinite(values) & (values > 0)
        steps, values = self._thinned(steps[there], values[there])
        self._steps.append(steps)
        self._logs.append(self._power * np.log(values))
        steps, logs = self._steps.view, self._logs.view
        before = np.searchsorted(steps, REACH * steps[known:], side="right") - 1
        later = np.arange(known, len(steps))
        counts = (before >= 0) & (before < later)
        later, before = later[counts], before[counts]
        rises = (logs[later] - logs[before]) / (steps[later] - steps[before])
        self._slopes.append(steps[later], PER_STEPS * rises)

    def _thinned(self, steps: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the first point of each share that the steps grow by."""
        shares = np.floor(np.log(np.maximum(steps, _TINY)) / FINENESS)
        is_first = np.diff(shares, prepend=self._share) > 0
        self._share = max(self._share, float(shares.max(initial=self._share)))
        return steps[is_first], values[is_first]
