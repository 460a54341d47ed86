"""The exponent α of the power law that the largest eigenvalues of weight matrices follow.

After "heavy-tailed self-regularisation" (arXiv 2506.04434): random matrices have large α, training
lowers it, and α below 2 was seen where networks lose what they had learnt. It depends strongly on
where the tail is said to begin, and needs matrices of some size.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from grok_tui.training.complexity.spectrum import singular_values

FEWEST = 50
"""Eigenvalues that a matrix must have."""
SHORTEST_TAIL = 10
"""Eigenvalues that a tail must have: fewer fit any law."""


def mean_exponent(matrices: Iterable[Tensor]) -> float:
    """Return the mean α of all matrices (m, n) with `FEWEST` eigenvalues of WᵀW or more."""
    wide = [matrix for matrix in matrices if min(matrix.shape) >= FEWEST]
    alphas = [tail_exponent(singular_values(matrix).square()) for matrix in wide]
    return sum(alphas) / len(alphas)


def tail_exponent(values: Tensor) -> float:
    """Return the exponent of the density x^-α that fits the upper tail of positive values best.

    The most likely exponent for each possible beginning of the tail; the beginning is the one with
    the smallest Kolmogorov–Smirnov distance (Clauset, Shalizi and Newman, arXiv 0706.1062).

    Args:
        values: of shape (n,). Zeros, which no power law has, are left out.
    """
    descending = values[values > 0].double().sort(descending=True).values
    if len(descending) < SHORTEST_TAIL:
        return float("nan")
    best, best_distance = float("nan"), float("inf")
    for size in range(SHORTEST_TAIL, len(descending) + 1):
        logs = (descending[:size] / descending[size - 1]).log()
        if logs[0] == 0:  # all alike: no tail
            continue
        alpha = 1 + size / float(logs.sum())
        above = torch.arange(1, size + 1, dtype=logs.dtype, device=logs.device) / size
        distance = float((above - (-(alpha - 1) * logs).exp()).abs().max())
        if distance < best_distance:
            best, best_distance = alpha, distance
    return best
