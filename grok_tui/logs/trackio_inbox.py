"""Trackio's inbox: where it logs on network file systems, until a dashboard imports it.

Each run has a folder there, `inbox/WRITER`, with files of a few rows each that appear whole, one
after the other, and are removed when they were imported. What was read of them stays. Where rows
come late, all is read once more: it is in the order in which it was written, however it arrives.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from grok_tui.files import first_names
from grok_tui.logs.formats import Folder
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import MAX_METRICS, is_count, is_step
from grok_tui.logs.source import Batch, ColumnBuilder, Mark
from grok_tui.logs.trackio_fragments import (
    READ_BYTES,
    Fragments,
    first_records,
    numbers_in,
    records_in,
)

INBOX = "inbox"
MAX_WRITERS = 10_000
_WRITER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_METRIC = "metric"

Parse = Callable[[tuple[object, object, object]], tuple[float, float, dict[str, float]]]
"""Makes step, time and numbers of a row as it stands there; a ValueError where it is none."""


def writers_in(folder: Folder) -> frozenset[str]:
    """Return the folders of an inbox that hold fragments."""
    named = (name for name in folder.folders if _WRITER.fullmatch(name))
    return frozenset(name for name in named if numbers_in(folder.path / name))


def runs_in(inbox: Path, writers: frozenset[str]) -> dict[str, str]:
    """Return the runs of writers and what they are called, told by the first rows of each."""
    found: dict[str, str] = {}
    for writer in sorted(writers)[:MAX_WRITERS]:
        for record in first_records(inbox / writer):
            if (run := run_of(record)) is not None:
                found.setdefault(run, str(record.get("run")))
    return found


def run_of(record: Mapping[str, object]) -> str | None:
    """Return what tells the run of a row from others: older releases have its name only."""
    run, name = record.get("run_id"), record.get("run")
    if record.get("kind") != _METRIC or not isinstance(name, str):
        return None
    return run if isinstance(run, str) and run else f"{record.get('project')}/{name}"


class InboxSource:
    """The rows of one run."""

    def __init__(self, inbox: Path, run: str, parse: Parse) -> None:
        """Read a run in an inbox; `parse` makes its rows."""
        self._inbox, self._run, self._parse = inbox, run, parse
        self._begin()

    def _begin(self) -> None:
        self._writers: dict[str, Fragments] = {}
        """Those of the run, in the order in which they began."""
        self._others = set[str]()
        """Writers of other runs."""
        self._names: dict[str, None] = {}
        self._is_full = False
        self._row = self._bad = 0

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows that are new.

        Raises:
            OSError: a file cannot be read.
        """
        deadline, last_row = time.monotonic() + max_seconds, self._row + max_rows
        builder, more = ColumnBuilder(), False
        self._find_writers()
        waiting = list(self._writers.values())
        while waiting and not more:
            writer = waiting[0]
            piece = writer.file.read(READ_BYTES)
            is_other = piece.rewound and writer.file.path.exists()
            if is_other or writer.is_late or self._comes_late(writer, piece.data):
                self._begin()
                return Batch(more=True, rewound=True)
            used = self._take(piece.data, writer, builder, last_row)
            if not used and not piece.at_end:  # no line is so long
                self._bad, used = self._bad + 1, len(piece.data)
            writer.file.use(piece.data, used)
            if not used and not self._go_on(writer, piece.data):
                waiting.pop(0)
            more = bool(waiting) and (self._row >= last_row or time.monotonic() > deadline)
        left_out = f"all but {MAX_METRICS} metrics" if self._is_full else None
        return Batch(builder.build(), more=more, bad_lines=self._bad, left_out=left_out)

    def _go_on(self, writer: Fragments, rest: bytes) -> bool:
        """Go to a writer's next file, if there is one: then nothing is added to this one."""
        has_more = writer.go_on()
        self._bad += has_more and bool(rest)
        return has_more

    def _find_writers(self) -> None:
        """Take in the writers of the run that are new."""
        for name in _writer_names(self._inbox):
            if name in self._writers or name in self._others:
                continue
            folder = self._inbox / name
            records = list(first_records(folder))
            runs = [run_of(record) for record in records]
            if self._run in runs:
                begun = _moment(records[runs.index(self._run)])
                self._writers[name] = Fragments(folder, min(numbers_in(folder), default=0), begun)
            elif any(runs):
                self._others.add(name)
        self._writers = dict(sorted(self._writers.items(), key=_begun))

    def _comes_late(self, writer: Fragments, data: bytes) -> bool:
        """Return whether rows were written before those of another writer that were read."""
        others = [each.begun for each in self._writers.values() if each.has_rows]
        others = [begun for begun in others if begun > writer.begun]
        if not others:
            return False
        moments = (_moment(each) for each in records_in(data) if run_of(each) == self._run)
        return min(moments, default=min(others)) < min(others)

    def _take(self, data: bytes, writer: Fragments, builder: ColumnBuilder, last_row: int) -> int:
        """Add the rows of whole lines up to a number of rows; return how many bytes they took."""
        used, first_row = 0, self._row
        while self._row < last_row and (end := data.find(b"\n", used) + 1):
            self._add(data[used:end], builder)
            used = end
        writer.has_rows = writer.has_rows or self._row > first_row
        return used

    def _add(self, line: bytes, builder: ColumnBuilder) -> None:
        record = decode_object(line)
        if record is not None and run_of(record) != self._run:
            return  # an alert, or another run
        try:
            given = record or {}
            step, moment, values = self._parse(
                (given.get("step"), given.get("timestamp"), given.get("metrics"))
            )
        except ValueError:
            step, moment, values = math.nan, math.nan, {}
        if not is_step(step):
            self._bad += 1
            return
        builder.add(self._row, step, moment, self._known(values))
        self._row += 1

    def _known(self, values: dict[str, float]) -> dict[str, float]:
        """Return the values of as many metrics as are kept."""
        for name in values:
            if len(self._names) < MAX_METRICS:
                self._names.setdefault(name)
        known = {name: value for name, value in values.items() if name in self._names}
        self._is_full = self._is_full or len(known) < len(values)
        return known

    def mark(self) -> Mark:
        """Return where this source stands."""
        writers = {name: writer.mark() for name, writer in self._writers.items()}
        counts = {"row": self._row, "bad": self._bad}
        return {"run": self._run, "writers": writers, "names": list(self._names), **counts}

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now."""
        self._begin()
        row, bad, names, writers = (mark.get(key) for key in ("row", "bad", "names", "writers"))
        if mark.get("run") != self._run or not is_count(row) or not is_count(bad):
            return False
        if not isinstance(names, list) or not isinstance(writers, dict):
            return False
        for name, one in writers.items():
            if not self._resume(name, one):
                self._begin()
                return False
        self._row, self._bad = row, bad
        self._names = dict.fromkeys(each for each in names[:MAX_METRICS] if isinstance(each, str))
        return True

    def _resume(self, name: object, mark: object) -> bool:
        if not isinstance(name, str) or not _WRITER.fullmatch(name):
            return False
        writer = Fragments.resumed(self._inbox / name, mark)
        if writer is not None:
            self._writers[name] = writer
        return writer is not None


def _begun(writer: tuple[str, Fragments]) -> tuple[str, str]:
    return writer[1].begun, writer[0]


def _moment(record: Mapping[str, object]) -> str:
    """Return when a row was written, as the text that it is there: all are in one time zone."""
    return str(record.get("timestamp"))


def _writer_names(inbox: Path) -> list[str]:
    try:
        names = first_names(inbox, MAX_WRITERS)
    except FileNotFoundError:  # all was imported
        return []
    return sorted(each for each in names if _WRITER.fullmatch(each) and _is_folder(inbox / each))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
