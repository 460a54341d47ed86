"""The last line of a screen: the keys that matter here, as many as there is room for."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from grok_tui.tui.commands import KEYS

_BLANKS = 3
"""Around a key and what it does."""


class KeyLine(Footer):
    """Shows whole keys only; the one that shows all others always has a place."""

    def __init__(self) -> None:
        """Make a line without the key of the palette."""
        super().__init__(show_command_palette=False)
        self._laid_out_for = 0

    def compose(self) -> ComposeResult:
        """Lay out the keys that fit, in their order."""
        self._laid_out_for = self.size.width
        keys = [each for each in super().compose() if isinstance(each, FooterKey)]
        helping = [key for key in keys if key.action == KEYS.action]
        room = self.size.width - sum(map(_width, helping))
        for key in keys:
            key.set_reactive(FooterKey.compact, self.compact)  # each change has it styled anew
            if key in helping:
                yield key
            elif room >= 0:
                room -= _width(key)
                if room >= 0:
                    yield key

    def on_resize(self) -> None:
        """Lay the keys out anew where there is more room, or less."""
        if self._bindings_ready and self.size.width != self._laid_out_for:
            self.refresh(recompose=True)


def _width(key: FooterKey) -> int:
    return cell_len(key.key_display) + cell_len(key.description) + _BLANKS
