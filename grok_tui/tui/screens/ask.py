"""Questions that a key asks before it acts: a line to type, or yes and no."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

Check = Callable[[str], str | None]
"""Returns what is wrong with a line, or nothing."""


class LineScreen(ModalScreen[str]):
    """Asks for one line; it closes with a line that is right, or with nothing on escape."""

    BINDINGS = [Binding("escape", "dismiss", "close")]

    DEFAULT_CSS = """
    LineScreen {
        align: center bottom;
        Vertical {
            height: auto; max-height: 100%; padding: 0 1;
            background: $panel; border: round $primary;
        }
        Static { height: auto; }
        #problem { color: $text-error; display: none; }
    }
    """

    def __init__(self, title: str, question: str, answer: str, check: Check) -> None:
        """Ask a question.

        Args:
            title: what will be done.
            question: what to type, with an example.
            answer: what stands there at first.
            check: returns what is wrong with a line; it is asked before the screen closes.
        """
        super().__init__()
        self._title, self._question, self._answer, self._check = title, question, answer, check

    def compose(self) -> ComposeResult:
        """Lay out question, line and problem."""
        with Vertical() as frame:
            frame.border_title = Content(self._title)
            frame.border_subtitle = Content("enter does it, esc does not")
            yield Static(Content(self._question))
            # A number is typed anew: one digit more is ten times as many steps. Text is edited.
            yield Input(self._answer, select_on_focus=self._answer.isdecimal(), compact=True)
            yield Static(id="problem")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close, or say what is wrong."""
        problem = self._check(event.value)
        if problem is None:
            self.dismiss(event.value)
            return
        widget = self.query_one("#problem", Static)
        widget.display = True
        widget.update(Content(problem))


class YesScreen(ModalScreen[bool]):
    """Asks whether something is really meant."""

    BINDINGS = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("n,escape,q,enter", "dismiss(False)", "no"),
    ]

    DEFAULT_CSS = """
    YesScreen {
        align: center middle;
        Static {
            width: auto; max-width: 100%; height: auto; padding: 1 2;
            background: $panel; border: round $error;
        }
    }
    """

    def __init__(self, question: str) -> None:
        """Ask a question; everything but `y` means no."""
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        yield Static(Content(f"{self._question}\n\ny  yes      n  no"))
