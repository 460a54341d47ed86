"""What the terminal shows: of a screen that is painted anew, only the rows that differ are sent.

Textual paints all of a screen whenever something stirs below a dialog, or a message appears.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from textual.geometry import Region

try:
    from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
except ImportError:  # Textual does not promise them: without them all is sent
    ChopsUpdate = CompositorUpdate = LayoutUpdate = type("Unknown", (), {})  # type: ignore[assignment,misc]


class Rows(CompositorUpdate):
    """Whole rows, rendered already."""

    def __init__(self, rows: Mapping[int, str]) -> None:
        """Paint these rows, by their numbers."""
        self._rows = rows

    def render_segments(self, console: Console) -> str:
        """Return what is sent."""
        return "".join(f"\x1b[{y + 1};1H{text}" for y, text in self._rows.items())


class Painted:
    """The rows of one screen as they were sent last, as far as they were sent whole."""

    def __init__(self) -> None:
        """Begin with a terminal of which nothing is known."""
        self._shown: tuple[object, Region] | None = None
        self._rows: dict[int, str] = {}

    def forget(self) -> None:
        """Have all sent the next time: what was sent last is not there, or no longer."""
        self._rows = {}

    def changed(self, screen: object, update: object, console: Console) -> object:
        """Return what of an update has to be sent; another screen is always sent whole."""
        if isinstance(update, ChopsUpdate):
            for y, _, _ in update.spans:
                self._rows.pop(y, None)
        if not isinstance(update, LayoutUpdate):
            return update
        if self._shown != (screen, update.region):
            self.forget()
        self._shown = screen, update.region
        before, self._rows = self._rows, {}
        for y, strips in enumerate(update.strips, update.region.y):
            self._rows[y] = "".join(strip.render(console) for strip in strips)
        return Rows({y: text for y, text in self._rows.items() if before.get(y) != text})
