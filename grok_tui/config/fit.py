"""Whether task, model, loss and optimiser fit together, as far as their kinds tell."""

from __future__ import annotations

from grok_tui.config.models import CNN, MLP, GaussianProcess, QuantumCircuit, Transformer
from grok_tui.config.optimizers import Muon
from grok_tui.config.settings import Config
from grok_tui.config.tasks import (
    CustomTask,
    ImagesTask,
    ModularTask,
    PermutationTask,
    TeacherStudentTask,
    ToyAdditionTask,
)

_OF_SYMBOLS = (ModularTask, ToyAdditionTask, PermutationTask)
_OF_MANY_CLASSES = (PermutationTask, ToyAdditionTask)


def why_unfit(config: Config) -> str | None:
    """Return what does not fit, in a line; of a task of the user's own nothing is known before."""
    if isinstance(config.task, CustomTask):
        return None
    return _loss_problem(config) or _model_problem(config) or _optimizer_problem(config)


def _loss_problem(config: Config) -> str | None:
    task, loss = config.task, config.loss
    if isinstance(task, TeacherStudentTask):
        if loss != "mse":
            return f"loss: a regression is trained with mse, not with {loss}"
        if task.label_noise:
            return "task.label_noise: a regression has no labels"
    has_many = isinstance(task, ModularTask) and task.modulus > 2
    if loss == "hinge" and (has_many or isinstance(task, _OF_MANY_CLASSES)):
        return "loss: hinge is for two classes, and the task has more"
    return None


def _model_problem(config: Config) -> str | None:
    task, model = config.task, config.model
    has_symbols = isinstance(task, _OF_SYMBOLS)
    if isinstance(model, Transformer | QuantumCircuit) and not has_symbols:
        who = "a transformer" if isinstance(model, Transformer) else "a quantum circuit"
        return f"model.kind: {who} needs symbols, and the task has numbers"
    if isinstance(model, CNN) and not isinstance(task, ImagesTask):
        return "model.kind: a cnn needs images, and the task has none"
    if isinstance(model, GaussianProcess):
        if has_symbols:
            return "model.kind: a Gaussian process needs numbers, and the task has symbols"
        if isinstance(task, TeacherStudentTask) or config.loss == "hinge":
            return "model.kind: a Gaussian process needs two classes, an output for each"
    if isinstance(model, MLP) and model.embedding and not has_symbols:
        return "model.embedding: only symbols are embedded; the task has numbers"
    if isinstance(model, MLP) and model.depth == 0 and has_symbols and not model.embedding:
        return "model.depth: symbols need at least one hidden layer"
    return None


def _optimizer_problem(config: Config) -> str | None:
    model = config.model
    if not isinstance(config.optimizer, Muon):
        return None
    # One-hot symbols make the first layer a table.
    layers = 2 if isinstance(config.task, _OF_SYMBOLS) else 1
    is_shallow = isinstance(model, MLP) and model.depth < layers and not model.embedding
    if is_shallow or isinstance(model, GaussianProcess | QuantumCircuit):
        return "optimizer.kind: muon needs hidden matrices, and the model has none"
    return None
