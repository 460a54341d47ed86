"""Reading tables of twelve million numbers, beside the readers that people know."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench.log_costs import POLARS, PYARROW, READ, cost_of

from grok_tui.logs.table import TableSource

ROWS, METRICS = 1_000_000, 12
NAMES = [f"train/metric_{number}" for number in range(METRICS)]
GOAL = {"csv": 2.0, "jsonl": 4.0}
"""CPU seconds."""
GOAL_MEMORY = 250e6
SLOWER = 4
"""Ours may take so many times as long as the fastest peer, who reads the file as one: a busy
machine slows all of them, so that seconds alone say little."""
TRIALS = 3
"""The cheapest counts: whatever else the machine does only adds to it."""
PEERS = {
    ("csv", "polars"): POLARS.format("read_csv"),
    ("csv", "pyarrow"): PYARROW.format("csv.read_csv"),
    ("jsonl", "polars"): POLARS.format("read_ndjson"),
    ("jsonl", "pyarrow"): PYARROW.format("json.read_json"),
}


def costs(code: str, path: Path) -> tuple[float, float]:
    """Return CPU seconds and memory of a process that reads the file."""
    seconds, memory, points = cost_of(code, path)
    assert points == ROWS * METRICS
    return seconds, memory


def write(path: Path, rows: int) -> Callable[[int], bytes]:
    """Write a table, and return what makes one more row of it."""
    values = np.random.default_rng(0).random((1000, METRICS)).astype(np.float32).tolist()
    if path.suffix == ".csv":
        heading = ",".join(["step", *NAMES]) + "\n"
        texts = ["{}," + ",".join(map(repr, row)) + "\n" for row in values]
    else:
        heading = ""
        texts = [
            '{{"step": {}, ' + json.dumps(dict(zip(NAMES, row, strict=True)))[1:-1] + "}}\n"
            for row in values
        ]
    with path.open("w") as file:
        file.write(heading)
        file.writelines(texts[step % 1000].format(step) for step in range(rows))
    return lambda step: texts[step % 1000].format(step).encode()


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_twelve_million_points(suffix: str, tmp_path: Path, report: list[str]) -> None:
    path = tmp_path / f"metrics.{suffix}"
    write(path, ROWS)
    size = path.stat().st_size / 1e6
    report.append(f"{suffix}, {ROWS * METRICS / 1e6:.0f} M points, {size:.0f} MB:")
    seconds, memory = min(costs(READ, path) for _ in range(TRIALS))
    goal = f"(goals {GOAL[suffix]:.0f} s and {GOAL_MEMORY / 1e6:.0f} MB)"
    report.append(f"  grok-tui {seconds:6.2f} CPU s  {memory / 1e6:6.0f} MB  {goal}")
    fastest = math.inf
    for (kind, name), code in PEERS.items():
        if kind == suffix:
            pytest.importorskip(name)
            their_seconds, their_memory = min(costs(code, path) for _ in range(TRIALS))
            fastest = min(fastest, their_seconds)
            report.append(f"  {name:8} {their_seconds:6.2f} CPU s  {their_memory / 1e6:6.0f} MB")
    assert seconds <= SLOWER * fastest
    assert memory <= GOAL_MEMORY


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("rows_a_read", [1, 10, 100])
def test_tail(suffix: str, rows_a_read: int, tmp_path: Path, report: list[str]) -> None:
    path = tmp_path / f"metrics.{suffix}"
    row = write(path, 1000)
    source, costs = TableSource(path), list[float]()
    source.read(10_000, 60)
    with path.open("ab", buffering=0) as file:
        for start in range(1000, 1000 + 300 * rows_a_read, rows_a_read):
            file.write(b"".join(map(row, range(start, start + rows_a_read))))
            began = time.process_time_ns()
            batch = source.read(10_000, 60)
            costs.append((time.process_time_ns() - began) / rows_a_read / 1000)
            assert len(batch.columns[NAMES[0]].values) == rows_a_read
    median = float(np.median(costs))
    report.append(f"{suffix}, tail, {rows_a_read:3} rows a read: {median:6.1f} µs a row")
    if rows_a_read == 100:
        assert median <= 10
