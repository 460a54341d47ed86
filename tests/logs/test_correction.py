"""What a person says of a folder's metrics holds for all of its logs, and is kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui import paths
from grok_tui.errors import UsageError
from grok_tui.logs.correction import Correction, correction_of, remember
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.source import Batch

ROWS = "iter,batch,seen,unseen\n" + "".join(f"{i},{10 * i},{i},{i / 2}\n" for i in range(5))


def read(path: Path, correction: Correction) -> Batch:
    log = LogRef(path, "table")
    opened = Interpreted(lambda: format_of(log).open(log, complete=True), correction=correction)
    return opened.read(1000, 60.0)


def test_what_was_said_gives_names_steps_and_scale(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(ROWS)
    said = Correction().with_roles(
        {"seen": "train/accuracy", "unseen": "test/accuracy", "batch": "step"}
    )
    columns = read(log, Correction(said.roles, "percent")).columns
    assert list(columns["train/accuracy"].steps) == [0, 10, 20, 30, 40]
    assert list(columns["train/accuracy"].values) == [0, 0.01, 0.02, 0.03, 0.04]
    assert list(columns["test/accuracy"].values) == [0, 0.005, 0.01, 0.015, 0.02]
    as_shares = read(log, Correction(said.roles, "fraction")).columns
    assert list(as_shares["train/accuracy"].values) == [0, 1, 2, 3, 4]


def test_a_step_that_only_some_rows_have_leaves_out_the_others(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("iter,batch,acc\n0,0,0.1\n1,,0.2\n2,20,0.3\n")
    columns = read(log, Correction({"batch": "step"})).columns
    (column,) = columns.values()
    assert list(column.steps) == [0, 20]
    assert list(column.values) == [0.1, 0.3]


def test_what_is_nothing_is_not_guessed(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,train_loss,val_loss\n0,2,3\n1,1,2\n")
    columns = read(log, Correction({"val_loss": "nothing"})).columns
    assert "test/loss" not in columns
    assert list(columns["val_loss"].values) == [3, 2]


def test_the_nearest_folder_above_decides_and_nothing_is_written_there(tmp_path: Path) -> None:
    deep = tmp_path / "logs" / "one"
    deep.mkdir(parents=True)
    log = deep / "log.csv"
    log.write_text(ROWS)
    remember(tmp_path / "logs", Correction({"seen": "train/loss"}))
    assert correction_of(log).roles == {"seen": "train/loss"}
    remember(deep, Correction({"seen": "test/loss"}))
    assert correction_of(log).roles == {"seen": "test/loss"}
    remember(deep, Correction())
    assert correction_of(log).roles == {"seen": "train/loss"}
    assert [file.name for file in deep.iterdir()] == ["log.csv"]


def test_a_damaged_file_is_no_correction(tmp_path: Path) -> None:
    file = paths.state_file("meanings.json")
    file.parent.mkdir(parents=True)
    file.write_text('{"/": {"roles": [1]}}')
    assert not correction_of(tmp_path)


def test_a_role_has_one_metric() -> None:
    said = Correction({"a": "test/loss"}).with_roles({"b": "test/loss"})
    assert said.roles == {"b": "test/loss"}
    assert not said.with_roles({"b": "guess"})
    with pytest.raises(UsageError, match="cannot both be test/loss"):
        Correction().with_roles({"a": "test/loss", "b": "test/loss"})
    with pytest.raises(UsageError, match="meaning"):
        Correction().with_roles({"a": "tset/loss"})
