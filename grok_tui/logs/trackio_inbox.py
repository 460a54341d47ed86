"""Trackio's inbox: where it logs on network file systems, until a dashboard imports it.

Each run has a folder there, `inbox/WRITER`, with files of a few rows each that appear whole, one
after the other, and are removed when they were imported. What was read of them stays.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from grok_tui.files import first_names
from grok_tui.logs.formats import Folder
from grok_tui.logs.growing import GrowingFile, read_start
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import MAX_METRICS, is_count, is_step
from grok_tui.logs.source import Batch, ColumnBuilder, Mark

INBOX = "inbox"
READ_BYTES = 1 << 20
MAX_WRITERS = 10_000
MAX_FRAGMENTS = 500_000
"""Files of one run that are looked for: it makes one in half a second."""
_WRITER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FRAGMENT = re.compile(r"(\d{8,12})\.jsonl")
_METRIC = "metric"

Parse = Callable[[tuple[object, object, object]], tuple[float, float, dict[str, float]]]
"""Makes step, time and numbers of a row as it stands there; a ValueError where it is none."""


def writers_in(folder: Folder) -> frozenset[str]:
    """Return the folders of an inbox that hold fragments."""
    named = (name for name in folder.folders if _WRITER.fullmatch(name))
    return frozenset(name for name in named if _numbers(folder.path / name))


def runs_in(inbox: Path, writers: frozenset[str]) -> dict[str, str]:
    """Return the runs of writers and what they are called, told by the first rows of each."""
    found: dict[str, str] = {}
    for writer in sorted(writers)[:MAX_WRITERS]:
        for record in _first_records(inbox / writer):
            if (run := run_of(record)) is not None:
                found.setdefault(run, str(record.get("run")))
    return found


def run_of(record: Mapping[str, object]) -> str | None:
    """Return what tells the run of a row from others: older releases have its name only."""
    run, name = record.get("run_id"), record.get("run")
    if record.get("kind") != _METRIC or not isinstance(name, str):
        return None
    return run if isinstance(run, str) and run else f"{record.get('project')}/{name}"


class _Writer:
    """One folder, as far as it was read."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.go_to(number)
        self._listed_at = 0

    def go_to(self, number: int) -> None:
        """Begin with the file of a number."""
        self.number = number
        self.file = GrowingFile(_fragment(self.folder, number))

    def next(self) -> int | None:
        """Return the number of the file behind this one, if it is there."""
        if _fragment(self.folder, self.number + 1).exists():
            return self.number + 1
        try:  # one may be missing: it could not be written, or was imported
            changed = self.folder.stat().st_mtime_ns
        except OSError:
            return None
        if changed == self._listed_at:
            return None
        self._listed_at = changed
        return min((each for each in _numbers(self.folder) if each > self.number), default=None)


class InboxSource:
    """The rows of one run."""

    def __init__(self, inbox: Path, run: str, parse: Parse) -> None:
        """Read a run in an inbox; `parse` makes its rows."""
        self._inbox, self._run, self._parse = inbox, run, parse
        self._begin()

    def _begin(self) -> None:
        self._writers: dict[str, _Writer] = {}
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
            piece = waiting[0].file.read(READ_BYTES)
            if piece.rewound and waiting[0].file.path.exists():
                self._begin()
                return Batch(more=True, rewound=True)
            used = self._take(piece.data, builder, last_row)
            if not used and not piece.at_end:  # no line is so long
                self._bad, used = self._bad + 1, len(piece.data)
            waiting[0].file.use(piece.data, used)
            if not used and not self._go_on(waiting[0], piece.data):
                waiting.pop(0)
            more = bool(waiting) and (self._row >= last_row or time.monotonic() > deadline)
        left_out = f"all but {MAX_METRICS} metrics" if self._is_full else None
        return Batch(builder.build(), more=more, bad_lines=self._bad, left_out=left_out)

    def _go_on(self, writer: _Writer, rest: bytes) -> bool:
        """Go to a writer's next file, if there is one: then nothing is added to this one."""
        number = writer.next()
        if number is None:
            return False
        self._bad += bool(rest)
        writer.go_to(number)
        return True

    def _find_writers(self) -> None:
        """Take in the writers of the run that are new, in the order in which they began."""
        fresh = list[tuple[str, str, int]]()
        for name in _writer_names(self._inbox):
            if name in self._writers or name in self._others:
                continue
            records = list(_first_records(self._inbox / name))
            runs = [run_of(record) for record in records]
            if self._run in runs:
                begun = str(records[runs.index(self._run)].get("timestamp"))
                fresh.append((begun, name, min(_numbers(self._inbox / name), default=0)))
            elif any(runs):
                self._others.add(name)
        for _, name, number in sorted(fresh):
            self._writers[name] = _Writer(self._inbox / name, number)

    def _take(self, data: bytes, builder: ColumnBuilder, last_row: int) -> int:
        """Add the rows of whole lines up to a number of rows; return how many bytes they took."""
        used = 0
        while self._row < last_row and (end := data.find(b"\n", used) + 1):
            self._add(data[used:end], builder)
            used = end
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
        writers = {
            name: {"number": writer.number, "file": writer.file.mark()}
            for name, writer in self._writers.items()
        }
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
        if not isinstance(mark, dict) or not isinstance(name, str) or not _WRITER.fullmatch(name):
            return False
        if not is_count(number := mark.get("number")):
            return False
        self._writers[name] = writer = _Writer(self._inbox / name, number)
        # What was imported meanwhile is gone, and was read before.
        return not writer.file.path.exists() or writer.file.resume(mark.get("file"))


def _writer_names(inbox: Path) -> list[str]:
    try:
        names = first_names(inbox, MAX_WRITERS)
    except FileNotFoundError:  # all was imported
        return []
    return sorted(each for each in names if _WRITER.fullmatch(each) and _is_folder(inbox / each))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _fragment(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.jsonl"


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of a writer's files."""
    try:
        names = first_names(folder, MAX_FRAGMENTS)
    except OSError:
        return []
    return [int(match[1]) for name in names if (match := _FRAGMENT.fullmatch(name))]


def _first_records(folder: Path) -> Iterator[dict[str, object]]:
    """Yield the objects in a writer's first file."""
    numbers = _numbers(folder)
    try:
        start = read_start(_fragment(folder, min(numbers)), READ_BYTES) if numbers else b""
    except OSError:
        return
    for line in start.split(b"\n"):
        if line and (record := decode_object(line)) is not None:
            yield record
