"""A table of coloured cells with a cursor; each cell has a text too."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.analysis.phases import Learning
from grok_tui.chart.heat import Heat, HeatCell
from grok_tui.chart.heat_svg import colour_at

LEAST_CELL = 6
HEAD_ROWS = 2
"""The columns' name and their values."""
PHASE_CLASSES = {phase: f"heat--{phase}" for phase in Learning}


class HeatMap(Widget, can_focus=True):
    """Shows a diagram, as much of it around the cursor as there is room for.

    | Component class | What it colours |
    |---|---|
    | `heat--comprehension` … `heat--confusion` | cells of a phase diagram |
    | `heat--cursor` | the chosen cell |
    | `heat--head` | names and values of the axes |
    """

    COMPONENT_CLASSES = {*PHASE_CLASSES.values(), "heat--cursor", "heat--head"}

    DEFAULT_CSS = """
    HeatMap {
        height: 1fr; padding: 0 1;
        .heat--comprehension { background: $curve-complexity; color: $background; }
        .heat--grokking { background: $flag; color: $background; }
        .heat--memorization { background: $curve-train 40%; color: $text; }
        .heat--confusion { background: $surface-lighten-1; color: $text-muted; }
        .heat--cursor { text-style: bold reverse; }
        .heat--head { color: $text-muted; }
    }
    HeatMap:ansi {
        .heat--comprehension { background: ansi_cyan; color: ansi_black; }
        .heat--grokking { background: ansi_yellow; color: ansi_black; }
        .heat--memorization { background: ansi_blue; color: ansi_bright_white; }
        .heat--confusion { background: ansi_black; color: ansi_white; }
    }
    """

    chosen: var[tuple[int, int]] = var((0, 0))
    """Row and column of the cursor."""

    class Opened(Message):
        """The chosen cell was clicked again."""

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty diagram."""
        super().__init__(id=id)
        self._heat: Heat | None = None

    def show(self, heat: Heat) -> None:
        """Show a diagram; paints only when it differs."""
        if heat != self._heat:
            self._heat = heat
            self.chosen = self._within(*self.chosen)
            self.refresh()

    def move(self, down: int, across: int) -> None:
        """Move the cursor."""
        self.chosen = self._within(self.chosen[0] + down, self.chosen[1] + across)

    def _within(self, row: int, column: int) -> tuple[int, int]:
        if self._heat is None:
            return 0, 0
        rows, columns = len(self._heat.rows), len(self._heat.columns)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def watch_chosen(self) -> None:
        """Paint the cursor where it is now."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked cell; a second click opens it."""
        inside = event.get_content_offset(self)
        if self._heat is None or inside is None:
            return
        first_row, first_column = self._first()
        row = (inside.y - HEAD_ROWS) // self._tall + first_row
        column = (inside.x - self._margin) // self._wide + first_column
        is_inside = inside.x >= self._margin and inside.y >= HEAD_ROWS
        if not is_inside or self._within(row, column) != (row, column):
            return
        if self.chosen == (row, column):
            self.post_message(self.Opened())
        self.chosen = (row, column)

    # Where cells lie

    @property
    def _margin(self) -> int:
        assert self._heat is not None
        names = (*self._heat.rows, self._heat.row_name)
        return max(map(cell_len, names)) + 4

    @property
    def _wide(self) -> int:
        """Columns of a cell: what its texts need, and more where there is room."""
        assert self._heat is not None
        texts = [cell.text for row in self._heat.cells for cell in row]
        least = max([LEAST_CELL, *(cell_len(text) + 2 for text in (*texts, *self._heat.columns))])
        room = (self.content_size.width - self._margin) // len(self._heat.columns)
        return max(least, min(room, 2 * least))

    @property
    def _tall(self) -> int:
        """Rows of a cell."""
        assert self._heat is not None
        room = (self.content_size.height - HEAD_ROWS) // len(self._heat.rows)
        return min(max(room, 1), 3)

    def _first(self) -> tuple[int, int]:
        """Return the first row and column that are shown: the cursor's cell always is."""
        assert self._heat is not None
        down = max((self.content_size.height - HEAD_ROWS) // self._tall, 1)
        across = max((self.content_size.width - self._margin) // self._wide, 1)
        row, column = self.chosen
        rows, columns = len(self._heat.rows), len(self._heat.columns)
        first_row = min(max(row - down // 2, 0), max(rows - down, 0))
        first_column = min(max(column - across // 2, 0), max(columns - across, 0))
        return first_row, first_column

    # Painting

    def render_line(self, y: int) -> Strip:
        """Return one row of the screen."""
        width, plain = self.content_size.width, self.rich_style
        if self._heat is None or not self._heat.columns:
            return Strip.blank(width, plain)
        head = self.get_component_rich_style("heat--head")
        first_row, first_column = self._first()
        if y == 0:
            segments = self._names(head)
        elif y == 1:
            segments = self._heads(first_column, head)
        else:
            row, part = divmod(y - HEAD_ROWS, self._tall)
            row += first_row
            if row >= len(self._heat.rows):
                return Strip.blank(width, plain)
            segments = self._row(row, first_column, part == (self._tall - 1) // 2, head)
        return Strip(segments).adjust_cell_length(width, plain).apply_style(plain)

    def _names(self, head: Style) -> list[Segment]:
        assert self._heat is not None
        down = f"{self._heat.row_name} ↓" if self._heat.row_name else ""
        return [
            Segment(down.ljust(self._margin), head),
            Segment(f"{self._heat.column_name} →", head),
        ]

    def _heads(self, first: int, head: Style) -> list[Segment]:
        assert self._heat is not None
        more = "‹" if first else " "
        shown = self._heat.columns[first:]
        texts = "".join(text.center(self._wide) for text in shown)
        room = self.content_size.width - self._margin
        beyond = "›" if cell_len(texts) > room + self._wide // 2 else ""
        return [Segment(more.rjust(self._margin) + texts[: room - 1] + beyond, head)]

    def _row(self, row: int, first: int, has_text: bool, head: Style) -> list[Segment]:
        assert self._heat is not None
        name = self._heat.rows[row] if has_text else ""
        segments = [Segment(f"{name} ".rjust(self._margin), head)]
        for column, cell in enumerate(self._heat.cells[row][first:], first):
            style = self._style(cell)
            text = cell.text if has_text else ""
            if (row, column) == self.chosen:
                style += self.get_component_rich_style("heat--cursor", partial=True)
                text = f"[{text}]" if has_text else ""
            segments.append(Segment(text.center(self._wide), style))
        return segments

    def _style(self, cell: HeatCell) -> Style:
        assert self._heat is not None
        if cell.phase is not None:
            return self.get_component_rich_style(PHASE_CLASSES[cell.phase])
        if cell.value is None or self._heat.scale is None or self.app.native_ansi_color:
            return self.rich_style
        colour = Color(*colour_at(self._heat.scale.place(cell.value)))
        ink = Color(0, 0, 0) if colour.brightness > 0.45 else Color(255, 255, 255)
        return Style(color=ink.rich_color, bgcolor=colour.rich_color)
