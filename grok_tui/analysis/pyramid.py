"""Summaries of a growing array, block by block, from which any part of it is known in O(log n).

The lowest level has a summary for each 64 values, and each level above it one for 8 of the level
below. Only whole blocks are summarised: the values after them, and those at the ragged ends of a
range, are read themselves, so that what is found is what looking at every value would find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from grok_tui.analysis.growing import AnyArray, Growing
from grok_tui.arrays import IntArray

FIRST, FACTOR = 64, 8
"""Values in a block of the lowest level, and blocks in a block of the next."""
_SLAB = 4096
"""Blocks that are summarised in one go: what is computed on the way then fits a cache."""

Field = Literal["low", "positive", "high", "missing", "unpositive"]
FIELDS: tuple[Field, ...] = ("low", "positive", "high", "missing", "unpositive")

BLOCK = np.dtype(
    [
        ("low", "f8"),  # lowest finite value; not-a-number where there is none
        ("high", "f8"),
        ("positive", "f8"),  # smallest finite value above zero
        ("missing", "u4"),  # values that are not finite
        ("unpositive", "u4"),  # values that are finite and not above zero
    ]
)
_JOINED: dict[Field, np.ufunc] = {
    "low": np.fmin,
    "high": np.fmax,
    "positive": np.fmin,
    "missing": np.add,
    "unpositive": np.add,
}


class Pyramid:
    """The summaries of one array that grows."""

    def __init__(self, *levels: Growing) -> None:
        """Start with the lowest levels, of type `BLOCK`, and what is in them already."""
        self._levels = list(levels) or [Growing(BLOCK)]
        self._raise()

    @property
    def next_size(self) -> int:
        """Values that the array must have before there is anything new to summarise."""
        return (self._levels[0].size + 1) * FIRST

    def extend(self, values: AnyArray) -> None:
        """Take in what is new at the end of the array, which is given as a whole."""
        lowest = self._levels[0]
        while (count := min(len(values) // FIRST - lowest.size, _SLAB)) > 0:
            start = lowest.size * FIRST
            blocks = values[start : start + count * FIRST].reshape(count, FIRST)
            lowest.append(_summaries(blocks))
        self._raise()

    def _raise(self) -> None:
        """Summarise what is new on each level on the one above."""
        for level, below in enumerate(self._levels):
            if level + 1 == len(self._levels):
                if below.size < FACTOR:
                    return
                self._levels.append(Growing(BLOCK))  # which the loop comes to next
            above = self._levels[level + 1]
            fresh = below.view[above.size * FACTOR : below.size // FACTOR * FACTOR]
            if len(fresh):
                above.append(_joined(fresh.reshape(-1, FACTOR)))

    def over(
        self, values: AnyArray, starts: IntArray, ends: IntArray, *fields: Field
    ) -> list[AnyArray]:
        """Summarise parts of the array.

        Args:
            values: the array, as it is now or was earlier.
            starts: index of the first value of each part, of shape (n,).
            ends: index after the last one, not below the start.
            fields: what is wanted.

        Returns:
            For each field an array of shape (n,).
        """
        found = [_nothing(field, len(starts)) for field in fields]
        for level, run in _pieces(starts, ends, len(self._levels)):
            source = self._levels[level - 1].view[run.index] if level else values[run.index]
            for field, into in zip(fields, found, strict=True):
                items = source[field] if level else _as_field(field, source)
                into[run.parts] = _JOINED[field](
                    into[run.parts], _JOINED[field].reduceat(items, run.offsets)
                )
        return found


@dataclass(frozen=True, slots=True)
class _Run:
    """Stretches of one level, laid end to end."""

    parts: IntArray
    """Which part each stretch belongs to."""
    offsets: IntArray
    """Where each stretch begins in the index."""
    index: IntArray


def _pieces(starts: IntArray, ends: IntArray, top: int) -> Iterator[tuple[int, _Run]]:
    """Cut ranges into stretches of whole blocks, as high as these go, and their ragged ends.

    Yields the level, 0 for the values themselves, and the stretches on it.
    """
    for level in range(top):
        factor = FACTOR if level else FIRST
        if not len(starts) or int((ends - starts).max()) < 2 * factor:
            break
        first, last = -(-starts // factor), ends // factor
        has_blocks = first < last
        yield from _run(level, starts, np.where(has_blocks, first * factor, ends))
        yield from _run(level, np.where(has_blocks, last * factor, ends), ends)
        starts, ends = np.where(has_blocks, first, 0), np.where(has_blocks, last, 0)
    else:
        level = top
    yield from _run(level, starts, ends)


def _run(level: int, starts: IntArray, ends: IntArray) -> Iterator[tuple[int, _Run]]:
    parts = np.flatnonzero(ends > starts)
    if not len(parts):
        return
    starts, lengths = starts[parts], (ends - starts)[parts]
    after = np.cumsum(lengths)
    offsets = after - lengths
    index = np.arange(after[-1]) + np.repeat(starts - offsets, lengths)
    yield level, _Run(parts, offsets, index)


def _summaries(blocks: AnyArray) -> AnyArray:
    """Return a summary of each row of values."""
    made = np.empty(len(blocks), BLOCK)
    finite = np.isfinite(blocks)
    if finite.all():  # as nearly always, and several times as fast
        made["low"], made["high"] = blocks.min(axis=1), blocks.max(axis=1)
        made["missing"] = 0
    else:
        kept = np.where(finite, blocks, np.nan)
        made["low"] = np.fmin.reduce(kept, axis=1)
        made["high"] = np.fmax.reduce(kept, axis=1)
        made["missing"] = blocks.shape[1] - np.count_nonzero(finite, axis=1)
    positive = finite & (blocks > 0)
    if positive.all():
        made["positive"], made["unpositive"] = made["low"], 0
    else:
        made["positive"] = np.fmin.reduce(np.where(positive, blocks, np.nan), axis=1)
        made["unpositive"] = np.count_nonzero(finite & ~positive, axis=1)
    return made


def _joined(blocks: AnyArray) -> AnyArray:
    """Return a summary of each row of summaries."""
    made = np.empty(len(blocks), BLOCK)
    for field, joined in _JOINED.items():
        made[field] = joined.reduce(blocks[field], axis=1)
    return made


def _as_field(field: Field, values: AnyArray) -> AnyArray:
    """Return values as summaries of themselves."""
    finite = np.isfinite(values)
    if field == "missing":
        return (~finite).astype(np.int64)
    if field == "unpositive":
        return (finite & (values <= 0)).astype(np.int64)
    kept = finite & (values > 0) if field == "positive" else finite
    return np.where(kept, values, np.nan).astype(np.float64)


def _nothing(field: Field, count: int) -> AnyArray:
    """Return the summaries of parts without values."""
    is_count = field in ("missing", "unpositive")
    return np.zeros(count, np.int64) if is_count else np.full(count, np.nan)
