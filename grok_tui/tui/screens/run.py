"""One run: its charts, its phases, the verdict, and the keys that explore and steer it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from grok_tui.analysis.wording import FLAG, sentence
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.tui import commands
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.messages import OutputRead
from grok_tui.tui.screens.exploring import ExploringScreen
from grok_tui.tui.screens.meaning import ask_meaning
from grok_tui.tui.screens.settings import SettingsScreen
from grok_tui.tui.widgets.chart_grid import ChartGrid
from grok_tui.tui.widgets.key_line import KeyLine
from grok_tui.tui.widgets.output_pane import OutputPane
from grok_tui.tui.widgets.status_line import StatusLine
from grok_tui.tui.wording import age, why
from grok_tui.watch.output import read_output
from grok_tui.watch.view import RunView, Snapshot

if TYPE_CHECKING:
    from grok_tui.report.saving import View

LONGEST_REFUSAL = 120
"""Characters of a refusal that are shown above what else is to be said."""
SENTENCE_WIDTH = 140
"""Columns in which the longest sentence takes one row."""
SILENT_S = 60.0
"""A run that trains and records nothing for so long is worth a word."""
AGE_EVERY_S = 30.0
"""Between two looks at how old the newest data are; what is shown changes by the minute."""
PRINTED, EVENTS = "output (stdout.log)", "events"
PANES = ("", PRINTED, EVENTS)
"""What the pane below the charts shows, in the order of the key; first nothing."""


class RunScreen(ExploringScreen):
    """Watches and steers one run."""

    OWN_COMMANDS = commands.RUN
    BINDINGS = commands.bindings((*commands.RUN, *commands.APP))

    DEFAULT_CSS = """
    RunScreen {
        #verdict { height: 2; padding: 0 1; }
        &.-wide #verdict { height: 1; }
        &.-wide #verdict.-long { height: 2; }
        #verdict.-flagged { color: $flag; text-style: bold; }
    }
    """

    AUTO_FOCUS = ""
    """Keys belong to the charts until somebody asks for the pane."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (SENTENCE_WIDTH, "-wide")]

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Show the run in this directory."""
        super().__init__(path, bridge)
        self._shown: RunView | None = None
        self._pane = 0
        self._is_reading = False

    def compose(self) -> ComposeResult:
        """Lay out status line, charts, verdict and footer."""
        yield StatusLine()
        yield ChartGrid()
        yield OutputPane()
        yield Static(id="verdict")
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow this run closely from now on."""
        self._bridge.focus(self._path)
        self.set_interval(AGE_EVERY_S, self.show_status)

    def on_unmount(self) -> None:
        """Follow all runs alike again."""
        self._bridge.focus(None)

    def show(self, snapshot: Snapshot) -> None:
        """Show the run as it is in a snapshot."""
        run = snapshot.run(self._path)
        if run is None and not snapshot.is_complete:
            return
        self.take(run)
        old, self._shown = self._shown, run
        if run is None:
            self._tell(f"There is no run in {safe(self._path)} any more. b: back to the runs.")
            return
        if old is None or old.session != run.session:
            self.find_sessions()
        self._read_output()
        self.show_status()
        self._show_sentence(run)
        if old is None or old.curves is not run.curves or old.verdict is not run.verdict:
            self.draw()

    def view(self) -> View | None:
        """Return the run with its charts as they are set up here."""
        from grok_tui.report.saving import run_view

        run, board = self._run, self._board
        return run_view(run, panels=board.panels if board else ()) if run else None

    def show_status(self) -> None:
        """Show state and numbers, and where the cursor stands."""
        if self._run is not None:
            for line in self.query(StatusLine):  # none while the screen is being left
                line.show(self._run, (*self.status_words, *_silence(self._run)))

    def _show_sentence(self, run: RunView) -> None:
        said = sentence(run.verdict, run.curves, is_live=run.status.is_live)
        if run.verdict.basis is None and run.log_names:
            said += "; w: say which metric is which."
        if run.agreement:
            said += f" Expected: {run.agreement}."
        if run.status.reason:
            said = f"{why(run.status)} {said}"
        elif run.status.state is State.QUEUED:
            said = "queued: it starts as soon as a place is free; see `grok-tui queue`."
        elif run.status.state is State.STARTING:
            said = "starting: the trainer is loading torch…"
        elif run.is_loading:
            said = "reading…"
        if run.refusal:
            said = f"✗ {safe(run.refusal, LONGEST_REFUSAL)}. {said}"
        self._tell(said)

    def _tell(self, said: str) -> None:
        verdict = self.query_one("#verdict", Static)
        if Content(said) != verdict.content:
            verdict.set_class(FLAG in said, "-flagged")
            verdict.set_class(cell_len(said) > self.size.width - 2, "-long")
            verdict.update(Content(said), layout=False)

    def action_next_pane(self) -> None:
        """Show what the process printed; then what happened to it; then neither."""
        self._pane = (self._pane + 1) % len(PANES)
        pane = self.query_one(OutputPane)
        pane.display = self._pane > 0
        self._read_output()

    def action_blur_pane(self) -> None:
        """Give the keys back to the charts."""
        self.set_focus(None)

    def _read_output(self) -> None:
        """Have the ends of the files read, unless they are being read already."""
        if self._pane and not self._is_reading:
            self._is_reading = True
            paths = RunPaths(self._path)
            self._bridge.read(lambda: OutputRead(read_output(paths)), self)

    def on_output_read(self, message: OutputRead) -> None:
        """Show lines that were read."""
        self._is_reading = False
        output = message.output
        lines = output.printed if PANES[self._pane] == PRINTED else output.events
        self.query_one(OutputPane).show(f"{PANES[self._pane]} · t: {self._next_pane}", lines)

    @property
    def _next_pane(self) -> str:
        return PANES[(self._pane + 1) % len(PANES)] or "close"

    def action_meaning(self) -> None:
        """Show what the metrics of somebody's log are taken for, and let them be corrected."""
        run = self._run
        if run is None:
            return
        if run.meaning is None and not run.log_names:
            self._refuse("grok-tui named its metrics itself: they mean what they say")
            return
        ask_meaning(self.app, run, self._remember_meaning)

    def _remember_meaning(self, job: Callable[[], None]) -> None:
        self._bridge.do(
            job,
            lambda error: self._refuse(f"this is not remembered: {error}"),
            lambda: self.notify("remembered for all logs in this folder", markup=False),
        )

    def action_show_settings(self) -> None:
        """Show the settings, and what differs from the preset."""
        if self._run is not None:
            self.app.push_screen(SettingsScreen(self._run))


def _silence(run: RunView) -> list[str]:
    """Return how old the newest data of a run are that should be making new ones."""
    written = run.times.last
    if written is None or run.status.state is not State.RUNNING:
        return []
    passed = time.time() - written
    return [f"no data for {age(passed)}!"] if passed >= SILENT_S else []
