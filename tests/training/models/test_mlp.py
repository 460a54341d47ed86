from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, one_hot

from grok_tui.config import MLP
from grok_tui.training.models.mlp import EmbeddingMLP, SymbolMLP, VectorMLP

ACTIVATIONS = {"quadratic": torch.square, "relu": torch.relu, "gelu": gelu, "tanh": torch.tanh}


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def symbol_mlp(**settings: object) -> SymbolMLP:
    return SymbolMLP(MLP(width=16, **settings), (7, 7), 5, generator())  # type: ignore[arg-type]


def plain(net: SymbolMLP | VectorMLP, inputs: torch.Tensor, activation: str) -> torch.Tensor:
    """Return what a textbook network with these weights makes of vectors."""
    is_symbolic = isinstance(net, SymbolMLP)
    first = torch.cat(list(net.tables_pW)) if is_symbolic else net.first_DW
    layers, units = net.layers, inputs
    for number, weights in enumerate([first, *layers.hidden_WW]):
        bias = layers.biases_W[number] if len(layers.biases_W) else 0.0
        units = ACTIVATIONS[activation](units @ weights + bias)
    bias = 0.0 if layers.readout_bias_K is None else layers.readout_bias_K
    return units @ layers.readout_WK + bias


@pytest.mark.parametrize("bias", ["none", "hidden", "all"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 3])
def test_looking_rows_up_equals_the_product_with_one_hot_vectors(
    activation: str, depth: int, bias: str
) -> None:
    """In values and in gradients, to the rounding of double precision."""
    net = symbol_mlp(activation=activation, depth=depth, bias=bias, init="torch").double()
    pairs = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    two_hot = torch.cat([one_hot(pairs[:, 0], 7), one_hot(pairs[:, 1], 7)], dim=1).double()
    ours, theirs = net(pairs), plain(net, two_hot, activation)
    assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    for mine, other in zip(
        torch.autograd.grad(ours.square().sum(), list(net.parameters())),
        torch.autograd.grad(theirs.square().sum(), list(net.parameters())),
        strict=True,
    ):
        assert float((mine - other).norm()) <= 1e-10 * float(other.norm())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numbers_enter_as_they_are(activation: str) -> None:
    settings = MLP(width=16, depth=2, bias="all", init="torch", activation=activation)  # type: ignore[arg-type]
    net = VectorMLP(settings, 6, 3, generator())
    inputs = torch.randn(10, 2, 3)
    assert torch.allclose(net(inputs), plain(net, inputs.flatten(1), activation), atol=1e-5)


def test_without_hidden_layers_it_is_linear() -> None:
    net = VectorMLP(MLP(depth=0), 6, 3, generator())
    assert [tuple(p.shape) for p in net.parameters()] == [(6, 3)]
    inputs = torch.randn(4, 6)
    assert torch.equal(net(inputs), inputs @ net.layers.readout_WK)


def test_depth_counts_hidden_layers() -> None:
    assert len(symbol_mlp(depth=1).layers.hidden_WW) == 0
    assert len(symbol_mlp(depth=4).layers.hidden_WW) == 3


def test_the_default_network_has_the_published_size_and_scale() -> None:
    net = SymbolMLP(MLP(), (53, 53), 53, generator())
    assert sum(p.numel() for p in net.parameters()) == 20_352
    norm = sum(float(p.detach().square().sum()) for p in net.parameters()) ** 0.5
    assert norm == pytest.approx(59, abs=1)


def test_torchs_first_weights_are_spread_as_in_its_linear_layer() -> None:
    """Evenly in ±1/√inputs, biases too, and all of them scaled alike."""
    settings = MLP(width=400, depth=2, bias="all", init="torch", init_scale=3.0)
    net, reference = VectorMLP(settings, 100, 50, generator()), nn.Linear(100, 400)
    assert net.first_DW is not None
    bounds = {"first": 100, "hidden": 400, "bias": 100, "readout": 400}
    found = {
        "first": net.first_DW,
        "hidden": net.layers.hidden_WW[0],
        "bias": net.layers.biases_W[0],
        "readout": net.layers.readout_WK,
    }
    for name, weights in found.items():
        bound = 3.0 * bounds[name] ** -0.5
        assert float(weights.detach().abs().max()) <= bound
        assert float(weights.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.1)
    assert float(net.first_DW.detach().std()) == pytest.approx(
        3 * float(reference.weight.detach().std()), rel=0.05
    )


def test_embedded_symbols_are_summed_and_share_one_table() -> None:
    settings = MLP(embedding=3, width=16, depth=2, activation="tanh", bias="all", init="torch")
    net = EmbeddingMLP(settings, (7, 5), 4, generator())
    assert net.embed_SD.shape == (7, 3)
    assert 0.4 < float(net.embed_SD.detach().abs().max()) <= 0.5
    pairs = torch.tensor([[6, 0], [0, 4], [2, 2]])
    sums = net.embed_SD[pairs[:, 0]] + net.embed_SD[pairs[:, 1]]
    assert torch.allclose(net(pairs), net.decoder(sums))
    assert torch.allclose(net(pairs), net(pairs.flip(1)))


def test_unit_weights_have_variance_one_times_the_scale() -> None:
    net = symbol_mlp(init="unit", init_scale=0.05, depth=2)
    for weights in (net.tables_pW[0], net.layers.hidden_WW[0], net.layers.readout_WK):
        assert float(weights.detach().std()) == pytest.approx(0.05, rel=0.2)
