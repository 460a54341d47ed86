"""What other people's code calls: `from grok_tui import detect`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.verdict import Verdict
from grok_tui.errors import UsageError
from grok_tui.logs.columns import PERCENT_ABOVE
from grok_tui.logs.order import in_step_order
from grok_tui.logs.source import Column
from grok_tui.watch.judgement import judge

Metric = Literal["accuracy", "loss"]


def detect(
    log: str | PathLike[str] | None = None,
    *,
    train: npt.ArrayLike | None = None,
    test: npt.ArrayLike | None = None,
    steps: npt.ArrayLike | None = None,
    metric: Metric = "accuracy",
    train_metric: Metric | None = None,
    chance: float | None = None,
    test_size: int | None = None,
) -> Verdict:
    """Say whether and when a training run shows grokking.

    Args:
        log: a run directory, or a CSV, TSV or JSONL; or else `train` and `test` are given.
        train: one number an evaluation, of shape (n,); not-a-number where nothing was evaluated.
        test: the same of the test set, of shape (n,).
        steps: training step of each evaluation, of shape (n,); without them they are counted from
            0. Where they fall back, training was begun again, and what it superseded is left out.
        metric: what the numbers are: accuracies (0…1 or percent), or losses.
        train_metric: what those of the training set are, where that is something else: `loss`
            beside test accuracies.
        chance: accuracy of guessing, where it is known.
        test_size: number of test examples, for the error of an accuracy.

    Returns:
        The verdict: `outcome`, `memorised_step`, `grok` with step, low and high, `events`, …;
        `to_json()` gives the form that `grok-tui detect --json` prints.

    Raises:
        UsageError: the log cannot be read, or the arrays do not fit together.
    """
    if log is not None:
        if not (train is None and test is None and steps is None):
            raise UsageError("detect takes a log or arrays, not both")
        return judge(Path(log)).verdict
    if train is None or test is None:
        raise UsageError("detect needs a log, or train and test")
    curves = {
        f"train/{train_metric or metric}": _numbers("train", train),
        f"test/{metric}": _numbers("test", test),
    }
    if f"train/{train_metric or metric}" == "train/accuracy" and metric == "loss":
        raise UsageError("train accuracies with test losses: give the losses of both")
    size = {len(values) for values in curves.values()}
    at = np.arange(max(size), dtype=np.float64) if steps is None else _numbers("steps", steps)
    if {len(at)} != size:
        raise UsageError(f"steps, train and test differ in length: {len(at)}, {sorted(size)}")
    if not np.isfinite(at).all():
        raise UsageError("steps must be finite numbers")
    rows = np.arange(len(at), dtype=np.int64)
    times = np.full(len(at), np.nan)
    judge_ = Judge(chance=chance, test_size=test_size)
    columns = {name: Column(rows, at, times, _scaled(name, v)) for name, v in curves.items()}
    judge_.feed(in_step_order(columns))
    return judge_.verdict(is_over=True)


def _numbers(name: str, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"{name} must hold numbers") from None
    if array.ndim != 1:
        raise UsageError(f"{name} must be a list of numbers, not of shape {array.shape}")
    return array


def _scaled(name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return accuracies in percent as shares."""
    is_percent = name.endswith("accuracy") and bool((values > PERCENT_ABOVE).any())
    return values / 100 if is_percent else values
