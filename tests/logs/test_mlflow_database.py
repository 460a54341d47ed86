"""A store of MLflow's own making in an SQLite file, as a bad disk gives it back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from logs_support import HOW_MANY, complaints, needs, read_all, running, said

from grok_tui.logs.formats import LogRef
from grok_tui.logs.mlflow import FORMAT

pytestmark = needs("mlflow", "sqlalchemy", "alembic")

STEPS = 500
WRITER = f"""
import os, sys
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow import MlflowClient
from mlflow.entities import Metric
client = MlflowClient(f"sqlite:///{{sys.argv[1]}}")
experiment = client.create_experiment("grok", artifact_location="file:///nowhere")
for name in ("one", "two"):
    run = client.create_run(experiment, run_name=name).info.run_id
    for key in ("train/loss", "test/loss"):
        values = [Metric(key, 1 / (step + 1), 1000 * step, step) for step in range({STEPS})]
        client.log_batch(run, values)
print("written", flush=True)
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What MLflow wrote, once for all: it makes some fifty tables first."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with running(WRITER, path) as writer:
        assert said(writer) == "written"
        assert writer.wait(60) == 0
    return path.read_bytes()


@pytest.fixture
def log(content: bytes, tmp_path: Path) -> LogRef:
    path = tmp_path / "mlflow.db"
    path.write_bytes(content)
    return next(log for log in FORMAT.logs_in(path) if log.title == "two")


def test_what_was_written_in_batches_is_read_value_for_value(log: LogRef) -> None:
    columns = read_all(FORMAT.open(log)).columns
    assert columns.keys() == {"train/loss", "test/loss"}
    for column in columns.values():
        np.testing.assert_array_equal(column.steps, np.arange(STEPS))
        np.testing.assert_array_equal(column.times, np.arange(STEPS))
        np.testing.assert_array_equal(column.values, 1 / (np.arange(STEPS) + 1))


def test_a_run_that_a_damaged_page_tells_of_twice_is_one_log(log: LogRef) -> None:
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE twice AS SELECT * FROM runs UNION ALL SELECT * FROM runs")
        connection.execute("DROP TABLE runs")
        connection.execute("ALTER TABLE twice RENAME TO runs")
    assert sorted(log.title or "" for log in FORMAT.logs_in(log.path)) == ["one", "two"]


@HOW_MANY
def test_damage_is_an_error_of_the_file_or_costs_values(log: LogRef, count: int) -> None:
    """SQLite has no sums: a flipped bit may be another value."""
    assert 0 < len(complaints(FORMAT, log, count)) < 2 * count
