"""What a row costs a training loop of somebody's own."""

from __future__ import annotations

import time
from pathlib import Path

from grok_tui import Run

ROWS = 50_000


def test_a_step_with_a_row_of_four_metrics(tmp_path: Path) -> None:
    with Run(tmp_path, name="bench") as run:
        start = time.process_time()
        for step in run.steps(ROWS):
            value = 1 / (step + 1)
            run.log(
                step,
                {
                    "train/loss": value,
                    "train/accuracy": 1 - value,
                    "test/loss": 2 * value,
                    "test/accuracy": 1 - value,
                },
            )
        spent = time.process_time() - start
    print(f"\nRun: {1e6 * spent / ROWS:.1f} CPU microseconds for a step with a row of 4 metrics")
