"""Logs whose values are known."""

from __future__ import annotations

import numpy as np

from grok_tui.logs.source import Column


def column(start: int, end: int, *, digits: str = "f4", seed: int = 0) -> Column:
    """Return rows of a log whose values depend on their number only."""
    rows = np.arange(start, end)
    values = np.sin(rows + seed).astype(digits).astype(float)
    values[rows % 97 == 3] = np.nan
    return Column(rows, rows * 2.0, 1.7e9 + rows, values)
