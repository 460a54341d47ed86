"""Loss-bounded description length: how few bytes describe the network without breaking it.

After the coarse-graining of arXiv 2412.09810: the weights are rounded to multiples of one bin
width, as wide as the training loss allows, and the rounded weights are compressed. This is the
variant without low-rank factors; it is about twice looser than the full one.

Where it misleads: an untrained network is described by nothing at all, since zero weights lose
less than the tolerance, so part of the rise is by definition. The size depends on the compressor
and on the order of the weights, and cannot be compared across architectures.
"""

from __future__ import annotations

import bz2
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

Loss = Callable[[Tensor], Tensor]

TOLERANCE_NATS = 1.0
"""How much the mean training loss may rise: the value behind the source's main figures."""
OCTAVES = 14
"""Bin widths that are tried: from twice the largest weight down by this many halvings."""
PROBES = 8
"""Halvings of the search interval: 14 octaves / 2⁸ leave the width known to 4 %."""


def mdl_bytes(model: nn.Module, inputs: Tensor, loss: Loss) -> float:
    """Return the size in bytes of the coarsest description that keeps the training loss.

    Args:
        model: the network; it is not changed.
        inputs: training inputs of shape (N, …).
        loss: mean loss in nats of logits of shape (N, K).

    Cost: up to 10 forward passes over the inputs, and one compression.
    """
    with torch.no_grad():
        weights = {name: value.detach() for name, value in model.named_parameters()}
        largest = max(float(value.abs().max()) for value in weights.values())
        if not math.isfinite(largest):
            return math.nan
        if largest == 0:
            return _compressed_size(weights, width=1.0)
        bound = float(loss(model(inputs))) + TOLERANCE_NATS

        def is_good(width: float) -> bool:
            rounded = {name: (value / width).round_() * width for name, value in weights.items()}
            return float(loss(functional_call(model, rounded, (inputs,)))) <= bound

        return _compressed_size(weights, _widest(is_good, 2.0 * largest))


def _widest(is_good: Callable[[float], bool], widest: float) -> float:
    """Return the widest good bin by bisection on a log scale, or the narrowest that is tried."""
    if is_good(widest):
        return widest
    good, bad = -float(OCTAVES), 0.0
    for _ in range(PROBES):
        middle = (good + bad) / 2
        if is_good(widest * 2**middle):
            good = middle
        else:
            bad = middle
    return widest * 2**good


def _compressed_size(weights: Mapping[str, Tensor], width: float) -> float:
    codes = torch.cat([(value / width).round_().flatten() for value in weights.values()])
    narrow = codes.abs().max() <= torch.iinfo(torch.int8).max
    integers = codes.to(torch.int8 if narrow else torch.int16)
    return float(len(bz2.compress(integers.cpu().numpy().tobytes())))
