"""What a chart shows: curves, axes and marks, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.palette import Role


class Style(StrEnum):
    """How a curve is drawn, so that curves are told apart without colour."""

    SOLID = "━"
    DOTTED = "┅"
    CROSSES = "×"
    """A cross at some of its points."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve."""

    curve: Curve
    role: Role
    style: Style = Style.SOLID


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart, in data units; later lines are drawn over earlier ones."""

    lines: tuple[Line, ...]
    x: Axis
    y: Axis
    flags: tuple[float, ...] = ()
    """Steps at which a vertical mark stands."""
