from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.training.complexity.hidden import Layer, entrance, hidden_layers
from grok_tui.training.complexity.units import activation_entropy, dead_units


def layer(after: torch.Tensor) -> Layer:
    return Layer(after, after)


def test_units_that_never_change_are_dead() -> None:
    after = torch.tensor([[0.0, 1.0, 2.0, 5.0], [0.0, 1.0, 3.0, 5.0], [0.0, 1.0, 2.0, 5.0]])
    assert dead_units([layer(after)]) == 0.75
    assert dead_units([layer(after), layer(torch.eye(4))]) == 3 / 8


def test_activations_on_a_line_have_no_entropy_and_those_of_a_ball_have_all() -> None:
    generator = torch.Generator().manual_seed(0)
    line = torch.randn(500, 1, generator=generator) * torch.arange(1.0, 9.0) + 3
    assert activation_entropy(line) == pytest.approx(0, abs=1e-6)
    ball = torch.randn(20_000, 8, generator=generator) + 3
    assert activation_entropy(ball) == pytest.approx(1, abs=1e-3)
    plane = ball.clone()
    plane[:, 4:] = 0
    assert activation_entropy(plane) == pytest.approx(2 / 3, abs=1e-2)  # log 4 / log 8


def test_constant_activations_have_none() -> None:
    assert activation_entropy(torch.ones(5, 3)) == 0


def test_hidden_layers_are_found_in_any_network_and_no_hook_stays() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))
    inputs = torch.randn(6, 3)
    points, forward = entrance(model, inputs)
    layers, outputs = hidden_layers(model, forward, points)
    first = model[0](inputs)
    torch.testing.assert_close(layers[0].before, first)
    torch.testing.assert_close(layers[0].after, first.relu())
    torch.testing.assert_close(layers[1].after, model[:4](inputs))
    torch.testing.assert_close(outputs, model(inputs))
    assert not any(part._forward_hooks for part in model.modules())
