"""Up to six charts in rows and columns, with the run's phases under each column."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid, Vertical

from grok_tui.analysis.phases import Phase, phases
from grok_tui.analysis.verdict import Verdict
from grok_tui.chart.board import Board
from grok_tui.chart.shape import MOST_CHARTS, MOST_COLUMNS, capacity, shape
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.ribbon import Ribbon


class ChartGrid(Vertical):
    """Has a fixed number of charts, of which it shows as many as it is given."""

    DEFAULT_CSS = """
    ChartGrid {
        height: 1fr;
        Grid { grid-gutter: 0 1; height: 1fr; }
        #ribbons { grid-rows: 1; height: 1; }
    }
    """

    def __init__(self) -> None:
        """Make a grid without charts."""
        super().__init__()
        self._count = 0

    def compose(self) -> ComposeResult:
        """Lay out all charts there can be, hidden."""
        with Grid(id="charts"):
            for number in range(MOST_CHARTS):
                yield ChartPanel(id=f"chart-{number}")
        with Grid(id="ribbons"):
            for number in range(MOST_COLUMNS):
                yield Ribbon(id=f"ribbon-{number}")

    @property
    def capacity(self) -> int:
        """How many charts fit at once."""
        return capacity(self.size.width, self.size.height - 1)

    @property
    def panels(self) -> list[ChartPanel]:
        """The charts that are shown."""
        return [panel for panel in self.query(ChartPanel) if panel.display]

    def on_mount(self) -> None:
        """Begin with nothing."""
        self._arrange()

    def on_resize(self, _event: events.Resize) -> None:
        """Stand in rows and columns that suit the new size."""
        self._arrange()

    def show(self, board: Board, verdict: Verdict) -> None:
        """Show charts, and the phases on their axis."""
        if self._count != len(board.panels):
            self._count = len(board.panels)
            self._arrange()
        for widget, panel in zip(self.query(ChartPanel), board.panels, strict=False):
            widget.show(panel)
        placed = _placed(phases(verdict), board)
        for ribbon in self.query(Ribbon):
            ribbon.show(placed, board.look.x, has_grokked=verdict.grok is not None)

    def point(self, step: float | None, place: float = 0.0) -> None:
        """Put the cursor of all charts at a step, or drop it."""
        for widget in self.panels:
            widget.point(step, place)

    def choose(self, number: int) -> None:
        """Say which of the shown charts keys act on."""
        for index, widget in enumerate(self.query(ChartPanel)):
            widget.choose(index == number)

    def _arrange(self) -> None:
        rows, columns = shape(self._count, self.size.width, max(self.size.height - 1, 1))
        for grid, count in (("#charts", rows), ("#ribbons", 1)):
            styles = self.query_one(grid, Grid).styles
            styles.grid_size_rows, styles.grid_size_columns = count, columns
        for number, panel in enumerate(self.query(ChartPanel)):
            panel.display = number < self._count
        for number, ribbon in enumerate(self.query(Ribbon)):
            ribbon.display = number < columns


def _placed(found: Sequence[Phase], board: Board) -> list[Phase]:
    """Return phases over what the x axis counts; none where its values mean no single moment."""
    over = board.look.across
    if not over.is_rising:
        return []
    return [Phase(phase.kind, over.near(phase.start), over.near(phase.end)) for phase in found]
