"""From the config of a model to what learns, with its first weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from grok_tui import config
from grok_tui.errors import UsageError
from grok_tui.training.custom import call
from grok_tui.training.dataset import Dataset
from grok_tui.training.models.cnn import ImageCNN
from grok_tui.training.models.gaussian_process import GaussianProcess
from grok_tui.training.models.mlp import EmbeddingMLP, SymbolMLP, VectorMLP
from grok_tui.training.models.quantum import QuantumCircuit
from grok_tui.training.models.transformer import Transformer

Builder = Callable[[Any, Dataset, int, torch.Generator], nn.Module]


def build_model(
    model: config.Model, data: Dataset, outputs: int, generator: torch.Generator
) -> nn.Module:
    """Return a network for a task's examples, or what else can learn from them.

    Args:
        model: the config.
        data: what it will learn from: its shapes decide the network's.
        outputs: how many outputs the loss needs.
        generator: source of the random weights.

    Raises:
        UsageError: the model does not fit the task, or a function of the user's own is wrong.
    """
    return _BUILDERS[type(model)](model, data, outputs, generator)


def _mlp(model: config.MLP, data: Dataset, outputs: int, generator: torch.Generator) -> nn.Module:
    if data.symbols is None:
        if model.embedding:
            raise UsageError("model.embedding: only symbols are embedded; the task has numbers")
        return VectorMLP(model, data.train.inputs[0].numel(), outputs, generator)
    if model.embedding:
        return EmbeddingMLP(model, data.symbols, outputs, generator)
    if model.depth == 0:
        raise UsageError("model.depth: symbols need at least one hidden layer")
    return SymbolMLP(model, data.symbols, outputs, generator)


def _cnn(model: config.CNN, data: Dataset, outputs: int, generator: torch.Generator) -> nn.Module:
    shape = data.train.inputs.shape[1:]
    if data.symbols is not None or len(shape) != 3:
        raise UsageError("model.kind: a cnn needs images, and the task has none")
    return ImageCNN(model, (shape[0], shape[1], shape[2]), outputs, generator)


def _transformer(
    model: config.Transformer, data: Dataset, outputs: int, generator: torch.Generator
) -> nn.Module:
    return Transformer(model, _symbols(data, "a transformer"), outputs, generator)


def _quantum_circuit(
    model: config.QuantumCircuit, data: Dataset, outputs: int, generator: torch.Generator
) -> nn.Module:
    return QuantumCircuit(model, _symbols(data, "a quantum circuit"), outputs, generator)


def _gaussian_process(
    model: config.GaussianProcess, data: Dataset, outputs: int, _generator: torch.Generator
) -> nn.Module:
    if data.symbols is not None:
        raise UsageError("model.kind: a Gaussian process needs numbers, and the task has symbols")
    if data.is_regression or outputs != 2:
        raise UsageError("model.kind: a Gaussian process needs two classes, an output for each")
    return GaussianProcess(model, data.train.inputs)


def _custom(
    model: config.CustomModel, data: Dataset, _outputs: int, generator: torch.Generator
) -> nn.Module:
    made = call(model.function, model.options, data=data, generator=generator)
    if not isinstance(made, nn.Module):
        raise UsageError(f"{model.function} returned {type(made).__name__}, and no nn.Module")
    return made


def _symbols(data: Dataset, who: str) -> tuple[int, ...]:
    if data.symbols is None:
        raise UsageError(f"model.kind: {who} needs symbols, and the task has numbers")
    return data.symbols


_BUILDERS: dict[type[Any], Builder] = {
    config.MLP: _mlp,
    config.CNN: _cnn,
    config.Transformer: _transformer,
    config.QuantumCircuit: _quantum_circuit,
    config.GaussianProcess: _gaussian_process,
    config.CustomModel: _custom,
}
