from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from logs_support import HOW_MANY, complaints

from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.source import Batch
from grok_tui.logs.table import FORMAT, TableSource


def opened(path: Path) -> TableSource:
    return FORMAT.open(LogRef(path, "table"))


def points(batch: Batch, name: str) -> list[tuple[float, float]]:
    column = batch.columns[name]
    return list(zip(column.steps.tolist(), column.values.tolist(), strict=True))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.json"


@pytest.mark.parametrize(
    "document",
    [
        {"loss": [2, 1], "val_loss": [3, None, 2.5], "params": {"epochs": 3}},
        {"loss": [2, 1], "val_loss": [3, None, 2.5], "epoch": [0, 1, 2]},
        [
            {"epoch": 0, "loss": 2, "val_loss": 3},
            {"epoch": 1, "loss": 1},
            {"epoch": 2, "val_loss": 2.5},
        ],
    ],
)
def test_histories(path: Path, document: object) -> None:
    path.write_text(json.dumps(document))
    batch = opened(path).read(10, 1)
    assert points(batch, "loss") == [(0.0, 2.0), (1.0, 1.0)]
    assert points(batch, "val_loss") == [(0.0, 3.0), (2.0, 2.5)]


def test_nested_lists_are_named_by_their_path(path: Path) -> None:
    path.write_text('{"train": {"loss": [1, NaN]}, "test": {"loss": [2, 3]}}')
    batch = opened(path).read(10, 1)
    assert list(batch.columns) == ["train/loss", "test/loss"]
    assert len(batch.columns["train/loss"].values) == 2


def test_a_file_that_is_written_anew_is_read_anew(path: Path) -> None:
    path.write_text('{"loss": [2, 1]}')
    source = opened(path)
    assert len(points(source.read(10, 1), "loss")) == 2
    assert dict(source.read(10, 1).columns) == {}
    path.write_text('{"loss": [2, 1, 0')
    with pytest.raises(OSError, match="no whole JSON"):
        source.read(10, 1)
    path.write_text('{"loss": [2, 1, 0.5]}')
    batch = source.read(10, 1)
    assert batch.rewound
    assert points(batch, "loss") == [(0.0, 2.0), (1.0, 1.0), (2.0, 0.5)]


def test_a_reading_goes_on_from_a_mark(path: Path) -> None:
    path.write_text('{"loss": [2, 1]}')
    first = opened(path)
    first.read(10, 1)
    mark = first.mark()
    second = opened(path)
    assert second.resume(mark)
    assert dict(second.read(10, 1).columns) == {}
    path.write_text('{"loss": [2, 1, 0.5]}')
    assert second.read(10, 1).rewound
    third = opened(path)
    assert not third.resume(mark)
    assert len(points(third.read(10, 1), "loss")) == 3


@HOW_MANY
def test_half_a_document_is_an_error_and_a_flipped_bit_may_be_another_value(
    path: Path, count: int
) -> None:
    losses = [1 / (step + 1) for step in range(30)]
    path.write_text(json.dumps({"loss": losses, "test": {"loss": losses, "acc": [None, *losses]}}))
    assert count <= len(complaints(FORMAT, LogRef(path, "table"), count)) < 2 * count


def test_files_of_settings_are_no_logs(tmp_path: Path) -> None:
    contents: dict[str, Any] = {
        "history.json": {"loss": [2, 1]},
        "package.json": {"name": "x", "files": ["a", "b"]},
        "config.json": {"betas": [0.9, 0.999], "hidden": [64, 64], "loss": 1},
        "words.json": [{"text": "a", "label": 1}, {"text": "b", "label": 0}],
        "number.json": 3,
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "broken.json").write_text("{")
    names = frozenset({*contents, "broken.json", "gone.json"})
    found = FORMAT.find(Folder(tmp_path, names, frozenset()))
    assert [log.path.name for log in found.logs] == ["history.json"]
    assert FORMAT.logs_in(tmp_path / "config.json") == ()
