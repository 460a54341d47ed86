"""Sparse parity: the product of a few signs among many (after arXiv 2303.11873)."""

from __future__ import annotations

import torch
from torch import Tensor

from grok_tui.config import ParityTask
from grok_tui.training.dataset import Dataset, Split


def parity(task: ParityTask, generator: torch.Generator) -> Dataset:
    """Return random inputs of -1 and +1, all different; class 1 is an even number of -1."""
    inputs = _different(task.train_size + task.test_size, task.bits, generator)
    targets = (inputs[:, : task.relevant].prod(dim=1) > 0).long()
    train = Split(inputs[: task.train_size], targets[: task.train_size])
    test = Split(inputs[task.train_size :], targets[task.train_size :])
    return Dataset(train, test, outputs=2)


def _different(count: int, bits: int, generator: torch.Generator) -> Tensor:
    """Return (count, bits) rows of signs, no two of them alike."""
    rows = torch.empty(0, bits)
    while len(rows) < count:
        drawn = torch.randint(2, (count, bits), generator=generator) * 2.0 - 1.0
        rows = _without_repeats(torch.cat([rows, drawn]))
    return rows[:count]


def _without_repeats(rows: Tensor) -> Tensor:
    """Return the rows in their order, each of them once."""
    distinct, places = rows.unique(dim=0, return_inverse=True)
    first = torch.full((len(distinct),), len(rows))
    first.scatter_reduce_(0, places, torch.arange(len(rows)), "amin")
    return rows[first.sort().values]
