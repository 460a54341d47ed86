"""From a metric to a score that is 1 for what is perfect, the same way for both splits."""

from __future__ import annotations

from statistics import median
from typing import Literal

Basis = Literal["accuracy", "loss", "mixed"]
"""What is judged; `mixed` is the loss of the training set and the accuracy of the test set."""

CALIBRATION = 3
"""Evaluations from which an unknown reference is taken: the fewest that outvote one outlier."""


class Scale:
    """Accuracies are scores already; a loss L becomes 1 − L / L₀: negative if guessing is better.

    L₀ is the loss of a network that knows nothing. Where it is not known, it is taken from the
    first evaluations of the worse split: the training split may be fitted before its third one.
    With a training loss alone, it is the highest of these.
    """

    def __init__(self, basis: Basis, guessing: float | None = None) -> None:
        """Use a known L₀, or find it out."""
        losses = {"accuracy": (), "mixed": ("train",), "loss": ("train", "test")}[basis]
        self._first: dict[str, list[float]] = {split: [] for split in losses}
        self._guessing = guessing if "test" in losses else None

    @property
    def is_ready(self) -> bool:
        """Whether scores can be given."""
        return not self._first or self._guessing is not None

    def calibrate(self, split: str, value: float) -> None:
        """Take an evaluation into account, if it is one of the first and they are needed."""
        if self.is_ready or split not in self._first:
            return
        if len(self._first[split]) < CALIBRATION:
            self._first[split].append(value)
        if all(len(values) == CALIBRATION for values in self._first.values()):
            middle = median if "test" in self._first else max
            self._guessing = max(1e-12, *(middle(values) for values in self._first.values()))

    def score(self, split: str, value: float) -> float:
        """Return the score of one value."""
        if self._guessing is None or split not in self._first:
            return value
        return min(1 - value / self._guessing, 1.0)
