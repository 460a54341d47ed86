from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from grok_tui.training.complexity.fourier import KEYS, OPERATIONS, group, losses, powers
from grok_tui.training.dataset import Split
from grok_tui.training.tasks.modular import _OPERATIONS, inverses

P = 61
CPU = torch.device("cpu")


def table(operation: str) -> Tensor:
    """Return all results (P, P)."""
    numbers = torch.arange(P)
    x, y = numbers.repeat_interleave(P), numbers.repeat(P)
    return (_OPERATIONS[operation](x, y, inverses(P)[y]) % P).view(P, P)


def pairs_of(operation: str) -> Split:
    those = group(operation, P, CPU)
    pairs = torch.cartesian_prod(those.first_m, those.second_m)
    return Split(pairs, table(operation)[pairs[:, 0], pairs[:, 1]])


def places(operation: str) -> Tensor:
    """Return the place of each residue in the group's order (P,)."""
    order = group(operation, P, CPU).result_m
    found = torch.zeros(P, dtype=torch.long)
    found[order] = torch.arange(len(order))
    return found


def waves(operation: str, frequencies: list[int], scale: float = 40.0):  # type: ignore[no-untyped-def]
    """Return a network whose outputs are Σ cos(w_k (a ∘ b − c)): what grokked networks build."""
    place = places(operation)
    m = len(group(operation, P, CPU).first_m)
    results = table(operation)

    def model(pairs: Tensor) -> Tensor:
        sums = place[results[pairs[:, 0], pairs[:, 1]]]
        turns = 2 * math.pi * (sums[:, None] - place[None, :]) / m
        return scale * sum(torch.cos(k * turns) for k in frequencies) / len(frequencies)

    return model


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_order_of_a_group_adds_places(operation: str) -> None:
    those, results = group(operation, P, CPU), table(operation)
    m = len(those.first_m)
    for i in range(m):
        for j in range(0, m, 13):
            expected = those.result_m[(i + j) % m]
            assert results[those.first_m[i], those.second_m[j]] == expected


@pytest.mark.parametrize("operation", OPERATIONS)
def test_outputs_of_few_waves_are_all_that_counts(operation: str) -> None:
    """Restricted nothing is lost; excluded nothing is left, and all answers are alike."""
    model = waves(operation, [1, 4, 7, 9, 22])
    train = pairs_of(operation)
    restricted, excluded = losses(model, group(operation, P, CPU), train, cross_entropy)
    full = float(cross_entropy(model(train.inputs), train.targets))
    assert full < 0.1
    assert restricted == pytest.approx(full, abs=1e-4)
    assert excluded == pytest.approx(math.log(P), rel=1e-3)


def test_what_is_only_memorised_has_no_frequencies_to_rely_on() -> None:
    """Right on a third of the pairs and zero elsewhere: the excluded loss stays that of all."""
    chosen = torch.rand(P, P, generator=torch.Generator().manual_seed(0)) < 1 / 3
    every = pairs_of("add")
    is_train = chosen[every.inputs[:, 0], every.inputs[:, 1]]
    train = Split(every.inputs[is_train], every.targets[is_train])

    def model(pairs: Tensor) -> Tensor:
        answers = torch.nn.functional.one_hot(table("add")[pairs[:, 0], pairs[:, 1]], P)
        return 20.0 * answers * chosen[pairs[:, 0], pairs[:, 1]][:, None]

    restricted, excluded = losses(model, group("add", P, CPU), train, cross_entropy)
    assert excluded < 0.1
    assert restricted > 0.5 * math.log(P)


def test_more_waves_than_keys_are_not_all_kept() -> None:
    frequencies = list(range(1, 2 * KEYS + 1))
    train = pairs_of("add")
    restricted, excluded = losses(
        waves("add", frequencies), group("add", P, CPU), train, cross_entropy
    )
    assert excluded < 0.5 * math.log(P)
    assert restricted > 0


def test_powers_are_all_residues_but_zero() -> None:
    for modulus in (2, 3, 5, 31, 97):
        assert sorted(powers(modulus).tolist()) == list(range(1, modulus))
