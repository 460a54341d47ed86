"""What a column of somebody's log means: which is the step, which is train and which is test.

The rest of the program knows four names only: `train/accuracy`, `test/accuracy`, `train/loss` and
`test/loss`. Accuracy is 0…1 there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from grok_tui.logs.metric_words import PLAIN, TEST_WORDS, TRAIN_WORDS, Family, metric_of

PERCENT_ABOVE = 1.5
"""An accuracy above this is in percent: rounding and label smoothing stay well below it."""

_STEP_NAMES = (
    "step",
    "global_step",
    "_step",
    "trainer/global_step",
    "train/global_step",
    "iteration",
    "iter",
    "steps",
    "iterations",
    "iters",
    "update",
    "updates",
    "timesteps",
    "total_timesteps",
    "time/total_timesteps",
    "epoch",
    "epochs",
)
_TIME_NAMES = ("time", "timestamp", "_timestamp", "wall_time", "ts", "datetime", "date")
_RUN_NAMES = frozenset(
    f"{thing}{part}"
    for thing in ("run", "seed", "exp", "experiment", "trial", "model", "fold", "replicate")
    for part in ("", "_id", "_name")
)
"""Columns that tell several runs in one table apart."""
_METRIC_COLUMNS = frozenset({"metric", "metric_name", "tag", "variable", "quantity", "key"})
"""Columns that name what the number in another column of their row is."""

_SPLIT_WORDS = frozenset({*TRAIN_WORDS, *TEST_WORDS})
_SPLIT_COLUMNS = frozenset({"split", "phase", "stage", "mode", "subset", "partition", "set"})
MAX_FAMILIES = 1000
"""Of a table with columns of more runs than this, only the first ones are looked at."""

Candidates = dict[Family, tuple[int, str]]
"""For each family the rank (lower is better) and the name of its best column."""


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

METRICS = tuple(f"{split}/{quantity}" for quantity in QUANTITIES for split in ("train", "test"))
"""The canonical names."""


class Columns:
    """The columns of a log, which may grow, and their meaning."""

    def __init__(self) -> None:
        self._lowered: dict[str, str] = {}
        self._found: dict[tuple[str, str], Candidates] = {}

    def add(self, names: Iterable[str]) -> None:
        """Take more columns into account; of two names that mean the same the first counts."""
        for name in names:
            self._lowered.setdefault(_plain(name), name)
            found = metric_of(name)
            if found is None:
                continue
            quantity, split, family, rank = found
            families = self._found.setdefault((quantity, split), {})
            if family in families or len(families) < MAX_FAMILIES:
                families[family] = min(families.get(family, (rank, name)), (rank, name), key=_rank)

    def axes(self) -> tuple[str | None, str | None]:
        """Return the columns of the step and of the time."""
        step = next((self._lowered[name] for name in _STEP_NAMES if name in self._lowered), None)
        moment = next((self._lowered[name] for name in _TIME_NAMES if name in self._lowered), None)
        return step, moment

    def meaning(self) -> Meaning:
        """Return what the columns seen so far mean."""
        metrics: dict[str, str] = {}
        rivals: list[str] = []
        found = self._by_split()
        for quantity in QUANTITIES:
            train, test = found[quantity, "train"], found[quantity, "test"]
            pairs = [(one, one) for one in train if one in test] or _near(train, test)
            pairs = [pair for pair in pairs if pair == (Family(), Family())] or pairs
            if len(pairs) > 1:
                rivals += [f"{train[one][1]} with {test[other][1]}" for one, other in pairs]
            elif pairs:
                (one, other), *_ = pairs
                metrics |= {f"train/{quantity}": train[one][1], f"test/{quantity}": test[other][1]}
        if not rivals and "train/accuracy" not in metrics:
            metrics |= _mixed(found["loss", "train"], found["accuracy", "test"])
        step, moment = self.axes()
        return Meaning(
            step=step,
            time=moment,
            metrics=metrics,
            rivals=tuple(rivals) if not metrics else (),
        )

    def _by_split(self) -> Mapping[tuple[str, str], Candidates]:
        """Return the candidates, corrected by what the names say together."""
        kinds = [(quantity, split) for quantity in QUANTITIES for split in ("train", "test")]
        found = {kind: dict(self._found.get(kind, {})) for kind in kinds}
        if {"train_runtime", "loss"} <= self._lowered.keys():
            # Where Hugging Face's trainer ends, its `train_loss` is one number: the mean of all.
            found["loss", "train"][Family()] = (PLAIN, self._lowered["loss"])
        plain = found["accuracy", "train"].get(Family(), (0, ""))
        train_loss = found["loss", "train"].get(Family(), (PLAIN, ""))
        if plain[0] >= PLAIN > train_loss[0] and Family() in found["loss", "test"]:
            # Beside `train_loss` and `valid_loss`, `accuracy` is that of the validation set.
            found["accuracy", "test"].setdefault(Family(), plain)
            del found["accuracy", "train"][Family()]
        return found


def _mixed(train: Candidates, test: Candidates) -> dict[str, str]:
    """Return the training loss and the test accuracy, where there is one of each."""
    pairs = [(one, one) for one in train if one in test] or _near(train, test)
    if len(pairs) != 1:
        return {}
    ((one, other),) = pairs
    return dict(zip(MIXED, (train[one][1], test[other][1]), strict=True))


def names_split(name: str, cell: object) -> bool:
    """Return whether a cell says which split its row is of, as in tables with a row a split."""
    is_named = _plain(name) in _SPLIT_COLUMNS
    return is_named and isinstance(cell, str) and cell.strip().lower() in _SPLIT_WORDS


@lru_cache(maxsize=10_000)
def names_metric(name: str) -> bool:
    """Return whether a column's texts name metrics, as in tables with a row a value."""
    return _plain(name) in _METRIC_COLUMNS


@lru_cache(maxsize=10_000)
def is_step(name: str) -> bool:
    """Return whether a column can be the step."""
    return _plain(name) in _STEP_NAMES


@lru_cache(maxsize=10_000)
def is_time(name: str) -> bool:
    """Return whether a column can be the time."""
    return _plain(name) in _TIME_NAMES


def canonical(name: str) -> str | None:
    """Return what a column means by its name alone, such as `test/loss` for `val_loss`."""
    found = metric_of(name)
    if found is None:
        return None
    quantity, split, family, _ = found
    return None if family else f"{split}/{quantity}"


def is_axis(name: str) -> bool:
    """Return whether a column is the step or the time, which belong to no split."""
    return is_step(name) or is_time(name)


@lru_cache(maxsize=10_000)
def is_run(name: str) -> bool:
    """Return whether a column says which run its row is of."""
    return _plain(name) in _RUN_NAMES


@lru_cache(maxsize=10_000)
def _plain(name: str) -> str:
    """Return a column's name as it is compared: `Global Step` is `global_step`."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


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
