"""The primer, to be read in five minutes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.primer import primer


class PrimerScreen(ModalScreen[None]):
    """Shows the primer over whatever is open."""

    BINDINGS = [
        Binding("escape,f2,q,b,enter", "dismiss", "close"),
        Binding("j", "scroll(1)", "down"),
        Binding("k", "scroll(-1)", "up"),
        Binding("space", "page", "page down"),
    ]

    DEFAULT_CSS = """
    PrimerScreen {
        align: center middle;
        VerticalScroll {
            width: 80; max-width: 100%; height: 100%;
            padding: 0 1; background: $panel; border: round $primary;
        }
        Static { height: auto; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        with VerticalScroll() as frame:
            frame.border_title = "grokking in five minutes"
            frame.border_subtitle = "esc closes, ↑ ↓ space scroll"
            yield Static(Content(primer()))

    def action_scroll(self, lines: int) -> None:
        """Move the text by some lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self) -> None:
        """Move the text by a page."""
        self.query_one(VerticalScroll).scroll_page_down(animate=False)
