"""Trackio's inbox: fragments that its own code wrote, and what its own reader gives for them."""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    damaged,
    folder_at,
    points,
    read_all,
    read_in_pieces,
)

from grok_tui.errors import UsageError
from grok_tui.logs.formats import LogRef
from grok_tui.logs.trackio import FORMAT
from grok_tui.runs.record import State
from grok_tui.watch.discovery import look_at, need_places
from grok_tui.watch.log_follower import LogFollower

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).with_name("recorded") / "trackio_inbox.json").read_text()
)
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NAMES = {"train/loss", "test/loss"}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An inbox that Trackio itself wrote."""
    for name, text in RECORDED["files"].items():
        path = tmp_path / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "inbox"


def log_of(inbox: Path, title: str) -> LogRef:
    return next(log for log in FORMAT.find(folder_at(inbox)).logs if log.title == title)


def files_of(inbox: Path, title: str) -> list[Path]:
    """Return a run's files with metrics, in their order."""
    return sorted(
        path
        for path in inbox.rglob("*.jsonl")
        if f'"run":"{title}"' in (text := path.read_text()) and '"kind":"metric"' in text
    )


def test_what_trackio_wrote_is_read_as_trackio_reads_it(inbox: Path) -> None:
    places = look_at(inbox.parent)
    assert {place.log.title for place in places if place.log} == RECORDED["runs"].keys()
    assert {place.log.format for place in places if place.log} == {"trackio"}
    for title, rows in RECORDED["runs"].items():
        batch = read_all(FORMAT.open(log_of(inbox, title)))
        assert (batch.columns.keys(), batch.bad_lines) == (NAMES, 0)
        for name, column in batch.columns.items():
            np.testing.assert_array_equal(
                column.values, [SPECIAL.get(row[name], row[name]) for row in rows]
            )
            assert column.steps.tolist() == [row["step"] for row in rows]
            moments = [datetime.fromisoformat(row["timestamp"]).timestamp() for row in rows]
            assert column.times.tolist() == moments


def test_a_run_is_named_by_the_inbox_and_its_id(inbox: Path) -> None:
    log = log_of(inbox, "slow")
    (place,) = need_places([log.place])
    assert place.log == log
    with pytest.raises(UsageError, match="does not exist"):
        need_places([inbox / "nosuch"])


def test_what_comes_later_is_read_from_where_the_last_look_ended(inbox: Path) -> None:
    later = files_of(inbox, "slow")[1:]
    texts = [path.read_bytes() for path in later]
    for path in [*later, later[0].with_name("00000003.jsonl")]:
        path.unlink()
    source = FORMAT.open(log_of(inbox, "slow"))
    found = points(read_all(source), "test/loss")
    assert len(found) == 4
    later[0].write_bytes(texts[0][:-40])  # a copy of it that is on its way
    found += points(read_all(source), "test/loss")
    assert len(found) == 7
    later[0].write_bytes(texts[0])
    later[1].write_bytes(texts[1])
    batch = read_all(source)
    assert not batch.rewound
    found += points(batch, "test/loss")
    assert [step for step, _ in found] == [5.0 * row for row in range(12)]
    assert read_all(source).columns == {}


def test_a_file_that_ends_within_a_line_has_lost_that(inbox: Path) -> None:
    path = files_of(inbox, "slow")[1]
    path.write_bytes(path.read_bytes()[:-40])
    batch = read_all(FORMAT.open(log_of(inbox, "slow")))
    assert (len(points(batch, "test/loss")), batch.bad_lines) == (11, 1)


def test_a_missing_number_is_passed_over(inbox: Path) -> None:
    files_of(inbox, "slow")[1].unlink()
    batch = read_all(FORMAT.open(log_of(inbox, "slow")))
    assert [step for step, _ in points(batch, "test/loss")] == [0, 5, 10, 15, 40, 45, 50, 55]


@pytest.mark.parametrize("begins_anew", [False, True])
def test_in_whatever_order_files_arrive_the_rows_are_in_the_order_of_writing(
    inbox: Path, begins_anew: bool
) -> None:
    log = log_of(inbox, "slow")
    earlier = files_of(inbox, "slow")
    later = [inbox / "0000" / each.name for each in earlier[:2]]
    texts = {path: path.read_text() for path in earlier}
    for number, path in enumerate(later):  # the run goes on in another process, and trains again
        row = {"kind": "metric", "project": "grok", "run": "slow", "run_id": log.run, "step": 30}
        row |= {"timestamp": f"2999-01-0{number + 1}T00:00:00", "metrics": {"test/loss": number}}
        texts[path] = json.dumps(row) + "\n"
    for files in itertools.permutations(texts):
        shutil.rmtree(inbox)
        source, read = FORMAT.open(log), list[tuple[float, float]]()
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path])
            batch = read_all(source)
            found = points(batch, "test/loss") if batch.columns else []
            read = found if batch.rewound else read + found
            assert read == points(read_all(FORMAT.open(log)), "test/loss")
            mark = json.loads(json.dumps(source.mark()))
            source = FORMAT.open(log) if begins_anew else source
            assert not begins_anew or source.resume(mark)
        assert [step for step, _ in read] == [*(5.0 * row for row in range(12)), 30, 30]


def test_what_was_imported_and_removed_stays_read(inbox: Path) -> None:
    first, *others = files_of(inbox, "slow")
    source = FORMAT.open(log_of(inbox, "slow"))
    assert len(points(source.read(4, 60), "test/loss")) == 4
    mark = json.loads(json.dumps(source.mark()))
    first.unlink()
    again = FORMAT.open(LogRef(inbox, "trackio", log_of(inbox, "slow").run))
    assert again.resume(mark)
    for each in (source, again):
        batch = read_all(each)
        assert not batch.rewound
        assert len(points(batch, "test/loss")) == 8
    for path in others:
        path.unlink()
    (first.parent / "00000003.jsonl").unlink()
    first.parent.rmdir()
    assert read_all(source).columns == {}


