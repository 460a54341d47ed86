"""What of a curve is seen on a chart, in the unit square."""

from __future__ import annotations

from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.geometry import clip_line, decimate
from grok_tui.chart.path import thinned_path
from grok_tui.chart.spec import ChartSpec


def trace(spec: ChartSpec, curve: Curve, parts: int) -> tuple[FloatArray, FloatArray]:
    """Return corners of a line that lie in the unit square, both of shape (n,).

    Args:
        spec: the chart, for its axes.
        curve: any number of points.
        parts: parts of the x axis of which each shows its extremes.
    """
    if spec.is_path:
        places = spec.x.unit(curve.steps), spec.y.unit(curve.values)
        return clip_line(*thinned_path(*places, parts))
    return clip_line(*decimate(curve, spec.x, spec.y, parts))
