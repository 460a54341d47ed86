from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grok_tui.config import CustomTask, ModularTask, Task, TeacherStudentTask
from grok_tui.errors import UsageError
from grok_tui.training.dataset import Dataset
from grok_tui.training.tasks.build import build_dataset

MINE = """
import torch
from grok_tui.training.dataset import Dataset, Split

def mirror(generator, size=4):
    x = torch.randint(size, (20, 2), generator=generator)
    return Dataset(Split(x[:10], x[:10, 0]), Split(x[10:], x[10:, 0]), size, (size, size))

def nothing(generator):
    return None

not_a_function = 3
"""


def build(task: Task) -> Dataset:
    return build_dataset(task, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_noise_is_in_a_share_of_the_training_labels_only(share: float) -> None:
    clean, noisy = build(ModularTask()), build(ModularTask(label_noise=share))
    assert torch.equal(clean.train.inputs, noisy.train.inputs)
    assert torch.equal(clean.test.targets, noisy.test.targets)
    changed = (clean.train.targets != noisy.train.targets).float().mean()
    assert float(changed) == pytest.approx(share * 52 / 53, abs=0.03), "one in 53 is drawn again"


def test_a_regression_has_no_labels_to_be_noisy() -> None:
    with pytest.raises(UsageError, match=r"task\.label_noise: a regression has no labels"):
        build(TeacherStudentTask(label_noise=0.5))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_tasks.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("mine")
def test_a_task_of_ones_own_is_called_with_its_options() -> None:
    data = build(CustomTask(function="my_tasks:mirror", options={"size": 6}))
    assert data.outputs == 6
    assert len(data.train) == 10


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        ("no_such_module:x", {}, "No module named 'no_such_module'"),
        ("my_tasks:missing", {}, "the module has no function missing"),
        ("my_tasks:not_a_function", {}, "the module has no function not_a_function"),
        ("my_tasks:nothing", {}, "my_tasks:nothing returned NoneType, and no Dataset"),
        ("my_tasks:mirror", {"sise": 3}, "unexpected keyword argument 'sise'"),
    ],
)
def test_a_wrong_task_of_ones_own_is_told(
    function: str, options: dict[str, int], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        build(CustomTask(function=function, options=options))
