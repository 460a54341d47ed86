"""How the gradient of a step is made: by autograd, or written out for a network that is known."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from grok_tui.config import MLP, Config
from grok_tui.training.losses import Objective
from grok_tui.training.models.mlp import SymbolMLP
from grok_tui.training.models.written_out import ACTIVATIONS, WrittenOut
from grok_tui.training.regularisation import Regulariser


class Gradient(Protocol):
    """Makes the gradients of one network."""

    def __call__(self, inputs: Tensor, targets: Tensor) -> None:
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
    is_loss_alone = not (added.weight_noise or added.spectral_entropy)
    if (
        isinstance(model, SymbolMLP)
        and isinstance(config.model, MLP)
        and is_known(config.model)
        and is_loss_alone
        and not config.compile
        and model.layers.readout_WK.device.type == "cpu"  # elsewhere it is unmeasured
    ):
        return WrittenOut(model, config.model.activation, objective)
    return ByAutograd(objective, regulariser, is_compiled=config.compile)


def is_known(settings: MLP) -> bool:
    """Return whether the gradient of a network on symbols is written out, and wanted so."""
    has_form = settings.depth == 1 and settings.bias == "none"
    return settings.shortcut and has_form and settings.activation in ACTIVATIONS
