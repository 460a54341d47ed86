from __future__ import annotations

import math
import os
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from event_files import (
    TIME,
    append,
    event,
    field,
    framed,
    points,
    read,
    read_on,
    read_with_marks,
    scalar,
    start,
    values,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from logs_support import HOW_MANY, flipped, truncated

from grok_tui.logs import event_scalars, event_source
from grok_tui.logs.event_file import MAX_RECORD_BYTES
from grok_tui.logs.event_records import FEW
from grok_tui.logs.event_source import EventSource
from grok_tui.logs.event_tail import PATIENCE_S, READ_BYTES
from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.source import Column
from grok_tui.logs.tensorboard import FORMAT

FIRST, SECOND = "events.out.tfevents.1.host", "events.out.tfevents.2.host"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FIRST


def same(one: Column, other: Column) -> bool:
    """Return whether two columns hold the same, not-a-number included."""
    arrays = [(c.rows, c.steps, c.times, c.values) for c in (one, other)]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*arrays, strict=True))


# What a record holds


SCALARS = st.tuples(
    st.sampled_from(["loss", "train/acc", "x" * 130, "ü", ""]),
    st.one_of(st.integers(0, 300), st.integers(-(10**15), 10**15)),
    st.floats(width=32),
)


@settings(max_examples=60)
@given(st.lists(SCALARS, max_size=2 * FEW))
def test_many_records_and_few_are_read_alike(
    tmp_path_factory: pytest.TempPathFactory, scalars: list[tuple[str, int, float]]
) -> None:
    path = tmp_path_factory.mktemp("run") / FIRST
    write(path, [scalar(step, tag, value) for tag, step, value in scalars])
    for max_rows in (10**6, FEW - 1):  # above and below what NumPy is used for
        batch = read(path, max_rows)
        for tag in {tag for tag, _, _ in scalars}:
            rows = [n for n, (name, _, _) in enumerate(scalars) if name == tag]
            steps = np.array([float(scalars[row][1]) for row in rows])
            numbers = np.array([scalars[row][2] for row in rows])
            column = Column(np.array(rows), steps, TIME + steps, numbers)
            assert same(batch.columns[tag], column)
        assert batch.bad_lines == 0


def test_fields_that_nobody_asks_for_are_passed_over(path: Path) -> None:
    value = struct.pack("<f", 2.0)
    odd = field(1, b"a") + field(7, b"node") + b"\x15" + value
    write(path, [scalar(0, "a", 1.0)] * FEW + [framed(event(1, field(1, odd)))] * FEW)
    batch = read(path)
    assert points(batch, "a") == [(0.0, 1.0)] * FEW + [(1.0, 2.0)] * FEW


def test_values_of_one_record_share_its_row(path: Path) -> None:
    write(path, [framed(field(3, b"brain.Event:2")), values(5, {"a": 1.0, "b": 2.0})])
    batch = read(path)
    assert {name: column.rows.tolist() for name, column in batch.columns.items()} == {
        "a": [1],
        "b": [1],
    }
    assert batch.columns["b"].times.tolist() == [TIME + 5]


def test_a_step_that_is_none_is_counted_and_left_out(path: Path) -> None:
    write(path, [scalar(1, "a", 1.0)] * FEW + [scalar(2**60, "a", 2.0), scalar(2, "a", 3.0)])
    batch = read(path)
    assert points(batch, "a")[-2:] == [(1.0, 1.0), (2.0, 3.0)]
    assert batch.bad_lines == 1


def test_a_record_that_is_no_event_is_counted(path: Path) -> None:
    rubbish = [b"\xff" * 20, b"\x2a\x7f", b"\x09", b"\x2a\x03\x0a\x05\x0a", b"\x0b", b"\x10" * 11]
    write(path, [*(framed(each) for each in rubbish), scalar(1, "a", 1.0)])
    batch = read(path)
    assert points(batch, "a") == [(1.0, 1.0)]
    assert batch.bad_lines == len(rubbish)


def test_an_unknown_time_is_no_number(path: Path) -> None:
    write(path, [framed(field(5, field(1, field(1, b"a") + b"\x15" + struct.pack("<f", 2))))])
    column = read(path).columns["a"]
    assert (column.steps.tolist(), column.values.tolist()) == ([0.0], [2.0])
    assert math.isnan(column.times[0])


