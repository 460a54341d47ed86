from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from grok_tui import config
from grok_tui.errors import UsageError
from grok_tui.training.optimisers import make_optimiser, orthogonal_to, rate

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
    optimiser, reference = make_optimiser(settings, [("w", ours)]), make([theirs])
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
    optimiser = make_optimiser(settings, [("w", parameter)])
    parameter.grad = torch.tensor([1.0, 1.0])
    optimiser.step(1)
    assert float(parameter.detach().norm()) == pytest.approx(5.0, abs=1e-4)
    assert not torch.equal(parameter.detach(), torch.tensor([3.0, 4.0]))


def test_what_is_frozen_is_not_even_decayed() -> None:
    frozen, free = nn.Parameter(torch.ones(2), requires_grad=False), nn.Parameter(torch.ones(2))
    settings = config.AdamW(lr=0.5, weight_decay=1, warmup=0)
    optimiser = make_optimiser(settings, [("frozen", frozen), ("free", free)])
    free.grad = torch.ones(2)
    optimiser.step(1)
    assert torch.equal(frozen, torch.ones(2))
    assert not torch.equal(free, torch.ones(2))


def test_without_a_warm_up_the_first_step_is_full() -> None:
    parameter = nn.Parameter(torch.ones(1))
    optimiser = make_optimiser(config.AdamW(lr=0.5, weight_decay=0, warmup=0), [("w", parameter)])
    parameter.grad = torch.ones(1)
    optimiser.step(1)
    assert float(parameter.detach()) == pytest.approx(0.5, abs=1e-6)


def test_the_learning_rate_falls_as_planned_and_stays() -> None:
    linear = config.SGD(warmup=0, schedule="linear", schedule_steps=100, schedule_end=0.2)
    assert [rate(linear, step) for step in (50, 100, 500)] == pytest.approx([0.6, 0.2, 0.2])
    cosine = config.SGD(warmup=10, schedule="cosine", schedule_steps=100, schedule_end=0.0)
    assert [rate(cosine, step) for step in (5, 50, 100)] == pytest.approx([0.497, 0.5, 0], abs=1e-3)
    assert rate(config.SGD(warmup=4), 1) == 0.25


def test_embeddings_may_learn_at_a_rate_of_their_own() -> None:
    parameters = {name: nn.Parameter(torch.ones(2, 2)) for name in ("embed_SD", "hidden")}
    settings = config.SGD(
        lr=0.5, weight_decay=1, warmup=0, embedding_lr=0.25, embedding_weight_decay=0
    )
    optimiser = make_optimiser(settings, parameters.items())
    for parameter in parameters.values():
        parameter.grad = torch.ones(2, 2)
    optimiser.step(1)
    assert torch.equal(parameters["embed_SD"], torch.full((2, 2), 0.75))
    assert torch.equal(parameters["hidden"], torch.zeros(2, 2))


MUON = config.Muon(lr=0.1, weight_decay=0.5, others_lr=0.02, others_weight_decay=0.7, warmup=0)


def matrices() -> dict[str, nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    shapes = {"embed_SD": (5, 4), "hidden_WW.0": (6, 4), "bias": (4,), "readout_WK": (4, 3)}
    return {n: nn.Parameter(torch.randn(s, generator=generator)) for n, s in shapes.items()}


def test_muon_is_torchs_on_hidden_matrices_and_adamw_elsewhere() -> None:
    ours, theirs = matrices(), matrices()
    hidden = theirs.pop("hidden_WW.0")
    references = [
        torch.optim.Muon([hidden], lr=0.1, weight_decay=0.5, momentum=0.95),
        torch.optim.AdamW([*theirs.values()], 0.02, (0.9, 0.98), weight_decay=0.7, fused=True),
    ]
    theirs["hidden_WW.0"] = hidden
    optimiser = make_optimiser(MUON, ours.items())
    for step in range(1, 6):
        for parameter in (*ours.values(), *theirs.values()):
            parameter.grad = None
            (parameter.sin() * step).sum().backward()
        optimiser.step(step)
        for reference in references:
            reference.step()
    for name, parameter in ours.items():
        assert torch.equal(parameter, theirs[name]), name


def test_muon_goes_on_where_it_was_saved() -> None:
    whole, parts = matrices(), matrices()
    optimiser, first = make_optimiser(MUON, whole.items()), make_optimiser(MUON, parts.items())
    for step in range(1, 7):
        if step == 4:
            saved = first.state_dict()
            first = make_optimiser(MUON, parts.items())
            first.load_state_dict(saved)
        for parameters, each in ((whole, optimiser), (parts, first)):
            for parameter in parameters.values():
                parameter.grad = None
                (parameter.sin() * step).sum().backward()
            each.step(step)
    for name, parameter in whole.items():
        assert torch.equal(parameter, parts[name]), name


def test_muon_needs_a_hidden_matrix() -> None:
    with pytest.raises(UsageError, match=r"optimizer\.kind: muon needs hidden matrices"):
        make_optimiser(MUON, [("readout", nn.Parameter(torch.ones(2, 2)))])


FIRST_STEP = """
import sys, torch
from torch import nn
from grok_tui import config
from grok_tui.training.optimisers import make_optimiser
parameter = nn.Parameter(torch.ones(3))
optimiser = make_optimiser(config.AdamW(), [("w", parameter)])
parameter.sum().backward()
optimiser.step(1)
assert "torch._dynamo" not in sys.modules
"""


def test_the_first_step_does_not_load_torchs_compiler() -> None:
    subprocess.run([sys.executable, "-c", FIRST_STEP], check=True)
