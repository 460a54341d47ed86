"""The y axis of a chart, fitted to what is seen, and what has no place on the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from grok_tui.analysis.across import STEP, Across
from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis, close_axis, linear_axis, log_axis
from grok_tui.chart.catalogue import ACCURACY, GAP, LOSS

UNIT = Axis("linear", 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Extent:
    """What decides about an axis, of some values."""

    ends: tuple[float, ...] = ()
    """The lowest and the highest finite value, and the lowest one above 0; none without values."""
    not_positive: int = 0
    not_a_number: int = 0
    infinite: int = 0
    minus_infinite: int = 0

    def __add__(self, other: Extent) -> Extent:
        """Return the extent of both."""
        return Extent(
            self.ends + other.ends,
            self.not_positive + other.not_positive,
            self.not_a_number + other.not_a_number,
            self.infinite + other.infinite,
            self.minus_infinite + other.minus_infinite,
        )


def extent(curves: Sequence[Curve], x: Axis, *, is_path: bool) -> Extent:
    """Return the extent of what lies inside an x axis; over a path, points are in any order."""
    extent_of = _of_path if is_path else _of_curve
    return sum((extent_of(curve, x) for curve in curves), Extent())


def _of_curve(curve: Curve, x: Axis) -> Extent:
    ends = tuple(curve.extremes(x.low, x.high).tolist())
    missing, unpositive = curve.hidden(x.low, x.high)
    found = Extent(ends, unpositive)
    return _with_odd(found, curve.at(curve.missing(x.low, x.high))) if missing else found


def _of_path(curve: Curve, x: Axis) -> Extent:
    values = curve.values[(curve.steps >= x.low) & (curve.steps <= x.high)]
    finite = values[np.isfinite(values)]
    ends = (float(finite.min()), float(finite.max())) if finite.size else ()
    positive = finite[finite > 0]
    ends = (*ends, float(positive.min())) if positive.size else ends
    return _with_odd(Extent(ends, int(np.count_nonzero(finite <= 0))), values[~np.isfinite(values)])


def _with_odd(found: Extent, odd: FloatArray) -> Extent:
    """Return an extent with the values that are no numbers."""
    return replace(
        found,
        not_a_number=int(np.count_nonzero(np.isnan(odd))),
        infinite=int(np.count_nonzero(odd == np.inf)),
        minus_infinite=int(np.count_nonzero(odd == -np.inf)),
    )


def is_log_by_default(key: str) -> bool:
    """Return whether a chart's y axis is logarithmic while nobody has chosen."""
    return key == LOSS or key.rpartition("/")[2].endswith("loss")


def y_axis(key: str, seen: Extent, *, log: bool, is_zoomed: bool) -> Axis:
    """Return the y axis of a chart.

    Args:
        key: which chart.
        seen: what is seen of it.
        log: whether the axis is logarithmic.
        is_zoomed: whether that is a part of the chart, whose details count more than a zero.
    """
    ends = np.array(seen.ends)
    if log:
        return log_axis(ends)
    if is_zoomed or key not in (ACCURACY, LOSS, GAP):
        return close_axis(ends)
    if key == ACCURACY and not np.any((ends < 0) | (ends > 1)):
        return UNIT
    return linear_axis(ends)


def notes(
    seen: Extent, curves: Sequence[Curve], x: Axis, y: Axis, across: Across
) -> tuple[str, ...]:
    """Return how many points have no place on a chart, and why.

    Step 0 on a logarithmic axis of steps is not counted: every run has it.
    """
    is_log = y.scale == "log"
    counts = {
        "≤ 0": seen.not_positive if is_log else 0,
        "NaN": seen.not_a_number,
        "inf": seen.infinite,
        "-inf": 0 if is_log else seen.minus_infinite,
        "at x ≤ 0": _without_place(curves, across) if x.scale == "log" else 0,
    }
    return tuple(f"{count} {what}" for what, count in counts.items() if count)


def _without_place(curves: Sequence[Curve], across: Across) -> int:
    def count(places: FloatArray) -> int:
        if across.name == STEP:
            return int(np.searchsorted(places, 0.0))
        if across.is_rising:
            return int(np.searchsorted(places, 0.0, side="right"))
        return int(np.count_nonzero(places <= 0))

    return sum(count(curve.steps) for curve in curves)
