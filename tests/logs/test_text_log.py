from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from logs_support import HOW_MANY, damaged

from grok_tui import paths
from grok_tui.errors import UsageError
from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.line_patterns import LinePatterns, compiled, configured
from grok_tui.logs.source import Batch
from grok_tui.logs.text_log import FORMAT, TextLogs


def read(path: Path, text: str, *patterns: str) -> Batch:
    path.write_text(text)
    log = TextLogs(patterns=patterns).open(LogRef(path, "text"), complete=True)
    return log.read(max_rows=10**6, max_seconds=60)


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.log"


@pytest.mark.parametrize(
    ("line", "step", "metrics"),
    [
        ("iter 100: loss 2.3, time 12.5ms, mfu 3.5%", 100, {"loss": 2.3, "mfu": 0.035}),
        ("step 2000: train loss 1.76, val loss 1.88", 2000, {"train loss": 1.76, "val loss": 1.88}),
        ("Epoch 3/10 - loss: 0.3 - val_loss: 0.5", 3, {"loss": 0.3, "val_loss": 0.5}),
        ("[epoch 3] train_loss=0.3 test_acc=91.2%", 3, {"train_loss": 0.3, "test_acc": 0.912}),
        ("Epoch: [4][10/500] Time 0.3 (0.5) Loss 6.9 (7.0)", 4, {"Loss": 6.9}),
        (
            "2024-05-01 12:30:00,123 INFO Step: 7 | train/loss: 1e-3 | lr: 3E-4",
            7,
            {"train/loss": 1e-3, "lr": 3e-4},
        ),
        ("{'loss': 0.5, 'grad_norm': nan, 'step': 12}", 12, {"loss": 0.5}),
        ("\x1b[32mstep\x1b[0m 5 loss \x1b[1m0.25\x1b[0m", 5, {"loss": 0.25}),
        (" 10%|# | loss=9 step=1\r 20%|## | loss=0.5 step=2", 2, {"loss": 0.5}),
    ],
)
def test_lines_that_people_print(
    path: Path, line: str, step: float, metrics: dict[str, float]
) -> None:
    batch = read(path, line + "\n")
    found = {name: points(batch, name) for name in batch.columns if name != "grad_norm"}
    assert found == {name: [(step, pytest.approx(value))] for name, value in metrics.items()}


@pytest.mark.parametrize(
    "line",
    [
        "loss 2.3 before any step",
        "step 3 of this guide takes 12 minutes",
        "Training on 8 gpus with version 1.2.3",
        "step 4 " + "loss " * 1000 + "1.0",
    ],
)
def test_prose_is_no_metric(path: Path, line: str) -> None:
    assert dict(read(path, line + "\n").columns) == {}


def test_a_line_without_a_step_belongs_to_the_last_one(path: Path) -> None:
    """As Keras prints: the epoch alone, then its numbers."""
    batch = read(
        path,
        "Epoch 1/2\n469/469 [====] - 3s 2ms/step - loss: 0.5 - val_loss: 0.75\n"
        "Epoch 2/2\n469/469 [====] - 3s 2ms/step - loss: 0.25 - val_loss: 0.5\n",
    )
    assert points(batch, "loss") == [(1.0, 0.5), (2.0, 0.25)]
    assert points(batch, "val_loss") == [(1.0, 0.75), (2.0, 0.5)]


def test_steps_within_epochs_are_counted_over_all(path: Path) -> None:
    lines = [
        f"Epoch [{epoch}/3], Step [{step}/600], Loss: 0.5\n"
        for epoch in (1, 2)
        for step in (300, 600)
    ]
    assert [step for step, _ in points(read(path, "".join(lines)), "Loss")] == [300, 600, 900, 1200]


def test_a_step_beside_the_epoch_is_the_step(path: Path) -> None:
    batch = read(path, "epoch 1 step 50: loss 2\nepoch 1 step 100: loss 1\nepoch 1: val loss 3\n")
    assert points(batch, "loss") == [(50.0, 2.0), (100.0, 1.0)]
    assert points(batch, "val loss") == [(100.0, 3.0)]


