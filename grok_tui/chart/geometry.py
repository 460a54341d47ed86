"""Reduces a curve to what a terminal can show, and cuts off what lies outside the view.

A point far outside the axes costs plotext minutes and gigabytes, so that nothing reaches it that
is not inside the unit square.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis

_TOLERANCE = 1 / 16
"""Share of a dot by which points may be drawn too far right: nobody sees that, and then what a long
curve does is known from a few summaries."""


def decimate(curve: Curve, x: Axis, y: Axis, parts: int) -> tuple[FloatArray, FloatArray]:
    """Keep of each of equal parts of the x axis the first, lowest, highest and last point.

    Args:
        curve: any number of points; the cost does not depend on it.
        x: the axis of its steps.
        y: the axis of its values.
        parts: parts of the x axis; two a column, as many as braille dots.

    Returns:
        Places on the axes of shape (m,), m at most about 4·parts. Those inside stand at the middles
        of the parts, so that a drawn point never moves while the axis stays; the nearest ones
        outside, to which the line goes on, stand at their own place. Not-a-number interrupts the
        line.
    """
    found = curve.parts(_edges(x, parts), positive=y.scale == "log", tolerance=_TOLERANCE)
    there = np.flatnonzero(found.count)
    corners = np.stack([found.first, found.low, found.high, found.last], axis=1)[there]
    is_kept = np.ones(corners.shape, dtype=bool)
    is_kept[found.count[there] == 1, 1:] = False
    inside_x = np.broadcast_to(((there + 0.5) / parts)[:, None], corners.shape)[is_kept]
    before, after = _neighbours(curve, x)
    kept_x = np.concatenate([x.unit(curve.steps[before]), inside_x, x.unit(curve.steps[after])])
    kept_y = y.unit(np.concatenate([curve.at(before), corners[is_kept], curve.at(after)]))
    return _with_single_breaks(kept_x, kept_y)


def _edges(axis: Axis, parts: int) -> FloatArray:
    """Return the steps between which the parts of an axis lie, of shape (parts + 1,)."""
    places = np.arange(parts + 1) / parts
    if axis.scale == "log":
        return np.asarray(axis.low * (axis.high / axis.low) ** places)
    return np.asarray(axis.low + (axis.high - axis.low) * places)


def _neighbours(curve: Curve, axis: Axis) -> tuple[slice, slice]:
    """Return the last point before an axis and the first one after it."""
    start, end = np.searchsorted(curve.steps, [axis.low, axis.high])
    return slice(max(start - 1, 0), start), slice(end, end + 1)


def _with_single_breaks(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a line without places that are no numbers, but for one at each interruption."""
    missing = np.isnan(x) | np.isnan(y)
    again = missing & np.r_[True, missing[:-1]]
    x, y = np.where(missing, np.nan, x)[~again], np.where(missing, np.nan, y)[~again]
    end = len(x) - 1 if len(x) and np.isnan(x[-1]) else len(x)
    return x[:end], y[:end]


def clip_line(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut a line to the unit square (Liang–Barsky, all segments at once).

    Args:
        x: corners of the line, of shape (n,); not-a-number interrupts it.
        y: of the same shape.

    Returns:
        Corners that all lie in the unit square, interrupted where the line left it.
    """
    inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
    if bool(np.all(inside | (np.isnan(x) & np.isnan(y)))):
        return x, y
    if len(x) == 1:
        return x[inside], y[inside]
    start, end = np.zeros(len(x) - 1), np.ones(len(x) - 1)
    with np.errstate(all="ignore"):
        for from_, to in ((x[:-1], x[1:]), (y[:-1], y[1:])):
            span = to - from_
            enter = np.where(span > 0, -from_ / span, (1 - from_) / span)
            leave = np.where(span > 0, (1 - from_) / span, -from_ / span)
            flat_inside = (from_ >= 0) & (from_ <= 1)
            enter = np.where(span == 0, np.where(flat_inside, 0.0, 2.0), enter)
            leave = np.where(span == 0, np.where(flat_inside, 1.0, -1.0), leave)
            start, end = np.maximum(start, enter), np.minimum(end, leave)
        seen = np.flatnonzero(start <= end)  # false for segments with not-a-number
        first, second = start[seen], end[seen]
        pieces_x = _pieces(x, seen, first, second)
        pieces_y = _pieces(y, seen, first, second)
    return pieces_x, pieces_y


def _pieces(
    values: FloatArray, seen: npt.NDArray[np.int64], first: FloatArray, second: FloatArray
) -> FloatArray:
    """Return each seen segment as its two ends and a break."""
    span = values[seen + 1] - values[seen]
    ends = [values[seen] + first * span, values[seen] + second * span, np.full(len(seen), np.nan)]
    pieces: FloatArray = np.clip(np.stack(ends, axis=1).ravel(), 0.0, 1.0)
    return pieces


def apart(x: FloatArray, y: FloatArray, columns: int, least: int) -> tuple[FloatArray, FloatArray]:
    """Keep the first point of every `least` columns, to mark a curve here and there."""
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    _, first = np.unique(np.floor(x * columns / least), return_index=True)
    return x[first], y[first]


def dots(x: FloatArray, y: FloatArray, columns: int) -> tuple[FloatArray, FloatArray]:
    """Keep the points of every other column, to draw a curve as a dotted line."""
    with np.errstate(invalid="ignore"):
        column = np.floor(x * columns)
    kept = np.isfinite(y) & (column % 2 == 0)
    return x[kept], y[kept]