def test_metrics_beyond_a_number_are_left_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_scalars, "MAX_NAMES", 3)
    write(path, [scalar(step, f"m{step % 5}", step) for step in range(2 * FEW)])
    batch = read(path)
    assert sorted(batch.columns) == ["m0", "m1", "m2"]
    assert "metrics beyond" in (batch.left_out or "")


def test_a_record_that_is_too_long_is_skipped(path: Path) -> None:
    write(path, [scalar(1, "a", 1.0)])
    length = MAX_RECORD_BYTES + 1
    header = framed_header(length)
    append(path, header)
    source = EventSource(path)
    assert points(read_on(source), "a") == [(1.0, 1.0)]
    os.truncate(path, path.stat().st_size + length + 4)  # a hole: nothing of it is read
    append(path, scalar(2, "a", 2.0))
    batch = read_on(source)
    assert points(batch, "a") == [(2.0, 2.0)]
    assert batch.left_out == "1 records over 64 MiB"


def framed_header(length: int) -> bytes:
    from crc32c import crc32c

    raw = struct.pack("<Q", length)
    crc = crc32c(raw)
    return raw + struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def test_a_record_longer_than_one_read_is_read(path: Path) -> None:
    picture = field(1, field(1, b"image") + field(4, bytes(READ_BYTES)))
    both = picture + field(1, field(1, b"a") + b"\x15" + struct.pack("<f", 2))
    write(path, [scalar(1, "a", 1.0), framed(event(2, both)), scalar(3, "a", 3.0)])
    assert points(read(path), "a") == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


# Following a file


