"""One run's TensorBoard event files as a source: read in the order of their names, and followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grok_tui.files import first_names
from grok_tui.logs import event_mark
from grok_tui.logs.event_file import MAX_RECORD_BYTES
from grok_tui.logs.event_mark import FileMark, RunMark, SessionMark
from grok_tui.logs.event_records import decode_records
from grok_tui.logs.event_scalars import MAX_NAMES, Names
from grok_tui.logs.event_sessions import Session, Sessions
from grok_tui.logs.event_tail import EventTail, Records
from grok_tui.logs.event_values import Scalars
from grok_tui.logs.source import Batch, Column, Mark, join

MAX_FILES = 1000
"""Of a folder with more event files than this, the first ones by name are read."""
MAX_ENTRIES = 100_000
"""So many entries of a folder are looked at."""


def is_event_file(name: str) -> bool:
    """Return whether a file is TensorBoard's, by its own rule; a name that is no text is not."""
    return "tfevents" in name and name == name.encode("utf-8", "ignore").decode()


@dataclass(slots=True)
class _File:
    """One event file of a run, and the session in it that is being read."""

    tail: EventTail
    session: Session
    bad: int = 0


class EventSource:
    """The event files of one run.

    When a file turns out to take back values that were given out before, the rest is read first, to
    learn all that is taken back, and then everything is given out again without it.
    """

    def __init__(
        self, path: Path, *, complete: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        """Read a folder of event files, or a single one.

        Args:
            path: the folder or file; it need not exist yet.
            complete: whether nobody writes to it any more.
            clock: returns the time in seconds since the epoch.
        """
        self._path = path
        self._complete = complete
        self._clock = clock
        self._is_void = False  # what was given out so far
        self._forget()

    def _forget(self) -> None:
        """Know nothing of the run: it is another one now."""
        self._files: dict[str, _File] = {}
        self._sessions = Sessions()
        self._names = Names()
        self._has_more_files = False
        self._row = 0
        self._unread: list[str] = []

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the scalars that are new; a row is a record.

        Raises:
            OSError: one of the files cannot be read.
        """
        deadline = time.monotonic() + max_seconds
        parts: list[Batch] = []
        left = max_rows
        if not self._unread:
            self._find_files()
        while self._unread:
            if left <= 0 or time.monotonic() >= deadline:
                return self._batch(parts, more=True)
            file = self._files[self._unread[-1]]
            records = file.tail.read(left)
            if records.rewound:
                self._start_over()
                self._find_files()
                parts, left = [], max_rows
                continue
            parts += [Batch(columns) for columns in self._take(file, records)]
            left -= len(records.starts)
            if not records.more:
                self._unread.pop()
        if self._sessions.has_given_void:
            self._give_again()
            return Batch(more=True)
        return self._batch(parts, more=False)

    def mark(self) -> Mark:
        """Return where this source stands."""
        if self._is_void or self._sessions.has_given_void:
            return {}  # what was given out is void, so that nobody can go on from there
        files = {name: self._mark(name, file) for name, file in self._files.items()}
        plugins = sorted(self._names.other_plugins)
        return event_mark.write(RunMark(self._row, self._names.names, plugins, files))

    def _mark(self, name: str, file: _File) -> FileMark:
        sessions = [SessionMark.of(each) for each in self._sessions.all if each.file == name]
        return FileMark(file.tail.mark(), file.bad, file.session.number, sessions)

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now."""
        read = event_mark.read(mark)
        if read is None or not self._resume(read):
            self._forget()
            return False
        return True

    def _resume(self, mark: RunMark) -> bool:
        try:
            self._find_files()
        except OSError:
            return False
        if not mark.files.keys() <= self._files.keys():
            return False
        for name, known in mark.files.items():
            file = self._files[name]
            for number, session in enumerate(known.sessions):
                session.restore(self._sessions.get(name, number))
            file.session = self._sessions.get(name, known.session)
            file.bad = known.bad
            if not file.tail.resume(known.tail):
                return False
        for each in mark.names:
            self._names.number(each.encode("utf-8", "replace"))
        self._names.other_plugins.update(mark.other_plugins[:MAX_NAMES])
        self._row = mark.row
        return True

    def _find_files(self) -> None:
        """Look for the files there are now, to be read one after the other."""
        found = self._listed()
        if not {session.file for session in self._sessions.all} <= set(found):
            self._start_over()
        for name in found:
            if name not in self._files:
                path = self._path / name if name else self._path
                tail = EventTail(path, complete=self._complete, clock=self._clock)
                self._files[name] = _File(tail, self._sessions.get(name, 0))
        self._unread = found[::-1]

    def _listed(self) -> list[str]:
        """Return the names of the files in the folder; an empty one stands for the path itself."""
        try:
            names = sorted(filter(is_event_file, first_names(self._path, MAX_ENTRIES)))
        except NotADirectoryError:
            return [""]
        except FileNotFoundError:
            return []
        names = [name for name in names if (self._path / name).is_file()]
        self._has_more_files = len(names) > MAX_FILES
        return names[:MAX_FILES]

    def _start_over(self) -> None:
        """Begin anew, because a file was replaced, cut or removed."""
        self._is_void = self._is_void or self._row > 0
        self._forget()

    def _give_again(self) -> None:
        """Read everything again, without what was taken back."""
        sessions, names = self._sessions, self._names
        self._start_over()
        self._sessions, self._names = sessions, names
        self._sessions.give_again()

    def _take(self, file: _File, records: Records) -> Iterator[dict[str, Column]]:
        """Yield the columns in some records of a file, those of each session apart."""
        if not records.starts:
            return
        decoded = decode_records(records, self._names)
        file.bad += decoded.bad
        first = 0
        for record, step in decoded.sessions:
            yield self._columns(file.session, decoded.scalars.part(first, record))
            file.session = self._sessions.get(file.session.file, file.session.number + 1)
            self._sessions.purge(file.session, step)
            first = record
        yield self._columns(file.session, decoded.scalars.part(first, len(records.starts)))
        self._row += len(records.starts)

    def _columns(self, session: Session, scalars: Scalars) -> dict[str, Column]:
        """Return the values that count, by their metrics."""
        columns = {}
        for number, low, high, values in scalars.by_name():
            name = self._names.names[number]
            void_from = self._sessions.learn(session, name, low)
            if self._sessions.has_given_void or low >= void_from:
                continue
            if high >= void_from:
                values = values.below(void_from)
                high = float(values.steps.max())
            self._sessions.give(session, name, high)
            rows = values.records + self._row
            columns[name] = Column(rows, values.steps, values.times, values.values)
        return columns

    def _batch(self, parts: list[Batch], *, more: bool) -> Batch:
        rewound, self._is_void = self._is_void, False
        bad = sum(file.bad + file.tail.damages for file in self._files.values())
        return Batch(join(parts), more, rewound, bad, self._left_out())

    def _left_out(self) -> str | None:
        damaged = sum(file.tail.damaged_bytes for file in self._files.values())
        too_long = sum(file.tail.too_long for file in self._files.values())
        said = [
            f"{damaged} damaged bytes" * bool(damaged),
            f"{too_long} records over {MAX_RECORD_BYTES >> 20} MiB" * bool(too_long),
            f"metrics beyond {MAX_NAMES}, or with very long names" * self._names.has_left_out,
            f"files beyond {MAX_FILES}" * self._has_more_files,
        ]
        return ", ".join(filter(None, said)) or None
