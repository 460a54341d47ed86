"""Finds the log that a launched program writes itself, among all that lies where it writes.

What it printed is a log, too, if it can be read as one: the last that counts.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grok_tui.errors import GrokTuiError
from grok_tui.logs.correction import Correction, correction_of
from grok_tui.logs.database import WRITE_AHEAD
from grok_tui.logs.formats import Folder, LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.logs.metric_files import files_below
from grok_tui.logs.source import Column
from grok_tui.remote.address import is_copy
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import Record
from grok_tui.runs.traces import Traces, read_traces
from grok_tui.watch.discovery import ask_formats, look_at
from grok_tui.watch.search_times import SearchTimes

GRACE_S = 2.0
"""What is written so long after a program's last sign of life may be its own."""
LATELY_S, LATELY_SHARE = 150.0, 0.25
"""Of several logs those count that were not left behind: they changed this long before the newest
of them at most, or in the last part of the time since the launch. TensorBoard's writers flush every
120 s; other programs log once an epoch."""
MOST_FILES = 1000
"""Files of one log whose times are asked for."""
MOST_LOGS = 1000
_LOOK_ROWS, _LOOK_S, _LOOKS = 1000, 0.1, 3
"""Bounds of what is read of a log to tell whether it has a train and a test curve."""
_EVENTS = re.compile(r"\.tfevents\.\d+\..+\.(\d+)\.\d+")
"""The number of the process in the name of TensorBoard's files."""


@dataclass(frozen=True, slots=True)
class Span:
    """When a program ran, in seconds since the epoch."""

    since: float
    until: float = math.inf

    def has(self, moment: float) -> bool:
        """Return whether a moment lies in it."""
        return self.since <= moment <= self.until


def may_have_logs(record: Record) -> bool:
    """Return whether a run is a program that writes logs of its own."""
    return record.program is not None and bool(record.logs)


def said_of(run: Path, log: LogRef | None) -> Correction:
    """Return what was said of the metrics of a run, or else of the log that it is read from."""
    said = correction_of(run)
    return said or (correction_of(log.path) if log is not None else said)


class OwnLogs:
    """Looks for the log of one program from time to time, and once more when it has ended."""

    def __init__(self, paths: RunPaths, record: Record) -> None:
        """Look in the places that the run's record names, which may be on another machine."""
        self._paths = paths
        self._places = [] if is_copy(paths.root) else [paths.root / each for each in record.logs]
        self._times = SearchTimes(self._places)
        self._began: dict[LogRef, float] = {}
        self._usable: set[LogRef] = set()
        self._is_over = False
        self.log: LogRef | None = None
        """The one that was found."""

    def look(self, record: Record, *, is_live: bool, last_sign: float | None) -> LogRef | None:
        """Return the log of the program, if there is one now.

        Args:
            record: the run's record as it is now.
            is_live: whether the program may still write.
            last_sign: when its heartbeat was written last, in seconds since the epoch.
        """
        if self._paths.metrics_files():
            self.log = None  # it uses `Run`, and says more there
            return None
        ended = max(record.state_time, last_sign or 0.0) + GRACE_S
        span = Span(record.created, math.inf if is_live else ended)
        is_last = not is_live and not self._is_over
        self._is_over = not is_live
        if is_last or (is_live and self._times.is_due(time.monotonic(), urgent=False)):
            self._times.search(lambda: self._search(span))
        return self.log

    def _search(self, span: Span) -> bool:
        known = self.log
        traces = read_traces(self._paths.traces)
        moments = dict(itertools.islice(self._found(span), MOST_LOGS))
        self.log = self._best(moments, span, traces) if moments else None
        return self.log != known

    def _found(self, span: Span) -> Iterator[tuple[LogRef, float]]:
        """Yield the logs that were written to then, with the moment that tells which is newer."""
        for log in _printed(self._paths):
            yield log, span.since
        for place in self._places:
            try:
                found = look_at(place, span.has)
            except OSError:  # not there yet, or not to be read
                continue
            for log in (each.log for each in found if each.log is not None):
                moment = _changed(log, span)
                if moment is not None and log.run is not None:
                    moment = self._begin_of(log, moment)  # others in that file grow too
                if moment is not None and span.has(moment):
                    yield log, moment

    def _begin_of(self, log: LogRef, default: float) -> float:
        """Return when one of several runs in a file began, as far as its rows tell."""
        if log not in self._began:
            columns = _first_columns(log)
            times = [float(each.times[0]) for each in columns if math.isfinite(each.times[0])]
            self._began[log] = min(times, default=default)
        return self._began[log]

    def _best(self, moments: dict[LogRef, float], span: Span, traces: Traces) -> LogRef:
        """Return the log that can be judged and is surely the program's; of several, the last."""
        ranks = {
            log: (
                self._is_usable(log, moments),
                log.path != self._paths.stdout,
                _is_traced(log, traces),
            )
            for log in moments
        }
        best = max(ranks.values())
        rivals = {log: moment for log, moment in moments.items() if ranks[log] == best}
        newest = max(rivals.values())
        lately = newest - max(LATELY_S, LATELY_SHARE * (newest - span.since))
        return max((log for log in rivals if rivals[log] >= lately), key=_in_order)

    def _is_usable(self, log: LogRef, moments: dict[LogRef, float]) -> bool:
        """Return whether a log has a train and a test curve; not asked where there is no other."""
        if len(moments) > 1 and log not in self._usable and _has_curves(log):
            self._usable.add(log)
        return log in self._usable


