"""From lines in the unit square to the cells of a canvas, all points at once.

plotext would do the same dot by dot, which takes most of the time of a chart; the dots are those
that it would set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grok_tui.arrays import FloatArray, IntArray

_BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""What each dot of a cell adds to its character, from the top."""
_FIRST_BRAILLE = 0x2800


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells with something in them."""

    columns: list[int]
    """Of each, from the left."""
    rows: list[int]
    """Of each, from below."""
    signs: list[str]
    """What stands in it."""


def braille(x: FloatArray, y: FloatArray, columns: int, rows: int, *, is_line: bool) -> Cells:
    """Return the cells of a line or of dots, two dots wide and four high each.

    Args:
        x: places 0…1 of shape (n,); not-a-number interrupts a line.
        y: of the same shape.
        columns: columns of the canvas.
        rows: rows of the canvas.
        is_line: whether the places are joined.
    """
    across, up = _dots(x, y, 2 * columns, 4 * rows, is_line=is_line)
    canvas = np.zeros((rows, 4, columns, 2), dtype=bool)
    canvas[up // 4, 3 - up % 4, across // 2, across % 2] = True
    patterns = np.einsum("rucl,ul->rc", canvas, _BRAILLE)
    there = np.nonzero(patterns)
    signs = [chr(_FIRST_BRAILLE + code) for code in patterns[there]]
    return Cells(there[1].tolist(), there[0].tolist(), signs)


def characters(
    x: FloatArray, y: FloatArray, columns: int, rows: int, sign: str, *, is_line: bool
) -> Cells:
    """Return the cells of a line or of dots, each with the same sign; see `braille`."""
    across, up = _dots(x, y, columns, rows, is_line=is_line)
    there = np.unique(np.stack([across, up]), axis=1)
    return Cells(there[0].tolist(), there[1].tolist(), [sign] * there.shape[1])


def _dots(
    x: FloatArray, y: FloatArray, width: int, height: int, *, is_line: bool
) -> tuple[IntArray, IntArray]:
    """Return the dots that are set, as numbers of columns and rows; some come twice."""
    there = np.isfinite(x) & np.isfinite(y)
    across, up = _dot(np.where(there, x, 0.0), width), _dot(np.where(there, y, 0.0), height)
    if not is_line:
        return across[there], up[there]
    starts = np.flatnonzero(there[:-1] & there[1:])
    steps_across, steps_up = np.diff(across)[starts], np.diff(up)[starts]
    counts = np.maximum(abs(steps_across), abs(steps_up))
    which = np.repeat(np.arange(len(starts)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)

    def between(begins: IntArray, steps: IntArray) -> IntArray:
        slopes = steps / np.maximum(counts, 1)
        return np.asarray(begins[starts][which] + number * slopes[which]).astype(np.int64)

    return (
        np.concatenate([between(across, steps_across), across[there]]),
        np.concatenate([between(up, steps_up), up[there]]),
    )


def _dot(places: FloatArray, count: int) -> IntArray:
    """Return the dot nearest to each place: the first one stands at 0, the last one at 1."""
    return np.floor(np.round(0.5 + (count - 1) * places, 8)).astype(np.int64)
