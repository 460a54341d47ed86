"""Curves that are made of others, without looking again at points that were looked at before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from grok_tui.analysis.growing import AnyArray, Growing
from grok_tui.analysis.pyramid import Field, Pyramid
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.arrays import FloatArray, IntArray


class Derivation(Protocol):
    """Makes a curve of others that grow, from what is new in them."""

    def take(self, *sources: Curve) -> Curve:
        """Return what belongs to the sources; each begins with, or is the begin of, the last."""
        ...


Make = Callable[[], Derivation]
_made: WeakKeyDictionary[Pyramid, dict[tuple[Make, tuple[Pyramid, ...]], Derivation]] = (
    WeakKeyDictionary()
)
_lock = threading.Lock()


def derived(make: Make, *sources: Curve) -> Curve:
    """Return what a derivation makes of curves.

    Of curves that only grew since the last call, what is new alone is computed. Safe to be called
    from several threads.
    """
    first, *others = (source.growth for source in sources)
    if first is None or None in others:
        return make().take(*sources)
    with _lock:
        key = (make, tuple(other for other in others if other is not None))
        return _made.setdefault(first, {}).setdefault(key, make()).take(*sources)


def difference(minuend: Curve, subtrahend: Curve) -> Curve:
    """Return `minuend − subtrahend` at the steps that both have, such as test minus train loss."""
    return derived(_Difference, minuend, subtrahend)


class _Difference:
    """Subtracts curves; as long as both have the same steps, these are not kept again."""

    def __init__(self) -> None:
        self._taken = (0, 0)
        self._steps: Growing | None = None
        self._values = Growing()
        self._pyramid = Pyramid()

    def take(self, *sources: Curve) -> Curve:
        first, second = sources
        if not len(first) or not len(second):
            return EMPTY
        if self._steps is None:
            self._take_equal(first, second)
        if self._steps is not None:
            self._take_common(first, second)
        steps = first.steps if self._steps is None else self._steps.view
        end = min(first.steps[-1], second.steps[-1])
        size = min(int(np.searchsorted(steps, end, side="right")), self._values.size)
        return Curve(steps[:size], self._values.view[:size], self._pyramid)

    def _take_equal(self, first: Curve, second: Curve) -> None:
        start, _ = self._taken
        size = max(min(len(first), len(second)), start)
        if np.array_equal(first.steps[start:size], second.steps[start:size]):
            self._append(first.at(slice(start, size)), second.at(slice(start, size)))
            self._taken = (size, size)
        else:
            self._steps = Growing()
            self._steps.append(first.steps[:start])

    def _take_common(self, first: Curve, second: Curve) -> None:
        assert self._steps is not None
        end = min(first.steps[-1], second.steps[-1])
        (a, b), kept = self._taken, self._steps.view[-1:]
        ends = [int(np.searchsorted(curve.steps, end, side="right")) for curve in (first, second)]
        steps, one, other = np.intersect1d(
            first.steps[a : ends[0]], second.steps[b : ends[1]], return_indices=True
        )
        fresh = slice(int(np.searchsorted(steps, kept[0], side="right")) if len(kept) else 0, None)
        self._steps.append(steps[fresh])
        self._append(first.at(a + one[fresh]), second.at(b + other[fresh]))
        self._taken = (max(a, ends[0]), max(b, ends[1]))

    def _append(self, first: FloatArray, second: FloatArray) -> None:
        with np.errstate(invalid="ignore"):  # infinity minus infinity is not a number, and no news
            self._values.append(first - second)
        self._pyramid.extend(self._values.view)


LEAST_RANGE = 0.01
"""Of its largest magnitude a curve fills at least so much: what changes less is flat."""


def within_own_range(curve: Curve) -> Curve:
    """Return the curve between its lowest (0) and its highest value (1).

    So curves of different units fit one axis. One that hardly changes stays near the middle, for
    else its noise would look like news.
    """
    extremes = curve.extremes()
    if not extremes.size:
        return curve
    low, high = float(extremes.min()), float(extremes.max())
    span = max(high - low, LEAST_RANGE * max(abs(low), abs(high)))
    return _Placed(curve, low + (high - low) / 2, span or 1.0)


class _Placed(Curve):
    """A curve on another scale; its values are computed where they are asked for."""

    def __init__(self, curve: Curve, middle: float, span: float) -> None:
        super().__init__(curve.steps, curve._values)
        self._curve, self._middle, self._span = curve, middle, span

    @property
    def values(self) -> FloatArray:
        return self._placed(self._curve.values)

    def at(self, index: IntArray | slice) -> FloatArray:
        return self._placed(self._curve.at(index))

    def head(self, size: int) -> Curve:
        return _Placed(self._curve.head(size), self._middle, self._span)

    def missing(self, start: float = -np.inf, end: float = np.inf) -> IntArray:
        return self._curve.missing(start, end)

    def _over(self, starts: IntArray, ends: IntArray, *fields: Field) -> list[AnyArray]:
        if not {"low", "high", "missing"}.issuperset(fields):  # signs are not what they were
            return Curve(self.steps, self.values)._over(starts, ends, *fields)
        found = self._curve._over(starts, ends, *fields)
        return [
            each if field == "missing" else self._placed(each)
            for field, each in zip(fields, found, strict=True)
        ]

    def _placed(self, values: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):  # what is infinite has no place, and stays so
            placed: FloatArray = (values - self._middle) / self._span + 0.5
        return placed
