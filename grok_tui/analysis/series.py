"""One metric over the steps of a run: grows at its end, and is handed out as read-only views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grok_tui.arrays import FloatArray

_FIRST_CAPACITY = 256


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A read-only look at a series at one moment; the arrays have one length."""

    steps: FloatArray
    values: FloatArray
    """May hold not-a-number and infinities."""

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<curve of {len(self)} points>"

    @property
    def last(self) -> float | None:
        """The newest value, or nothing."""
        return float(self.values[-1]) if len(self.values) else None


EMPTY = Curve(np.empty(0), np.empty(0))


class Series:
    """A growing curve; appending costs O(1) amortised and never changes a curve handed out."""

    def __init__(self) -> None:
        self._size = 0
        self._steps = np.empty(_FIRST_CAPACITY)
        self._values = np.empty(_FIRST_CAPACITY)

    def append(self, steps: FloatArray, values: FloatArray) -> None:
        """Add points; both arrays have one length.

        They belong at the end, or, where somebody measured older steps later, between those that
        are there: of two of one step the later one counts then.
        """
        size = self._size + len(steps)
        joined = np.concatenate([self._steps[max(self._size - 1, 0) : self._size], steps])
        if np.any(joined[1:] < joined[:-1]):
            steps, values = _in_order(
                np.concatenate([self._steps[: self._size], steps]),
                np.concatenate([self._values[: self._size], values]),
            )
            self._size, size = 0, len(steps)
            self._steps, self._values = np.empty(size), np.empty(size)  # curves have the old ones
        if size > len(self._steps):
            capacity = max(size, 2 * len(self._steps))
            self._steps = self._grown(self._steps, capacity)
            self._values = self._grown(self._values, capacity)
        self._steps[self._size : size] = steps
        self._values[self._size : size] = values
        self._size = size

    def _grown(self, array: FloatArray, capacity: int) -> FloatArray:
        grown = np.empty(capacity)
        grown[: self._size] = array[: self._size]
        return grown

    def curve(self) -> Curve:
        """Return what there is now."""
        return Curve(_frozen(self._steps[: self._size]), _frozen(self._values[: self._size]))


def _in_order(steps: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    is_last = np.append(steps[1:] != steps[:-1], True)
    return steps[is_last], values[is_last]


def _frozen(view: FloatArray) -> FloatArray:
    view.flags.writeable = False
    return view


def difference(minuend: Curve, subtrahend: Curve) -> Curve:
    """Return `minuend − subtrahend` at the steps that both have, such as test minus train loss."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity is not a number, and no news
        if np.array_equal(minuend.steps, subtrahend.steps):
            return Curve(minuend.steps, minuend.values - subtrahend.values)
        steps, first, second = np.intersect1d(minuend.steps, subtrahend.steps, return_indices=True)
        return Curve(steps, minuend.values[first] - subtrahend.values[second])


LEAST_RANGE = 0.01
"""Of its largest magnitude a curve fills at least so much: what changes less is flat."""


def within_own_range(curve: Curve) -> Curve:
    """Return the curve between its lowest (0) and its highest value (1).

    So curves of different units fit one axis. One that hardly changes stays near the middle, for
    else its noise would look like news.
    """
    finite = curve.values[np.isfinite(curve.values)]
    if not finite.size:
        return curve
    low, high = float(finite.min()), float(finite.max())
    span = max(high - low, LEAST_RANGE * max(abs(low), abs(high)))
    middle = low + (high - low) / 2
    with np.errstate(all="ignore"):  # what is infinite has no place, and stays so
        return Curve(curve.steps, (curve.values - middle) / (span or 1.0) + 0.5)
