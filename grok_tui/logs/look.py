"""A bounded look into a table: whether it is a log of training, and of which runs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from grok_tui.files import open_regular
from grok_tui.logs.block import Block
from grok_tui.logs.cells import run_of
from grok_tui.logs.columns import is_axis, is_run, is_step
from grok_tui.logs.decoders import decoder_for
from grok_tui.logs.metric_words import metric_of
from grok_tui.logs.whole_lines import whole_lines

HEAD_BYTES = 1 << 16
"""What is read of a file to tell whether it is a log."""
WHOLE_BYTES = 1 << 22
"""A file of several runs is read whole up to here; of a longer one, as much in pieces."""
PIECES = 64
MAX_RUNS = 1000
"""A column with more values than this is no name of a run."""
_REMEMBERED = 1024
"""Files of which it is known what they are while they do not change: the app asks all the time."""
_Answer = TypeVar("_Answer")


def _while_unchanged(look: Callable[[Path], _Answer]) -> Callable[[Path], _Answer]:
    """Have a file looked into again only when it was changed."""
    known = lru_cache(_REMEMBERED)(lambda path, _signature: look(path))

    @wraps(look)
    def answer(path: Path) -> _Answer:
        now = path.stat()
        return known(path, (now.st_mtime_ns, now.st_size, now.st_ino, now.st_dev))

    return answer


@_while_unchanged
def is_log(path: Path) -> bool:
    """Return whether a file has two rows with numbers beside the step.

    Raises:
        OSError: it cannot be read, or is no text.
    """
    return _has_metrics(decoder_for(path).decode(head_lines(path)))


@_while_unchanged
def is_table(path: Path) -> bool:
    """Return whether a text is a log and little else than a table of known metrics.

    A line in ten may be damaged; prose has a number in a cell of its own in none.

    Raises:
        OSError: it cannot be read, or is no text.
    """
    block = decoder_for(path).decode(head_lines(path))
    is_known = any(metric_of(name) or is_step(name) for name in block.columns)
    return is_known and block.rows > 9 * block.bad_lines and _has_metrics(block)


def _has_metrics(block: Block) -> bool:
    return block.rows > 1 and not all(map(is_axis, block.columns))


@_while_unchanged
def runs_in(path: Path) -> tuple[str, ...]:
    """Return the runs that a file tells apart by a column; none for a file of one run.

    A run has several rows: a table with a row a run is a table of results.

    Raises:
        OSError: it cannot be read, or is no text.
    """
    head = decoder_for(path).texts(head_lines(path))
    names = {name for row in head for name, _ in row}  # most rows have the same ones
    if not any(map(is_run, names)):
        return ()
    decoder, rows = decoder_for(path), Counter[str]()
    for piece in _pieces(path):
        rows.update(filter(None, map(run_of, decoder.texts(piece))))
    is_several = 1 < len(rows) <= MAX_RUNS and rows.total() >= 2 * len(rows)
    return tuple(rows) if is_several else ()


def head_lines(path: Path) -> list[bytes]:
    """Return the whole lines at the start of a file.

    Raises:
        OSError: it cannot be read, or is no text.
    """
    descriptor = open_regular(path, follow=True)
    try:
        head = os.pread(descriptor, HEAD_BYTES, 0)
        is_whole = len(head) == os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if b"\0" in head:
        raise OSError(f"{path.name} is binary or UTF-16; a log is text in UTF-8")
    return whole_lines(head, is_end=is_whole)[0]


def _pieces(path: Path) -> Iterator[list[bytes]]:
    """Yield whole lines from all over a file, those at its start first."""
    descriptor = open_regular(path, follow=True)
    try:
        size = os.fstat(descriptor).st_size
        if size <= WHOLE_BYTES:
            yield whole_lines(os.pread(descriptor, size, 0), is_end=True)[0]
            return
        length = WHOLE_BYTES // PIECES
        for number in range(PIECES):
            piece = os.pread(descriptor, length, number * size // PIECES)
            begin = piece.find(b"\n") + 1 if number else 0
            yield whole_lines(piece[begin:], is_end=False)[0]
    finally:
        os.close(descriptor)
