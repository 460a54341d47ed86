"""Puts the rows of a finished log into the order of their steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grok_tui.arrays import FloatArray, IntArray
from grok_tui.logs.source import Column


def in_step_order(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns with steps that never fall.

    Where steps come twice, somebody trained again, from the start or from a checkpoint, and went on
    in the same file: the rows that were superseded are left out. Where none does, the rows stand in
    another order, such as the newest first, and are sorted.
    """
    if not columns:
        return {}
    rows, first = np.unique(np.concatenate([c.rows for c in columns.values()]), return_index=True)
    steps = np.concatenate([c.steps for c in columns.values()])[first]
    falls = np.diff(steps) < 0
    if not falls.any():
        return dict(columns)
    stretches = np.concatenate([[0], np.cumsum(falls)])
    if any(
        _repeats(column, stretches[np.searchsorted(rows, column.rows)])
        for column in columns.values()
    ):
        valid = rows[steps < _lowest_later(steps, stretches)]
        return {n: _pick(c, np.flatnonzero(np.isin(c.rows, valid))) for n, c in columns.items()}
    places = np.empty(len(rows), dtype=np.int64)
    places[np.lexsort((rows, steps))] = np.arange(len(rows))
    return {name: _sorted(c, places[np.searchsorted(rows, c.rows)]) for name, c in columns.items()}


def _lowest_later(steps: FloatArray, stretches: IntArray) -> FloatArray:
    """Return, for each row, the lowest step of the stretches after its own."""
    starts = steps[np.searchsorted(stretches, np.arange(stretches[-1] + 1))]
    lowest = np.minimum.accumulate(np.append(starts[1:], np.inf)[::-1])[::-1]
    return lowest[stretches]


def _repeats(column: Column, stretches: IntArray) -> bool:
    """Return whether a step occurs in two stretches of rising steps."""
    in_stretches = np.unique(np.stack([column.steps, stretches]), axis=1).shape[1]
    return bool(in_stretches > len(np.unique(column.steps)))


def _sorted(column: Column, places: IntArray) -> Column:
    order = np.argsort(places, kind="stable")
    return Column(places[order], *(_cells(column, order)))


def _pick(column: Column, indexes: IntArray) -> Column:
    return Column(column.rows[indexes], *_cells(column, indexes))


def _cells(column: Column, indexes: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return column.steps[indexes], column.times[indexes], column.values[indexes]
