"""From the config of a task to its examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from grok_tui import config
from grok_tui.errors import UsageError
from grok_tui.training.custom import call
from grok_tui.training.dataset import Dataset, with_noise
from grok_tui.training.tasks.images import images
from grok_tui.training.tasks.modular import modular
from grok_tui.training.tasks.parity import parity
from grok_tui.training.tasks.permutation import permutation
from grok_tui.training.tasks.teacher_student import teacher_student
from grok_tui.training.tasks.text import text
from grok_tui.training.tasks.toy_addition import toy_addition

_TASKS: dict[type[Any], Callable[[Any, torch.Generator], Dataset]] = {
    config.ModularTask: modular,
    config.ToyAdditionTask: toy_addition,
    config.PermutationTask: permutation,
    config.ParityTask: parity,
    config.TeacherStudentTask: teacher_student,
    config.ImagesTask: images,
    config.TextTask: text,
}


def build_dataset(task: config.Task, generator: torch.Generator) -> Dataset:
    """Return the examples of a task.

    Raises:
        UsageError: a function of the user's own or a file is not there, or makes no dataset.
    """
    if isinstance(task, config.CustomTask):
        made = call(task.function, task.options, generator=generator)
        if not isinstance(made, Dataset):
            raise UsageError(f"{task.function} returned {type(made).__name__}, and no Dataset")
        return made
    data = _TASKS[type(task)](task, generator)
    if task.label_noise == 0:
        return data
    if data.is_regression:
        raise UsageError("task.label_noise: a regression has no labels")
    train = with_noise(data.train, task.label_noise, data.outputs, generator)
    return replace(data, train=train)
