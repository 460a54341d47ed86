from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from grok_tui.config import Transformer as Settings
from grok_tui.training.models.transformer import Transformer

PAIRS = torch.cartesian_prod(torch.arange(11), torch.arange(11))


def net(dtype: torch.dtype = torch.float64, **settings: object) -> Transformer:
    chosen = Settings(width=32, heads=4, mlp_width=48, **settings)  # type: ignore[arg-type]
    return Transformer(chosen, (11, 11), 11, torch.Generator().manual_seed(0)).to(dtype)


def textbook(model: Transformer, pairs: Tensor, activate: object = torch.relu) -> Tensor:
    """Return the logits as a plain implementation computes them, at all positions."""
    tokens = torch.cat([pairs, torch.full((len(pairs), 1), 11)], dim=1)
    x = model.embed_SD[tokens] + model.place_PD
    for block in model.blocks:
        q, k, v = (
            (x @ w).unflatten(2, (4, 8)).transpose(1, 2)
            for w in (block.query_DD, block.key_DD, block.value_DD)
        )
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).flatten(2) @ block.out_DD
        hidden = activate(x @ block.in_DM + block.in_M)  # type: ignore[operator]
        x = x + hidden @ block.out_MD + block.out_D
    return x[:, -1] @ model.readout_DK


def gradients(model: Transformer, logits: Tensor) -> list[Tensor]:
    targets = PAIRS.sum(dim=1) % 11
    return list(torch.autograd.grad(cross_entropy(logits, targets), list(model.parameters())))


@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize(("layers", "shortcut"), [(1, True), (1, False), (3, True)])
def test_values_and_gradients_are_those_of_the_textbook(
    layers: int, shortcut: bool, dtype: torch.dtype, error: float
) -> None:
    model = net(dtype, layers=layers, shortcut=shortcut)
    ours, theirs = model(PAIRS), textbook(model, PAIRS)
    difference = (ours - theirs).detach().norm()
    assert float(difference) <= error * float(theirs.detach().norm())
    for mine, other in zip(gradients(model, ours), gradients(model, theirs), strict=True):
        assert float((mine - other).norm()) <= error * float(other.norm())


def test_the_shortcut_is_the_same_function_with_the_same_weights() -> None:
    short, full = net(), net(shortcut=False)
    full.load_state_dict(short.state_dict())
    assert torch.allclose(short(PAIRS), full(PAIRS), rtol=1e-10)


def test_the_published_network_has_the_published_size() -> None:
    """With `=` as a class of its own, as the released code has it."""
    published = Transformer(Settings(), (113, 113), 114, torch.Generator().manual_seed(0))
    assert sum(p.numel() for p in published.parameters()) == 226_816


def test_the_first_weights_have_the_published_scale() -> None:
    model = Transformer(Settings(), (113, 113), 113, torch.Generator().manual_seed(0))
    for weights in (model.embed_SD, model.blocks[0].out_MD, model.blocks[0].query_DD):
        assert float(weights.detach().std()) == pytest.approx(128**-0.5, rel=0.05)
    assert float(model.readout_DK.detach().std()) == pytest.approx(113**-0.5, rel=0.05)
    assert float(model.blocks[0].in_M.detach().abs().max()) == 0
