"""A chart with a title line. It is drawn elsewhere; here only the changed rows are painted."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.chart.palette import Role
from grok_tui.chart.panels import Panel
from grok_tui.chart.raster import Raster
from grok_tui.tui.messages import ChartDrawn


class ChartPanel(Widget):
    """Title with newest values in the first row, the chart below.

    | Component class | What it colours |
    |---|---|
    | `chart--axis` | axis, ticks and title |
    | `chart--train` … `chart--flag` | the curves and the flag |
    """

    COMPONENT_CLASSES = {"chart--axis", *(f"chart--{role}" for role in Role)}

    DEFAULT_CSS = """
    ChartPanel {
        .chart--axis { color: $text-muted; }
        .chart--train { color: $curve-train; }
        .chart--test { color: $curve-test; }
        .chart--gap { color: $curve-gap; }
        .chart--complexity { color: $curve-complexity; }
        .chart--norm { color: $curve-norm; }
        .chart--rank { color: $curve-rank; }
        .chart--flag { color: $flag; text-style: bold; }
    }
    """

    class DrawingWanted(Message):
        """The chart must be drawn, in the size that the widget has now."""

        def __init__(self, widget: ChartPanel, panel: Panel, width: int, height: int) -> None:
            """Ask for `panel` in `width` columns and `height` rows."""
            super().__init__()
            self.widget = widget
            self.panel = panel
            self.width = width
            self.height = height

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty chart."""
        super().__init__(id=id)
        self._panel: Panel | None = None
        self._raster: Raster | None = None

    def show(self, panel: Panel) -> None:
        """Show a panel's title now, and its chart when it is drawn."""
        old, self._panel = self._panel, panel
        if old is None or (old.title, old.legend) != (panel.title, panel.legend):
            self.refresh(Region(0, 0, self.size.width, 1))
        if old is None or old.spec != panel.spec:
            self._want_drawing()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw anew in the new size."""
        self._want_drawing()

    def _want_drawing(self) -> None:
        if self._panel is not None and self.size.height > 1:
            width, height = self.size.width, self.size.height - 1
            panel = self._panel.fitting(width)
            self.post_message(self.DrawingWanted(self, panel, width, height))

    def on_chart_drawn(self, message: ChartDrawn) -> None:
        """Paint the rows that changed."""
        rows = message.raster.changed_rows(self._raster)
        self._raster = message.raster
        if rows:
            self.refresh(*(Region(0, 1 + row, self.size.width, 1) for row in rows))

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        if y == 0:
            segments = self._title_segments()
        elif self._raster is not None and y - 1 < len(self._raster.rows):
            segments = [Segment(t, self._style(r)) for t, r in self._raster.rows[y - 1]]
        else:
            segments = []
        blank = self.rich_style
        return Strip(segments).adjust_cell_length(self.size.width, blank).apply_style(blank)

    def _title_segments(self) -> list[Segment]:
        axis = self._style(None)
        if self._panel is None:
            return []
        panel = self._panel.fitting(self.size.width)
        segments = [Segment(panel.heading, axis)]
        used = segments[0].cell_length
        for entry in panel.legend:
            words = Segment(f" {entry.words} ", self._style(entry.role))
            if used + words.cell_length > self.size.width:
                break  # half a number would be another number
            segments.append(words)
            used += words.cell_length
        segments.append(Segment("─" * max(self.size.width - used - 1, 0), axis))
        return segments

    def _style(self, role: Role | None) -> Style:
        return self.get_component_rich_style(f"chart--{role or 'axis'}")
