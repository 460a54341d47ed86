"""A chart of several runs: letters and bands are put on it when it is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from grok_tui.chart.overlay import Strand, lettered, pictured
from grok_tui.chart.panels import Panel
from grok_tui.tui.messages import ChartDrawn
from grok_tui.tui.widgets.chart_panel import ChartPanel


class OverlayPanel(ChartPanel):
    """Shows the lines of several runs, each with its letter."""

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty chart."""
        super().__init__(id=id)
        self._strands: Sequence[Strand] = ()
        self._overlay: Panel | None = None

    def show_strands(self, panel: Panel, strands: Sequence[Strand]) -> None:
        """Show a panel whose lines are these."""
        self._strands, self._overlay = strands, panel
        self.show(panel)

    @property
    def picture(self) -> Panel | None:
        """The chart as it is saved."""
        return pictured(self._overlay, self._strands) if self._overlay is not None else None

    def on_chart_drawn(self, message: ChartDrawn) -> None:
        """Put letters on the chart and paint the rows that changed."""
        message.prevent_default()  # the chart is painted once, below
        if self._overlay is not None:
            raster = lettered(message.raster, self._overlay.spec, self._strands)
            super().on_chart_drawn(ChartDrawn(raster))
