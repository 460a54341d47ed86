"""Finds the peak of a complexity curve, once the curve has clearly fallen from it."""

from __future__ import annotations

import math
from array import array

import numpy as np

from grok_tui.analysis.hill import MEDIAN_WIDTH, Hill, running_median
from grok_tui.analysis.verdict import Event
from grok_tui.arrays import FloatArray

# Rules for a resolved peak: enough points on both sides, and a rise and a fall that both stand out
# from the curve's scatter, from its range, and from its height, since a curve that has just begun
# has hardly a range yet.
SAMPLES_EACH_SIDE = 5
LEAST_PROMINENCE = 0.1
SCATTERS = 3.0
LEAST_SAMPLES = 2 * SAMPLES_EACH_SIDE + 1
"""With fewer there can be no resolved peak."""
_ROUNDING = 1e-9
"""Share of a bound that is given away, far more than the rounding of a difference."""


class PeakFinder:
    """Watches one complexity curve; a higher peak later is a new event, none is taken back.

    All rules are asked in O(1) a value but the one about the scatter, which looks at all values:
    it is asked only where the scatter can be small enough by now.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.looked_at = 0
        """Values that were looked at in all, each as often as it was."""
        self._steps = array("d")
        self._hill = Hill()
        self._floors: list[tuple[int, float]] = []
        """Up to how many values three scatters are at least how much; the last ends first."""

    def observe(self, step: float, value: float) -> None:
        """Take one measurement into account; steps must rise, and it must be finite to count."""
        if not math.isfinite(value) or (self._steps and step <= self._steps[-1]):
            return
        self._steps.append(step)
        self._hill.add(value)
        if not self._is_open():
            return
        prominence, height = self._hill.prominence()
        if prominence > LEAST_PROMINENCE * height and prominence > self._least_noise():
            self._look(prominence)

    def _is_open(self) -> bool:
        """Return whether the top is far from both ends, and no event yet."""
        first, end = SAMPLES_EACH_SIDE, len(self._steps) - SAMPLES_EACH_SIDE
        if not (first <= self._hill.top < end and first <= self._hill.peak < end):
            return False
        return not self.events or self._steps[self._hill.peak] > self.events[-1].step

    def _least_noise(self) -> float:
        while self._floors and self._floors[-1][0] < len(self._steps):
            self._floors.pop()
        return self._floors[-1][1] if self._floors else -math.inf

    def _look(self, prominence: float) -> None:
        """Ask whether the top stands out from the scatter: then it is a peak.

        The bracket ends at the first measurements that lie clearly below the peak: it is never
        narrower than the measurements beside the peak are apart. Of 300 hills each with noise of
        up to 8 % of their height it held the true peak in 93 % and more; with one scatter in place
        of three, which suffice for a smooth curve, in 77 %.
        """
        values = np.array(self._hill.values)
        self.looked_at += len(values)
        smooth = running_median(values)
        rough = values - smooth
        noise = SCATTERS * float(np.median(np.abs(rough - np.median(rough))))
        if prominence <= noise:
            self._floors = _floors(rough)
            return
        top, peak = self._hill.top, self._hill.peak
        below = np.flatnonzero(smooth < smooth[top] - noise)
        low = self._steps[min(int(below[below < top][-1]), peak - 1)]
        high = self._steps[max(int(below[below > top][0]), peak + 1)]
        self.events.append(Event("complexity_peak", self._steps[peak], self._steps[-1], low, high))


def _floors(rough: FloatArray) -> list[tuple[int, float]]:
    """Return bounds below of three scatters, whatever values come next.

    Half of a curve's deviations lie within one scatter around their median. When there are as many
    as the bound is for, most of those are among the ones that are final now: one scatter is at
    least half as wide as the narrowest stretch that holds so many of these.

    Args:
        rough: deviations of the values from their running median, of shape (n,).

    Returns:
        Up to how many values, and the bound: of an eighth more of them and of ever fewer.
    """
    final, size = np.sort(rough[: -(MEDIAN_WIDTH // 2)]), len(rough)
    floors, more = [], size // 8
    while more:
        held = len(final) - (size + more) // 2
        narrowest = float((final[held - 1 :] - final[: len(final) - held + 1]).min())
        floors.append((size + more, SCATTERS * narrowest / 2 * (1 - _ROUNDING)))
        more //= 2
    return floors
