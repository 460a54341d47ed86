"""A sweep as a diagram of two settings, live."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from grok_tui.diagram.cells import Quantity, heat
from grok_tui.diagram.lines import lines_of
from grok_tui.diagram.plane import Plane, plane_of
from grok_tui.report.saving import View, sweep_view
from grok_tui.runs.sweep import SweepRecord
from grok_tui.text import safe
from grok_tui.tui import commands, sweeping
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.screens.compare import CompareScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.heat_map import HeatMap
from grok_tui.tui.widgets.key_line import KeyLine
from grok_tui.tui.widgets.overlay_panel import OverlayPanel
from grok_tui.watch.sweeps import Cell, gather
from grok_tui.watch.view import Snapshot


class SweepScreen(SnapshotScreen):
    """Shows what became of each combination of settings."""

    OWN_COMMANDS = commands.SWEEP
    BINDINGS = commands.bindings((*commands.SWEEP, *commands.APP))

    DEFAULT_CSS = """
    SweepScreen {
        #heading {
            height: 1; padding: 0 1; background: $panel; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #shown { height: 1; padding: 0 1; color: $text-muted; }
        #legend { height: auto; padding: 0 1; color: $text-muted; }
        #cell { height: auto; max-height: 4; padding: 0 1; }
        OverlayPanel { display: none; height: 1fr; }
        &.-lines OverlayPanel { display: block; }
        &.-lines HeatMap { display: none; }
    }
    """

    quantity: var[Quantity] = var(Quantity.PHASE, init=False)
    as_lines: var[bool] = var(False, init=False)

    def __init__(self, root: Path, record: SweepRecord, bridge: Bridge) -> None:
        """Show the sweep in this folder."""
        super().__init__(bridge)
        self._root, self._record = root, record
        self._sweep = gather(root, record, lambda _: None)
        self._plane = plane_of(self._sweep)

    def compose(self) -> ComposeResult:
        """Lay out heading, diagram or lines, legend, the chosen cell and footer."""
        yield Static(id="heading")
        yield Static(id="shown")
        yield HeatMap(id="heat")
        yield OverlayPanel(id="lines")
        yield Static(id="legend")
        yield Static(id="cell")
        yield KeyLine()

    def on_mount(self) -> None:
        """Tell of the cell under the cursor."""
        self._map.focus()
        self.watch(self._map, "chosen", self._chosen_changed, init=False)

    def tells_of(self, run: Path) -> bool:
        """Return whether it is one of the sweep's: a message for each would cover the legend."""
        return run.parent == self._root

    @property
    def _map(self) -> HeatMap:
        return self.query_one(HeatMap)

    def show(self, snapshot: Snapshot) -> None:
        """Show the sweep as a snapshot has its runs."""
        known = {run.path: run for run in snapshot.runs}
        self._sweep = gather(self._root, self._record, known.get)
        self._show_all()

    def _show_all(self) -> None:
        if not self._is_ready:
            return
        found = heat(self._sweep, self._plane, self.quantity)
        self._tell("#heading", sweeping.heading(self._sweep))
        self.set_class(self.as_lines, "-lines")
        self._map.show(found)
        if self.as_lines:
            self._tell("#shown", f"{self._record.name} · grok step along {found.column_name}")
            self._show_lines()
        else:
            self._tell("#shown", found.title)
            self._tell("#legend", f"{found.legend}; … seeds to come, ! failed")
        self._show_cell()

    def _show_lines(self) -> None:
        lines = lines_of(self._sweep, self._plane, self._map.chosen[0])
        self.query_one(OverlayPanel).show_strands(lines.panel, lines.strands)
        self._tell("#legend", lines.legend)

    def _chosen_changed(self) -> None:
        self._show_cell()
        if self.as_lines:
            self._show_lines()

    def _cell(self) -> Cell | None:
        place = self._plane.place(*self._map.chosen)
        return next((cell for cell in self._sweep.cells if cell.place == place), None)

    def _show_cell(self) -> None:
        cell = self._cell()
        if cell is not None:
            self._tell("#cell", sweeping.about_cell(self._sweep, self._plane, cell))

    def _tell(self, where: str, said: str) -> None:
        widget = self.query_one(where, Static)
        if Content(said) != widget.content:
            widget.update(Content(said))

    @on(ChartPanel.DrawingWanted)
    def _draw(self, wanted: ChartPanel.DrawingWanted) -> None:
        panel = wanted.panel
        self._bridge.draw(wanted.widget, panel.key, panel.spec, wanted.width, wanted.height)

    def view(self) -> View:
        """Return the diagram, or the lines, as they can be saved."""
        if self.as_lines:
            lines = lines_of(self._sweep, self._plane, self._map.chosen[0])
            return sweep_view(self._sweep, lines.figure)
        return sweep_view(self._sweep, heat(self._sweep, self._plane, self.quantity))

    def watch_quantity(self) -> None:
        """Show the other quantity."""
        self._show_all()

    def watch_as_lines(self) -> None:
        """Show lines, or cells."""
        self.call_after_refresh(self._show_all)

    def action_next_quantity(self) -> None:
        """Colour the cells by what is known of them next."""
        if self.as_lines:
            self._refuse("the lines are of grok steps; v shows the cells")
            return
        ways = list(Quantity)
        self.quantity = ways[(ways.index(self.quantity) + 1) % len(ways)]

    def action_lines(self) -> None:
        """Draw when runs grok along the columns, or show the cells."""
        self.as_lines = not self.as_lines

    def action_turn(self) -> None:
        """Exchange rows and columns; the cursor stays on its cell."""
        if self._plane.row is None:
            self._refuse("this sweep has one axis only")
            return
        row, column = self._map.chosen
        self._take(self._plane.turned())
        self._map.chosen = (column, row)

    def action_next_row(self) -> None:
        """Let another axis go down."""
        if len(self._plane.axes) < 3:
            self._refuse("this sweep has no other axis; x exchanges rows and columns")
            return
        self._take(self._plane.with_next_row())

    def action_cut(self, distance: int) -> None:
        """Cut across the axes that are not shown somewhere else."""
        if not self._plane.others:
            self._refuse("all axes of this sweep are shown")
            return
        self._take(self._plane.moved(distance))

    def _take(self, plane: Plane) -> None:
        self._plane = plane
        self._show_all()

    def action_cursor(self, down: int, across: int) -> None:
        """Choose another cell."""
        self._map.move(down, across)

    def action_open_cell(self) -> None:
        """Open the run of the chosen cell, or compare its seeds."""
        cell = self._cell()
        if cell is None or not cell.runs:
            self._refuse("this cell has no runs yet")
        elif len(cell.runs) == 1:
            self.app.push_screen(RunScreen(cell.runs[0].path, self._bridge))
        else:
            self.app.push_screen(CompareScreen([run.path for run in cell.runs], self._bridge))

    def on_heat_map_opened(self, _message: HeatMap.Opened) -> None:
        """Open the cell that was clicked twice."""
        self.action_open_cell()

    def action_back(self) -> None:
        """Go back to where it was opened."""
        self.app.pop_screen()

    def _refuse(self, reason: str) -> None:
        self.notify(safe(reason), severity="warning", markup=False)
