from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pytest

from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.source import Batch
from grok_tui.logs.table import TableSource


def interpreted(path: Path, **overrides: str) -> Interpreted:
    return Interpreted(partial(TableSource, path, complete=True), overrides)


def read(path: Path, **overrides: str) -> Batch:
    return interpreted(path, **overrides).read(max_rows=10**6, max_seconds=60)


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
    assert points(batch, "epoch") == [(9.0, 0.0), (9.0, 0.0), (19.0, 1.0)]
    assert batch.bad_lines == 0


def test_a_better_name_that_comes_late_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 0, "loss": 9, "train_loss": 3}\n' * 2)
    source = Interpreted(partial(TableSource, path))
    assert points(source.read(10, 1), "train_loss") == [(0.0, 3.0), (0.0, 3.0)]
    with path.open("a") as file:
        file.write('{"step": 1, "loss": 9, "train_loss": 2, "val_loss": 4}\n')
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "train/loss") == [(0.0, 3.0), (0.0, 3.0), (1.0, 2.0)]
    assert points(batch, "test/loss") == [(1.0, 4.0)]
    assert points(batch, "loss") == [(0.0, 9.0), (0.0, 9.0), (1.0, 9.0)]
    assert source.names == ["loss", "train_loss", "val_loss"]
    assert source.meaning.step == "step"


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
    path.write_text("step,train_acc,test_acc\n0,0.8,0.4\n1,1.2,0.6\n")
    source = Interpreted(partial(TableSource, path))
    assert points(source.read(10, 1), "train/accuracy") == [(0.0, 0.8), (1.0, 1.2)]
    with path.open("a") as file:
        file.write("2,96,48\n")
    batch = source.read(10, 1)
    assert batch.rewound
    values = [value for _, value in points(batch, "train/accuracy")]
    assert values == pytest.approx([0.008, 0.012, 0.96])


def test_a_late_step_and_a_late_percent_do_not_chase_each_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = ['{"epoch": 1, "train_acc": 0.1, "test_acc": 0.1}\n'] * 30_000
    rows[20_000:20_001] = ['{"epoch": 1, "step": 5, "train_acc": 0.1, "test_acc": 0.1}\n']
    rows[-1] = '{"epoch": 1, "step": 6, "train_acc": 98, "test_acc": 50}\n'
    path.write_text("".join(rows))
    source, batches, more = interpreted(path), list[Batch](), True
    while more:
        batches.append(source.read(1, 60))
        more = batches[-1].more
    assert sum(batch.rewound for batch in batches) <= 3
    given = [points(batch, "train/accuracy") for batch in batches if batch.columns]
    assert given[-1][-1] == (6.0, 0.98)


def test_what_a_user_says_wins_over_what_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train_acc,test_acc,clean\n0,0.5,0.4,30\n1,0.9,0.8,70\n")
    source = interpreted(path, clean="test/accuracy", test_acc="")
    batch = source.read(10, 1)
    assert points(batch, "test/accuracy") == [(0.0, 0.3), (1.0, 0.7)]
    assert points(batch, "test_acc") == [(0.0, 0.4), (1.0, 0.8)]
    assert source.meaning.metrics["test/accuracy"] == "clean"


def test_two_metrics_never_get_one_name(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train/loss,test/loss,clean\n0,3,4,5\n")
    batch = read(path, clean="test/loss")
    assert points(batch, "test/loss") == [(0.0, 5.0)]
    assert points(batch, "test/loss (in the log)") == [(0.0, 4.0)]
    assert "train/loss" not in read(path, **{"train/loss": ""}).columns


def test_a_reading_goes_on_from_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train_acc,test_acc\n0,50,40\n")
    first = Interpreted(partial(TableSource, path))
    first.read(10, 1)
    mark = first.mark()
    with path.open("a") as file:
        file.write("1,1,0.5\n")
    second = Interpreted(partial(TableSource, path))
    assert second.resume(mark)
    batch = second.read(10, 1)
    assert points(batch, "train/accuracy") == [(1.0, 0.01)]
    assert not batch.rewound
    for wrong in ({}, {**mark, "names": 3}, {**mark, "source": {}}, {**mark, "restarts": "x"}):
        third = Interpreted(partial(TableSource, path))
        assert not third.resume(wrong)
        assert len(points(third.read(10, 1), "train/accuracy")) == 2


def test_a_log_that_is_replaced_is_another_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train_acc,test_acc\n0,50,40\n")
    source = Interpreted(partial(TableSource, path))
    source.read(10, 1)
    path.write_text("step,acc,val_acc\n0,0.5,0.4\n1,0.9,0.8\n")
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "train/accuracy") == [(0.0, 0.5), (1.0, 0.9)]
    assert source.names == ["acc", "val_acc"]


def test_an_error_rate_becomes_an_accuracy(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,train_top1_err,test_top1_err\n0,0.9,90\n1,0,25\n")
    batch = read(path)
    assert batch.columns["test/accuracy"].values.tolist() == pytest.approx([0.1, 0.75])
    assert points(batch, "train/accuracy")[1] == (1.0, 1.0)
