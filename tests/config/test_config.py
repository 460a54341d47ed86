from __future__ import annotations

import re
from pathlib import Path

import pytest

from grok_tui.config import (
    SGD,
    Config,
    CustomTask,
    ImagesTask,
    ParityTask,
    TextTask,
    change,
    keys,
    load_preset,
    parse_tree,
    preset_names,
    to_toml,
    to_tree,
    with_absolute_data,
)
from grok_tui.errors import UsageError


def test_the_default_preset_is_the_measured_recipe() -> None:
    config = load_preset("add-53-flash").config
    assert (config.task.operation, config.task.modulus, config.task.train_fraction) == (
        "add",
        53,
        0.5,
    )
    assert (config.model.activation, config.model.width, config.model.depth) == (
        "quadratic",
        128,
        1,
    )
    assert (config.optimizer.lr, config.optimizer.weight_decay) == (0.01, 0.3)
    assert (config.optimizer.betas, config.optimizer.warmup) == ((0.9, 0.98), 10)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid_and_says_where_it_comes_from(name: str) -> None:
    preset = load_preset(name)
    assert preset.config.name == name
    assert preset.source is not None
    assert preset.expected is not None


@pytest.mark.parametrize("name", preset_names())
def test_what_is_printed_can_be_read_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(to_toml(load_preset(name)))
    assert load_preset(str(path)) == load_preset(name)


def test_a_config_survives_the_way_through_plain_values() -> None:
    config = Config(name="x", steps=7)
    assert parse_tree(to_tree(config)) == config


def test_changes_are_typed_and_reported() -> None:
    config, changes = change(
        Config(), ["optimizer.weight_decay=1", "optimizer.betas=[0.9, 0.99]", "name=7", "steps=5"]
    )
    assert config.optimizer.weight_decay == 1.0
    assert config.optimizer.betas == (0.9, 0.99)
    assert config.name == "7"
    assert changes == {
        "optimizer.weight_decay": 1,
        "optimizer.betas": [0.9, 0.99],
        "name": "7",
        "steps": 5,
    }


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("optimiser.lr=1", "no setting named 'optimiser.lr'; did you mean optimizer.lr?"),
        ("optimizer=1", "no setting named 'optimizer'"),
        ("steps", "expected key=value, got 'steps'"),
        ("steps=0", "steps: expected a whole number >= 1"),
        ("steps=many", "steps: expected a whole number, got text"),
        ("optimizer.lr=inf", "optimizer.lr: expected a number <= 1"),
        ("optimizer.lr=nan", "optimizer.lr: expected a number > 0"),
        ("task.train_fraction=1", "task.train_fraction: expected a number < 1"),
        ("task.operation=div", "task.operation: expected one of add, divide, divide-or-subtract"),
        ("device=gpu", "device: expected one of auto, cpu, cuda, cuda:N, mps"),
        ("optimizer.betas=[0.9]", "optimizer.betas: expected a list of length 2, got 1"),
        ("complexity.measures=['lc']", "complexity.measures: expected one of"),
        (
            "model.kind=rnn",
            "model.kind: expected one of mlp, cnn, transformer, gaussian-process, quantum or ",
        ),
    ],
)
def test_a_bad_change_is_told_in_one_line(assignment: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        change(Config(), [assignment])
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_another_kind_brings_its_own_settings_and_keeps_those_of_both() -> None:
    config, changes = change(
        Config(), ["optimizer.momentum=0.5", "optimizer.kind=sgd", "task.kind=parity"]
    )
    assert config.optimizer == SGD(momentum=0.5, lr=1e-2, weight_decay=0.3)
    assert config.task == ParityTask()
    assert changes == {
        "optimizer.kind": "sgd",
        "task.kind": "parity",
        "optimizer.momentum": 0.5,
    }
    with pytest.raises(UsageError, match=r"no setting named 'optimizer\.betas'"):
        change(config, ["optimizer.betas=[0.9, 0.9]"])


def test_a_function_of_ones_own_has_options_of_any_name() -> None:
    config, _ = change(Config(), ["task.kind=mine:task", "task.anything=[1, 2]"])
    assert config.task == CustomTask(function="mine:task", options={"anything": [1, 2]})
    assert to_tree(config)["task"] == {"kind": "mine:task", "anything": [1, 2]}
    assert parse_tree(to_tree(config)) == config


@pytest.mark.parametrize("kind", [ImagesTask, TextTask])
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("a/b.npz", "/here/a/b.npz"),
        ("/a/b.npz", "/a/b.npz"),
        ("~/b.npz", "/home/me/b.npz"),
        ("~no_such_user/b", "/here/~no_such_user/b"),
    ],
)
def test_a_file_of_ones_own_is_named_from_the_root_on(
    kind: type[ImagesTask | TextTask], given: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    config = with_absolute_data(Config(task=kind(data=given, train_size=7)), Path("/here"))
    assert config.task == kind(data=found, train_size=7)


def test_what_is_no_file_stays_as_it_is() -> None:
    for config in (Config(), Config(task=ImagesTask()), Config(task=TextTask())):
        assert with_absolute_data(config, Path("/here")) == config


@pytest.mark.parametrize("path", ["\udcff.npz", "a\0b"])
def test_a_path_that_cannot_be_written_down_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match=r"task\.data: expected a path in UTF-8"):
        with_absolute_data(Config(task=ImagesTask(data=path)), Path("/here"))


