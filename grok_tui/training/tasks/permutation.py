"""Products in the symmetric groups (after arXiv 2201.02177)."""

from __future__ import annotations

from itertools import permutations

import torch

from grok_tui.config import PermutationTask
from grok_tui.training.dataset import Dataset, split_table


def permutation(task: PermutationTask, generator: torch.Generator) -> Dataset:
    """Return all pairs of permutations with their products, split at random."""
    group = torch.tensor(list(permutations(range(task.things))))  # (size, things)
    numbers = {tuple(row.tolist()): number for number, row in enumerate(group)}
    size = len(group)
    x, y = torch.arange(size).repeat_interleave(size), torch.arange(size).repeat(size)
    first, second = group[x], group[y]
    products = first.gather(1, second)  # (xy)(i) = x(y(i))
    if task.operation == "xyx^-1":
        products = products.gather(1, first.argsort(dim=1))
    elif task.operation == "xyx":
        products = products.gather(1, first)
    results = torch.tensor([numbers[tuple(row)] for row in products.tolist()])
    pairs = torch.stack([x, y], dim=1)
    train, test = split_table(pairs, results, task.train_fraction, generator)
    return Dataset(train, test, outputs=size, symbols=(size, size))