class Clock:
    """A time that passes when told; files are stamped with it."""

    def __init__(self) -> None:
        self.now = 1.8e9

    def __call__(self) -> float:
        return self.now

    def stamp(self, path: Path) -> None:
        os.utime(path, (self.now, self.now))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_records_are_read_as_they_are_completed(path: Path) -> None:
    source = EventSource(path.parent)
    assert read_on(source).columns == {}
    data = scalar(1, "a", 1.0) + scalar(2, "a", 2.0)
    for size in range(len(data)):
        append(path, data[size : size + 1])
        batch = read_on(source)
        is_whole = size + 1 in (len(data) // 2, len(data))
        assert bool(batch.columns) == is_whole
        assert not batch.rewound


def test_zeros_at_the_end_are_not_there_yet(path: Path, clock: Clock) -> None:
    data = scalar(1, "a", 1.0) + scalar(2, "a", 2.0) + scalar(3, "a", 3.0)
    source = EventSource(path, clock=clock)
    for zeros in range(1, 2 * len(data) // 3):
        path.write_bytes(data[:-zeros] + bytes(zeros))
        clock.stamp(path)
        fresh = EventSource(path, clock=clock)
        read_on(fresh)
        path.write_bytes(data)
        clock.now += 10
        assert points(read_on(fresh), "a")[-1] == (3.0, 3.0)
        assert read_on(fresh).bad_lines == 0
    assert points(read_on(source), "a") == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


def test_what_stays_wrong_is_given_up_after_a_minute(path: Path, clock: Clock) -> None:
    write(path, [scalar(1, "a", 1.0), bytes(5000), scalar(2, "a", 2.0)])
    clock.stamp(path)
    source = EventSource(path, clock=clock)
    assert points(read_on(source), "a") == [(1.0, 1.0)]
    for _ in range(int(PATIENCE_S) - 1):
        clock.now += 1
        append(path, scalar(3, "a", 3.0))  # the writer goes on
        clock.stamp(path)
        assert read_on(source).columns == {}
    clock.now += 10
    batch = read_on(source)
    assert points(batch, "a")[:2] == [(2.0, 2.0), (3.0, 3.0)]
    assert (batch.bad_lines, batch.left_out) == (1, "5000 damaged bytes")


def test_an_old_file_is_not_waited_for(path: Path, clock: Clock) -> None:
    write(path, [scalar(1, "a", 1.0), b"\xff" * 50, scalar(2, "a", 2.0)])
    clock.stamp(path)
    clock.now += PATIENCE_S
    batch = read_on(EventSource(path, clock=clock))
    assert points(batch, "a") == [(1.0, 1.0), (2.0, 2.0)]


def test_zeros_with_nothing_behind_them_are_looked_at_again(path: Path, clock: Clock) -> None:
    write(path, [scalar(1, "a", 1.0), bytes(100)])
    clock.stamp(path)
    clock.now += PATIENCE_S
    source = EventSource(path, clock=clock)
    assert read_on(source).bad_lines == 1
    write(path, [scalar(1, "a", 1.0), scalar(2, "a", 2.0), scalar(3, "a", 3.0), bytes(50)])
    clock.now += PATIENCE_S
    assert points(read_on(source), "a") == [(2.0, 2.0), (3.0, 3.0)]


def test_a_file_replaced_by_its_continuation_is_read_on(path: Path) -> None:
    write(path, [scalar(step, "a", step) for step in range(200)])
    source = EventSource(path.parent)
    read_on(source)
    other = path.with_name("other")
    shutil.copyfile(path, other)
    append(other, scalar(200, "a", 200))
    other.replace(path)
    batch = read_on(source)
    assert (points(batch, "a"), batch.rewound) == ([(200.0, 200.0)], False)


@pytest.mark.parametrize("others", [[7.0], [7.0, 8.0, 9.0]])
def test_another_file_in_its_place_is_read_from_the_start(path: Path, others: list[float]) -> None:
    write(path, [scalar(1, "a", 1.0), scalar(2, "a", 2.0)])
    source = EventSource(path.parent)
    read_on(source)
    other = write(path.with_name("other"), [scalar(1, "a", value) for value in others])
    other.replace(path)
    batch = read_on(source)
    assert batch.rewound
    assert points(batch, "a") == [(1.0, value) for value in others]


def test_a_file_that_was_removed_takes_its_values_along(path: Path) -> None:
    write(path, [scalar(1, "a", 1.0)])
    write(path.with_name(SECOND), [scalar(2, "b", 2.0)])
    source = EventSource(path.parent)
    read_on(source)
    path.unlink()
    batch = read_on(source)
    assert batch.rewound
    assert list(batch.columns) == ["b"]


def test_a_fifo_named_like_an_event_file_is_left_alone(path: Path) -> None:
    os.mkfifo(path.with_name(SECOND))
    write(path, [scalar(1, "a", 1.0)])
    assert points(read(path.parent), "a") == [(1.0, 1.0)]


# Several files and sessions


def test_files_are_read_in_the_order_of_their_names(path: Path) -> None:
    write(path.with_name(SECOND), [scalar(3, "a", 3.0), scalar(1, "b", 1.0)])
    write(path, [scalar(1, "a", 1.0), scalar(2, "a", 2.0)])
    batch = read(path.parent)
    assert points(batch, "a") == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]
    assert points(batch, "b") == [(1.0, 1.0)]


def test_a_newer_file_takes_back_tag_by_tag_what_older_ones_have_from_its_steps_on(
    path: Path,
) -> None:
    write(path, [values(step, {"a": 1.0, "b": 1.0}) for step in range(10)])
    write(path.with_name(SECOND), [scalar(step, "a", 2.0) for step in (7, 6, 8)])
    batch = read(path.parent)
    kept = [(float(step), 1.0) for step in range(6)]
    assert points(batch, "a") == [*kept, (7.0, 2.0), (6.0, 2.0), (8.0, 2.0)]
    assert len(points(batch, "b")) == 10


def test_a_restart_that_comes_while_watching_is_told_as_a_rewind(path: Path) -> None:
    source = EventSource(path.parent)
    write(path, [values(step, {"a": 1.0, "b": 1.0}) for step in range(10)])
    read_on(source)
    newer = write(path.with_name(SECOND), [scalar(5, "a", 2.0)])
    batch = read_on(source)
    assert batch.rewound
    assert [step for step, _ in points(batch, "a")] == [0, 1, 2, 3, 4, 5]
    append(newer, scalar(6, "a", 2.0), scalar(9, "b", 2.0))
    batch = read_on(source)
    assert [step for step, _ in points(batch, "a")] == [0, 1, 2, 3, 4, 5, 6]
    assert points(batch, "b")[-2:] == [(8.0, 1.0), (9.0, 2.0)]


def test_within_a_file_all_values_are_kept(path: Path) -> None:
    write(path, [scalar(step, "a", n) for n, step in enumerate((5, 6, 0, 1, 6))])
    assert [step for step, _ in points(read(path), "a")] == [5, 6, 0, 1, 6]


@pytest.mark.parametrize("extra", [0, 2 * FEW])
def test_a_session_that_starts_takes_back_all_tags(path: Path, extra: int) -> None:
    before = [values(step, {"a": 1.0, "b": 1.0}) for step in range(10)]
    after = [scalar(step, "a", 2.0) for step in range(4, 6 + extra)]
    write(path, [*before, start(4), *after])
    batch = read(path)
    assert [step for step, _ in points(batch, "a")] == list(range(6 + extra))
    assert [step for step, _ in points(batch, "b")] == [0, 1, 2, 3]


def test_a_session_takes_back_what_is_before_it_from_its_own_step_on_only(path: Path) -> None:
    write(path, [*(scalar(step, "a", 1.0) for step in range(10)), start(5), scalar(2, "a", 2.0)])
    assert points(read(path), "a") == [*((float(step), 1.0) for step in range(5)), (2.0, 2.0)]


def test_a_rewind_that_was_not_told_yet_is_told_later(path: Path) -> None:
    write(path, [scalar(step, "a", 1.0) for step in range(10)])
    source = EventSource(path.parent)
    read_on(source)
    newer = write(path.with_name(SECOND), [scalar(5, "a", 2.0)])
    assert source.read(100, 1).more  # it has learnt that values are void
    assert source.mark() == {}
    newer.unlink()
    batch = read_on(source)
    assert (len(points(batch, "a")), batch.rewound) == (10, True)


# Marks


def many_files(folder: Path) -> Iterator[bytes]:
    """Write a run with restarts of each kind, and yield its parts."""
    first = [values(step, {"a": step, "b": -step}) for step in range(0, 30)]
    second = [scalar(step, "a", 100 + step) for step in range(20, 40)]
    third = [start(35), *(values(step, {"a": step, "c": step}) for step in range(35, 50))]
    third += [start(40), scalar(40, "a", 7.0), framed(b"\xff"), b"\xff" * 30, scalar(41, "a", 8.0)]
    for number, records in enumerate((first, second, third)):
        write(folder / f"events.out.tfevents.{number}", records)
    return iter(first + second + third)


def test_reading_in_parts_with_marks_gives_the_same_as_reading_in_one_go(tmp_path: Path) -> None:
    count = len(list(many_files(tmp_path)))
    whole = read(tmp_path)
    assert [step for step, _ in points(whole, "a")][-3:] == [39, 40, 41]
    assert [step for step, _ in points(whole, "c")] == [35, 36, 37, 38, 39]
    assert whole.bad_lines == 2
    for max_rows in (*range(1, 9), *range(10, count, 7)):
        parts = read_with_marks(EventSource, tmp_path, max_rows)
        assert parts.columns.keys() == whole.columns.keys()
        assert all(same(parts.columns[name], whole.columns[name]) for name in whole.columns)
        assert (parts.bad_lines, parts.left_out) == (whole.bad_lines, whole.left_out)


def test_a_mark_of_a_finished_read_gives_only_what_is_new(path: Path) -> None:
    write(path, [scalar(step, "a", step) for step in range(100)])
    source = EventSource(path.parent)
    read_on(source)
    fresh = EventSource(path.parent)
    assert fresh.resume(source.mark())
    assert read_on(fresh).columns == {}
    append(path, scalar(100, "a", 100))
    batch = read_on(fresh)
    assert batch.columns["a"].rows.tolist() == [100]
    assert points(batch, "a") == [(100.0, 100.0)]


CHANGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "another": lambda path: write(path, [scalar(n, "a", -n) for n in range(200)]),
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_mark_of_another_log_is_refused(path: Path, change: str) -> None:
    write(path, [scalar(step, "a", step) for step in range(100)])
    source = EventSource(path.parent)
    read_on(source)
    mark = source.mark()
    CHANGES[change](path)
    fresh = EventSource(path.parent)
    assert not fresh.resume(mark)
    assert read_on(fresh).columns.keys() == EventSource(path.parent).read(9**9, 9).columns.keys()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=60)
