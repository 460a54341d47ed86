"""Several runs on one chart: letters along the lines tell them apart, also without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis, close_axis, linear_axis, log_axis
from grok_tui.chart.draw import MARGIN, column_of
from grok_tui.chart.entry import Entry
from grok_tui.chart.palette import Role
from grok_tui.chart.panels import Panel
from grok_tui.chart.plotext_backend import AXIS_ROWS
from grok_tui.chart.raster import Raster, to_raster
from grok_tui.chart.spec import ChartSpec, Line, Style

ROLES = (Role.TRAIN, Role.TEST, Role.COMPLEXITY, Role.GAP, Role.NORM, Role.RANK)
"""Here they are only colours; after six, lines become dotted and the colours begin again."""
SHADE = "░"
LETTER_EVERY = 26
"""Columns between two letters of one line."""
LEAST_COLUMNS, LEAST_ROWS = 8, 2

Cells = list[list[tuple[str, Role | None]]]


@dataclass(frozen=True, slots=True)
class Strand:
    """One line of an overlay, with its letter, and the band around it if it has one."""

    letter: str
    curve: Curve
    role: Role
    style: Style
    band: tuple[Curve, Curve] | None = None
    """Lower and upper end."""
    form: str = ".3g"
    """How a number is written, as Python's `format` takes it."""


def look(number: int) -> tuple[Role, Style]:
    """Return how the line of this number is drawn."""
    style = Style.SOLID if number < len(ROLES) else Style.DOTTED
    return ROLES[number % len(ROLES)], style


def overlay_panel(
    key: str, title: str, strands: Sequence[Strand], x: Axis, y: Axis | None = None
) -> Panel:
    """Return the chart of some lines; without `y` it is that of the quantity in the title."""
    y = y or _y_axis(title, heights(strands))
    lines = tuple(Line(strand.curve, strand.role, strand.style) for strand in strands)
    legend = tuple(
        Entry(strand.letter, strand.role, strand.style, strand.curve, strand.form)
        for strand in strands
    )
    return Panel(key, title, legend, ChartSpec(lines, x, y))


def heights(strands: Iterable[Strand]) -> FloatArray:
    """Return all values of lines and bands."""
    curves = [curve for strand in strands for curve in (strand.curve, *(strand.band or ()))]
    return np.concatenate([np.empty(0), *(curve.values for curve in curves)])


def pictured(panel: Panel, strands: Sequence[Strand]) -> Panel:
    """Return the chart as a picture has it, where dotted lines are the ends of a band."""
    ends = [(end, strand.role) for strand in strands for end in strand.band or ()]
    lines = tuple(Line(end, role, Style.DOTTED) for end, role in ends)
    return replace(panel, spec=replace(panel.spec, left=lines))


def lettered(raster: Raster, spec: ChartSpec, strands: Sequence[Strand]) -> Raster:
    """Return a drawn overlay with its bands and letters."""
    cells: Cells = [[(char, role) for text, role in row for char in text] for row in raster.rows]
    rows = len(cells) - AXIS_ROWS
    columns = len(cells[0]) - MARGIN if cells else 0
    if rows < LEAST_ROWS or columns < LEAST_COLUMNS:
        return raster
    for strand in strands:
        if strand.band is not None:
            _shade(cells, spec, strand.band, strand.role, columns, rows)
    taken = set[tuple[int, int]]()
    for number, strand in enumerate(strands):
        for row, column in _letter_places(spec, strand.curve, number, len(strands), columns, rows):
            if (row, column) not in taken:
                taken.add((row, column))
                cells[row][MARGIN + column] = (strand.letter, strand.role)
    return to_raster(cells)


