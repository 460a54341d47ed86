from __future__ import annotations

import math
from pathlib import Path

import pytest

from grok_tui.errors import UsageError
from grok_tui.logs.source import Batch
from grok_tui.logs.table import TableSource


def read(path: Path) -> Batch:
    return TableSource(path, complete=True).read(max_rows=10**6, max_seconds=60)


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


def test_keras_csv(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1,0.4,2\n1,0.9,0.5,0.5,3\n")
    batch = read(path)
    assert points(batch, "train/accuracy") == [(0.0, 0.5), (1.0, 0.9)]
    assert points(batch, "test/loss") == [(0.0, 2.0), (1.0, 3.0)]


def test_lightning_csv_has_holes(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(
        "epoch,step,train_loss,val_loss\r\n0,9,1.5,\r\n0,9,,2.5\r\n,,,\r\n1,19,1.0,\r\n"
    )
    batch = read(path)
    assert points(batch, "train/loss") == [(9.0, 1.5), (19.0, 1.0)]
    assert points(batch, "test/loss") == [(9.0, 2.5)]
    assert batch.bad_lines == 0


def test_tabs_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text('\ufeffstep\t"train acc"\tval acc\n1\t0.5\t0.25', encoding="utf-8")
    assert points(read(path), "test/accuracy") == [(1.0, 0.25)]


@pytest.mark.parametrize(
    "content",
    [
        "step;train_acc;val_acc\n1;0,5;0,25\n",
        "step,train_acc,val_acc\n1,50%,25.0%\n",
        "step\ttrain_acc\tval_acc\n1\t.5\t.25\n",
    ],
)
def test_other_ways_to_write_a_table(tmp_path: Path, content: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(content)
    batch = read(path)
    assert points(batch, "train/accuracy") == [(1.0, 0.5)]
    assert points(batch, "test/accuracy") == [(1.0, 0.25)]


def test_a_better_name_that_comes_late_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"step": 0, "loss": 9, "train_loss": 3}\n' * 2
        + '{"step": 1, "loss": 9, "train_loss": 2, "val_loss": 4}\n'
    )
    batch = read(path)
    assert points(batch, "train/loss") == [(0.0, 3.0), (0.0, 3.0), (1.0, 2.0)]
    assert points(batch, "test/loss") == [(1.0, 4.0)]


def test_json_lines_with_bare_nan_and_late_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"_step": 0, "train/loss": NaN}\n'
        '{"_step": 1, "train/loss": 1e999, "note": "x"}\n'
        "rubbish\n"
        '{"_step": 2, "train/loss": 1, "val/loss": 2}\n'
    )
    batch = read(path)
    steps, values = zip(*points(batch, "train/loss"), strict=True)
    assert steps == (0.0, 1.0, 2.0)
    assert math.isnan(values[0])
    assert values[1:] == (math.inf, 1.0)
    assert points(batch, "test/loss") == [(2.0, 2.0)]
    assert batch.bad_lines == 1


def test_percent_is_noticed_even_when_it_shows_late(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = "\n".join(f"{step},{acc},{acc / 2}" for step, acc in [(0, 0.8), (1, 1.2), (2, 96.0)])
    path.write_text(f"step,train_acc,test_acc\n{rows}\n")
    batch = read(path)
    values = [value for _, value in points(batch, "train/accuracy")]
    assert values == pytest.approx([0.008, 0.012, 0.96])


def test_without_a_step_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("train_acc,test_acc\n0.1,0.1\n0.2,0.1\n")
    assert [step for step, _ in points(read(path), "train/accuracy")] == [0.0, 1.0]


def test_a_growing_file_is_followed_and_a_rewritten_one_read_again(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train_acc,test_acc\n0,0.1,0.1\n")
    source = TableSource(path)
    assert points(source.read(10, 1), "train/accuracy") == [(0.0, 0.1)]
    with path.open("a") as file:
        file.write("1,0.2,0.1\n")
    assert points(source.read(10, 1), "train/accuracy") == [(1.0, 0.2)]
    path.write_text("step,train_acc,test_acc,lr\n0,0.3,0.1,1\n")
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "train/accuracy") == [(0.0, 0.3)]


def test_an_unknown_ending_is_told() -> None:
    with pytest.raises(UsageError, match=r"unknown kind of log; readable are \.csv"):
        TableSource(Path("model.bin"))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\0\0", b'"', b"a,b\n" + b"," * 10_000])
def test_rubbish_gives_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    assert dict(read(path).columns) == {}


def test_a_row_a_split(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "step,split,loss,acc\n0,train,3,0.1\n0,test,4,0.2\n9,train,1,0.5\n9,test,2,0.3\n"
    )
    batch = read(path)
    assert points(batch, "train/accuracy") == [(0.0, 0.1), (9.0, 0.5)]
    assert points(batch, "test/loss") == [(0.0, 4.0), (9.0, 2.0)]
    lines = tmp_path / "log.jsonl"
    lines.write_text(
        '{"epoch":1,"phase":"Val","accuracy":0.5}\n{"epoch":1,"phase":"Train","accuracy":1}'
    )
    assert points(read(lines), "test/accuracy") == [(1.0, 0.5)]
    assert points(read(lines), "train/accuracy") == [(1.0, 1.0)]
