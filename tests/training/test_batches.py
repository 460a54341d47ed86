from __future__ import annotations

import pytest
import torch

from grok_tui.training.batches import Batches

CPU = torch.device("cpu")


def epoch(batches: Batches, number: int, per_epoch: int) -> list[int]:
    steps = range(number * per_epoch + 1, (number + 1) * per_epoch + 1)
    return [int(index) for step in steps for index in batches.at(step)]  # type: ignore[union-attr]


@pytest.mark.parametrize(("size", "examples", "per_epoch"), [(3, 10, 4), (5, 10, 2), (1, 4, 4)])
def test_each_epoch_has_every_example_once_in_an_order_of_its_own(
    size: int, examples: int, per_epoch: int
) -> None:
    batches = Batches(size, examples, 0, CPU)
    epochs = [epoch(batches, number, per_epoch) for number in range(5)]
    assert all(sorted(order) == list(range(examples)) for order in epochs)
    assert len({tuple(order) for order in epochs}) > 1


def test_the_order_follows_from_seed_and_step_alone() -> None:
    whole, resumed = Batches(3, 10, 7, CPU), Batches(3, 10, 7, CPU)
    expected = [whole.at(step) for step in range(1, 30)]
    for step in (29, 5, 17):
        assert torch.equal(resumed.at(step), expected[step - 1])  # type: ignore[arg-type]
    assert epoch(Batches(3, 10, 8, CPU), 0, 4) != epoch(Batches(3, 10, 7, CPU), 0, 4)


@pytest.mark.parametrize("size", [0, 10, 11])
def test_all_at_once_needs_no_order(size: int) -> None:
    assert Batches(size, 10, 0, CPU).at(3) is None
