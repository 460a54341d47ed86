"""Description length with low-rank factors: the rate–distortion measure of arXiv 2412.09810.

Each matrix is replaced by its strongest singular directions where that takes fewer numbers,
everything is rounded to multiples of one bin width, and the result is compressed. Searched is the
smallest size that keeps the loss within a tolerance. `mdl.py` is the cheaper variant without
factors that is taken during training; what misleads there misleads here.

Shapes: m × n of a matrix, k directions that are kept.
"""

from __future__ import annotations

import bz2
import math
import pickle
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from grok_tui.training.complexity.mdl import TOLERANCE_NATS, Loss

SHARES = (0.9, 0.95, 0.99, 1.0)
"""Sums of the kept singular values, as shares of all, that are tried."""
OCTAVES, PROBES = 14, 10
"""Bin widths that are tried as in `mdl.py`; the width is found to 1 %."""

AUTHOR_SHARES = tuple(number / 20 for number in range(1, 21))
"""The source's code searches all shares from 0 to 1 at random: a grid repeats exactly."""
AUTHOR_WIDTHS = (1e-3, 1.0)
"""Finest and coarsest bin of the source's code, whatever the weights are."""
AUTHOR_BATCH = 512
"""Training examples on which the source's code takes the loss: one mini-batch."""
AUTHOR_INFEASIBLE_BYTES = 3e5
"""What the source's code reports where it finds no coarse-graining within the tolerance."""


@dataclass(frozen=True, slots=True)
class Description:
    """The shortest description that was found."""

    size: float
    """Bytes."""
    ranks: Mapping[str, int]
    """Directions (k) kept of each matrix that is factored."""


@dataclass(frozen=True, slots=True)
class _Factors:
    """The singular value decomposition of a matrix, strongest direction first."""

    left_mk: Tensor
    values_k: Tensor
    right_kn: Tensor

    def kept(self, share: float) -> int:
        """Return the fewest directions whose singular values sum to a share of all."""
        sums = self.values_k.cumsum(0)
        return min(self.below(share) + 1, len(sums))

    def below(self, share: float) -> int:
        """Return how many sums of the first singular values stay below a share of all."""
        sums = self.values_k.cumsum(0)
        return int(torch.searchsorted(sums, share * sums[-1]))


Pieces = dict[str, tuple[Tensor, ...]]
"""What stands for each tensor: itself, or two factors (m, k) and (k, n)."""


@torch.no_grad()
def description(model: nn.Module, inputs: Tensor, loss: Loss) -> Description:
    """Return the shortest description that raises the loss by `TOLERANCE_NATS` at most.

    Factors share the singular values evenly, so that one bin width suits both. Sizes are those of
    whole-number codes and, for each tensor, its rank. Deterministic.

    Args:
        model: the network; it is not changed.
        inputs: training inputs of shape (N, …).
        loss: mean loss in nats of logits of shape (N, K).

    Cost: a decomposition of each matrix, about 45 forward passes, and four compressions.
    """
    weights = {name: value.detach() for name, value in model.named_parameters()}
    if not all(bool(value.isfinite().all()) for value in weights.values()):
        return Description(math.nan, {})
    largest = max(float(value.abs().max()) for value in weights.values()) or 1.0
    factors = _decomposed(weights)
    is_good = _bounded(model, inputs, loss)
    found = []
    for share in SHARES:
        ranks = _worthwhile(factors, {name: f.kept(share) for name, f in factors.items()})
        pieces = _pieces(weights, factors, ranks, evenly=True)
        widths = (2.0 * largest * 2.0**-OCTAVES, 2.0 * largest)
        width = _widest(weights, pieces, is_good, widths)
        if width is not None:
            found.append(Description(_coded_size(pieces, width), ranks))
    # Where even the finest bins lose too much, there is no description: the weights themselves.
    return min(found, key=lambda each: each.size, default=_whole(weights))


@torch.no_grad()
def author_description(model: nn.Module, inputs: Tensor, loss: Loss) -> Description:
    """Return the same as the source's released code would, so that its figures can be compared.

    That code differs from its text: one direction fewer is kept, all singular values go into one
    factor, bins lie between fixed limits, the loss is that of one mini-batch, pickled floats are
    compressed, and a network for which nothing was found has a fixed size. Kept are all of these;
    its random search (62 trials) is replaced by a grid of shares with a bisection at each.

    Args:
        model: the network; it is not changed.
        inputs: one mini-batch of training inputs (`AUTHOR_BATCH`).
        loss: mean loss in nats of its logits.
    """
    weights = {name: value.detach() for name, value in model.named_parameters()}
    if not all(bool(value.isfinite().all()) for value in weights.values()):
        return Description(math.nan, {})
    factors = _decomposed(weights)
    is_good = _bounded(model, inputs, loss)
    found = [Description(AUTHOR_INFEASIBLE_BYTES, {})]
    for share in AUTHOR_SHARES:
        ranks = _worthwhile(factors, {name: f.below(share) for name, f in factors.items()})
        pieces = _pieces(weights, factors, ranks, evenly=False)
        width = _widest(weights, pieces, is_good, AUTHOR_WIDTHS)
        if width is not None:
            found.append(Description(_pickled_size(_rounded(pieces, width)), ranks))
    return min(found, key=lambda each: each.size)


