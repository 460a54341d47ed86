from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from grok_tui.config import ImagesTask
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.tasks.images import images

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 2, 2), dtype=np.uint8)


def dataset(path: Path, seed: int = 0, **settings: int) -> Dataset:
    return images(ImagesTask(data=str(path), **settings), torch.Generator().manual_seed(seed))


def rows(split: Split) -> set[tuple[float, ...]]:
    return set(map(tuple, split.inputs.flatten(1).tolist()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.savez(tmp_path / "a.npz", x=PIXELS, y=PIXELS[:, 0, 0] % 4)
    return tmp_path / "a.npz"


def test_train_and_test_are_disjoint_and_of_the_asked_size(path: Path) -> None:
    data = dataset(path, train_size=15)
    assert (len(data.train), len(data.test)) == (15, 25)
    assert rows(data.train) & rows(data.test) == set()
    assert len(rows(data.train) | rows(data.test)) == 40
    fewer = dataset(path, train_size=15, test_size=7)
    assert torch.equal(fewer.test.inputs, data.test.inputs[:7])


def test_inputs_are_floats_from_0_to_1_with_their_labels(path: Path) -> None:
    data = dataset(path, train_size=15)
    assert tuple(data.train.inputs.shape) == (15, 1, 2, 2)
    assert data.outputs == 4
    for split in (data.train, data.test):
        pixels = split.inputs * 255
        assert torch.allclose(pixels, pixels.round(), atol=1e-4)
        assert float(pixels.max()) > 200
        assert torch.equal(pixels[:, 0, 0, 0].round().long() % 4, split.targets)


def test_the_seed_decides_which_are_trained_on(path: Path) -> None:
    first = dataset(path, train_size=15)
    assert torch.equal(first.train.inputs, dataset(path, train_size=15).train.inputs)
    assert rows(first.train) != rows(dataset(path, seed=1, train_size=15).train)


@pytest.mark.parametrize(("test_size", "tested"), [(0, 10), (6, 6)])
def test_a_test_set_of_the_files_own_is_never_trained_on(
    test_size: int, tested: int, tmp_path: Path
) -> None:
    labels = PIXELS[:, 0, 0] % 4
    split = {"x_train": PIXELS[:30], "y_train": labels[:30]}
    np.savez(tmp_path / "b.npz", **split, x_test=PIXELS[30:], y_test=labels[30:])
    own = {tuple((image / np.float32(255)).flatten().tolist()) for image in PIXELS[30:]}
    data = dataset(tmp_path / "b.npz", train_size=30, test_size=test_size)
    assert (len(data.train), len(data.test)) == (30, tested)
    assert rows(data.test) <= own
    assert rows(data.train) & own == set()
