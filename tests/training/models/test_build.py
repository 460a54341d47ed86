from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import (
    Config,
    GaussianProcess,
    Model,
    ModularTask,
    ParityTask,
    QuantumCircuit,
    Task,
    TeacherStudentTask,
)
from grok_tui.errors import UsageError
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.models.gaussian_process import GaussianProcess as Process
from grok_tui.training.models.quantum import QuantumCircuit as Circuit
from grok_tui.training.tasks.build import build_dataset


def build(model: Model, task: Task, loss: str = Config().loss) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    data = build_dataset(task, generator)
    return build_model(model, data, Objective(loss, data).outputs, generator)


def test_a_gaussian_process_knows_the_training_inputs() -> None:
    task = ParityTask(bits=12, train_size=30, test_size=20)
    model = build(GaussianProcess(), task)
    data = build_dataset(task, torch.Generator().manual_seed(0))
    assert isinstance(model, Process)
    assert torch.equal(model.inputs_ND, data.train.inputs)
    assert model(data.test.inputs).shape == (20, 2)


def test_a_quantum_circuit_has_an_output_a_class() -> None:
    model = build(QuantumCircuit(qubits=2), ModularTask(modulus=5))
    assert isinstance(model, Circuit)
    assert model(torch.tensor([[0, 4], [1, 1]])).shape == (2, 5)


@pytest.mark.parametrize(
    ("model", "task", "loss", "message"),
    [
        (GaussianProcess(), ModularTask(), "mse", "needs numbers, and the task has symbols"),
        (GaussianProcess(), TeacherStudentTask(outputs=2), "mse", "needs two classes"),
        (GaussianProcess(), ParityTask(), "hinge", "needs two classes"),
        (QuantumCircuit(), ParityTask(), "mse", "needs symbols, and the task has numbers"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(
    model: Model, task: Task, loss: str, message: str
) -> None:
    with pytest.raises(UsageError, match=rf"^model\.kind: .*{message}") as error:
        build(model, task, loss)
    assert "\n" not in str(error.value)
