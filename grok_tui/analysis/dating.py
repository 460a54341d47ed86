"""Dates a rise: when a noisy curve crossed a level for good, and between which steps that was."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import FloatArray

NOISE_FLOOR = 0.005
"""Standard error assumed at least, where neither test size nor scatter says more."""
MAD_TO_SIGMA = 1.4826
"""Ratio of a normal distribution's standard deviation to its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a curve crossed a level: the step, and the interval that it lies in."""

    step: float
    low: float
    high: float


def date_crossing(steps: FloatArray, scores: FloatArray, level: float, error: float) -> Crossing:
    """Date the last upward crossing of `level`.

    Args:
        steps: rising steps, of shape (n,).
        scores: scores of the same shape; the last ones are above `level`.
        level: the score to be crossed.
        error: standard error of one score.

    Returns:
        The crossing by log-linear interpolation of the curve's centred median of three. The
        interval ends at the nearest pairs of consecutive scores that are clearly (two standard
        errors) below and above; it is never narrower than the two evaluations around the crossing.
    """
    smooth = median_of_three(scores)
    below = np.flatnonzero(smooth < level)
    if not below.size:
        first = float(steps[0])
        return Crossing(first, first, first)
    before = int(below[-1])
    after = min(before + 1, len(steps) - 1)
    low = _last_pair(scores[: after + 1] < level - 2 * error)
    high = _first_pair(scores[before:] > level + 2 * error)
    return Crossing(
        step=_interpolate(steps, smooth, before, after, level),
        low=float(min(steps[before], steps[low] if low is not None else steps[0])),
        high=float(max(steps[after], steps[before + high] if high is not None else steps[-1])),
    )


def standard_error(scores: FloatArray, test_size: int | None, chance: float) -> float:
    """Return the error of one score near one half: of sampling the test set, and of scatter.

    Args:
        scores: the scores before and during the rise, of shape (n,).
        test_size: number of test examples, where it is known.
        chance: the accuracy of guessing, which stretches scores by 1 / (1 − chance).
    """
    sampling = 0.25 / (test_size * (1 - chance) ** 2) if test_size else 0.0
    jumps = np.abs(np.diff(scores))
    scatter = MAD_TO_SIGMA * float(np.median(jumps)) / math.sqrt(2) if jumps.size else 0.0
    return max(math.sqrt(sampling + scatter**2), NOISE_FLOOR)


def median_of_three(values: FloatArray) -> FloatArray:
    """Return the centred running median of three; both ends stay as they are."""
    if len(values) < 3:
        return values
    inner = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    return np.concatenate([values[:1], inner, values[-1:]])


def _interpolate(
    steps: FloatArray, scores: FloatArray, before: int, after: int, level: float
) -> float:
    """Return the step at which the line between two evaluations, in log step, meets the level."""
    start, end = float(steps[before]), float(steps[after])
    height = float(scores[after] - scores[before])
    share = (level - float(scores[before])) / height if height > 0 else 0.5
    step = start * (end / start) ** share if start > 0 else start + share * (end - start)
    # Some logs count fractions of epochs.
    return round(step) if start.is_integer() and end.is_integer() else step


def _last_pair(holds: npt.NDArray[np.bool_]) -> int | None:
    """Return the index of the later one of the last two neighbours that both hold."""
    pairs = np.flatnonzero(holds[:-1] & holds[1:])
    return int(pairs[-1]) + 1 if pairs.size else None


def _first_pair(holds: npt.NDArray[np.bool_]) -> int | None:
    """Return the index of the earlier one of the first two neighbours that both hold."""
    pairs = np.flatnonzero(holds[:-1] & holds[1:])
    return int(pairs[0]) if pairs.size else None
