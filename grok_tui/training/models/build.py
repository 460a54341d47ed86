"""From the config of a model to the network, with its first weights."""

from __future__ import annotations

import torch
from torch import nn

from grok_tui import config
from grok_tui.errors import UsageError
from grok_tui.training.custom import call
from grok_tui.training.dataset import Dataset
from grok_tui.training.models.gaussian_process import GaussianProcess
from grok_tui.training.models.mlp import SymbolMLP, VectorMLP
from grok_tui.training.models.quantum import QuantumCircuit
from grok_tui.training.models.transformer import Transformer


def build_model(
    model: config.Model, data: Dataset, outputs: int, generator: torch.Generator
) -> nn.Module:
    """Return a network for a task's examples.

    Args:
        model: the config.
        data: what it will learn from: its shapes decide the network's.
        outputs: how many outputs the loss needs.
        generator: source of the random weights.

    Raises:
        UsageError: the model does not fit the task, or a function of the user's own is wrong.
    """
    if isinstance(model, config.CustomModel):
        made = call(model.function, model.options, data=data, generator=generator)
        if not isinstance(made, nn.Module):
            raise UsageError(f"{model.function} returned {type(made).__name__}, and no nn.Module")
        return made
    if isinstance(model, config.Transformer):
        if data.symbols is None:
            raise UsageError("model.kind: a transformer needs symbols, and the task has numbers")
        return Transformer(model, data.symbols, outputs, generator)
    if isinstance(model, config.QuantumCircuit):
        if data.symbols is None:
            raise UsageError("model.kind: a quantum circuit needs symbols, the task has numbers")
        return QuantumCircuit(model, data.symbols, outputs, generator)
    if isinstance(model, config.GaussianProcess):
        if data.symbols is not None:
            raise UsageError("model.kind: a Gaussian process needs numbers, the task has symbols")
        if data.is_regression or outputs != 2:
            raise UsageError("model.kind: a Gaussian process needs two classes, an output for each")
        return GaussianProcess(model, data.train.inputs)
    if data.symbols is None:
        return VectorMLP(model, data.train.inputs[0].numel(), outputs, generator)
    if model.depth == 0:
        raise UsageError("model.depth: symbols need at least one hidden layer")
    return SymbolMLP(model, data.symbols, outputs, generator)
