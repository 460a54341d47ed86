"""Scalars as they come from the records of a TensorBoard event file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Scalars:
    """The values of several records; the arrays have one length."""

    names: npt.NDArray[np.uint16]
    """Number of the metric's name."""
    records: IntArray
    """Which of the records each value stood in; these do not fall."""
    steps: FloatArray
    times: FloatArray
    values: FloatArray

    def part(self, first: int, end: int) -> Scalars:
        """Return the values of the records from `first` to before `end`."""
        low, high = np.searchsorted(self.records, (first, end))
        return self.pick(slice(low, high))

    def by_name(self) -> Iterator[Named]:
        """Yield the values of each name."""
        if not len(self.names):
            return
        order = np.argsort(self.names, kind="stable")  # for 16 bits, a radix sort
        ordered = self.pick(order)
        starts = np.concatenate(([0], np.flatnonzero(np.diff(ordered.names)) + 1))
        # All at once: of the few values that a tail has of each, every call would count.
        lows = np.minimum.reduceat(ordered.steps, starts).tolist()
        highs = np.maximum.reduceat(ordered.steps, starts).tolist()
        bounds = pairwise([*starts.tolist(), len(order)])
        for (start, end), low, high in zip(bounds, lows, highs, strict=True):
            number = int(ordered.names[start])
            yield Named(number, low, high, ordered.pick(slice(start, end)))

    def below(self, step: float) -> Scalars:
        """Return the values before a step."""
        return self.pick(self.steps < step)

    def pick(self, which: slice | IntArray | npt.NDArray[np.bool_]) -> Scalars:
        """Return some of the values."""
        return Scalars(
            self.names[which],
            self.records[which],
            self.steps[which],
            self.times[which],
            self.values[which],
        )


class Named(NamedTuple):
    """The values of one name."""

    number: int
    """Of the name."""
    low: float
    """The lowest of their steps."""
    high: float
    values: Scalars


def merge(one: Scalars, other: Scalars) -> Scalars:
    """Return the values of both, in the order of their records."""
    both = Scalars(
        np.append(one.names, other.names),
        np.append(one.records, other.records),
        np.append(one.steps, other.steps),
        np.append(one.times, other.times),
        np.append(one.values, other.values),
    )
    return both.pick(np.argsort(both.records, kind="stable"))
