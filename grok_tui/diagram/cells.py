"""What the cells of a sweep tell, as a table of coloured texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from grok_tui.analysis.phases import Learning
from grok_tui.chart.axis import label
from grok_tui.chart.heat import LETTERS, PHASE_LEGEND, Heat, HeatCell, legend_of, scale_of
from grok_tui.diagram.plane import Plane, value_text
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.watch.sweeps import Cell, SweepView

SEED_BY_SEED = 4
"""Of so many seeds each has its letter in a phase diagram; of more the most frequent is shown."""


class Quantity(StrEnum):
    """What a diagram can show."""

    PHASE = "phase"
    GROK_STEP = "grok step"
    DELAY = "delay ratio"
    SUCCESS = "success rate"
    FALL = "complexity fall"


ABOUT = {
    Quantity.PHASE: f"Liu et al.: {PHASE_LEGEND}",
    Quantity.GROK_STEP: "step by which half of the seeds had generalised (Kaplan-Meier)",
    Quantity.DELAY: "grok step by memorised step, median of the seeds that grokked",
    Quantity.SUCCESS: "seeds that grokked, of those that say something",
    Quantity.FALL: "share of its peak by which the complexity has fallen, median",
}


def heat(sweep: SweepView, plane: Plane, quantity: Quantity) -> Heat:
    """Return the diagram of a sweep in a plane."""
    by_place = {cell.place: cell for cell in sweep.cells}
    rows, columns = plane.shape
    cells = tuple(
        tuple(
            _heat_cell(sweep, by_place[plane.place(down, across)], quantity)
            for across in range(columns)
        )
        for down in range(rows)
    )
    values = [cell.value for row in cells for cell in row if cell.value is not None]
    shares = quantity in (Quantity.SUCCESS, Quantity.FALL)
    scale = scale_of(values, whole=(0.0, 1.0) if shares else None)
    is_phase = quantity is Quantity.PHASE
    down = plane.axes[plane.row] if plane.row is not None else None
    across = plane.axes[plane.column]
    cuts = [f"{plane.axes[n].key}={plane.axes[n].values[plane.cut[n]]}" for n in plane.others]
    return Heat(
        title=safe(" · ".join([sweep.record.name, str(quantity), *cuts])),
        row_name=safe(down.key) if down else "",
        column_name=safe(across.key),
        rows=tuple(map(value_text, down.values)) if down else ("",),
        columns=tuple(map(value_text, across.values)),
        cells=cells,
        scale=None if is_phase else scale,
        legend=ABOUT[quantity] if is_phase else f"{ABOUT[quantity]}: {legend_of(scale)}",
    )


def _heat_cell(sweep: SweepView, cell: Cell, quantity: Quantity) -> HeatCell:
    if not cell.judged():
        return HeatCell(_no_value(cell))
    found = _READ[quantity](cell, sweep.budget)
    ended = sum(not run.is_growing and run.status.state is not State.QUEUED for run in cell.runs)
    if ended == len(sweep.record.seeds):
        return found
    return replace(found, text=f"{found.text}…")  # some seeds are still to come


def _no_value(cell: Cell) -> str:
    states = {run.status.state for run in cell.runs}
    if not states or states == {State.QUEUED}:
        return ""
    failed = states <= {State.CRASHED, State.UNREADABLE}
    return "!" if failed else "…"


def _phase(cell: Cell, budget: float) -> HeatCell:
    counts = cell.phases(budget)
    ranked = sorted(Learning, key=lambda phase: -counts[phase])
    letters = "".join(LETTERS[phase] * counts[phase] for phase in ranked)
    most = ranked[0]
    if len(counts) == 1:
        return HeatCell(LETTERS[most], phase=most)
    few = len(letters) <= SEED_BY_SEED
    return HeatCell(letters if few else f"{LETTERS[most]}{counts[most]}", phase=most)


def _grok_step(cell: Cell, _budget: float) -> HeatCell:
    found = cell.arrival()
    median = found.quantile(0.5) if found else None
    return HeatCell("later") if median is None else HeatCell(label(median), median)


def _delay(cell: Cell, _budget: float) -> HeatCell:
    ratio = cell.delay()
    return HeatCell("–") if ratio is None else HeatCell(f"{ratio:.3g}×", ratio)


def _success(cell: Cell, _budget: float) -> HeatCell:
    grokked, judged = len(cell.grokked()), len(cell.judged())
    return HeatCell(f"{grokked}/{judged}", grokked / judged)


def _fall(cell: Cell, _budget: float) -> HeatCell:
    share = cell.fall()
    return HeatCell("–") if share is None else HeatCell(f"{share:.0%}", share)


_READ: dict[Quantity, Callable[[Cell, float], HeatCell]] = {
    Quantity.PHASE: _phase,
    Quantity.GROK_STEP: _grok_step,
    Quantity.DELAY: _delay,
    Quantity.SUCCESS: _success,
    Quantity.FALL: _fall,
}
