"""What the threads tell the app, and the widgets the screens. Facts in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from grok_tui.chart.raster import Raster


class FeedChanged(Message):
    """There is a newer snapshot. Of several waiting ones, one is enough."""

    def can_replace(self, message: Message) -> bool:
        """Return whether this message makes a waiting one superfluous."""
        return isinstance(message, FeedChanged)


@dataclass
class ChartDrawn(Message):
    """The chart thread has drawn a chart."""

    raster: Raster
    bubble = False


@dataclass
class RunChosen(Message):
    """Somebody wants to see the run in this directory."""

    path: Path
