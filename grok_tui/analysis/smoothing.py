"""A moving average that does not lie: it starts without bias, and leaves constants exact."""

from __future__ import annotations

import numpy as np

from grok_tui.arrays import FloatArray

_MOST_HALVINGS = 40.0
"""Halvings in one block: 2^40 weights of one sum keep 12 bits of a float's 52 at worst."""


def smooth(places: FloatArray, values: FloatArray, half_life: float) -> FloatArray:
    """Return the exponential moving average of the values up to each point, without bias.

    A point counts half as much for every `half_life` that it lies back, however many points there
    are in between. The sum is divided by the weights that are in it (as in Adam, arXiv 1412.6980),
    so that nothing pulls the first points towards zero. Points that are no numbers count nothing
    and stay what they are: a gap stays a gap. An average lies between the smallest and the largest
    value so far, and rounding is kept from pushing it out: a constant stays exactly that constant.

    Args:
        places: where the points lie, never falling, of shape (n,).
        values: of shape (n,).
        half_life: in the unit of the places, above 0.
    """
    smoothed = np.array(values, dtype=np.float64)
    there = np.flatnonzero(np.isfinite(values) & np.isfinite(places))
    if not there.size:
        return smoothed
    x, y = (places[there] - places[there[0]]) / half_life, values[there]
    average, total, weight, before = np.empty(len(y)), 0.0, 0.0, 0.0
    start = 0
    with np.errstate(over="ignore", invalid="ignore"):  # values near the largest float
        while start < len(y):
            end = max(int(np.searchsorted(x, x[start] + _MOST_HALVINGS, side="right")), start + 1)
            faded = 2.0 ** -min(x[start] - before, 1000.0)
            growth = np.exp2(x[start:end] - x[start])
            totals = total * faded + np.cumsum(growth * y[start:end])
            weights = weight * faded + np.cumsum(growth)
            average[start:end] = totals / weights
            total, weight = float(totals[-1] / growth[-1]), float(weights[-1] / growth[-1])
            before, start = float(x[end - 1]), end
    lowest, highest = np.minimum.accumulate(y), np.maximum.accumulate(y)
    smoothed[there] = np.clip(np.where(np.isfinite(average), average, y), lowest, highest)
    return smoothed
