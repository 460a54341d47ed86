"""The length of the weight vector, the cheapest measure, and where in a network it lies.

It also grows where nothing generalises and may fall after the test curve has risen (arXiv
2310.06110, 2311.06597), so it is a companion of the other measures, not a proof.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MAX_GROUPS = 8
"""Groups that are told apart in a network; what lies in more of them counts as `other`."""

_GROUPS = {
    "embed": "embedding",
    "place": "embedding",
    "tables": "embedding",
    "query": "attention",
    "key": "attention",
    "value": "attention",
    "out_DD": "attention",
    "in": "mlp",
    "out_MD": "mlp",
    "first": "mlp",
    "hidden": "mlp",
    "kernels": "convolution",
    "turns": "circuit",
    "readout": "output",
}
"""Groups of the built-in models' weights, by name without shape suffix, or by the whole name."""


def weight_norm(model: nn.Module) -> Tensor:
    """Return the L2 norm of all parameters together, a number without unit.

    Cost: one pass over the parameters; the device is not waited for.
    """
    with torch.no_grad():
        norms = [parameter.norm() for parameter in model.parameters()]
        return torch.stack(norms).norm()


def squared_norms(model: nn.Module) -> dict[str, float]:
    """Return the sum of squared weights, in total and by group; biases and gains are left out.

    They are what has a single dimension. The groups add up to the total. A network without
    weights has no numbers.
    """
    groups: dict[str, list[torch.Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2:
            continue
        group = group_of(name)
        if group not in groups and len(groups) >= MAX_GROUPS:
            group = "other"
        groups.setdefault(group, []).append(parameter.detach().square().sum())
    if not groups:
        return {}
    sums = torch.stack([torch.stack(squares).sum() for squares in groups.values()]).tolist()
    column = "complexity/squared_norm"
    named = {f"{column}/{name}": value for name, value in zip(groups, sums, strict=True)}
    return {column: sum(sums), **named}


def group_of(name: str) -> str:
    """Return the group of a parameter: what it is for, or the module of a foreign model."""
    leaf = next((word for word in reversed(name.split(".")) if not word.isdigit()), name)
    stem = leaf.rpartition("_")[0]
    return _GROUPS.get(leaf) or _GROUPS.get(stem) or name.partition(".")[0]
