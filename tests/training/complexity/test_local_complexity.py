from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import CNN, MLP, Transformer
from grok_tui.training.complexity.hidden import entrance, hidden_layers
from grok_tui.training.complexity.local_complexity import (
    first_layer_complexity,
    frames,
    local_complexity,
)
from grok_tui.training.models.cnn import ImageCNN
from grok_tui.training.models.mlp import SymbolMLP, VectorMLP
from grok_tui.training.models.transformer import Transformer as Net


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_frames_are_orthonormal_and_differ_from_point_to_point() -> None:
    drawn = frames(5, 12, 4, generator())
    torch.testing.assert_close(drawn @ drawn.mT, torch.eye(4).expand(5, 4, 4), atol=1e-5, rtol=0)
    assert not torch.allclose(drawn[0], drawn[1])
    assert frames(2, 3, 8, generator()).shape == (2, 3, 3)  # no more than there are


def test_hyperplanes_close_to_a_point_are_counted() -> None:
    """Two units fold the plane at x = 0.1 and at x = 5; only the first is within reach of r."""
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
        model[0].bias.copy_(torch.tensor([-0.1, -5.0]))
    axes = torch.eye(2)[None]
    for radius, expected in ((0.05, 0), (0.2, 1), (6.0, 2)):
        found = local_complexity(model, model, torch.zeros(1, 2), axes, radius)
        assert found == expected


def test_the_closed_form_of_a_first_layer_agrees_exactly() -> None:
    for net, inputs in (
        (VectorMLP(MLP(width=64, activation="relu"), 20, 3, generator()), torch.randn(40, 20)),
        (SymbolMLP(MLP(width=64), (9, 9), 9, generator()), torch.randint(9, (40, 2))),
    ):
        points, forward = entrance(net, inputs)
        layers, _ = hidden_layers(net, forward, points)
        drawn = frames(len(points), points.shape[1], 8, generator(1))
        for radius in (0.005, 0.1, 1.0):
            explicit = local_complexity(net, forward, points, drawn, radius)
            weights = net.first_weights
            assert weights is not None
            assert first_layer_complexity(weights, layers[0].before, drawn, radius) == explicit
        assert explicit > 0


def test_it_grows_with_the_radius_nearly_in_proportion() -> None:
    """On an untrained network, as long as few units are within reach at all."""
    net = VectorMLP(MLP(width=200, depth=3, activation="relu", init="torch"), 50, 5, generator())
    points = torch.randn(256, 50, generator=generator(1))
    drawn = frames(256, 50, 8, generator(2))
    small, large = (local_complexity(net, net, points, drawn, radius) for radius in (0.01, 0.1))
    assert large / small == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_transformer_is_entered_behind_its_embedding(layers: int) -> None:
    settings = Transformer(width=32, mlp_width=48, layers=layers)
    net = Net(settings, (7, 7), 7, generator())
    inputs = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    points, forward = entrance(net, inputs)
    torch.testing.assert_close(forward(points), net(inputs))
    drawn = frames(len(points), points[0].numel(), 4, generator())
    assert local_complexity(net, forward, points, drawn, 0.5) > 0


def test_images_are_entered_as_they_are() -> None:
    net = ImageCNN(CNN(channels=4, width=16), (1, 8, 8), 3, generator())
    points, forward = entrance(net, torch.rand(6, 1, 8, 8))
    drawn = frames(6, 64, 4, generator())
    assert local_complexity(net, forward, points, drawn, 1.0) > 0
