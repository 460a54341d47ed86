"""One curve in the legend of a chart: its name, how it is drawn, and its values in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.palette import Role
from grok_tui.chart.spec import Style

NOTHING = "–"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One curve in a legend."""

    name: str
    role: Role
    style: Style = Style.SOLID
    curve: Curve = EMPTY
    """Its own values over steps."""
    form: str = ".3g"
    """How a number is written, as Python's `format` takes it."""
    unit: str = ""
    smoothed: FloatArray | None = None
    """The values of the curve after smoothing, where that is on."""

    @property
    def value(self) -> str:
        """The newest value."""
        return NOTHING if self.curve.last is None else self._said(self.curve.last)

    @property
    def words(self) -> str:
        """What stands in the title: a bit of the line as it looks on the chart, name and value."""
        return self.words_at(None)

    def words_at(self, step: float | None) -> str:
        """Return the words with the value at a step, or at the last one before it."""
        index = len(self.curve) - 1
        if step is not None:
            index = int(np.searchsorted(self.curve.steps, step, side="right")) - 1
        if index < 0:
            return f"{self.style}{self.name} {NOTHING}"
        words = f"{self.style}{self.name} {self._said(float(self.curve.values[index]))}"
        if self.smoothed is None:
            return words
        return f"{words} ≈{self._said(float(self.smoothed[index]))}"

    def _said(self, value: float) -> str:
        if self.unit == "B" and np.isfinite(value):
            return f"{value / 1000:.1f} kB" if value >= 1000 else f"{value:.0f} B"
        number = re.sub(r"e([+-])0(\d)", r"e\1\2", format(value, self.form))
        return f"{number} {self.unit}".rstrip()
