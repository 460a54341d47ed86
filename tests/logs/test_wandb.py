from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    damaged,
    field,
    folder_at,
    history,
    kill,
    needs,
    points,
    read_all,
    read_in_pieces,
    running,
    said,
    tell,
    wandb_file,
)

from grok_tui.logs.wandb import FORMAT, WandbSource

ROWS = 400
BLOCK = 1 << 15


def rows(count: int = ROWS) -> list[bytes]:
    return [
        history(
            step,
            [
                ("train/loss", repr(1 / (step + 1)) if step != 5 else "NaN"),
                ("nested.a.b", str(step)),
                ("note", '"' + "x" * (100 + step % 5 * 30) + '"'),
            ],
        )
        for step in range(count)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "wandb" / "offline-run-20260101_000000-abc"
    folder.mkdir(parents=True)
    return folder / "run-abc.wandb"


def test_a_run_is_found_in_its_folder_and_by_its_content(path: Path) -> None:
    run = field(17, field(1, b"abc") + field(8, "größer".encode()))
    path.write_bytes(wandb_file([b"\x08\x01" + run, *rows(2)]))
    for name in ("files", "logs", "else"):
        (path.parent / name).mkdir()
    found = FORMAT.find(folder_at(path.parent))
    assert [(log.path, log.title) for log in found.logs] == [(path, "größer")]
    assert (found.files, found.folders) == ({path.name}, {"files", "logs"})
    renamed = path.rename(path.with_name("renamed"))
    assert FORMAT.logs_in(renamed) == (FORMAT.logs_in(renamed)[0],)
    renamed.write_bytes(b"something else")
    assert FORMAT.logs_in(renamed) == ()


def test_values_of_all_kinds(path: Path) -> None:
    long = "l" * 300
    items = [
        *[("nan", "NaN"), ("inf", "Infinity"), ("minus", "-Infinity"), ("quoted", '"NaN"')],
        *[("huge", "1e999"), ("int", "-12"), ("yes", "true"), ("none", "null"), ("list", "[1]")],
        *[("text", '"12"'), ("dict", '{"a": 1, "b": {"c": 2.5}, "d": "x"}'), (long, "7")],
        *[("picture._type", '"image-file"'), ("picture.width", "9"), ("Ă\x01", "3")],
        *[("digits", "1" * 200), ("media", '{"_type": "table", "rows": 3}')],
    ]
    path.write_bytes(wandb_file([history(0, items), history(1, items)]))
    found = {
        name: column.values.tolist() for name, column in read_all(WandbSource(path)).columns.items()
    }
    assert math.isnan(found.pop("nan")[1])
    assert math.isnan(found.pop("quoted")[1])
    single = {"inf": math.inf, "minus": -math.inf, "huge": math.inf, "int": -12.0, long: 7.0}
    single |= {"dict.a": 1.0, "dict.b.c": 2.5, "Ă\x01": 3.0, "digits": float("1" * 200)}
    assert found == {name: [value, value] for name, value in single.items()}


def test_steps_times_and_rows(path: Path) -> None:
    path.write_bytes(wandb_file(rows(3)))
    column = read_all(WandbSource(path)).columns["nested.a.b"]
    assert column.rows.tolist() == [0, 1, 2]
    assert column.steps.tolist() == [0.0, 1.0, 2.0]
    assert column.times.tolist() == [1000.5, 1001.5, 1002.5]


def test_a_step_beside_the_items_counts_where_none_is_among_them(path: Path) -> None:
    item = field(1, field(1, b"loss") + field(16, b"1"))
    records = [field(2, item + field(2, b"")), field(2, item + field(2, b"\x08\x96\x01"))]
    path.write_bytes(wandb_file([*records, field(2, item)]))
    batch = read_all(WandbSource(path))
    assert points(batch, "loss") == [(0.0, 1.0), (150.0, 1.0)]
    assert batch.bad_lines == 1  # no step at all


def test_a_file_is_followed_block_by_block(path: Path) -> None:
    data = wandb_file(rows())
    source = WandbSource(path)
    assert dict(source.read(10**6, 1).columns) == {}
    steps: list[float] = []
    for end in (7, 100, BLOCK - 3, BLOCK, 2 * BLOCK, 2 * BLOCK + 9, len(data)):
        path.write_bytes(data[:end])
        batch = read_all(source)
        assert not batch.rewound
        if batch.columns:
            steps += batch.columns["nested.a.b"].steps.tolist()
    assert steps == list(map(float, range(ROWS)))


def test_zeros_that_a_network_file_system_shows_first_are_waited_for(path: Path) -> None:
    data = wandb_file(rows())
    path.write_bytes(data[:BLOCK] + bytes(BLOCK))
    source = WandbSource(path)
    first = read_all(source)
    path.write_bytes(data)
    second = read_all(source)
    assert (second.bad_lines, second.rewound) == (0, False)
    assert len(first.columns["nested.a.b"].steps) + len(second.columns["nested.a.b"].steps) == ROWS


def test_a_file_that_was_replaced_is_read_again_and_a_longer_copy_is_not(path: Path) -> None:
    data = wandb_file(rows())
    path.write_bytes(data[: 2 * BLOCK])
    source = WandbSource(path)
    first = read_all(source)
    copy = path.with_name("copy")
    copy.write_bytes(data)
    copy.replace(path)
    second = read_all(source)
    assert not second.rewound
    assert second.columns["nested.a.b"].steps[0] == first.columns["nested.a.b"].steps[-1] + 1
    copy.write_bytes(wandb_file(rows(3)))
    copy.replace(path)
    third = read_all(source)
    assert third.rewound
    assert len(third.columns["nested.a.b"].steps) == 3


def test_a_block_with_a_wrong_sum_is_skipped_and_told(path: Path) -> None:
    data = bytearray(wandb_file(rows()))
    data[BLOCK + 500] ^= 1
    path.write_bytes(data)
    batch = read_all(WandbSource(path))
    steps = batch.columns["nested.a.b"].steps
    assert batch.bad_lines == 1
    missing = sorted(set(range(ROWS)) - set(steps.tolist()))
    assert missing == list(range(missing[0], missing[-1] + 1))
    assert len(missing) < ROWS / 2


@pytest.mark.parametrize("max_rows", [1, 7, 100])
def test_any_split_gives_the_same(path: Path, max_rows: int) -> None:
    path.write_bytes(wandb_file(rows(100 if max_rows == 1 else ROWS)))
    (log,) = FORMAT.logs_in(path)
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


def test_marks_of_other_logs_and_nonsense_are_refused(path: Path) -> None:
    path.write_bytes(wandb_file(rows()))
    source = WandbSource(path)
    read_all(source)
    mark = source.mark()
    assert json.loads(json.dumps(mark)) == mark
    assert WandbSource(path).resume(mark)
    nonsense: list[object] = [None, "x", -1, 1 << 70, math.nan, {}, True]
    for key in mark:
        assert not any(WandbSource(path).resume({**mark, key: bad}) for bad in nonsense)
    path.write_bytes(wandb_file(rows()[1:]))
    fresh = WandbSource(path)
    assert not fresh.resume(mark)
    assert read_all(fresh).columns["nested.a.b"].steps[0] == 1


@HOW_MANY
def test_damage_costs_no_more_than_its_block(path: Path, count: int) -> None:
    data = wandb_file(rows())
    path.write_bytes(data)
    intact = {
        (name, step): value
        for name, column in read_all(WandbSource(path)).columns.items()
        for step, value in zip(column.steps.tolist(), column.values.tolist(), strict=True)
    }
    a_block = BLOCK / (len(data) / ROWS) + 10  # rows differ in length
    for content in damaged(data, count):
        path.write_bytes(content)
        batch = read_all(WandbSource(path, complete=True))
        read = 0
        for name, column in batch.columns.items():
            for step, value in zip(column.steps.tolist(), column.values.tolist(), strict=True):
                np.testing.assert_equal(value, intact[name, step])
            read = len(column.steps)
        assert read >= ROWS * len(content) / len(data) - a_block


def test_hostile_records_are_bounded(path: Path) -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    bomb = [
        field(2, b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  # an endless length
        field(2, b"\x0a" + b"\xff" * 30),
        field(2, b"\x0a\x03\x12"),
        field(2, b"\x0f"),
        b"\x12\xff\x7f",
        b"\x12",
        field(2, b"\x0a\x0a" * 20_000),
        history(1, [("deep", deep)]),
        history(2, [("digits", "9" * 5000)]),
        history(1 << 60, [("a", "1")]),
    ]
    many = [history(step, [(f"m{step}.{i}", "1") for i in range(600)]) for step in range(20)]
    path.write_bytes(wandb_file([*bomb, *many, history(99, [("m0.0", "2")])]))
    batch = read_all(WandbSource(path))
    assert batch.left_out == "all but 10000 metrics"
    assert len(batch.columns) <= 10_000
    assert points(batch, "m0.0")[-1] == (99.0, 2.0)
    assert batch.bad_lines >= 7


def test_names_in_values_are_bounded_too(path: Path) -> None:
    bombs = [
        history(step, [("d", json.dumps({f"{step}-{i}": 1 for i in range(600)}))])
        for step in range(20)
    ]
    path.write_bytes(wandb_file(bombs))
    batch = read_all(WandbSource(path))
    assert len(batch.columns) == 10_000
    assert batch.left_out == "all but 10000 metrics"


def test_a_record_that_is_too_long_is_left_out(path: Path) -> None:
    giant = history(0, [("note", '"' + "x" * (3 << 23) + '"')])
    path.write_bytes(wandb_file([*rows(3), giant, history(7, [("loss", "1")])]))
    batch = read_all(WandbSource(path))
    assert points(batch, "loss") == [(7.0, 1.0)]
    assert batch.bad_lines == 1


def test_a_fifo_and_a_file_of_holes_are_errors_to_be_told(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        WandbSource(path).read(1, 1)
    path.unlink()
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="mostly holes"):
        WandbSource(path).read(1, 1)


WRITER = """
import math, sys, wandb
folder, rows = sys.argv[1], int(sys.argv[2])
settings = wandb.Settings(silent=True, x_disable_stats=True, x_disable_meta=True)
run = wandb.init(mode="offline", project="p", name="My run", dir=folder, settings=settings)
def log(step):
    special = {3: math.nan, 4: math.inf, 5: -math.inf}
    run.log({
        "train/loss": special.get(step, 1 / (step + 1)), "test": {"loss": step / 3}, "note": "x",
        **{f"layer {i}": step + i / 7 for i in range(100)}}, step=2 * step)
for step in range(rows):
    log(step)
print("ready", flush=True)
if sys.stdin.readline() == "finish\\n":
    run.finish()
    sys.exit()
while True:
    step += 1
    log(step)
"""

READER = """
import json, struct, sys
from wandb.proto.wandb_internal_pb2 import Record
data, at, parts, rows = open(sys.argv[1], "rb").read(), 7, b"", []
while at < len(data):
    if (1 << 15) - at % (1 << 15) < 7:
        at += (1 << 15) - at % (1 << 15)
    _, size, kind = struct.unpack_from("<IHB", data, at)
    parts += data[at + 7 : at + 7 + size]
    at += 7 + size
    if kind in (1, 4):
        record, parts = Record.FromString(parts), b""
        if record.HasField("history"):
            rows.append({".".join(item.nested_key) or item.key: json.loads(item.value_json)
                         for item in record.history.item})
print(json.dumps(rows))
"""


def file_of(folder: Path, state: str) -> Path:
    """Return the one run's file, when the writer has logged."""
    assert state == "ready"
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    return path


@needs("wandb")
def test_what_wandb_writes_is_read_value_for_value(tmp_path: Path) -> None:
    with running(WRITER, tmp_path, 40) as writer:
        path = file_of(tmp_path, said(writer))
        tell(writer, "finish")
        assert writer.wait(120) == 0
    with running(READER, path) as reader:
        rows = json.loads(said(reader))
    assert len(rows) == 40
    batch = read_all(WandbSource(path))
    assert batch.bad_lines == 0
    names = {name for row in rows for name in row if name[0] != "_"}
    assert batch.columns.keys() == names - {"note"}
    for name, column in batch.columns.items():
        there = [row for row in rows if name in row]
        assert column.steps.tolist() == [row["_step"] for row in there]
        assert column.times.tolist() == [row["_timestamp"] for row in there]
        np.testing.assert_array_equal(column.values, [row[name] for row in there])
    assert batch.columns["train/loss"].values[:3].tolist() == [1.0, 1 / 2, 1 / 3]
    assert str(batch.columns["train/loss"].values[3:6]) == "[ nan  inf -inf]"
    assert FORMAT.logs_in(path)[0].title == "My run"
    assert FORMAT.find(folder_at(tmp_path / "wandb")).logs == ()  # the link is not followed


@needs("wandb")
def test_a_run_is_followed_while_wandb_writes_and_after_its_death(tmp_path: Path) -> None:
    with running(WRITER, tmp_path, 1) as writer:
        source = WandbSource(file_of(tmp_path, said(writer)))
        tell(writer, "go on")
        steps = list[float]()
        deadline = time.monotonic() + 60
        while len(steps) < 100:
            assert time.monotonic() < deadline
            batch = source.read(10**6, 1)
            assert (batch.rewound, batch.bad_lines) == (False, 0)
            if batch.columns:
                steps += batch.columns["test.loss"].steps.tolist()
            time.sleep(0.02)
        kill(writer)
        columns = read_all(source).columns  # W&B's own process may live on and write the rest
        steps += columns["test.loss"].steps.tolist() if columns else []
    assert steps == [2.0 * row for row in range(len(steps))]
