"""The median of all values so far, kept up to date in O(log n) a value."""

from __future__ import annotations

import heapq


class RunningMedian:
    """Two heaps: the lower half (negated) and the upper half."""

    def __init__(self) -> None:
        self._low: list[float] = []
        self._high: list[float] = []

    def __len__(self) -> int:
        return len(self._low) + len(self._high)

    def add(self, value: float) -> None:
        """Take one finite value into account."""
        heapq.heappush(self._high, -heapq.heappushpop(self._low, -value))
        if len(self._high) > len(self._low):
            heapq.heappush(self._low, -heapq.heappop(self._high))

    def value(self) -> float:
        """Return the median; there must be at least one value."""
        if len(self._low) > len(self._high):
            return -self._low[0]
        return (self._high[0] - self._low[0]) / 2
