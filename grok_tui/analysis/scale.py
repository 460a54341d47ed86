"""From a metric to a score that is 1 for what is perfect, the same way for both splits."""

from __future__ import annotations

from statistics import median
from typing import Literal

Basis = Literal["accuracy", "loss"]

CALIBRATION = 3
"""Evaluations from which an unknown reference is taken: the fewest that outvote one outlier."""


class Scale:
    """Accuracies are scores already; a loss L becomes 1 − L / L₀ within 0…1.

    L₀ is the loss of a network that knows nothing. Where it is not known, it is taken from the
    first evaluations of the worse split: the training split may be fitted before its third one.
    """

    def __init__(self, basis: Basis, guessing: float | None = None) -> None:
        """Use a known L₀, or find it out."""
        self._basis = basis
        self._first: dict[str, list[float]] = {"train": [], "test": []}
        self._guessing = guessing

    @property
    def is_ready(self) -> bool:
        """Whether scores can be given."""
        return self._basis == "accuracy" or self._guessing is not None

    def calibrate(self, split: str, value: float) -> None:
        """Take an evaluation into account, if it is one of the first and they are needed."""
        if self.is_ready:
            return
        if len(self._first[split]) < CALIBRATION:
            self._first[split].append(value)
        if all(len(values) == CALIBRATION for values in self._first.values()):
            self._guessing = max(1e-12, *(median(values) for values in self._first.values()))

    def score(self, value: float) -> float:
        """Return the score of one value."""
        if self._guessing is None or self._basis == "accuracy":
            return value
        return min(max(1 - value / self._guessing, 0.0), 1.0)
