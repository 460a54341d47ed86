from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import CNN, MLP, ModularTask
from grok_tui.errors import UsageError
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.models.build import build_model
from grok_tui.training.models.cnn import ImageCNN
from grok_tui.training.tasks.build import build_dataset

ACTIVATIONS = {"relu": nn.ReLU(), "gelu": nn.GELU(), "tanh": nn.Tanh()}


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def textbook(net: ImageCNN, shape: tuple[int, int, int], activation: nn.Module) -> nn.Sequential:
    """Return torch's own layers with these weights."""
    layers: list[nn.Module] = []
    for kernel, bias in zip(net.kernels_CCHW, net.biases_C, strict=True):
        conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, stride=2, padding=1)
        conv.weight, conv.bias = kernel, bias
        layers += [conv, activation]
    layers.append(nn.Flatten())
    for weights, bias in ((net.hidden_FW, net.hidden_W), (net.readout_WK, net.readout_K)):
        linear = nn.Linear(*weights.shape)
        linear.weight, linear.bias = nn.Parameter(weights.T), bias
        layers += [linear, activation]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("depth", "shape"), [(1, (1, 8, 8)), (3, (3, 9, 5)), (5, (1, 1, 7))])
def test_it_is_the_network_of_the_textbook(
    activation: str, depth: int, shape: tuple[int, int, int]
) -> None:
    config = CNN(channels=4, depth=depth, width=6, activation=activation, init_scale=2.0)  # type: ignore[arg-type]
    net = ImageCNN(config, shape, 3, generator())
    inputs = torch.randn(7, *shape, generator=generator())
    expected = textbook(net, shape, ACTIVATIONS[activation])(inputs)
    assert expected.shape == (7, 3)
    assert torch.allclose(net(inputs), expected, atol=1e-5)


def test_weights_are_spread_as_in_torchs_layers_and_scaled() -> None:
    net = ImageCNN(CNN(channels=32, width=200, init_scale=8.0), (1, 28, 28), 10, generator())
    for weights, fan_in in (
        (net.kernels_CCHW[0], 9),
        (net.kernels_CCHW[1], 32 * 9),
        (net.biases_C[1], 32 * 9),
        (net.hidden_FW, 32 * 49),
        (net.readout_WK, 200),
    ):
        bound = 8.0 * fan_in**-0.5
        assert float(weights.detach().abs().max()) <= bound
        assert float(weights.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.15)


def test_the_generator_decides_the_weights() -> None:
    first, second = (ImageCNN(CNN(), (1, 8, 8), 10, generator()) for _ in range(2))
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(mine, other) for mine, other in pairs)


@pytest.mark.parametrize("config", [CNN(), MLP(), MLP(depth=0)])
def test_a_network_for_images_is_built_from_their_shape(config: CNN | MLP) -> None:
    images = torch.rand(5, 3, 8, 6)
    data = Dataset(Split(images, torch.arange(5)), Split(images, torch.arange(5)), outputs=5)
    assert build_model(config, data, 5, generator())(images).shape == (5, 5)


def test_what_is_no_image_is_refused() -> None:
    vectors = torch.rand(5, 8)
    data = Dataset(Split(vectors, torch.arange(5)), Split(vectors, torch.arange(5)), outputs=5)
    for given in (data, build_dataset(ModularTask(), generator())):
        with pytest.raises(UsageError, match=r"model\.kind: a cnn needs images"):
            build_model(CNN(), given, 5, generator())
