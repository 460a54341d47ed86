"""Numbers from somebody else's file."""

from __future__ import annotations

import math
from typing import TypeGuard

import numpy as np

from grok_tui.arrays import FloatArray

LARGEST_STEP = 1e15
"""Steps above this are no steps; whole numbers up to it are exact as floats."""
MAX_METRICS = 10_000
"""A log with more names than this is not one of training."""

EARLIEST = 1e8
"""Seconds since the epoch of the year 1973: smaller numbers are no dates but durations."""
_MILLISECONDS_ABOVE = 1e11


def number(value: object) -> float | None:
    """Return a JSON number as a float; nothing for what is none, or has too many digits."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def is_step(value: float | None) -> bool:
    """Return whether a number can be a training step."""
    return value is not None and math.isfinite(value) and abs(value) <= LARGEST_STEP


def seconds(times: FloatArray) -> FloatArray:
    """Return times since the epoch in seconds, of which some loggers write a thousandth."""
    return times * np.where(np.abs(times) > _MILLISECONDS_ABOVE, 1e-3, 1.0)


def whole_number(value: object) -> int:
    """Return a count that stood in somebody's file.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def is_count(value: object) -> TypeGuard[int]:
    """Return whether a value of a mark is a number of rows or bytes."""
    return type(value) is int and 0 <= value <= LARGEST_STEP
