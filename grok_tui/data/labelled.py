"""Examples with their labels, each of them once.

Shapes: N examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.errors import UsageError

MAX_CLASSES = 1000
"""Different labels at most: more are numbers to be predicted, and no classes."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """All examples that a source has."""

    inputs: NDArray[Any]
    """(N, …); of numbers, or of texts."""
    labels: NDArray[Any]
    """(N,), of whatever the source calls its classes."""
    tests: int = 0
    """How many of the last examples the source sets apart for testing."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> NDArray[np.int64]:
        """The labels as numbers 0…K−1, in the order of the labels."""
        return np.unique(self.labels, return_inverse=True)[1].reshape(-1)

    def without_repeats(self, keys: Iterable[object]) -> Labelled:
        """Return the first example of each key, so that no example is trained on and tested."""
        seen = set[object]()
        first = list[int]()
        for number, key in enumerate(keys):
            if key not in seen:
                seen.add(key)
                first.append(number)
        tests = sum(number >= len(self) - self.tests for number in first)
        return Labelled(self.inputs[first], self.labels[first], tests)

    def checked(self, train_size: int, test_size: int) -> Labelled:
        """Return itself where it can be learnt from; 0 tests mean all that are left.

        Raises:
            UsageError: there are too few examples, or too few or many classes.
        """
        trainable = len(self) - self.tests
        most = trainable if self.tests else trainable - 1
        if train_size > most:
            raise UsageError(
                f"task.train_size: {train_size} is too many; there are {trainable} different"
                f" examples to train on{'' if self.tests else ', and one must be left for tests'}"
            )
        left = self.tests or trainable - train_size
        if test_size > left:
            raise UsageError(f"task.test_size: {test_size} is too many; {left} are left for tests")
        count = len(np.unique(self.labels))
        if not 2 <= count <= MAX_CLASSES:
            raise UsageError(f"task.data: expected 2 to {MAX_CLASSES} classes, found {count}")
        return self
