"""What a chart shows: curves, axes and marks, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.palette import Role


@dataclass(frozen=True, slots=True)
class Line:
    """One curve."""

    curve: Curve
    role: Role
    dotted: bool = False
    """Drawn as dots, to be told apart from a line without colour."""


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart, in data units; later lines are drawn over earlier ones."""

    lines: tuple[Line, ...]
    x: Axis
    y: Axis
    flags: tuple[float, ...] = ()
    """Steps at which a vertical mark stands."""
