"""How far a run's complexity has fallen since its peak."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grok_tui.analysis.judge import COMPLEXITIES
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict


def judged_complexity(curves: Mapping[str, Curve]) -> Curve:
    """Return the measure whose peak is looked for, or an empty curve."""
    return next((curves[name] for name in COMPLEXITIES if name in curves), EMPTY)


def fall_since_peak(verdict: Verdict, curves: Mapping[str, Curve]) -> float | None:
    """Return which share of its peak complexity has lost (0…1).

    There is none without a resolved peak, and where the newest value is no number or higher.
    """
    peak, curve = verdict.complexity_peak, judged_complexity(curves)
    if peak is None or curve.last is None:
        return None
    top = float(curve.at(np.searchsorted(curve.steps, [peak.step]))[0])
    fall = 1 - curve.last / top if top > 0 else 0.0
    return fall if fall > 0 else None
