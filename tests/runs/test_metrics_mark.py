"""A run's metrics read by one process after the other, and from damaged files."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from logs_support import HOW_MANY, assert_same, damaged, read_all

from grok_tui.logs.source import Batch, Column, join
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import RunSource
from grok_tui.runs.writer import MetricsWriter


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    """A run with two sessions, of which the later one went back, and with a writer of measures."""
    paths = RunPaths(tmp_path / "run-1")
    paths.root.mkdir()
    first = MetricsWriter(paths)
    for step in range(60):
        first.write(step, {"train/loss": 1 / (1 + step), "test/loss": math.nan if step == 7 else 2})
    first.close()
    second = MetricsWriter(paths, session=2, resume_step=40)
    for step in range(41, 80):
        second.write(step, {"train/loss": 0.5 / step, **({"late": 1.0} if step > 70 else {})})
    second.close()
    return paths


def in_turns(paths: RunPaths, max_rows: int) -> dict[str, Column]:
    """Read with a new source for each piece, as other processes would."""
    batches, more, mark = list[Batch](), True, None
    while more:
        source = RunSource(paths)
        assert mark is None or source.resume(mark)
        batches.append(source.read(max_rows, 60))
        mark, more = source.mark(), batches[-1].more
    return join(batches)


@pytest.mark.parametrize("max_rows", [1, 50, 1000])
def test_another_process_goes_on_where_one_stood(paths: RunPaths, max_rows: int) -> None:
    assert_same(in_turns(paths, max_rows), read_all(RunSource(paths)).columns)


def test_who_goes_on_reads_what_is_new_only(paths: RunPaths) -> None:
    source = RunSource(paths)
    before = read_all(source)
    with paths.metrics("trainer", 2).open("ab") as file:
        file.write(b'{"step": 80, "train/loss": 0.1}\nno row\n')
    again = RunSource(paths)
    assert again.resume(source.mark())
    batch = read_all(again)
    assert batch.columns["train/loss"].steps.tolist() == [80]
    assert batch.columns["train/loss"].rows[0] == before.columns["train/loss"].rows[-1] + 1
    assert batch.bad_lines == before.bad_lines + 1


def test_a_run_that_went_back_or_is_another_one_is_read_anew(paths: RunPaths) -> None:
    source = RunSource(paths)
    read_all(source)
    mark = source.mark()
    third = MetricsWriter(paths, session=3, resume_step=50)
    third.close()
    again = RunSource(paths)
    assert not again.resume(mark), "rows beyond step 50 do not count any more"
    assert read_all(again).columns["train/loss"].steps.tolist()[-1] == 50
    paths.metrics("trainer", 3).unlink()
    file = paths.metrics("trainer", 1)
    for change in (lambda: os.truncate(file, 100), file.unlink):
        change()
        assert not RunSource(paths).resume(mark)
    assert not RunSource(paths).resume({"row": -1})


@HOW_MANY
def test_damaged_metrics_give_what_can_be_read(paths: RunPaths, count: int) -> None:
    file = paths.metrics("trainer", 1)
    whole = read_all(RunSource(paths)).columns["train/loss"].steps.tolist()
    for data in damaged(file.read_bytes(), count):
        file.write_bytes(data)
        batch = read_all(RunSource(paths))
        for column in batch.columns.values():
            sizes = {len(part) for part in (column.rows, column.steps, column.times, column.values)}
            assert len(sizes) == 1
        kept = batch.columns["train/loss"].steps.tolist()
        assert kept[-39:] == whole[-39:], "the other session is as it was"
        assert_same(in_turns(paths, 50), batch.columns)
