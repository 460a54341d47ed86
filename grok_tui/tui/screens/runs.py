"""The list of all runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from grok_tui.errors import UsageError
from grok_tui.report.saving import View, run_view
from grok_tui.runs.sweep import is_sweep, read_sweep
from grok_tui.text import safe
from grok_tui.tui import commands
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.listing import Listed, Listing
from grok_tui.tui.messages import RunChosen
from grok_tui.tui.screens.compare import CompareScreen
from grok_tui.tui.screens.new_run import NewRunScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.shelf import ShelfScreen
from grok_tui.tui.screens.sweep import SweepScreen
from grok_tui.tui.widgets.key_line import KeyLine
from grok_tui.tui.widgets.preview import Preview
from grok_tui.tui.widgets.run_columns import Order
from grok_tui.tui.widgets.run_table import RunTable
from grok_tui.watch.comparison import same_setting
from grok_tui.watch.view import RunView, Snapshot

AGES_EVERY_S = 30.0
PREVIEW_FROM_ROWS = 30
"""Rows of the screen from which on there is room for the charts of the chosen run."""
PREVIEW_AFTER_S = 0.08
"""Who holds a key down wants to see where the cursor is, and not each run on the way."""
FILTER_AFTER_S = 0.08
"""Who types on waits for each letter; to look through thousands of runs takes longer than one."""
EXAMPLE = "grokked wd>0.5 task:add tag:paper state:running seed=3 name:flash -collapsed"


LONGEST_LINK = 60
"""Characters of what is said of a link to another machine; all of it is told once."""


class RunsScreen(ShelfScreen):
    """Live and past runs; Enter opens one."""

    OWN_COMMANDS = commands.RUNS
    BINDINGS = commands.bindings((*commands.RUNS, *commands.APP))

    DEFAULT_CSS = """
    RunsScreen {
        #heading {
            height: 1; padding: 0 1; background: $panel; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #notice { height: auto; padding: 0 1; color: $text-warning; display: none; }
        #filter { height: 1; padding: 0 1; display: none; }
        #filter Static { width: 8; color: $text-muted; }
        #filter Input { width: 1fr; }
        #problem { height: auto; max-height: 2; padding: 0 1; color: $text-error; display: none; }
        Preview { display: none; }
        &.-previewed Preview { display: block; }
    }
    """

    def __init__(self, bridge: Bridge) -> None:
        """Show what the bridge tells of."""
        super().__init__(bridge)
        self._listing = Listing()
        self._listed = Listed((), (), 0, None)
        self._marked: set[Path] = set()
        self._links: list[str] = []
        self._follows = False
        self._is_filling = True
        """Whether runs were still being found when the list was shown last."""
        self._wants_preview = True
        self._filtering: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out heading, notice, filter, table, preview and footer."""
        yield Static("grok-tui  looking for runs", id="heading")
        yield Static(id="notice")
        with Horizontal(id="filter"):
            yield Static("filter")
            yield Input(placeholder=EXAMPLE, compact=True, select_on_focus=False)
        yield Static(id="problem")
        yield RunTable(id="runs")
        yield Preview(self._bridge)
        yield KeyLine()

    def on_mount(self) -> None:
        """Keep the ages true while nothing else changes."""
        self.set_interval(AGES_EVERY_S, self._grow_older)
        self._table.focus()
        self.watch(self._table, "chosen", self._chosen_changed, init=False)

    def _grow_older(self) -> None:
        if self.is_active:  # else all of the screen above would be painted several times
            self.catch_up()

    @property
    def _table(self) -> RunTable:
        return self.query_one(RunTable)

    # What is shown

    def show(self, snapshot: Snapshot) -> None:
        """Show the runs of a snapshot."""
        listed = self._listed = self._listing.of(snapshot.runs)
        self._marked &= {run.path for run in snapshot.runs}
        self._table.show(listed.runs, listed.columns, self._listing.order, self._marked)
        if self._is_filling and listed.runs and not self._table.was_moved:
            self._table.chosen = listed.runs[0].path  # not the one that happened to be found first
        self._is_filling = not snapshot.is_complete
        if self._follows and listed.runs:
            self._table.chosen = max(listed.runs, key=lambda run: run.created or 0.0).path
        self._show_heading(snapshot)
        self._tell("#notice", _notice(snapshot))
        self._tell("#problem", safe(listed.problem) if listed.problem else "")
        self._show_preview()

    def show_links(self, said: Sequence[str]) -> None:
        """Show how the links to other machines stand."""
        if list(said) != self._links:
            self._links = list(said)
            self._show_heading(self._bridge.snapshot)

    def _show_heading(self, snapshot: Snapshot) -> None:
        heading = _heading(snapshot, self._states(snapshot))
        widget = self.query_one("#heading", Static)
        if Content(heading) != widget.content:
            widget.update(Content(heading), layout=False)

    def _states(self, snapshot: Snapshot) -> list[str]:
        """Return what is peculiar about the list now."""
        hidden = len(snapshot.runs) - len(self._listed.runs)
        is_filtered = hidden > self._listed.archived
        marked = len(self._marked)
        return [
            *(safe(said, LONGEST_LINK) for said in self._links),
            *([f"{len(self._listed.runs)} listed"] if is_filtered else []),
            *([f"{self._listed.archived} archived"] if self._listed.archived else []),
            *([f"{marked} marked"] if marked else []),
            self._listing.order.words,
            *(["following the newest"] if self._follows else []),
        ]

    def _tell(self, where: str, words: str) -> None:
        widget = self.query_one(where, Static)
        if Content(words) != widget.content:
            widget.update(Content(words))
        widget.display = bool(words)

    def _chosen_changed(self) -> None:
        self.set_timer(PREVIEW_AFTER_S, self._show_preview)

    def _show_preview(self) -> None:
        if self.has_class("-previewed"):
            run = self.chosen_run
            if run is not None and run.is_summary:  # its curves come with a later snapshot
                self._bridge.keep((run.path,))
            self.query_one(Preview).show(run)

    def on_resize(self, event: events.Resize) -> None:
        """Show the preview where there is room for it."""
        self._place_preview(event.size.height)

    def _place_preview(self, rows: int) -> None:
        self.set_class(self._wants_preview and rows >= PREVIEW_FROM_ROWS, "-previewed")
        self.call_after_refresh(self._show_preview)

    # Which runs are meant

    @property
    def chosen_run(self) -> RunView | None:
        """The run under the cursor."""
        path = self._table.chosen
        return None if path is None else self._bridge.snapshot.run(path)

    @property
    def all_runs(self) -> Sequence[RunView]:
        """All runs that there are."""
        return self._bridge.snapshot.runs

    @property
    def meant_runs(self) -> list[RunView]:
        """The marked runs that are listed, or the chosen one where none is marked."""
        if self._marked:
            return [run for run in self._listed.runs if run.path in self._marked]
        return [self.chosen_run] if self.chosen_run else []

    def action_mark(self) -> None:
        """Mark the chosen run, or take its mark away, and go on to the next one."""
        run = self.chosen_run
        if run is None:
            self.refuse("there is no run to mark")
            return
        self._marked ^= {run.path}
        self.catch_up()
        self._table.move(1)

    def action_mark_all(self) -> None:
        """Mark all listed runs; none, where all are marked."""
        listed = {run.path for run in self._listed.runs}
        self._marked = set() if listed <= self._marked else self._marked | listed
        self.catch_up()

    def action_clear(self) -> None:
        """Leave the filter's line, take the marks away, or the filter."""
        if self.query_one(Input).has_focus or not self._marked:
            self._set_filter("")
        else:
            self._marked = set()
            self.catch_up()

    # Filter and order

    def action_filter(self) -> None:
        """Type a query."""
        self.query_one("#filter").display = True
        self.set_focus(self.query_one(Input))  # now, for those who type on at once

    @on(Input.Changed)
    def _filter_typed(self) -> None:
        if self._filtering is not None:
            self._filtering.stop()
        self._filtering = self.set_timer(FILTER_AFTER_S, self._apply_filter)

    def _apply_filter(self) -> None:
        self._listing.query = self.query_one(Input).value
        self.catch_up()

    @on(Input.Submitted)
    def _filter_done(self) -> None:
        self._apply_filter()
        self.query_one("#filter").display = bool(self._listing.query)
        self._table.focus()

    def _set_filter(self, query: str) -> None:
        self.query_one(Input).value = query
        self._filter_done()

    def action_sort(self) -> None:
        """Sort by the next column, from left to right; then newest first again."""
        columns = [column for column in self._table.columns if column.heading]
        keys = [None, *(column.key for column in columns)]
        now = self._listing.order.column
        at = keys.index(now.key) if now and now.key in keys else 0
        at = (at + 1) % len(keys)
        self._sort(Order(columns[at - 1] if at else None))

    def action_reverse(self) -> None:
        """Sort the other way round."""
        order = self._listing.order
        self._sort(Order(order.column, not order.is_reversed))

    @on(RunTable.HeadingClicked)
    def _sort_by_heading(self, clicked: RunTable.HeadingClicked) -> None:
        now = self._listing.order
        column = next(each for each in self._table.columns if each.key == clicked.column)
        is_same = now.column is not None and now.column.key == column.key
        self._sort(Order(column, is_same and not now.is_reversed))

    def _sort(self, order: Order) -> None:
        self._listing.order = order
        self.catch_up()

    def action_show_archived(self) -> None:
        """Show archived runs, or leave them out."""
        self._listing.shows_archived = not self._listing.shows_archived
        shown = "are listed" if self._listing.shows_archived else "are left out"
        self.notify(f"archived runs {shown}", markup=False)
        self.catch_up()

    def action_preview(self) -> None:
        """Show the chosen run below the list, or not."""
        if self.size.height < PREVIEW_FROM_ROWS:
            self.refuse(f"a preview needs {PREVIEW_FROM_ROWS} rows; here are {self.size.height}")
            return
        self._wants_preview = not self._wants_preview
        self._place_preview(self.size.height)

    # Where to go

    def view(self) -> View | None:
        """Return the chosen run."""
        chosen = self.query_one(RunTable).chosen
        run = self._bridge.snapshot.run(chosen) if chosen is not None else None
        return run_view(run) if run else None

    def action_open_run(self) -> None:
        """Open the chosen run."""
        chosen = self._table.chosen
        if chosen is not None:
            self._open(chosen)

    def on_run_chosen(self, message: RunChosen) -> None:
        """Open the run that was clicked."""
        self._open(message.path)

    def _open(self, path: Path) -> None:
        """Open a run at once, so that keys that were typed ahead reach it."""
        if self.is_active:
            self.app.push_screen(RunScreen(path, self._bridge))

    def action_new_run(self) -> None:
        """Choose a preset, change it and start it."""
        if self.is_active:
            self.app.push_screen(NewRunScreen(self._bridge))

    def action_compare(self) -> None:
        """Compare the marked runs, or the seeds of the chosen one."""
        runs, chosen = self.meant_runs, self.chosen_run
        if not self._marked and chosen is not None:
            runs = same_setting(chosen, self._listed.runs)
        if len(runs) < 2:
            self.refuse("v marks the runs to compare: two or more, please")
        elif self.is_active:
            self.app.push_screen(CompareScreen([run.path for run in runs], self._bridge))

    def action_open_sweep(self) -> None:
        """Show the sweep of the chosen run, or the newest one where it belongs to none."""
        runs = [self.chosen_run] if self.chosen_run is not None else []
        runs += self._bridge.snapshot.runs
        folder = next((run.path.parent for run in runs if is_sweep(run.path.parent)), None)
        if folder is None:
            self.refuse("no run here belongs to a sweep; `grok-tui sweep FILE` makes one")
        elif self.is_active:
            self.open_sweep(folder)

    def open_sweep(self, folder: Path) -> None:
        """Show the sweep in a folder."""
        try:
            record = read_sweep(folder)
        except UsageError as error:
            self.refuse(str(error))
            return
        self.app.push_screen(SweepScreen(folder, record, self._bridge))

    def action_copy_path(self) -> None:
        """Copy where the runs lie, by the terminal's own clipboard (OSC 52)."""
        paths = [str(run.path.absolute()) for run in self.meant_runs]
        if not paths:
            self.refuse("there is no run whose path could be copied")
            return
        self.app.copy_to_clipboard("\n".join(paths))
        self.notify(
            f"copied {safe(paths[0]) if len(paths) == 1 else f'{len(paths)} paths'}", markup=False
        )

    def action_follow(self) -> None:
        """Choose the newest run whenever one is made, or no more."""
        self._follows = not self._follows
        self.catch_up()

    def action_cursor(self, distance: int) -> None:
        """Choose a run further down or up."""
        self._move(distance)

    def action_page(self, pages: int) -> None:
        """Choose a run some pages further down or up."""
        self._move(pages * self._table.page)

    def action_edge(self, side: int) -> None:
        """Choose the last run, or the first one for a negative side."""
        self._move(side * 10**9)

    def _move(self, distance: int) -> None:
        """Move the cursor; who moves it follows nothing any more."""
        self._table.move(distance)
        if self._follows:
            self._follows = False
            self.catch_up()


def _heading(snapshot: Snapshot, states: Sequence[str]) -> str:
    live = sum(run.is_growing for run in snapshot.runs)
    count = 0 if snapshot.shows_samples else len(snapshot.runs)
    runs = "1 run" if count == 1 else f"{count} runs"
    runs += "" if snapshot.is_complete else " so far"
    parts = [*states, *([f"polling only ({safe(snapshot.polled)})"] if snapshot.polled else [])]
    return f"grok-tui  {', '.join([runs, f'{live} live', *parts])}  in {safe(snapshot.root)}"


def _notice(snapshot: Snapshot) -> str:
    if snapshot.problem:
        return snapshot.problem
    if snapshot.shows_samples:
        return "No runs here yet: these are recorded samples. `grok-tui demo` trains one live."
    if not snapshot.runs:
        return "No runs here yet. `grok-tui demo` trains one live."
    return ""
