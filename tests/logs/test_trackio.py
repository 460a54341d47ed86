from __future__ import annotations

import gzip
import json
import math
import os
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    complaints,
    folder_at,
    kill,
    points,
    read_all,
    read_in_pieces,
    running,
    said,
    tell,
)

from grok_tui.logs.formats import LogRef
from grok_tui.logs.trackio import FORMAT

RECORDED = Path(__file__).with_name("recorded")
WRITER = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
step = 60
def log():
    global step
    values = ("slow", "2026-01-01T00:00:00", "slow", step, json.dumps({"train/loss": step}))
    db.execute("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) "
               "VALUES (?, ?, ?, ?, ?)", values)
    step += 5
log()
print("ready", flush=True)
sys.stdin.readline()
while True:
    log()
"""
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project that Trackio itself recorded."""
    path = tmp_path / "grok.db"
    path.write_bytes(gzip.decompress((RECORDED / "trackio.db.gz").read_bytes()))
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def log_of(path: Path, title: str) -> LogRef:
    return next(log for log in FORMAT.logs_in(path) if log.title == title)


def test_what_trackio_wrote_is_read_value_for_value(path: Path) -> None:
    wanted = json.loads((RECORDED / "trackio.json").read_text())
    found = FORMAT.find(folder_at(path.parent))
    assert found.files == {"grok.db"}
    assert {log.title for log in found.logs} == wanted.keys()
    for log in found.logs:
        batch = read_all(FORMAT.open(log))
        rows = wanted[log.title or ""]
        assert batch.columns.keys() == {"train/loss", "test/loss"}
        for name, column in batch.columns.items():
            values = [SPECIAL.get(row[name], row[name]) for row in rows]
            np.testing.assert_array_equal(column.values, values)
            assert column.steps.tolist() == [row["step"] for row in rows]
            moments = [datetime.fromisoformat(row["timestamp"]).timestamp() for row in rows]
            assert column.times.tolist() == moments
    assert list(path.parent.iterdir()) == [path]  # reading leaves nothing beside it


