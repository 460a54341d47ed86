from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, gelu, layer_norm, scaled_dot_product_attention

from grok_tui.config import Transformer as Settings
from grok_tui.training.models.transformer import Block, Transformer, sinusoids

PAIRS = torch.cartesian_prod(torch.arange(11), torch.arange(11))
FORMS: dict[str, dict[str, object]] = {
    "one layer": {},
    "one layer without biases": {"biases": "none"},
    "one layer with an operation": {"operator": True},
    "one layer, normalised": {"norm": "pre", "biases": "all", "init": "torch"},
    "one layer that sees everything": {
        "norm": "post", "biases": "all", "activation": "gelu", "causal": False, "operator": True,
    },
    "three layers": {"layers": 3},
    "two layers, normalised first": {
        "layers": 2, "norm": "pre", "biases": "all", "activation": "gelu", "init": "torch",
    },
    "two layers, normalised last": {
        "layers": 2, "norm": "post", "biases": "none", "positions": "sinusoidal",
        "operator": True, "init": "torch",
    },
    "two layers that see everything": {"layers": 2, "norm": "post", "causal": False},
}  # fmt: skip


def net(dtype: torch.dtype = torch.float64, **settings: object) -> Transformer:
    chosen = Settings(width=32, heads=4, mlp_width=48, **settings)  # type: ignore[arg-type]
    return Transformer(chosen, (11, 11), 11, torch.Generator().manual_seed(0)).to(dtype)


def textbook(model: Transformer, pairs: Tensor) -> Tensor:
    """Return the logits as a plain implementation computes them, at all positions."""
    settings = model.settings
    end = torch.full((len(pairs), 1), len(model.embed_SD) - 1)
    operation = [end - 1] if settings.operator else []
    tokens = torch.cat([pairs[:, :1], *operation, pairs[:, 1:], end], dim=1)
    x = model.embed_SD[tokens] + model.place_PD
    for block in model.blocks:
        x = textbook_block(settings, block, x)
    if settings.norm == "pre":
        x = normalised(x, model.last_norm)
    return linear(x[:, -1], model.readout_DK, model.readout_K)


def textbook_block(settings: Settings, block: Block, x: Tensor) -> Tensor:
    rows = normalised(x, block.attention_norm) if settings.norm == "pre" else x
    q, k, v = (
        linear(rows, weights, bias).unflatten(2, (4, 8)).transpose(1, 2)
        for weights, bias in (
            (block.query_DD, block.query_D),
            (block.key_DD, block.key_D),
            (block.value_DD, block.value_D),
        )
    )
    mixed = scaled_dot_product_attention(q, k, v, is_causal=settings.causal)
    x = x + linear(mixed.transpose(1, 2).flatten(2), block.out_DD, block.mixed_D)
    if settings.norm == "post":
        x = normalised(x, block.attention_norm)
    rows = normalised(x, block.perceptron_norm) if settings.norm == "pre" else x
    activate = gelu if settings.activation == "gelu" else torch.relu
    x = x + linear(activate(linear(rows, block.in_DM, block.in_M)), block.out_MD, block.out_D)
    return normalised(x, block.perceptron_norm) if settings.norm == "post" else x