def test_an_unknown_key_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[optimizer]\nlearning_rate = 1\n")
    with pytest.raises(UsageError, match=r"no setting in .*mine\.toml named 'optimizer\.learning"):
        load_preset(str(path))


def test_broken_toml_and_missing_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("steps = = 3")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_preset(str(path))
    with pytest.raises(UsageError, match="cannot read"):
        load_preset(str(tmp_path / "missing.toml"))
    with pytest.raises(UsageError, match="did you mean add-53-flash"):
        load_preset("add-53-flahs")


def test_every_section_is_part_of_the_keys() -> None:
    assert {"steps", "task.modulus", "model.width", "optimizer.lr", "log.max_gap"} <= keys(
        to_tree(Config())
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["task.kind=teacher-student"], "loss: a regression is trained with mse"),
        (["task.kind=teacher-student", "loss=mse", "task.label_noise=0.1"], "has no labels"),
        (["loss=hinge"], "loss: hinge is for two classes"),
        (["task.kind=parity", "model.kind=transformer"], "model.kind: a transformer needs symbols"),
        (["task.kind=parity", "model.kind=quantum"], "model.kind: a quantum circuit needs symbols"),
        (["model.kind=cnn"], "model.kind: a cnn needs images"),
        (["model.kind=gaussian-process"], "model.kind: a Gaussian process needs numbers"),
        (["task.kind=parity", "model.embedding=2"], "model.embedding: only symbols are embedded"),
        (["model.depth=0"], "model.depth: symbols need at least one hidden layer"),
        (["optimizer.kind=muon"], "optimizer.kind: muon needs hidden matrices"),
        (["optimizer.schedule=cosine"], "optimizer: a cosine schedule needs schedule_steps"),
    ],
)
def test_what_does_not_fit_together_is_told_in_one_line(changes: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as error:
        change(Config(), changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        ["task.kind=parity", "loss=hinge"],
        ["task.kind=parity", "model.kind=gaussian-process"],
        ["task.kind=parity", "model.depth=0"],
        ["optimizer.kind=muon", "model.depth=2"],
        ["task.kind=parity", "optimizer.kind=muon"],
        ["model.embedding=2", "model.depth=0"],
    ],
)
def test_what_fits_together_is_taken(changes: list[str]) -> None:
    change(Config(), changes)


def test_another_kind_keeps_what_it_can_have() -> None:
    config, _ = change(Config(), ["model.width=64", "model.kind=transformer"])
    assert (config.model.width, config.model.activation) == (64, "relu")


def test_an_installed_package_may_bring_a_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[grok_tui.tasks]\nclock = theirs.tasks:clock\n")
    monkeypatch.syspath_prepend(tmp_path)
    config, changes = change(Config(), ["task.kind=clock", "task.hours=12"])
    assert to_tree(config)["task"] == {"kind": "theirs.tasks:clock", "hours": 12}
    assert changes == {"task.kind": "theirs.tasks:clock", "task.hours": 12}
    assert parse_tree({"task": {"kind": "clock"}}).task.function == "theirs.tasks:clock"
    with pytest.raises(UsageError, match="expected one of"):
        parse_tree({"model": {"kind": "clock"}})


@pytest.mark.parametrize("written", ["100000", "1e5", "1.0e5", "100_000"])
def test_a_whole_number_may_have_an_exponent(written: str) -> None:
    config, changes = change(Config(), [f"steps={written}"])
    assert config.steps == changes["steps"] == 100_000
    assert isinstance(changes["steps"], int)


@pytest.mark.parametrize("written", ["1.5", "nan", "1e400", "1e300"])
def test_what_is_no_whole_number_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="steps: expected a whole number"):
        change(Config(), [f"steps={written}"])