@given(st.data())
def test_a_mark_that_makes_no_sense_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("run") / FIRST
    write(path, [scalar(step, "a", step) for step in range(3)])
    source = EventSource(path.parent)
    read_on(source)
    mark = source.mark()
    node = mark
    while True:  # change the mark somewhere
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or not node[key] or data.draw(st.booleans()):
            node[key] = data.draw(PLAIN)
            break
        node = node[key]
    fresh = EventSource(path.parent)
    if fresh.resume(mark):
        append(path, scalar(3, "a", 3))
        fresh.read(100, 1)
    else:
        assert len(points(read_on(fresh), "a")) == 3


# Damage


@pytest.fixture
def records() -> list[bytes]:
    tags = ["train/loss", "test/loss", "train/acc"]
    return [scalar(n, tags[n % 3], n) for n in range(1, 3 * FEW)]


def all_values(folder: Path) -> list[float]:
    columns = read(folder).columns.values()
    return sorted(value for column in columns for value in column.values.tolist())


@HOW_MANY
def test_a_truncated_file_gives_what_is_whole(path: Path, records: list[bytes], count: int) -> None:
    data = b"".join(records)
    ends = np.cumsum([len(record) for record in records])
    for content in truncated(data, count):
        path.write_bytes(content)
        assert all_values(path) == list(range(1, int((ends <= len(content)).sum()) + 1))


