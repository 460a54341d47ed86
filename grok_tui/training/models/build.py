"""From the config of a model to the network, with its first weights."""

from __future__ import annotations

import torch
from torch import nn

from grok_tui import config
from grok_tui.errors import UsageError
from grok_tui.training.custom import call
from grok_tui.training.dataset import Dataset
from grok_tui.training.models.cnn import ImageCNN
from grok_tui.training.models.mlp import EmbeddingMLP, SymbolMLP, VectorMLP
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
    if isinstance(model, config.CNN):
        shape = data.train.inputs.shape[1:]
        if data.symbols is not None or len(shape) != 3:
            raise UsageError("model.kind: a cnn needs images, and the task has none")
        return ImageCNN(model, (shape[0], shape[1], shape[2]), outputs, generator)
    if data.symbols is None and model.embedding:
        raise UsageError("model.embedding: the task has numbers, and only symbols are embedded")
    if data.symbols is None:
        return VectorMLP(model, data.train.inputs[0].numel(), outputs, generator)
    if model.embedding:
        return EmbeddingMLP(model, data.symbols, outputs, generator)
    if model.depth == 0:
        raise UsageError("model.depth: symbols need at least one hidden layer")
    return SymbolMLP(model, data.symbols, outputs, generator)
