"""Leaves out evaluations of a dense log that lie closer together than any verdict can tell."""

from __future__ import annotations

import numpy as np

from grok_tui.arrays import FloatArray, IntArray

RESOLUTION = 1e-4
"""Share of the steps so far below which two evaluations are one: a verdict needs a fiftieth of the
step (`track.SPAN`) to be certain, and has two hundred evaluations in it."""


class Thinning:
    """Picks from one curve; what is picked depends on the rows before it alone."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._next = -np.inf

    def pick(self, steps: FloatArray) -> IntArray:
        """Return the indices of the evaluations that count; steps that fall back are kept."""
        picked = []
        following, first = self._next, self._first
        last = -np.inf
        for index, step in enumerate(steps.tolist()):
            if first is None:
                first = step
            if step >= following or step < last:
                picked.append(index)
                following = step + RESOLUTION * (step - first)
            last = step
        self._next, self._first = following, first
        return np.array(picked, dtype=np.int64)
