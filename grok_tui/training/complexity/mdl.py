"""Loss-bounded description length: how few bytes describe the network without breaking it.

After the coarse-graining of arXiv 2412.09810: the weights are rounded to multiples of one bin
width, as wide as the training loss allows, and the rounded weights are compressed. This is the
variant without low-rank factors; it is about twice looser than the full one.

Where it misleads: an untrained network is described by nothing at all, since zero weights lose
less than the tolerance, so part of the rise is by definition. The size depends on the compressor,
which sees a matrix by rows or by columns: the source leaves that open, and libraries store a layer
either way, so both are tried for the whole network, and the shorter one counts. It cannot be
compared across architectures.
"""

from __future__ import annotations

import bz2
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

Loss = Callable[[Tensor], Tensor]

TOLERANCE_NATS = 1.0
"""How much the mean training loss may rise: the value behind the source's main figures."""
OCTAVES = 14
"""Bin widths that are tried: from twice the largest weight down by this many halvings."""
WIDTHS = 257
"""Bin widths in these octaves, evenly spaced on a log scale: they are 4 % apart."""


class Description(NamedTuple):
    """The coarsest description of a network that keeps its loss."""

    size_bytes: float
    width: float
    """Width of the bins that the weights were rounded to."""


def describe(
    model: nn.Module, inputs: Tensor, loss: Loss, near: float | None = None
) -> Description:
    """Return the coarsest description that keeps the training loss.

    Args:
        model: the network; it is not changed.
        inputs: training inputs of shape (N, …).
        loss: mean loss in nats of logits of shape (N, K).
        near: bin width where the search begins, such as what was found last. Where all narrower
            bins than a good one are good, the result is the same without it.

    Returns:
        Size and width; not-a-number for a network with infinite weights.

    Cost: two compressions, and forward passes over the inputs: 10 at most without `near`; with it
    three where the width is the same, and 17 at most.
    """
    with torch.no_grad():
        weights = {name: value.detach() for name, value in model.named_parameters()}
        largest = max(float(value.abs().max()) for value in weights.values())
        if not math.isfinite(largest):
            return Description(math.nan, math.nan)
        if largest == 0:
            return Description(_compressed_size(weights, width=1.0), 1.0)
        bound = float(loss(model(inputs))) + TOLERANCE_NATS

        def is_good(index: int) -> bool:
            width = _width(index, largest)
            rounded = {name: (value / width).round_() * width for name, value in weights.items()}
            return float(loss(functional_call(model, rounded, (inputs,)))) <= bound

        if not near or not math.isfinite(near):
            found = _widest(is_good, start=WIDTHS - 1, stride=WIDTHS)
        else:
            found = _widest(is_good, start=_index(near, largest), stride=1)
        width = _width(found, largest)
        return Description(_compressed_size(weights, width), width)


def _width(index: int, largest: float) -> float:
    return float(2 * largest * 2 ** (OCTAVES * (index / (WIDTHS - 1) - 1)))


def _index(width: float, largest: float) -> int:
    """Return the number of the nearest bin width; the narrowest one is never tried."""
    octaves = math.log2(width / (2 * largest))
    return min(max(round((octaves / OCTAVES + 1) * (WIDTHS - 1)), 1), WIDTHS - 1)


def _widest(is_good: Callable[[int], bool], start: int, stride: int) -> int:
    """Return the number of the widest good bin, or of the narrowest that there is.

    Bisection that takes strides from its start, each twice as long as the one before it, until
    they are longer than half of what is left.
    """
    good, bad, index = 0, WIDTHS, start
    while bad - good > 1:
        if is_good(index):
            good = index
            index = min(good + stride, (good + bad) // 2)
        else:
            bad = index
            index = max(bad - stride, (good + bad) // 2)
        stride *= 2
    return good


def _compressed_size(weights: Mapping[str, Tensor], width: float) -> float:
    codes = [(value / width).round_() for value in weights.values()]
    narrow = all(code.abs().max() <= torch.iinfo(torch.int8).max for code in codes)
    kind = torch.int8 if narrow else torch.int16
    integers = [code.to(kind).cpu() for code in codes]
    turned = [code.transpose(0, -1) if code.ndim > 1 else code for code in integers]
    return float(min(len(bz2.compress(_bytes(each))) for each in (integers, turned)))


def _bytes(codes: Sequence[Tensor]) -> bytes:
    return bytes(torch.cat([code.flatten() for code in codes]).numpy().tobytes())
