"""What is learnt: the examples of each task, split by the run's seed.

Shapes: N examples of one split, p modulus.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from grok_tui.config import ModularTask


@dataclass(frozen=True, slots=True)
class Split:
    """The examples of one split."""

    inputs_N2: Tensor
    """The two operands of each example, integers 0…p−1."""
    targets_N: Tensor
    """The class of each example, integers 0…p−1."""

    def to(self, device: torch.device) -> Split:
        """Return the same examples on another device."""
        return Split(self.inputs_N2.to(device), self.targets_N.to(device))

    def __len__(self) -> int:
        return len(self.targets_N)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A task's examples: disjoint training and test sets."""

    train: Split
    test: Split
    classes: int

    @property
    def chance(self) -> float:
        """Accuracy of guessing, with all classes about equally frequent."""
        return 1 / self.classes

    def to(self, device: torch.device) -> Dataset:
        """Return the same examples on another device."""
        return Dataset(self.train.to(device), self.test.to(device), self.classes)


def modular_dataset(task: ModularTask, generator: torch.Generator) -> Dataset:
    """Return all p² pairs with their results, split at random into training and test set."""
    p = task.modulus
    left, right = torch.arange(p).repeat_interleave(p), torch.arange(p).repeat(p)
    if task.operation == "add":
        results = (left + right) % p
    elif task.operation == "subtract":
        results = (left - right) % p
    else:
        results = (left * right) % p
    order = torch.randperm(p * p, generator=generator)
    train_size = min(max(int(p * p * task.train_fraction), 1), p * p - 1)
    train, test = order[:train_size], order[train_size:]
    pairs = torch.stack([left, right], dim=1)
    return Dataset(Split(pairs[train], results[train]), Split(pairs[test], results[test]), p)
