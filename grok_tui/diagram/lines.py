"""When the runs of a sweep grok along one of its axes, a line for each value of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.chart.axis import tight_axis
from grok_tui.chart.figure import Figure
from grok_tui.chart.overlay import Strand, heights, look, overlay_panel, pictured
from grok_tui.chart.panels import Panel
from grok_tui.chart.spec import Style
from grok_tui.diagram.plane import Plane, value_text
from grok_tui.runs.sweep import SweepAxis
from grok_tui.text import safe
from grok_tui.watch.sweeps import SweepView

MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Lines:
    """A chart of lines, and what its letters mean."""

    panel: Panel
    strands: tuple[Strand, ...]
    legend: str
    title: str

    @property
    def figure(self) -> Figure:
        """The chart as a picture of its own."""
        return Figure(self.title, (pictured(self.panel, self.strands),), self.legend)


def lines_of(sweep: SweepView, plane: Plane, chosen: int) -> Lines:
    """Return the lines of a plane, one a row; that of the chosen row has a band."""
    lines = arrival_lines(sweep, plane)
    drawn = [line for line in lines if len(line.middle)][:MOST_LINES]
    strands = tuple(
        Strand(
            letter,
            line.middle,
            look(number)[0],
            Style.SOLID,  # of so few points dots would leave nothing
            line.band if line is lines[chosen] else None,
            form=",.0f",
        )
        for number, (letter, line) in enumerate(zip(ascii_lowercase, drawn, strict=False))
    )
    axis = plane.axes[plane.column]
    values = np.array(axis_numbers(axis))
    is_log = axis.is_log and float(values.min()) > 0
    x, y = tight_axis(values, log=is_log), tight_axis(heights(strands), log=True)
    legend = _legend(plane, drawn, lines[chosen], len(lines))
    title = safe(f"{sweep.record.name} · grok step along {axis.key}")
    return Lines(overlay_panel("sweep-lines", "grok step", strands, x, y), strands, legend, title)


def _legend(plane: Plane, drawn: Sequence[ArrivalLine], chosen: ArrivalLine, count: int) -> str:
    row = f"{plane.axes[plane.row].key}: " if plane.row is not None else ""
    named = [
        f"{letter} {line.name}" + (f" ({line.later} later)" if line.later else "")
        for letter, line in zip(ascii_lowercase, drawn, strict=False)
    ]
    missing = count - len(drawn)
    more = f"; {missing} not drawn: half of the seeds arrived nowhere" if missing else ""
    shade = f"; shade: middle half of the seeds at {chosen.name}" if chosen.band else ""
    return safe(f"{row}{', '.join(named) or 'no line yet'}{more}{shade}", 1000)


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """When the cells of one row generalise, along the columns."""

    name: str
    """The value of the row's axis."""
    middle: Curve
    band: tuple[Curve, Curve] | None
    """First and third quartile, where both are known in every cell that has a median."""
    later: int
    """Cells in which fewer than half of the seeds had arrived by their last step."""


def arrival_lines(sweep: SweepView, plane: Plane) -> list[ArrivalLine]:
    """Return the lines of a plane; values that are no numbers are counted from 1."""
    by_place = {cell.place: cell for cell in sweep.cells}
    rows, columns = plane.shape
    places = axis_numbers(plane.axes[plane.column])
    down = plane.axes[plane.row].values if plane.row is not None else [sweep.record.name]
    lines = []
    for row in range(rows):
        found = [by_place[plane.place(row, column)].arrival() for column in range(columns)]
        dates = [(at, each) for at, each in zip(places, found, strict=True) if each is not None]
        known = [(at, each) for at, each in dates if each.quantile(0.5) is not None]
        low, middle, high = (
            _curve([(at, each.quantile(share)) for at, each in known])
            for share in (0.25, 0.5, 0.75)
        )
        band = (low, high) if known and len(low) == len(high) == len(middle) else None
        lines.append(ArrivalLine(value_text(down[row]), middle, band, len(dates) - len(known)))
    return lines


def axis_numbers(axis: SweepAxis) -> list[float]:
    """Return where the values of an axis lie."""
    is_number = all(isinstance(v, int | float) and not isinstance(v, bool) for v in axis.values)
    if is_number:
        return [float(value) for value in axis.values]
    return [float(number + 1) for number in range(len(axis.values))]


def _curve(points: list[tuple[float, float | None]]) -> Curve:
    kept = sorted((at, value) for at, value in points if value is not None)
    if not kept:
        return EMPTY
    steps, values = zip(*kept, strict=True)
    return Curve(np.array(steps), np.array(values, dtype=np.float64))