def linear(x: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
    return x @ weights + (0 if bias is None else bias)


def normalised(x: Tensor, norm: torch.nn.LayerNorm) -> Tensor:
    return layer_norm(x, x.shape[-1:], norm.weight, norm.bias)


def gradients(model: Transformer, logits: Tensor) -> list[Tensor]:
    targets = PAIRS.sum(dim=1) % 11
    return list(torch.autograd.grad(cross_entropy(logits, targets), list(model.parameters())))


@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize("shortcut", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_values_and_gradients_are_those_of_the_textbook(
    form: str, shortcut: bool, dtype: torch.dtype, error: float
) -> None:
    model = net(dtype, shortcut=shortcut, **FORMS[form])
    ours, theirs = model(PAIRS), textbook(model, PAIRS)
    difference = (ours - theirs).detach().norm()
    assert float(difference) <= error * float(theirs.detach().norm())
    mine, others = gradients(model, ours), gradients(model, theirs)
    whole = math.hypot(*(float(other.norm()) for other in others))
    for one, other in zip(mine, others, strict=True):
        # A bias of keys changes no score: its gradient is nothing but rounding.
        is_nothing = float(other.norm()) < error * whole
        assert float((one - other).norm()) <= error * (whole if is_nothing else float(other.norm()))


def test_examples_that_share_no_first_symbol_are_computed_alike() -> None:
    model = net(**FORMS["two layers, normalised last"])
    torch.testing.assert_close(model(PAIRS[[3, 90, 41]]), model(PAIRS)[[3, 90, 41]])


def test_the_shortcut_is_the_same_function_with_the_same_weights() -> None:
    short, full = net(), net(shortcut=False)
    full.load_state_dict(short.state_dict())
    assert torch.allclose(short(PAIRS), full(PAIRS), rtol=1e-10)


def test_the_published_networks_have_the_published_sizes() -> None:
    """The one-layer one has `=` as a class of its own, as its released code has it."""
    generator = torch.Generator().manual_seed(0)
    nanda = Transformer(Settings(), (113, 113), 114, generator)
    assert sum(p.numel() for p in nanda.parameters()) == 226_816
    form = Settings(layers=2, norm="post", biases="none", positions="sinusoidal", operator=True)
    power = Transformer(form, (97, 97), 97, generator)
    inner = sum(p.numel() for p in power.blocks.parameters())
    assert inner == 394_240  # published: without embedding and readout


def test_the_first_weights_have_the_published_scale() -> None:
    model = Transformer(Settings(), (113, 113), 113, torch.Generator().manual_seed(0))
    for weights in (model.embed_SD, model.blocks[0].out_MD, model.blocks[0].query_DD):
        assert float(weights.detach().std()) == pytest.approx(128**-0.5, rel=0.05)
    assert float(model.readout_DK.detach().std()) == pytest.approx(113**-0.5, rel=0.05)
    assert float(model.blocks[0].in_M.detach().abs().max()) == 0


def test_first_weights_may_be_drawn_as_torch_draws_them() -> None:
    settings = Settings(init="torch", biases="all")
    model = Transformer(settings, (113, 113), 113, torch.Generator().manual_seed(0))
    assert float(model.embed_SD.detach().std()) == pytest.approx(1, rel=0.05)
    out, readout = model.blocks[0].out_MD.detach(), model.readout_K
    assert 0.99 * 512**-0.5 < float(out.abs().max()) <= 512**-0.5
    assert readout is not None
    assert 0.9 * 128**-0.5 < float(readout.detach().abs().max()) <= 128**-0.5


def test_first_weights_may_have_variance_one_over_a_matrixs_inputs() -> None:
    """As Flax draws them: the second matrix of a perceptron is half as large by it."""
    model = Transformer(Settings(init="lecun"), (113, 113), 113, torch.Generator().manual_seed(0))
    block = model.blocks[0]
    for weights, inputs in ((block.in_DM, 128), (block.out_MD, 512), (model.readout_DK, 128)):
        assert float(weights.detach().std()) == pytest.approx(inputs**-0.5, rel=0.02)
    assert float(model.embed_SD.detach().std()) == pytest.approx(128**-0.5, rel=0.02)


def test_sinusoidal_places_are_those_of_the_paper() -> None:
    places = sinusoids(5, 8)
    assert places[3, 0] == pytest.approx(math.sin(3))
    assert places[3, 1] == pytest.approx(math.cos(3))
    assert places[3, 6] == pytest.approx(math.sin(3 / 10_000**0.75))
    assert sinusoids(5, 7).shape == (5, 7)
