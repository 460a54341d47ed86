"""Draws a chart: the whole way from curves to a raster."""

from __future__ import annotations

from grok_tui.chart import plotext_backend
from grok_tui.chart.geometry import apart, clip_line, decimate, dots
from grok_tui.chart.palette import CODES, Role
from grok_tui.chart.plotext_backend import BRAILLE, Stroke
from grok_tui.chart.raster import Raster, parse_ansi, to_raster
from grok_tui.chart.spec import ChartSpec, Line, Style

LABEL_WIDTH = 5
"""Characters of the labels left of every chart: with one width for all, charts that stand below
each other share their columns."""
MARGIN = LABEL_WIDTH + 1
"""Columns left of the canvas: labels and axis line."""
AXIS_ROWS = 2
"""Rows below the canvas: axis line and labels."""
MIN_WIDTH, MIN_HEIGHT = MARGIN + 8, AXIS_ROWS + 2
"""Below this size nothing can be read."""
TOO_SMALL = "  (too small to draw)"

FLAG_LINE, FLAG_FOOT = "┊", "⚑"
_COLUMNS_A_TICK = 8
_ROWS_A_TICK = 3
_COLUMNS_A_CROSS = 3


def draw(spec: ChartSpec, width: int, height: int) -> Raster:
    """Return the chart in the given number of columns and rows."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return to_raster(parse_ansi(TOO_SMALL, max(width, 0), max(height, 0)))
    columns, rows = width - MARGIN, height - AXIS_ROWS
    y_ticks = spec.y.ticks(max(rows // _ROWS_A_TICK + 1, 2))
    text = plotext_backend.draw(
        [_stroke(spec, line, columns) for line in spec.lines],
        spec.x.ticks(max(columns // _COLUMNS_A_TICK, 2)),
        [(place, label.rjust(LABEL_WIDTH)) for place, label in y_ticks],
        width,
        height,
    )
    cells = parse_ansi(text, width, height)
    for step in spec.flags:
        _plant_flag(cells, column_of(spec.x.place(step), columns), rows)
    return to_raster(cells)


def column_of(place: float, columns: int) -> int | None:
    """Return the canvas column that shows a place on the x axis, or nothing when it is outside."""
    if not 0 <= place <= 1:
        return None
    return round(place * (2 * columns - 1)) // 2  # as plotext rounds to braille dots


def _stroke(spec: ChartSpec, line: Line, columns: int) -> Stroke:
    x, y = spec.x.unit(line.curve.steps), spec.y.unit(line.curve.values)
    x, y = clip_line(*decimate(x, y, 2 * columns))
    if line.style is Style.DOTTED:
        x, y = dots(x, y, columns)
    elif line.style is Style.CROSSES:
        x, y = apart(x, y, columns, _COLUMNS_A_CROSS)
    marker = str(Style.CROSSES) if line.style is Style.CROSSES else BRAILLE
    return Stroke(x, y, CODES[line.role], marker, is_line=line.style is Style.SOLID)


def _plant_flag(cells: list[list[tuple[str, Role | None]]], column: int | None, rows: int) -> None:
    """Draw a vertical mark where the canvas is empty, and its foot on the axis."""
    if column is None:
        return
    for row in cells[:rows]:
        if row[MARGIN + column][0] == " ":
            row[MARGIN + column] = (FLAG_LINE, Role.FLAG)
    cells[rows][MARGIN + column] = (FLAG_FOOT, Role.FLAG)
