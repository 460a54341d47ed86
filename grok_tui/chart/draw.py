"""Draws a chart: the whole way from curves to a raster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grok_tui.arrays import FloatArray
from grok_tui.chart import plotext_backend
from grok_tui.chart.cells import braille, characters
from grok_tui.chart.geometry import apart, dots
from grok_tui.chart.palette import CODES, Role
from grok_tui.chart.plotext_backend import AXIS_ROWS, Stroke
from grok_tui.chart.raster import Raster, parse_ansi, to_raster
from grok_tui.chart.spec import ChartSpec, Line, Style
from grok_tui.chart.trace import trace

LABEL_WIDTH = 5
"""Characters of the labels left of every chart: with one width for all, charts that stand below
each other share their columns."""
MARGIN = LABEL_WIDTH + 1
"""Columns left of the canvas: labels and axis line."""
MIN_WIDTH, MIN_HEIGHT = MARGIN + 8, AXIS_ROWS + 2
"""Below this size nothing can be read."""
TOO_SMALL = "  (too small to draw)"

FLAG_LINE, FLAG_FOOT = "┊", "⚑"
RESTART_LINE, RESTART_FOOT = "╎", "↻"
NAN_MARK, UP_MARK, DOWN_MARK = "N", "▲", "▼"
"""Stand on the edge of a chart for values without a place: not-a-number and the infinities."""
ASCII_MARKERS = {Style.SOLID: "*", Style.DOTTED: ".", Style.CROSSES: "x"}
"""As `glyphs` puts the styles of a legend into ASCII."""
_COLUMNS_A_TICK = 8
_ROWS_A_TICK = 3
_COLUMNS_A_CROSS = 3


Canvas = list[list[tuple[str, Role | None]]]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What stands in which cell of a chart; charts of equal sketches look the same."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]
    """The topmost last."""
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    uprights: tuple[tuple[int, tuple[str, str], Role | None], ...]
    """Column of each vertical mark, its signs on the canvas and on the axis, and its role."""
    edges: tuple[tuple[int, int, str, Role], ...]
    """Row and column of each mark for a value without a place, its sign, and its role."""


def draw(spec: ChartSpec, width: int, height: int, *, ascii_only: bool = False) -> Raster:
    """Return the chart in the given number of columns and rows; see `sketch` for the arguments."""
    return paint(sketch(spec, width, height, ascii_only=ascii_only))


def sketch(spec: ChartSpec, width: int, height: int, *, ascii_only: bool = False) -> Sketch:
    """Return what stands where on a chart.

    Args:
        spec: what to draw.
        width: columns of the chart.
        height: rows of the chart.
        ascii_only: whether curves are drawn with characters of ASCII, a cell a point. Lines and
            signs around them are put into ASCII by whoever prints them.
    """
    columns, rows = width - MARGIN, height - AXIS_ROWS
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Sketch(max(width, 0), max(height, 0), (), (), (), (), ())
    behind = [
        *spec.left,
        *(Line(line.raw, Role.RAW, Style.DOTTED) for line in spec.lines if line.raw is not None),
    ]
    y_ticks = spec.y.ticks(max(rows // _ROWS_A_TICK + 1, 2))
    return Sketch(
        width,
        height,
        tuple(_stroke(spec, line, columns, rows, ascii_only) for line in (*behind, *spec.lines)),
        tuple(spec.x.ticks(max(columns // _COLUMNS_A_TICK, 2))),
        tuple((place, label.rjust(LABEL_WIDTH)) for place, label in y_ticks),
        (
            *_uprights(spec, spec.restarts, columns, (RESTART_LINE, RESTART_FOOT), None),
            *_uprights(spec, spec.flags, columns, (FLAG_LINE, FLAG_FOOT), Role.FLAG),
        ),
        tuple(edge for line in spec.lines for edge in _edges(spec, line, columns, rows)),
    )


def paint(sketched: Sketch) -> Raster:
    """Return a sketched chart with its frame and colours."""
    width, height = sketched.width, sketched.height
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return to_raster(parse_ansi(TOO_SMALL, width, height))
    text = plotext_backend.draw(sketched.strokes, sketched.x_ticks, sketched.y_ticks, width, height)
    cells = parse_ansi(text, width, height)
    for column, signs, role in sketched.uprights:
        _plant(cells, column, signs, role)
    for row, column, sign, role in sketched.edges:
        cells[row][MARGIN + column] = (sign, role)
    return to_raster(cells)


def column_of(place: float, columns: int) -> int | None:
    """Return the canvas column that shows a place on the x axis, or nothing when it is outside."""
    if not 0 <= place <= 1:
        return None
    return round(place * (2 * columns - 1)) // 2  # as plotext rounds to braille dots


def _stroke(spec: ChartSpec, line: Line, columns: int, rows: int, ascii_only: bool) -> Stroke:
    x, y = trace(spec, line.curve, 2 * columns)
    if line.style is Style.DOTTED:
        x, y = dots(x, y, columns)
    elif line.style is Style.CROSSES:
        x, y = apart(x, y, columns, _COLUMNS_A_CROSS)
    is_line = line.style is Style.SOLID
    if ascii_only or line.style is Style.CROSSES:
        sign = ASCII_MARKERS[line.style] if ascii_only else str(line.style)
        cells = characters(x, y, columns, rows, sign, is_line=is_line)
    else:
        cells = braille(x, y, columns, rows, is_line=is_line)
    return Stroke(cells, CODES[line.role])


def _uprights(
    spec: ChartSpec,
    places: Sequence[float],
    columns: int,
    signs: tuple[str, str],
    role: Role | None,
) -> Iterator[tuple[int, tuple[str, str], Role | None]]:
    for place in places:
        column = column_of(spec.x.place(place), columns)
        if column is not None:
            yield column, signs, role


def _plant(cells: Canvas, column: int, signs: tuple[str, str], role: Role | None) -> None:
    """Draw a vertical mark where the canvas is empty, and its foot on the axis."""
    line, foot = signs
    rows = len(cells) - AXIS_ROWS
    for row in cells[:rows]:
        if row[MARGIN + column][0] == " ":
            row[MARGIN + column] = (line, role)
    cells[rows][MARGIN + column] = (foot, role)


def _edges(
    spec: ChartSpec, line: Line, columns: int, rows: int
) -> Iterator[tuple[int, int, str, Role]]:
    """Yield where a line has values that are no numbers, on the edge that they lie beyond."""
    curve = line.raw if line.raw is not None else line.curve
    if spec.is_path:
        odd = np.flatnonzero(~np.isfinite(curve.values))
    else:
        odd = curve.missing(spec.x.low, spec.x.high)
    if not len(odd):
        return
    places, values = spec.x.unit(curve.steps[odd]), curve.at(odd)
    for is_meant, row, mark in (
        (np.isnan(values), rows - 1, NAN_MARK),
        (values == np.inf, 0, UP_MARK),
        (values == -np.inf, rows - 1, DOWN_MARK),
    ):
        for column in {column_of(place, columns) for place in _coarse(places[is_meant], columns)}:
            if column is not None:
                yield row, column, mark, line.role


def _coarse(places: FloatArray, columns: int) -> list[float]:
    """Return the places that fall on different dots."""
    inside = places[(places >= 0) & (places <= 1)]
    _, first = np.unique(np.round(inside * (2 * columns - 1)), return_index=True)
    return [float(place) for place in inside[first]]
