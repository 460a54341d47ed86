"""Lines of text with a cursor, of which some differ from what they were at first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

CHANGED = "*"


class LineList(ScrollView, can_focus=True, inherit_bindings=False):
    """One line a text; a changed one begins with an asterisk.

    | Component class | What it colours |
    |---|---|
    | `lines--cursor` | the chosen line, while the list has the focus |
    | `lines--chosen` | the chosen line, while another list has it |
    | `lines--changed` | changed lines |
    """

    COMPONENT_CLASSES = {"lines--cursor", "lines--chosen", "lines--changed"}

    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .lines--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .lines--chosen { background: $panel; }
        .lines--changed { color: $text-warning; text-style: bold; }
    }
    """

    cursor: var[int] = var(0)
    """Number of the chosen line."""

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty list."""
        super().__init__(id=id)
        self._lines: Sequence[str] = ()
        self._changed: Collection[int] = ()

    def show(self, lines: Sequence[str], changed: Collection[int] = ()) -> None:
        """Show these lines; paints only when they differ."""
        if (list(lines), set(changed)) != (list(self._lines), set(self._changed)):
            self._lines, self._changed = lines, changed
            self.virtual_size = Size(self.scrollable_content_region.width, len(lines))
            self.cursor = min(self.cursor, max(len(lines) - 1, 0))
            self.refresh()

    @property
    def page(self) -> int:
        """Lines that fit on the screen."""
        return max(self.size.height - 1, 1)

    def move(self, distance: int) -> None:
        """Move the cursor down by some lines, or up by a negative number."""
        self.cursor = min(max(self.cursor + distance, 0), max(len(self._lines) - 1, 0))

    def watch_cursor(self) -> None:
        """Show the line that is chosen now."""
        self.refresh()
        self._keep_in_sight()

    def on_resize(self) -> None:
        """Show the chosen line also where there is less room than before."""
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)

    def on_focus(self) -> None:
        """Show where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked line."""
        number = event.y + int(self.scroll_offset.y)
        if 0 <= number < len(self._lines):
            self.cursor = number

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        width, plain = self.scrollable_content_region.width, self.rich_style
        number = y + int(self.scroll_offset.y)
        if number >= len(self._lines):
            return Strip.blank(width, plain)
        is_changed = number in self._changed
        text = f"{CHANGED if is_changed else ' '} {self._lines[number]}"
        if cell_len(text) > width:
            text = set_cell_size(text, width - 1) + "…"
        style = self.get_component_rich_style("lines--changed") if is_changed else plain
        if number == self.cursor:
            name = "lines--cursor" if self.has_focus else "lines--chosen"
            style = self.get_component_rich_style(name)
        strip = Strip([Segment(text, style)])
        return strip.adjust_cell_length(width, style).apply_style(plain)
