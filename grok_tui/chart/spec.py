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
    """Values over places on the x axis."""
    role: Role
    style: Style = Style.SOLID
    raw: Curve | None = None
    """The same before it was smoothed; drawn behind all lines."""


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart, in data units; later lines are drawn over earlier ones."""

    lines: tuple[Line, ...]
    x: Axis
    y: Axis
    flags: tuple[float, ...] = ()
    """Places at which a vertical mark stands."""
    restarts: tuple[float, ...] = ()
    """Places at which a process took over from an earlier one."""
    left: tuple[Line, ...] = ()
    """Branches that the run left when it went back to a checkpoint; drawn behind all lines."""
    is_path: bool = False
    """Whether places may fall along a line, so that it winds over the chart."""
