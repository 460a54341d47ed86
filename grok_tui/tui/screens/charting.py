"""Which charts of a run are shown, over what, and on which scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs
from textual import on
from textual.message import Message

from grok_tui.analysis.across import STEP, choices
from grok_tui.analysis.measures import Measure, measures_of
from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import label
from grok_tui.chart.board import SMOOTHING, Board, Choices, Source
from grok_tui.chart.catalogue import COMPLEXITY, MAIN, chart_of, charts_of, grid
from grok_tui.chart.panels import Look, Panel
from grok_tui.chart.window import Window, windowed
from grok_tui.paths import state_file
from grok_tui.runs.layout import RunPaths, is_run
from grok_tui.runs.sessions import left_branches, restarts, sessions
from grok_tui.text import safe
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.memory import remember, remembered
from grok_tui.tui.messages import BoardBuilt, SessionsRead
from grok_tui.tui.screens.pick import PickScreen
from grok_tui.tui.screens.steering import SteeringScreen
from grok_tui.tui.widgets.chart_grid import ChartGrid
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.watch.view import RunView

MOST_PARTS = 20
"""Parts of a network whose share in a measure is told."""


class ChartingScreen(SteeringScreen):
    """A screen of one run that shows its charts in a `ChartGrid`."""

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Show the charts of the run in this directory, as somebody liked to see them."""
        super().__init__(path, bridge)
        self._grid = remembered(state_file("grid.json"))
        self._choices = Choices(log_x=self._grid.log_x, log_y=self._grid.log_y)
        self._board: Board | None = None
        self._chosen = 0
        """The chart that keys act on, counted over all pages."""
        self._is_enlarged = False
        self._restarts: tuple[float, ...] = ()
        self._branches: tuple[Mapping[str, Curve], ...] = ()
        self._shows_branches = False

    @property
    def _charts(self) -> ChartGrid:
        return self.query_one(ChartGrid)

    @property
    def _all_keys(self) -> list[str]:
        """The charts of all pages."""
        run = self._run
        there = charts_of(run.curves) if run else []
        if run is None or run.config:  # a run of ours will have these
            there = [*MAIN, *(key for key in there if key not in MAIN)]
        asked = self._grid.charts or tuple(map(chart_of, self._bridge.usual_charts))
        return grid(asked, there)

    def _keys(self) -> tuple[tuple[str, ...], int]:
        """Return the charts of the present page, and which of them is chosen."""
        keys = self._all_keys
        self._chosen = min(self._chosen, len(keys) - 1)
        if self._is_enlarged:
            return (keys[self._chosen],), 0
        count = self._charts.capacity
        page, number = divmod(self._chosen, count)
        return tuple(keys[page * count : (page + 1) * count]), number

    def draw(self) -> None:
        """Have the charts prepared anew; they are shown when they are."""
        run = self._run
        if run is None:
            return
        keys, number = self._keys()
        self._choices = replace(self._choices, keys=keys)
        source = Source(
            curves=run.curves,
            times=run.times,
            verdict=run.verdict,
            planned=run.steps,
            restarts=self._restarts,
            branches=self._branches if self._shows_branches else (),
        )
        self._bridge.build(self, source, self._choices, self._board)
        self._charts.choose(number)

    def find_sessions(self) -> None:
        """Have it read where the run was taken up again."""
        paths, with_branches = RunPaths(self._path), self._shows_branches

        def job() -> Message:
            try:  # of other programs' logs, what was superseded is left out where they are read
                found = sessions(paths) if is_run(paths.root) else []
                branches = left_branches(found) if with_branches else None
            except OSError as error:
                return SessionsRead((), problem=safe(error.strerror or error))
            return SessionsRead(restarts(found), branches)

        self._bridge.read(job, self)

    def on_sessions_read(self, message: SessionsRead) -> None:
        """Show restarts, and the branches if they were asked for."""
        if message.problem is not None:
            self._refuse(f"its sessions cannot be read: {message.problem}")
        changed = message.restarts != self._restarts or message.branches is not None
        self._restarts = message.restarts
        if message.branches is not None:
            self._branches = message.branches
            if not message.branches:
                self._shows_branches = False
                self._refuse("it never went back: there is no branch that it left")
        if changed:
            self.draw()

    def action_branches(self) -> None:
        """Show what the run recorded and then left by going back, or hide it."""
        self._shows_branches = not self._shows_branches
        if self._shows_branches:
            self.find_sessions()
        else:
            self.draw()

    def on_board_built(self, message: BoardBuilt) -> None:
        """Show charts that were prepared, unless other ones were asked for meanwhile."""
        if message.problem is not None:
            self._refuse(f"the charts cannot be prepared: {message.problem}")
        is_old = message.board is None or message.choices is not self._choices
        if is_old or message.board is None or self._run is None or not self.query(ChartGrid):
            return
        self._board = message.board
        self._choices = replace(self._choices, window=message.board.window)
        self._charts.show(message.board, self._run.verdict)
        self.show_cursor()

    def on_resize(self) -> None:
        """Show as many charts as fit now."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self._is_ready and self._keys()[0] != self._choices.keys:
            self.draw()

    @on(ChartPanel.DrawingWanted)
    def _draw_panel(self, wanted: ChartPanel.DrawingWanted) -> None:
        key = wanted.widget.id or wanted.panel.key
        self._bridge.draw(wanted.widget, key, wanted.panel.spec, wanted.width, wanted.height)

    def show_status(self) -> None:
        """Show what the status line says."""
        raise NotImplementedError

    def show_cursor(self) -> None:
        """Show the cursor where it stands, once charts were drawn."""
        raise NotImplementedError

    def _look(self) -> Look:
        """Return how the charts are to be looked at, also before they are drawn so."""
        assert self._board is not None
        look = self._board.look
        return replace(look, x=windowed(look.full, self._choices.window))

    def _look_at(self, window: Window | None) -> None:
        self._choices = replace(self._choices, window=window)
        self.draw()

    def action_log_x(self) -> None:
        """Switch the x axis."""
        self._choices = replace(self._choices, log_x=not self._choices.log_x, window=None)
        if self._choices.across == STEP:
            self._remember(log_x=self._choices.log_x)
        self.draw()

    def action_log_y(self) -> None:
        """Switch the y axis of the chosen chart."""
        panel = self._chosen_panel()
        if panel is None:
            return
        if panel.spec.y.ends is not None:
            self._refuse("several measures are on it, each in its own range; m shows one alone")
            return
        log_y = {**self._choices.log_y, panel.key: panel.spec.y.scale != "log"}
        self._choices = replace(self._choices, log_y=log_y)
        self._remember(log_y=log_y)
        self.draw()

    def action_pick_x(self) -> None:
        """Ask what the x axis is to count."""
        run = self._run
        if run is None or not self._has_charts():
            return

        def answered(picked: tuple[str, ...] | None) -> None:
            if picked:
                is_steps = picked[0] == STEP
                log_x = is_steps and self._grid.log_x
                self._choices = replace(self._choices, across=picked[0], log_x=log_x, window=None)
                self.draw()

        there = choices(run.curves, run.times)
        here = (self._choices.across,)
        self.app.push_screen(PickScreen("x axis", there, here, is_single=True), answered)

    def action_smooth(self) -> None:
        """Smooth more; after the strongest, not at all."""
        smoothing = (self._choices.smoothing + 1) % len(SMOOTHING)
        self._choices = replace(self._choices, smoothing=smoothing)
        share = SMOOTHING[smoothing]
        said = "no smoothing"
        if share is not None:
            said = (
                f"smoothed (≈): a point counts half after {share:.1%} of the x axis; dots are raw"
            )
        self.notify(said, timeout=4)
        self.draw()

    def _has_charts(self) -> bool:
        """Return whether there is anything to act on, and say so where there is not."""
        if self._board is None or not len(self._board.steps):
            self._refuse("there are no data yet")
            return False
        return True

    def _chosen_panel(self) -> Panel | None:
        if not self._has_charts():
            return None
        assert self._board is not None
        number = self._keys()[1]
        return self._board.panels[number] if number < len(self._board.panels) else None

    def action_next_chart(self) -> None:
        """Choose the next chart; after the last one of a page, turn it."""
        self._choose(self._chosen + 1)

    def action_previous_chart(self) -> None:
        """Choose the chart before."""
        self._choose(self._chosen - 1)

    def action_next_page(self) -> None:
        """Show the next page of charts."""
        self._turn(1)

    def action_previous_page(self) -> None:
        """Show the page of charts before."""
        self._turn(-1)

    def _turn(self, pages: int) -> None:
        count, all_count = len(self._choices.keys), len(self._all_keys)
        if count >= all_count:
            self._refuse("all charts are on the screen; / picks others")
            return
        size = 1 if self._is_enlarged else self._charts.capacity
        page_count = -(-all_count // size)
        self._choose((self._chosen // size + pages) % page_count * size)

    def _choose(self, number: int) -> None:
        self._chosen = number % len(self._all_keys)
        keys, on_page = self._keys()
        if keys != self._choices.keys:
            self.draw()
        self._charts.choose(on_page)
        self.show_status()

    def action_enlarge(self) -> None:
        """Show the chosen chart alone, or all again."""
        self._is_enlarged = not self._is_enlarged
        self.draw()

    def action_pick_charts(self) -> None:
        """Ask which charts to show."""
        run = self._run
        if run is None:
            return
        there = charts_of(run.curves)
        there = [*(key for key in MAIN if key not in there), *there] if run.config else there
        if not there:
            self._refuse("there are no data yet")
            return

        def answered(picked: tuple[str, ...] | None) -> None:
            if picked:
                self._chosen, self._is_enlarged = 0, False
                is_usual = picked == MAIN and not self._bridge.usual_charts
                self._remember(charts=() if is_usual else picked)
                self.draw()

        self.app.push_screen(PickScreen("charts", there, self._all_keys), answered)

    def _remember(self, **changes: Any) -> None:
        self._grid = grown = structs.replace(self._grid, **changes)
        self._bridge.do(
            lambda: remember(state_file("grid.json"), grown),
            lambda error: self._refuse(f"this is not remembered: {error}"),
        )

    @property
    def about(self) -> str:
        """What the measure that is shown alone says and does not say; nothing without one."""
        run = self._run
        measure = self._measure(run) if run is not None else None
        if run is None or measure is None:
            return ""
        flowing = measure.about.replace("\n", " ")
        newest = [f"{name} {label(value)}" for name, value in measure.parts(run.curves).items()]
        parts = f"\nNow: {', '.join(newest[:MOST_PARTS])}." if newest else ""
        return f"{measure.name}: {flowing}{parts}"

    def _measure(self, run: RunView) -> Measure | None:
        """Return the measure of complexity that is shown alone, if one is."""
        return next((m for m in measures_of(run.curves) if m.name == self._choices.measure), None)

    def action_next_measure(self) -> None:
        """Show the next measure of complexity alone; after the last one, the main ones."""
        if self._run is None:
            return
        if COMPLEXITY not in self._choices.keys:
            self._refuse("the complexity chart is not on the screen; / picks charts")
            return
        names = ["", *(measure.name for measure in measures_of(self._run.curves))]
        at = names.index(self._choices.measure) if self._choices.measure in names else 0
        self._choices = replace(self._choices, measure=names[(at + 1) % len(names)])
        self.draw()