def test_a_project_of_an_older_release_tells_runs_apart_by_name(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    change(
        path,
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INT,"
        " metrics TEXT)",
        "INSERT INTO metrics VALUES (7, '2026-01-01T00:00:00+00:00', 'a', 1, '{\"loss\": NaN}')",
    )
    (log,) = FORMAT.logs_in(path)
    column = read_all(FORMAT.open(log)).columns["loss"]
    assert (log.run, column.steps.tolist(), column.times.tolist()) == ("a", [1.0], [1767225600.0])
    assert math.isnan(column.values[0])


def test_a_run_is_followed_while_another_process_writes_and_after_its_death(path: Path) -> None:
    source = FORMAT.open(log_of(path, "slow"))
    run = log_of(path, "slow").run
    steps = points(read_all(source), "train/loss")
    with running(WRITER.replace('("slow",', f'("{run}",'), path) as writer:
        assert said(writer) == "ready"
        tell(writer, "go on")
        deadline = time.monotonic() + 60
        while len(steps) < 50:
            assert time.monotonic() < deadline
            batch = source.read(10**6, 1)
            assert not batch.rewound
            steps += points(batch, "train/loss") if batch.columns else []
        kill(writer)
    batch = read_all(source)
    steps += points(batch, "train/loss") if batch.columns else []
    assert [step for step, _ in steps] == [5.0 * row for row in range(len(steps))]


def test_a_run_that_was_deleted_or_numbered_anew_is_void(path: Path) -> None:
    log = log_of(path, "fast")
    source = FORMAT.open(log)
    before = read_all(source).columns
    change(path, "UPDATE metrics SET id = id + 1000")
    batch = read_all(source)
    assert batch.rewound
    assert batch.columns["train/loss"].steps.tolist() == before["train/loss"].steps.tolist()
    change(path, f"DELETE FROM metrics WHERE run_id = '{log.run}'")
    assert read_all(source).rewound
    path.unlink()
    assert read_all(source).columns == {}


@pytest.mark.parametrize("max_rows", [1, 5])
def test_any_split_gives_the_same(path: Path, max_rows: int) -> None:
    log = log_of(path, "slow")
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


def test_marks_of_other_runs_and_nonsense_are_refused(path: Path) -> None:
    source = FORMAT.open(log_of(path, "slow"))
    read_all(source)
    mark = json.loads(json.dumps(source.mark()))
    assert FORMAT.open(log_of(path, "slow")).resume(mark)
    assert not FORMAT.open(log_of(path, "fast")).resume(mark)
    for key in mark:
        for bad in ("x", -1, 1 << 70, [], math.nan):
            assert not FORMAT.open(log_of(path, "slow")).resume({**mark, key: bad})


@HOW_MANY
def test_damage_is_an_error_of_the_file_or_costs_values(path: Path, count: int) -> None:
    """SQLite has no sums: a flipped bit may be another value."""
    assert 0 < len(complaints(FORMAT, log_of(path, "slow"), count)) < 2 * count


def test_an_id_with_a_damaged_character_is_left_out_and_ends_nothing(path: Path) -> None:
    titles = [log.title for log in FORMAT.logs_in(path)]
    first = min(log.run or "" for log in FORMAT.logs_in(path))
    damaged = first[:8].encode() + b"\xff" + first[9:].encode()
    change(
        path,
        f"UPDATE metrics SET run_id = CAST(x'{damaged.hex()}' AS TEXT)"
        f" WHERE rowid = (SELECT min(rowid) FROM metrics WHERE run_id = '{first}')",
    )
    assert [log.title for log in FORMAT.logs_in(path)] == titles


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x AS run_id,"
COLUMNS = "id INTEGER PRIMARY KEY, timestamp, run_name, step, metrics"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE unrelated (metrics)",
        "CREATE TABLE metrics (loss)",
        "CREATE VIRTUAL TABLE metrics USING fts5(timestamp, run_name, step)",
        f"CREATE VIEW metrics AS {ENDLESS} x timestamp, x run_name, x step, x metrics FROM n",
    ],
)
def test_other_databases_are_no_logs(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "some.db"
    change(path, statement)
    assert FORMAT.logs_in(path) == ()
    with pytest.raises(OSError, match="no table of metrics"):
        read_all(FORMAT.open(LogRef(path, "trackio", "a")))


def test_cells_of_any_kind_are_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    cells = [
        "1, 'x', NULL",
        "2, NULL, '[1]'",
        "'x', '', '{}'",
        f"3, 1e999, '{deep}'",
        "1e999, '', 1",
    ]
    cells += ["-1, x'ff', x'7b7d'", """4, '9999-99', '{"loss": 1e999, "b": true, "c": {"d": 2}}'"""]
    rows = [
        f"INSERT INTO metrics(run_name, step, timestamp, metrics) VALUES ('a', {c})" for c in cells
    ]
    change(path, f"CREATE TABLE metrics ({COLUMNS})", *rows)
    batch = read_all(FORMAT.open(LogRef(path, "trackio", "a")))
    assert batch.bad_lines == 5
    assert points(batch, "loss") == [(4.0, math.inf)]
    assert points(batch, "c.d") == [(4.0, 2.0)]


def test_names_are_no_sql_and_paths_no_addresses(tmp_path: Path) -> None:
    evil = "'; DROP TABLE metrics; --"
    path = tmp_path / "a?mode=rwc#%20.db"
    change(
        path,
        f"CREATE TABLE metrics ({COLUMNS})",
        "INSERT INTO metrics VALUES (1, '', '" + evil.replace("'", "''") + "', 1, '{\"a\": 1}')",
    )
    (log,) = FORMAT.find(folder_at(tmp_path)).logs
    assert log.run == evil
    assert points(read_all(FORMAT.open(log)), "a") == [(1.0, 1.0)]


def test_a_locked_database_is_tried_later(path: Path) -> None:
    change(path, "PRAGMA journal_mode = delete")
    log = log_of(path, "slow")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BlockingIOError, match="locked"):
            FORMAT.find(folder_at(path.parent))
        with pytest.raises(BlockingIOError, match="locked"):
            FORMAT.open(log).read(1, 1)
    assert read_all(FORMAT.open(log)).columns


SPILLER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN")
db.execute("UPDATE metrics SET timestamp = timestamp || hex(zeroblob(5000))")
print("ready", flush=True)
sys.stdin.readline()
"""


def test_a_database_whose_writer_died_in_a_write_says_what_to_do(path: Path) -> None:
    change(path, "PRAGMA journal_mode = delete")
    log = log_of(path, "slow")
    with running(SPILLER, path) as writer:
        assert said(writer) == "ready"
        kill(writer)
    before = path.read_bytes()
    with pytest.raises(OSError, match="died in the middle of a write"):
        FORMAT.open(log).read(1, 1)
    assert path.read_bytes() == before
    change(path, "SELECT * FROM metrics")
    assert len(points(read_all(FORMAT.open(log)), "train/loss")) == 12


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("text")
    (tmp_path / "b.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    os.mkfifo(tmp_path / "c.db")
    found = FORMAT.find(folder_at(tmp_path))
    assert (found.logs, found.files) == ((), frozenset())
