from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from logs_support import HOW_MANY, assert_same, damaged, folder_at, points, read_all, read_in_pieces

from grok_tui.logs.dvclive import FORMAT
from grok_tui.logs.formats import LogRef

RECORDED = Path(__file__).with_name("recorded")


@pytest.fixture
def log(tmp_path: Path) -> LogRef:
    """A run that DVCLive itself recorded."""
    folder = Path(shutil.copytree(RECORDED / "dvclive", tmp_path / "dvclive"))
    (log,) = FORMAT.find(folder_at(folder)).logs
    return log


def test_what_dvclive_wrote_is_read_value_for_value(log: LogRef) -> None:
    wanted = json.loads((RECORDED / "dvclive.json").read_text())
    batch = read_all(FORMAT.open(log))
    numbers = {"plots/metrics/" + name + ".tsv" for name in batch.columns}
    assert wanted.keys() - numbers == {"plots/metrics/phase.tsv"}
    for name, column in batch.columns.items():
        rows = wanted[f"plots/metrics/{name}.tsv"]
        leaf = name.rsplit("/", 1)[-1]
        np.testing.assert_array_equal(column.values, [float(row[leaf]) for row in rows])
        assert column.steps.tolist() == [float(row["step"]) for row in rows]
        times = [float(row.get("timestamp", math.nan)) / 1000 for row in rows]
        np.testing.assert_array_equal(column.times, times)
    assert batch.bad_lines == 0


def test_a_folder_is_told_by_its_plots(log: LogRef, tmp_path: Path) -> None:
    found = FORMAT.find(folder_at(log.path))
    assert (found.files, found.folders) == ({"metrics.json"}, {"plots"})
    shutil.rmtree(log.path / "plots" / "metrics")
    assert FORMAT.find(folder_at(log.path)).logs == ()
    assert FORMAT.find(folder_at(tmp_path)).logs == ()


def test_values_of_one_step_are_one_row(log: LogRef) -> None:
    columns = read_all(FORMAT.open(log)).columns
    train, rate = columns["train/loss"], columns["lr.0"]
    assert rate.rows.tolist() == train.rows[np.isin(train.steps, rate.steps)].tolist()


def test_a_run_that_grows_is_followed_and_one_that_starts_again_is_void(log: LogRef) -> None:
    source = FORMAT.open(log)
    read_all(source)
    file = log.path / "plots" / "metrics" / "train" / "loss.tsv"
    with file.open("a") as more:
        more.write("12\t0.5\r\n13\t0.2")
    (file.parent / "new.tsv").write_text("step\tnew\n12\t7\n")
    batch = read_all(source)
    assert {name: points(batch, name) for name in batch.columns} == {
        "train/loss": [(12.0, 0.5)],
        "train/new": [(12.0, 7.0)],
    }
    shutil.rmtree(log.path / "plots")
    assert read_all(source).rewound
    file.parent.mkdir(parents=True)
    file.write_text("step\tloss\n0\t9\n")
    assert points(read_all(source), "train/loss") == [(0.0, 9.0)]


@pytest.mark.parametrize("max_rows", [1, 7])
def test_any_split_gives_the_same(log: LogRef, max_rows: int) -> None:
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


@HOW_MANY
def test_damage_costs_no_more_than_its_lines(log: LogRef, count: int) -> None:
    file = log.path / "plots" / "metrics" / "train" / "loss.tsv"
    intact = read_all(FORMAT.open(log)).columns
    for content in damaged(file.read_bytes(), count):
        file.write_bytes(content)
        batch = read_all(FORMAT.open(log, complete=True))
        other = batch.columns["test/deep/loss"].values
        np.testing.assert_array_equal(other, intact["test/deep/loss"].values)
        whole = len(content.split(b"\n")) - 2  # without the heading and the rest
        read = len(batch.columns["train/loss"].values) if "train/loss" in batch.columns else 0
        assert read >= whole - 2
