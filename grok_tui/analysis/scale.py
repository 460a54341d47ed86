"""From a metric to a score: 0 is what guessing gives, 1 is perfect."""

from __future__ import annotations

from statistics import median
from typing import Literal

Basis = Literal["accuracy", "loss"]

CALIBRATION = 3
"""Evaluations from which an unknown reference is taken: the fewest that outvote one outlier."""
HIGHEST_CHANCE = 0.6
"""A log whose first accuracies are above this began after learning did: nothing is chance there.
Guessing between two classes gives 0.5."""


class Scale:
    """Turns the values of a metric into scores, the same way for both splits.

    Accuracy: (a − chance) / (1 − chance). Loss: 1 − L / L₀ within 0…1, where L₀ is the loss of a
    network that knows nothing.
    """

    def __init__(self, basis: Basis, reference: float | None = None) -> None:
        """Use a known chance level or L₀; else the first evaluations tell it.

        For accuracy the first ones of the test split, which stays at chance for longer. For loss
        the worse split: the training split may be fitted before its third evaluation.
        """
        self._basis = basis
        self._first: dict[str, list[float]] = {"test": []}
        if basis == "loss":
            self._first["train"] = []
        self._reference = reference

    @property
    def is_ready(self) -> bool:
        """Whether scores can be given."""
        return self._reference is not None

    @property
    def reference(self) -> float:
        """The chance level, or L₀; 0 until it is known."""
        return self._reference or 0.0

    def calibrate(self, split: str, value: float) -> None:
        """Take an evaluation into account, if it is one of the first and they are needed."""
        if self._reference is not None:
            return
        if split in self._first and len(self._first[split]) < CALIBRATION:
            self._first[split].append(value)
        if all(len(v) == CALIBRATION for v in self._first.values()):
            middle = max(median(values) for values in self._first.values())
            self._reference = self._from_first(middle)

    def _from_first(self, middle: float) -> float:
        if self._basis == "loss":
            return max(middle, 1e-12)
        return middle if middle <= HIGHEST_CHANCE else 0.0

    def score(self, value: float) -> float:
        """Return the score of one value."""
        if self._basis == "loss":
            return min(max(1 - value / self.reference, 0.0), 1.0)
        return (value - self.reference) / (1 - self.reference)
