from __future__ import annotations

import pytest
import torch

from grok_tui.training.complexity.learning_coefficient import (
    inverse_temperature,
    learning_coefficient,
)

TOLERANCE = 0.25
"""A step of ε makes λ larger by a share of ε nβ h / 4, here 4 to 7 %. A draw of d weights deviates
by √(2 / d), for 4 weights 0.7; one in 2 / (ε nβ h), about 10, is independent of those before, so
that 3000 deviate by 0.04: by a fifth once in a million seeds."""


@pytest.mark.parametrize("size", [4, 16])
def test_a_regular_quadratic_form_has_half_its_number_of_weights(size: int) -> None:
    """Steps small beside the curvatures, and a pull that is small beside them too."""
    curvatures = torch.linspace(1.0, 2.0, size)
    weights = torch.zeros(size, requires_grad=True)
    found = learning_coefficient(
        lambda _: (curvatures * weights**2).sum() / 2,
        [weights],
        1000,
        torch.Generator().manual_seed(0),
        step_size=1e-3,
        localisation=0.1,
        draws=3000,
        burn_in=200,
    )
    assert found == pytest.approx(size / 2, rel=TOLERANCE)


def test_a_direction_in_which_nothing_changes_does_not_count() -> None:
    weights = torch.zeros(8, requires_grad=True)
    found = learning_coefficient(
        lambda _: (weights[:4] ** 2).sum() / 2,
        [weights],
        1000,
        torch.Generator().manual_seed(0),
        step_size=1e-3,
        localisation=0.1,
        draws=3000,
        burn_in=200,
    )
    assert found == pytest.approx(2, rel=TOLERANCE)


def test_the_pull_shortens_the_way_as_much_as_theory_says() -> None:
    """The stationary variance of a weight is 1 / (nβ h + γ): with γ = nβ h, λ is half as large."""
    weights = torch.zeros(16, requires_grad=True)
    n_beta = inverse_temperature(1000)
    found = learning_coefficient(
        lambda _: (weights**2).sum() / 2,
        [weights],
        1000,
        torch.Generator().manual_seed(0),
        step_size=1e-3,
        localisation=n_beta,
        draws=3000,
        burn_in=200,
    )
    assert found == pytest.approx(4, rel=TOLERANCE)


def test_batches_cost_no_accuracy_and_the_weights_are_put_back() -> None:
    """The loss of each example is another one, but all of them rise alike."""
    offsets = 100 * torch.randn(1000, generator=torch.Generator().manual_seed(1))
    weights = torch.zeros(16, requires_grad=True)
    found = learning_coefficient(
        lambda numbers: offsets[numbers].mean() + (weights**2).sum() / 2,
        [weights],
        1000,
        torch.Generator().manual_seed(0),
        step_size=1e-3,
        localisation=0.1,
        draws=3000,
        burn_in=200,
    )
    assert found == pytest.approx(8, rel=TOLERANCE)
    assert torch.equal(weights.detach(), torch.zeros(16))
    assert weights.grad is None
