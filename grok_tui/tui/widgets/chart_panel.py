"""A chart with a title line. It is drawn elsewhere; here only the changed rows are painted."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.analysis.wording import steps
from grok_tui.chart.draw import MARGIN, column_of
from grok_tui.chart.palette import Role
from grok_tui.chart.panels import Panel
from grok_tui.chart.plotext_backend import AXIS_ROWS
from grok_tui.chart.raster import Raster
from grok_tui.tui.messages import ChartDrawn

CURSOR = "│"
CHOSEN = "▸"


class ChartPanel(Widget):
    """Title with newest values in the first row, the chart below.

    | Component class | What it colours |
    |---|---|
    | `chart--axis` | axis, ticks and title |
    | `chart--chosen` | the title of the chart that keys act on |
    | `chart--note` | what cannot be seen on the chart |
    | `chart--cursor` | the column of the cursor |
    | `chart--train` … `chart--raw` | the curves and the flag |
    """

    COMPONENT_CLASSES = {
        "chart--axis",
        "chart--chosen",
        "chart--note",
        "chart--cursor",
        *(f"chart--{role}" for role in Role),
    }

    DEFAULT_CSS = """
    ChartPanel {
        .chart--axis { color: $text-muted; }
        .chart--chosen { color: $text; text-style: bold; }
        .chart--note { color: $text-warning; }
        .chart--cursor { color: $text; background: $primary 40%; }
        .chart--train { color: $curve-train; }
        .chart--test { color: $curve-test; }
        .chart--gap { color: $curve-gap; }
        .chart--complexity { color: $curve-complexity; }
        .chart--norm { color: $curve-norm; }
        .chart--rank { color: $curve-rank; }
        .chart--flag { color: $flag; text-style: bold; }
        .chart--raw { color: $text-disabled; }
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

    class Pointed(Message):
        """The mouse pressed a chart, at a place 0…1 of its x axis."""

        def __init__(self, widget: ChartPanel, place: float) -> None:
            """Tell of the chart and the place."""
            super().__init__()
            self.widget, self.place = widget, place

    class Dragged(Message):
        """The mouse dragged a chart by a share of its width."""

        def __init__(self, share: float) -> None:
            """Tell how far; above 0 to the right."""
            super().__init__()
            self.share = share

    class Wheeled(Message):
        """The wheel was turned over a place of the x axis."""

        def __init__(self, place: float, *, is_up: bool) -> None:
            """Tell of the place, and which way."""
            super().__init__()
            self.place, self.is_up = place, is_up

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty chart."""
        super().__init__(id=id)
        self._panel: Panel | None = None
        self._raster: Raster | None = None
        self._cursor: tuple[float, float] | None = None
        self._is_chosen = False
        self._title: list[tuple[str, str]] = []
        self._drag_from: int | None = None
        self._fits = Size(0, 0)
        """The size that it was drawn for."""

    @property
    def panel(self) -> Panel | None:
        """What it shows."""
        return self._panel

    @property
    def columns(self) -> int:
        """Columns of its canvas."""
        return max(self.size.width - MARGIN, 1)

    def show(self, panel: Panel) -> None:
        """Show a panel's title now, and its chart when it is drawn."""
        old, self._panel = self._panel, panel
        self._show_title()
        if old is None or old.spec != panel.spec:
            self._want_drawing()

    def point(self, step: float | None, place: float = 0.0) -> None:
        """Put the cursor at a step, which lies at a place of the x axis; without one, drop it."""
        cursor = None if step is None else (step, place)
        if cursor == self._cursor:
            return
        before, self._cursor = self._cursor_column(), cursor
        self._show_title()
        changed = {before, self._cursor_column()}
        if len(changed) > 1:
            rows = self.size.height - 1 - AXIS_ROWS
            regions = [
                Region(MARGIN + column, 1, 1, rows) for column in changed if column is not None
            ]
            self.refresh(*regions)

    def choose(self, is_chosen: bool) -> None:
        """Say whether keys act on this chart."""
        if is_chosen != self._is_chosen:
            self._is_chosen = is_chosen
            self._show_title()

    def on_mount(self) -> None:
        """Look at its size after each layout: Textual's Resize is lost now and then.

        That happens where somebody asks for a region between a change and the layout after it.
        """
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _screen: self._fit())

    def on_resize(self) -> None:
        """Draw anew in the new size."""
        self._fit()

    def _fit(self) -> None:
        if self.size != self._fits:
            self._fits = self.size
            self._show_title()
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

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor where the mouse is, and begin to drag."""
        self._drag_from = event.x
        self.capture_mouse()
        self.post_message(self.Pointed(self, self._place(event.x)))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the view with the mouse while a button is held."""
        if self._drag_from is not None and event.x != self._drag_from:
            self.post_message(self.Dragged((event.x - self._drag_from) / self.columns))
            self._drag_from = event.x

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """End a drag."""
        self._drag_from = None
        self.release_mouse()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in where the mouse is."""
        self.post_message(self.Wheeled(self._place(event.x), is_up=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out where the mouse is."""
        self.post_message(self.Wheeled(self._place(event.x), is_up=False))

    def _place(self, x: int) -> float:
        return min(max((x - MARGIN + 0.5) / self.columns, 0.0), 1.0)

    def _cursor_column(self) -> int | None:
        if self._cursor is None or self._panel is None:
            return None
        return column_of(self._panel.spec.x.place(self._cursor[1]), self.columns)

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        blank = self.rich_style
        if y == 0:
            segments = [Segment(text, self._style(name)) for text, name in self._title]
        elif self._raster is not None and y - 1 < len(self._raster.rows):
            segments = [Segment(t, self._style(r or "axis")) for t, r in self._raster.rows[y - 1]]
        else:
            segments = []
        strip = Strip(segments).adjust_cell_length(self.size.width, blank)
        column = self._cursor_column()
        if column is not None and 0 < y < self.size.height - AXIS_ROWS:
            strip = self._with_cursor(strip, MARGIN + column)
        return strip.apply_style(blank)

    def _with_cursor(self, strip: Strip, at: int) -> Strip:
        """Return a row with the cursor in it; what is drawn there stays."""
        here = strip.crop(at, at + 1)
        style = self._style("cursor")
        if not here.text.strip(" \u2800"):
            here = Strip([Segment(CURSOR, style)])
        else:
            cells = [Segment(s.text, (s.style or Style()) + style.background_style) for s in here]
            here = Strip(cells)
        return Strip.join([strip.crop(0, at), here, strip.crop(at + 1)])

    def _show_title(self) -> None:
        title = self._title_parts()
        if title != self._title:
            self._title = title
            self.refresh(Region(0, 0, self.size.width, 1))

    def _title_parts(self) -> list[tuple[str, str]]:
        """Return texts and what colours them: as many values as there is room for."""
        if self._panel is None:
            return []
        width = self.size.width
        panel = self._panel.fitting(width)
        step = self._cursor[0] if self._cursor else None
        heading = CHOSEN + panel.heading[1:] if self._is_chosen else panel.heading
        words = [(entry.words_at(step), str(entry.role)) for entry in panel.legend]
        short = [(text.partition(" ≈")[0], role) for text, role in words]
        notes = [(f"{note}!", "note") for note in panel.notes]
        where = f"@{steps(step)} " if step is not None else ""
        for said, at in ((words, where), (short, where), (short, "")):
            entries, start = [*said, *notes], len(heading) + len(at)
            if start + sum(len(text) + 2 for text, _ in entries) <= width:
                break  # the status line tells the step, too
        parts = [(heading, "chosen" if self._is_chosen else "axis"), (at, "chosen")]
        used = start
        for text, role in entries:
            if used + len(text) + 2 > width:
                break  # half a number would be another number
            parts.append((f" {text} ", role))
            used += len(text) + 2
        return [*parts, ("─" * max(width - used - 1, 0), "axis")]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"chart--{name}")