@HOW_MANY
def test_a_flipped_bit_costs_one_record(path: Path, records: list[bytes], count: int) -> None:
    data = b"".join(records)
    ends = np.cumsum([len(record) for record in records])
    for content in flipped(data, count):
        path.write_bytes(content)
        place = next(at for at, byte in enumerate(content) if byte != data[at])
        lost = int(np.searchsorted(ends, place, "right")) + 1
        assert all_values(path) == [n for n in range(1, len(records) + 1) if n != lost]
        assert read(path).bad_lines == 1


@HOW_MANY
def test_a_long_file_with_damages_is_read_to_its_end(path: Path, count: int) -> None:
    steps = 30_000  # more than one read: the checksums of what NumPy reads are not compared
    data = b"".join(scalar(n, f"m{n % 4}", n) for n in range(1, steps))
    assert len(data) > READ_BYTES
    chooser = random.Random(0)
    for _ in range(count // 50):
        damaged = bytearray(data)
        for place in chooser.sample(range(len(data)), 50):
            damaged[place] ^= 1 << chooser.randrange(8)
        path.write_bytes(damaged)
        found = all_values(path)
        assert steps - 55 <= len(found) < steps
        assert len(set(range(1, steps)) - set(found)) <= 50


def test_what_is_not_plain_is_checked_in_the_midst_of_a_file_too(path: Path) -> None:
    records = [values(step, {"a": step, "b": step}) for step in range(25_000)]
    damaged = bytearray(b"".join(records))
    assert len(damaged) > READ_BYTES
    damaged[len(records[0]) - 6] ^= 1  # in a value of the first record
    path.write_bytes(damaged)
    batch = read(path)
    assert [step for step, _ in points(batch, "b")] == list(range(1, 25_000))
    assert batch.bad_lines == 1


# The format


def test_the_event_files_of_a_folder_are_one_run(tmp_path: Path) -> None:
    files = frozenset({FIRST, SECOND, "metrics.csv"})
    found = FORMAT.find(Folder(tmp_path, files, frozenset({"loss_train"})))
    assert found.logs == (LogRef(tmp_path, "tensorboard"),)
    assert found.files == {FIRST, SECOND}
    assert found.folders == frozenset()
    assert FORMAT.find(Folder(tmp_path, frozenset({"metrics.csv"}), frozenset())).logs == ()


def test_one_event_file_is_a_run_whatever_its_name(tmp_path: Path) -> None:
    for name in (FIRST, "renamed"):
        path = write(tmp_path / name, [scalar(1, "a", 1.0)])
        (log,) = FORMAT.logs_in(path)
        assert points(FORMAT.open(log, complete=True).read(10, 1), "a") == [(1.0, 1.0)]
    (tmp_path / "log.csv").write_text("step,loss\n1,2\n")
    assert FORMAT.logs_in(tmp_path / "log.csv") == ()


def test_files_beyond_a_number_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_source, "MAX_FILES", 2)
    for number in range(3):
        write(tmp_path / f"tfevents.{number}", [scalar(number, "a", number)])
    batch = read(tmp_path)
    assert (len(points(batch, "a")), batch.left_out) == (2, "files beyond 2")
