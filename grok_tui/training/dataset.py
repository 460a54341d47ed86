"""The examples that a network learns from and is tested on.

Shapes: N examples of one split, P positions or numbers of an input, K outputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Split:
    """The examples of one split."""

    inputs: Tensor
    """(N, P) integers where inputs are symbols, else (N, …) floats."""
    targets: Tensor
    """(N,) classes 0…K−1, or (N, K) floats for regression."""

    def to(self, device: torch.device) -> Split:
        """Return the same examples on another device."""
        return Split(self.inputs.to(device), self.targets.to(device))

    def rows(self, numbers: Tensor | None) -> Split:
        """Return the examples with these numbers, or all of them for nothing."""
        if numbers is None:
            return self
        return Split(self.inputs.index_select(0, numbers), self.targets.index_select(0, numbers))

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A task's examples: disjoint training and test sets."""

    train: Split
    test: Split
    outputs: int
    """Number of classes, or length of a target (K)."""
    symbols: tuple[int, ...] | None = None
    """How many symbols there are at each position of an input; nothing where inputs are floats."""
    threshold: float | None = None
    """For regression: squared error below which an output counts as right."""
    codes: Tensor | None = None
    """(K, C) floats, the vector that stands for each class where the loss is mse."""

    @property
    def is_regression(self) -> bool:
        """Whether targets are numbers, and not classes."""
        return bool(self.train.targets.is_floating_point())

    @property
    def chance(self) -> float | None:
        """Accuracy of guessing, with all classes about equally frequent; none for regression."""
        return None if self.is_regression or self.outputs < 2 else 1 / self.outputs

    def to(self, device: torch.device) -> Dataset:
        """Return the same examples on another device."""
        codes = None if self.codes is None else self.codes.to(device)
        return replace(self, train=self.train.to(device), test=self.test.to(device), codes=codes)


def split_table(
    inputs: Tensor,
    targets: Tensor,
    train_fraction: float,
    generator: torch.Generator,
    *,
    facts: Tensor | None = None,
) -> tuple[Split, Split]:
    """Split a whole table at random.

    Args:
        inputs: (N, …), all inputs that there are.
        targets: (N, …).
        train_fraction: share of the rows in the training set; at least one row is in each set.
        generator: decides the split.
        facts: (N,) numbers; rows of the same number stay together. Each row is alone without it.
    """
    count = len(inputs)
    order = torch.randperm(count, generator=generator)
    if facts is not None:  # in the order in which a fact comes first, with all of its rows
        first = torch.full((int(facts.max()) + 1,), count)
        first.scatter_reduce_(0, facts[order], torch.arange(count), "amin")
        order = order[torch.argsort(first[facts[order]], stable=True)]
    size = min(max(int(count * train_fraction), 1), count - 1)
    if facts is not None:
        ordered = facts[order]
        while size < count - 1 and ordered[size] == ordered[size - 1]:
            size += 1
    train, test = order[:size], order[size:]
    return Split(inputs[train], targets[train]), Split(inputs[test], targets[test])


def draw(
    count: int, tests: int, train_size: int, test_size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the numbers of training and test examples.

    Args:
        count: how many examples there are.
        tests: how many of the last ones are for testing only; 0 where all may be trained on.
        train_size: how many are trained on.
        test_size: how many are tested on; 0 takes all that are left.
        generator: decides the split.
    """
    order = torch.randperm(count - tests, generator=generator)
    train, left = order[:train_size], order[train_size:]
    if tests:
        left = count - tests + torch.randperm(tests, generator=generator)
    return train, left[: test_size or len(left)]


def with_noise(train: Split, share: float, classes: int, generator: torch.Generator) -> Split:
    """Return a training set in which a share of the labels, chosen at random, is random."""
    count = round(len(train) * share)
    chosen = torch.randperm(len(train), generator=generator)[:count]
    targets = train.targets.clone()
    targets[chosen] = torch.randint(classes, (count,), generator=generator)
    return Split(train.inputs, targets)
