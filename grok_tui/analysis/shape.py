"""The shape of a rise: sharp, gradual, or in steps."""

from __future__ import annotations

import math

import numpy as np

from grok_tui.analysis.dating import median_of_three
from grok_tui.arrays import FloatArray

LOW, HIGH = 0.1, 0.8
"""Shares of the gap between which a rise is measured; at 0.8 it is confirmed."""
LANDING_EVALUATIONS, LANDING = 5, 0.1
"""A landing: so many evaluations within a tenth of the gap. A tenth is three times the scatter of
a test set of some hundred examples."""
LANDING_SHARE = 0.3
"""Of the rise, in log step: less is a bend, not a landing."""


def shape_of(
    steps: FloatArray, scores: FloatArray, base: float, memorised: float, end: float
) -> str:
    """Return `sharp`, `gradual` or `staircase`.

    Sharp is a rise that takes less, in log step, than the plateau before it took; a staircase
    rests on a landing in between. Abruptness says nothing of whether it is grokking.

    Args:
        steps: steps of the test curve, of shape (n,).
        scores: its scores, of the same shape.
        base: score of the plateau.
        memorised: step at which the training set was fitted.
        end: step at which the rise has arrived.
    """
    share = (median_of_three(scores) - base) / max(1 - base, 1e-9)
    below = np.flatnonzero((share < LOW) & (steps < end))
    first = int(below[-1]) if below.size else 0
    start = max(float(steps[first]), memorised, 1.0)
    length, plateau = math.log(max(end, start) / start), math.log(start / max(memorised, 1.0))
    inside = slice(first, int(np.searchsorted(steps, end, "right")))
    if _has_landing(np.log(np.maximum(steps[inside], 1.0)), share[inside], LANDING_SHARE * length):
        return "staircase"
    return "sharp" if length < plateau else "gradual"


def _has_landing(log_steps: FloatArray, share: FloatArray, least: float) -> bool:
    """Return whether a curve rests for long at some height inside its rise."""
    lower = 0
    middle = (share > 0.2) & (share < 0.7)
    for upper in range(len(share)):
        if not middle[upper]:
            lower = upper + 1
            continue
        while np.ptp(share[lower : upper + 1]) > LANDING:
            lower += 1
        is_long = log_steps[upper] - log_steps[lower] >= least > 0
        if is_long and upper - lower + 1 >= LANDING_EVALUATIONS:
            return True
    return False
