from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from grok_tui.training.complexity.robustness import STEP, STEPS, attacked


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("radius", [0.03, 0.06, 0.1])
def test_a_linear_classifier_falls_where_its_margin_says(radius: float) -> None:
    """By ε in each number the margin w·x falls by ε‖w‖₁ at most, and that is what is found.

    The attack can cross its whole cube from wherever it starts: its steps are long enough.
    """
    assert STEPS * STEP >= 2 * 0.06
    weights = torch.randn(20, generator=generator())
    points = 0.2 * torch.randn(400, 20, generator=generator())
    margins = points @ weights
    targets = (margins > 0).long()

    def forward(points: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.zeros(len(points)), points @ weights], dim=1)

    moved = attacked(
        forward, points, lambda out: cross_entropy(out, targets), radius, None, generator()
    )
    assert float((moved - points).abs().max()) <= radius + 1e-6
    stands = forward(moved).argmax(dim=1) == targets
    expected = margins.abs() > radius * weights.abs().sum()
    if radius < 0.07:
        assert torch.equal(stands, expected)
    assert 0 < int(expected.sum()) < 400


def test_what_leaves_the_range_of_the_data_is_cut_off() -> None:
    points = torch.rand(50, 8, generator=generator())

    def forward(moved: torch.Tensor) -> torch.Tensor:
        score = moved[:, :4].sum(dim=1) - moved[:, 4:].sum(dim=1)
        return torch.stack([score, -score], dim=1)

    targets = torch.zeros(50, dtype=torch.long)
    moved = attacked(
        forward, points, lambda out: cross_entropy(out, targets), 0.1, (0.0, 1.0), generator()
    )
    assert (float(moved.min()), float(moved.max())) == (0.0, 1.0)
    assert float((forward(moved)[:, 0] - forward(points)[:, 0]).max()) < 0


def test_weights_get_no_gradients() -> None:
    model = torch.nn.Linear(4, 2)
    targets = torch.zeros(5, dtype=torch.long)
    attacked(
        model,
        torch.rand(5, 4),
        lambda out: cross_entropy(out, targets),
        0.1,
        None,
        generator(),
    )
    assert model.weight.grad is None
