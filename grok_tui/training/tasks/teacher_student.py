"""Regression onto a random teacher: a network, or a linear map.

After arXiv 2210.01117 and 2310.16441.
"""

from __future__ import annotations

import torch

from grok_tui.config import MLP, TeacherStudentTask
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.models.mlp import VectorMLP
from grok_tui.training.randomness import generator_of


def teacher_student(task: TeacherStudentTask, generator: torch.Generator) -> Dataset:
    """Return normally distributed inputs with what the teacher makes of them."""
    # Not the run's own generator of that seed: the teacher would be made of the first examples.
    seeded = generator_of(task.teacher_seed, "teacher")
    teacher = VectorMLP(_shape(task), task.inputs, task.outputs, seeded)
    inputs = torch.randn(task.train_size + task.test_size, task.inputs, generator=generator)
    with torch.no_grad():
        targets = teacher(inputs)
    train = Split(inputs[: task.train_size], targets[: task.train_size])
    test = Split(inputs[task.train_size :], targets[task.train_size :])
    return Dataset(train, test, outputs=task.outputs, threshold=task.threshold)


def _shape(task: TeacherStudentTask) -> MLP:
    if task.layers == 0:  # `normal` weights have variance 1 / inputs
        return MLP(depth=0, init_scale=(2 * task.outputs) ** -0.5)
    return MLP(activation="tanh", width=task.hidden, depth=task.layers, bias="all", init="torch")
