"""Tells a threshold's artefact from a transition: the accuracy jumps while the loss only glides.

In linear estimators the test loss falls smoothly from the start, and accuracy rises late only
because it counts what has crossed a threshold (Levi et al., arXiv 2310.16441).
"""

from __future__ import annotations

import itertools

import numpy as np

from grok_tui.arrays import FloatArray

PARTS = 4
"""The delay is cut into so many parts of equal length."""
STEADY = 2.0
"""The loss glides where its steepest part is at most so many times as steep as its flattest."""
ENOUGH_EVALUATIONS = 3 * PARTS


def is_threshold_artefact(
    steps: FloatArray, losses: FloatArray, memorised: float, arrived: float
) -> bool:
    """Return whether the test loss fell steadily, and by as much as later, through a whole delay.

    Args:
        steps: steps of the test loss, of shape (n,).
        losses: the test loss there, of the same shape.
        memorised: step at which the training set was fitted.
        arrived: step at which the test accuracy has arrived.

    Returns:
        True where log loss is nearly straight against the step or against its logarithm from one
        step to the other; false for a log with too few evaluations in between.
    """
    inside = (steps >= max(memorised, 1.0)) & (steps <= arrived) & (losses > 0)
    inside &= np.isfinite(losses)
    if np.count_nonzero(inside) < ENOUGH_EVALUATIONS:
        return False
    x, y = steps[inside], np.log(losses[inside])
    return any(_is_steady(axis, y) for axis in (x, np.log(x)))


def _is_steady(x: FloatArray, y: FloatArray) -> bool:
    edges = np.linspace(x[0], x[-1], PARTS + 1)
    parts = [(x >= low) & (x <= high) for low, high in itertools.pairwise(edges)]
    if min(np.count_nonzero(part) for part in parts) < 2:
        return False
    slopes = [float(np.polyfit(x[part], y[part], 1)[0]) for part in parts]
    return max(slopes) < 0 and min(slopes) >= STEADY * max(slopes)
