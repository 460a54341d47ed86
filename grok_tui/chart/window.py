"""Zoom, pan and follow: which part of an x axis is on the screen. All of it is pure arithmetic.

A window is a pair of limits in the axis's own unit; no window means the whole axis. Distances are
shares of the axis as it is drawn, so that a logarithmic axis is zoomed and moved in decades.
"""

from __future__ import annotations

import math
from dataclasses import replace

from grok_tui.chart.axis import Axis

Window = tuple[float, float]

NARROWEST = 1e-6
"""Share of the axis that a window shows at least."""
JUMP = 0.25
"""Share of its width by which a window follows new data: seldom, as each move repaints it all."""


def windowed(full: Axis, window: Window | None) -> Axis:
    """Return the part of an axis that a window shows."""
    return full if window is None else replace(full, low=window[0], high=window[1])


def zoom(full: Axis, window: Window | None, factor: float, place: float) -> Window | None:
    """Return a window that shows `factor` times as much, with one place of it staying where it is.

    Args:
        full: the whole axis.
        window: what is shown now.
        factor: below 1 to see more closely.
        place: 0…1 in the present window.
    """
    start, end = _span(full, window)
    width = max((end - start) * factor, NARROWEST)
    fixed = start + place * (end - start)
    return _window(full, fixed - place * width, fixed + (1 - place) * width)


def pan(full: Axis, window: Window | None, share: float) -> Window | None:
    """Return the window moved by a share of its width, as far as the axis goes."""
    start, end = _span(full, window)
    width = end - start
    start = min(max(start + share * width, 0.0), 1.0 - width)
    return _window(full, start, start + width)


def follow(full: Axis, window: Window | None, before: float, now: float) -> Window | None:
    """Return the window after the data grew: one that showed their end goes on to show it."""
    if window is None or not window[0] <= before <= window[1] or not now > window[1]:
        return window
    low, high, end = (_forward(full, value) for value in (*window, now))
    jump = JUMP * (high - low)
    shift = jump * math.ceil((end - high) / jump)
    return _back(full, low + shift), _back(full, high + shift)


def _span(full: Axis, window: Window | None) -> tuple[float, float]:
    if window is None:
        return 0.0, 1.0
    return full.place(window[0]), full.place(window[1])


def _window(full: Axis, start: float, end: float) -> Window | None:
    width = end - start
    if width >= 1:
        return None
    start = min(max(start, 0.0), 1.0 - width)
    return full.value(start), full.value(start + width)


def _forward(axis: Axis, value: float) -> float:
    return math.log10(value) if axis.scale == "log" else value


def _back(axis: Axis, value: float) -> float:
    return 10.0**value if axis.scale == "log" else value
