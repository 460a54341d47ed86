"""The local learning coefficient (LLC): how slowly the loss rises around the weights.

λ = nβ · (mean loss of weights drawn close by − loss of the weights themselves), with weights drawn
by stochastic gradient Langevin dynamics (arXiv 2308.12108). In a regular model it is half of the
number of parameters; degenerate directions lower it. Its size depends on the settings below by
orders of magnitude: only curves of one setting can be compared.

The package `devinterp` (2.0.1) estimates it for language models on tables of tokens only, and needs
their libraries; its sampler, with the settings below, agreed within the spread of seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

DRAWS, BURN_IN = 200, 100
"""Steps of the one chain, after those that are not counted."""
STEP_SIZE = 1e-5
"""ε: a step adds noise of variance ε to each weight."""
LOCALISATION = 1000.0
"""γ: how strongly the chain is pulled back to where it began."""
BATCH = 512
"""Training examples of a step."""


def inverse_temperature(examples: int) -> float:
    """Return nβ = n / ln n, where the mean loss becomes what a Bayesian pays (1 / β = ln n)."""
    return examples / math.log(max(examples, 3))


def learning_coefficient(
    loss: Callable[[Tensor], Tensor],
    weights: Sequence[Tensor],
    examples: int,
    generator: torch.Generator,
    *,
    step_size: float = STEP_SIZE,
    localisation: float = LOCALISATION,
    draws: int = DRAWS,
    burn_in: int = BURN_IN,
) -> float:
    """Return an estimate of λ; the weights are as before afterwards.

    The loss of the weights themselves is taken on the same batches as that of the drawn ones, so
    that their difference does not suffer from which examples a batch has.

    Args:
        loss: mean loss of the weights on the examples with these numbers (B,).
        weights: leaf tensors that the loss depends on; they are changed and put back.
        examples: how many there are to draw from (n).
        generator: draws batches and noise.
        step_size: ε.
        localisation: γ.
        draws: steps that count.
        burn_in: steps before them.

    Cost: a forward and a backward pass a step, and a forward pass a draw.
    """
    centre = [weight.detach().clone() for weight in weights]
    n_beta = inverse_temperature(examples)
    rises = []
    try:
        for number in range(burn_in + draws):
            batch = torch.randint(examples, (min(BATCH, examples),), generator=generator)
            here = loss(batch)
            slopes = torch.autograd.grad(here, weights)
            with torch.no_grad():
                if number >= burn_in:
                    rises.append(float(here) - _loss_at(centre, loss, weights, batch))
                for weight, slope, start in zip(weights, slopes, centre, strict=True):
                    noise = torch.randn(weight.shape, generator=generator).to(weight)
                    pull = n_beta * slope + localisation * (weight - start)
                    weight.add_(math.sqrt(step_size) * noise - step_size / 2 * pull)
    finally:
        _put(centre, weights)
    return n_beta * sum(rises) / len(rises)


def _loss_at(
    centre: Sequence[Tensor],
    loss: Callable[[Tensor], Tensor],
    weights: Sequence[Tensor],
    batch: Tensor,
) -> float:
    """Return the loss on a batch of the weights that the chain began with."""
    away = [weight.detach().clone() for weight in weights]
    _put(centre, weights)
    value = float(loss(batch))
    _put(away, weights)
    return value


@torch.no_grad()
def _put(values: Sequence[Tensor], weights: Sequence[Tensor]) -> None:
    for weight, value in zip(weights, values, strict=True):
        weight.copy_(value)
