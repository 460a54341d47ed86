from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_support import HOW_MANY, assert_same, damaged, read_in_pieces

from grok_tui.errors import UsageError
from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.source import Batch
from grok_tui.logs.table import FORMAT, TableSource


def read(path: Path, run: str | None = None) -> Batch:
    return TableSource(path, complete=True, run=run).read(max_rows=10**6, max_seconds=60)


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


def found(folder: Path) -> list[tuple[str, str | None]]:
    files = frozenset(entry.name for entry in folder.iterdir() if entry.is_file())
    logs = FORMAT.find(Folder(folder, files, frozenset())).logs
    return [(log.path.name, log.run) for log in logs]


def test_all_numbers_are_given_under_their_own_names_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,step,acc (%),lr,note\n0,10,50.5,1e-3,x\n1,20,nan,,y\n1,30,inf,,z\n")
    batch = read(path)
    assert list(batch.columns) == ["epoch", "acc (%)", "lr"]
    assert points(batch, "epoch") == [(10.0, 0.0), (20.0, 1.0), (30.0, 1.0)]
    assert points(batch, "lr") == [(10.0, 1e-3)]
    values = [value for _, value in points(batch, "acc (%)")]
    assert values[0] == 50.5
    assert math.isnan(values[1])
    assert values[2] == math.inf
    assert batch.columns["lr"].rows.tolist() == [1]
    assert batch.columns["epoch"].rows.tolist() == [1, 2, 3]


def test_a_step_that_comes_late_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"epoch": 3, "loss": 2}\n')
    source = TableSource(path)
    assert points(source.read(10, 1), "loss") == [(3.0, 2.0)]
    with path.open("a") as file:
        file.write('{"epoch": 4, "step": 70, "loss": 1}\n')
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "loss") == [(70.0, 1.0)]
    assert points(batch, "epoch") == [(70.0, 4.0)]
    assert batch.bad_lines == 1


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("1700000000.5", 1700000000.5),
        ("1700000000500", 1700000000.5),
        ("2023-11-14T22:13:20.5+00:00", 1700000000.5),
    ],
)
def test_times_are_seconds_since_the_epoch(tmp_path: Path, cell: str, moment: float) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"step,loss,timestamp\n1,2,{cell}\n")
    batch = read(path)
    assert batch.columns["loss"].times.tolist() == [moment]
    assert "timestamp" not in batch.columns


def test_a_duration_is_no_time(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss,time\n1,2,0.25\n")
    batch = read(path)
    assert math.isnan(batch.columns["loss"].times[0])
    assert points(batch, "time") == [(1.0, 0.25)]


def test_tabs_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text('\ufeffstep\t"train acc"\tval acc\n1\t0.5\t0.25\n', encoding="utf-8")
    assert points(read(path), "val acc") == [(1.0, 0.25)]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("step;loss;x\n1;0,5;0,25\n", 0.5),
        ("step;loss;x\n1;1.024,5;0,25\n", 1024.5),
        ("step,loss,x\n1,50%,25.0%\n", 0.5),
        ('step,loss,x\n1,"1,024.5",1\n', 1024.5),
        ("step\tloss\tx\n1\t.5\t.25\n", 0.5),
        ("# step,loss,x\n1,0.5,2\n", 0.5),
        ("#made by hand\nstep,loss,x\n1,0.5,2\n", 0.5),
        (",step,loss\n0,1,0.5\n", 0.5),
        ("Unnamed: 0,step,loss\n0,1,0.5\n", 0.5),
    ],
)
def test_other_ways_to_write_a_table(tmp_path: Path, content: str, value: float) -> None:
    path = tmp_path / "log.csv"
    path.write_text(content)
    batch = read(path)
    assert points(batch, "loss") == [(1.0, value)]
    assert set(batch.columns) <= {"loss", "x"}


def test_a_table_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("1,0.5,0.25\n2,0.75,0.5\n")
    assert points(read(path), "column 3") == [(0.0, 0.25), (1.0, 0.5)]


