from __future__ import annotations

from itertools import permutations

import pytest
import torch

from grok_tui.config import PermutationTask
from grok_tui.training.tasks.permutation import permutation

Things = tuple[int, ...]


def after(second: Things, first: Things) -> Things:
    """Return what comes of `first`, and then `second`."""
    return tuple(second[first[i]] for i in range(len(first)))


def inverse(things: Things) -> Things:
    return tuple(things.index(i) for i in range(len(things)))


@pytest.mark.parametrize("operation", ["xy", "xyx^-1", "xyx"])
@pytest.mark.parametrize("things", [3, 4])
def test_the_products_are_those_of_the_group(things: int, operation: str) -> None:
    task = PermutationTask(things=things, operation=operation)  # type: ignore[arg-type]
    data = permutation(task, torch.Generator().manual_seed(0))
    group = list(permutations(range(things)))
    assert data.symbols == (len(group), len(group))
    assert len(data.train) + len(data.test) == len(group) ** 2
    for split in (data.train, data.test):
        for (x, y), target in zip(split.inputs.tolist(), split.targets.tolist(), strict=True):
            product = after(group[x], group[y])
            if operation == "xyx^-1":
                product = after(product, inverse(group[x]))
            elif operation == "xyx":
                product = after(product, group[x])
            assert group[target] == product
