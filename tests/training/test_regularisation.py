from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import Regularization
from grok_tui.training.complexity.spectrum import spectral_entropy
from grok_tui.training.regularisation import Regulariser


def test_without_settings_nothing_is_added() -> None:
    model, inputs = nn.Linear(4, 3), torch.randn(5, 4)
    regulariser = Regulariser(Regularization(), model)
    assert torch.equal(regulariser.outputs(inputs), model(inputs))
    assert regulariser.penalty() == 0


def test_noise_is_drawn_anew_and_leaves_the_weights() -> None:
    model, inputs = nn.Linear(4, 3), torch.randn(5, 4)
    before = model.weight.detach().clone()
    regulariser = Regulariser(Regularization(weight_noise=0.1), model)
    one, two = regulariser.outputs(inputs), regulariser.outputs(inputs)
    assert not torch.allclose(one, two)
    assert torch.equal(model.weight, before)


def test_the_noise_has_the_deviation_asked_for_and_gradients_reach_the_weights() -> None:
    model = nn.Linear(1, 40_000, bias=False)
    nn.init.zeros_(model.weight)
    regulariser = Regulariser(Regularization(weight_noise=0.1), model)
    outputs = regulariser.outputs(torch.ones(1, 1))
    assert float(outputs.detach().std()) == pytest.approx(0.1, rel=0.02)
    outputs.sum().backward()
    assert torch.equal(model.weight.grad, torch.ones(40_000, 1))


def test_the_penalty_is_the_mean_over_matrices_and_lowers_their_rank() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6))
    regulariser = Regulariser(Regularization(spectral_entropy=0.5), model)
    entropies = [
        float(spectral_entropy(torch.linalg.svdvals(layer.weight.detach()))) for layer in model
    ]
    penalty = regulariser.penalty()
    assert isinstance(penalty, torch.Tensor)
    assert float(penalty.detach()) == pytest.approx(0.5 * sum(entropies) / 2, rel=1e-5)
    penalty.backward()
    with torch.no_grad():
        for layer in model:
            layer.weight -= 1e-3 * layer.weight.grad  # small values turn sharply
    after = regulariser.penalty()
    assert isinstance(after, torch.Tensor)
    assert float(after.detach()) < float(penalty.detach())
