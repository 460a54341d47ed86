"""Picks from a long list by typing: some of it in an order, or one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from grok_tui.text import safe

MOST_SHOWN = 300
"""Lines of the list at most: whoever has more types what they look for."""


class FilterInput(Input):
    """A line that filters a list; space is left to the list."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key is text, for which no binding is asked."""
        return key != "space" and super().check_consume_key(key, character)


class PickScreen(ModalScreen[tuple[str, ...]]):
    """Closes with what was picked, or with nothing on escape."""

    BINDINGS = [
        Binding("escape", "dismiss", "close", priority=True),
        Binding("enter", "take", "take", priority=True),
        Binding("space", "pick", "pick", priority=True),
        Binding("down", "move(1)", "down", priority=True),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("pagedown", "move(10)", "down", priority=True),
        Binding("pageup", "move(-10)", "up", priority=True),
    ]

    DEFAULT_CSS = """
    PickScreen {
        align: center middle;
        Vertical {
            width: 70; max-width: 100%; height: 70%; padding: 0 1;
            background: $panel; border: round $primary;
        }
        OptionList { height: 1fr; border: none; background: $panel; padding: 0; }
    }
    """

    def __init__(
        self, title: str, names: Sequence[str], picked: Sequence[str], *, is_single: bool = False
    ) -> None:
        """Ask for some of the names.

        Args:
            title: what is picked.
            names: what there is.
            picked: what is picked at first, in its order.
            is_single: whether one is picked, by enter alone.
        """
        super().__init__()
        self._title, self._names, self._is_single = title, list(names), is_single
        self._picked = [name for name in picked if name in names]
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay out the line to type in, and the list."""
        with Vertical() as frame:
            frame.border_title = Content(f"{self._title} · type to filter")
            keys = (
                "enter takes it" if self._is_single else "space picks, in order; enter shows them"
            )
            frame.border_subtitle = Content(f"{keys}, esc does not")
            yield FilterInput(compact=True)
            yield OptionList()

    def on_mount(self) -> None:
        """List everything."""
        self._list("")
        options = self.query_one(OptionList)
        options.can_focus = False
        if self._is_single and self._picked and self._picked[0] in self._shown:
            options.highlighted = self._shown.index(self._picked[0])

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what contains the text."""
        self._list(event.value)

    def _list(self, typed: str) -> None:
        found = [name for name in self._names if typed.casefold() in name.casefold()]
        first = [name for name in self._picked if name in found]
        if self._is_single:
            first = []
        self._shown = [*first, *(name for name in found if name not in first)][:MOST_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._line(name)) for name in self._shown])
        if len(found) > MOST_SHOWN:
            more = f"… {len(found) - MOST_SHOWN} more: type to filter"
            options.add_option(Option(Content(more), disabled=True))
        options.highlighted = 0 if self._shown else None

    def _line(self, name: str) -> Content:
        if self._is_single:
            sign = "●" if name in self._picked else " "
            return Content(f"{sign} {safe(name)}")
        number = str(self._picked.index(name) + 1) if name in self._picked else " "
        return Content(f"[{number:>2}] {safe(name)}")

    def action_move(self, lines: int) -> None:
        """Highlight another line."""
        options = self.query_one(OptionList)
        if self._shown:
            at = (options.highlighted or 0) + lines
            options.highlighted = min(max(at, 0), len(self._shown) - 1)

    def action_pick(self) -> None:
        """Pick the highlighted name, or drop it."""
        name = self._highlighted()
        if name is None or self._is_single:
            return
        if name in self._picked:
            self._picked.remove(name)
        else:
            self._picked.append(name)
        options = self.query_one(OptionList)
        for index, shown in enumerate(self._shown):
            options.replace_option_prompt_at_index(index, self._line(shown))

    def action_take(self) -> None:
        """Close with what was picked; with the highlighted name where nothing was."""
        name = self._highlighted()
        if self._is_single or not self._picked:
            self.dismiss((name,) if name is not None else None)
        else:
            self.dismiss(tuple(self._picked))

    def _highlighted(self) -> str | None:
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None
