"""The trace of the loss's Hessian: how sharply the loss rises around the weights.

Hutchinson's estimate, the mean of v·Hv over random signs v. It may be negative where the weights
are no minimum, and it changes when weights are scaled in a way that the outputs do not see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

PROBES = 30
"""Random vectors: the variance of the mean is at most 2‖H‖² / 30."""


def hessian_trace(
    loss: Callable[[], Tensor], weights: Sequence[Tensor], generator: torch.Generator
) -> float:
    """Return an estimate of the trace, in units of the loss.

    Args:
        loss: computes the loss of the weights.
        weights: what it is differentiated by.
        generator: draws the signs.

    Cost: `PROBES` products with the Hessian, each about two backward passes.
    """
    with sdpa_kernel(SDPBackend.MATH):  # the fast kernels have no second derivative
        slopes = torch.autograd.grad(loss(), weights, create_graph=True)
        found = 0.0
        for _ in range(PROBES):
            signs = [_signs(weight, generator) for weight in weights]
            products = torch.autograd.grad(slopes, weights, signs, retain_graph=True)
            found += sum(float((v * hv).sum()) for v, hv in zip(signs, products, strict=True))
    return found / PROBES


def _signs(like: Tensor, generator: torch.Generator) -> Tensor:
    drawn = torch.randint(2, like.shape, generator=generator) * 2 - 1
    return drawn.to(like.device, like.dtype)
