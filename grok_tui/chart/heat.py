"""A table of cells coloured by a value, such as a phase diagram: what is in it and how it is told.

Each cell has a text, so that nothing depends on its colour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from grok_tui.analysis.phases import Learning
from grok_tui.chart.axis import label

LETTERS = {
    Learning.COMPREHENSION: "C",
    Learning.GROKKING: "G",
    Learning.MEMORIZATION: "m",
    Learning.CONFUSION: "·",
}
"""How the phases of a phase diagram are told apart without colour."""
LOG_FROM = 10.0
"""Values that differ by this factor or more are coloured by their logarithms."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell."""

    text: str = ""
    value: float | None = None
    """What it is coloured by; nothing for none."""
    phase: Learning | None = None
    """What it is coloured by in a phase diagram."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Which value has which colour."""

    low: float
    high: float
    is_log: bool

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 to 1."""
        if self.high <= self.low:
            return 0.5
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.is_log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of cells over the values of two settings; all texts are safe to show."""

    title: str
    row_name: str
    column_name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]
    """By rows."""
    scale: Scale | None
    """Nothing where cells are coloured by their phases, or have no values yet."""
    legend: str
    """What texts and colours mean."""


def scale_of(values: Iterable[float], *, whole: tuple[float, float] | None = None) -> Scale | None:
    """Return a scale for all values, or nothing without any.

    Args:
        values: what is shown.
        whole: the lowest and the highest value that there can be, where that is known.
    """
    found = sorted(value for value in values if math.isfinite(value))
    if not found:
        return None
    if whole is not None:
        return Scale(*whole, is_log=False)
    low, high = found[0], found[-1]
    return Scale(low, high, is_log=low > 0 and high / low >= LOG_FROM)


def legend_of(scale: Scale | None) -> str:
    """Return which values the colours stand for."""
    if scale is None:
        return "no values yet"
    kind = "log" if scale.is_log else "linear"
    return f"dark {label(scale.low)} … light {label(scale.high)} ({kind})"


PHASE_LEGEND = ", ".join(f"{letter} {phase}" for phase, letter in LETTERS.items())
"""Liu et al., arXiv 2205.10343."""
