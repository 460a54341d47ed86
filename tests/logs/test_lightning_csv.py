"""CSV files of Lightning's own logger: sparse rows, and a rewrite at each new column."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path

from logs_support import kill, needs, read_all, running, said, tell

from grok_tui.logs.source import Batch
from grok_tui.logs.table import TableSource

pytestmark = needs("lightning")

WRITER = """
import sys
from lightning.pytorch.loggers import CSVLogger
logger = CSVLogger(sys.argv[1], name="run", version=0, flush_logs_every_n_steps=1)
def log(step, **values):
    logger.log_metrics({name.replace("__", "/"): v for name, v in values.items()}, step)
    logger.save()
for step in range(10):
    log(step, train_loss=1 / (1 + step), epoch=step // 5)
    if step % 5 == 4:  # two new columns, and a row of its own
        log(step, val_loss=2 / (1 + step), val_acc=step / 10, epoch=step // 5)
log(10, train_loss=float("nan"), lr__adam=1e-3)
print(logger.log_dir, flush=True)
sys.stdin.readline()
step = 10
while True:
    step += 1
    log(step, train_loss=1 / (1 + step), **{"new" if step > 30 else "lr__adam": 0.5})
"""


def cells_of(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Return what Python's own reader finds in a file, by column."""
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if text and name != "step":
                    found.setdefault(name, []).append((float(row["step"]), float(text)))
    return found


def told(batch: Batch) -> dict[str, list[tuple[float, float]]]:
    return {
        name: list(zip(column.steps.tolist(), column.values.tolist(), strict=True))
        for name, column in batch.columns.items()
    }


def spelled(cells: dict[str, list[tuple[float, float]]]) -> dict[str, str]:
    """Return numbers as texts, of which not-a-number equals itself."""
    return {name: repr(points) for name, points in cells.items()}


def test_a_run_is_followed_while_lightning_writes_and_after_its_death(tmp_path: Path) -> None:
    with running(WRITER, tmp_path) as writer:
        path = Path(said(writer)) / "metrics.csv"
        source = TableSource(path)
        batch = read_all(source)
        whole = told(batch)
        assert spelled(whole) == spelled(cells_of(path))
        assert whole["val_acc"] == [(4.0, 0.4), (9.0, 0.9)]
        assert math.isnan(whole["train_loss"][-1][1])
        tell(writer, "go on")
        deadline = time.monotonic() + 60
        while "new" not in whole:  # a rewrite of the whole file that is being followed
            assert time.monotonic() < deadline
            batch = read_all(source)
            fresh = told(batch)
            whole = fresh if batch.rewound else _joined(whole, fresh)
        kill(writer)
    batch = read_all(source)
    whole = told(batch) if batch.rewound else _joined(whole, told(batch))
    left = cells_of(path)  # the last row may be half a row
    for name, points in whole.items():
        assert repr(points) == repr(left[name][: len(points)])
        assert len(points) >= len(left[name]) - 1


def _joined(
    whole: dict[str, list[tuple[float, float]]], fresh: dict[str, list[tuple[float, float]]]
) -> dict[str, list[tuple[float, float]]]:
    return {name: [*whole.get(name, []), *fresh.get(name, [])] for name in {**whole, **fresh}}
