"""The list of all runs."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, Static

from grok_tui.text import safe
from grok_tui.tui import commands
from grok_tui.tui.messages import RunChosen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.widgets.run_table import RunTable
from grok_tui.watch.view import Snapshot

AGES_EVERY_S = 30.0


class RunsScreen(SnapshotScreen):
    """Live and past runs; Enter opens one."""

    BINDINGS = commands.bindings((*commands.RUNS, *commands.APP))

    DEFAULT_CSS = """
    RunsScreen {
        #heading { height: 1; padding: 0 1; background: $panel; text-style: bold; }
        #notice { height: auto; padding: 0 1; color: $text-warning; display: none; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out heading, notice, table and footer."""
        yield Static("grok-tui  looking for runs", id="heading")
        yield Static(id="notice")
        yield RunTable(id="runs")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Keep the ages true while nothing else changes."""
        self.set_interval(AGES_EVERY_S, self.catch_up)

    def show(self, snapshot: Snapshot) -> None:
        """Show the runs of a snapshot."""
        self.query_one(RunTable).show(snapshot.runs)
        heading, notice = _heading(snapshot), _notice(snapshot)
        self.query_one("#heading", Static).update(Content(heading), layout=False)
        widget = self.query_one("#notice", Static)
        widget.display = bool(notice)
        if notice:
            widget.update(Content(notice))

    def action_open_run(self) -> None:
        """Open the chosen run."""
        chosen = self.query_one(RunTable).chosen
        if chosen is not None:
            self._open(chosen)

    def on_run_chosen(self, message: RunChosen) -> None:
        """Open the run that was clicked."""
        self._open(message.path)

    def _open(self, path: Path) -> None:
        """Open a run at once, so that keys that were typed ahead reach it."""
        if self.is_current:
            self.app.push_screen(RunScreen(path, self._bridge))

    def action_cursor(self, distance: int) -> None:
        """Choose a run further down or up."""
        self.query_one(RunTable).move(distance)

    def action_page(self, pages: int) -> None:
        """Choose a run some pages further down or up."""
        table = self.query_one(RunTable)
        table.move(pages * table.page)

    def action_edge(self, side: int) -> None:
        """Choose the last run, or the first one for a negative side."""
        self.query_one(RunTable).move(side * 10**9)


def _heading(snapshot: Snapshot) -> str:
    live = sum(run.status.is_live for run in snapshot.runs)
    count = 0 if snapshot.shows_samples else len(snapshot.runs)
    runs = "1 run" if count == 1 else f"{count} runs"
    how = "  polling only" if snapshot.is_polling_only else ""
    return f"grok-tui  {runs}, {live} live{how}  in {safe(snapshot.root)}"


def _notice(snapshot: Snapshot) -> str:
    if snapshot.problem:
        return snapshot.problem
    if snapshot.shows_samples:
        return "No runs here yet: these are recorded samples. `grok-tui demo` trains one live."
    if not snapshot.runs:
        return "No runs here yet. `grok-tui demo` trains one live."
    return ""
