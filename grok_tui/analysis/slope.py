"""How fast a positive curve grows or decays."""

from __future__ import annotations

import numpy as np

from grok_tui.analysis.series import Curve

PER_STEPS = 1000.0
"""Steps that slopes are given for."""
REACH = 0.9
"""A slope is taken from the point at this share of its step, or the last one before that."""


def log_slope(curve: Curve, power: float = 1.0) -> Curve:
    """Return the change per 1000 steps of the natural logarithm of a curve's power.

    Each slope is that over the last tenth of the steps so far, so that none depends on what comes
    later. Values that are not positive are left out.
    """
    there = np.isfinite(curve.values) & (curve.values > 0)
    steps, logs = curve.steps[there], power * np.log(curve.values[there])
    before = np.searchsorted(steps, REACH * steps, side="right") - 1
    later = np.flatnonzero((before >= 0) & (before < np.arange(len(steps))))
    earlier = before[later]
    rises = (logs[later] - logs[earlier]) / (steps[later] - steps[earlier])
    return Curve(steps[later], PER_STEPS * rises)
