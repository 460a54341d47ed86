from __future__ import annotations

import math

import pytest
import torch

from grok_tui.config import Config, change
from grok_tui.training.build import build
from grok_tui.training.complexity import on_demand
from grok_tui.training.complexity.hidden import entrance, hidden_layers
from grok_tui.training.complexity.local_complexity import first_layer_complexity, frames
from grok_tui.training.complexity.on_demand import (
    AT_ONCE,
    DIRECTIONS,
    ON_DEMAND,
    POINTS,
    RADIUS,
    Case,
)


def case(*changes: str) -> Case:
    config, _ = change(Config(), changes)
    return Case(config, build(config, torch.device("cpu")))


def test_full_local_complexity_is_that_of_the_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corners are counted one by one; a first layer needs none."""
    assert (POINTS, DIRECTIONS) == (1024, 25), "the paper's"
    monkeypatch.setattr(on_demand, "POINTS", 256)
    those = case("task.modulus=23", "model.width=24", "task.train_fraction=0.8")
    inputs = those.setup.data.train.inputs[:256]
    assert len(inputs) == 256
    generator = those.generator("local complexity")
    counted = 0.0
    with torch.no_grad():
        for some in inputs.split(AT_ONCE):
            points, forward = entrance(those.model, some)
            layers, _ = hidden_layers(those.model, forward, points)
            drawn = frames(len(points), points.shape[1], DIRECTIONS, generator)
            weights = those.model.first_weights
            counted += first_layer_complexity(weights, layers[0].before, drawn, RADIUS)
    found = ON_DEMAND["lc"].take(those)
    assert found["complexity/lc_train"] == counted * AT_ONCE / 256 > 0


@pytest.mark.parametrize(
    "name",
    # Two chains of a learning coefficient take as long as all the others together.
    [pytest.param(n, marks=pytest.mark.slow) if n == "llc" else n for n in ON_DEMAND],
)
def test_measuring_changes_nothing_and_repeats_exactly(name: str) -> None:
    # The spectral tail needs matrices of some size, the samplers need time.
    those = case("model.width=64", *(["task.modulus=23"] if name in ("lc", "llc") else []))
    before = {key: value.clone() for key, value in those.model.state_dict().items()}
    state = torch.get_rng_state()
    first, second = ON_DEMAND[name].take(those), ON_DEMAND[name].take(those)
    assert first == second
    assert all(map(math.isfinite, first.values()))
    for key, value in those.model.state_dict().items():
        assert torch.equal(value, before[key])
    assert torch.equal(torch.get_rng_state(), state)
    assert all(weight.grad is None for weight in those.model.parameters())


@pytest.mark.parametrize(
    ("operation", "modulus", "reason"),
    [
        ("add", 12, None),
        ("subtract", 12, None),
        ("multiply", 13, None),
        ("divide", 13, None),
        ("multiply", 12, "products modulo 12, which is no prime, form no group"),
        ("x^2+y^2", 13, "frequencies are known for add, subtract, multiply, divide"),
    ],
)
def test_frequencies_are_those_of_a_group(operation: str, modulus: int, reason: str | None) -> None:
    those = case(f"task.operation={operation}", f"task.modulus={modulus}")
    said = ON_DEMAND["fourier"].why_not(those)
    if reason is None:
        assert said is None
        assert ON_DEMAND["fourier"].take(those)["complexity/restricted_loss"] > 0
    else:
        assert said is not None
        assert reason in said


def test_a_model_without_hidden_units_or_numbers_to_change_says_so() -> None:
    circuit = case("task.modulus=8", "model.kind=quantum")
    assert "no hidden units" in (ON_DEMAND["lc"].why_not(circuit) or "")
    assert "symbols become numbers" in (ON_DEMAND["robustness"].why_not(circuit) or "")


def test_a_regression_is_attacked_too() -> None:
    teacher = case("task.kind=teacher-student", "loss=mse")
    found = ON_DEMAND["robustness"].take(teacher)
    assert all(0 <= value <= 1 for value in found.values())
    assert ON_DEMAND["mdl"].why_not(teacher) == "mse is no loss in nats"
