"""The one place that knows plotext: draws lines inside the unit square, with a frame and ticks.

plotext keeps one hidden figure for the whole process, so everything here runs under a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import plotext

from grok_tui.arrays import FloatArray

BRAILLE = "braille"
"""The marker of a line: dots, two by four in a cell."""

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line or a set of dots to draw; all places lie in 0…1, not-a-number interrupts a line."""

    x: FloatArray
    y: FloatArray
    colour: int
    marker: str = BRAILLE
    """`BRAILLE`, or the character that stands at each place."""
    is_line: bool = True
    """Whether the places are joined."""


def draw(
    strokes: Sequence[Stroke],
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
    width: int,
    height: int,
) -> str:
    """Return the chart as text with colour sequences: `height` lines of `width` characters.

    Args:
        strokes: what to draw, the topmost last.
        x_ticks: (place, label) pairs on the lower axis.
        y_ticks: (place, label) pairs on the left axis; their widest label is the left margin.
        width: characters of the whole chart.
        height: lines of the whole chart, the labels of the x axis included.
    """
    with _lock:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plotsize(width, height)
        for paint in (plotext.canvas_color, plotext.axes_color, plotext.ticks_color):
            paint("default")
        plotext.xaxes(True, False)
        plotext.yaxes(True, False)
        plotext.xlim(0, 1)
        plotext.ylim(0, 1)
        plotext.xticks(*_columns(x_ticks))
        plotext.yticks(*_columns(y_ticks))
        plotext.scatter([0.5], [0.5], marker=" ")  # without any data there would be no ticks
        for stroke in strokes:
            if len(stroke.x):
                put = plotext.plot if stroke.is_line else plotext.scatter
                put(stroke.x.tolist(), stroke.y.tolist(), color=stroke.colour, marker=stroke.marker)
        return str(plotext.build())


def _columns(ticks: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [place for place, _ in ticks], [text for _, text in ticks]
