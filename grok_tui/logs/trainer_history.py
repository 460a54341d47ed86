"""The rows in one `trainer_state.json`, as the Trainer of Hugging Face's transformers writes it.

`log_history` is a list of objects, each with a step, an epoch and some metrics. The file has a
line a field and no checksums, and is written in place: it may be found half written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grok_tui.files import open_regular
from grok_tui.logs.numbers import is_step, number

MAX_BYTES = 32 << 20
"""A longer file, of some 200 000 entries, is not read: it would have to be held whole."""

MAX_METRICS = 10_000
"""A history with more names than this is not one of training."""

Row = tuple[float, dict[str, float]]
"""Step and metrics."""


@dataclass(frozen=True, slots=True)
class History:
    """What one file holds."""

    rows: tuple[Row, ...]
    bad: int = 0
    """Entries that cannot be read."""
    is_whole: bool = True
    """Whether the file is, as far as can be told, as it was written."""
    left_out: int = 0
    """Metrics that are too many."""


def read_file(path: Path) -> bytes:
    """Return the content of a file that lies in a folder that a user named.

    Raises:
        OSError: it cannot be read, or is too long.
    """
    descriptor = open_regular(path, follow=True)
    try:
        if os.fstat(descriptor).st_size > MAX_BYTES:
            raise OSError(f"{path.name} is longer than {MAX_BYTES >> 20} MiB")
        return os.pread(descriptor, MAX_BYTES, 0)
    finally:
        os.close(descriptor)


def parse(content: bytes) -> History:
    """Return the rows in a file; of one that is damaged or cut, those that are whole."""
    try:
        state = json.loads(content)  # reads NaN, as Python writes it
    except (ValueError, RecursionError):
        state = None
    entries = state.get("log_history") if isinstance(state, dict) else None
    if isinstance(entries, list):
        return _history(entries, is_whole=True)
    return _history(_entries_in(content), is_whole=False)


def _entries_in(content: bytes) -> Iterable[object]:
    """Yield what looks like an entry: an object with a step and without others in it."""
    for found in re.finditer(rb"\{[^{}]*\}", content):
        try:
            entry = json.loads(found.group())
        except (ValueError, RecursionError):
            continue
        if "step" in entry:
            yield entry


def _history(entries: Iterable[object], *, is_whole: bool) -> History:
    rows, bad = [], 0
    names: dict[str, None] = {}
    for entry in entries:
        row = _row(entry)
        if row is None:
            bad += 1
            continue
        names.update(dict.fromkeys(row[1]))
        rows.append(row)
    if len(names) > MAX_METRICS:
        kept = set(list(names)[:MAX_METRICS])
        rows = [(step, {n: v for n, v in values.items() if n in kept}) for step, values in rows]
    return History(tuple(rows), bad, is_whole, left_out=max(0, len(names) - MAX_METRICS))


def _row(entry: object) -> Row | None:
    if not isinstance(entry, dict):
        return None
    step = number(entry.get("step"))
    if step is None or not is_step(step):
        return None
    values = ((_text(name), number(value)) for name, value in entry.items() if name != "step")
    return step, {name: value for name, value in values if value is not None}


def _text(name: str) -> str:
    """Return a name that can be written: JSON may spell out halves of characters."""
    return name.encode("utf-8", "replace").decode()
