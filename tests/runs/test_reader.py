from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_tui.logs.source import Batch
from grok_tui.logs.tail import READ_BYTES
from grok_tui.runs import reader
from grok_tui.runs.dense_rows import DenseRows
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import RunSource
from grok_tui.runs.writer import MetricsWriter


def read_all(source: RunSource) -> Batch:
    return source.read(max_rows=10**6, max_seconds=60)


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path)


def test_rows_come_once_each_as_they_are_written(paths: RunPaths) -> None:
    writer, source = MetricsWriter(paths), RunSource(paths)
    writer.write(0, {"train/loss": 4.0})
    assert points(read_all(source), "train/loss") == [(0.0, 4.0)]
    assert read_all(source).columns == {}
    writer.write(1, {"train/loss": 3.0, "test/loss": 5.0})
    batch = read_all(source)
    assert points(batch, "train/loss") == [(1.0, 3.0)]
    assert points(batch, "test/loss") == [(1.0, 5.0)]
    assert not batch.rewound
    writer.close()


def test_a_torn_last_line_waits_for_its_end(paths: RunPaths) -> None:
    writer, source = MetricsWriter(paths), RunSource(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    path = paths.metrics("trainer", 1)
    with path.open("ab") as file:
        file.write(b'{"step":1,"a":2')
        file.flush()
        assert points(read_all(source), "a") == [(0.0, 1.0)]
        file.write(b"}\n")
    assert points(read_all(source), "a") == [(1.0, 2.0)]


def test_a_metric_that_appears_late_is_kept(paths: RunPaths) -> None:
    writer, source = MetricsWriter(paths), RunSource(paths)
    for step in range(2000):
        writer.write(step, {"a": 1.0})
    writer.write(2000, {"a": 1.0, "late": 7.0})
    writer.close()
    assert points(read_all(source), "late") == [(2000.0, 7.0)]


def test_non_finite_values_come_back(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    writer.write(0, {"a": math.nan, "b": -math.inf})
    writer.close()
    batch = read_all(RunSource(paths))
    assert math.isnan(batch.columns["a"].values[0])
    assert batch.columns["b"].values[0] == -math.inf


def test_a_later_session_supersedes_what_it_repeats(paths: RunPaths) -> None:
    first, source = MetricsWriter(paths), RunSource(paths)
    for step in range(10):
        first.write(step, {"a": 1.0})
    first.close()
    assert len(read_all(source).columns["a"].steps) == 10
    second = MetricsWriter(paths, session=2, resume_step=4)
    second.write(5, {"a": 2.0})
    batch = read_all(source)
    assert batch.rewound
    assert points(batch, "a") == [(float(s), 1.0) for s in range(5)] + [(5.0, 2.0)]
    second.write(6, {"a": 2.0})
    second.close()
    assert points(read_all(source), "a") == [(6.0, 2.0)]


def test_a_session_whose_header_is_missing_supersedes_nothing(paths: RunPaths) -> None:
    MetricsWriter(paths).write(500, {"train/loss": 0.5})
    paths.metrics("trainer", 2).write_text('{"step": 501, "train/loss": 0.4}\n')
    assert points(read_all(RunSource(paths)), "train/loss") == [(500, 0.5), (501, 0.4)]


def test_long_sessions_are_read_one_after_the_other_in_bounded_pieces(paths: RunPaths) -> None:
    """The first file is longer than one read of a file, so that pieces of both could mix."""
    padding = {f"metric-{number}": 1 / 3 for number in range(40)}
    for session, steps in ((1, range(2000)), (2, range(1500, 2500))):
        writer = MetricsWriter(paths, session=session, resume_step=steps[0] - 1)
        for step in steps:
            writer.write(step, {"a": session, **padding})
        writer.close()
    assert paths.metrics("trainer", 1).stat().st_size > 1.5 * READ_BYTES
    source, got, more = RunSource(paths), [], True
    while more:
        batch = source.read(max_rows=100, max_seconds=60)
        got += points(batch, "a") if "a" in batch.columns else []
        more = batch.more
        assert not batch.rewound
    assert got == [(float(s), 1.0) for s in range(1500)] + [
        (float(s), 2.0) for s in range(1500, 2500)
    ]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_each_read_gets_on_however_little_time_it_has(paths: RunPaths, seconds: float) -> None:
    writer = MetricsWriter(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    assert points(RunSource(paths).read(1, seconds), "a") == [(0.0, 1.0)]


def test_numbers_that_are_none_are_left_out(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    with paths.metrics("trainer", 1).open("ab") as file:
        file.write(b'{"step":1e300,"a":2}\n{"step":2,"a":1' + b"0" * 400 + b"}\n")
        file.write(b'{"step":3,"a":null,"_nf":{"a":7}}\n{"step":4,"a":null,"_nf":[]}\n')
        file.write(b'{"step":5,"a":5}\n')
    batch = read_all(RunSource(paths))
    assert points(batch, "a")[0] == (0.0, 1.0)
    assert points(batch, "a")[-1] == (5.0, 5.0)
    assert (batch.columns["a"].steps <= 5).all()


def test_a_session_without_a_header_yet_is_left_alone(paths: RunPaths) -> None:
    writer, source = MetricsWriter(paths), RunSource(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    paths.metrics("trainer", 2).touch()
    assert points(read_all(source), "a") == [(0.0, 1.0)]


def test_bad_lines_are_counted_and_skipped(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    bad = [b"{", b"[]", b'{"a":1}', b'{"step":"x"}', b"[" * 200_000, b"\xff\xfe", b"\0" * 50]
    with paths.metrics("trainer", 1).open("ab") as file:
        file.write(b"\n".join(bad) + b"\n")
        file.write(b'{"step":1,"a":2,"nested":{"x":1},"flag":true,"_reserved":3}\n')
    batch = read_all(RunSource(paths))
    assert points(batch, "a") == [(0.0, 1.0), (1.0, 2.0)]
    assert set(batch.columns) == {"a"}
    assert batch.bad_lines == len(bad)


def test_a_fifo_in_place_of_the_metrics_does_not_hang(paths: RunPaths) -> None:
    os.mkfifo(paths.metrics("trainer", 1))
    batch = read_all(RunSource(paths))
    assert batch.columns == {}
    assert batch.left_out == "metrics-trainer-1.jsonl is not a regular file"


def test_what_cannot_be_read_hides_no_other_and_is_told(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    writer.write(1, {"train/loss": 0.5})
    holes = paths.metrics("holes", 1)
    holes.write_text('{"_": "open"}\n')
    os.truncate(holes, 4 << 40)
    batch = read_all(RunSource(paths))
    assert batch.columns["train/loss"].values.tolist() == [0.5]
    assert batch.left_out == "metrics-holes-1.jsonl is mostly holes (4194304 MiB)"
    paths.metrics("link", 1).symlink_to(paths.metrics("trainer", 1))
    batch = read_all(RunSource(paths))
    assert batch.columns["train/loss"].values.tolist() == [0.5]
    assert batch.left_out == "metrics-link-1.jsonl is a link, 1 more file"


def test_more_metrics_than_anybody_looks_at_are_left_out_and_told(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    for start in range(0, 12_000, 1000):
        writer.write(start, {f"tag-{number}": 1.0 for number in range(start, start + 1000)})
    batch = read_all(RunSource(paths))
    assert len(batch.columns) == 10_000
    assert batch.left_out == "metrics beyond the first 10000"


def test_a_line_of_many_megabytes_is_skipped(paths: RunPaths) -> None:
    writer = MetricsWriter(paths)
    writer.write(0, {"a": 1.0})
    writer.close()
    with paths.metrics("trainer", 1).open("ab") as file:
        file.write(b'{"step":1,"a":"' + b"x" * (5 << 20) + b'"}\n{"step":2,"a":3}\n')
    batch = read_all(RunSource(paths))
    assert points(batch, "a") == [(0.0, 1.0), (2.0, 3.0)]
    assert batch.bad_lines == 1


UNUSUAL = (
    b"",
    b"[]",
    b"{",
    b'{"a":1}',
    b'{"step":true,"a":1}',
    b'{"step":1e300,"a":2}',
    b'{"step":7,"a":1' + b"0" * 400 + b"}",
    b'{"step":8,"a":null,"_nf":{"a":"NaN"}}',
    b'{"step":9,"a":NaN}',
    b'{"step":9,"a":"text","late":1}',
    b'{"step":10}',
    b'{"step":11,"time":null,"a":-0.0}',
    b'{"step":12,"a":1,"a":2}',
    b'{"step":900,"a":3}',
)


@pytest.mark.parametrize("line", UNUSUAL)
def test_rows_read_at_once_are_those_read_one_by_one(
    line: bytes, paths: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unusual line comes among others, in a session that a later one supersedes in part."""
    monkeypatch.setattr(reader, "_PIECE", 8)
    for session, steps in ((1, range(40)), (2, range(30, 60))):
        writer = MetricsWriter(paths, session=session, resume_step=steps[0] - 1)
        for step in steps:
            writer.write(step, {"a": step / 3} if step % 3 else {"a": 1.0, "b c": -step})
        writer.close()
        with paths.metrics("trainer", session).open("ab") as file:
            file.write(line + b"\n" + b"".join(b'{"step":%d,"a":5}\n' % s for s in steps))
    counts = []
    decode = DenseRows.decode

    def counted(self: DenseRows, lines: Sequence[bytes], names: Sequence[str]) -> object:
        rows = decode(self, lines, names)
        counts.append(0 if rows is None else rows.shape[1])
        return rows

    monkeypatch.setattr(DenseRows, "decode", counted)
    at_once = read_all(RunSource(paths))
    assert sum(counts) > 80
    monkeypatch.setattr(DenseRows, "decode", lambda *_: None)
    one_by_one = read_all(RunSource(paths))
    assert at_once.bad_lines == one_by_one.bad_lines
    assert at_once.columns.keys() == one_by_one.columns.keys()
    for name, column in one_by_one.columns.items():
        for field in ("rows", "steps", "times", "values"):
            read, expected = getattr(at_once.columns[name], field), getattr(column, field)
            assert np.array_equal(read, expected, equal_nan=True), (name, field)


@given(sizes=st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_reading_in_any_pieces_gives_the_same_rows(
    sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("run")
    paths, whole = RunPaths(root), RunPaths(tmp_path_factory.mktemp("whole"))
    writer = MetricsWriter(whole)
    for step in range(20):
        writer.write(step, {"a": step / 3} if step % 3 else {"a": 1.0, "b": 2.0})
    writer.close()
    content = whole.metrics("trainer", 1).read_bytes()
    source, got = RunSource(paths), []
    offset = 0
    for size in [*sizes, len(content)]:
        with paths.metrics("trainer", 1).open("ab") as file:
            file.write(content[offset : offset + size])
        offset += size
        columns = read_all(source).columns
        got.append(columns["a"].values if "a" in columns else np.empty(0))
    expected = read_all(RunSource(whole)).columns["a"].values
    assert np.array_equal(np.concatenate(got), expected)
