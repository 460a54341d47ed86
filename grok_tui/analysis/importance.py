"""Which setting of a sweep matters most: how much of the differences each one explains alone."""

from __future__ import annotations

import numpy as np

from grok_tui.arrays import FloatArray, IntArray


def main_effects(places: IntArray, outcome: FloatArray) -> FloatArray:
    """Return the share of the outcome's variance that each axis explains alone (η²).

    What is left to 1 is due to combinations, and to chance.

    Args:
        places: which value of each axis a cell has, of shape (cells, axes).
        outcome: one number a cell, of shape (cells,); cells without one are not-a-number.

    Returns:
        Shares of shape (axes,); zeros where all cells came out alike.
    """
    known = np.isfinite(outcome)
    places, outcome = places[known], outcome[known]
    total = float(((outcome - outcome.mean()) ** 2).sum()) if len(outcome) else 0.0
    shares = np.zeros(places.shape[1])
    if total == 0.0:
        return shares
    for axis in range(places.shape[1]):
        for value in np.unique(places[:, axis]):
            level = outcome[places[:, axis] == value]
            shares[axis] += len(level) * (level.mean() - outcome.mean()) ** 2
    return shares / total
