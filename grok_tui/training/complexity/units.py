"""Hidden units: how many do nothing, and in how many directions the others work."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from grok_tui.training.complexity.hidden import Layer


def dead_units(layers: Sequence[Layer]) -> float:
    """Return the share of hidden units (0…1) that are the same for all examples.

    A unit of ReLU that is never active is one of them. What differs by less than a millionth of
    the layer's largest output counts as the same.

    It misleads on few examples: a unit that is rarely active looks dead.

    Cost: one pass over the activations (N, U) of each layer.
    """
    dead, units = 0, 0
    for layer in layers:
        spread_U = layer.after.amax(dim=0) - layer.after.amin(dim=0)
        dead += int((spread_U <= 1e-6 * layer.after.abs().max()).sum())
        units += len(spread_U)
    return dead / units


def activation_entropy(last_NU: Tensor) -> float:
    """Return how evenly the last hidden layer uses its directions, from 0 (one) to 1 (all).

    Entropy of the eigenvalues of the covariance of N examples' activations, divided by the
    logarithm of how many directions they can have (arXiv 2604.13123).

    It misleads: on some networks that never generalise it falls as far as on those that do.

    Cost: a singular value decomposition of (N, U).
    """
    centred_NU = last_NU.double() - last_NU.double().mean(dim=0)
    variances = torch.linalg.svdvals(centred_NU).square()
    total = variances.sum()
    directions = min(len(last_NU) - 1, last_NU.shape[1])
    if total == 0 or directions < 2:
        return 0.0
    shares = variances / total
    entropy = -torch.special.xlogy(shares, shares).sum()
    return float(entropy) / float(torch.tensor(float(directions)).log())
