"""Arithmetic modulo p on all pairs of residues (after arXiv 2201.02177)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from grok_tui.config import ModularTask
from grok_tui.config.tasks import PRIME_ONLY
from grok_tui.training.dataset import Dataset, split_table

# By x, y and 1/y, which only division needs.
_OPERATIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "add": lambda x, y, _: x + y,
    "subtract": lambda x, y, _: x - y,
    "multiply": lambda x, y, _: x * y,
    "divide": lambda x, _, inverse: x * inverse,
    "divide-or-subtract": lambda x, y, inverse: torch.where(y % 2 == 1, x * inverse, x - y),
    "x^2+y^2": lambda x, y, _: x**2 + y**2,
    "x^2+xy+y^2": lambda x, y, _: x**2 + x * y + y**2,
    "x^2+xy+y^2+x": lambda x, y, _: x**2 + x * y + y**2 + x,
    "x^3+xy": lambda x, y, _: x**3 + x * y,
    "x^3+xy^2+y": lambda x, y, _: x**3 + x * y**2 + y,
}


def modular(task: ModularTask, generator: torch.Generator) -> Dataset:
    """Return all pairs with their results, split at random; division leaves y = 0 out."""
    p = task.modulus
    x, y = torch.arange(p).repeat_interleave(p), torch.arange(p).repeat(p)
    inverse = torch.zeros_like(y)
    if task.operation in PRIME_ONLY:
        x, y = x[y > 0], y[y > 0]
        inverse = inverses(p)[y]
    results = _OPERATIONS[task.operation](x, y, inverse) % p
    facts = torch.minimum(x, y) * p + torch.maximum(x, y) if task.twins == "together" else None
    pairs = torch.stack([x, y], dim=1)
    train, test = split_table(pairs, results, task.train_fraction, generator, facts=facts)
    return Dataset(train, test, outputs=p, symbols=(p, p))


def inverses(p: int) -> Tensor:
    """Return by which number each residue is multiplied to give 1 (mod p, a prime); 0 for 0."""
    return torch.tensor([pow(number, -1, p) if number else 0 for number in range(p)])
