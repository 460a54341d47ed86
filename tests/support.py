"""What several tests need: curves with a known shape, and run directories made with the writer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grok_tui.config import Config
from grok_tui.launch.local import create_run
from grok_tui.runs.checkpoints import Manifest, commit
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import Data, State, read_record, write_record
from grok_tui.runs.writer import MetricsWriter

SAMPLES = Path(__file__).parent.parent / "sample_runs"
LINEAR = np.arange(0, 4001, 10.0)
LOGARITHMIC = np.unique(np.round(np.geomspace(1, 4000, 200)))


def rise(steps: np.ndarray, middle: float, width: float = 0.12, top: float = 1.0) -> np.ndarray:
    """Return a logistic rise in log step from 0 to `top`; half of it at `middle`."""
    with np.errstate(over="ignore"):
        return top / (1 + np.exp(-(np.log(np.maximum(steps, 0.5)) - np.log(middle)) / width))


def write_run(
    root: Path,
    rows: Sequence[tuple[int, Mapping[str, float]]],
    *,
    name: str = "run",
    state: State = State.FINISHED,
    config: Config | None = None,
    **fields: Any,
) -> RunPaths:
    """Make a run directory as the trainer leaves it."""
    paths = create_run(root, config or Config(name=name), preset=None, changes={})
    record = read_record(paths.record)
    record = msgspec.structs.replace(record, state=state, state_time=time.time(), **fields)
    write_record(paths.record, record)
    writer = MetricsWriter(paths)
    for step, values in rows:
        writer.write(step, values)
    writer.close()
    return paths


def save_checkpoint(paths: RunPaths, step: int, data: bytes = b"weights") -> Manifest:
    """Make a checkpoint with data that no trainer can read."""
    digest = hashlib.sha256(data).hexdigest()
    manifest = Manifest(step=step, size=len(data), sha256=digest, time=1.0, reason="test")
    commit(paths, data, manifest)
    return manifest


def grokking_rows(middle: float = 800.0) -> list[tuple[int, dict[str, float]]]:
    """Return rows of a run that memorises near step 50 and groks at `middle`."""
    steps = np.unique(np.concatenate([np.arange(64.0), LINEAR]))
    train, test = rise(steps, 30), rise(steps, middle)
    size = 6000 * rise(steps, 30) * (1 - 0.5 * rise(steps, middle, 0.4)) + 40
    return [
        (
            int(step),
            {
                "train/loss": 4 * (1 - a) + 1e-6,
                "train/accuracy": float(a),
                "test/loss": 4 * (1 - b) + 1e-3,
                "test/accuracy": float(b),
                "complexity/weight_norm": 60 + 10 * float(a),
                "complexity/mdl_bytes": float(s),
            },
        )
        for step, a, b, s in zip(steps, train, test, size, strict=True)
    ]


DATA = Data(train_size=1404, test_size=1405, classes=53, chance=1 / 53)


def wait_until(
    condition: Callable[[], Any], what: str, timeout_s: float = 30.0, every_s: float = 0.02
) -> Any:
    """Return the condition's first true value; fail the test when there is none in time."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}"
        time.sleep(every_s)
    return value


def assert_same(one: Any, other: Any) -> None:
    """Compare states, with tensors in them, bit by bit."""
    assert type(one) is type(other)
    if hasattr(one, "numpy"):
        assert one.dtype == other.dtype
        assert one.numpy().tobytes() == other.numpy().tobytes()
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other
