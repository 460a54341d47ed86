"""The report on a sweep, as text and as values: which settings make networks grok, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grok_tui.analysis.importance import main_effects
from grok_tui.analysis.phases import Learning
from grok_tui.analysis.survival import Survival
from grok_tui.analysis.wording import steps
from grok_tui.chart.heat import LETTERS
from grok_tui.runs.record import State
from grok_tui.watch.sweeps import Cell, SweepView

_HEADER = ("grokked", "95 %", "at once", "grok step (median)", "25–75 %", "delay", "failed")


def values(sweep: SweepView) -> dict[str, Any]:
    """Return the report as values for JSON."""
    effects = _effects(sweep)
    return {
        "name": sweep.record.name,
        "path": str(sweep.root),
        "preset": sweep.record.preset,
        "budget": sweep.budget,
        "axes": [
            {"key": axis.key, "values": axis.values, "effect": round(float(effect), 4)}
            for axis, effect in zip(sweep.record.axes, effects, strict=True)
        ],
        "phases": {str(phase): count for phase, count in _all_phases(sweep).items()},
        "cells": [_cell_values(sweep, cell) for cell in sweep.cells],
    }


def lines(sweep: SweepView, *, markdown: bool) -> Iterator[str]:
    """Yield the lines of the report."""
    runs = [run for cell in sweep.cells for run in cell.runs]
    ended = sum(not run.status.is_live and run.status.state is not State.QUEUED for run in runs)
    planned = len(sweep.cells) * len(sweep.record.seeds)
    cells = f"{len(sweep.cells)} cells by {len(sweep.record.seeds)} seeds"
    title = f"{sweep.record.name}: {sweep.record.preset}, {cells}, {ended} of {planned} runs ended"
    yield f"## {title}" if markdown else title
    yield ""
    table = [_names(sweep) + _HEADER, *(_row(sweep, cell) for cell in sweep.cells)]
    yield from _markdown(table) if markdown else _aligned(table)
    yield ""
    if len(sweep.record.axes) == 2:
        yield from _diagram(sweep, markdown=markdown)
        yield ""
    yield _matters(sweep)
    for run in (run for cell in sweep.cells for run in cell.failed()):
        yield f"failed: {run.id}: {run.status.reason}"


def cell_rows(sweep: SweepView) -> Iterator[dict[str, Any]]:
    """Yield the values of each cell for a table."""
    for cell in sweep.cells:
        found = _cell_values(sweep, cell)
        low, high = found.pop("interval")
        first, last = found.pop("arrival_quartiles") or (None, None)
        counts = found.pop("phases")
        yield {
            **found.pop("settings"),
            **found,
            "interval_low": low,
            "interval_high": high,
            "arrival_quarter": first,
            "arrival_three_quarters": last,
            **{str(phase): counts.get(str(phase), 0) for phase in Learning},
        }


def _cell_values(sweep: SweepView, cell: Cell) -> dict[str, Any]:
    judged, grokked = cell.judged(), cell.grokked()
    low, high = cell.success()
    found = cell.arrival()
    return {
        "settings": dict(zip(_names(sweep), _settings(sweep, cell), strict=True)),
        "runs": len(judged),
        "grokked": len(grokked),
        "interval": [round(low, 4), round(high, 4)],
        "generalised_at_once": len(cell.arrived()) - len(grokked),
        "arrival_median": found and found.quantile(0.5),
        "arrival_quartiles": found and [found.quantile(0.25), found.quantile(0.75)],
        "delay_ratio_median": cell.delay(),
        "complexity_fall_median": cell.fall(),
        "phases": {str(phase): count for phase, count in cell.phases(sweep.budget).items()},
        "failed": len(cell.failed()),
    }


def _names(sweep: SweepView) -> tuple[str, ...]:
    return tuple(axis.key for axis in sweep.record.axes)


def _settings(sweep: SweepView, cell: Cell) -> list[Any]:
    return [axis.values[index] for axis, index in zip(sweep.record.axes, cell.place, strict=True)]


def _row(sweep: SweepView, cell: Cell) -> tuple[str, ...]:
    judged, grokked = cell.judged(), cell.grokked()
    low, high = cell.success()
    found, delay = cell.arrival(), cell.delay()
    first, middle, last = (found.quantile(q) if found else None for q in (0.25, 0.5, 0.75))
    failed = len(cell.failed())
    return (
        *map(str, _settings(sweep, cell)),
        f"{len(grokked)} of {len(judged)}" if judged else "–",
        f"{low:.0%}–{high:.0%}" if judged else "–",
        str(len(cell.arrived()) - len(grokked)) if judged else "–",
        _step(middle, found),
        f"{_step(first, found)}–{_step(last, found)}" if found and first is not None else "–",
        f"{delay:.1f}×" if delay is not None else "–",
        str(failed) if failed else "",
    )


def _step(step: float | None, found: Survival | None) -> str:
    if step is not None:
        return steps(round(step))
    return "later" if found is not None else "–"


def _all_phases(sweep: SweepView) -> Counter[Learning]:
    return sum((cell.phases(sweep.budget) for cell in sweep.cells), Counter[Learning]())


def _diagram(sweep: SweepView, *, markdown: bool) -> Iterator[str]:
    """Yield the phase diagram of two axes, the most frequent phase of each cell as a letter."""
    rows, columns = sweep.record.axes
    told = ", ".join(f"{letter} {phase}" for phase, letter in LETTERS.items())
    yield f"Phases (Liu et al.) over {rows.key} (down) and {columns.key} (across): {told}"
    if markdown:
        yield "```"
    widths = [max(len(str(value)), 2) for value in columns.values]
    margin = max(len(str(value)) for value in rows.values)
    heads = (str(v).rjust(w) for v, w in zip(columns.values, widths, strict=True))
    yield " " * margin + "  " + " ".join(heads)
    letters = {cell.place: _letter(sweep, cell) for cell in sweep.cells}
    for down, value in enumerate(rows.values):
        cells = (letters[down, across].rjust(width) for across, width in enumerate(widths))
        yield f"{value!s:>{margin}}  " + " ".join(cells)
    if markdown:
        yield "```"


def _letter(sweep: SweepView, cell: Cell) -> str:
    counts = cell.phases(sweep.budget)
    return LETTERS[max(counts, key=lambda phase: counts[phase])] if counts else " "


def _effects(sweep: SweepView) -> Sequence[float]:
    """Return how much of the differences in the mean step of arrival each axis explains alone."""
    places = np.array([cell.place for cell in sweep.cells], dtype=np.int64)
    found = [cell.arrival() for cell in sweep.cells]
    outcome = [each.mean_until(sweep.budget) if each else np.nan for each in found]
    effects: list[float] = main_effects(places, np.array(outcome)).tolist()
    return effects


def _matters(sweep: SweepView) -> str:
    if not any(cell.judged() for cell in sweep.cells):
        return "Nothing can be said yet of which setting matters: no run has been trained."
    ranked = sorted(zip(_effects(sweep), _names(sweep), strict=True), reverse=True)
    if not any(effect for effect, _ in ranked):
        return "No setting matters here: all cells came out alike."
    rest = max(1 - sum(effect for effect, _ in ranked), 0.0)
    told = ", ".join(f"{name} {effect:.0%}" for effect, name in ranked)
    return (
        f"What matters: {told}, combinations and chance {rest:.0%} of the differences between cells"
        f" in the mean step of arrival (up to {steps(round(sweep.budget))} steps)."
    )


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _markdown(table: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *rows = table
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
