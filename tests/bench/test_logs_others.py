"""Readers of other people's logs beside those of their makers: `python -m pytest tests/bench`.

The same file is read in turns, so that a busy machine is as busy for both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench.protobuf_reader import count_values
from logs_support import history, read_all, wandb_file

from grok_tui.logs.wandb import WandbSource

ROWS, METRICS = 20_000, 12
TURNS = 3
TARGET_POINTS = 12_000_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows as wide as those of a small run, with the digits that 64 bits take."""
    values = np.random.default_rng(0).random((ROWS, METRICS)).tolist()
    rows = [[(f"train/metric {n}", repr(value)) for n, value in enumerate(row)] for row in values]
    records = [history(step, row, kind) for step, row in enumerate(rows) for kind in (2, 3)]
    path = tmp_path_factory.mktemp("wandb") / "run-x.wandb"
    path.write_bytes(wandb_file(records))
    return path


def test_wandb(report: list[str], log: Path) -> None:
    pytest.importorskip("wandb.proto.wandb_internal_pb2")
    readers: dict[str, Callable[[], int]] = {
        "ours": lambda: sum(len(c.values) for c in read_all(WandbSource(log)).columns.values()),
        "plain protobuf and json": lambda: count_values(log),
    }
    best = dict.fromkeys(readers, float("inf"))
    for _ in range(TURNS):
        for name, read in readers.items():
            start = time.process_time()
            assert read() == ROWS * METRICS
            best[name] = min(best[name], time.process_time() - start)
    for name, cpu_s in best.items():
        per_s = ROWS * METRICS / cpu_s
        report.append(
            f".wandb, {name}: {per_s / 1e6:.2f} M points a CPU second,"
            f" {TARGET_POINTS / per_s:.1f} for 12 M points"
        )
