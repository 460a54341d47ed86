"""What a network does to a group's products, by frequency (after arXiv 2301.05217).

Sums modulo p are products of a cyclic group: an answer that generalises depends on a + b alone,
and networks build it of few frequencies cos(2πk(a + b)/p), sin(2πk(a + b)/p). Restricted: only the
constant and the strongest frequencies of the outputs are kept; falls when the rule is found.
Excluded: only they are removed; rises when the network relies on them. Frequencies are those that
each checkpoint shows itself, so that nothing of the future is used. Averaging over all pairs with
one a + b also averages training pairs, whose answers a memorising network has: with few
frequencies little of that is kept.

Shapes: m elements of the group, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from grok_tui.training.dataset import Split

KEYS = 5
"""Frequencies that are kept or removed: as many as the source's network used."""
OPERATIONS = {
    "add": (False, 1),
    "subtract": (False, -1),
    "multiply": (True, 1),
    "divide": (True, -1),
}
"""Operations of a cyclic group: whether its elements are powers of one residue, without 0, and the
sign with which the second number's place enters the sum of places."""


@dataclass(frozen=True, slots=True)
class Group:
    """Residues in an order in which an operation adds their places, modulo m."""

    first_m: Tensor
    second_m: Tensor
    result_m: Tensor
    """What the i-th first and the j-th second residue give is the (i + j)-th of these."""


def group(operation: str, modulus: int, device: torch.device) -> Group:
    """Return the group of one of the `OPERATIONS`; for powers the modulus must be prime."""
    has_powers, sign = OPERATIONS[operation]
    elements_m = (powers(modulus) if has_powers else torch.arange(modulus)).to(device)
    places_m = sign * torch.arange(len(elements_m), device=device) % len(elements_m)
    return Group(elements_m, elements_m[places_m], elements_m)


def losses(
    model: Callable[[Tensor], Tensor],
    those: Group,
    train: Split,
    loss: Callable[[Tensor, Tensor], Tensor],
) -> tuple[float, float]:
    """Return the restricted loss of all pairs and the excluded loss of the training pairs.

    Args:
        model: returns outputs (N, K) of pairs of residues (N, 2).
        those: the group; training pairs that are not of it are left out.
        train: the training pairs.
        loss: mean loss of outputs for targets.

    Cost: a forward pass of all m² pairs.
    """
    m = len(those.first_m)
    pairs = torch.stack([those.first_m.repeat_interleave(m), those.second_m.repeat(m)], dim=1)
    restricted, excluded = (part.flatten(0, 1) for part in split(model(pairs).unflatten(0, (m, m))))
    sums = torch.cartesian_prod(*[torch.arange(m, device=pairs.device)] * 2).sum(dim=1) % m
    size = int(those.first_m.max()) + 1
    place = torch.full((size, size), -1, device=pairs.device)
    place[pairs[:, 0], pairs[:, 1]] = torch.arange(m * m, device=pairs.device)
    places = place[train.inputs[:, 0], train.inputs[:, 1]]
    known = places >= 0
    return (
        float(loss(restricted, those.result_m[sums])),
        float(loss(excluded[places[known]], train.targets[known])),
    )


def by_sum(outputs_mmK: Tensor) -> Tensor:
    """Return what the outputs are as functions of i + j alone (m, K): means over all such pairs."""
    count = len(outputs_mmK)
    rows = torch.arange(count, device=outputs_mmK.device)
    # Row i is shifted so that column s has the pair (i, s − i).
    partners_mm = (rows[None, :] - rows[:, None]) % count
    return outputs_mmK[rows[:, None], partners_mm].mean(dim=0)


def split(outputs_mmK: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs restricted to the key frequencies, and those without them.

    Args:
        outputs_mmK: outputs for the pair of the i-th and the j-th element, whose product is the
            (i + j)-th.

    Returns:
        Both as (m, m, K). The first keeps the mean of each output; so does the second.
    """
    sums_mK = by_sum(outputs_mmK)
    count = len(sums_mK)
    waves_fK = torch.fft.rfft(sums_mK, dim=0)
    power_f = waves_fK.abs().square().sum(dim=1)
    keys = 1 + power_f[1:].topk(min(KEYS, len(power_f) - 1)).indices
    chosen_fK = torch.zeros_like(waves_fK)
    chosen_fK[keys] = waves_fK[keys]
    key_part_mK = torch.fft.irfft(chosen_fK, n=count, dim=0)
    rows = torch.arange(count, device=outputs_mmK.device)
    key_part_mmK = key_part_mK[(rows[:, None] + rows[None, :]) % count]
    return sums_mK.mean(dim=0) + key_part_mmK, outputs_mmK - key_part_mmK


def powers(modulus: int) -> Tensor:
    """Return all residues but 0 in an order in which multiplication adds places (p − 1,).

    These are the powers of the smallest number that makes all of them.

    Args:
        modulus: a prime.
    """
    for base in range(1, modulus):
        found = [1]
        while (following := found[-1] * base % modulus) != 1:
            found.append(following)
        if len(found) == modulus - 1:
            break
    return torch.tensor(found)
