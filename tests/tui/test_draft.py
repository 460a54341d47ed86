from __future__ import annotations

import shlex

import pytest

from grok_tui.config import change, load_preset, to_tree
from grok_tui.config.form import fields_of
from grok_tui.config.tree import keys
from grok_tui.errors import UsageError
from grok_tui.tui.draft import Draft, text_of


def draft(*changes: str) -> Draft:
    found = Draft.of("add-53-flash")
    for each in changes:
        key, _, value = each.partition("=")
        found = found.changed(key, value)
    return found


def test_the_form_has_every_setting_of_the_config_once() -> None:
    for name in ("add-53-flash", "add53-transformer", "parity-40-3", "mul97-grokfast"):
        config = load_preset(name).config
        found = [field.key for field in fields_of(config)]
        assert len(found) == len(set(found))
        assert set(found) == keys(to_tree(config))


def test_each_setting_says_what_it_takes_and_is_for() -> None:
    found = {field.key: field for field in fields_of(load_preset("add-53-flash").config)}
    assert found["task.modulus"].expects == "whole number ≥ 2, ≤ 2000"
    assert found["optimizer.lr"].about == "Learning rate after the warm-up."
    assert found["model.activation"].choices == ("gelu", "quadratic", "relu", "tanh")
    assert found["optimizer.orthogonal"].choices == ("false", "true")
    assert "custom" not in found["task.kind"].choices
    assert all(field.about for field in found.values())


def test_every_value_can_be_typed_as_it_is_shown() -> None:
    config = load_preset("add-53-flash").config
    for field in fields_of(config):
        if field.value is not None:
            again, _ = change(config, [f"{field.key}={text_of(field.value)}"])
            assert again == config, field.key


@pytest.mark.parametrize("value", [0.1, 1e-8, 1 / 3, 2.0, True, [0.9, 0.98], ["a", "b"]])
def test_texts_keep_every_digit(value: object) -> None:
    import tomllib

    assert tomllib.loads(f"x = {text_of(value)}")["x"] == value


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ([], "grok-tui train add-53-flash"),
        (["optimizer.weight_decay=0"], "grok-tui train add-53-flash optimizer.weight_decay=0"),
        (
            ["optimizer.weight_decay=0", "optimizer.weight_decay=0.30"],
            "grok-tui train add-53-flash",
        ),
        (["seeds=0..7", "launcher=queue"], "grok-tui train add-53-flash --seeds 0..7 --queue"),
        (["seed=3", "seeds=0..7"], "grok-tui train add-53-flash --seeds 0..7"),
        (["seeds=0..7", "seed=3"], "grok-tui train add-53-flash seed=3"),
        (["name=my run"], "grok-tui train add-53-flash 'name=my run'"),
        (
            ["model.width=64", "model.kind=transformer"],
            "grok-tui train add-53-flash model.kind=transformer",
        ),
        (
            ["model.kind=transformer", "model.heads=2", "model.kind=mlp"],
            "grok-tui train add-53-flash",
        ),
    ],
)
def test_the_command_line_does_the_same(changes: list[str], command: str) -> None:
    found = draft(*changes)
    assert found.command == command
    words = [word for word in shlex.split(command)[3:] if "=" in word]
    assert change(found.preset.config, words)[0] == found.config


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("optimizer.lr", "fast", "optimizer.lr: expected a number"),
        ("task.modulus", "1", "task.modulus: expected a whole number >= 2"),
        ("model.kind", "mpl", "model.kind: expected one of mlp"),
        ("task.operation", "divde", "task.operation: expected one of"),
        ("seeds", "7..0", "--seeds: 7..0 has no seed in it"),
        ("optimizer.schedule", "cosine", "a cosine schedule needs schedule_steps"),
    ],
)
def test_a_wrong_value_is_refused_in_the_words_of_the_command_line(
    key: str, value: str, problem: str
) -> None:
    before = draft("steps=10")
    said = before.problem_with(key, value)
    assert said is not None
    assert problem in said
    with pytest.raises(UsageError):
        before.changed(key, value)
    assert before.command.endswith("steps=10")


def test_a_line_is_reset_with_what_depends_on_it() -> None:
    found = draft("model.kind=transformer", "model.heads=2", "steps=9")
    assert found.reset("model.heads").changes == {"model.kind": "transformer", "steps": "9"}
    assert found.reset("model.kind").changes == {"steps": "9"}
    assert draft("seeds=0..3").reset("seeds").seeds == ""


def test_a_request_is_made_for_each_seed() -> None:
    found = draft("seeds=2..4", "steps=9").requests()
    assert [each.config.seed for each in found] == [2, 3, 4]
    assert {each.config.steps for each in found} == {9}
    assert [each.config.seed for each in draft().requests()] == [0]


def test_what_is_expected_and_what_it_costs_is_told() -> None:
    plain = draft().outlook()
    assert "Expected: grokked, memorises by step 46–49, arrives at step 449–529" in plain
    assert "about 0:10 on one CPU core" in plain
    changed = draft("steps=8000", "seeds=0..1").outlook()
    assert "of the unchanged preset" in changed
    assert "about 0:20 on one CPU core for each of 2 runs" in changed


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.1, 1", (0.1, 1)),
        ("0.1..10 log 3", (0.1, 1.0, 10.0)),
        ("1..3 linear 3", (1.0, 2.0, 3.0)),
    ],
)
def test_several_values_make_a_sweep(text: str, values: tuple[float, ...]) -> None:
    found = draft(f"optimizer.weight_decay={text}", "seeds=0..3", "steps=2000")
    sweep = found.sweep()
    assert [(axis.key, axis.values) for axis in sweep.axes] == [("optimizer.weight_decay", values)]
    assert (sweep.seeds, sweep.fixed) == ((0, 1, 2, 3), {"steps": 2000})
    assert found.command == "grok-tui sweep add-53-flash-sweep/sweep.toml"
    assert found.title == f"new sweep of {len(values)} cells × 4 seeds"
    assert f"for each of {4 * len(values)} runs" in found.outlook()
    shown = {field.key: field.value for field in found.fields()}
    assert shown["optimizer.weight_decay"] == text
    assert found.is_changed("optimizer.weight_decay")
    alone = found.changed("optimizer.weight_decay", "0.5")
    assert (alone.axes, alone.changes["optimizer.weight_decay"]) == ({}, "0.5")
    assert found.reset("optimizer.weight_decay").axes == {}


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("optimizer.lr", "0.1, x", "optimizer.lr: expected a number"),
        ("optimizer.lr", "a..b log 3", "a..b: expected numbers"),
        ("optimizer.lr", "1..0.1 log 3", "a first value below the last one"),
        ("optimizer.lr", "0.1, 0.1", "a value stands there twice"),
        ("seed", "1, 2", "seed: is not set in a sweep"),
        ("launcher", "somewhere", "launcher: expected one of now, queue, slurm"),
    ],
)
def test_values_that_are_no_sweep_are_told(key: str, text: str, problem: str) -> None:
    assert problem in (draft().problem_with(key, text) or "")


def test_a_list_is_one_value_and_slurm_takes_seeds_as_a_sweep_only() -> None:
    assert draft("optimizer.betas=[0.9, 0.99]").axes == {}
    slurm = draft("launcher=slurm")
    assert slurm.command == "grok-tui train add-53-flash --launcher slurm"
    assert "as a sweep" in (slurm.problem_with("seeds", "0..3") or "")
    swept = slurm.changed("optimizer.lr", "0.01, 0.1").changed("seeds", "0..3")
    assert swept.command.endswith("sweep.toml --launcher slurm")
