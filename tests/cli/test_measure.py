from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import assert_one_line, call
from support import grokking_rows, write_run


def test_forecasts_say_what_is_missing_and_are_scored(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows()[:90], name="young")
    said = call("forecasts", "young")
    assert said.returncode == 0
    assert said.stdout.startswith(
        "young-1: no forecast: 8 more finished runs of this family needed that grokked; memorised "
    )
    shown = json.loads(call("forecasts", "young", "--json").stdout)
    assert shown["forecast"] is None
    assert shown["reason"].startswith("8 more finished runs")
    assert call("forecasts").stderr == "no live runs; name one that has ended, or use --score\n"
    assert call("forecasts", "--score").stdout.startswith("no forecast can be scored yet; 0 of ")
    assert_one_line(call("forecasts", "nobody"), 2, "no run in ")


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["--measure", "mld"], ["did you mean mdl?"]),
        (["--every", "0"], ["--every"]),
        ([], ["run-1 has no checkpoints to measure", "checkpoint.keep_every=N"]),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    tmp_path: Path, options: list[str], texts: list[str]
) -> None:
    write_run(tmp_path, grokking_rows())
    result = call("measure", "run-1", "--runs", str(tmp_path), *options)
    assert_one_line(result, 2, *texts)


def test_measured_values_are_in_the_run_directory_and_the_chart(tmp_path: Path) -> None:
    changes = ["steps=20", "task.modulus=11", "model.width=16", "checkpoint.every=10"]
    call("train", "add-53-flash", *changes, "--foreground", "--runs", str(tmp_path))
    arguments = ["measure", "add-53-flash-1", "--runs", str(tmp_path)]
    result = call(*arguments, "--measure", "robustness,alpha")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "add-53-flash-1: 2 checkpoints, robustness; 2 of 2 values are new\n"
    assert "alpha is left out: no matrix has 50 eigenvalues\n" in result.stderr
    assert "×robust 0." in call("show", "add-53-flash-1", "--runs", str(tmp_path)).stdout
