"""What is shown where nothing else fits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from grok_tui.tui import commands

LEAST = Size(60, 15)
"""Columns and rows below which no screen is laid out."""


class SmallScreen(Screen[None]):
    """Covers everything while the terminal is too small; what is below stays as it was."""

    BINDINGS = commands.bindings((commands.QUIT,))

    DEFAULT_CSS = "SmallScreen { align: center middle; Static { width: auto; max-width: 100%; } }"

    def compose(self) -> ComposeResult:
        """Lay out the message."""
        yield Static()

    def on_resize(self) -> None:
        """Say what is there and what is needed."""
        here = f"{self.size.width}x{self.size.height}"
        needed = f"{LEAST.width}x{LEAST.height}"
        words = f"{here} is too small for grok-tui:\nit needs {needed}. ctrl+q quits"
        self.query_one(Static).update(Content(words))
