"""Finds the peak of a complexity curve, once the curve has clearly fallen from it."""

from __future__ import annotations

import math

import numpy as np

from grok_tui.analysis.verdict import Event

# Rules for a resolved peak: enough points on both sides, and a fall that stands out both from the
# curve's whole range and from its scatter.
SAMPLES_EACH_SIDE = 5
LEAST_FALL = 0.1
SCATTERS = 3.0
MEDIAN_WIDTH = 5


class PeakFinder:
    """Watches one complexity curve; a higher peak later is a new event, none is taken back."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._steps: list[float] = []
        self._values: list[float] = []

    def observe(self, step: float, value: float) -> None:
        """Take one measurement into account; steps must rise, and it must be finite to count."""
        if not math.isfinite(value) or (self._steps and step <= self._steps[-1]):
            return
        self._steps.append(step)
        self._values.append(value)
        peak = self._resolved_peak()
        if peak is not None and (not self.events or peak > self.events[-1].step):
            self.events.append(Event("complexity_peak", peak, step))

    def _resolved_peak(self) -> float | None:
        values = np.asarray(self._values)
        if len(values) < 2 * SAMPLES_EACH_SIDE + 1:
            return None
        padded = np.pad(values, MEDIAN_WIDTH // 2, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_WIDTH)
        smooth = np.median(windows, axis=1)
        top = int(np.argmax(smooth))
        if not SAMPLES_EACH_SIDE <= top < len(values) - SAMPLES_EACH_SIDE:
            return None
        fall = float(smooth[top] - smooth[top:].min())
        spread = float(np.ptp(smooth))
        rough = values - smooth
        scatter = float(np.median(np.abs(rough - np.median(rough))))
        if spread <= 0 or fall < LEAST_FALL * spread or fall < SCATTERS * scatter:
            return None
        # Medians tie around a peak; the highest measurement among them is the peak itself.
        nearby = slice(top - MEDIAN_WIDTH // 2, top + MEDIAN_WIDTH // 2 + 1)
        return self._steps[nearby.start + int(np.argmax(values[nearby]))]
