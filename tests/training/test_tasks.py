from __future__ import annotations

import pytest
import torch

from grok_tui.config import ModularTask
from grok_tui.training.tasks import Dataset, Split, modular_dataset


def dataset(seed: int = 0, **settings: object) -> Dataset:
    task = ModularTask(modulus=7, **settings)  # type: ignore[arg-type]
    return modular_dataset(task, torch.Generator().manual_seed(seed))


def pairs(split: Split) -> set[tuple[int, int]]:
    return {(a, b) for a, b in split.inputs_N2.tolist()}


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.5, 0.99])
def test_the_splits_are_disjoint_and_make_up_the_whole_table(fraction: float) -> None:
    data = dataset(train_fraction=fraction)
    assert pairs(data.train) & pairs(data.test) == set()
    assert len(pairs(data.train) | pairs(data.test)) == 49
    assert len(data.train) == max(int(49 * fraction), 1)


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("add", lambda a, b: (a + b) % 7),
        ("subtract", lambda a, b: (a - b) % 7),
        ("multiply", lambda a, b: (a * b) % 7),
    ],
)
def test_the_results_are_right(operation: str, result: object) -> None:
    data = dataset(operation=operation)
    for split in (data.train, data.test):
        for (a, b), target in zip(split.inputs_N2.tolist(), split.targets_N.tolist(), strict=True):
            assert target == result(a, b)  # type: ignore[operator]


def test_the_seed_decides_the_split() -> None:
    assert pairs(dataset(seed=1).train) == pairs(dataset(seed=1).train)
    assert pairs(dataset(seed=1).train) != pairs(dataset(seed=2).train)


def test_chance_is_one_in_the_number_of_classes() -> None:
    assert dataset().chance == pytest.approx(1 / 7)
