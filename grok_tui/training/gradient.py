"""How the gradient of a step is made: by autograd, or written out for a network that is known."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from grok_tui.config import MLP, Config
from grok_tui.training.losses import Objective
from grok_tui.training.models.lookup import is_available
from grok_tui.training.models.mlp import SymbolMLP
from grok_tui.training.models.perceptron_gradient import ACTIVATIONS, PerceptronGradient
from grok_tui.training.models.prefixes_gradient import PrefixesGradient, can_be_looked_up
from grok_tui.training.models.tables_gradient import TablesGradient
from grok_tui.training.models.transformer import Transformer
from grok_tui.training.regularisation import Regulariser


class Gradient(Protocol):
    """Makes the gradients of one network."""

    def __call__(self, inputs: Tensor, targets: Tensor, /) -> None:
        """Give each parameter, which has none, the gradient of what a step minimises."""
        ...


class ByAutograd:
    """Makes the gradients of any network."""

    def __init__(
        self, objective: Objective, regulariser: Regulariser, *, is_compiled: bool
    ) -> None:
        """Minimise the loss of a regularised network."""
        self._objective, self._regulariser = objective, regulariser
        self._minimised = torch.compile(self._loss) if is_compiled else self._loss

    def __call__(self, inputs: Tensor, targets: Tensor) -> None:
        """Give each parameter, which has none, the gradient of what a step minimises."""
        self._minimised(inputs, targets).backward()

    def _loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        loss = self._objective.loss(self._regulariser.outputs(inputs), targets)
        return loss + self._regulariser.penalty()


def make_gradient(
    config: Config, model: nn.Module, objective: Objective, regulariser: Regulariser
) -> Gradient:
    """Return the fastest way to the gradient of a config's network."""
    added = config.regularization
    is_plain = not (config.compile or added.weight_noise or added.spectral_entropy)
    # Elsewhere it is unmeasured.
    is_on_cpu = all(p.device.type == "cpu" for p in model.parameters())
    written_out = _written_out(config, model, objective) if is_plain and is_on_cpu else None
    return written_out or ByAutograd(objective, regulariser, is_compiled=config.compile)


def _written_out(config: Config, model: nn.Module, objective: Objective) -> Gradient | None:
    """Return the gradient of the loss alone, where the network has a form that is known."""
    settings = config.model
    if isinstance(model, SymbolMLP) and isinstance(settings, MLP):
        has_form = settings.depth == 1 and settings.bias == "none"
        if settings.shortcut and has_form and settings.activation in ACTIVATIONS:
            return PerceptronGradient(model, settings.activation, objective)
    if isinstance(model, Transformer) and is_available():
        return _of_transformer(model, objective)
    return None


def _of_transformer(model: Transformer, objective: Objective) -> Gradient | None:
    if model.has_tables and model.settings.activation == "relu":
        return TablesGradient(model, objective)
    return PrefixesGradient(model, objective) if can_be_looked_up(model) else None
