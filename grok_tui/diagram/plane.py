"""Two axes of a sweep, and a cut across the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from grok_tui.runs.sweep import SweepAxis
from grok_tui.text import safe
from grok_tui.watch.sweeps import SweepView

LONGEST_VALUE = 9


@dataclass(frozen=True, slots=True)
class Plane:
    """Two axes of a sweep, and where it is cut across the others."""

    axes: tuple[SweepAxis, ...]
    row: int | None
    """Which axis goes down; nothing where there is one axis only."""
    column: int
    """Which axis goes across."""
    cut: tuple[int, ...]
    """The place of the cut on every axis; that on the two shown ones has no meaning."""

    def place(self, down: int, across: int) -> tuple[int, ...]:
        """Return which cell of the sweep is shown there."""
        found = list(self.cut)
        found[self.column] = across
        if self.row is not None:
            found[self.row] = down
        return tuple(found)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows = 1 if self.row is None else len(self.axes[self.row].values)
        return rows, len(self.axes[self.column].values)

    @property
    def others(self) -> tuple[int, ...]:
        """The axes that are not shown."""
        return tuple(n for n in range(len(self.axes)) if n not in (self.row, self.column))

    def turned(self) -> Plane:
        """Return the plane with rows and columns exchanged."""
        return self if self.row is None else replace(self, row=self.column, column=self.row)

    def with_next_row(self) -> Plane:
        """Return the plane with the next axis going down."""
        ways = [n for n in range(len(self.axes)) if n != self.column]
        if self.row is None:
            return self
        return replace(self, row=ways[(ways.index(self.row) + 1) % len(ways)])

    def moved(self, distance: int) -> Plane:
        """Return the plane some cuts further, the last of the other axes varying fastest."""
        others = self.others
        lengths = [len(self.axes[n].values) for n in others]
        if not others:
            return self
        at = int(np.ravel_multi_index([self.cut[n] for n in others], lengths))
        places = np.unravel_index((at + distance) % int(np.prod(lengths)), lengths)
        cut = list(self.cut)
        for axis, place in zip(others, places, strict=True):
            cut[axis] = int(place)
        return replace(self, cut=tuple(cut))


def plane_of(sweep: SweepView) -> Plane:
    """Return the first two axes of a sweep, the first one going down."""
    axes = tuple(sweep.record.axes)
    cut = (0,) * len(axes)
    return Plane(axes, None, 0, cut) if len(axes) == 1 else Plane(axes, 0, 1, cut)


def value_text(value: object) -> str:
    """Return a value of an axis in a few columns."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return safe(text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…")
