"""Runs beside each other: their curves on one chart, when they grokked, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Grid, VerticalScroll
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from grok_tui.analysis.seeds import QUARTILES_FROM
from grok_tui.chart.figure import Figure
from grok_tui.chart.overlay import Strand, look, overlay_panel, x_axis
from grok_tui.report.saving import View, table
from grok_tui.text import safe
from grok_tui.tui import commands, comparing
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.key_line import KeyLine
from grok_tui.tui.widgets.overlay_panel import OverlayPanel
from grok_tui.watch.comparison import (
    MOST_DRAWN,
    Alignment,
    Compared,
    aligned,
    band_of,
    by_setting,
    curve_of,
    metrics,
    one_by_one,
    why_left_out,
)
from grok_tui.watch.view import RunView, Snapshot

MOST_CHARTS = 6
WIDE = 120
"""Columns from which on the words stand beside the charts."""
X_WORDS = {
    Alignment.STEP: ("step", "step"),
    Alignment.TIME: ("seconds since the first row", "seconds since the first row"),
    Alignment.MEMORISED: ("× memorised step", "steps after memorising"),
    Alignment.GROKKED: ("× grok step", "steps after grokking"),
}
"""What stands on the x axis, logarithmic and linear."""


class CompareScreen(SnapshotScreen):
    """Overlays runs."""

    OWN_COMMANDS = commands.COMPARE
    BINDINGS = commands.bindings((*commands.COMPARE, *commands.APP))

    DEFAULT_CSS = """
    CompareScreen {
        #heading {
            height: 1; padding: 0 1; background: $panel; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #body { layout: vertical; height: 1fr; }
        #words { height: 9; padding: 0 1; }
        Grid { grid-size: 1; height: 1fr; }
        &.-all Grid { grid-size: 2; }
        &.-wide #body { layout: horizontal; }
        &.-wide #words { width: 52; height: 1fr; }
        .title { color: $text-muted; text-style: bold; height: 1; }
        Static { height: auto; }
        ChartPanel { display: none; }
    }
    """

    metric: var[int] = var(0, init=False)
    """Which of the metrics is shown, if one is."""
    shows_all: var[bool] = var(False, init=False)
    log_x: var[bool] = var(True, init=False)
    as_seeds: var[bool] = var(False, init=False)
    """Whether the runs of one setting are one line with a band."""
    alignment: var[Alignment] = var(Alignment.STEP, init=False)

    def __init__(self, paths: Sequence[Path], bridge: Bridge) -> None:
        """Compare the runs in these directories."""
        super().__init__(bridge)
        self._paths = list(paths)
        self._runs: list[RunView] = []
        self._metrics: list[str] = []
        self._seen: list[object] = []
        if len(paths) > MOST_DRAWN:  # so many lines nobody can tell apart
            self.set_reactive(CompareScreen.as_seeds, True)

    def compose(self) -> ComposeResult:
        """Lay out heading, charts, words and footer."""
        yield Static(id="heading")
        with Container(id="body"):
            with Grid():
                for number in range(MOST_CHARTS):
                    yield OverlayPanel(id=f"overlay-{number}")
            with VerticalScroll(id="words", can_focus=False):
                yield Static(id="legend")
                yield Static("when they grokked", classes="title")
                yield Static(id="dates")
                yield Static("settings that differ", classes="title")
                yield Static(id="settings")
        yield KeyLine()

    def on_mount(self) -> None:
        """Have the whole curves of all these runs."""
        self._bridge.keep(self._paths)

    def on_unmount(self) -> None:
        """Let those go that nobody else looks at."""
        self._bridge.keep(())

    def on_resize(self, event: events.Resize) -> None:
        """Put the words beside the charts where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._show_all)

    def show(self, snapshot: Snapshot) -> None:
        """Show the runs as they are in a snapshot."""
        found = {run.path: run for run in snapshot.runs}
        self._runs = [found[path] for path in self._paths if path in found]
        seen: list[object] = []
        for run in self._runs:
            seen += (run.curves, run.verdict, run.notes, run.config, run.status.state)
        if len(seen) != len(self._seen) or any(
            new is not old for new, old in zip(seen, self._seen, strict=True)
        ):
            self._seen = seen
            self._metrics = metrics(self._runs)
            self._show_all()

    def view(self) -> View | None:
        """Return the charts that are shown, and all numbers of their metrics over steps."""
        shown = [panel.picture for panel in self.query(OverlayPanel) if panel.display]
        panels = tuple(panel for panel in shown if panel is not None)
        if not self._runs or not panels:
            return None
        compared = self._compared
        words = [comparing.said_of(each, self._left_out(compared)) for each in compared]
        curves = {
            f"{run.id} {panel.title}": curve_of(run, panel.title)
            for panel in panels
            for run in self._runs
        }
        figure = Figure(safe(self._heading(), 300), panels, safe("; ".join(words), 4000))
        return View("comparison", figure, lambda: table(curves))

    @property
    def _compared(self) -> list[Compared]:
        return by_setting(self._runs) if self.as_seeds else one_by_one(self._runs)

    def _show_all(self) -> None:
        if not self._is_ready:
            return
        compared = self._compared
        left_out = self._left_out(compared)
        self._show_charts([each for each in compared if each.letter not in left_out], compared)
        self._show_words(compared, left_out)
        self.query_one("#heading", Static).update(Content(self._heading()), layout=False)

    def _left_out(self, compared: Sequence[Compared]) -> dict[str, str]:
        """Return why some are not drawn, by their letters."""
        reasons = {}
        for each in compared:
            missing = [why_left_out(run, self.alignment) for run in each.runs]
            if all(missing):
                reasons[each.letter] = str(missing[0])
        return reasons

    def _show_charts(self, drawn: Sequence[Compared], compared: Sequence[Compared]) -> None:
        shown = self._metrics[:MOST_CHARTS] if self.shows_all else [self._metric]
        self.set_class(self.shows_all, "-all")
        looks = {each.letter: number for number, each in enumerate(compared)}
        for number, panel in enumerate(self.query(OverlayPanel)):
            panel.display = number < len(shown)
            if number < len(shown):
                strands = [self._strand(each, looks[each.letter], shown[number]) for each in drawn]
                curves = [strand.curve for strand in strands]
                is_step = self.alignment is Alignment.STEP
                x = x_axis(curves, log=self.log_x, from_one=is_step)
                title = shown[number]
                panel.show_strands(overlay_panel(f"overlay-{number}", title, strands, x), strands)

    def _strand(self, each: Compared, number: int, metric: str) -> Strand:
        role, style = look(number)
        if len(each.runs) == 1:
            run = each.runs[0]
            curve = aligned(run, curve_of(run, metric), self.alignment, log=self.log_x)
            return Strand(each.letter, curve, role, style)
        band = band_of(each, metric, self.alignment, log=self.log_x)
        return Strand(each.letter, band.middle, role, style, (band.low, band.high))

    def _show_words(self, compared: Sequence[Compared], left_out: dict[str, str]) -> None:
        words = self.query_one("#words", VerticalScroll)
        width = max(words.scrollable_content_region.width, 20)
        self._tell("#legend", comparing.legend(compared, left_out, width))
        groups = compared if self.as_seeds else by_setting(self._runs)
        self._tell("#dates", comparing.dates_words(groups, width, letters=self.as_seeds))
        self._tell("#settings", comparing.settings_table(compared))

    def _tell(self, where: str, said: Content) -> None:
        widget = self.query_one(where, Static)
        if said != widget.content:
            widget.update(said)

    @property
    def _metric(self) -> str:
        return self._metrics[self.metric % len(self._metrics)] if self._metrics else "no curves"

    def _heading(self) -> str:
        x = X_WORDS[self.alignment][0 if self.log_x else 1]
        what = "all charts" if self.shows_all else self._metric
        more = len(self._runs) - MOST_DRAWN if not self.as_seeds else 0
        parts = [
            f"compare {len(self._runs)} runs",
            what,
            f"x: {x} ({'log' if self.log_x else 'linear'})",
            *([self._band_words] if self.as_seeds else []),
            *([f"{more} more are not drawn: s draws settings"] if more > 0 else []),
        ]
        return " · ".join(parts)

    @property
    def _band_words(self) -> str:
        most = max((len(each.runs) for each in by_setting(self._runs)), default=0)
        return f"seeds: median, {'middle half' if most >= QUARTILES_FROM else 'lowest to highest'}"

    @on(ChartPanel.DrawingWanted)
    def _draw(self, wanted: ChartPanel.DrawingWanted) -> None:
        panel = wanted.panel
        self._bridge.draw(wanted.widget, panel.key, panel.spec, wanted.width, wanted.height)

    def watch_metric(self) -> None:
        """Draw the other metric."""
        self._show_all()

    watch_shows_all = watch_log_x = watch_as_seeds = watch_alignment = watch_metric

    def action_next_chart(self) -> None:
        """Show the next metric."""
        if self.shows_all:
            self._refuse("all charts are shown; a shows one")
        else:
            self.metric = (self.metric + 1) % max(len(self._metrics), 1)

    def action_all_charts(self) -> None:
        """Show all metrics, or one."""
        self.shows_all = not self.shows_all

    def action_log_x(self) -> None:
        """Switch the x axis."""
        self.log_x = not self.log_x

    def action_seeds(self) -> None:
        """Draw the runs of one setting as median and band, or each run."""
        if not self.as_seeds and len(by_setting(self._runs)) == len(self._runs):
            self._refuse("no two of these runs have one setting: there is no band to draw")
            return
        self.as_seeds = not self.as_seeds

    def action_align(self) -> None:
        """Put something else on the x axis; what no run has is skipped, and said so."""
        ways = list(Alignment)
        at = ways.index(self.alignment)
        for way in (ways[(at + step) % len(ways)] for step in range(1, len(ways) + 1)):
            reasons = [why_left_out(run, way) for run in self._runs]
            if not all(reasons):
                self.alignment = way
                return
            self._refuse(f"not aligned by {way}: no run can be, {reasons[0]}")

    def action_scroll_words(self, rows: int) -> None:
        """Scroll legend, dates and settings."""
        words = self.query_one("#words", VerticalScroll)
        if not words.max_scroll_y:
            self._refuse("all of it is shown already")
        words.scroll_relative(y=rows, animate=False)

    def action_back(self) -> None:
        """Go back to the list of runs."""
        self.app.pop_screen()

    def _refuse(self, reason: str) -> None:
        self.notify(safe(reason), severity="warning", markup=False)
