"""Dates a rise: when a noisy curve was half-way up, and between which steps that was."""

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
FOOT = 0.1
"""Share of a rise below which the curve still lies on its plateau."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a curve crossed a level: the step, and the interval that it lies in."""

    step: float
    low: float
    high: float


def date_crossing(
    steps: FloatArray,
    scores: FloatArray,
    level: float,
    error: float,
    *,
    between: tuple[float, float] | None = None,
) -> Crossing:
    """Date the last upward crossing of `level`.

    Args:
        steps: rising steps, of shape (n,).
        scores: scores of the same shape; the last ones are above `level`.
        level: the score to be crossed.
        error: standard error of one score.
        between: where it is not certain which level is right, the lowest and the highest.

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
    lowest, highest = between or (level, level)
    low = _last_pair(scores[: after + 1] < lowest - 2 * error)
    high = _first_pair(scores[before:] > highest + 2 * error)
    return Crossing(
        step=_interpolate(steps, smooth, before, after, level),
        low=float(min(steps[before], steps[low] if low is not None else steps[0])),
        high=float(max(steps[after], steps[before + high] if high is not None else steps[-1])),
    )


def plateau_level(scores: FloatArray, base: float, top: float) -> float:
    """Return the level from which a curve rose, without the foot of the rise.

    Args:
        scores: the scores from memorisation to the end of the rise, of shape (n,).
        base: a first estimate: the median of all until the rise was noticed, which a slow rise
            pulls up.
        top: the score at the end of the rise.
    """
    smooth = median_of_three(scores)
    below = np.flatnonzero(smooth < base + FOOT * (top - base))
    flat = scores[: int(below[-1]) + 1] if below.size else scores[:0]
    return float(np.median(flat)) if len(flat) >= 3 else base


def standard_error(
    scores: FloatArray, test_size: int | None, quiet: tuple[float, float] = (0.0, 0.0)
) -> float:
    """Return the error of one score near one half: of sampling the test set, and of scatter.

    Args:
        scores: the scores before, during and after the rise, of shape (n,).
        test_size: number of test examples, where it is known.
        quiet: scatter is that of neighbours both below the first or both above the second score;
            in a sparse log most others are parts of the rise.
    """
    sampling = 0.25 / test_size if test_size else 0.0
    older, newer = scores[:-1], scores[1:]
    is_quiet = (np.maximum(older, newer) < quiet[0]) | (np.minimum(older, newer) > quiet[1])
    jumps = np.abs(newer - older)[is_quiet]
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
