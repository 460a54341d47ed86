"""A run directory of this program with made-up curves of 20 metrics, as long as one likes.

    python tests/bench/native_run.py append METRICS_FILE RATE SECONDS

appends rows at a rate, or one row where the rate is 0.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import DATA

from grok_tui.config import Config
from grok_tui.launch.local import create_run
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.writer import MetricsWriter

QUANTITIES = ("loss", "accuracy", "grad_norm", "entropy", "margin", "top5", "logit_scale", "lr")
NAMES = (
    *(f"{split}/{quantity}" for split in ("train", "test") for quantity in QUANTITIES),
    *(
        f"complexity/{name}"
        for name in ("mdl_bytes", "weight_norm", "effective_rank", "dead_units")
    ),
)
_BLOCK = 10_000
"""Rows that are encoded at once."""


def values(steps: np.ndarray, last: float) -> np.ndarray:
    """Return 20 metrics at the given steps: train is learnt early, test at 60 % of the run."""
    place = steps / last
    noise = 1 + 0.03 * np.random.default_rng(int(steps[0])).standard_normal(
        (len(NAMES), len(steps))
    )
    columns = []
    for number, name in enumerate(NAMES):
        middle = 0.08 if name.startswith("train") else 0.6
        rise = 1 / (1 + np.exp(-(place - middle) * 60))
        if name.endswith("accuracy"):
            columns.append(np.minimum(rise, 1.0))
        else:
            columns.append((number + 5 * (1 - 0.9 * rise)) * noise[number])
    return np.round(np.stack(columns, axis=1), 6)


def make(root: Path, count: int) -> RunPaths:
    """Make a run with `count` steps, which seems to be running."""
    paths = create_run(root, Config(name="bench", steps=10 * count), preset=None, changes={})
    record = read_record(paths.record)
    running = msgspec.structs.replace(
        record, state=State.RUNNING, state_time=time.time(), data=DATA, device="cpu", pid=1
    )
    write_record(paths.record, running)
    MetricsWriter(paths).close()
    with metrics_file(paths).open("ab") as file:
        for begin in range(0, count, _BLOCK):
            steps = np.arange(begin, min(begin + _BLOCK, count), dtype=float)
            lines = [_row(int(s), v) for s, v in zip(steps, values(steps, count), strict=True)]
            file.write(b"".join(lines))
    return paths


def metrics_file(paths: RunPaths) -> Path:
    """Return the file that rows are appended to."""
    return paths.metrics("trainer", 1)


def probes(paths: RunPaths, folder: Path, count: int) -> None:
    """Write `count` files 0, 1, …, each with one row to be appended."""
    folder.mkdir()
    step = _last_step(metrics_file(paths))
    for number in range(count):
        value = 1.0 + 0.3 * ((number * 7) % 11) + 0.01 * np.arange(len(NAMES))
        (folder / str(number)).write_bytes(_row(step + number + 1, value))


def append(path: Path, rate: float, seconds: float) -> None:
    """Append rows at a rate for some seconds, each in one write."""
    step = _last_step(path)
    begin, made = time.monotonic(), 0
    with path.open("ab", buffering=0) as file:
        while True:
            step, made = step + 1, made + 1
            file.write(_row(step, 1.0 + 0.3 * ((step * 7) % 11) + 0.01 * np.arange(len(NAMES))))
            if rate == 0 or time.monotonic() - begin >= seconds:
                return
            time.sleep(max(0.0, begin + made / rate - time.monotonic()))


def _row(step: int, row: np.ndarray) -> bytes:
    named = dict(zip(NAMES, row.tolist(), strict=True))
    return msgspec.json.encode({"step": step, "time": 1_790_000_000 + step / 20, **named}) + b"\n"


def _last_step(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4096, 0))
        return int(json.loads(file.read().splitlines()[-1])["step"])


if __name__ == "__main__":
    _, _, file_name, given_rate, given_seconds = sys.argv
    append(Path(file_name), float(given_rate), float(given_seconds))
