"""Scalars as they come from the records of a TensorBoard event file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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

    def by_name(self) -> Iterator[tuple[int, Scalars]]:
        """Yield the number of each name, and its values."""
        order = np.argsort(self.names, kind="stable")  # for 16 bits, a radix sort
        ordered = self.pick(order)
        edges = np.flatnonzero(np.diff(ordered.names)) + 1
        bounds = [0, *edges.tolist(), len(order)]
        for low, high in pairwise(bounds):
            if low < high:
                yield int(ordered.names[low]), ordered.pick(slice(low, high))

    def below(self, step: float) -> Scalars:
        """Return the values before a step."""
        return self if (self.steps < step).all() else self.pick(self.steps < step)

    def pick(self, which: slice | IntArray | npt.NDArray[np.bool_]) -> Scalars:
        """Return some of the values."""
        return Scalars(
            self.names[which],
            self.records[which],
            self.steps[which],
            self.times[which],
            self.values[which],
        )


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
