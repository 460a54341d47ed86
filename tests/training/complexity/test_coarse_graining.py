from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from grok_tui.training.complexity import coarse_graining
from grok_tui.training.complexity.coarse_graining import (
    AUTHOR_INFEASIBLE_BYTES,
    _decomposed,
    author_description,
    description,
)
from grok_tui.training.complexity.mdl import TOLERANCE_NATS, describe

SIZE = 64
INPUTS, TARGETS = torch.eye(SIZE), torch.arange(SIZE)


def loss(logits: Tensor) -> Tensor:
    return cross_entropy(logits, TARGETS)


def linear(weight: Tensor) -> nn.Linear:
    model = nn.Linear(*weight.T.shape, bias=False)
    model.weight = nn.Parameter(weight)
    return model


def of_rank(rank: int) -> Tensor:
    """Tell 64 inputs apart by unit vectors of a few numbers: a matrix of that rank, and dense."""
    codes = torch.randn(SIZE, rank, generator=torch.Generator().manual_seed(rank))
    codes = normalize(codes, dim=1)
    return 100 * codes @ codes.T


@pytest.mark.parametrize("rank", [4, 8])
def test_a_low_rank_is_found_and_saves_bytes(rank: int) -> None:
    model = linear(of_rank(rank))
    found = description(model, INPUTS, loss)
    assert found.ranks["weight"] in (rank - 1, rank)  # the weakest may be within the tolerance
    assert found.size < 0.5 * describe(model, INPUTS, loss).size_bytes


def test_a_matrix_of_rank_one_is_one_direction() -> None:
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, SIZE, generator=generator)
    inputs = torch.randn(300, SIZE, generator=generator)
    targets = torch.where(inputs @ right > 0, left.argmax(), left.argmin())
    model = linear(5 * left[:, None] * right)
    found = description(model, inputs, lambda logits: cross_entropy(logits, targets))
    assert found.ranks == {"weight": 1}


def test_the_sources_code_keeps_one_direction_fewer() -> None:
    """Of 8 equal directions any share above 7/8 needs all; it keeps 7 at most, and fails then."""
    basis = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(0))).Q
    factors = _decomposed({"weight": basis})["weight"]
    for share, kept in ((0.9, 8), (0.5 + 1e-3, 5), (0.1, 1)):
        assert (factors.kept(share), factors.below(share)) == (kept, kept - 1)


def test_the_described_network_stays_within_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    from grok_tui.training.complexity import coarse_graining

    model = linear(of_rank(4))
    sizes = []
    coded = coarse_graining._coded_size

    def spy(pieces: coarse_graining.Pieces, width: float) -> float:
        weights = {"weight": model.weight.detach()}
        rebuilt = coarse_graining._rebuilt(weights, coarse_graining._rounded(pieces, width))
        sizes.append(float(loss(linear(rebuilt["weight"])(INPUTS))))
        return coded(pieces, width)

    monkeypatch.setattr(coarse_graining, "_coded_size", spy)
    description(model, INPUTS, loss)
    with torch.no_grad():
        bound = float(loss(model(INPUTS))) + TOLERANCE_NATS
    assert sizes
    assert max(sizes) <= bound + 1e-6


def test_the_sources_code_has_a_fixed_size_for_what_its_bins_cannot_describe() -> None:
    """Weights far below its finest bin of 0.001, which large inputs make matter."""
    weight, inputs = 1e-9 * of_rank(4), 1e9 * INPUTS
    found = author_description(linear(weight), inputs, loss)
    assert found.size == AUTHOR_INFEASIBLE_BYTES
    assert description(linear(weight), inputs, loss).size < AUTHOR_INFEASIBLE_BYTES


def test_it_changes_nothing_and_repeats_exactly() -> None:
    model = linear(of_rank(8))
    before, state = model.weight.detach().clone(), torch.get_rng_state()
    assert description(model, INPUTS, loss) == description(model, INPUTS, loss)
    assert author_description(model, INPUTS, loss) == author_description(model, INPUTS, loss)
    assert torch.equal(model.weight, before)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.weight.grad is None


def test_a_diverged_network_has_no_size() -> None:
    weight = of_rank(4)
    weight[0, 0] = math.nan
    assert math.isnan(description(linear(weight), INPUTS, loss).size)
    assert math.isnan(author_description(linear(weight), INPUTS, loss).size)


def test_a_matrix_and_its_transpose_are_described_alike() -> None:
    row = torch.randint(-9, 10, (64,), generator=torch.Generator().manual_seed(0)).float()
    striped = row.expand(64, 64)
    size = coarse_graining._coded_size({"weight": (striped,)}, 1.0)
    assert size == coarse_graining._coded_size({"weight": (striped.T,)}, 1.0)
