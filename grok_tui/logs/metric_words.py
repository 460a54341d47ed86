"""What one name of a metric says: accuracy or loss, train or test, and of what."""

from __future__ import annotations

import re
from collections.abc import Iterable

# In the order of preference: a log with both `test` and `val` is judged by `test`.
TEST_WORDS = (
    *("test", "te", "val", "valid", "validation", "eval", "evaluation", "dev"),
    *("heldout", "holdout"),
)
TRAIN_WORDS = ("train", "training", "tr", "trn")
_ACCURACY_WORDS = frozenset({"acc", "accuracy", "acc1", "top1", "accs", "accuracies"})
_LOSS_WORDS = frozenset({"loss", "losses", "nll", "ce", "mse", "xent", "bce", "crossentropy"})
_CROSS_ENTROPY = frozenset({"cross", "entropy"})
_ERROR_WORDS = frozenset({"error", "err"})
# An error alone may be anything; with one of these it is a share of wrong answers.
_RATE_WORDS = frozenset({"rate", "top1", "classification", "misclassification"})
# Statistics over several runs or batches, which are no curve of the metric itself.
_STATISTICS = frozenset({"std", "min", "max", "var", "sem", "err", "lower", "upper", "best"})
# Words that say how a metric was averaged or computed, and nothing of what it belongs to.
_NEUTRAL_WORDS = frozenset(
    {"epoch", "step", "avg", "mean", "full", "total", "cross", "entropy"}
    | {"sparse", "categorical", "binary"}
)
# Names written together, such as `trainloss`.
_COMPOUNDS = {
    compound: (split, quantity)
    for split in (*TRAIN_WORDS, *TEST_WORDS)
    for quantity in (*_ACCURACY_WORDS, *_LOSS_WORDS)
    for compound in (split + quantity, quantity + split)
}
_KNOWN_WORDS = frozenset(
    {*TEST_WORDS, *TRAIN_WORDS, *_ACCURACY_WORDS, *_LOSS_WORDS, *_NEUTRAL_WORDS}
)
Family = frozenset[str]
"""What is left of a column's name without split and quantity: `slow` of `slow - train/acc`. Curves
of two families belong to two runs, or to two measures."""

PLAIN = 10
"""From this rank on, a column's name does not say its split."""


def metric_of(name: str) -> tuple[str, str, Family, int] | None:
    """Return quantity, split, family and rank (lower is better) of a column, or nothing."""
    words = _words(name)
    quantity = _quantity(words)
    if quantity is None or (_STATISTICS - _ERROR_WORDS).intersection(words):
        return None
    split, rank = _split(words)
    is_error = _is_error_rate(words)
    family = Family(words) - _KNOWN_WORDS - (_ERROR_WORDS | _RATE_WORDS if is_error else set())
    if rank is None and family:
        return None  # `aux_loss` is no train loss
    neutral = sum(word in _NEUTRAL_WORDS for word in words) + ("step" in words) + 3 * is_error
    return quantity, split, family, (PLAIN if rank is None else 10 * rank) + min(neutral, 9)


def is_error_rate(name: str) -> bool:
    """Return whether a column holds the share of wrong answers: one minus the accuracy."""
    return _is_error_rate(_words(name))


def _words(name: str) -> list[str]:
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return [part for word in words if word for part in _COMPOUNDS.get(word, (word,))]


def _is_error_rate(words: Iterable[str]) -> bool:
    return not _ERROR_WORDS.isdisjoint(words) and not _RATE_WORDS.isdisjoint(words)


def _quantity(words: list[str]) -> str | None:
    if _is_error_rate(words):
        return "accuracy"
    if _ERROR_WORDS.intersection(words):
        return None
    if _ACCURACY_WORDS.intersection(words):
        return "accuracy"
    return "loss" if _LOSS_WORDS.intersection(words) or set(words) >= _CROSS_ENTROPY else None


def _split(words: list[str]) -> tuple[str, int | None]:
    """Return the split, and how good a name it has; Keras and others leave `train` out."""
    if any(word in words for word in TRAIN_WORDS):  # `train_eval_acc` is of the training set
        return "train", 0
    for rank, word in enumerate(TEST_WORDS):
        if word in words:
            return "test", rank
    return "train", None