def _letter_places(
    spec: ChartSpec, curve: Curve, number: int, count: int, columns: int, rows: int
) -> Iterator[tuple[int, int]]:
    """Yield rows and columns of a line's letters: on its rise, at its end, and here and there."""
    heights = _heights(spec, curve, columns)
    drawn = np.flatnonzero(np.isfinite(heights))
    if not drawn.size:
        return
    yield from _on_the_rise(spec, curve, number, count, columns, rows)
    last = int(drawn[-1])
    every = max(LETTER_EVERY, 2 * count)
    # Lines often end together, so that each has its letter a bit before the next one's.
    ends = [max(last - number, int(drawn[0]))]
    for column in [*ends, *range(2 + number * every // count, last - count, every)]:
        if np.isfinite(heights[column]):
            yield _row(heights[column], rows), column


def _on_the_rise(
    spec: ChartSpec, curve: Curve, number: int, count: int, columns: int, rows: int
) -> Iterator[tuple[int, int]]:
    """Yield where a line first passes the middle of its range, each line at another height."""
    x, y = spec.x.unit(curve.steps), spec.y.unit(curve.values)
    kept = np.isfinite(x) & np.isfinite(y) & (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
    x, y = x[kept], y[kept]
    if len(x) < 2:
        return
    low, high = float(y.min()), float(y.max())
    level = low + (high - low) * (0.3 + 0.4 * (number + 0.5) / count)
    passed = np.flatnonzero((y[:-1] < level) != (y[1:] < level))
    if (high - low) * rows < 2 or not passed.size:
        return
    at = int(passed[0])
    share = (level - y[at]) / (y[at + 1] - y[at])
    column = column_of(float(x[at] + share * (x[at + 1] - x[at])), columns)
    if column is not None:
        yield _row(level, rows), column


def _shade(
    cells: Cells,
    spec: ChartSpec,
    band: tuple[Curve, Curve],
    role: Role,
    columns: int,
    rows: int,
) -> None:
    low, high = (_heights(spec, end, columns) for end in band)
    for column in np.flatnonzero(np.isfinite(low) & np.isfinite(high)):
        for row in range(_row(high[column], rows), _row(low[column], rows) + 1):
            if cells[row][MARGIN + column][0] == " ":
                cells[row][MARGIN + column] = (SHADE, role)


def _heights(spec: ChartSpec, curve: Curve, columns: int) -> FloatArray:
    """Return how high a curve is in each column, 0…1; not-a-number where it is not drawn."""
    x, y = spec.x.unit(curve.steps), spec.y.unit(curve.values)
    kept = np.isfinite(x) & np.isfinite(y)
    if not kept.any():
        return np.full(columns, np.nan)
    centres = (np.arange(columns) + 0.5) / columns
    half = 0.5 / columns
    heights = np.interp(centres, x[kept], y[kept])
    first, last = x[kept][0], x[kept][-1]
    is_seen = (centres >= first - half) & (centres <= last + half)
    is_seen &= (heights >= 0) & (heights <= 1)
    return np.where(is_seen, heights, np.nan)


def _row(height: float, rows: int) -> int:
    """Return the row of a height, as plotext rounds to braille dots."""
    return rows - 1 - round(height * (4 * rows - 1)) // 4


def _y_axis(title: str, values: FloatArray) -> Axis:
    if "accuracy" in title:
        return Axis("linear", 0.0, 1.0)
    if "loss" in title:
        return log_axis(values)
    return linear_axis(values) if title == "gap" else close_axis(values)


def x_axis(curves: Iterable[Curve], *, log: bool, from_one: bool) -> Axis:
    """Return an axis on which all curves have their place.

    Args:
        curves: what is drawn.
        log: whether it is logarithmic.
        from_one: whether it begins with 1, as that of steps does; else where the curves begin.
    """
    steps = np.concatenate([np.empty(0), *(curve.steps for curve in curves)])
    if not log:
        return linear_axis(steps)
    axis = log_axis(steps)
    high = linear_axis(steps).high
    low = 1.0 if from_one else max(axis.low, axis.high * 1e-6)
    return Axis("log", low, max(high, 10 * low))
