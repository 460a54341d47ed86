from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from grok_tui import config
from grok_tui.training.optimisers import make_optimiser, orthogonal_to

Make = Callable[[list[nn.Parameter]], torch.optim.Optimizer]
BETAS = (0.8, 0.9)
TORCHS: list[tuple[config.Optimizer, Make]] = [
    (
        config.AdamW(lr=0.02, weight_decay=0.7, betas=BETAS, eps=1e-6, warmup=3),
        lambda p: torch.optim.AdamW(p, 0.02, BETAS, 1e-6, weight_decay=0.7, fused=True),
    ),
    (
        config.Adam(lr=0.02, weight_decay=0.7, betas=BETAS, eps=1e-6, warmup=3),
        lambda p: torch.optim.Adam(p, 0.02, BETAS, 1e-6, weight_decay=0.7, fused=True),
    ),
    (
        config.SGD(lr=0.02, weight_decay=0.7, warmup=3),
        lambda p: torch.optim.SGD(p, 0.02, weight_decay=0.7, fused=True),
    ),
    (
        config.SGD(lr=0.02, weight_decay=0.7, momentum=0.9, warmup=3),
        lambda p: torch.optim.SGD(p, 0.02, 0.9, weight_decay=0.7, fused=True),
    ),
]


@pytest.mark.parametrize(("settings", "make"), TORCHS, ids=["adamw", "adam", "sgd", "momentum"])
def test_it_is_torchs_with_a_warm_up(settings: config.Optimizer, make: Make) -> None:
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 12)) for _ in range(2))
    optimiser, reference = make_optimiser(settings, [ours]), make([theirs])
    for step in range(1, 30):
        for parameter in (ours, theirs):
            parameter.grad = None
            (parameter.sin() * step).sum().backward()
        reference.param_groups[0]["lr"] = 0.02 * min(1, step / 3)
        optimiser.step(step)
        reference.step()
        assert torch.equal(ours, theirs)


def test_orthogonal_gradients_have_no_part_along_the_weights_and_keep_their_length() -> None:
    weights, gradient = torch.randn(5, 4), torch.randn(5, 4)
    turned = orthogonal_to(weights, gradient)
    assert float((turned * weights).sum()) == pytest.approx(0, abs=1e-4)
    assert float(turned.norm()) == pytest.approx(float(gradient.norm()), rel=1e-5)
    assert torch.equal(orthogonal_to(torch.zeros(2), torch.ones(2)), torch.ones(2))


def test_a_step_with_orthogonal_gradients_keeps_the_length_to_first_order() -> None:
    parameter = nn.Parameter(torch.tensor([3.0, 4.0]))
    settings = config.SGD(lr=0.01, weight_decay=0, warmup=0, orthogonal=True)
    optimiser = make_optimiser(settings, [parameter])
    parameter.grad = torch.tensor([1.0, 1.0])
    optimiser.step(1)
    assert float(parameter.detach().norm()) == pytest.approx(5.0, abs=1e-4)
    assert not torch.equal(parameter.detach(), torch.tensor([3.0, 4.0]))


def test_without_a_warm_up_the_first_step_is_full() -> None:
    parameter = nn.Parameter(torch.ones(1))
    optimiser = make_optimiser(config.AdamW(lr=0.5, weight_decay=0, warmup=0), [parameter])
    parameter.grad = torch.ones(1)
    optimiser.step(1)
    assert float(parameter.detach()) == pytest.approx(0.5, abs=1e-6)


FIRST_STEP = """
import sys, torch
from torch import nn
from grok_tui import config
from grok_tui.training.optimisers import make_optimiser
parameter = nn.Parameter(torch.ones(3))
optimiser = make_optimiser(config.AdamW(), [parameter])
parameter.sum().backward()
optimiser.step(1)
assert "torch._dynamo" not in sys.modules
"""


def test_the_first_step_does_not_load_torchs_compiler() -> None:
    subprocess.run([sys.executable, "-c", FIRST_STEP], check=True)
