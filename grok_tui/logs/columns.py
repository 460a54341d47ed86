"""What a column of somebody's log means: which is the step, which is train and which is test.

The rest of the program knows four names only: `train/accuracy`, `test/accuracy`, `train/loss` and
`test/loss`. Accuracy is 0…1 there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
_SPLIT_WORDS = frozenset({*_TRAIN_WORDS, *_TEST_WORDS})
_SPLIT_COLUMNS = frozenset({"split", "phase", "stage", "mode", "subset", "partition", "set"})
# Statistics over several runs or batches, which are no curve of the metric itself.
_STATISTICS = frozenset({"std", "min", "max", "var", "sem", "err", "lower", "upper", "best"})
# Words that say how a metric was averaged or computed, and nothing of what it belongs to.
_NEUTRAL_WORDS = frozenset(
    {"epoch", "step", "avg", "mean", "full", "total", "cross", "entropy"}
    | {"sparse", "categorical", "binary"}
)
_KNOWN_WORDS = frozenset(
    {*_TEST_WORDS, *_TRAIN_WORDS, *_ACCURACY_WORDS, *_LOSS_WORDS, *_NEUTRAL_WORDS}
)
MAX_FAMILIES = 1000
"""Of a table with columns of more runs than this, only the first ones are looked at."""

Family = frozenset[str]
"""What is left of a column's name without split and quantity: `slow` of `slow - train/acc`. Curves
of two families belong to two runs, or to two measures."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which of a log's columns mean what."""

    step: str | None = None
    """Column of the training step; without one, rows are counted."""
    time: str | None = None
    """Column of the time in seconds since the epoch."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Canonical metric name → column."""
    rivals: tuple[str, ...] = ()
    """Pairs of columns that all could be meant, as those of several runs in one table."""

    def is_usable(self) -> bool:
        """Return whether train and test of one quantity are there, and of one run only."""
        return not self.rivals and any(set(pair) <= self.metrics.keys() for pair in PAIRS)


QUANTITIES = ("accuracy", "loss")
MIXED = ("train/loss", "test/accuracy")
"""Many logs have no training accuracy: its loss says as well whether it was fitted."""
PAIRS = (*((f"train/{one}", f"test/{one}") for one in QUANTITIES), MIXED)


class Columns:
    """The columns of a log, which may grow, and their meaning."""

    def __init__(self) -> None:
        self._lowered: dict[str, str] = {}
        self._found: dict[tuple[str, str], dict[Family, tuple[int, str]]] = {}

    def add(self, names: Iterable[str]) -> None:
        """Take more columns into account; of two names that mean the same the first counts."""
        for name in names:
            self._lowered.setdefault(name.strip().lower(), name)
            found = _metric(name)
            if found is None:
                continue
            quantity, split, family, rank = found
            families = self._found.setdefault((quantity, split), {})
            if family in families or len(families) < MAX_FAMILIES:
                families[family] = min(families.get(family, (rank, name)), (rank, name), key=_rank)

    def meaning(self) -> Meaning:
        """Return what the columns seen so far mean."""
        metrics: dict[str, str] = {}
        rivals: list[str] = []
        for quantity in QUANTITIES:
            train = self._found.get((quantity, "train"), {})
            test = self._found.get((quantity, "test"), {})
            pairs = [(one, one) for one in train if one in test] or _near(train, test)
            pairs = [pair for pair in pairs if pair == (Family(), Family())] or pairs
            if len(pairs) > 1:
                rivals += [f"{train[one][1]} with {test[other][1]}" for one, other in pairs]
            elif pairs:
                (one, other), *_ = pairs
                metrics |= {f"train/{quantity}": train[one][1], f"test/{quantity}": test[other][1]}
        if not rivals and "train/accuracy" not in metrics:
            metrics |= self._mixed()
        return Meaning(
            step=next((self._lowered[name] for name in _STEP_NAMES if name in self._lowered), None),
            time=next((self._lowered[name] for name in _TIME_NAMES if name in self._lowered), None),
            metrics=metrics,
            rivals=tuple(rivals) if not metrics else (),
        )

    def _mixed(self) -> dict[str, str]:
        """Return the training loss and the test accuracy, where there is one of each."""
        train = self._found.get(("loss", "train"), {})
        test = self._found.get(("accuracy", "test"), {})
        pairs = [(one, one) for one in train if one in test] or _near(train, test)
        if len(pairs) != 1:
            return {}
        ((one, other),) = pairs
        return dict(zip(MIXED, (train[one][1], test[other][1]), strict=True))


def names_split(name: str, cell: object) -> bool:
    """Return whether a cell says which split its row is of, as in tables with a row a split."""
    is_named = name.strip().lower() in _SPLIT_COLUMNS
    return is_named and isinstance(cell, str) and cell.strip().lower() in _SPLIT_WORDS


def is_axis(name: str) -> bool:
    """Return whether a column is the step or the time, which belong to no split."""
    return name.strip().lower() in {*_STEP_NAMES, *_TIME_NAMES}


def understand(names: Iterable[str]) -> Meaning:
    """Find the meaning of a log's columns by their names."""
    columns = Columns()
    columns.add(names)
    return columns.meaning()


def _near(train: Iterable[Family], test: Iterable[Family]) -> list[tuple[Family, Family]]:
    """Pair `train_loss` with `model/val_loss`: one name says no more than the other does."""
    return [(one, other) for one in train for other in test if one <= other or other <= one]


def _rank(candidate: tuple[int, str]) -> int:
    return candidate[0]


def _metric(name: str) -> tuple[str, str, Family, int] | None:
    """Return quantity, split, family and rank (lower is better) of a column, or nothing."""
    words = [word for word in re.split(r"[^a-z0-9]+", _split_camel(name).lower()) if word]
    quantity = _quantity(words)
    if quantity is None or _STATISTICS.intersection(words):
        return None
    split, rank = _split(words)
    family = Family(words) - _KNOWN_WORDS
    if rank is None and family:
        return None  # `aux_loss` is no train loss
    neutral = sum(word in _NEUTRAL_WORDS for word in words)
    return quantity, split, family, 10 * (1 if rank is None else rank) + neutral


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
