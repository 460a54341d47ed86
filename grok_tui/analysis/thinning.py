"""Leaves out evaluations of a dense log that lie closer together than any verdict can tell."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left

import numpy as np

from grok_tui.arrays import FloatArray, IntArray

RESOLUTION = 1e-4
"""Share of the steps so far below which two evaluations are one: a verdict needs a fiftieth of the
step (`track.SPAN`) to be certain, and has two hundred evaluations in it."""


class Thinning:
    """Picks from one curve; what is picked depends on the rows before it alone."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = self._next = -math.inf

    def pick(self, steps: FloatArray) -> IntArray:
        """Return the indices of the evaluations that count; steps that fall back are kept."""
        if not len(steps):
            return np.empty(0, dtype=np.int64)
        falls = np.flatnonzero(np.diff(steps, prepend=self._last) < 0).tolist()
        listed: list[float] = steps.tolist()
        if self._first is None:
            self._first = listed[0]
        ends = [*falls, len(listed)]
        picked = self._rising(listed, bisect_left(listed, self._next, 0, ends[0]), ends[0])
        for start, end in itertools.pairwise(ends):
            picked += self._rising(listed, start, end)
        self._last = listed[-1]
        return np.array(picked, dtype=np.int64)

    def _rising(self, steps: list[float], place: int, end: int) -> list[int]:
        """Pick one, and those behind it up to an end until which steps do not fall."""
        assert self._first is not None
        picked = []
        while place < end:
            picked.append(place)
            step = steps[place]
            self._next = step + RESOLUTION * (step - self._first)
            place = bisect_left(steps, self._next, place + 1, end)
        return picked