def _printed(paths: RunPaths) -> Sequence[LogRef]:
    """Return what a program printed, if that is a log."""
    if paths.stdout.is_symlink() or not paths.stdout.is_file():
        return ()
    return ask_formats(Folder(paths.root, frozenset({paths.stdout.name}), frozenset())).logs


def _changed(log: LogRef, span: Span) -> float | None:
    """Return when a log was written to last within a span, if it was."""
    moments = [moment for _, moment in _files(log.path) if span.has(moment)]
    return max(moments, default=None)


def _files(path: Path) -> list[tuple[Path, float]]:
    """Return the files of a log, each with when it was changed."""
    beside = path.with_name(f"{path.name}{WRITE_AHEAD}")
    found = []
    try:
        below = files_below(path, "") if path.is_dir() else iter((path, beside))
        for file in itertools.islice(below, MOST_FILES):
            status = file.stat() if file.exists() else None
            if status is not None and stat.S_ISREG(status.st_mode):
                found.append((file, status.st_mtime))
    except OSError:  # somebody removes it now
        pass
    return found


def _is_traced(log: LogRef, traces: Traces) -> bool:
    """Return whether a program was seen to write a log, or its process is named there."""
    if not (traces.files or traces.processes):
        return False
    for file, _ in _files(log.path):
        match = _EVENTS.search(file.name)
        is_named = match is not None and int(match[1]) in traces.processes
        if is_named or os.path.realpath(file) in traces.files:
            return True
    return False


def _first_columns(log: LogRef) -> Sequence[Column]:
    try:
        source = format_of(log).open(log)
        return list(source.read(1, _LOOK_S).columns.values())
    except (GrokTuiError, OSError):
        return ()


def _has_curves(log: LogRef) -> bool:
    try:
        source = Interpreted(lambda: format_of(log).open(log), correction=correction_of(log.path))
        for _ in range(_LOOKS):
            if not source.read(_LOOK_ROWS, _LOOK_S).more:
                break
        return source.meaning.is_usable()
    except (GrokTuiError, OSError):
        return False


def _in_order(log: LogRef) -> list[tuple[int, str]]:
    """Return what puts version_10 behind version_9."""
    parts = re.split(r"(\d+)", str(log.place))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
