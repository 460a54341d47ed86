"""Keys of the screen below, and what the words on it mean."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.tui.commands import Command

WORDS = """\
A network groks when it memorises its training set, stalls, and much
later suddenly does well on examples that it never saw.

fitting      the training accuracy is still rising
memorised    the training set is fitted, the test set is not
grokking     the test accuracy rises, long after the training accuracy
generalised  the test accuracy has arrived
gap          test loss minus train loss
complexity   each measure between its own lowest and highest value so far
             (flat within 1 %); a narrow screen shows fewer of them; m
             shows one after the other alone, in its own unit
MDL          bytes that the weights need when they are rounded as
             coarsely as the training loss allows (1 nat), compressed;
             it tends to rise while memorising and to fall with
             generalising, and proves neither
‖θ‖          length of the weight vector
robust       test accuracy when each number of an input is moved by 0.06 at
             most, as badly as a few steps find; M measures it
eff. rank    how many directions the weight matrices use
⚑            where the test score had closed half of its gap; the
             interval is as wide as sampling and noise leave it

Step 0 is the untrained network; a logarithmic axis has no place for it.
"""


class KeysScreen(ModalScreen[None]):
    """The help of a screen."""

    BINDINGS = [
        Binding("escape,question_mark,f1,q,b,enter", "dismiss", "close"),
        Binding("f2,p", "app.primer", "primer"),
    ]

    DEFAULT_CSS = """
    KeysScreen {
        align: center middle;
        VerticalScroll {
            width: 80; max-width: 100%; height: auto; max-height: 100%;
            padding: 1; background: $panel; border: round $primary;
        }
        Static { height: auto; }
    }
    """

    def __init__(self, commands: Sequence[Command], about: str = "") -> None:
        """Explain these commands, and before them what the screen below shows."""
        super().__init__()
        self._commands, self._about = commands, about

    def compose(self) -> ComposeResult:
        """Lay out keys and words."""
        keys = "\n".join(f"{command.shown:<8} {command.help}" for command in self._commands)
        with VerticalScroll() as frame:
            frame.border_subtitle = "esc closes, ↑ ↓ scroll, p: grokking in five minutes"
            parts = [part for part in (self._about, keys, WORDS) if part]
            yield Static(Content("\n\n".join(parts)))
