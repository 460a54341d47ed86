"""One cursor over all charts: it stands at a step, and moves by what the screen shows."""

from __future__ import annotations

import math

import numpy as np

from grok_tui.arrays import FloatArray
from grok_tui.chart.panels import Look

_FARTHEST = 3.0
"""Widths of the screen that one move covers at most."""


def moved(
    steps: FloatArray, look: Look, cursor: float | None, columns: int, width: int
) -> float | None:
    """Return the step that a cursor stands at after a move, or nothing without data.

    It goes to the nearest step with data that lies so many columns on, and to the next one where
    the data are sparser than columns. A new cursor begins at the end of the view that the move
    comes from.

    Args:
        steps: rising steps with data.
        look: how the charts are looked at.
        cursor: the step that it stands at now.
        columns: how far to go; below 0 to the left.
        width: columns of a chart.
    """
    if not len(steps):
        return None
    if cursor is None:
        return _entry(steps, look, at_start=columns > 0)
    if not look.across.is_rising:
        stride = max(round(len(steps) * abs(columns) / width), 1)
        here = int(np.searchsorted(steps, cursor))
        return _at(steps, here + stride if columns > 0 else here - stride)
    place = look.x.place(look.across.at(cursor))
    if not math.isfinite(place):
        place = 0.0
    wanted = min(max(place + columns / width, -_FARTHEST), _FARTHEST)
    target = look.across.step_at(look.x.value(wanted))
    if columns > 0:
        beyond = np.searchsorted(steps, cursor, side="right")
        return _at(steps, max(int(np.searchsorted(steps, target)), int(beyond)))
    before = np.searchsorted(steps, cursor) - 1
    return _at(steps, min(int(np.searchsorted(steps, target, side="right")) - 1, int(before)))


def nearest(steps: FloatArray, look: Look, place: float) -> float | None:
    """Return the step with data that lies nearest to a place 0…1 of the view.

    Over an axis that falls at times a place means no single step: there is none then.
    """
    if not len(steps) or not look.across.is_rising:
        return None
    target = look.across.step_at(look.x.value(place))
    after = int(np.searchsorted(steps, target))
    found = [_at(steps, after - 1), _at(steps, after)]

    def distance(step: float) -> float:
        there = look.x.place(look.across.at(step))
        return abs(there - place) if math.isfinite(there) else math.inf

    return min(found, key=distance)


def _entry(steps: FloatArray, look: Look, *, at_start: bool) -> float:
    if not look.across.is_rising:
        return _at(steps, 0 if at_start else len(steps))
    low, high = (look.across.step_at(limit) for limit in (look.x.low, look.x.high))
    if at_start:
        return _at(steps, int(np.searchsorted(steps, low)))
    return _at(steps, int(np.searchsorted(steps, high, side="right")) - 1)


def _at(steps: FloatArray, index: int) -> float:
    return float(steps[min(max(index, 0), len(steps) - 1)])
