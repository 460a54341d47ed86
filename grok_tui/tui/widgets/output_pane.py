"""The newest lines of a run's output or of its events; it follows the end while it is there."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class OutputPane(Widget, can_focus=True):
    """A title, and the last lines that there are.

    | Component class | What it colours |
    |---|---|
    | `pane--title` | the title |
    """

    COMPONENT_CLASSES = {"pane--title"}

    DEFAULT_CSS = """
    OutputPane {
        height: 30%; min-height: 5; background: $surface; display: none;
        .pane--title { color: $text-muted; background: $surface; }
        &:focus .pane--title { color: $text; background: $surface; text-style: bold; }
    }
    """

    BINDINGS = [
        Binding("up,k", "scroll(1)", "up", show=False),
        Binding("down,j", "scroll(-1)", "down", show=False),
        Binding("pageup", "scroll(10)", "page up", show=False),
        Binding("pagedown", "scroll(-10)", "page down", show=False),
        Binding("home,g", "scroll(1000000)", "oldest", show=False),
        Binding("end,G", "scroll(-1000000)", "newest", show=False),
        Binding("escape", "screen.blur_pane", "charts", show=False),
    ]
    """Keys of the pane while it has the focus (tab)."""

    def __init__(self) -> None:
        """Make an empty pane."""
        super().__init__()
        self._title = ""
        self._lines: tuple[str, ...] = ()
        self._behind = 0
        """Lines between the last line that is shown and the end."""
        self._rows: list[str] = []

    def show(self, title: str, lines: Sequence[str]) -> None:
        """Show lines; somebody who scrolled back goes on to see the same ones."""
        if title == self._title and self._behind:
            self._behind = min(self._behind + _grown(self._lines, lines), self._most_behind(lines))
        elif title != self._title:
            self._behind = 0
        self._title, self._lines = title, tuple(lines)
        self._paint()

    def on_resize(self, _event: events.Resize) -> None:
        """Show as many lines as fit now."""
        self._paint()

    def on_focus(self) -> None:
        """Say which keys there are."""
        self._paint()

    def on_blur(self) -> None:
        """Say how to get the keys."""
        self._paint()

    def on_mouse_scroll_up(self) -> None:
        """Go back by some lines."""
        self.action_scroll(3)

    def on_mouse_scroll_down(self) -> None:
        """Go on by some lines."""
        self.action_scroll(-3)

    def action_scroll(self, lines: int) -> None:
        """Go back by some lines, or on."""
        self._behind = min(max(self._behind + lines, 0), self._most_behind(self._lines))
        self._paint()

    def _most_behind(self, lines: Sequence[str]) -> int:
        return max(len(lines) - (self.size.height - 1), 0)

    def _paint(self) -> None:
        """Refresh the rows that changed."""
        end = len(self._lines) - self._behind
        room = max(self.size.height - 1, 0)
        shown = list(self._lines[max(end - room, 0) : end])
        where = f"{self._behind} lines below; end follows" if self._behind else "follows the end"
        keys = "↑ ↓ scroll, esc: charts" if self.has_focus else "tab: keys"
        rows = [f"── {self._title} · {where} · {keys} ", *(shown or ["nothing yet"])]
        rows += [""] * (self.size.height - len(rows))
        changed = [y for y, row in enumerate(rows) if self._rows[y : y + 1] != [row]]
        self._rows = rows
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        width, blank = self.size.width, self.rich_style
        text = self._rows[y] if y < len(self._rows) else ""
        if y == 0:
            style = self.get_component_rich_style("pane--title")
            return Strip([Segment(text.ljust(width, "─"), style)]).crop(0, width)
        strip = Strip([Segment(f" {text}", blank)])
        return strip.adjust_cell_length(width, blank).apply_style(blank)


def _grown(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many lines were added at the end."""
    if not old or old[-1] not in new:
        return 0
    last = len(new) - 1 - list(reversed(new)).index(old[-1])
    return len(new) - 1 - last
