from __future__ import annotations

import pytest
import torch

from grok_tui.config import ToyAdditionTask
from grok_tui.training.tasks.toy_addition import toy_addition


def test_each_pair_is_there_once_and_gives_its_sum() -> None:
    data = toy_addition(ToyAdditionTask(), torch.Generator().manual_seed(0))
    assert (len(data.train), len(data.test), data.outputs) == (45, 10, 19)
    pairs = torch.cat([data.train.inputs, data.test.inputs]).tolist()
    assert sorted(pairs) == [[i, j] for i in range(10) for j in range(i, 10)]
    for split in (data.train, data.test):
        assert torch.equal(split.inputs.sum(dim=1), split.targets)


@pytest.mark.parametrize("seed", range(20))
def test_no_sum_is_in_the_test_set_only(seed: int) -> None:
    """Four sums have a single pair: in the test set, its vector could only be guessed."""
    task = ToyAdditionTask(train_size=19)
    data = toy_addition(task, torch.Generator().manual_seed(seed))
    assert sorted(data.train.targets.tolist()) == list(range(19))


def test_each_sum_has_a_random_vector_unless_sums_are_classes() -> None:
    codes = toy_addition(ToyAdditionTask(code=30), torch.Generator().manual_seed(0)).codes
    assert codes is not None
    assert codes.shape == (19, 30)
    assert float(codes.std()) == pytest.approx(1, abs=0.1)
    assert toy_addition(ToyAdditionTask(code=0), torch.Generator()).codes is None


def test_the_split_follows_the_seed() -> None:
    one, same, other = (
        toy_addition(ToyAdditionTask(), torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(one.train.inputs, same.train.inputs)
    assert not torch.equal(one.train.inputs, other.train.inputs)
