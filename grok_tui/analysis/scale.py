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
    """Turns one metric's values into scores.

    Accuracy: (a − chance) / (1 − chance). Loss: 1 − L / L₀ within 0…1, where L₀ is the loss of a
    network that knows nothing.
    """

    def __init__(self, basis: Basis, reference: float | None = None) -> None:
        """Use a known chance level or L₀, or else the median of the first evaluations."""
        self._basis = basis
        self._first: list[float] = []
        self._reference = reference

    @property
    def is_ready(self) -> bool:
        """Whether scores can be given."""
        return self._reference is not None

    @property
    def reference(self) -> float:
        """The chance level, or L₀; 0 until it is known."""
        return self._reference or 0.0

    def calibrate(self, value: float) -> None:
        """Take one of the first evaluations into account."""
        self._first.append(value)
        if len(self._first) == CALIBRATION:
            self._reference = self._from_first(median(self._first))

    def _from_first(self, middle: float) -> float:
        if self._basis == "loss":
            return max(middle, 1e-12)
        return middle if middle <= HIGHEST_CHANCE else 0.0

    def score(self, value: float) -> float:
        """Return the score of one value."""
        if self._basis == "loss":
            return min(max(1 - value / self.reference, 0.0), 1.0)
        return (value - self.reference) / (1 - self.reference)
