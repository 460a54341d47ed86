from __future__ import annotations

import bz2
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from grok_tui.config import change, load_preset
from grok_tui.training.complexity import mdl
from grok_tui.training.complexity.mdl import TOLERANCE_NATS, WIDTHS, describe
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.optimisers import make_optimiser
from grok_tui.training.schedule import log_grid
from grok_tui.training.tasks.build import build_dataset

INPUTS = torch.eye(8)
TARGETS = torch.arange(8)


def loss(logits: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits, TARGETS)


def linear(weight: torch.Tensor) -> nn.Linear:
    model = nn.Linear(8, 8, bias=False)
    model.weight = nn.Parameter(weight)
    return model


def mdl_bytes(model: nn.Module, inputs: torch.Tensor, of: mdl.Loss) -> float:
    return describe(model, inputs, of).size_bytes


def test_an_untrained_network_is_described_by_almost_nothing() -> None:
    weight = torch.randn(8, 8, generator=torch.Generator().manual_seed(0)) * 0.01
    assert mdl_bytes(linear(weight), INPUTS, loss) == mdl_bytes(
        linear(torch.zeros(8, 8)), INPUTS, loss
    )


def test_structure_needs_fewer_bytes_than_noise_that_does_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs, targets = torch.eye(64), torch.arange(64)

    def big_loss(logits: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits, targets)

    plain = nn.Linear(64, 64, bias=False)
    plain.weight = nn.Parameter(20 * torch.eye(64))
    noisy = nn.Linear(64, 64, bias=False)
    noisy.weight = nn.Parameter(20 * torch.eye(64) + 6 * torch.randn(64, 64, generator=generator))
    assert 2 * mdl_bytes(plain, inputs, big_loss) < mdl_bytes(noisy, inputs, big_loss)


def test_a_matrix_and_its_transpose_are_described_alike() -> None:
    """Rows that repeat are short, and so are columns that do: whichever way a layer is stored."""
    row = torch.randint(-9, 10, (64,), generator=torch.Generator().manual_seed(0)).float()
    striped = {"weight": row.expand(64, 64)}
    across = {"weight": row[:, None].expand(64, 64)}
    size = mdl._compressed_size(striped, 1.0)
    assert size == mdl._compressed_size(across, 1.0)
    by_rows = len(bz2.compress(striped["weight"].to(torch.int8).contiguous().numpy().tobytes()))
    by_columns = len(bz2.compress(across["weight"].to(torch.int8).contiguous().numpy().tobytes()))
    assert by_rows != by_columns
    assert size == min(by_rows, by_columns)


def test_the_rounded_network_stays_within_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    model = linear(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)) + 6 * torch.eye(8))
    widths = []
    compress = mdl._compressed_size
    monkeypatch.setattr(
        mdl, "_compressed_size", lambda w, width: widths.append(width) or compress(w, width)
    )
    mdl_bytes(model, INPUTS, loss)
    with torch.no_grad():
        rounded = linear((model.weight / widths[0]).round() * widths[0])
        coarser = linear((model.weight / (1.1 * widths[0])).round() * 1.1 * widths[0])
        bound = loss(model(INPUTS)) + TOLERANCE_NATS
        assert loss(rounded(INPUTS)) <= bound
        assert loss(coarser(INPUTS)) > bound


def test_measuring_changes_nothing_and_repeats_exactly() -> None:
    model = linear(torch.randn(8, 8))
    before, state = model.weight.detach().clone(), torch.get_rng_state()
    assert mdl_bytes(model, INPUTS, loss) == mdl_bytes(model, INPUTS, loss)
    assert torch.equal(model.weight, before)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.weight.grad is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_broken_network_has_no_size(bad: float) -> None:
    weight = torch.zeros(8, 8)
    weight[0, 0] = bad
    assert math.isnan(mdl_bytes(linear(weight), INPUTS, loss))


@pytest.mark.parametrize("widest", [0, 1, 7, 128, 255, 256])
def test_a_search_that_begins_anywhere_finds_the_same(widest: int) -> None:
    starts = [(WIDTHS - 1, WIDTHS), *((start, 1) for start in range(1, WIDTHS))]
    tried: dict[tuple[int, int], int] = dict.fromkeys(starts, 0)
    for start, stride in starts:

        def is_good(index: int, search: tuple[int, int] = (start, stride)) -> bool:
            assert 0 < index < WIDTHS
            tried[search] += 1
            return index <= widest

        assert mdl._widest(is_good, start, stride) == widest
    assert tried[WIDTHS - 1, WIDTHS] <= 9
    assert max(tried.values()) <= 16
    if 0 < widest < WIDTHS - 1:
        assert tried[widest, 1] == 2


@pytest.mark.slow
def test_a_warm_start_finds_what_a_cold_one_finds_in_half_the_passes() -> None:
    """On the network of the default preset while it is trained; printed with `-s`."""
    config, _ = change(load_preset("add-53-flash").config, ["steps=300"])
    generator = torch.Generator().manual_seed(0)
    data = build_dataset(config.task, generator)
    objective = Objective(config.loss, data)
    model = build_model(config.model, data, objective.outputs, generator)
    optimiser = make_optimiser(config.optimizer, model.named_parameters())
    grid, passes, found = set(log_grid(config.steps, 12)), {"cold": 0, "warm": 0}, math.nan

    def counted(kind: str) -> mdl.Loss:
        def of(outputs: torch.Tensor) -> torch.Tensor:
            passes[kind] += 1
            return objective.loss(outputs, data.train.targets)

        return of

    for step in range(config.steps + 1):
        if step > 0:
            optimiser.zero_grad()
            objective.loss(model(data.train.inputs), data.train.targets).backward()
            optimiser.step(step)
        if step in grid:
            cold = describe(model, data.train.inputs, counted("cold"))
            warm = describe(model, data.train.inputs, counted("warm"), near=found)
            # The loss may rise and fall again a little as bins grow: then bins beside each other
            # are as good an answer.
            assert warm.width == pytest.approx(cold.width, rel=0.08)
            assert warm.size_bytes == pytest.approx(cold.size_bytes, rel=0.03)
            found = warm.width
    print(f"forward passes: {passes}")
    assert passes["warm"] < 0.6 * passes["cold"]
