from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from grok_tui.training.complexity import mdl
from grok_tui.training.complexity.mdl import TOLERANCE_NATS, mdl_bytes
from grok_tui.training.complexity.weight_norm import weight_norm

INPUTS = torch.eye(8)
TARGETS = torch.arange(8)


def loss(logits: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits, TARGETS)


def linear(weight: torch.Tensor) -> nn.Linear:
    model = nn.Linear(8, 8, bias=False)
    model.weight = nn.Parameter(weight)
    return model


def test_an_untrained_network_is_described_by_almost_nothing() -> None:
    weight = torch.randn(8, 8, generator=torch.Generator().manual_seed(0)) * 0.01
    assert mdl_bytes(linear(weight), INPUTS, loss) == mdl_bytes(
        linear(torch.zeros(8, 8)), INPUTS, loss
    )


def test_structure_needs_fewer_bytes_than_noise_that_does_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs, targets = torch.eye(64), torch.arange(64)

    def big_loss(logits: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits, targets)

    plain = nn.Linear(64, 64, bias=False)
    plain.weight = nn.Parameter(20 * torch.eye(64))
    noisy = nn.Linear(64, 64, bias=False)
    noisy.weight = nn.Parameter(20 * torch.eye(64) + 6 * torch.randn(64, 64, generator=generator))
    assert 2 * mdl_bytes(plain, inputs, big_loss) < mdl_bytes(noisy, inputs, big_loss)


def test_the_rounded_network_stays_within_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    model = linear(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)) + 6 * torch.eye(8))
    widths = []
    compress = mdl._compressed_size
    monkeypatch.setattr(
        mdl, "_compressed_size", lambda w, width: widths.append(width) or compress(w, width)
    )
    mdl_bytes(model, INPUTS, loss)
    with torch.no_grad():
        rounded = linear((model.weight / widths[0]).round() * widths[0])
        coarser = linear((model.weight / (1.1 * widths[0])).round() * 1.1 * widths[0])
        bound = loss(model(INPUTS)) + TOLERANCE_NATS
        assert loss(rounded(INPUTS)) <= bound
        assert loss(coarser(INPUTS)) > bound


def test_measuring_changes_nothing_and_repeats_exactly() -> None:
    model = linear(torch.randn(8, 8))
    before, state = model.weight.detach().clone(), torch.get_rng_state()
    assert mdl_bytes(model, INPUTS, loss) == mdl_bytes(model, INPUTS, loss)
    assert torch.equal(model.weight, before)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.weight.grad is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_broken_network_has_no_size(bad: float) -> None:
    weight = torch.zeros(8, 8)
    weight[0, 0] = bad
    assert math.isnan(mdl_bytes(linear(weight), INPUTS, loss))


def test_the_weight_norm_is_the_length_of_all_weights() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    flat = torch.cat([p.detach().flatten() for p in model.parameters()])
    assert weight_norm(model) == pytest.approx(float(flat.norm()), rel=1e-6)