def _decomposed(weights: Mapping[str, Tensor]) -> dict[str, _Factors]:
    return {
        name: _Factors(*torch.linalg.svd(value.flatten(1), full_matrices=False))
        for name, value in weights.items()
        if value.ndim >= 2
    }


def _worthwhile(factors: Mapping[str, _Factors], ranks: Mapping[str, int]) -> dict[str, int]:
    """Return the ranks of those matrices that are shorter as two factors."""
    return {
        name: k
        for name, k in ranks.items()
        if k * (len(factors[name].left_mk) + factors[name].right_kn.shape[1])
        < len(factors[name].left_mk) * factors[name].right_kn.shape[1]
    }


def _pieces(
    weights: Mapping[str, Tensor],
    factors: Mapping[str, _Factors],
    ranks: Mapping[str, int],
    *,
    evenly: bool,
) -> Pieces:
    """Return what is to be rounded; the first factor has all singular values, or their roots."""
    pieces: Pieces = {name: (value,) for name, value in weights.items()}
    for name, k in ranks.items():
        left_mk, right_kn = factors[name].left_mk[:, :k], factors[name].right_kn[:k]
        values_k = factors[name].values_k[:k]
        roots_k = values_k.sqrt()
        pieces[name] = (
            (left_mk * roots_k, roots_k[:, None] * right_kn)
            if evenly
            else (left_mk * values_k, right_kn)
        )
    return pieces


def _rounded(pieces: Pieces, width: float) -> Pieces:
    return {
        name: tuple((part / width).round_() * width for part in parts)
        for name, parts in pieces.items()
    }


def _rebuilt(weights: Mapping[str, Tensor], pieces: Pieces) -> dict[str, Tensor]:
    return {
        name: parts[0] if len(parts) == 1 else (parts[0] @ parts[1]).view_as(weights[name])
        for name, parts in pieces.items()
    }


def _bounded(
    model: nn.Module, inputs: Tensor, loss: Loss
) -> Callable[[Mapping[str, Tensor]], bool]:
    """Return what says whether weights lose at most `TOLERANCE_NATS` more than the model's own."""
    bound = float(loss(model(inputs))) + TOLERANCE_NATS
    return lambda weights: float(loss(functional_call(model, dict(weights), (inputs,)))) <= bound


def _widest(
    weights: Mapping[str, Tensor],
    pieces: Pieces,
    is_good: Callable[[Mapping[str, Tensor]], bool],
    limits: tuple[float, float],
) -> float | None:
    """Return the widest bin that is good, by bisection on a log scale.

    Nothing where even the finest of the limits is bad.
    """

    def fits(width: float) -> bool:
        return is_good(_rebuilt(weights, _rounded(pieces, width)))

    finest, coarsest = limits
    if fits(coarsest):
        return coarsest
    if not fits(finest):
        return None
    good, bad = math.log(finest), math.log(coarsest)
    for _ in range(PROBES):
        middle = (good + bad) / 2
        if fits(math.exp(middle)):
            good = middle
        else:
            bad = middle
    return math.exp(good)


def _coded_size(pieces: Pieces, width: float) -> float:
    """Return the bytes of the codes with the ranks, by rows or by columns: the shorter one."""
    coded = (
        b"".join(_codes(parts, width, turned=turned) for parts in pieces.values())
        for turned in (False, True)
    )
    return float(min(len(bz2.compress(each)) for each in coded))


def _codes(parts: Sequence[Tensor], width: float, *, turned: bool) -> bytes:
    """Return a tensor's codes after a header: its rank (0 for one piece)."""
    rank = parts[0].shape[1] if len(parts) == 2 else 0
    return struct.pack("<I", rank) + b"".join(_integers(parts, width, turned=turned))


def _integers(parts: Sequence[Tensor], width: float, *, turned: bool) -> Iterator[bytes]:
    """Return each part's codes in the narrowest integers that hold them."""
    for part in parts:
        codes = (part / width).round_()
        if turned and codes.ndim > 1:
            codes = codes.transpose(0, -1)
        largest = float(codes.abs().max()) if codes.numel() else 0.0
        kinds = (torch.int8, torch.int16, torch.int32)
        kind = next(kind for kind in kinds if largest <= torch.iinfo(kind).max)
        yield bytes([kinds.index(kind)]) + codes.to(kind).contiguous().cpu().numpy().tobytes()


def _pickled_size(pieces: Pieces) -> float:
    # Adding zero makes a plain zero of a negative one.
    flat = [torch.cat([part.flatten() for part in parts]) + 0.0 for parts in pieces.values()]
    return float(len(bz2.compress(pickle.dumps([part.cpu().numpy() for part in flat]))))


def _whole(weights: Mapping[str, Tensor]) -> Description:
    raw = b"".join(value.cpu().numpy().tobytes() for value in weights.values())
    return Description(float(len(bz2.compress(raw))), {})
