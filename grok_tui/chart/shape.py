"""How many charts fit on a screen, and in how many rows and columns they stand."""

from __future__ import annotations

import math

LEAST_WIDTH, LEAST_HEIGHT = 38, 7
"""Cells that a chart with its title needs to be read."""
MOST_CHARTS, MOST_COLUMNS = 6, 3
_ASPECT = 4.0
"""Columns for each row of a chart that is pleasant to read: cells are twice as high as wide."""

_HOLE = 0.5
"""A place without a chart is as bad as a form that is wrong by so much, as a logarithm."""


def capacity(width: int, height: int) -> int:
    """Return how many charts fit at once, at least one."""
    columns = min(max((width + 1) // (LEAST_WIDTH + 1), 1), MOST_COLUMNS)
    return min(columns * max(height // LEAST_HEIGHT, 1), MOST_CHARTS)


def shape(count: int, width: int, height: int) -> tuple[int, int]:
    """Return (rows, columns) for some charts: readable, of a pleasant form, with few holes."""

    def badness(rows: int, columns: int) -> tuple[bool, float]:
        each_width, each_height = width / columns, height / rows
        is_tight = each_width < LEAST_WIDTH or each_height < LEAST_HEIGHT
        form = abs(math.log(max(each_width, 1) / max(each_height, 1) / _ASPECT))
        return is_tight, form + _HOLE * (rows * columns - count)

    options = [(math.ceil(count / n), n) for n in range(1, min(count, MOST_COLUMNS) + 1)]
    return min(options, key=lambda option: badness(*option), default=(1, 1))
