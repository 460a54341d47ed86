"""What the x axis of a run's charts counts: steps, epochs, time, or any metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.arrays import FloatArray

STEP, EPOCH, TIME = "step", "epoch", "time"


@dataclass(frozen=True, slots=True)
class Across:
    """A quantity that curves are drawn over."""

    name: str = STEP
    curve: Curve | None = None
    """Its values over steps; nothing for the steps themselves."""
    is_rising: bool = True
    """Whether it never falls, so that each of its values means one moment."""

    def places(self, steps: FloatArray) -> FloatArray:
        """Return its values at steps, between its own points on a straight line.

        Before its first and after its last point there is none: not-a-number.
        """
        if self.curve is None:
            return steps
        if not len(self.curve):
            return np.full(len(steps), np.nan)
        if np.array_equal(steps, self.curve.steps):
            return self.curve.values
        found = np.interp(steps, self.curve.steps, self.curve.values, left=np.nan, right=np.nan)
        return np.asarray(found, dtype=np.float64)

    def at(self, step: float) -> float:
        """Return its value at one step, or not-a-number."""
        return float(self.places(np.array([step]))[0])

    def near(self, step: float) -> float:
        """Return its value at one step, or at its own nearest one."""
        if self.curve is None:
            return step
        return float(np.interp(step, self.curve.steps, self.curve.values))

    def step_at(self, value: float) -> float:
        """Return the step at which a rising quantity had a value, in whole steps of its log."""
        if self.curve is None or not len(self.curve):
            return value
        index = int(np.searchsorted(self.curve.values, value))
        return float(self.curve.steps[min(index, len(self.curve) - 1)])

    def over(self, curve: Curve) -> Curve:
        """Return a curve with this quantity in place of its steps, where it has a value."""
        if self.curve is None:
            return curve
        places = self.places(curve.steps)
        there = np.isfinite(places)
        return Curve(places[there], curve.values[there])


def across(name: str, curves: Mapping[str, Curve], times: Curve = EMPTY) -> Across:
    """Return what an x axis of this name counts in a run; steps where the run lacks it.

    Args:
        name: `step`, `time` for the seconds since the first row, or the name of a metric.
        curves: the metrics by name.
        times: when each row was written, in seconds since the epoch.
    """
    found = times if name == TIME else curves.get(name, EMPTY)
    finite = np.isfinite(found.values)
    if name == STEP or not finite.any():
        return Across()
    steps, values = found.steps[finite], found.values[finite]
    if name == TIME:
        values = values - values[0]
    return Across(name, Curve(steps, values), bool(np.all(values[1:] >= values[:-1])))


def choices(curves: Mapping[str, Curve], times: Curve = EMPTY) -> list[str]:
    """Return the names of what a run can be drawn over."""
    own = [TIME] if np.isfinite(times.values).any() else []
    there = [name for name, curve in curves.items() if len(curve)]
    return [STEP, *own, *sorted(there, key=lambda name: (name != EPOCH, name))]
