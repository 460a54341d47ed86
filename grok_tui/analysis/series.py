"""One metric over the steps of a run: grows at its end, and is handed out as read-only views.

Both know their extremes over any stretch of steps in O(log n), so that a chart of ten million
points costs what one of a thousand does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grok_tui.analysis.growing import AnyArray, Growing
from grok_tui.analysis.pyramid import FACTOR, FIELDS, FIRST, Field, Pyramid
from grok_tui.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Parts:
    """What a curve does in parts of the x axis; all arrays are of shape (parts,)."""

    count: IntArray
    """Points in the part."""
    first: FloatArray
    """Value of its first point; not-a-number where there is none, or where it is none."""
    low: FloatArray
    """Lowest value that can be shown; not-a-number where there is none."""
    high: FloatArray
    last: FloatArray


class Curve:
    """A read-only look at a series at one moment."""

    def __init__(self, steps: FloatArray, values: AnyArray, pyramid: Pyramid | None = None) -> None:
        """Look at points.

        Args:
            steps: where the points stand, never falling; of shape (n,).
            values: of the same shape; may hold not-a-number and infinities.
            pyramid: summaries of the values, or of a longer array that begins with them.
        """
        self.steps = steps
        self._values = values
        self.growth = pyramid
        """What all curves of one series have in common while it only grows at its end."""
        self._told: tuple[tuple[int, int], list[AnyArray]] | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<curve of {len(self)} points>"

    @property
    def values(self) -> FloatArray:
        """The values; a copy where they are kept with fewer digits."""
        return np.asarray(self._values, dtype=np.float64)

    @property
    def last(self) -> float | None:
        """The newest value, or nothing."""
        return float(self.at(np.array([-1]))[0]) if len(self) else None

    def at(self, index: IntArray | slice) -> FloatArray:
        """Return the values of some points."""
        return np.asarray(self._values[index], dtype=np.float64)

    def head(self, size: int) -> Curve:
        """Return the first points."""
        return Curve(self.steps[:size], self._values[:size], self.growth)

    def parts(self, edges: FloatArray, *, positive: bool = False, tolerance: float = 0.0) -> Parts:
        """Return what the curve does in each part of the x axis, as if every point were read.

        Args:
            edges: rising steps, of shape (parts + 1,); a part has its first edge, not its last.
            positive: whether only values above zero can be shown, as on a log axis.
            tolerance: share of its points by which a part may end early, where less has to be read
                then; the next one begins with them. The values there are not read: the curve is
                taken to go on from one part to the next by the shortest way.
        """
        exact = np.searchsorted(self.steps, edges)
        cuts = _coarse(exact, tolerance)
        starts, ends = cuts[:-1], cuts[1:]
        low, high = self._over(starts, ends, "positive" if positive else "low", "high")
        if positive:
            high = np.where(high > 0, high, np.nan)
        first, last = np.full((2, len(starts)), np.nan)
        begins = np.flatnonzero((ends > starts) & (starts == exact[:-1]))
        stops = np.flatnonzero((ends > starts) & (ends == exact[1:]))
        first[begins], last[stops] = self.at(starts[begins]), self.at(ends[stops] - 1)
        after = np.flatnonzero(cuts != exact)
        before = after - 1
        with np.errstate(over="ignore"):
            meeting = np.fmax(low[before], low[after]) / 2 + np.fmin(high[before], high[after]) / 2
        last[before] = np.clip(meeting, low[before], high[before])
        first[after] = np.clip(meeting, low[after], high[after])
        return Parts(ends - starts, first, low, high, last)

    def extremes(self, start: float = -np.inf, end: float = np.inf) -> FloatArray:
        """Return the lowest, the smallest positive and the highest finite value.

        Args:
            start: the first step that counts.
            end: the last one.

        Returns:
            An array of at most three values: an axis around them is one around all values.
        """
        found = np.concatenate(self._tell(*self._stretch(start, end))[:3])
        finite: FloatArray = found[~np.isnan(found)]
        return finite

    def hidden(self, start: float = -np.inf, end: float = np.inf) -> tuple[int, int]:
        """Return how many points have no number, and how many have one that is not positive."""
        _, _, _, missing, unpositive = self._tell(*self._stretch(start, end))
        return int(missing[0]), int(unpositive[0])

    def missing(self, start: float = -np.inf, end: float = np.inf) -> IntArray:
        """Return the indices of the points that have no number."""
        stretch = self._stretch(start, end)
        if not self._tell(*stretch)[3][0]:  # as in most curves
            return np.empty(0, dtype=np.int64)
        (first,), (last,) = stretch
        blocks = np.append(np.arange(first, last, FIRST), last)
        (counts,) = self._over(blocks[:-1], blocks[1:], "missing")
        found = [
            start + np.flatnonzero(~np.isfinite(self._values[start:end]))
            for start, end in ((blocks[i], blocks[i + 1]) for i in np.flatnonzero(counts))
        ]
        return np.concatenate(found)

    @property
    def finite_size(self) -> int:
        """How many points there are up to the last one that has a number."""
        end, reach = len(self), FIRST
        while end:
            start = max(end - reach, 0)
            finite = np.flatnonzero(np.isfinite(self._values[start:end]))
            if len(finite):
                return start + int(finite[-1]) + 1
            end, reach = start, 2 * reach
        return 0

    def _stretch(self, start: float, end: float) -> tuple[IntArray, IntArray]:
        return (
            np.searchsorted(self.steps, [start]),
            np.searchsorted(self.steps, [end], side="right"),
        )

    def _tell(self, starts: IntArray, ends: IntArray) -> list[AnyArray]:
        """Return all that a pyramid knows of one stretch; a chart asks for it three times."""
        stretch = int(starts[0]), int(ends[0])
        if self._told is None or self._told[0] != stretch:
            self._told = stretch, self._over(starts, ends, *FIELDS)
        return self._told[1]

    def _over(self, starts: IntArray, ends: IntArray, *fields: Field) -> list[AnyArray]:
        return self._pyramid.over(self._values, starts, ends, *fields)

    @cached_property
    def _pyramid(self) -> Pyramid:
        if self.growth is not None:
            return self.growth
        pyramid = Pyramid()
        pyramid.extend(self._values)
        return pyramid


EMPTY = Curve(np.empty(0), np.empty(0))


def last_step(curves: Mapping[str, Curve]) -> float | None:
    """Return the newest step of several curves; nothing where no curve has points."""
    return max((float(curve.steps[-1]) for curve in curves.values() if len(curve)), default=None)


class Series:
    """A growing curve; appending costs O(1) amortised and never changes a curve handed out."""

    def __init__(
        self,
        steps: Growing | None = None,
        values: Growing | None = None,
        levels: Sequence[Growing] = (),
    ) -> None:
        """Start with arrays that somebody else appends to, or empty.

        Args:
            steps: never fall; may be shared with other series, and run ahead of the values.
            values: one for each of the first steps.
            levels: the lowest levels of the values' pyramid, as far as they were made.
        """
        self._begin(steps or Growing(), values or Growing(), Pyramid(*levels))
        self.grow()

    def _begin(self, steps: Growing, values: Growing, pyramid: Pyramid) -> None:
        self._steps, self._values, self._pyramid = steps, values, pyramid

    def append(self, steps: FloatArray, values: FloatArray) -> None:
        """Add points; both arrays have one length.

        They belong at the end, or, where somebody measured older steps later, between those that
        are there: of two of one step the later one counts then.
        """
        if not is_rising(self._steps.newest, steps):
            steps = np.concatenate([self._steps.view, steps])
            values = np.concatenate([self._values.view, values])
            steps, values = _in_order(steps, values)
            self._begin(Growing(), Growing(), Pyramid())  # curves have the old ones
        self._steps.append(steps)
        self._values.append(values)
        self.grow()

    def grow(self) -> None:
        """Take in what was added to the arrays."""
        if self._values.size >= self._pyramid.next_size:
            self._pyramid.extend(self._values.view)

    def stand_on(self, steps: Growing) -> None:
        """Share other steps, which begin with the same."""
        self._steps = steps

    def curve(self) -> Curve:
        """Return what there is now."""
        return Curve(self._steps.view[: self._values.size], self._values.view, self._pyramid)


def _coarse(cuts: IntArray, tolerance: float) -> IntArray:
    """Move the ends of long parts back to where a block ends, the longer the part the larger one.

    The part after it must have points, and nothing depends on how many: it may still grow.
    """
    inner, lengths = cuts[1:-1], np.diff(cuts)
    room = np.where(lengths[1:] > 0, tolerance * lengths[:-1], 0)
    level = np.floor(np.log(np.maximum(room / FIRST, 1 / FACTOR)) / np.log(FACTOR)).astype(int)
    block = np.where(level >= 0, FIRST * FACTOR ** np.maximum(level, 0), 1)
    moved = cuts.copy()
    moved[1:-1] = inner // block * block
    return moved


def is_rising(before: FloatArray, steps: FloatArray) -> bool:
    """Return whether no step falls below the one before it; `before` holds the last, if any."""
    if len(before) and len(steps) and steps[0] < before[0]:
        return False
    return len(steps) < 2 or not np.any(steps[1:] < steps[:-1])


def _in_order(steps: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    is_last = np.append(steps[1:] != steps[:-1], True)
    return steps[is_last], values[is_last]
