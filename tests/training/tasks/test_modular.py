from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from grok_tui.config import ModularTask
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.tasks.modular import modular

OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x * pow(y, -1, 7),
    "divide-or-subtract": lambda x, y: x * pow(y, -1, 7) if y % 2 else x - y,
    "x^2+y^2": lambda x, y: x**2 + y**2,
    "x^2+xy+y^2": lambda x, y: x**2 + x * y + y**2,
    "x^2+xy+y^2+x": lambda x, y: x**2 + x * y + y**2 + x,
    "x^3+xy": lambda x, y: x**3 + x * y,
    "x^3+xy^2+y": lambda x, y: x**3 + x * y**2 + y,
}


def dataset(seed: int = 0, **settings: object) -> Dataset:
    task = ModularTask(modulus=7, **settings)  # type: ignore[arg-type]
    return modular(task, torch.Generator().manual_seed(seed))


def pairs(split: Split) -> set[tuple[int, int]]:
    return {(a, b) for a, b in split.inputs.tolist()}


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.5, 0.99])
def test_the_splits_are_disjoint_and_make_up_the_whole_table(fraction: float) -> None:
    data = dataset(train_fraction=fraction)
    assert pairs(data.train) & pairs(data.test) == set()
    assert len(pairs(data.train) | pairs(data.test)) == 49
    assert len(data.train) == max(int(49 * fraction), 1)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_results_are_right(operation: str) -> None:
    data = dataset(operation=operation)
    for split in (data.train, data.test):
        for (a, b), target in zip(split.inputs.tolist(), split.targets.tolist(), strict=True):
            assert target == OPERATIONS[operation](a, b) % 7


def test_nothing_is_divided_by_zero() -> None:
    data = dataset(operation="divide")
    assert len(data.train) + len(data.test) == 42
    assert all(b for split in (data.train, data.test) for _, b in pairs(split))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_twins_can_be_kept_together(fraction: float) -> None:
    def separated(data: Dataset) -> int:
        return sum((b, a) in pairs(data.test) for a, b in pairs(data.train))

    together = dataset(train_fraction=fraction, twins="together")
    assert separated(together) == 0
    assert abs(len(together.train) - 49 * fraction) <= 1.5
    assert separated(dataset(train_fraction=fraction)) > 0


def test_the_seed_decides_the_split() -> None:
    assert pairs(dataset(seed=1).train) == pairs(dataset(seed=1).train)
    assert pairs(dataset(seed=1).train) != pairs(dataset(seed=2).train)


def test_chance_is_one_in_the_number_of_classes() -> None:
    assert dataset().chance == pytest.approx(1 / 7)
