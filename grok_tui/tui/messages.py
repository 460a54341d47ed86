"""What the threads tell the app, and the widgets the screens. Facts in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from grok_tui.analysis.series import Curve
from grok_tui.chart.board import Board, Choices
from grok_tui.chart.raster import Raster
from grok_tui.watch.output import Output


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
class BoardBuilt(Message):
    """The chart thread has prepared the charts of a screen, or could not."""

    choices: Choices
    """What it was asked for."""
    board: Board | None
    problem: str | None = None
    bubble = False


@dataclass
class SessionsRead(Message):
    """It was read where the run was taken up again, and, if asked for, what it left."""

    restarts: tuple[float, ...]
    branches: tuple[Mapping[str, Curve], ...] | None = None
    problem: str | None = None
    bubble = False


@dataclass
class OutputRead(Message):
    """The newest lines of a run were read."""

    output: Output
    bubble = False


@dataclass
class RunChosen(Message):
    """Somebody wants to see the run in this directory."""

    path: Path


class LineFreed(Message):
    """The line to the terminal was too slow for what was painted, and is free again."""
