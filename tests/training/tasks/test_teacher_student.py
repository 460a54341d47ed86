from __future__ import annotations

import torch

from grok_tui.config import TeacherStudentTask
from grok_tui.training.dataset import Dataset
from grok_tui.training.tasks.teacher_student import teacher_student


def dataset(seed: int, **settings: int) -> Dataset:
    return teacher_student(TeacherStudentTask(**settings), torch.Generator().manual_seed(seed))


def test_the_teacher_is_one_for_all_seeds_and_the_examples_are_not() -> None:
    first, second = dataset(0, layers=0), dataset(1, layers=0)
    assert not torch.equal(first.train.inputs, second.train.inputs)
    # A linear teacher is found by least squares, whatever the examples.
    found = [
        torch.linalg.lstsq(data.train.inputs, data.train.targets).solution
        for data in (first, second)
    ]
    assert torch.allclose(*found, atol=1e-4)
    other = dataset(0, layers=0, teacher_seed=1)
    assert not torch.equal(other.train.targets, first.train.targets)


def test_the_teacher_is_not_made_of_the_examples_where_both_have_one_seed() -> None:
    data = dataset(0, layers=0, inputs=400, outputs=1, train_size=500, teacher_seed=0)
    teacher = torch.linalg.lstsq(data.train.inputs, data.train.targets).solution[:, 0]
    cosines = torch.cosine_similarity(data.train.inputs, teacher[None])
    assert float(cosines.abs().max()) < 0.3, "by chance, 1/√400 = 0.05 is usual"


def test_it_is_a_regression_of_the_asked_size() -> None:
    data = dataset(0, train_size=30, test_size=20, inputs=4, outputs=3)
    assert data.is_regression
    assert data.chance is None
    assert data.threshold == 1e-3
    assert tuple(data.train.inputs.shape) == (30, 4)
    assert tuple(data.test.targets.shape) == (20, 3)