def test_without_a_step_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("train_acc,test_acc\n0.1,0.1\n0.2,0.1\n")
    assert [step for step, _ in points(read(path), "train_acc")] == [0.0, 1.0]


def test_what_a_merge_left_behind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("acc\n0.1\n<<<<<<< HEAD\n0.2\n=======\n0.3\n>>>>>>> other\n")
    batch = read(path)
    assert points(batch, "acc") == [(0.0, 0.1), (1.0, 0.2), (2.0, 0.3)]
    assert batch.bad_lines == 3


def test_objects_in_json_lines_are_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [
        {"step": 1, "train": {"loss": 2, "by": {"x": 3}}, "eval": {"loss": 4}, "event": "log"},
        {"step": 2, "train": {"loss": None}, "_nf": {"train/loss": "NaN"}, "ok": True},
        {"step": 3, "train": {"loss": "Infinity"}, "list": [1, 2]},
        {"event": "end"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    batch = read(path)
    assert list(batch.columns) == ["train/loss", "train/by/x", "eval/loss"]
    values = batch.columns["train/loss"].values.tolist()
    assert values[0] == 2
    assert math.isnan(values[1])
    assert values[2] == math.inf
    assert batch.bad_lines == 0


def test_a_row_a_split(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "step,split,loss,acc\n0,train,3,0.1\n0,test,4,0.2\n9,train,1,0.5\n9,test,2,0.3\n"
    )
    batch = read(path)
    assert points(batch, "train_acc") == [(0.0, 0.1), (9.0, 0.5)]
    assert points(batch, "test_loss") == [(0.0, 4.0), (9.0, 2.0)]
    lines = tmp_path / "log.jsonl"
    lines.write_text('{"epoch":1,"phase":"Val","accuracy":0.5}')
    assert points(read(lines), "Val_accuracy") == [(1.0, 0.5)]


def test_a_row_a_value(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,split,metric,value\n0,train,loss,3\n0,val,loss,4\n5,train,loss,1\n")
    batch = read(path)
    assert points(batch, "train/loss") == [(0.0, 3.0), (5.0, 1.0)]
    assert points(batch, "val/loss") == [(0.0, 4.0)]
    lines = tmp_path / "log.jsonl"
    lines.write_text('{"tag": "loss", "step": 4, "value": 2.5, "wall_time": 1700000000}')
    assert points(read(lines), "loss") == [(4.0, 2.5)]


def test_a_growing_file_is_followed_and_a_rewritten_one_read_again(tmp_path: Path) -> None:
    """Lightning rewrites the whole file when a metric appears."""
    path = tmp_path / "log.csv"
    path.write_text("step,train_acc\n0,0.1\n")
    source = TableSource(path)
    assert points(source.read(10, 1), "train_acc") == [(0.0, 0.1)]
    with path.open("a") as file:
        file.write("1,0.2\n")
    assert points(source.read(10, 1), "train_acc") == [(1.0, 0.2)]
    path.write_text("step,train_acc,lr\n0,0.1,\n1,0.2,\n2,0.3,1\n")
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "train_acc") == [(0.0, 0.1), (1.0, 0.2), (2.0, 0.3)]
    assert points(batch, "lr") == [(2.0, 1.0)]


def test_an_unknown_ending_is_told() -> None:
    with pytest.raises(UsageError, match=r"unknown kind of log; readable are \.csv"):
        TableSource(Path("model.bin"))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\0\0", b'"', b"a,b\n" + b"," * 10_000])
def test_rubbish_gives_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    assert dict(read(path).columns) == {}


def test_runs_in_one_table_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("model,seed,step,acc\nmlp,1,0,0.1\nmlp,2,0,0.2\nmlp,1,5,0.3\nmlp,2,5,0.4\n")
    logs = FORMAT.logs_in(path)
    assert logs == (LogRef(path, "table", "mlp, 1"), LogRef(path, "table", "mlp, 2"))
    batch = FORMAT.open(logs[1], complete=True).read(10, 1)
    assert points(batch, "acc") == [(0.0, 0.2), (5.0, 0.4)]
    lines = tmp_path / "log.jsonl"
    lines.write_text('{"run_id": "a", "loss": 1}\n{"run_id": "b", "loss": 2}\n' * 2)
    assert found(tmp_path) == [
        ("log.csv", "mlp, 1"),
        ("log.csv", "mlp, 2"),
        ("log.jsonl", "a"),
        ("log.jsonl", "b"),
    ]
    assert points(read(lines, "b"), "loss") == [(0.0, 2.0), (1.0, 2.0)]


def test_runs_are_found_beyond_the_start_of_a_long_table(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [f"{seed},{step},0.123456789\n" for seed in range(4) for step in range(100_000)]
    path.write_text("seed,step,acc\n" + "".join(rows))
    assert [log.run for log in FORMAT.logs_in(path)] == ["0", "1", "2", "3"]


def test_a_table_of_results_is_no_table_of_runs(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("seed,acc\n1,0.1\n2,0.2\n3,0.3\n")
    assert FORMAT.logs_in(path) == (LogRef(path, "table"),)


def test_files_that_are_no_logs_are_left_alone(tmp_path: Path) -> None:
    contents = {
        "log.csv": b"step,loss\n1,2\n2,1\n",
        ".hidden.csv": b"step,loss\n1,2\n2,1\n",
        "one-row.csv": b"step,loss\n1,2\n",
        "steps.csv": b"step\n1\n2\n",
        "words.csv": b"name,city\na,b\nc,d\n",
        "empty.jsonl": b"",
        "utf16.csv": "step,loss\n1,2\n2,1\n".encode("utf-16"),
        "notes.md": b"step,loss\n1,2\n2,1\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "metrics.jsonl")
    files = frozenset({*contents, "metrics.jsonl", "gone.csv"})
    logs = FORMAT.find(Folder(tmp_path, files, frozenset()))
    assert [log.path.name for log in logs.logs] == ["log.csv"]
    assert logs.files == {"log.csv"}
    assert FORMAT.logs_in(tmp_path / "notes.md") == ()
    with pytest.raises(OSError, match="binary or UTF-16"):
        FORMAT.logs_in(tmp_path / "utf16.csv")
    with pytest.raises(OSError, match="not a regular file"):
        FORMAT.logs_in(tmp_path / "metrics.jsonl")


CELLS = "epoch,accuracy,val_accuracy\n0,0.5,NA\n1,0.75,0.5\n"
LINES = '{"epoch": 0, "train": {"acc": 0.5}}\n{"epoch": 1, "train": {"acc": 0.75}}\n'


@pytest.mark.parametrize("name", ["training.log", "log.txt", "train.out"])
@pytest.mark.parametrize(
    ("content", "metric"),
    [(CELLS, "accuracy"), (CELLS.replace(",", "\t"), "accuracy"), (LINES, "train/acc")],
)
def test_a_text_that_is_a_table_is_read_as_one(
    name: str, content: str, metric: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert found(tmp_path) == [(name, None)]
    (log,) = FORMAT.logs_in(path)
    assert points(FORMAT.open(log).read(10, 1), metric) == [(0.0, 0.5), (1.0, 0.75)]
    assert_same(read_in_pieces(FORMAT, log, 1), FORMAT.open(log).read(10, 1).columns)


def test_runs_in_a_text_that_is_a_table_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "all.log").write_text("run,step,loss\n" + "a,1,2\nb,1,3\n" * 2)
    assert found(tmp_path) == [("all.log", "a"), ("all.log", "b")]


@pytest.mark.parametrize(
    "content",
    [
        "2024-05-01 12:30:00,123 INFO train loss, as ever\n" * 9,
        "train loss, in words\nepoch 1, 0.5\nepoch 2, 0.25\n",
        "step 1: loss 0.5\nstep 2: loss 0.25\nstep 3: loss 0.125\n",
        "pid,cpu,memory\n1,2,3\n2,3,4\n",
        '{"level": 30, "time": 1700000000000, "msg": "train loss", "pid": 657}\n' * 9,
        CELLS + "Traceback (most recent call last):\n" * 3,
        "epoch,loss\n0,0.5\n",
    ],
)
def test_other_texts_are_no_tables(content: str, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(content)
    assert found(tmp_path) == []
    assert FORMAT.logs_in(tmp_path / "train.log") == ()


HISTORIES = {
    "csv": "epoch,step,loss,time\n0,1,0.5,1700000000\n0,2,nan,1700000001\n1,3,,1700000002\n",
    "jsonl": '{"epoch": 0, "loss": 0.5}\n{"epoch": 1, "step": 7, "loss": 1}\n\n'
    '{"epoch": 2, "step": 8, "x": {"y": NaN}}\nrubbish\n{"step": 9, "loss": 0.25}\n',
    "tsv": "a\tsplit\n1\ttrain\n50%\tval\n<<<<\n2\ttrain\n",
}


Points = dict[str, list[tuple[str, ...]]]


def with_batch(points: Points, batch: Batch) -> Points:
    """Return what is known after one more batch, as text so that not-a-number is equal."""
    known = {} if batch.rewound else {name: list(found) for name, found in points.items()}
    for name, column in batch.columns.items():
        parts = (column.rows, column.steps, column.times, column.values)
        known.setdefault(name, []).extend(zip(*(map(str, part) for part in parts), strict=True))
    return known


@pytest.mark.parametrize("suffix", HISTORIES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_splits_and_marks_change_nothing(suffix: str, data: st.DataObject, tmp_path: Path) -> None:
    content = HISTORIES[suffix]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=4)))
    path = tmp_path / f"log.{suffix}"
    path.write_text(content)
    expected = with_batch({}, TableSource(path).read(100, 60))
    path.write_text("")
    source, read = TableSource(path), Points()
    for begin, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        with path.open("a") as file:
            file.write(content[begin:end])
        read = with_batch(read, source.read(100, 60))
        mark, source = json.loads(json.dumps(source.mark())), TableSource(path)
        assert source.resume(mark)
    assert read == expected


def test_a_mark_of_another_file_or_of_rubbish_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2\n2,3\n")
    source = TableSource(path)
    source.read(10, 1)
    mark = source.mark()
    path.write_text("step,loss\n1,2\n2,4\n")
    wrong = [mark, {}, {"tail": 3}]
    path_again = tmp_path / "same.csv"
    path_again.write_text("step,loss\n1,2\n2,3\n")
    for key in mark:
        wrong.append({**mark, key: object()})
    for key in mark["tail"]:
        wrong.append({**mark, "tail": {**mark["tail"], key: -1}})
    for key in mark["decoder"]:
        wrong.append({**mark, "decoder": {**mark["decoder"], key: 5}})
    for each, where in [(wrong[0], path), *((each, path_again) for each in wrong[1:])]:
        other = TableSource(where)
        if not other.resume(each):
            assert len(other.read(10, 1).columns["loss"].values) == 2
        else:
            assert dict(other.read(10, 1).columns) == {}


@HOW_MANY
@pytest.mark.parametrize("suffix", HISTORIES)
def test_damage_gives_what_can_be_read(suffix: str, count: int, tmp_path: Path) -> None:
    path = tmp_path / f"log.{suffix}"
    for content in damaged((HISTORIES[suffix] * 3).encode(), count):
        path.write_bytes(content)
        for column in read(path).columns.values():
            assert np.isfinite(column.steps).all()
            sizes = {len(part) for part in (column.rows, column.steps, column.times, column.values)}
            assert len(sizes) == 1
