from __future__ import annotations

import json
import math
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    damaged,
    folder_at,
    kill,
    points,
    read_all,
    read_in_pieces,
    running,
    said,
)

from grok_tui.logs.dvclive import FORMAT
from grok_tui.logs.formats import LogRef
from grok_tui.logs.source import Batch, join

RECORDED = Path(__file__).with_name("recorded")


@pytest.fixture
def log(tmp_path: Path) -> LogRef:
    """A run that DVCLive itself recorded."""
    folder = Path(shutil.copytree(RECORDED / "dvclive", tmp_path / "dvclive"))
    (log,) = FORMAT.find(folder_at(folder)).logs
    return log


def test_what_dvclive_wrote_is_read_value_for_value(log: LogRef) -> None:
    assert_as_dvclive_reads(read_all(FORMAT.open(log)), recorded_rows())


def recorded_rows() -> dict[str, list[dict[str, str]]]:
    """Return what DVCLive's own reader found, by the name of a metric."""
    files = json.loads((RECORDED / "dvclive.json").read_text())
    return {
        name.removeprefix("plots/metrics/").removesuffix(".tsv"): rows
        for name, rows in files.items()
    }


def assert_as_dvclive_reads(batch: Batch, wanted: dict[str, list[dict[str, str]]]) -> None:
    assert wanted.keys() - batch.columns.keys() == {"phase"}
    for name, column in batch.columns.items():
        rows = wanted[name]
        leaf = name.rsplit("/", 1)[-1]
        np.testing.assert_array_equal(column.values, [float(row[leaf]) for row in rows])
        assert column.steps.tolist() == [float(row["step"]) for row in rows]
        times = [float(row.get("timestamp", math.nan)) / 1000 for row in rows]
        np.testing.assert_array_equal(column.times, times)
    assert batch.bad_lines == 0


WRITER = """
import sys, time
from pathlib import Path
recorded, folder = map(Path, sys.argv[1:])
def by_step(file):
    heading, *lines = file.read_text().splitlines(keepends=True)
    at = heading.split("\\t").index("step")
    found = {int(line.split("\\t")[at]): line for line in lines}
    return {**found, 0: heading + found[0]}
def append(name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as file:
        file.write(text)
    time.sleep(0.01)
files = {file.relative_to(recorded): by_step(file) for file in sorted(recorded.rglob("*.tsv"))}
for step in range(12):
    for name, lines in files.items():
        if step in lines:
            whole = lines[step]
            is_last = (step, name.parent.name) == (11, "train")
            append(name, whole[: len(whole) // 2] if is_last else whole)
print("half a line", flush=True)
time.sleep(600)
"""


def test_a_run_is_followed_while_it_is_written_and_after_its_writers_death(tmp_path: Path) -> None:
    """The writer appends what DVCLive recorded as DVCLive does: a line a step and metric."""
    with running(WRITER, RECORDED / "dvclive", tmp_path / "live") as writer:
        source = FORMAT.open(LogRef(tmp_path / "live", "dvclive"))
        batches, reached = list[Batch](), 0.0
        deadline = time.monotonic() + 60
        while reached < 11:
            assert time.monotonic() < deadline
            batch = source.read(10**6, 1)
            assert (batch.rewound, batch.bad_lines) == (False, 0)
            if batch.columns:
                batches.append(batch)
                reached = max(column.steps.max() for column in batch.columns.values())
        assert said(writer) == "half a line"
        kill(writer)
    assert len(batches) > 1, "it was read while it was written"
    batches.append(read_all(source))
    wanted = recorded_rows()
    del wanted["train/loss"][-1]  # which is half a line, and reads as another number
    assert_as_dvclive_reads(Batch(join(batches)), wanted)


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