def test_a_file_that_is_another_one_begins_the_run_anew(inbox: Path) -> None:
    source = FORMAT.open(log_of(inbox, "slow"))
    read_all(source)
    path = max(inbox.rglob("*3.jsonl"), key=lambda each: '"run":"slow"' in each.read_text())
    path.write_bytes(b"[]\n" * 100)
    batch = read_all(source)
    assert batch.rewound
    assert (len(points(batch, "test/loss")), batch.bad_lines) == (12, 100)


def test_a_run_that_went_on_in_another_process_is_one(inbox: Path) -> None:
    run = log_of(inbox, "slow").run
    row = {"kind": "metric", "project": "grok", "run": "slow", "run_id": run, "step": 60}
    row |= {"timestamp": "2999-01-01T00:00:00", "metrics": {"test/loss": 9}}
    folder = inbox / "0000"  # before the other by its name, and after it by its time
    folder.mkdir()
    (folder / "00000000.jsonl").write_text(json.dumps(row) + "\n")
    log = log_of(inbox, "slow")
    batch = read_all(FORMAT.open(log))
    assert points(batch, "test/loss")[-1] == (60.0, 9.0)
    assert len(points(batch, "test/loss")) == 13


def test_a_run_that_a_dashboard_imports_is_that_of_the_database(inbox: Path) -> None:
    with closing(sqlite3.connect(inbox.parent / "grok.db", isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
            " run_name TEXT, step INT, metrics TEXT)"
        )
        values = (log_of(inbox, "slow").run, "slow")
        database.execute(
            "INSERT INTO metrics VALUES (1, ?, '2026-01-01T00:00:00', ?, 1, '{\"a\": 1}')", values
        )
    places = [place.log for place in look_at(inbox.parent)]
    assert [log.path.name for log in places if log and log.title == "slow"] == ["grok.db"]
    assert sorted(str(log.title) for log in places if log) == ["fast", "other", "slow"]


def test_it_is_live_while_files_appear(inbox: Path) -> None:
    (place,) = need_places([log_of(inbox, "slow").place])
    assert place.log is not None
    follower = LogFollower(place.log, place.name, time.time)
    follower.poll()
    assert follower.view.status.state is State.LIVE
    for folder in (*inbox.iterdir(), inbox):
        os.utime(folder, (1e9, 1e9))
    follower = LogFollower(place.log, place.name, time.time)
    follower.poll()
    assert follower.view.status.state is State.QUIET


@pytest.mark.parametrize("max_rows", [1, 3, 5])
def test_any_split_gives_the_same(inbox: Path, max_rows: int) -> None:
    log = log_of(inbox, "fast")
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


def test_marks_of_other_runs_and_nonsense_are_refused(inbox: Path) -> None:
    source = FORMAT.open(log_of(inbox, "slow"))
    read_all(source)
    mark = json.loads(json.dumps(source.mark()))
    assert FORMAT.open(log_of(inbox, "slow")).resume(mark)
    assert not FORMAT.open(log_of(inbox, "fast")).resume(mark)
    (writer,) = mark["writers"]
    bad_writers = [{"../x": mark["writers"][writer]}, {writer: 1}, {writer: {"number": -1}}]
    for key in mark:
        for bad in ("x", -1, 1 << 70, [[]] if key != "names" else 1, math.nan):
            assert not FORMAT.open(log_of(inbox, "slow")).resume({**mark, key: bad})
    for bad in bad_writers:
        assert not FORMAT.open(log_of(inbox, "slow")).resume({**mark, "writers": bad})


@HOW_MANY
def test_damage_costs_the_lines_that_it_hits(inbox: Path, count: int) -> None:
    log, path = log_of(inbox, "slow"), files_of(inbox, "slow")[1]
    whole = points(read_all(FORMAT.open(log)), "test/loss")
    for content in damaged(path.read_bytes(), count):
        path.write_bytes(content)
        batch = read_all(FORMAT.open(log))
        assert len(points(batch, "test/loss")) >= 8
        assert len({*whole} - {*points(batch, "test/loss")}) <= 4
        assert batch.bad_lines <= 2


def test_what_is_no_row_is_told_or_passed_over(inbox: Path) -> None:
    run = log_of(inbox, "slow").run
    head = f'{{"kind": "metric", "run": "slow", "run_id": "{run}", "timestamp": 7, '
    rows = [
        '{"kind": "system_metric", "run": "slow", "metrics": {"gpu": 1}}',
        head + '"step": null, "metrics": {}}',
        head + '"step": 1e99, "metrics": {}}',
        head + '"step": 70, "metrics": [1]}',
        head + '"step": 70, "metrics": {"a": {"b": true, "c": 2}, "d": "Infinity"}}',
        '{"a":' * 100_000,
    ]
    (inbox / files_of(inbox, "slow")[0].parent.name / "00000007.jsonl").write_text(
        "\n".join([*rows, ""])
    )
    batch = read_all(FORMAT.open(log_of(inbox, "slow")))
    assert batch.bad_lines == 4
    assert points(batch, "a.c") == [(70.0, 2.0)]
    assert points(batch, "d") == [(70.0, math.inf)]
    assert "gpu" not in batch.columns


def test_other_folders_of_this_name_are_looked_into(tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "mail"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("step,train_acc,val_acc\n1,0,0\n2,1,1\n")
    (tmp_path / "inbox" / "w1").mkdir()
    os.mkfifo(tmp_path / "inbox" / "w1" / "00000000.jsonl")
    (place,) = look_at(tmp_path)
    assert place.path == folder / "metrics.csv"
