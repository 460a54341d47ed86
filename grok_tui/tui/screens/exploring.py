"""Explores the charts of a run: one cursor over all of them, zoom and pan, by keys and mouse."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from textual import on

from grok_tui.analysis.across import EPOCH, STEP
from grok_tui.analysis.wording import steps
from grok_tui.chart.axis import label
from grok_tui.chart.cursor import moved, nearest
from grok_tui.chart.window import pan, zoom
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.screens.charting import ChartingScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.wording import duration
from grok_tui.watch.view import RunView

ZOOM, WHEEL_ZOOM = 0.5, 0.8
"""Share of the window that is seen after zooming in by one step."""
PAN = 0.5
"""Share of the window by which it is moved."""
EDGE = 0.1
"""Share of the width at which a cursor stands that left the window."""

WHOLE = "the whole run is on the screen; + zooms in"


class ExploringScreen(ChartingScreen):
    """A screen of one run with a cursor and a window over its charts."""

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Show the whole run in this directory, without a cursor."""
        super().__init__(path, bridge)
        self._cursor: float | None = None

    def show_cursor(self) -> None:
        """Show the cursor where it stands."""
        if self._board is None or self._cursor is None:
            self._charts.point(None)
        else:
            self._charts.point(self._cursor, self._board.look.across.at(self._cursor))
        self.show_status()

    @property
    def status_words(self) -> tuple[str, ...]:
        """Where the cursor stands, in all that counts the way of a run; and which page it is."""
        words: list[str] = []
        run = self._run
        if run is not None and self._cursor is not None:
            words.append(f"at step {steps(self._cursor)}")
            words += _moment(run, self._cursor)
        keys = self._all_keys
        if len(self._choices.keys) < len(keys):
            words.append(f"chart {self._chosen + 1} of {len(keys)}")
        if self._choices.across != STEP:
            words.append(f"x: {self._choices.across}")
        return tuple(words)

    def action_cursor(self, columns: int) -> None:
        """Move the cursor by some columns of the screen."""
        if self._has_charts():
            assert self._board is not None
            panel = next(iter(self._charts.panels), None)
            width = panel.columns if panel is not None else 1
            step = moved(self._board.steps, self._look(), self._cursor, columns, width)
            self._put_cursor(step)

    def action_cursor_edge(self, end: int) -> None:
        """Put the cursor at the first or the last step."""
        if self._has_charts():
            assert self._board is not None
            self._put_cursor(float(self._board.steps[0 if end < 0 else -1]))

    def _put_cursor(self, step: float | None) -> None:
        self._cursor = step
        if step is not None and self._board is not None:
            look = self._look()
            place = look.x.place(look.across.at(step))
            if math.isfinite(place) and not 0 <= place <= 1:
                share = place - (1 - EDGE if place > 1 else EDGE)
                self._look_at(pan(look.full, self._choices.window, share))
        self.show_cursor()

    @on(ChartPanel.Pointed)
    def _point_by_mouse(self, message: ChartPanel.Pointed) -> None:
        if self._has_charts():
            assert self._board is not None
            keys, number = self._keys()
            pointed = self._charts.panels.index(message.widget)
            self._chosen += pointed - number if pointed < len(keys) else 0
            self._charts.choose(pointed)
            step = nearest(self._board.steps, self._look(), message.place)
            if step is None:
                self._refuse("x falls at times, so that a place on it means no one step: use ← →")
            else:
                self._put_cursor(step)

    def action_zoom_in(self) -> None:
        """See the surroundings of the cursor more closely, or those of the newest data."""
        self._zoom_around_cursor(ZOOM)

    def action_zoom_out(self) -> None:
        """See more of the run."""
        if self._choices.window is None:
            self._refuse(WHOLE)
        else:
            self._zoom_around_cursor(1 / ZOOM)

    def _zoom_around_cursor(self, factor: float) -> None:
        if not self._has_charts():
            return
        assert self._board is not None
        look = self._look()
        centre = self._board.last if self._cursor is None else look.across.at(self._cursor)
        place = look.x.place(centre)
        place = place if 0 <= place <= 1 else 0.5
        self._zoom(factor, place)

    def _zoom(self, factor: float, place: float) -> None:
        window = zoom(self._look().full, self._choices.window, factor, place)
        if window == self._choices.window:
            return
        self._look_at(window)

    @on(ChartPanel.Wheeled)
    def _zoom_by_wheel(self, message: ChartPanel.Wheeled) -> None:
        if self._board is not None:
            self._zoom(WHEEL_ZOOM if message.is_up else 1 / WHEEL_ZOOM, message.place)

    @on(ChartPanel.Dragged)
    def _pan_by_mouse(self, message: ChartPanel.Dragged) -> None:
        if self._board is not None and self._choices.window is not None:
            self._look_at(pan(self._board.look.full, self._choices.window, -message.share))

    def action_pan_back(self) -> None:
        """Move the window to earlier steps."""
        self._pan(-PAN)

    def action_pan_on(self) -> None:
        """Move the window to later steps."""
        self._pan(PAN)

    def _pan(self, share: float) -> None:
        if not self._has_charts():
            return
        assert self._board is not None
        window = self._choices.window
        moved_to = pan(self._board.look.full, window, share)
        if window is None:
            self._refuse(WHOLE)
        elif moved_to is not None and math.isclose(moved_to[0], window[0], rel_tol=1e-9):
            self._refuse("the x axis ends here; 0 shows all of it")
        else:
            self._look_at(moved_to)

    def action_reset(self) -> None:
        """See the whole run."""
        if self._choices.window is None:
            self._refuse(WHOLE)
        else:
            self._look_at(None)

    def action_back(self) -> None:
        """Go back by one: from one chart to all, from the cursor to none, then to the list."""
        if self._is_enlarged:
            self.action_enlarge()
        elif self._cursor is not None:
            self._put_cursor(None)
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.app.pop_screen()


def _moment(run: RunView, step: float) -> list[str]:
    """Return the epoch and the time at a step, as far as the run tells them."""
    words = []
    epochs, times = run.curve(EPOCH), run.times
    if len(epochs):
        words.append(f"epoch {label(float(np.interp(step, epochs.steps, epochs.values)))}")
    if len(times):
        passed = float(np.interp(step, times.steps, times.values) - times.values[0])
        words.append(duration(passed) if math.isfinite(passed) else "")
    return [word for word in words if word]
