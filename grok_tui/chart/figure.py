"""A picture of several charts, as one would put it into a paper: what is on it."""

from __future__ import annotations

from dataclasses import dataclass

from grok_tui.analysis.phases import Phase
from grok_tui.chart.panels import Panel


@dataclass(frozen=True, slots=True)
class Figure:
    """Charts with what stands above and below them; all texts are safe to show."""

    title: str
    panels: tuple[Panel, ...]
    caption: str = ""
    phases: tuple[Phase, ...] = ()
    """They stand below each column of charts, on the x axis of the lowest one."""
    has_grokked: bool = False
    """Whether a rise among the phases was a delayed one."""
