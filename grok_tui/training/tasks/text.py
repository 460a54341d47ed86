"""Short texts and the classes that they belong to, by the words that occur in them.

Shapes: N texts, V words that count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor

from grok_tui.config import TextTask
from grok_tui.data.texts import read_texts, words_of
from grok_tui.training.dataset import Dataset, Split, draw


def text(task: TextTask, generator: torch.Generator) -> Dataset:
    """Return texts drawn at random, as (N, V) floats: 1 where a word occurs, and 0 elsewhere.

    Which words count is found from the training texts: those that are in the most of them.

    Raises:
        UsageError: they cannot be read, or are too few.
    """
    found = read_texts(task)
    classes = torch.from_numpy(found.classes)
    train, test = draw(len(found), found.tests, task.train_size, task.test_size, generator)
    sets = [
        [set(words_of(text)) for text in found.inputs[numbers.numpy()]] for numbers in (train, test)
    ]
    words = most_frequent(sets[0], task.words)
    splits = [
        Split(occurrences(texts, words), classes[numbers])
        for texts, numbers in zip(sets, (train, test), strict=True)
    ]
    return Dataset(splits[0], splits[1], outputs=int(classes.max()) + 1)


def most_frequent(texts: Sequence[set[str]], count: int) -> list[str]:
    """Return the words that are in the most texts; of equal ones, the first by the alphabet."""
    counted = Counter(chain.from_iterable(texts))
    return sorted(counted, key=lambda word: (-counted[word], word))[:count]


def occurrences(texts: Sequence[set[str]], words: Sequence[str]) -> Tensor:
    """Return (N, V) floats: whether each of the words occurs in each of the texts."""
    columns = {word: column for column, word in enumerate(words)}
    found_NV = torch.zeros(len(texts), len(words))
    for row, text in enumerate(texts):
        found_NV[row, [columns[word] for word in text & columns.keys()]] = 1
    return found_NV
