from __future__ import annotations

from pathlib import Path

import pytest
from cli_support import assert_one_line, call_here
from support import write_run

from grok_tui.runs.record import State


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["demoo"], ["did you mean demo?"]),
        (["trian", "x"], ["did you mean train?"]),
        (["train", "add-53-flsh"], ["did you mean add-53-flash?"]),
        (["train", "add-53-flash", "steps=0"], ["steps: expected a whole number >= 1"]),
        (["train", "add-53-flash", "optimizer.ls=1"], ["did you mean optimizer.lr?"]),
        (["train", "add-53-flash", "--device", "gpu"], ["expected one of auto, cpu"]),
        (["train", "add-53-flash", "--device", "cuda:99"], ["device cuda:99 is not there"]),
        (["train", "add-53-flash", "task.train_fraction=0"], ["task.train_fraction: expected"]),
        (["train", "add-53-flash", "task.train_fraction=1"], ["task.train_fraction: expected"]),
        (
            ["train", "add-53-flash", "task.operation=divide", "task.modulus=54"],
            ["task: to divide, the modulus must be prime, and 54 is not"],
        ),
        (["train", "add-53-flash", "model.width=0"], ["model.width: expected a whole number"]),
        (
            ["train", "add-53-flash", "optimizer.kind=lion"],
            ["optimizer.kind: expected one of adamw, adam, sgd, muon, got 'lion'"],
        ),
        (
            ["train", "add-53-flash", "task.kind=no_such_module:task"],
            ["task.kind: there is no module no_such_module"],
        ),
        (["train", "add-53-flash", "task.kind=mine:"], ["task.kind: expected module:function"]),
        (["train", "parity-40-3", "task.modulus=5"], ["no setting named 'task.modulus'"]),
        (
            ["train", "add53-transformer", "model.heads=3"],
            ["model: width 128 is not divisible by 3 heads"],
        ),
        (["train", "add-53-flash", "--seed", "x"], ["'x' is not a valid integer"]),
        (["train"], ["Missing argument 'PRESET'"]),
        (["show", "nothing"], ["no run in runs named 'nothing'"]),
        (["pause", "nothing"], ["no run in"]),
        (["wait", "nothing"], ["no run in"]),
        (["wait", "nothing", "--timeout", "nan"], ["nan is no number of seconds"]),
        (["wait", "x", "--until", "tomorrow"], ["'tomorrow' is not one of"]),
        (["detect", "missing.csv"], ["missing.csv does not exist"]),
        (["detect"], ["Missing argument"]),
        (["presets", "nothing"], ["no preset named 'nothing'"]),
        (["--frobnicate"], ["No such option"]),
        (["export", "x"], ["Missing option '--to'. Choose from: csv, jsonl, parquet, tensor"]),
        (["report", "nothing"], ["there is no sweep.json in nothing or runs/nothing\n"]),
        (["report", "/nothing"], ["there is no sweep.json in /nothing\n"]),
        (["show"], ["Missing argument 'RUN'"]),
        (["--fps", "nan"], ["--fps: nan is no number above zero"]),
        (["--max-kbps", "0"], ["--max-kbps: 0.0 is no number above zero"]),
        (["train", "add-53-flash", "--name", "\udcff"], ["name: expected text in UTF-8"]),
        (["train", "add-53-flash", "steps=\udcff"], ["expected text in UTF-8, got \ufffd"]),
        (["launch", "--", "echo", "\udcff"], ["expected text in UTF-8, got \ufffd"]),
        (["launch", "--logs", "\udcff", "--", "true"], ["expected text in UTF-8, got"]),
        (["train", "mnist-omnigrok"], ["mnist.npz: No such file", "expected digits, an .npz file"]),
        (["train", "mnist-omnigrok", "task.data=\udcff"], ["task.data: expected a path in UTF-8"]),
        (
            ["train", "digits-omnigrok", "task.train_size=1797"],
            ["task.train_size: 1797 is too many; there are 1797 different examples"],
        ),
        (["train", "text-tweets", "task.data=x.csv"], ["x.csv: No such file", ".jsonl file"]),
        (["train", "add-53-flash", "task.kind=mine:x", "task.a.b=1"], ["no setting named"]),
    ],
)
def test_wrong_usage_is_one_line_with_status_2_and_changes_nothing(
    arguments: list[str], texts: list[str], tmp_path: Path
) -> None:
    assert_one_line(call_here(*arguments), 2, *texts)
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_cannot_be_sent_is_told_by_its_name(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs", [], state=State.FINISHED)
    run.new_commands.rmdir()
    run.new_commands.write_text("no folder")
    refused = call_here("extend", str(run.root), "--steps", "9000")
    assert_one_line(refused, 1, f"grok-tui: cannot extend {run.root.name}: ")
