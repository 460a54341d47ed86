"""The gradient of a perceptron on symbols with one hidden layer, without a graph of autograd.

A step of so small a network is mostly memory: here what is no longer needed is overwritten, and
the rows of a full batch are looked up once for all steps. Two thirds of the time of autograd.

Shapes: N examples, P positions of an input, W width, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import torch
from torch import Tensor

from grok_tui.training.losses import Objective
from grok_tui.training.models.lookup import Lookup
from grok_tui.training.models.mlp import SymbolMLP

Slopes = Callable[[Tensor], tuple[Tensor, Tensor, float]]


def _quadratic(sums_NW: Tensor) -> tuple[Tensor, Tensor, float]:
    return sums_NW * sums_NW, sums_NW, 2.0


def _relu(sums_NW: Tensor) -> tuple[Tensor, Tensor, float]:
    return sums_NW.relu(), sums_NW > 0, 1.0


ACTIVATIONS: dict[str, Slopes] = {"quadratic": _quadratic, "relu": _relu}
"""Return the units for their sums, and the slopes: a tensor and a factor."""


class PerceptronGradient:
    """Makes the gradient of one network; any other makes it by autograd."""

    def __init__(self, model: SymbolMLP, activation: str, objective: Objective) -> None:
        """Make gradients of a network with one hidden layer and no biases, on a CPU."""
        self._model, self._objective = model, objective
        self._activate = ACTIVATIONS[activation]
        self._counts = [len(table) for table in model.tables_pW]
        self._starts_P = torch.tensor([0, *accumulate(self._counts)][:-1])
        self._inputs = torch.empty(0)
        self._lookup: Lookup | None = None

    @torch.no_grad()
    def __call__(self, inputs_NP: Tensor, targets: Tensor) -> None:
        """Give each parameter the gradient of the mean loss."""
        readout_WK, lookup = self._model.layers.readout_WK, self._looked_up(inputs_NP)
        sums_NW = lookup.sums(self._model.first_weights)
        units_NW, slopes_NW, factor = self._activate(sums_NW)
        slopes_NK = self._objective.slopes(units_NW @ readout_WK, targets)
        # In this order the product takes two thirds of the time.
        readout_WK.grad = (slopes_NK.T @ units_NW).T.contiguous()
        back_NW = torch.mm(slopes_NK, factor * readout_WK.T, out=units_NW).mul_(slopes_NW)
        gradients = lookup.by_table(back_NW).split(self._counts)
        for table_pW, gradient_pW in zip(self._model.tables_pW, gradients, strict=True):
            table_pW.grad = gradient_pW

    def _looked_up(self, inputs_NP: Tensor) -> Lookup:
        if self._lookup is None or inputs_NP is not self._inputs:
            rows_NP = inputs_NP + self._starts_P
            self._inputs, self._lookup = inputs_NP, Lookup(rows_NP, sum(self._counts))
        return self._lookup
