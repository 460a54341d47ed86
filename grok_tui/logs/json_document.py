"""A whole JSON file as a table: a dict of lists, as Keras' History has, or a list of objects."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from grok_tui.files import open_regular
from grok_tui.logs.block import Block, block_of_rows
from grok_tui.logs.cells import flattened, row_numbers
from grok_tui.logs.columns import is_step
from grok_tui.logs.delimited import MAX_COLUMNS
from grok_tui.logs.metric_words import metric_of
from grok_tui.logs.source import Mark
from grok_tui.logs.tail import Lines

MAX_BYTES = 1 << 23
"""A longer file is no history of a training run; it is read whole whenever it changes."""


class WholeFile:
    """A file that is replaced as a whole: given as one line, and again whenever it changed."""

    def __init__(self, path: Path) -> None:
        """Follow a path that the user gave."""
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self._digest = ""

    def read(self) -> Lines:
        """Return the content if it is new.

        Raises:
            OSError: it cannot be read, or is no whole JSON, as while somebody writes it.
        """
        descriptor = open_regular(self._path, follow=True)
        try:
            status = os.fstat(descriptor)
            now = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if now == self._seen:
                return Lines([])
            if status.st_size > MAX_BYTES:
                raise OSError(f"{self._path.name} is longer than {MAX_BYTES >> 20} MiB")
            content = os.pread(descriptor, MAX_BYTES, 0)
        finally:
            os.close(descriptor)
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        if digest == self._digest:
            self._seen = now
            return Lines([])
        if _decoded(content) is None:
            raise OSError(f"{self._path.name} is no whole JSON file")
        rewound = bool(self._digest)
        self._seen, self._digest = now, digest
        return Lines([content], rewound=rewound)

    def mark(self) -> Mark:
        """Return what the content is known by."""
        return {"digest": self._digest}

    def resume(self, mark: Mark) -> bool:
        """Take the content as read; return false if this is another one."""
        digest = mark.get("digest")
        if not isinstance(digest, str):
            return False
        try:
            self.read()
        except OSError:
            return False
        if digest != self._digest:
            self._seen, self._digest = None, ""
        return digest == self._digest


class JsonDocument:
    """Decodes whole JSON files."""

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows of a file, given as one line."""
        return block_of_rows(row_numbers(row) for line in lines for row in _rows(_decoded(line)))

    def mark(self) -> Mark:
        """Return nothing: every file stands for itself."""
        return {}

    def resume(self, mark: Mark) -> None:
        """Take over nothing."""


def is_history(path: Path) -> bool:
    """Return whether a JSON file has two rows with a metric of a known name, or with a step.

    Other lists of numbers, as in a file of settings, are no log.

    Raises:
        OSError: it cannot be read.
    """
    block = JsonDocument().decode(WholeFile(path).read().lines)
    return block.rows > 1 and any(metric_of(name) or is_step(name) for name in block.columns)


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content)  # reads NaN, as Python writes it
    except (ValueError, RecursionError):
        return None


def _rows(document: object) -> Iterator[list[tuple[str, object]]]:
    if isinstance(document, list):
        for row in document:
            if isinstance(row, dict):
                yield list(flattened(row).items())[:MAX_COLUMNS]
    elif isinstance(document, Mapping):
        lists = {n: cells for n, cells in flattened(document).items() if isinstance(cells, list)}
        for row in zip_longest(*list(lists.values())[:MAX_COLUMNS]):
            yield list(zip(lists, row, strict=False))
