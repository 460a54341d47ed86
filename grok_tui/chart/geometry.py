"""Reduces a curve to what a terminal can show, and cuts off what lies outside the view.

A point far outside the axes costs plotext minutes and gigabytes, so that nothing reaches it that
is not inside the unit square.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import FloatArray


def decimate(x: FloatArray, y: FloatArray, buckets: int) -> tuple[FloatArray, FloatArray]:
    """Keep the lowest and the highest point of each of `buckets` equal parts of the x axis.

    Args:
        x: rising places on the axis, 0…1 inside the view, of shape (n,).
        y: places of the same shape; not-a-number interrupts the line.
        buckets: parts of the view; two a column, as many as braille dots.

    Returns:
        Places of shape (m,), m at most about 2·buckets, at the middles of the parts, so that a
        drawn point never moves while the axis stays. Not-a-number interrupts the line.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    breaks_before = np.cumsum(~finite)[finite]
    x, y = x[finite], y[finite]
    if not len(x):
        return x, y
    part = np.clip(np.floor(x * buckets), -1, buckets).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, part[1:] != part[:-1]])
    ends = np.r_[starts[1:], len(x)]
    lows = np.array([s + int(np.argmin(y[s:e])) for s, e in zip(starts, ends, strict=True)])
    highs = np.array([s + int(np.argmax(y[s:e])) for s, e in zip(starts, ends, strict=True)])
    kept = np.unique(np.concatenate([lows, highs]))
    kept_x = (part[kept] + 0.5) / buckets
    kept_y = y[kept]
    gap = np.flatnonzero(np.diff(breaks_before[kept])) + 1
    return np.insert(kept_x, gap, np.nan), np.insert(kept_y, gap, np.nan)


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
