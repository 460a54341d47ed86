"""What it costs to read what was added to a log: `python -m pytest tests/bench/test_tails.py`.

CPU microseconds, the median of many reads. What a read costs that finds anything is shared by the
rows in it, so that a goal for one row is one for many of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import event_files
import numpy as np
import pytest

from grok_tui.logs.event_source import EventSource
from grok_tui.logs.source import Source
from grok_tui.logs.table import TableSource

METRICS = 12
NAMES = [f"train/metric_{number}" for number in range(METRICS)]
VALUES = np.random.default_rng(0).random((1000, METRICS)).astype(np.float32).tolist()
READS = 300
EARLIER = 1000
"""Rows that were there and read before."""
ROW_US, BATCH_US = 10.0, 500.0
"""The goals: a row of a table among a hundred; what TensorBoard writes at once, of ten steps."""


@dataclass(frozen=True)
class Format:
    """How a format writes a row, and who reads it."""

    name: str
    open: Callable[[Path], Source]
    row: Callable[[int, dict[str, float]], bytes]
    head: bytes = b""


FORMATS = {
    "csv": Format(
        "metrics.csv",
        TableSource,
        lambda step, row: f"{step},{','.join(map(repr, row.values()))}\n".encode(),
        f"step,{','.join(NAMES)}\n".encode(),
    ),
    "jsonl": Format(
        "metrics.jsonl",
        TableSource,
        lambda step, row: json.dumps({"step": step, **row}).encode() + b"\n",
    ),
    "tensorboard": Format(
        "events.out.tfevents.1.h.1.0",
        EventSource,
        # As `SummaryWriter.add_scalar` does, one record a value.
        lambda step, row: b"".join(event_files.scalar(step, *each) for each in row.items()),
    ),
}
GOALS: dict[tuple[str, int], tuple[float, Any]] = {
    ("csv", 100): (ROW_US, "row"),
    ("jsonl", 100): (ROW_US, "row"),
    ("tensorboard", 10): (BATCH_US, "read"),
}


@pytest.mark.parametrize("rows_a_read", [1, 10, 100])
@pytest.mark.parametrize("kind", FORMATS)
def test_tail(kind: str, rows_a_read: int, tmp_path: Path, report: list[str]) -> None:
    format_, path = FORMATS[kind], tmp_path / FORMATS[kind].name

    def rows(start: int, end: int) -> bytes:
        named = ((n, dict(zip(NAMES, VALUES[n % 1000], strict=True))) for n in range(start, end))
        return b"".join(format_.row(step, row) for step, row in named)

    path.write_bytes(format_.head + rows(0, EARLIER))
    source, found = format_.open(path), list[float]()
    while source.read(10_000, 60).more:
        pass
    with path.open("ab", buffering=0) as file:
        for start in range(EARLIER, EARLIER + READS * rows_a_read, rows_a_read):
            file.write(rows(start, start + rows_a_read))
            began = time.process_time_ns()
            batch = source.read(10_000, 60)
            found.append((time.process_time_ns() - began) / 1000)
            assert len(batch.columns[NAMES[0]].values) == rows_a_read
    read_us = float(np.median(found))
    costs = {"read": read_us, "row": read_us / rows_a_read}
    goal_us, each = GOALS.get((kind, rows_a_read), (np.inf, "row"))
    goal = f" (goal {goal_us:.0f} a {each})" if (kind, rows_a_read) in GOALS else ""
    report.append(
        f"{kind}, {rows_a_read:3} rows a read: {read_us:6.0f} µs a read,"
        f" {costs['row']:6.1f} a row{goal}"
    )
    assert costs[each] <= goal_us
