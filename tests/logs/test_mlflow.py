from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from logs_support import (
    HOW_MANY,
    assert_same,
    damaged,
    folder_at,
    kill,
    needs,
    points,
    read_all,
    read_in_pieces,
    running,
    said,
    tell,
)

from grok_tui.logs.formats import LogRef
from grok_tui.logs.mlflow import FORMAT
from grok_tui.logs.source import Batch

WRITER = """
import json, math, os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
experiment = client.create_experiment("grok", artifact_location="file:///nowhere")
run = client.create_run(experiment, run_name="It's a: run")
gone = client.create_run(experiment, run_name="gone")
client.log_metric(gone.info.run_id, "x", 1)
client.delete_run(gone.info.run_id)
id = run.info.run_id
special = {3: math.nan, 4: math.inf, 5: -math.inf}
def log(step):
    client.log_metric(id, "train/deep/loss", special.get(step, 1 / (step + 1)), step=step)
    client.log_metric(id, "test loss", step / 3, step=step)
for step in range(12):
    log(step)
read = {key: [[m.step, m.timestamp, m.value] for m in client.get_metric_history(id, key)]
        for key in ("train/deep/loss", "test loss")}
print(json.dumps({"run": id, "metrics": read}), flush=True)
sys.stdin.readline()
while True:
    step += 1
    log(step)
"""


@needs("mlflow", "sqlalchemy", "alembic")
@pytest.mark.parametrize("store", ["files", "database"])
def test_what_mlflow_writes_is_read_live_and_after_its_death(tmp_path: Path, store: str) -> None:
    is_database = store == "database"
    uri = f"sqlite:///{tmp_path}/mlflow.db" if is_database else f"file://{tmp_path}/mlruns"
    with running(WRITER, uri) as writer:
        wanted = json.loads(said(writer))
        log = find_run(tmp_path, wanted["run"])
        source = FORMAT.open(log)
        batch = read_all(source)
        assert_as_mlflow_reads(batch, wanted["metrics"], is_database)
        tell(writer, "go on")
        steps = steps_of(batch)
        deadline = time.monotonic() + 60
        while len(steps) < 30:
            assert time.monotonic() < deadline
            try:
                batch = source.read(10**6, 1)
            except BlockingIOError:
                continue
            assert not batch.rewound
            steps += steps_of(batch)
        kill(writer)
    if not (tmp_path / "mlflow.db-journal").exists():  # it was killed in the middle of a write
        steps += steps_of(read_all(source))
    assert steps == list(map(float, range(len(steps))))


def find_run(folder: Path, run: str) -> LogRef:
    if (folder / "mlruns").exists():
        places = (folder / "mlruns").glob("*/*/")
        (log,) = [log for place in places for log in FORMAT.find(folder_at(place)).logs]
        assert log.path.name == run
    else:
        (log,) = FORMAT.find(folder_at(folder)).logs
        assert log.run == run
    assert log.title == "It's a: run"
    return log


def assert_as_mlflow_reads(
    batch: Batch, metrics: dict[str, list[list[float]]], is_database: bool
) -> None:
    assert batch.columns.keys() == metrics.keys()
    for name, history in metrics.items():
        column = batch.columns[name]
        steps, times, values = np.array(sorted(history), dtype=float).T
        if is_database:  # which has no infinity; MLflow gives back the largest number
            values[values == sys.float_info.max] = np.inf
            values[values == -sys.float_info.max] = -np.inf
        np.testing.assert_array_equal(column.steps, steps)
        np.testing.assert_array_equal(column.times, times / 1000)
        np.testing.assert_array_equal(column.values, values)


def steps_of(batch: Batch) -> list[float]:
    return batch.columns["test loss"].steps.tolist() if "test loss" in batch.columns else []


def make_run(folder: Path, metrics: dict[str, str], meta: str = "run_name: one\n") -> LogRef:
    (folder / "metrics").mkdir(parents=True)
    (folder / "meta.yaml").write_text("run_id: abc\nlifecycle_stage: active\n" + meta)
    for name, content in metrics.items():
        (folder / "metrics" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "metrics" / name).write_text(content)
    (log,) = FORMAT.find(folder_at(folder)).logs
    return log


def lines(rows: int, start: int = 0) -> str:
    return "".join(f"{1000 * row} {row / 7} {row}\n" for row in range(start, start + rows))


def test_only_runs_are_found(tmp_path: Path) -> None:
    log = make_run(tmp_path / "run", {"loss": lines(1)}, "run_name: 'a ''quoted''\n  name'\n")
    assert log.title == "a 'quoted' name"
    found = FORMAT.find(folder_at(log.path))
    assert (found.files, found.folders) == ({"meta.yaml"}, {"metrics"})
    meta = log.path / "meta.yaml"
    for text in ("experiment_id: 1\n", "run_id: abc\nlifecycle_stage: deleted\n", "", "\0", ": :"):
        meta.write_text(text)
        assert FORMAT.find(folder_at(log.path)).logs == ()
    (tmp_path / ".trash").mkdir()
    assert FORMAT.find(folder_at(tmp_path)).folders == {".trash"}


