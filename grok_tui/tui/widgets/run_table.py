"""The list of runs. Lines are painted one by one: a live list must not repaint as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from grok_tui.analysis.phases import PhaseKind
from grok_tui.runs.record import State
from grok_tui.tui.messages import RunChosen
from grok_tui.tui.phase_signs import KINDS
from grok_tui.tui.widgets.run_columns import GAP, Column, Order, fitting, name_text
from grok_tui.watch.view import RunView

MARK = "+"
RISING, FALLING = "▲", "▼"
BAD = (State.CRASHED, State.LOST, State.UNREADABLE)
TAIL = 7
"""Characters at the end of an id that are kept, where there is room for them and as many others:
they tell runs of one name apart, as seed0-1."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line shows; it is painted again only when this changes."""

    cells: tuple[str, ...]
    is_chosen: bool
    is_marked: bool
    state: State


class RunTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Runs, one a line, with a heading and a cursor.

    | Component class | What it colours |
    |---|---|
    | `table--heading` | the heading |
    | `table--cursor` | the chosen run |
    | `table--marked` | marked runs, which also begin with a plus |
    | `table--verdict` | verdicts that name a transition |
    | `table--live`, `table--bad` | states |
    | `table--fitting` … `table--collapsed` | the phases |
    """

    COMPONENT_CLASSES = {
        "table--heading",
        "table--cursor",
        "table--marked",
        "table--verdict",
        "table--live",
        "table--bad",
        *(f"table--{kind}" for kind in PhaseKind),
    }

    DEFAULT_CSS = """
    RunTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .table--heading { color: $text-muted; text-style: bold; }
        .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .table--marked { text-style: bold; }
        .table--verdict { color: $flag; }
        .table--live { color: $text-success; }
        .table--bad { color: $text-error; }
        .table--fitting { color: $text-muted; }
        .table--memorised { color: $curve-train; }
        .table--rising { color: $flag; }
        .table--generalised { color: $curve-test; }
        .table--collapsed { color: $text-error; }
    }
    """

    chosen: var[Path | None] = var[Path | None](None)
    """The directory of the run under the cursor."""

    class HeadingClicked(Message):
        """Somebody wants the runs sorted by a column."""

        def __init__(self, column: str) -> None:
            """Name the column."""
            super().__init__()
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty table."""
        super().__init__(id=id)
        self.was_moved = False
        """Whether somebody has moved the cursor."""
        self._runs: Sequence[RunView] = ()
        self._numbers: dict[Path, int] = {}
        self._all_columns: Sequence[Column] = ()
        self._columns: Sequence[Column] = ()
        self._order = Order()
        self._marked: Collection[Path] = ()
        self._longest_name = self._longest_reason = 0
        self._painted: dict[int, _Line | tuple[str, ...]] = {}

    def show(
        self,
        runs: Sequence[RunView],
        columns: Sequence[Column],
        order: Order,
        marked: Collection[Path],
    ) -> None:
        """Show these runs; the cursor stays on the run that it was on."""
        old_count, old_place = len(self._runs), self._number()
        self._runs, self._all_columns = runs, columns
        self._order, self._marked = order, marked
        numbers = {run.path: number for number, run in enumerate(runs)}
        moved = numbers != self._numbers
        self._numbers = numbers
        self._longest_name = max((_cells(run.shown_name) for run in runs), default=0)
        wrong = (run for run in runs if run.status.reason or run.bad_lines or run.left_out)
        self._longest_reason = max((cell_len(name_text(run)) for run in wrong), default=0)
        self._lay_out()
        if moved:
            if self.chosen not in numbers:  # the one that took its place, as when it is trashed
                place = min(old_place, len(runs) - 1)
                self.chosen = runs[place].path if runs else None
            if len(runs) != old_count:
                self.virtual_size = Size(self._width, len(runs) + 1)
            self.call_after_refresh(self._bring_into_view)  # when it is known how far it scrolls
        self._repaint()

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that there is room for."""
        return self._columns

    def move(self, distance: int) -> None:
        """Move the cursor down by some runs, or up by a negative number."""
        self.was_moved = True
        if self._runs:
            number = min(max(self._number() + distance, 0), len(self._runs) - 1)
            self.chosen = self._runs[number].path

    @property
    def page(self) -> int:
        """Runs that fit on the screen."""
        return max(self.size.height - 2, 1)

    def watch_chosen(self) -> None:
        """Repaint the two lines that changed, and bring the new one into view."""
        self._repaint()
        self._bring_into_view()

    def on_resize(self) -> None:
        """Show the columns that there is room for now."""
        self._lay_out()
        self.virtual_size = Size(self._width, len(self._runs) + 1)
        self.refresh()

    def _lay_out(self) -> None:
        self._columns = fitting(
            self._all_columns, self._width, self._longest_name, self._longest_reason
        )

    def _bring_into_view(self) -> None:
        if self.chosen in self._numbers:  # with the line above it, which the heading would hide
            self.scroll_to_region(Region(0, self._number(), 1, 2), animate=False)

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked run, a second click opens it; a click on a heading sorts."""
        if event.y == 0:
            column = self._column_at(event.x)
            if column is not None:
                self.post_message(self.HeadingClicked(column.key))
            return
        number = event.y + int(self.scroll_offset.y) - 1
        if 0 <= number < len(self._runs):
            self.was_moved = True
            path = self._runs[number].path
            if self.chosen == path:
                self.post_message(RunChosen(path))
            self.chosen = path

    def _column_at(self, x: int) -> Column | None:
        right = GAP
        for column in self._columns:
            right += column.width + GAP
            if x < right:
                return column
        return None

    @property
    def _width(self) -> int:
        """Columns beside the scrollbar, which is there when the runs do not fit."""
        return self.scrollable_content_region.width

    def _number(self) -> int:
        return self._numbers.get(self.chosen, 0) if self.chosen is not None else 0

    def _repaint(self) -> None:
        """Paint the lines in view that look different now."""
        changed = [y for y, painted in self._painted.items() if self._line(y) != painted]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _line(self, y: int) -> _Line | tuple[str, ...]:
        """Return what a line of the screen shows; the heading stays at the top."""
        if y == 0:
            column = self._order.column
            sign = FALLING if self._order.is_falling else RISING
            return (sign, column.key if column else "", *(each.key for each in self._columns))
        number = y + int(self.scroll_offset.y) - 1
        if number >= len(self._runs):
            return ()
        run = self._runs[number]
        return _Line(
            cells=tuple(_fitted(column, column.text(run)) for column in self._columns),
            is_chosen=run.path == self.chosen,
            is_marked=run.path in self._marked,
            state=run.status.state,
        )

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        line = self._painted[y] = self._line(y)
        for other in [other for other in self._painted if other >= self.size.height]:
            del self._painted[other]
        plain = self.rich_style
        if y == 0:
            segments = self._heading()
        elif isinstance(line, _Line):
            segments = list(self._segments(line))
        else:
            segments = []
        strip = Strip(segments).adjust_cell_length(self._width, plain).apply_style(plain)
        if isinstance(line, _Line) and line.is_chosen:
            cursor = self.get_component_rich_style("table--cursor")
            strip = Strip([Segment(each.text, cursor) for each in strip])
        return strip

    def _heading(self) -> list[Segment]:
        style = self.get_component_rich_style("table--heading")
        sorted_by = self._order.column.key if self._order.column else None
        segments = [Segment(" " * GAP, style)]
        for column in self._columns:
            sign = FALLING if self._order.is_falling else RISING
            mark = sign if column.key == sorted_by else " " * GAP
            heading = set_cell_size(column.heading, min(cell_len(column.heading), column.width))
            # The sign stands at the word that it belongs to.
            text = heading.rjust(column.width) + mark if column.on_right else heading + mark
            segments.append(Segment(text.ljust(column.width + GAP), style))
        return segments

    def _segments(self, line: _Line) -> Iterator[Segment]:
        plain = self.rich_style
        row = self.get_component_rich_style("table--marked") if line.is_marked else plain
        yield Segment(MARK if line.is_marked else " " * GAP, row)
        for column, text in zip(self._columns, line.cells, strict=True):
            if column.key == "phases":
                yield from self._phases(text)
                yield Segment(" " * (column.width + GAP - len(text)), row)
            else:
                style = self._style(column, text, line.state, row)
                yield Segment(_placed(column, text) + " " * GAP, style)

    def _phases(self, text: str) -> Iterator[Segment]:
        for sign, cells in groupby(text):
            style = self.get_component_rich_style(f"table--{KINDS[sign]}")
            yield Segment("".join(cells), style)

    def _style(self, column: Column, text: str, state: State, row: Style) -> Style:
        if column.key == "verdict" and text.startswith("⚑"):
            return self.get_component_rich_style("table--verdict")
        if column.key == "state" and state in BAD:
            return self.get_component_rich_style("table--bad")
        if column.key == "state" and state is State.RUNNING:
            return self.get_component_rich_style("table--live")
        return row


def _placed(column: Column, text: str) -> str:
    padding = " " * (column.width - cell_len(text))
    return padding + text if column.on_right else text + padding


def _fitted(column: Column, text: str) -> str:
    if cell_len(text) <= column.width:
        return text
    return _shortened(text, column.width) if column.key == "run" else _cut(text, column.width)


def _cut(text: str, columns: int) -> str:
    return set_cell_size(text, max(columns - 1, 0)) + "…"


def _shortened(text: str, columns: int) -> str:
    """Return a text cut to some columns; the number at the end of a run's id stays."""
    run, _, reason = text.partition(": ")
    tail = run[-min(TAIL, (columns - 1) // 2) :]
    if (reason and cell_len(run) <= columns) or cell_len(tail) >= columns // 2:
        return _cut(text, columns)
    return f"{set_cell_size(run, columns - 1 - cell_len(tail))}…{tail}"


def _cells(text: str) -> int:
    """Return the cells of a text; most need no look at each character, of thousands of them."""
    return len(text) if text.isascii() else cell_len(text)
