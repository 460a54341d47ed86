from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support import SAMPLES, write_run

from grok_tui.errors import UsageError
from grok_tui.exporting.export import FORMS, export
from grok_tui.exporting.table import Table
from grok_tui.logs.source import Column
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import read_columns
from grok_tui.runs.writer import MetricsWriter
from grok_tui.watch.judgement import judge

SAMPLE = RunPaths(SAMPLES / "add-53-flash-1")
HOLES = "a,b"
"""A name that a careless CSV would tear in two."""


def column(steps: list[float], values: list[float], time: float = 5.0) -> Column:
    size = len(steps)
    rows, times = np.arange(size), np.full(size, time)
    return Column(rows, np.array(steps, dtype=float), times, np.array(values, dtype=float))


@pytest.fixture
def columns() -> dict[str, Column]:
    return {
        "train/loss": column([0, 1, 2, 3], [math.nan, math.inf, -math.inf, 0.1]),
        HOLES: column([1, 3], [1e-300, 1e300]),
    }


def test_csv_is_wide_with_empty_cells(columns: dict[str, Column], tmp_path: Path) -> None:
    file = export(columns, "csv", tmp_path / "x.csv")
    assert list(csv.reader(file.read_text().splitlines())) == [
        ["step", "time", "train/loss", HOLES],
        ["0", "5.0", "nan", ""],
        ["1", "5.0", "inf", "1e-300"],
        ["2", "5.0", "-inf", ""],
        ["3", "5.0", "0.1", "1e+300"],
    ]


def test_jsonl_is_what_our_own_trainer_writes(columns: dict[str, Column], tmp_path: Path) -> None:
    file = export(columns, "jsonl", tmp_path / "x.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert rows[0] == {"step": 0, "time": 5.0, "train/loss": None, "_nf": {"train/loss": "NaN"}}
    assert rows[3] == {"step": 3, "time": 5.0, "train/loss": 0.1, HOLES: 1e300}
    file.rename(file.with_name("metrics-trainer-1.jsonl"))
    again = read_columns(RunPaths(tmp_path))
    for name, before in columns.items():
        np.testing.assert_array_equal(again[name].values, before.values)
        np.testing.assert_array_equal(again[name].steps, before.steps)


def test_parquet_tells_what_is_missing_from_what_is_no_number(
    columns: dict[str, Column], tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(export(columns, "parquet", tmp_path / "x.parquet"))
    assert str(table.schema.field("step").type) == "int64"
    assert table.column("step").to_pylist() == [0, 1, 2, 3]
    assert table.column(HOLES).to_pylist() == [None, 1e-300, None, 1e300]
    first, *others = table.column("train/loss").to_pylist()
    assert math.isnan(first)
    assert others == [math.inf, -math.inf, 0.1]


def test_tensorboard_reads_its_own_reader_s_values(
    columns: dict[str, Column], tmp_path: Path
) -> None:
    accumulators = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    export(columns, "tensorboard", tmp_path / "logs")
    reader = accumulators.EventAccumulator(str(tmp_path / "logs"), size_guidance={"scalars": 0})
    reader.Reload()
    assert set(reader.Tags()["scalars"]) == set(columns)
    for name, before in columns.items():
        events = reader.Scalars(name)
        assert [event.step for event in events] == before.steps.tolist()
        assert {event.wall_time for event in events} == {5.0}
        with np.errstate(over="ignore"):
            expected = before.values.astype(np.float32)
        np.testing.assert_array_equal([event.value for event in events], expected)


def test_tensorboard_has_no_steps_between_whole_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole steps"):
        export({"a": column([0.5], [1.0])}, "tensorboard", tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_verdict_of_an_export_is_that_of_the_run(form: str, tmp_path: Path) -> None:
    file = export(read_columns(SAMPLE), form, tmp_path / f"x.{form}")
    found, before = judge(file).verdict, judge(SAMPLE.root).verdict
    assert found.outcome == before.outcome == "grokked"
    assert found.grok is not None
    assert before.grok is not None
    assert found.grok.step == before.grok.step  # its interval also needs the size of the test set


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_blocks_of_any_size_give_the_same_table(columns: dict[str, Column], size: int) -> None:
    table = Table({**columns, "late": column([7], [1.0])})
    cells = [
        (name, float(block.steps[place]), repr(value))
        for block in table.blocks(size)
        for name, found in block.cells.items()
        for place, value in zip(found.places.tolist(), found.values.tolist(), strict=True)
    ]
    given = [
        (name, step, repr(value))
        for name, column in table.columns.items()
        for step, value in zip(column.steps.tolist(), column.values.tolist(), strict=True)
    ]
    assert sorted(cells) == sorted(given)
    assert [step for block in table.blocks(size) for step in block.steps] == [0, 1, 2, 3, 7]


def test_what_was_measured_later_stands_at_its_step_and_the_later_value_counts() -> None:
    table = Table({"a": column([0, 10, 5, 10], [1, 2, 3, 4])})
    assert table.columns["a"].steps.tolist() == [0, 5, 10]
    assert table.columns["a"].values.tolist() == [1, 3, 4]


def test_superseded_rows_are_left_out(tmp_path: Path) -> None:
    paths = write_run(tmp_path, [(step, {"a": 1.0}) for step in range(5)])
    again = MetricsWriter(paths, session=2, resume_step=2)
    again.write(3, {"a": 2.0})
    again.close()
    file = export(read_columns(paths), "csv", tmp_path / "x.csv")
    assert [row[2] for row in csv.reader(file.read_text().splitlines())] == [
        "a",
        "1.0",
        "1.0",
        "1.0",
        "2.0",
    ]


@pytest.mark.parametrize("form", list(FORMS))
def test_nothing_is_replaced_unasked_and_nothing_half_written(
    form: str, columns: dict[str, Column], tmp_path: Path
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    file = export(columns, form, tmp_path / "out")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="--force replaces it"):
        export({"b": column([0], [1.0])}, form, tmp_path / "out")
    assert file.read_bytes() == before
    export({"b": column([0], [2.0])}, form, tmp_path / "out", force=True)
    assert file.read_bytes() != before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_that_somebody_makes_meanwhile_is_not_replaced(
    columns: dict[str, Column], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grok_tui.exporting.export.os.path.lexists", lambda _: False)
    (tmp_path / "x.csv").write_text("theirs")
    with pytest.raises(UsageError, match="is there already"):
        export(columns, "csv", tmp_path / "x.csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


def test_a_name_that_would_steer_the_terminal_is_made_visible(tmp_path: Path) -> None:
    file = export({"\x1b]2;x\x07loss": column([0], [1.0])}, "csv", tmp_path / "x.csv")
    assert b"\x1b" not in file.read_bytes()


def test_where_nothing_can_be_written_is_one_line(columns: dict[str, Column]) -> None:
    with pytest.raises(UsageError, match=r"cannot write /proc/x\.csv: "):
        export(columns, "csv", Path("/proc/x.csv"))
    with pytest.raises(UsageError, match="no metrics"):
        export({}, "csv", Path("x.csv"))


def test_the_command_prints_text_or_names_the_file() -> None:
    command = [sys.executable, "-m", "grok_tui", "export", str(SAMPLE.root), "--to"]
    said = subprocess.run([*command, "csv"], capture_output=True, text=True, check=True)
    assert said.stdout == "add-53-flash-1.csv\n"
    printed = subprocess.run([*command, "csv", "--output", "-"], capture_output=True, check=True)
    assert printed.stdout == Path("add-53-flash-1.csv").read_bytes()
    wrong = subprocess.run([*command, "parquet", "--output", "-"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
