"""Axes: from data to the unit interval, limits that rarely move, and labelled ticks.

Limits snap to round values, so that a growing curve seldom moves everything that was drawn.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np

from grok_tui.arrays import FloatArray

Tick = tuple[float, str]

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_DAY_S = 86400.0
_CLOCK_UNITS = ((_DAY_S, "d"), (3600.0, "h"), (60.0, "m"))
_CLOCK_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0 * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * n for n in (1, 2, 3, 6, 12)),
    _DAY_S,
)
"""Distances between ticks on a clock, in seconds."""
_LABEL_ERROR = 0.05
"""Share of the distance between ticks that a label may be wrong by."""
_ROUNDS_UP = 0.9995
"""From this share of a unit on, three digits round up to it."""
_NICE = (1.0, 2.0, 5.0, 10.0)
SMALLEST_LOG = 1e-12
"""Lower end of a log axis at most: what is smaller is rounding error."""
LARGEST = 1e99
"""End of any axis at most: its label still has five characters."""
SMALLEST_LINEAR = 1e-9
"""What stays below this in size is drawn as zero on a linear axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its scale and limits."""

    scale: Literal["linear", "log"]
    low: float
    high: float
    ends: tuple[str, str] | None = None
    """Words for the two limits, where numbers would mean another thing for each curve."""
    is_time: bool = False
    """Whether it counts seconds, which are labelled in the units of clocks."""

    def unit(self, values: FloatArray) -> FloatArray:
        """Return where values lie between the limits (0 and 1).

        What has no place, such as zero on a log axis, becomes not-a-number.
        """
        with np.errstate(all="ignore"):
            if self.scale == "log":
                positive = np.where(values > 0, values, np.nan)
                start, end = math.log10(self.low), math.log10(self.high)
                placed = (np.log10(positive) - start) / (end - start)
            else:
                placed = (values - self.low) / (self.high - self.low)
        return np.where(np.isfinite(placed), placed, np.nan)

    def place(self, value: float) -> float:
        """Return where one value lies, or not-a-number."""
        return float(self.unit(np.array([value]))[0])

    def value(self, place: float) -> float:
        """Return what lies at a place: the inverse of `place`."""
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** place)
        return self.low + place * (self.high - self.low)

    def ticks(self, most: int) -> list[Tick]:
        """Return at most `most` (place, label) pairs; there are at least two."""
        if self.ends is not None:
            return list(zip((0.0, 1.0), self.ends, strict=True))
        values = self._log_ticks(most) if self.scale == "log" else self._linear_ticks(most)
        words = [clock(value) for value in values] if self.is_time else _labels(values)
        if len(set(words)) < len(words) and most > 2:  # 1.5e-5 and 2e-5 have the same five letters
            return self.ticks(most - 1)
        places = (min(max(self.place(value), 0.0), 1.0) for value in values)
        return list(zip(places, words, strict=True))

    def _log_ticks(self, most: int) -> list[float]:
        first, last = (
            math.ceil(math.log10(self.low) - 1e-9),
            math.floor(math.log10(self.high) + 1e-9),
        )
        if last - first < 1:
            return self._linear_ticks(most)
        stride = max(1, math.ceil((last - first + 1) / max(most, 2)))
        return [10.0**power for power in range(first, last + 1, stride)]

    def _linear_ticks(self, most: int) -> list[float]:
        least = (self.high - self.low) / max(most - 1, 1)
        step = _clock_step(least) if self.is_time else nice_ceil(least)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        values = [index * step for index in range(first, last + 1)]
        return values if len(values) > 1 else [self.low, self.high]


def step_axis(last: float, *, log: bool, planned: float | None = None) -> Axis:
    """Return the x axis for steps up to `last`; it ends with the plan where that is near."""
    high = nice_ceil(max(last, 10.0 if log else 1.0))
    if planned is not None and last <= planned:
        high = min(high, max(planned, 2.0))
    return Axis("log", 1.0, high) if log else Axis("linear", 0.0, high)


def linear_axis(values: FloatArray) -> Axis:
    """Return a linear axis around the finite values, with zero in it."""
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    low = -nice_ceil(-float(finite.min())) if finite.size else 0.0
    high = nice_ceil(float(finite.max())) if finite.size else 1.0
    return Axis("linear", low, high) if high - low > SMALLEST_LINEAR else Axis("linear", 0.0, 1.0)


def close_axis(values: FloatArray) -> Axis:
    """Return a linear axis around the finite values, without zero where they lie far from it."""
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low <= 0.5 * high or high - low < 1e-6 * high:
        return linear_axis(values)
    unit = nice_ceil(high - low) / 5
    return Axis("linear", math.floor(low / unit) * unit, math.ceil(high / unit) * unit)


def log_axis(values: FloatArray) -> Axis:
    """Return a log axis of whole decades around the positive finite values."""
    positive = values[np.isfinite(values) & (values > 0)]
    if not positive.size:
        return Axis("log", 0.1, 1.0)
    smallest, largest = np.clip([positive.min(), positive.max()], SMALLEST_LOG, LARGEST)
    low = math.floor(math.log10(smallest))
    high = math.ceil(math.log10(largest) + 1e-12)
    return Axis("log", 10.0**low, 10.0 ** max(high, low + 1))


def tight_axis(values: FloatArray, *, log: bool) -> Axis:
    """Return an axis from the lowest to the highest finite value (log: above zero)."""
    found = values[np.isfinite(values) & ((values > 0) | (not log))]
    low, high = (float(found.min()), float(found.max())) if found.size else (1.0, 1.0)
    if high - low <= 1e-6 * abs(high):
        low, high = (low / 2, low * 2) if log else (low - 1, low + 1)
    return Axis("log" if log else "linear", low, high)


def nice_ceil(value: float) -> float:
    """Return the smallest of …, 1, 2, 5, 10, 20, … that is not below `value`, or zero."""
    if value < sys.float_info.min:
        return 0.0
    decade = 10.0 ** math.floor(math.log10(value))
    return next(n * decade for n in (*_NICE, 20.0) if n * decade >= value * (1 - 1e-9))


def clock(seconds: float) -> str:
    """Return a time in at most five characters, in its largest unit: 30s, 2.5m, 12h, 3d."""
    size = abs(seconds)
    for unit, sign in _CLOCK_UNITS:
        if size >= unit:
            return f"{seconds / unit:.3g}{sign}"
    return f"{label(seconds)}s" if size >= 1e-2 or not size else label(seconds)


def _clock_step(least: float) -> float:
    """Return the smallest distance between ticks that suits a clock."""
    found = next((step for step in _CLOCK_STEPS if step >= least * (1 - 1e-9)), None)
    if found is not None and least > 0.5:
        return found
    return nice_ceil(least) if found is not None else nice_ceil(least / _DAY_S) * _DAY_S


def _labels(values: list[float]) -> list[str]:
    """Return labels of ticks, with as many digits as tell them apart in five characters."""
    step = abs(values[1] - values[0])

    def is_exact(rounded: str, value: float) -> bool:
        return abs(float(rounded) - value) <= _LABEL_ERROR * step

    if all(is_exact(f"{value:{_form(value)}}", value) for value in values):
        return [label(value) for value in values]
    for digits in (4, 5):
        words = [f"{value:.{digits}g}" for value in values]
        short = [word.replace("0.", ".", 1) for word in words]
        if max(map(len, short)) <= 5 and all(map(is_exact, words, values)):
            return short
    return [label(values[0]), *(_added(value - values[0]) for value in values[1:])]


def _added(difference: float) -> str:
    short = label(float(f"{difference:.2g}"))
    mantissa, _, exponent = f"{difference:.0e}".partition("e")
    return f"+{short}" if len(short) < 5 else f"+{mantissa}e{int(exponent)}"


def label(value: float) -> str:
    """Return a number with up to three digits: 0.5, 12, 1.5k, 2M, 1e-5."""
    size, form = abs(value), _form(value)
    if form == ".0e":
        mantissa, _, exponent = f"{value:{form}}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    for unit, prefix in _PREFIXES:
        if size >= _ROUNDS_UP * unit:
            return f"{math.copysign(max(size / unit, 1.0), value):{form}}{prefix}"
    return f"{value:{form}}"


def _form(value: float) -> str:
    """Return how a label rounds a number."""
    size = abs(value)
    return ".0e" if size >= _ROUNDS_UP * 1e15 or 0 < size < 1e-2 else ".3g"
