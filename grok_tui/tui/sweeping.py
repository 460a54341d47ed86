"""The words of a sweep's screen: how far it is, and what is known of one cell."""

from __future__ import annotations

from collections import Counter

from grok_tui.analysis.wording import steps
from grok_tui.diagram.plane import Plane, value_text
from grok_tui.runs.record import ENDED, State
from grok_tui.text import safe
from grok_tui.watch.sweeps import Cell, SweepView


def heading(sweep: SweepView) -> str:
    """Return the name of a sweep, and how many of its runs are where."""
    record = sweep.record
    states = Counter(run.status.state for cell in sweep.cells for run in cell.runs)
    planned = len(sweep.cells) * len(record.seeds)
    ended = sum(count for state, count in states.items() if state in ENDED)
    parts = [f"{ended} of {planned} runs ended"]
    for state in (State.RUNNING, State.QUEUED, State.PAUSED, State.CRASHED):
        if states[state]:
            parts.append(f"{states[state]} {state}")
    cells = f"{len(sweep.cells)} cells × {len(record.seeds)} seeds"
    return safe(f"{record.name} · {record.preset} · {cells} · {', '.join(parts)}")


def about_cell(sweep: SweepView, plane: Plane, cell: Cell) -> str:
    """Return what is known of a cell, in two lines."""
    at = [
        f"{axis.key}={value_text(axis.values[place])}"
        for axis, place in zip(plane.axes, cell.place, strict=True)
    ]
    return safe("  ".join(at)) + "\n" + safe(_said(sweep, cell))


def _said(sweep: SweepView, cell: Cell) -> str:
    judged, planned = cell.judged(), len(sweep.record.seeds)
    failed = len(cell.failed())
    if not judged:
        why = f"{failed} failed" if failed else "none has been trained yet"
        return f"{planned} seeds: {why}"
    low, high = cell.success()
    grokked, at_once = len(cell.grokked()), len(cell.arrived()) - len(cell.grokked())
    found, delay, fall = cell.arrival(), cell.delay(), cell.fall()
    half = found.quantile(0.5) if found else None
    phases = ", ".join(f"{count} {phase}" for phase, count in cell.phases(sweep.budget).items())
    parts = [
        f"{grokked} of {len(judged)} seeds grokked ({low:.0%}–{high:.0%})",
        *([f"{at_once} generalised at once"] if at_once else []),
        f"half by {steps(half)}" if half is not None else "half of them later, if ever",
        *([f"delay {delay:g}×"] if delay is not None else []),
        *([f"complexity fell by {fall:.0%}"] if fall is not None else []),
        f"Liu's phases: {phases}",
        *([f"{failed} failed"] if failed else []),
        *([f"{planned - len(judged) - failed} to come"] if planned > len(judged) + failed else []),
    ]
    return " · ".join(parts)