def test_lines_of_one_moment_and_step_are_one_row_in_the_order_of_time(tmp_path: Path) -> None:
    log = make_run(tmp_path / "run", {"a": "5 1 0\n7 2 1\n9 3 0\n", "b/c": "5 4 0\n8 5 0\n"})
    batch = read_all(FORMAT.open(log))
    assert batch.columns["a"].rows.tolist() == [1, 2, 4]
    assert batch.columns["b/c"].rows.tolist() == [1, 3]
    assert points(batch, "a") == [(0.0, 1.0), (1.0, 2.0), (0.0, 3.0)]


def test_a_long_file_beside_a_short_one_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    dense, sparse = lines(20_000), "".join(lines(1, row) for row in range(0, 20_000, 1000))
    log = make_run(tmp_path / "run", {"dense": dense, "sparse": sparse})
    source, latest, more = FORMAT.open(log), 0.0, True
    while more:
        batch = source.read(500, 60)
        times = np.concatenate([column.times for column in batch.columns.values()])
        assert times.min() >= latest
        latest, more = times.max(), batch.more
    assert latest == 19_999


def test_lines_of_all_releases_and_bad_ones(tmp_path: Path) -> None:
    content = "0 1\n1000 2 3\n2000 4 5 data 0123\nx 1 2\n3000 1\n\n4000 nan 1e3\n5000 -inf 7\n"
    batch = read_all(FORMAT.open(make_run(tmp_path / "run", {"loss": content + "6000 1 8"})))
    assert points(batch, "loss") == [(0.0, 1.0), (3.0, 2.0), (5.0, 4.0), (0.0, 1.0), (7.0, -np.inf)]
    assert batch.bad_lines == 3


def test_a_file_that_was_written_again_makes_all_of_it_void(tmp_path: Path) -> None:
    log = make_run(tmp_path / "run", {"a": lines(5), "b": lines(5)})
    source = FORMAT.open(log)
    read_all(source)
    (log.path / "metrics" / "a").write_text("1 9 9\n")
    batch = read_all(source)
    assert batch.rewound
    assert points(batch, "a") == [(9.0, 9.0)]
    assert len(points(batch, "b")) == 5


@pytest.mark.parametrize("max_rows", [1, 50])
def test_any_split_of_files_gives_the_same(tmp_path: Path, max_rows: int) -> None:
    log = make_run(tmp_path / "run", {"a": lines(900), "b": lines(300, 200), "c/d": lines(2)})
    assert_same(read_in_pieces(FORMAT, log, max_rows), read_all(FORMAT.open(log)).columns)


def test_marks_of_other_files_and_nonsense_are_refused(tmp_path: Path) -> None:
    log = make_run(tmp_path / "run", {"a": lines(900), "b": lines(300)})
    source = FORMAT.open(log)
    read_all(source)
    mark = json.loads(json.dumps(source.mark()))
    assert FORMAT.open(log).resume(mark)
    nonsense: list[object] = [None, "x", -1, [1], {"a": 1}, {"../../a": mark["metrics"]["a"]}]
    for key in mark:
        assert not any(FORMAT.open(log).resume({**mark, key: bad}) for bad in nonsense)
    (log.path / "metrics" / "b").write_text(lines(300, 1))
    assert not FORMAT.open(log).resume(mark)


@HOW_MANY
def test_damage_of_a_file_costs_no_more_than_its_lines(tmp_path: Path, count: int) -> None:
    log = make_run(tmp_path / "run", {"a": lines(100), "b": lines(100)})
    data = lines(100).encode()
    for content in damaged(data, count):
        (log.path / "metrics" / "a").write_bytes(content)
        batch = read_all(FORMAT.open(log, complete=True))
        assert len(points(batch, "b")) == 100
        whole = set(content.split(b"\n")[:-1]) & set(data.split(b"\n")) - {b""}
        read = set(points(batch, "a")) if "a" in batch.columns else set()
        for text in whole:
            _, value, step = text.split()
            assert (float(step), float(value)) in read


def test_endless_lines_links_and_fifos_are_left_out(tmp_path: Path) -> None:
    log = make_run(
        tmp_path / "run", {"a": lines(1) + "1" * 300_000 + "\n" + lines(3), "b": lines(2)}
    )
    (log.path / "metrics" / "link").symlink_to(log.path / "metrics" / "b")
    os.mkfifo(log.path / "metrics" / "fifo")
    batch = read_all(FORMAT.open(log))
    assert batch.columns.keys() == {"a", "b"}
    assert len(points(batch, "a")) == 4
    assert batch.bad_lines == 1
