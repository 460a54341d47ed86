"""Numbers from somebody else's file."""

from __future__ import annotations

import math

LARGEST_STEP = 1e15
"""Steps above this are no steps; whole numbers up to it are exact as floats."""


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
