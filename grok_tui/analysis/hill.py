"""The highest place of a growing curve and the lowest on either side of it, in O(1) a value."""

from __future__ import annotations

import math
from array import array

import numpy as np

from grok_tui.arrays import FloatArray

MEDIAN_WIDTH = 5
_HALF = MEDIAN_WIDTH // 2


class Hill:
    """Looks at a curve's running median, whose newest values may change with what comes next."""

    def __init__(self) -> None:
        self.values = array("d")  # a quarter of the memory of a list
        self.top = 0
        """Where the running median is highest, of the places where it is final."""
        self.peak = 0
        """Where the highest value beside the top is: medians tie around a peak."""
        self._height = -math.inf
        self._low_before, self._low_after = math.inf, math.inf

    def add(self, value: float) -> None:
        """Take the next value into account."""
        self.values.append(value)
        size = len(self.values)
        if size <= _HALF:
            return
        place = size - 1 - _HALF
        final = self._median(place)
        if final > self._height:
            self._low_before = min(self._low_before, self._low_after)
            self.top, self._height, self._low_after = place, final, final
        elif final < self._low_after:
            self._low_after = final
        if place <= self.top + _HALF:
            start = max(self.top - _HALF, 0)
            nearby = self.values[start : self.top + _HALF + 1]
            self.peak = start + nearby.index(max(nearby))

    def prominence(self) -> tuple[float, float]:
        """Return how far the top stands out from both sides, and the curve's range or height.

        Of those two the larger one is returned. The newest values of the running median count as
        they are now; where one of them is higher than the top, that does not stand out at all.
        """
        size = len(self.values)
        newest = [self._median(place) for place in range(size - _HALF, size)]
        if max(newest) > self._height:
            return -math.inf, math.inf
        low_after = min(self._low_after, *newest)
        span = self._height - min(self._low_before, low_after)
        return self._height - max(self._low_before, low_after), max(span, abs(self._height))

    def _median(self, place: int) -> float:
        """Return the running median; beyond its ends a curve is what it is there."""
        values, last = self.values, len(self.values) - 1
        if _HALF <= place <= last - _HALF:
            return sorted(values[place - _HALF : place + _HALF + 1])[_HALF]
        places = range(place - _HALF, place + _HALF + 1)
        return sorted(values[min(max(near, 0), last)] for near in places)[_HALF]


def running_median(values: FloatArray) -> FloatArray:
    """Return the running median at each place."""
    padded = np.pad(values, _HALF, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_WIDTH)
    return np.asarray(np.median(windows, axis=1), dtype=float)
