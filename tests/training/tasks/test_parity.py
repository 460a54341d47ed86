from __future__ import annotations

import pytest
import torch

from grok_tui.config import ParityTask
from grok_tui.training.tasks.parity import parity


@pytest.mark.parametrize(("bits", "train", "test"), [(40, 300, 500), (6, 40, 24)])
def test_examples_are_different_signs_whose_first_bits_decide(
    bits: int, train: int, test: int
) -> None:
    task = ParityTask(bits=bits, relevant=3, train_size=train, test_size=test)
    data = parity(task, torch.Generator().manual_seed(0))
    assert (len(data.train), len(data.test)) == (train, test)
    rows = [tuple(row) for split in (data.train, data.test) for row in split.inputs.tolist()]
    assert len(set(rows)) == len(rows), "no test example is a training example"
    assert {value for row in rows for value in row} == {-1.0, 1.0}
    targets = [*data.train.targets.tolist(), *data.test.targets.tolist()]
    assert targets == [int(row[0] * row[1] * row[2] > 0) for row in rows]
    assert data.chance == 0.5
    assert 0.3 < sum(targets) / len(targets) < 0.7