def test_patterns_of_the_user(path: Path) -> None:
    text = "@7 a=0.5 b=50%\nnothing here\n@8 a=0.25\n"
    patterns = (r"@(?P<step>\d+) a=(?P<train_loss>\S+)(?: b=(?P<val_acc>\S+))?",)
    batch = read(path, text, *patterns)
    assert points(batch, "train_loss") == [(7.0, 0.5), (8.0, 0.25)]
    assert points(batch, "val_acc") == [(7.0, 0.5)]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?P<a", "is no regular expression"),
        ("a+", "names no group"),
        ("a" * 1001, "has 1001 characters"),
    ],
)
def test_a_pattern_that_is_none_is_told(path: Path, pattern: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read(path, "", pattern)


def test_only_files_with_several_such_lines_are_logs(tmp_path: Path) -> None:
    line = "step 1: loss 0.5\n"
    contents = {
        "train.log": line * 3,
        "slurm-1.out": "hello\n" * 20 + line * 5,
        "once.txt": line,
        "requirements.txt": "torch==2.1\nnumpy>=1.26\n" * 5,
        ".hidden.log": line * 3,
        "train.md": line * 3,
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    found = FORMAT.find(Folder(tmp_path, frozenset({*contents, "gone.log"}), frozenset()))
    assert [log.path.name for log in found.logs] == ["slurm-1.out", "train.log"]
    assert FORMAT.logs_in(tmp_path / "once.txt") == (LogRef(tmp_path / "once.txt", "text"),)
    assert FORMAT.logs_in(tmp_path / "train.md") == ()


def test_a_reading_goes_on_from_a_mark(path: Path) -> None:
    path.write_text("Epoch 1/2\n")
    first = FORMAT.open(LogRef(path, "text"))
    first.read(10, 1)
    with path.open("a") as file:
        file.write("loss: 0.5\n")
    second = FORMAT.open(LogRef(path, "text"))
    assert second.resume(first.mark())
    assert points(second.read(10, 1), "loss") == [(1.0, 0.5)]


@HOW_MANY
def test_damage_gives_what_can_be_read(path: Path, count: int) -> None:
    text = b"Epoch 1/2\nstep 5: loss 0.5, lr=1e-3 | val acc: 50%\n\x1b[1m[step 6/9] x=3\n" * 3
    for content in damaged(text, count):
        path.write_bytes(content)
        batch = FORMAT.open(LogRef(path, "text"), complete=True).read(10**6, 60)
        for column in batch.columns.values():
            assert np.isfinite(column.steps).all()


def test_patterns_of_the_settings_are_used_and_a_wrong_one_is_told(path: Path) -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text("text_patterns = ['(x', '<(?P<step>[0-9]+)> (?P<train_acc>[0-9.]+)']")
    path.write_text("".join(f"<{i}> 0.{i}\n" for i in range(5)))
    assert FORMAT.find(Folder(path.parent, frozenset({path.name}), frozenset())).logs
    batch = FORMAT.open(LogRef(path, "text"), complete=True).read(100, 60.0)
    assert points(batch, "train_acc") == [(i, i / 10) for i in range(5)]
    (problem,) = configured()[1]
    assert "text_patterns: '(x' is no regular expression" in problem


@pytest.mark.parametrize(
    "pattern",
    [r"(?P<loss>a+)+b", r"(?:(?P<loss>x)|y)*z", r"(?:(?P<loss>\d)\s*){2,}!", r"((?P<a>.*)b)*"],
)
def test_what_takes_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="takes for ever"):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern", [r"(?P<loss>[0-9.]+(?:e-\d+)?)", r"[(+*](?P<a>\d+)\)+", r"(?P<a>\d+) (?:x|y) .*"]
)
def test_usual_patterns_are_taken(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


def test_a_pattern_that_was_slow_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0])
    monkeypatch.setattr(time, "thread_time", lambda: next(clock))  # two readings: one search
    patterns = LinePatterns([r"(?P<a>\d)"])
    assert patterns.groups("1") == {"a": "1"}
    assert patterns.groups("1") == {}
