from __future__ import annotations

import pytest
import torch
from torch import nn

from grok_tui.config import load_preset
from grok_tui.training.complexity.weight_norm import (
    MAX_GROUPS,
    group_of,
    squared_norms,
    weight_norm,
)
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.tasks.build import build_dataset

TOTAL = "complexity/squared_norm"


def built(preset: str) -> nn.Module:
    config, generator = load_preset(preset).config, torch.Generator().manual_seed(0)
    data = build_dataset(config.task, generator)
    return build_model(config.model, data, Objective(config.loss, data).outputs, generator)


def test_it_is_the_length_of_all_weights() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    flat = torch.cat([p.detach().flatten() for p in model.parameters()])
    assert weight_norm(model) == pytest.approx(float(flat.norm()), rel=1e-6)


def test_biases_and_gains_count_in_no_squared_norm() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(2.0)
    assert squared_norms(model) == {TOTAL: 48.0, f"{TOTAL}/0": 48.0}
    assert squared_norms(nn.LayerNorm(4)) == {}


@pytest.mark.parametrize(
    ("preset", "groups"),
    [
        ("add-53-flash", ["embedding", "output"]),
        ("complexity-add113", ["embedding", "output", "attention", "mlp"]),
        ("digits-omnigrok", ["mlp", "output"]),
        ("liu-toy", ["embedding", "mlp", "output"]),
        ("quantum-add", ["circuit", "output", "embedding"]),
    ],
)
def test_groups_have_the_names_that_everybody_uses_and_add_up(
    preset: str, groups: list[str]
) -> None:
    found = squared_norms(built(preset))
    assert list(found) == [TOTAL, *(f"{TOTAL}/{group}" for group in groups)]
    assert sum(found.values()) == pytest.approx(2 * found[TOTAL], rel=1e-6)


def test_attention_and_perceptron_are_told_apart() -> None:
    assert group_of("blocks.1.out_DD") == "attention"
    assert group_of("blocks.1.out_MD") == "mlp"
    assert group_of("kernels_CCHW.0") == "convolution"


def test_a_foreign_model_is_grouped_by_its_modules_and_not_without_end() -> None:
    model = nn.ModuleDict({f"part{i}": nn.Linear(2, 1) for i in range(20)})
    found = squared_norms(model)
    assert len(found) == 1 + MAX_GROUPS + 1
    assert f"{TOTAL}/part0" in found
    assert sum(found.values()) == pytest.approx(2 * found[TOTAL], rel=1e-6)
    assert found[f"{TOTAL}/other"] > 0
