"""The one place that knows plotext: puts cells on a canvas, with a frame and ticks.

plotext keeps one hidden figure for the whole process, so everything here runs under a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import plotext

from grok_tui.chart.cells import Cells

AXIS_ROWS = 2
"""Rows below the canvas: axis line and labels."""

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stroke:
    """Cells of one colour."""

    cells: Cells
    colour: int


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
    columns = width - 1 - max((len(label) for _, label in y_ticks), default=0)
    rows = height - AXIS_ROWS
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
            cells = stroke.cells
            if cells.signs:
                x = [column / max(columns - 1, 1) for column in cells.columns]
                y = [row / max(rows - 1, 1) for row in cells.rows]
                plotext.scatter(x, y, color=stroke.colour, marker=cells.signs)
        return str(plotext.build())


def _columns(ticks: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [place for place, _ in ticks], [text for _, text in ticks]
