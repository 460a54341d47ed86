from __future__ import annotations

import math

import pytest
import torch

from grok_tui.training.complexity.heavy_tail import mean_exponent, tail_exponent


@pytest.mark.parametrize("alpha", [1.8, 2.5, 4.0])
def test_a_sampled_power_law_has_its_exponent(alpha: float) -> None:
    """The error of the likeliest exponent of n values is (α − 1) / √n."""
    uniform = torch.rand(2000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values = (1 - uniform) ** (-1 / (alpha - 1))
    # The tail may begin later than it could: four errors of a quarter of the values.
    assert tail_exponent(values) == pytest.approx(alpha, abs=4 * (alpha - 1) / math.sqrt(500))


def test_the_tail_is_found_above_a_bulk_that_is_none() -> None:
    generator = torch.Generator().manual_seed(0)
    tail = (1 - torch.rand(400, generator=generator, dtype=torch.float64)) ** -0.5  # α = 3
    bulk = torch.rand(1000, generator=generator, dtype=torch.float64)
    found = tail_exponent(torch.cat([tail, bulk]))
    assert found == pytest.approx(3.0, abs=4 * 2 / math.sqrt(100))


def test_zeros_and_values_that_are_alike_have_no_tail() -> None:
    assert math.isnan(tail_exponent(torch.zeros(100)))
    assert math.isnan(tail_exponent(torch.ones(100)))


def test_small_matrices_are_left_out() -> None:
    generator = torch.Generator().manual_seed(0)
    large, small = torch.randn(80, 60, generator=generator), torch.randn(80, 49)
    assert mean_exponent([large, small]) == mean_exponent([large])
