"""What a column of somebody's log means: which is the step, which is train and which is test.

The rest of the program knows four names only: `train/accuracy`, `test/accuracy`, `train/loss` and
`test/loss`. Accuracy is 0…1 there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PERCENT_ABOVE = 1.5
"""An accuracy above this is in percent: rounding and label smoothing stay well below it."""

_STEP_NAMES = (
    "step",
    "global_step",
    "_step",
    "trainer/global_step",
    "iteration",
    "iter",
    "steps",
    "update",
    "epoch",
)
_TIME_NAMES = ("time", "timestamp", "_timestamp", "wall_time", "ts")

# In the order of preference: a log with both `test` and `val` is judged by `test`.
_TEST_WORDS = ("test", "val", "valid", "validation", "eval", "dev", "heldout")
_TRAIN_WORDS = ("train", "training", "tr")
_ACCURACY_WORDS = frozenset({"acc", "accuracy", "acc1", "top1"})
_LOSS_WORDS = frozenset({"loss", "nll", "ce", "mse"})
# Statistics over several runs or batches, which are no curve of the metric itself.
_STATISTICS = frozenset({"std", "min", "max", "var", "sem", "err", "lower", "upper", "best"})
_NEUTRAL_WORDS = frozenset({"epoch", "step", "avg", "mean", "full", "total", "cross", "entropy"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which of a log's columns mean what."""

    step: str | None
    """Column of the training step; without one, rows are counted."""
    time: str | None
    """Column of the time in seconds since the epoch."""
    metrics: Mapping[str, str]
    """Canonical metric name → column."""

    def keeping(self, earlier: Meaning) -> Meaning:
        """Return this meaning, but for what was understood earlier: a curve keeps its column."""
        return Meaning(
            earlier.step or self.step,
            earlier.time or self.time,
            {**self.metrics, **earlier.metrics},
        )

    def is_usable(self) -> bool:
        """Return whether train and test of one quantity are there."""
        return any(
            {f"train/{quantity}", f"test/{quantity}"} <= self.metrics.keys()
            for quantity in ("accuracy", "loss")
        )


def understand(names: Iterable[str]) -> Meaning:
    """Find the meaning of a log's columns by their names."""
    columns = list(names)
    lowered = {name.strip().lower(): name for name in reversed(columns)}
    metrics: dict[str, tuple[int, str]] = {}
    for name in columns:
        found = _metric(name)
        if found is None:
            continue
        canonical, rank = found
        if canonical not in metrics or rank < metrics[canonical][0]:
            metrics[canonical] = (rank, name)
    return Meaning(
        step=next((lowered[name] for name in _STEP_NAMES if name in lowered), None),
        time=next((lowered[name] for name in _TIME_NAMES if name in lowered), None),
        metrics={canonical: name for canonical, (_, name) in metrics.items()},
    )


def _metric(name: str) -> tuple[str, int] | None:
    """Return the canonical name and its rank (lower is better), or nothing."""
    words = [word for word in re.split(r"[^a-z0-9]+", _split_camel(name).lower()) if word]
    quantity = _quantity(words)
    if quantity is None or _STATISTICS.intersection(words):
        return None
    split, split_rank = _split(words)
    known = {*_TEST_WORDS, *_TRAIN_WORDS, *_ACCURACY_WORDS, *_LOSS_WORDS}
    extra = sum(word not in known for word in words)
    if split_rank is None and any(word not in known | _NEUTRAL_WORDS for word in words):
        return None  # `aux_loss` is no train loss
    return f"{split}/{quantity}", 10 * (1 if split_rank is None else split_rank) + extra


def _split_camel(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def _quantity(words: list[str]) -> str | None:
    if _ACCURACY_WORDS.intersection(words):
        return "accuracy"
    return "loss" if _LOSS_WORDS.intersection(words) else None


def _split(words: list[str]) -> tuple[str, int | None]:
    """Return the split, and how good a name it has; Keras and others leave `train` out."""
    if any(word in words for word in _TRAIN_WORDS):  # `train_eval_acc` is of the training set
        return "train", 0
    for rank, word in enumerate(_TEST_WORDS):
        if word in words:
            return "test", rank
    return "train", None
