"""Sums of two small numbers, the toy of the effective theory of grokking (arXiv 2205.10343)."""

from __future__ import annotations

import torch
from torch import Tensor

from grok_tui.config import ToyAdditionTask
from grok_tui.training.dataset import Dataset, Split


def toy_addition(task: ToyAdditionTask, generator: torch.Generator) -> Dataset:
    """Return all pairs i ≤ j with their sums, split at random.

    Each sum has a pair in the training set: nobody can guess what stands for one never seen.
    """
    pairs = torch.triu_indices(task.numbers, task.numbers).T
    pairs = pairs[torch.randperm(len(pairs), generator=generator)]
    pairs = torch.cat([pairs[is_first := first_of_each(pairs.sum(dim=1))], pairs[~is_first]])
    sums = pairs.sum(dim=1)
    train = Split(pairs[: task.train_size], sums[: task.train_size])
    test = Split(pairs[task.train_size :], sums[task.train_size :])
    outputs, symbols = 2 * task.numbers - 1, (task.numbers, task.numbers)
    codes = torch.randn(outputs, task.code, generator=generator) if task.code else None
    return Dataset(train, test, outputs, symbols, codes=codes)


def first_of_each(numbers: Tensor) -> Tensor:
    """Return which of (N,) whole numbers were not there before: (N,) booleans."""
    places = torch.arange(len(numbers))
    first = torch.full((int(numbers.max()) + 1,), len(numbers))
    first.scatter_reduce_(0, numbers, places, "amin")
    return first[numbers] == places
