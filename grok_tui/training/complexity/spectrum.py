"""The singular values s of weight matrices: in how many directions a network is wide.

All three take the shares p = s / Σs or the squares of s; papers differ in that. They misread what
normalisation undoes, and fall mostly where something decays the weights (arXiv 2412.09810).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MAX_MATRICES = 16
"""Matrices whose numbers are given one by one, the largest ones; the means are of all."""


def spectra(model: nn.Module) -> dict[str, float]:
    """Return effective rank, stable rank and spectral entropy of a network's matrices.

    There are means over all matrices, weighted by their numbers of entries, and numbers of each
    one under its name. Kernels count as matrices of their output channels. A network without
    matrices has no numbers.

    Cost: eigenvalues of a matrix's smaller Gram matrix, in double precision since squaring costs
    half of the digits, and one synchronisation.
    """
    matrices = {n: p.detach().flatten(1) for n, p in model.named_parameters() if p.ndim >= 2}
    if not matrices:
        return {}
    values = [singular_values(matrix) for matrix in matrices.values()]
    numbers = torch.stack(
        [torch.stack([kind(each) for each in values]) for kind in _KINDS.values()]
    )
    sizes = torch.tensor([float(matrix.numel()) for matrix in matrices.values()])
    means = numbers.cpu() @ sizes / sizes.sum()
    found = dict(zip(_KINDS, means.tolist(), strict=True))
    largest = sizes.argsort(descending=True, stable=True)[:MAX_MATRICES].tolist()
    names = list(matrices)
    for kind, row in zip(_KINDS, numbers.tolist(), strict=True):
        found |= {f"{kind}/{names[i]}": row[i] for i in sorted(largest)}
    return found


def singular_values(matrix: Tensor) -> Tensor:
    """Return the singular values of a matrix (m, n), min(m, n) of them."""
    wide = matrix if matrix.device.type == "mps" else matrix.double()
    gram = wide @ wide.T if wide.shape[0] <= wide.shape[1] else wide.T @ wide
    values = torch.linalg.eigvalsh(gram).clamp(min=0).sqrt()
    return values.float()


def spectral_entropy(values: Tensor) -> Tensor:
    """Return the entropy of the shares s / Σs, in nats; 0 for a matrix of zeros."""
    shares = values / values.sum().clamp(min=torch.finfo(values.dtype).tiny)
    return -torch.special.xlogy(shares, shares).sum()


def effective_rank(values: Tensor) -> Tensor:
    """Return the exponential of the spectral entropy (Roy and Vetterli 2007)."""
    return spectral_entropy(values).exp()


def stable_rank(values: Tensor) -> Tensor:
    """Return Σs² / max s²."""
    squares = values.square()
    return squares.sum() / squares.max().clamp(min=torch.finfo(values.dtype).tiny)


_KINDS = {
    "complexity/effective_rank": effective_rank,
    "complexity/stable_rank": stable_rank,
    "complexity/spectral_entropy": spectral_entropy,
}
