"""The list of runs. Lines are painted one by one: a live list must not repaint as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from grok_tui.analysis.wording import score, steps
from grok_tui.chart.axis import label
from grok_tui.runs.record import State
from grok_tui.tui.messages import RunChosen
from grok_tui.tui.wording import OUTCOMES, age, state_text
from grok_tui.watch.view import RunView


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width (0 takes what is left), and which side its text stands on."""

    heading: str
    width: int
    on_right: bool = False


COLUMNS = (
    Column("state", 12),
    Column("run", 0),
    Column("step", 11, on_right=True),
    Column("train", 5, on_right=True),
    Column("test", 5, on_right=True),
    Column("verdict", 11),
    Column("grok at", 7, on_right=True),
    Column("age", 3, on_right=True),
)
GAP = 1
MIN_NAME = 12
ORDERLY = (State.STOPPED, State.PARKED)
"""States whose reason is only who asked for them."""
TAIL = 7
"""Characters at the end of an id that are kept, where there is room for them and as many others:
they tell runs of one name apart, as seed0-1."""


class RunTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Runs, one a line, with a heading and a cursor.

    | Component class | What it colours |
    |---|---|
    | `table--heading` | the heading |
    | `table--cursor` | the chosen run |
    | `table--verdict` | verdicts that name a transition |
    """

    COMPONENT_CLASSES = {"table--heading", "table--cursor", "table--verdict"}

    DEFAULT_CSS = """
    RunTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .table--heading { color: $text-muted; text-style: bold; }
        .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .table--verdict { color: $flag; }
    }
    """

    chosen: var[Path | None] = var[Path | None](None)
    """The directory of the run under the cursor."""

    def __init__(self, *, id: str | None = None, clock: Callable[[], float] = time.time) -> None:
        """Make an empty table; `clock` returns seconds since the epoch."""
        super().__init__(id=id)
        self._clock = clock
        self._paths: list[Path] = []
        self._rows: list[tuple[str, ...]] = []

    def show(self, runs: Sequence[RunView]) -> None:
        """Show these runs; the cursor stays on the run that it was on."""
        now = self._clock()
        paths, rows = [run.path for run in runs], [_cells(run, now) for run in runs]
        if paths != self._paths:
            self._paths, self._rows = paths, rows
            self.virtual_size = Size(self._width, len(rows) + 1)
            if self.chosen not in paths:
                self.chosen = paths[0] if paths else None
            self.refresh()
            self.call_after_refresh(self._bring_into_view)  # when it is known how far it scrolls
            return
        for number, (old, new) in enumerate(zip(self._rows, rows, strict=True)):
            if old != new:
                self._refresh_row(number)
        self._rows = rows

    def move(self, distance: int) -> None:
        """Move the cursor down by some runs, or up by a negative number."""
        if self._paths:
            number = min(max(self._number() + distance, 0), len(self._paths) - 1)
            self.chosen = self._paths[number]

    @property
    def page(self) -> int:
        """Runs that fit on the screen."""
        return max(self.size.height - 2, 1)

    def watch_chosen(self, old: Path | None, new: Path | None) -> None:
        """Repaint the two lines that changed, and bring the new one into view."""
        for path in (old, new):
            if path in self._paths:
                self._refresh_row(self._paths.index(path))
        self._bring_into_view()

    def _bring_into_view(self) -> None:
        if self.chosen in self._paths:  # with the line above it, which the heading would hide
            self.scroll_to_region(Region(0, self._number(), 1, 2), animate=False)

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked run; a second click opens it."""
        number = event.y + int(self.scroll_offset.y) - 1
        if event.y > 0 and 0 <= number < len(self._paths):
            if self.chosen == self._paths[number]:
                self.post_message(RunChosen(self._paths[number]))
            self.chosen = self._paths[number]

    @property
    def _width(self) -> int:
        """Columns beside the scrollbar, which is there when the runs do not fit."""
        return self.scrollable_content_region.width

    def _number(self) -> int:
        return self._paths.index(self.chosen) if self.chosen in self._paths else 0

    def _refresh_row(self, number: int) -> None:
        y = number + 1 - int(self.scroll_offset.y)
        if 0 < y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one line; the heading stays at the top."""
        width, plain = self._width, self.rich_style
        if y == 0:
            heading = self.get_component_rich_style("table--heading")
            cells = tuple(column.heading for column in COLUMNS)
            return _line(cells, width, heading, heading).apply_style(plain)
        number = y + int(self.scroll_offset.y) - 1
        if number >= len(self._rows):
            return Strip.blank(width, plain)
        style, verdict = plain, self.get_component_rich_style("table--verdict")
        if self._paths[number] == self.chosen:
            style = verdict = self.get_component_rich_style("table--cursor")
        return _line(self._rows[number], width, style, verdict).apply_style(plain)


def _cells(run: RunView, now: float) -> tuple[str, ...]:
    train, test = run.curve("train/accuracy").last, run.curve("test/accuracy").last
    grok = run.verdict.grok
    problem = None if run.status.state in ORDERLY else run.status.reason
    if run.skipped:
        problem = f"skipped: {run.skipped}"
    since = run.ended if run.ended is not None else run.created
    return (
        state_text(run.status.state),
        f"{run.id}: {problem}" if problem else run.id,
        f"{_short(run.step)}/{_short(run.steps)}",
        score(train),
        score(test),
        OUTCOMES[run.verdict.outcome] if not run.is_loading else "reading…",
        _short(grok.step if grok else None),
        "" if since is None else age(now - since),
    )


def _shortened(text: str, columns: int) -> str:
    """Return a text cut to some columns; the number at the end of a run's id stays."""
    run, _, reason = text.partition(": ")
    tail = run[-min(TAIL, (columns - 1) // 2) :]
    if (reason and cell_len(run) <= columns) or cell_len(tail) >= columns // 2:
        return set_cell_size(text, columns - 1) + "…"
    return f"{set_cell_size(run, columns - 1 - cell_len(tail))}…{tail}"


def _short(value: float | None) -> str:
    """Return a step number in at most six characters: a clipped one would be another number."""
    return steps(value) if value is None or value < 10_000 else label(value)


def _line(cells: Sequence[str], width: int, style: Style, verdict: Style) -> Strip:
    fixed = sum(column.width for column in COLUMNS) + GAP * (len(COLUMNS) + 1)
    name_width = max(width - fixed, MIN_NAME)
    segments = [Segment(" " * GAP, style)]
    for column, text in zip(COLUMNS, cells, strict=True):
        columns = column.width or name_width
        if cell_len(text) > columns:
            text = _shortened(text, columns)
        padding = " " * (columns - cell_len(text))
        flagged = column.heading == "verdict" and text.startswith("⚑")
        placed = padding + text if column.on_right else text + padding
        segments += [Segment(placed, verdict if flagged else style), Segment(" " * GAP, style)]
    return Strip(segments).adjust_cell_length(width, style)
