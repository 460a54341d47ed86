from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from grok_tui.config import MLP, Transformer
from grok_tui.training.complexity.hessian import PROBES, hessian_trace
from grok_tui.training.models.mlp import VectorMLP
from grok_tui.training.models.transformer import Transformer as Net


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_diagonal_quadratic_form_has_its_trace_exactly() -> None:
    """Signs have squares of one: without entries off the diagonal there is no noise."""
    curvatures = torch.tensor([3.0, 1.0, -0.5, 0.0])
    weights = torch.randn(4, generator=generator(), requires_grad=True)
    found = hessian_trace(lambda: (curvatures * weights**2).sum() / 2, [weights], generator())
    assert found == pytest.approx(3.5, rel=1e-6)


def test_a_full_quadratic_form_has_its_trace_within_the_known_error() -> None:
    drawn = torch.randn(12, 12, generator=generator())
    form = drawn @ drawn.T
    weights = [torch.randn(5, requires_grad=True), torch.randn(7, requires_grad=True)]

    def loss() -> torch.Tensor:
        flat = torch.cat(weights)
        return flat @ form @ flat / 2

    off_diagonal = form - form.diag().diag()
    error = float((2 * off_diagonal.square().sum() / PROBES).sqrt())
    assert hessian_trace(loss, weights, generator()) == pytest.approx(
        float(form.trace()), abs=4 * error
    )


@pytest.mark.parametrize("activation", ["quadratic", "tanh"])
def test_a_network_agrees_with_its_whole_hessian(activation: str) -> None:
    settings = MLP(width=6, activation=activation)  # type: ignore[arg-type]
    model = VectorMLP(settings, 4, 3, generator())
    inputs, targets = torch.randn(20, 4, generator=generator()), torch.arange(20) % 3
    weights = list(model.parameters())
    sizes = [weight.numel() for weight in weights]

    def of_flat(flat: torch.Tensor) -> torch.Tensor:
        named = zip(dict(model.named_parameters()).items(), flat.split(sizes), strict=True)
        own = {name: part.view_as(weight) for (name, weight), part in named}
        return cross_entropy(torch.func.functional_call(model, own, (inputs,)), targets)

    whole = torch.autograd.functional.hessian(
        of_flat, torch.cat([weight.detach().flatten() for weight in weights])
    )
    found = hessian_trace(lambda: cross_entropy(model(inputs), targets), weights, generator())
    error = float((2 * (whole - whole.diag().diag()).square().sum() / PROBES).sqrt())
    assert found == pytest.approx(float(whole.trace()), abs=4 * error)


def test_attention_over_many_positions_has_a_second_derivative_too() -> None:
    model = Net(Transformer(width=16, mlp_width=16, shortcut=False), (5,) * 9, 5, generator())
    inputs = torch.randint(5, (8, 9), generator=generator())
    found = hessian_trace(
        lambda: cross_entropy(model(inputs), inputs[:, 0]), list(model.parameters()), generator()
    )
    assert found != 0
