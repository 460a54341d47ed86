"""The evaluations of one split, and conditions that have to hold for a while."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from statistics import median

EVALUATIONS, SPAN = 3, 0.02
"""A change is certain after this many evaluations over this share of the step: one outlier cannot
make it, on linear and on log-spaced grids alike, and slingshots last for one or two evaluations."""
FEW_EVALUATIONS, WIDE_SPAN = 2, 0.5
"""In a sparse log two evaluations do that lie so far apart: what lasts from step 1 000 to step
1 500 is no spike."""


WIDE = 0.005
"""Share of the step over which the evaluations of a dense log are taken together, a quarter of what
a change takes to be certain: of so many noisy ones some always miss a threshold."""


class Hold:
    """Tells when a condition has held for some evaluations and some share of the step.

    It is asked of the evaluations themselves, of which all must hold, and of their running median,
    which lets an outlier pass; either suffices.
    """

    def __init__(self, evaluations: int = EVALUATIONS, span: float = SPAN) -> None:
        self._evaluations = evaluations
        self._span = span
        self._counts = [0, 0]
        self._starts = [0.0, 0.0]

    @property
    def since(self) -> float:
        """The step from which the condition has held."""
        return min(s for s, c in zip(self._starts, self._counts, strict=True) if c)

    def update(self, step: float, value: bool, smooth: bool) -> bool:
        """Take one evaluation into account; return whether the condition has held for long.

        Args:
            step: the step of the evaluation.
            value: whether the condition holds for the evaluation.
            smooth: whether it holds for the median of the last three.
        """
        is_long = False
        for index, holds in enumerate((value, smooth)):
            count = self._counts[index] = self._counts[index] + 1 if holds else 0
            if count == 1:
                self._starts[index] = step
            if count >= self._evaluations and step >= self._starts[index] * (1 + self._span):
                is_long = True
        return is_long

    def lasts(self, step: float) -> bool:
        """Return whether few evaluations have held over a wide span that ends at `step`."""
        few = self._counts[0] >= FEW_EVALUATIONS
        return few and step >= self._starts[0] * (1 + WIDE_SPAN)


class RecentMedian:
    """The median of the scores in the last share of the steps, and of at least three."""

    def __init__(self) -> None:
        self._window: deque[tuple[float, float]] = deque()
        self._ordered: list[float] = []

    def push(self, step: float, score: float) -> None:
        """Take a score into account, and forget those that lie too far back."""
        self._window.append((step, score))
        insort(self._ordered, score)
        while len(self._window) > EVALUATIONS and self._window[0][0] < step * (1 - WIDE):
            _, old = self._window.popleft()
            del self._ordered[bisect_left(self._ordered, old)]

    @property
    def median(self) -> float:
        """Their median; not-a-number before the first one."""
        count = len(self._ordered)
        if count == 0:
            return math.nan
        return (self._ordered[count // 2] + self._ordered[(count - 1) // 2]) / 2


class Track:
    """The evaluations of one split."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.scores: list[float] = []
        self.smooth = math.nan
        """Median of the last three scores."""
        self._recent = RecentMedian()

    @property
    def wide(self) -> float:
        """Median of the last scores of a dense log, and of at least three."""
        return self._recent.median

    def push(self, step: float, score: float) -> bool:
        """Add an evaluation; return false for a step that is not later than the last one."""
        if self.steps and step <= self.steps[-1]:
            return False
        self.steps.append(step)
        self.scores.append(score)
        newest = sorted(self.scores[-3:])
        self.smooth = newest[1] if len(newest) == 3 else median(newest)
        self._recent.push(step, score)
        return True

    @property
    def last(self) -> float:
        """The newest score."""
        return self.scores[-1]

    def last_before(self, step: float) -> float | None:
        """Return the step of the last evaluation before a step; nothing for the first one."""
        index = bisect_left(self.steps, step)
        return self.steps[index - 1] if index > 0 else None

    def first_near(self, step: float, at_least: float) -> float:
        """Return the first step with such a score among the three evaluations up to a step.

        A running median sees a rise up to two evaluations late.
        """
        end = bisect_left(self.steps, step) + 1
        start = max(end - 3, 0)
        recent = zip(self.steps[start:end], self.scores[start:end], strict=True)
        return next((step for step, score in recent if score >= at_least), step)
