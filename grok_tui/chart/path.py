"""Curves whose x may fall, as in loss over weight norm: thinned along the way that they go."""

from __future__ import annotations

import itertools

import numpy as np

from grok_tui.arrays import FloatArray


def thinned_path(x: FloatArray, y: FloatArray, pieces: int) -> tuple[FloatArray, FloatArray]:
    """Keep of each of `pieces` stretches of a path the points that lie furthest out.

    Args:
        x: places 0…1 inside the view, in the order of the path, of shape (n,).
        y: of the same shape; not-a-number in either interrupts the path.
        pieces: stretches of about equally many points.

    Returns:
        Places of shape (m,), m at most about 6·pieces: each stretch's first and last point, and
        those with its lowest and highest x and y, in their order.
    """
    if len(x) <= 6 * pieces:
        return x, y
    edges = np.linspace(0, len(x), pieces + 1).astype(np.int64)
    kept: list[int] = []
    for start, end in itertools.pairwise(edges):
        there = start + np.flatnonzero(np.isfinite(x[start:end]) & np.isfinite(y[start:end]))
        if len(there) < end - start:
            kept.append(int(start + np.argmin(np.isfinite(x[start:end] + y[start:end]))))
        if len(there):
            extremes = (np.argmin(x[there]), np.argmax(x[there]), np.argmin(y[there]))
            kept += [int(there[at]) for at in (0, -1, *extremes, np.argmax(y[there]))]
    order = np.unique(kept)
    return x[order], y[order]
