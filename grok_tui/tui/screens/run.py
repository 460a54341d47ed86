"""One run: four charts, its phases, the verdict, and the keys that steer it."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.reactive import var
from textual.widgets import Footer, Static

from grok_tui.analysis.phases import phases
from grok_tui.analysis.wording import FLAG, sentence
from grok_tui.chart.panels import run_axis, run_panels
from grok_tui.runs.record import State
from grok_tui.runs.spool import Verb
from grok_tui.text import safe
from grok_tui.tui import commands
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.ribbon import Ribbon
from grok_tui.tui.widgets.status_line import StatusLine
from grok_tui.tui.wording import why
from grok_tui.watch.control import RESUMABLE, needs_process, why_not
from grok_tui.watch.view import RunView, Snapshot

CHARTS = ("accuracy", "loss", "gap", "complexity")
SENTENCE_WIDTH = 140
"""Columns in which the longest sentence takes one row."""


class RunScreen(SnapshotScreen):
    """Watches and steers one run."""

    BINDINGS = commands.bindings((*commands.RUN, *commands.APP))

    DEFAULT_CSS = """
    RunScreen {
        Grid {
            grid-size: 2 3;
            grid-rows: 1fr 1fr 1;
            grid-gutter: 0 1;
            height: 1fr;
        }
        #verdict { height: 2; padding: 0 1; }
        &.-wide #verdict { height: 1; }
        #verdict.-flagged { color: $flag; text-style: bold; }
    }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (SENTENCE_WIDTH, "-wide")]

    log_x: var[bool] = var(True, init=False)
    """Whether the step axis is logarithmic."""

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Show the run in this directory."""
        super().__init__(bridge)
        self._path = path
        # Known before it is shown: a key may come first.
        self._run: RunView | None = bridge.snapshot.run(path)
        self._shown: RunView | None = None
        # The state that was asked for last, until it shows: the next key press counts from there.
        self._asked: State | None = None

    def compose(self) -> ComposeResult:
        """Lay out status line, charts, ribbons, verdict and footer."""
        yield StatusLine()
        with Grid():
            for name in CHARTS:
                yield ChartPanel(id=name)
            yield Ribbon(id="left-ribbon")
            yield Ribbon(id="right-ribbon")
        yield Static(id="verdict")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Follow this run closely from now on."""
        self._bridge.focus(self._path)

    def on_unmount(self) -> None:
        """Follow all runs alike again."""
        self._bridge.focus(None)

    def show(self, snapshot: Snapshot) -> None:
        """Show the run as it is in a snapshot."""
        run = self._run = snapshot.run(self._path)
        old, self._shown = self._shown, run
        if run is None or run.status.state is self._asked or not run.status.is_live:
            self._asked = None
        if run is None:
            self._tell(f"There is no run in {safe(self._path)} any more. b: back to the runs.")
            return
        self.query_one(StatusLine).show(run)
        self._show_sentence(run)
        if old is None or old.curves is not run.curves or old.verdict is not run.verdict:
            self._show_charts(run)

    def watch_log_x(self) -> None:
        """Draw everything on the other axis."""
        if self._run is not None:
            self._show_charts(self._run)

    def _show_charts(self, run: RunView) -> None:
        axis = run_axis(run.curves, log=self.log_x, planned=run.steps)
        for panel in run_panels(run.curves, run.verdict, axis):
            self.query_one(f"#{panel.key}", ChartPanel).show(panel)
        for ribbon in self.query(Ribbon):
            has_grokked = run.verdict.grok is not None
            ribbon.show(phases(run.verdict), axis, has_grokked=has_grokked)

    def _show_sentence(self, run: RunView) -> None:
        said = sentence(run.verdict, run.curves, is_live=run.status.is_live)
        if run.status.reason:
            said = f"{why(run.status)} {said}"
        elif run.status.state is State.STARTING:
            said = "starting: the trainer is loading torch…"
        elif run.is_loading:
            said = "reading…"
        self._tell(said)

    def _tell(self, said: str) -> None:
        verdict = self.query_one("#verdict", Static)
        if Content(said) != verdict.content:
            verdict.set_class(FLAG in said, "-flagged")
            verdict.update(Content(said), layout=False)

    @on(ChartPanel.DrawingWanted)
    def _draw(self, wanted: ChartPanel.DrawingWanted) -> None:
        self._bridge.draw(
            wanted.widget, wanted.panel.key, wanted.panel.spec, wanted.width, wanted.height
        )

    def action_log_x(self) -> None:
        """Switch the step axis."""
        self.log_x = not self.log_x

    def action_pause_or_resume(self) -> None:
        """Pause a running run, resume a paused one."""
        if self._run is None:
            return
        state = self._asked or self._run.status.state
        is_paused = state in {State.PAUSED, State.PAUSING, *RESUMABLE}
        if self._send("resume" if is_paused else "pause"):
            self._asked = State.RUNNING if is_paused else State.PAUSED

    def action_stop_run(self) -> None:
        """Save and end the run."""
        self._send("stop")

    def action_park(self) -> None:
        """Save the run and free what it holds."""
        self._send("park")

    def action_checkpoint(self) -> None:
        """Save the run."""
        self._send("checkpoint")

    def action_back(self) -> None:
        """Go back to the list of runs."""
        self.app.pop_screen()

    def _send(self, verb: Verb) -> bool:
        """Send a command, or say why it cannot be sent; return whether it was."""
        if self._run is None:
            return False
        reason = why_not(verb, self._run)
        if reason:
            self.notify(reason, severity="warning", markup=False)
            return False

        def failed(error: Exception) -> None:
            why = safe(getattr(error, "strerror", None) or error)
            self.notify(f"could not {verb}: {why}", severity="error", markup=False)

        if needs_process(verb, self._run):
            self._bridge.restart(self._run.path, failed)
        else:
            self._bridge.send(self._run.path, verb, failed)
        return True
