"""Sweep files: what they mean, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grok_tui.config import load_sweep, parse_sweep
from grok_tui.errors import UsageError

GOOD: dict[str, Any] = {
    "name": "s",
    "preset": "add-53-flash",
    "axes": {"task.train_fraction": [0.3, 0.5], "optimizer.weight_decay": [0.1, 1.0, 3.0]},
}


def test_the_last_axis_varies_fastest_and_fixed_changes_hold_everywhere() -> None:
    sweep = parse_sweep({**GOOD, "set": {"steps": 300, "optimizer": {"lr": 0.02}}, "seeds": "3..4"})
    cells = list(sweep.cells())
    assert len(sweep) == len(cells) == 6
    assert sweep.seeds == (3, 4)
    assert [cell.place for cell in cells][:4] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert cells[4].config.optimizer.weight_decay == 1.0
    assert {cell.config.steps for cell in cells} == {300}
    assert {cell.config.optimizer.lr for cell in cells} == {0.02}
    assert cells[0].config.seed == 3
    assert cells[5].changes["task.train_fraction"] == 0.5


def test_axes_may_be_written_as_tables_and_as_ranges(tmp_path: Path) -> None:
    file = tmp_path / "by-decay.toml"
    file.write_text(
        'preset = "add-53-flash"\n[axes]\n"steps" = [100, 200]\n'
        "[axes.optimizer]\nweight_decay = { log = [0.01, 1.0], n = 3 }\n"
        "lr = { linear = [0.01, 0.03], n = 3 }\n"
    )
    sweep = load_sweep(file)
    assert sweep.name == "by-decay"
    assert {axis.key: axis.values for axis in sweep.axes} == {
        "steps": (100, 200),
        "optimizer.weight_decay": (0.01, 0.1, 1.0),
        "optimizer.lr": (0.01, 0.02, 0.03),
    }
    assert sweep.axes[1].is_log
    assert not sweep.axes[2].is_log


def test_a_kind_may_be_an_axis() -> None:
    sweep = parse_sweep({**GOOD, "axes": {"optimizer.kind": ["adamw", "sgd"]}})
    assert [type(cell.config.optimizer).__name__ for cell in sweep.cells()] == ["AdamW", "SGD"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"axes": {}}, "axes: none given"),
        ({"axes": {"optimizer.weight_decay": []}}, "needs values"),
        ({"axes": {"optimizer.weight_decay": [1.0, 1.0]}}, "stands there twice"),
        ({"axes": {"optimizer.wight_decay": [1.0]}}, "did you mean optimizer.weight_decay"),
        ({"axes": {"optimizer.lr": [1.0, "fast"]}}, "optimizer.lr: expected"),
        ({"axes": {"optimizer.lr": {"log": [0, 1], "n": 3}}}, "above 0"),
        ({"axes": {"optimizer.lr": {"log": [1, 0.1], "n": 3}}}, "below the last one"),
        ({"axes": {"optimizer.lr": {"log": [0.1, 1], "n": 1}}}, "n: expected"),
        ({"axes": {"optimizer.lr": {"log": [0.1, float("nan")], "n": 3}}}, "below the last one"),
        ({"axes": {"optimizer.lr": {"log": [0.1, 1], "n": 3, "m": 1}}}, "expected { log"),
        ({"axes": {"optimizer.lr": 3}}, "expected a list, or a range"),
        ({"axes": {"seed": [1, 2]}}, "is not set in a sweep"),
        ({"set": {"optimizer.weight_decay": 1.0}}, "stands in set and in axes"),
        ({"axes": {"task.train_fraction": [0.5, 1.0]}}, "train_fraction"),
        ({"seeds": 0}, "seeds: expected"),
        ({"seeds": True}, "seeds: expected"),
        ({"seeds": 5000}, "1024 is the most"),
        ({"seeds": 1024, "axes": {"steps": list(range(100, 120))}}, "10000 is the most"),
        ({"preset": "add-53-flush"}, "did you mean add-53-flash"),
        ({"preset": 3}, "preset: expected"),
        ({"name": "../x"}, "name: expected"),
        ({"axis": {}}, "did you mean axes"),
        ({"set": 3}, "expected sections"),
    ],
)
def test_a_wrong_file_is_one_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("{", r"\{").replace("(", r"\(")):
        parse_sweep({**GOOD, **change})


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load_sweep(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_text("axes = [")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_sweep(tmp_path / "bad.toml")
