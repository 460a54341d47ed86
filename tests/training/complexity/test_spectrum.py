from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from grok_tui.training.complexity.spectrum import (
    MAX_MATRICES,
    effective_rank,
    singular_values,
    spectra,
    spectral_entropy,
    stable_rank,
)


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_singular_values_are_those_of_the_decomposition(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = singular_values(matrix).sort(descending=True).values
    torch.testing.assert_close(found, torch.linalg.svdvals(matrix))


def test_a_matrix_of_rank_one_has_one_direction() -> None:
    values = singular_values(torch.outer(torch.arange(1.0, 7.0), torch.arange(1.0, 5.0)))
    assert float(effective_rank(values)) == pytest.approx(1, abs=1e-3)
    assert float(stable_rank(values)) == pytest.approx(1, abs=1e-6)
    assert float(spectral_entropy(values)) == pytest.approx(0, abs=1e-3)


def test_an_orthonormal_matrix_uses_all_directions_alike() -> None:
    values = singular_values(3 * torch.eye(8))
    assert float(effective_rank(values)) == pytest.approx(8, rel=1e-5)
    assert float(stable_rank(values)) == pytest.approx(8, rel=1e-5)
    assert float(spectral_entropy(values)) == pytest.approx(math.log(8), rel=1e-5)


def test_two_directions_count_by_their_shares() -> None:
    values = torch.tensor([3.0, 1.0, 0.0])
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert float(spectral_entropy(values)) == pytest.approx(entropy)
    assert float(effective_rank(values)) == pytest.approx(math.exp(entropy))
    assert float(stable_rank(values)) == pytest.approx(10 / 9)


def test_a_network_has_the_mean_of_its_matrices_by_their_sizes() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 8))
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(4))  # four directions, 16 entries
        model[1].weight.copy_(torch.ones(8, 4))  # one direction, 32 entries
    found = spectra(model)
    assert found["complexity/effective_rank"] == pytest.approx(2, abs=1e-3)
    assert found["complexity/effective_rank/0.weight"] == pytest.approx(4, rel=1e-5)
    assert found["complexity/effective_rank/1.weight"] == pytest.approx(1, abs=1e-3)
    assert found["complexity/spectral_entropy/0.weight"] == pytest.approx(math.log(4), rel=1e-5)


def test_only_the_largest_matrices_are_told_one_by_one() -> None:
    model = nn.Sequential(*(nn.Linear(2, 2 + i, bias=False) for i in range(MAX_MATRICES + 4)))
    named = [n for n in spectra(model) if n.startswith("complexity/stable_rank/")]
    assert named == [f"complexity/stable_rank/{i}.weight" for i in range(4, MAX_MATRICES + 4)]


def test_a_network_without_matrices_has_no_spectra() -> None:
    assert spectra(nn.LayerNorm(3)) == {}


def test_weights_of_zero_have_no_direction() -> None:
    model = nn.Linear(3, 3)
    nn.init.zeros_(model.weight)
    assert set(spectra(model).values()) <= {0.0, 1.0}


def test_kernels_count_as_matrices() -> None:
    model = nn.Conv2d(1, 2, 3)
    with torch.no_grad():
        model.weight.fill_(1.0)
    assert spectra(model)["complexity/stable_rank"] == pytest.approx(1, abs=1e-5)
