from __future__ import annotations

import json
import math
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    complaints,
    folder_at,
    points,
    read_all,
    read_in_pieces,
)

from grok_tui.errors import UsageError
from grok_tui.logs import parquet
from grok_tui.logs.formats import LogRef
from grok_tui.logs.parquet import FORMAT

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = 1000


def write(path: Path, rows: int = ROWS, **columns: object) -> LogRef:
    table = {
        "_step": [3 * row for row in range(rows)],
        "train/loss": [1 / (row + 1) for row in range(rows)],
        "test/loss": [None if row % 10 else row / 7 for row in range(rows)],
        **columns,
    }
    pq.write_table(pa.table(table), path, row_group_size=300)
    (log,) = FORMAT.logs_in(path)
    return log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.parquet"


def test_what_pyarrow_writes_is_read_value_for_value(path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    log = write(
        path,
        rows=5,
        timestamp=[start + timedelta(seconds=row) for row in range(5)],
        text=["x"] * 5,
        flags=[True] * 5,
        lists=[[1.0]] * 5,
        special=[math.nan, math.inf, -math.inf, None, 1.0],
        half=pa.array(np.arange(5, dtype=np.float16)),
        whole=pa.array(range(5), pa.uint64()),
    )
    columns = read_all(FORMAT.open(log)).columns
    table = pq.read_table(path).to_pydict()
    assert columns.keys() == {"train/loss", "test/loss", "special", "half", "whole"}
    for name, column in columns.items():
        there = [row for row, value in enumerate(table[name]) if value is not None]
        assert column.rows.tolist() == there
        assert column.steps.tolist() == [3.0 * row for row in there]
        assert column.times.tolist() == [start.timestamp() + row for row in there]
        np.testing.assert_array_equal(column.values, [float(table[name][row]) for row in there])


def test_without_a_step_rows_are_counted_and_rows_without_one_are_bad(path: Path) -> None:
    pq.write_table(pa.table({"loss": [3.0, 2.0]}), path)
    assert points(read_all(FORMAT.open(LogRef(path, "parquet"))), "loss") == [
        (0.0, 3.0),
        (1.0, 2.0),
    ]
    pq.write_table(pa.table({"step": [1.0, None, math.inf], "loss": [3.0, 2.0, 1.0]}), path)
    batch = read_all(FORMAT.open(LogRef(path, "parquet")))
    assert (points(batch, "loss"), batch.bad_lines) == ([(1.0, 3.0)], 2)


def test_a_table_that_was_written_again_is_read_again(path: Path) -> None:
    source = FORMAT.open(write(path))
    assert len(points(read_all(source), "train/loss")) == ROWS
    assert not source.read(10, 1).columns
    time.sleep(0.01)  # a file system's clock ticks
    write(path, rows=3)
    batch = read_all(source)
    assert batch.rewound
    assert len(points(batch, "train/loss")) == 3
    path.unlink()
    assert source.read(10, 1).rewound


def test_half_of_a_table_is_waited_for(path: Path) -> None:
    data = write(path).path.read_bytes()
    path.write_bytes(data[:-50])
    source = FORMAT.open(LogRef(path, "parquet"))
    for _ in range(2):
        with pytest.raises(OSError, match="no whole Parquet file"):
            source.read(10, 1)
    path.write_bytes(data)
    assert len(points(read_all(source), "train/loss")) == ROWS


@pytest.mark.parametrize("max_rows", [1, 301])
def test_any_split_gives_the_same(path: Path, max_rows: int) -> None:
    log = write(path)
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


def test_marks_of_other_tables_and_nonsense_are_refused(path: Path) -> None:
    log = write(path)
    source = FORMAT.open(log)
    source.read(1, 1)
    mark = json.loads(json.dumps(source.mark()))
    assert FORMAT.open(log).resume(mark)
    for key in mark:
        for bad in ("x", -1, 1 << 70, [], math.nan):
            assert not FORMAT.open(log).resume({**mark, key: bad})
    write(path, rows=2000)
    assert not FORMAT.open(log).resume(mark)


@HOW_MANY
def test_damage_is_an_error_of_the_file_or_costs_values(path: Path, count: int) -> None:
    """Pages have no sums unless the writer asks for them: a flipped bit may be another value."""
    assert 0 < len(complaints(FORMAT, write(path), count)) < 2 * count


def test_a_table_is_told_by_its_name_or_content(path: Path) -> None:
    log = write(path)
    assert FORMAT.find(folder_at(path.parent)).logs == (log,)
    renamed = path.rename(path.with_name("table"))
    assert FORMAT.logs_in(renamed) == (LogRef(renamed, "parquet"),)
    renamed.write_text("text")
    assert FORMAT.logs_in(renamed) == ()


def test_without_pyarrow_what_to_install_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'grok-tui\[parquet\]'"):
        FORMAT.open(LogRef(path, "parquet"))
