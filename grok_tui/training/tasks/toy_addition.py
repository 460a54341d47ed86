"""Sums of two small numbers, the toy of the effective theory of grokking (arXiv 2205.10343)."""

from __future__ import annotations

import torch

from grok_tui.config import ToyAdditionTask
from grok_tui.training.dataset import Dataset, Split


def toy_addition(task: ToyAdditionTask, generator: torch.Generator) -> Dataset:
    """Return all pairs i ≤ j with their sums, split at random."""
    pairs = torch.triu_indices(task.numbers, task.numbers).T
    pairs = pairs[torch.randperm(len(pairs), generator=generator)]
    sums = pairs.sum(dim=1)
    train = Split(pairs[: task.train_size], sums[: task.train_size])
    test = Split(pairs[task.train_size :], sums[task.train_size :])
    outputs, symbols = 2 * task.numbers - 1, (task.numbers, task.numbers)
    codes = torch.randn(outputs, task.code, generator=generator) if task.code else None
    return Dataset(train, test, outputs, symbols, codes=codes)
